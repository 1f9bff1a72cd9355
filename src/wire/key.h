/* SPDX-License-Identifier: ISC */
/* A key as people write it. */
#ifndef WIRE_KEY_H
#define WIRE_KEY_H

/* The byte of "^]", "^A" ("^a"), "^?" (DEL), or of one character of ASCII that
 * is printable; -1: it is none of these. */
int	key_parse(const char *text);

#endif
