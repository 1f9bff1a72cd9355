/* SPDX-License-Identifier: ISC */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "wire/tos.h"

/* The DSCP is the upper six bits of the byte. */
#define DSCP(n)		((n) << 2)

#define CLASS(n)	DSCP((n) * 8)			/* RFC 2474 */
#define ASSURED(n, d)	DSCP((n) * 8 + (d) * 2)		/* RFC 2597 */

struct tos_name {
	const char	*name;
	int		 value;
};

static int	tos_find(const struct tos_name *, size_t, const char *,
		    int (*)(const char *, const char *));

static const struct tos_name dscp_names[] = {
	{ "le", DSCP(1) },		/* RFC 8622 */
	{ "ef", DSCP(46) },		/* RFC 3246 */
	{ "va", DSCP(44) },		/* RFC 5865 */
	{ "cs0", CLASS(0) },
	{ "cs1", CLASS(1) },
	{ "cs2", CLASS(2) },
	{ "cs3", CLASS(3) },
	{ "cs4", CLASS(4) },
	{ "cs5", CLASS(5) },
	{ "cs6", CLASS(6) },
	{ "cs7", CLASS(7) },
	{ "af11", ASSURED(1, 1) },
	{ "af12", ASSURED(1, 2) },
	{ "af13", ASSURED(1, 3) },
	{ "af21", ASSURED(2, 1) },
	{ "af22", ASSURED(2, 2) },
	{ "af23", ASSURED(2, 3) },
	{ "af31", ASSURED(3, 1) },
	{ "af32", ASSURED(3, 2) },
	{ "af33", ASSURED(3, 3) },
	{ "af41", ASSURED(4, 1) },
	{ "af42", ASSURED(4, 2) },
	{ "af43", ASSURED(4, 3) },
};

/* Precedences (the upper three bits) and types of service of RFC 791, 1349. */
static const struct tos_name keywords[] = {
	{ "critical", 0xa0 },
	{ "inetcontrol", 0xc0 },
	{ "netcontrol", 0xe0 },
	{ "lowcost", 0x02 },
	{ "lowdelay", 0x10 },
	{ "reliability", 0x04 },
	{ "throughput", 0x08 },
};

int
tos_parse(const char *text)
{
	int64_t number;
	int value;

	value = tos_find(dscp_names, sizeof(dscp_names) / sizeof(dscp_names[0]),
	    text, strcasecmp);
	if (value == -1)
		value = tos_find(keywords,
		    sizeof(keywords) / sizeof(keywords[0]), text, strcmp);
	if (value == -1 && number_parse_any_base(text, 0, 255, &number))
		value = (int)number;
	return value;
}

static int
tos_find(const struct tos_name *names, size_t count, const char *text,
    int (*compare)(const char *, const char *))
{
	size_t i;

	for (i = 0; i < count; i++)
		if (compare(names[i].name, text) == 0)
			return names[i].value;
	return -1;
}
