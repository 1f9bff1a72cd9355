/* SPDX-License-Identifier: ISC */
#ifndef TLS_KTLS_H
#define TLS_KTLS_H

#include <stdbool.h>

/* Whether the kernel has TLS: 0, or an errno value; ENOENT: it has not. */
int	ktls_probe(void);

/* Whether to try it. */
bool	ktls_wanted(void);

#endif
