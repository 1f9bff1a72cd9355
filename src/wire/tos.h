/* SPDX-License-Identifier: ISC */
/* Names for the Type of Service / Traffic Class byte (RFC 2474, RFC 791). */
#ifndef WIRE_TOS_H
#define WIRE_TOS_H

/*
 * The value of the whole byte, 0 to 255, for: a DSCP name in either case (ef,
 * va, le, af11 to af43, cs0 to cs7), a keyword of RFC 791 as nc has them
 * (critical, inetcontrol, netcontrol, lowcost, lowdelay, reliability,
 * throughput), or a number (decimal, or hexadecimal with 0x).  -1 if text is
 * none of these.
 */
int	tos_parse(const char *text);

#endif
