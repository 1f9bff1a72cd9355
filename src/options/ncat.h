/* SPDX-License-Identifier: ISC */
/* Nmap's ncat(1), as of 7.96. */
#ifndef OPTIONS_NCAT_H
#define OPTIONS_NCAT_H

#include "options/personality.h"

extern const struct personality personality_ncat;

#endif
