/* SPDX-License-Identifier: ISC */
/* What headers of the PROXY protocol are made of, for those who read and make
 * them. */
#ifndef WIRE_PROXY_HEADER_PARTS_H
#define WIRE_PROXY_HEADER_PARTS_H

/* Version 1 is a line that begins with a word. */
#define PROXY_HEADER_WORD	"PROXY "
#define PROXY_HEADER_PREFIX	6

/* Version 2 begins with what no line of any protocol is; then come bytes at
 * these places, a length of two bytes, and so much behind it. */
#define PROXY_HEADER_SIGNATURE	"\r\n\r\n\0\r\nQUIT\n"
#define PROXY_HEADER_COMMAND	12	/* version and command */
#define PROXY_HEADER_KIND	13	/* family and protocol */
#define PROXY_HEADER_LENGTH	14

#define PROXY_HEADER_LOCAL	0x20
#define PROXY_HEADER_PROXY	0x21
#define PROXY_HEADER_UNSPEC	0
#define PROXY_HEADER_STREAM	1
#define PROXY_HEADER_DGRAM	2

#endif
