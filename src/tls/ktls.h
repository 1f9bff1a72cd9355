/* SPDX-License-Identifier: ISC */
/* Kernel TLS: whether this system has it, and whether it is wanted. */
#ifndef TLS_KTLS_H
#define TLS_KTLS_H

#include <stdbool.h>

/* Whether the kernel has TLS: 0, or an errno value; ENOENT: it has not. */
int	ktls_probe(void);

/* Whether to leave encrypting to the kernel: it can, and nobody said no. */
bool	ktls_wanted(void);

#endif
