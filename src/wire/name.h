/* SPDX-License-Identifier: ISC */
/* Names of hosts, as peers give them. */
#ifndef WIRE_NAME_H
#define WIRE_NAME_H

#include <stdbool.h>
#include <stddef.h>

#define NAME_HOST_MOST	253	/* bytes; RFC 1035, section 2.3.4 */
#define NAME_LABEL_MOST	63

/*
 * Whether n bytes are the name of a host, as RFC 1123, section 2.1, has it, and
 * nothing else: labels of letters, digits, '-' and '_', between dots, none of
 * which begins or ends with a '-'.  The last one is not made of digits alone,
 * which would be an address; no dot is behind it (RFC 6066, section 3).  What
 * is outside of ASCII comes as an A-label (RFC 5890).
 */
bool	name_is_host(const char *text, size_t n);

/* The same, or with "*." in front, as in certificates (RFC 9525, section
 * 6.3). */
bool	name_is_pattern(const char *text, size_t n);

#endif
