/* SPDX-License-Identifier: ISC */
/* The tables of a program in the words of a shell; what reads them is in
 * completions/engine.*. */
#ifndef COMPLETIONS_SHELLS_H
#define COMPLETIONS_SHELLS_H

#include "completions/model.h"

/* One program's options. */
void	bash_print(const struct program *p);
void	zsh_print(const struct program *p);
void	fish_print(const struct program *p);

#endif
