/* SPDX-License-Identifier: ISC */
/* How far addresses reach. */
#include <arpa/inet.h>

#include "address.h"
#include "net/scope.h"
#include "tap.h"

static const struct {
	const char	*text;
	enum scope	 scope;
	enum scope	 target;	/* if it is connected to */
} tests[] = {
	{ "127.0.0.1", SCOPE_HOST, SCOPE_HOST },
	{ "127.255.255.254", SCOPE_HOST, SCOPE_HOST },
	{ "128.0.0.0", SCOPE_FAR, SCOPE_FAR },
	{ "126.255.255.255", SCOPE_FAR, SCOPE_FAR },
	{ "0.0.0.0", SCOPE_HOST, SCOPE_HOST },
	{ "0.1.2.3", SCOPE_HOST, SCOPE_HOST },
	{ "1.0.0.0", SCOPE_FAR, SCOPE_FAR },
	{ "169.254.0.1", SCOPE_LINK, SCOPE_LINK },
	{ "169.254.255.255", SCOPE_LINK, SCOPE_LINK },
	{ "169.253.255.255", SCOPE_FAR, SCOPE_FAR },
	{ "169.255.0.0", SCOPE_FAR, SCOPE_FAR },
	{ "10.0.0.1", SCOPE_FAR, SCOPE_FAR },
	{ "192.0.2.1", SCOPE_FAR, SCOPE_FAR },
	{ "::1", SCOPE_HOST, SCOPE_HOST },
	{ "::", SCOPE_HOST, SCOPE_HOST },
	{ "::2", SCOPE_FAR, SCOPE_HOST },	/* 0.0.0.2 */
	{ "::127.0.0.1", SCOPE_FAR, SCOPE_HOST },
	{ "::192.0.2.1", SCOPE_FAR, SCOPE_FAR },
	{ "64:ff9b::127.0.0.1", SCOPE_FAR, SCOPE_HOST },
	{ "64:ff9b::0.0.0.0", SCOPE_FAR, SCOPE_HOST },
	{ "64:ff9b::169.254.169.254", SCOPE_FAR, SCOPE_LINK },
	{ "64:ff9b::192.0.2.1", SCOPE_FAR, SCOPE_FAR },
	{ "64:ff9b:1::127.0.0.1", SCOPE_FAR, SCOPE_FAR },
	{ "2002:7f00:1::", SCOPE_FAR, SCOPE_HOST },
	{ "2002:a9fe:101::1", SCOPE_FAR, SCOPE_LINK },
	{ "2002:c000:201::1", SCOPE_FAR, SCOPE_FAR },
	{ "::ffff:127.0.0.1", SCOPE_HOST, SCOPE_HOST },
	{ "::ffff:0.0.0.0", SCOPE_HOST, SCOPE_HOST },
	{ "::ffff:169.254.1.1", SCOPE_LINK, SCOPE_LINK },
	{ "::ffff:192.0.2.1", SCOPE_FAR, SCOPE_FAR },
	{ "fe80::1", SCOPE_LINK, SCOPE_LINK },
	{ "febf::1", SCOPE_LINK, SCOPE_LINK },
	{ "fec0::1", SCOPE_FAR, SCOPE_FAR },
	{ "2001:db8::1", SCOPE_FAR, SCOPE_FAR },
};

static struct addr
address(const char *text)
{
	struct addr a = { .len = 0 };

	if (strchr(text, ':') == NULL)
		return ipv4(text, 1);
	a.in6.sin6_family = AF_INET6;
	inet_pton(AF_INET6, text, &a.in6.sin6_addr);
	a.len = sizeof(a.in6);
	return a;
}

int
main(void)
{
	struct addr a = { .len = 0 };

	for (size_t i = 0; i < NITEMS(tests); i++) {
		a = address(tests[i].text);
		is_int(scope_of(&a), tests[i].scope, "%s", tests[i].text);
		is_int(scope_of_target(&a), tests[i].target, "%s, a target",
		    tests[i].text);
		is_int(scope_is_unspecified(&a), strcmp(tests[i].text,
		    "0.0.0.0") == 0 || strcmp(tests[i].text, "::") == 0 ||
		    strcmp(tests[i].text, "::ffff:0.0.0.0") == 0,
		    "%s, unspecified", tests[i].text);
	}
	a.len = 0;
	is_int(scope_of(&a), SCOPE_HOST, "no address");
	is_int(scope_of_target(&a), SCOPE_HOST, "... of a target");
	ok(addr_from_path(&a, "/tmp/x"), "a path");
	is_int(scope_of(&a), SCOPE_HOST, "... is of this host");
	return tap_done();
}
