/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <netinet/ip.h>

#include "tap.h"
#include "wire/tos.h"

int
main(void)
{
	static const struct {
		const char	*text;
		int		 value;
	} tests[] = {
		{ "ef", IPTOS_DSCP_EF },
		{ "EF", IPTOS_DSCP_EF },
		{ "va", 0xb0 },
		{ "le", 0x04 },
		{ "af11", IPTOS_DSCP_AF11 },
		{ "af12", IPTOS_DSCP_AF12 },
		{ "af13", IPTOS_DSCP_AF13 },
		{ "af21", IPTOS_DSCP_AF21 },
		{ "af22", IPTOS_DSCP_AF22 },
		{ "af23", IPTOS_DSCP_AF23 },
		{ "af31", IPTOS_DSCP_AF31 },
		{ "af32", IPTOS_DSCP_AF32 },
		{ "af33", IPTOS_DSCP_AF33 },
		{ "af41", IPTOS_DSCP_AF41 },
		{ "af42", IPTOS_DSCP_AF42 },
		{ "af43", IPTOS_DSCP_AF43 },
		{ "Af43", IPTOS_DSCP_AF43 },
		{ "cs0", IPTOS_CLASS_CS0 },
		{ "cs1", IPTOS_CLASS_CS1 },
		{ "cs2", IPTOS_CLASS_CS2 },
		{ "cs3", IPTOS_CLASS_CS3 },
		{ "cs4", IPTOS_CLASS_CS4 },
		{ "cs5", IPTOS_CLASS_CS5 },
		{ "cs6", IPTOS_CLASS_CS6 },
		{ "cs7", IPTOS_CLASS_CS7 },
		{ "CS7", IPTOS_CLASS_CS7 },
		{ "critical", IPTOS_PREC_CRITIC_ECP },
		{ "inetcontrol", IPTOS_PREC_INTERNETCONTROL },
		{ "netcontrol", IPTOS_PREC_NETCONTROL },
		{ "lowcost", IPTOS_LOWCOST },
		{ "lowdelay", IPTOS_LOWDELAY },
		{ "reliability", IPTOS_RELIABILITY },
		{ "throughput", IPTOS_THROUGHPUT },
		{ "0", 0 },
		{ "255", 255 },
		{ "0x0", 0 },
		{ "0xb8", 0xb8 },
		{ "0XFF", 0xff },
		{ "010", 10 },
		{ "256", -1 },
		{ "0x100", -1 },
		{ "-1", -1 },
		{ "-0", -1 },
		{ "+1", -1 },
		{ " 1", -1 },
		{ "1 ", -1 },
		{ "0x", -1 },
		{ "b8", -1 },
		{ "", -1 },
		{ "e", -1 },
		{ "eff", -1 },
		{ "ef ", -1 },
		{ "af", -1 },
		{ "af10", -1 },
		{ "af14", -1 },
		{ "af51", -1 },
		{ "cs", -1 },
		{ "cs8", -1 },
		{ "cs-1", -1 },
		{ "lowdelay ", -1 },
		{ "low", -1 },
		{ "Critical", -1 },	/* as nc has them */
	};
	size_t i;

	for (i = 0; i < NITEMS(tests); i++)
		is_int(tos_parse(tests[i].text), tests[i].value, "\"%s\"",
		    tests[i].text);
	return tap_done();
}
