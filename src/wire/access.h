/* SPDX-License-Identifier: ISC */
/*
 * Lists of who may come: addresses, blocks (CIDR, RFC 4632), ranges and names,
 * of both families.  An IPv4 address is kept, and judged, as the IPv4-mapped
 * IPv6 address that it also is (RFC 4291, section 2.5.5.2).
 */
#ifndef WIRE_ACCESS_H
#define WIRE_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ACCESS_LENGTH	16	/* bytes of an address */
#define ACCESS_NAME_MAX	254	/* with the NUL; RFC 1035, section 2.3.4 */

/* From low to high, both of them in it; network byte order. */
struct access_range {
	uint8_t	low[ACCESS_LENGTH];
	uint8_t	high[ACCESS_LENGTH];
};

/* Zeroed: nobody is in it. */
struct access_list {
	struct access_range	*range;
	size_t			 count;
};

enum access_verdict {
	ACCESS_OK,		/* a range */
	ACCESS_NAME,		/* the name of a host, to be resolved */
	ACCESS_EMPTY,
	ACCESS_PREFIX,		/* the length behind the / is wrong */
	ACCESS_ORDER,		/* a range whose end is before its start */
	ACCESS_FAMILIES,	/* a range from one family to the other */
	ACCESS_BAD,		/* neither an address nor a name */
};

/*
 * One item of a list, n bytes without blanks around it:
 *	192.0.2.1  2001:db8::1  [2001:db8::1]	an address
 *	192.0.2.0/24  2001:db8::/32		a block; the bits behind the
 *						prefix do not matter
 *	192.0.2.1-192.0.2.9  2001:db8::1-2001:db8::9	a range
 *	192.0.2.1-9				a range of the last byte
 *	host.example				a name (ACCESS_NAME)
 * ACCESS_OK fills *range, anything else leaves it alone.  An IPv6 address may
 * be in brackets wherever it stands; one with a zone ("fe80::1%eth0") is
 * ACCESS_BAD.  Numbers are decimal and have no zeros in front of them, as in
 * addresses.
 *
 * Blocks and ranges in IPv6 notation take in the IPv4-mapped addresses in them:
 * ::ffff:10.0.0.0/104 is 10.0.0.0/8, and ::/0 is everybody, while 0.0.0.0/0 is
 * all of IPv4 only.  The ends of a range are of one notation.
 *
 * A name is made of letters, digits, '-', '_' and '.', and has at most
 * ACCESS_NAME_MAX - 1 of them.  If the text up to the first '-' is an address,
 * then it is a range.  A text of digits and dots, or an odd notation of
 * inet_aton(3) such as 0x7f.1, that is no address is ACCESS_BAD, never a name.
 */
enum access_verdict	access_parse(const char *text, size_t n,
			    struct access_range *range);

/* What is wrong, for a message: "the range ends before it starts" */
const char	*access_verdict_text(enum access_verdict verdict);

/*
 * The next item of a list on the command line or in a file: items are separated
 * by commas, blanks, tabs and line ends (LF, CR), and # starts a comment that
 * goes to the end of its line.  Returns its length, 0 at the end, and moves
 * *text, which has *left bytes, behind it; *item points into the text.
 */
size_t		access_next(const char **text, size_t *left,
		    const char **item);

void		access_list_add(struct access_list *list,
		    const struct access_range *range);

/* Put it into order, and make one of ranges that touch; after the last one was
 * added, before anybody is looked for. */
void		access_list_sort(struct access_list *list);

/* Whether the address is in it, which is in order: about log2(count) looks. */
bool		access_list_has(const struct access_list *list,
		    const uint8_t address[ACCESS_LENGTH]);
void		access_list_free(struct access_list *list);

/* The address in network byte order, 4 or 16 bytes long, as it is kept. */
void		access_address(uint8_t to[ACCESS_LENGTH], const void *address,
		    size_t length);

#endif
