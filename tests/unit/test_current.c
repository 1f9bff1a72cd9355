/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <string.h>

#include "datagram/current.h"
#include "datagram/route.h"
#include "address.h"
#include "tap.h"

static enum sender
from(struct current *c, struct addr remote, bool many)
{
	const struct addr local = ipv4("192.0.2.9", 0);

	return current_admit(c, NULL, &remote, &local, many);
}

static void
test_one(void)
{
	struct current c = { .known = false };
	struct addr first = ipv4("192.0.2.1", 1), other = ipv4("192.0.2.1", 2);
	struct addr nobody = { .len = 0 };

	is_int(from(&c, first, false), SENDER_NEW, "the first one is new");
	ok(c.known && addr_equal(&c.remote, &first), "... and is the peer");
	is_int(from(&c, first, false), SENDER_SAME, "... and the same again");
	is_int(from(&c, other, false), SENDER_OTHER, "another is not wanted");
	is_int(from(&c, nobody, false), SENDER_OTHER, "nor one without name");
	ok(addr_equal(&c.remote, &first), "the peer stays");
	c.known = false;
	is_int(from(&c, other, false), SENDER_NEW, "... until it is forgotten");
}

static void
test_many(void)
{
	struct current c = { .known = false };
	struct addr first = ipv4("192.0.2.1", 1), other = ipv4("192.0.2.1", 2);
	struct addr nobody = { .len = 0 };

	is_int(from(&c, nobody, true), SENDER_NEW, "one without a name");
	is_int(from(&c, nobody, true), SENDER_SAME, "... can't be told from "
	    "others");
	is_int(from(&c, first, true), SENDER_NEW, "one of many");
	is_int(from(&c, other, true), SENDER_NEW, "... another one");
	is_int(from(&c, other, true), SENDER_SAME, "... who stays");
	is_int(from(&c, first, true), SENDER_NEW, "... and the first again");
}

static void
test_route(void)
{
	struct addr to = ipv4("127.0.0.1", 9), from1 = ipv4("127.0.0.1", 0);
	struct addr from2 = ipv4("127.0.0.2", 0), from3 = ipv4("127.0.0.1", 7);
	struct addr to6 = { .len = 0 }, from6;

	ok(route_begins_at(&to, &from1), "from an address to itself");
	ok(route_begins_at(&to, &from3), "... whatever the port");
	ok(!route_begins_at(&to, &from2), "from another one, not if the "
	    "kernel chooses");
	to6.in6.sin6_family = AF_INET6;
	inet_pton(AF_INET6, "::1", &to6.in6.sin6_addr);
	to6.len = sizeof(to6.in6);
	from6 = to6;
	addr_set_port(&to6, 9);
	ok(!route_begins_at(&to, &from6), "families do not mix");
	ok(!route_begins_at(&to6, &from1), "... the other way, either");
}

int
main(void)
{
	test_one();
	test_many();
	test_route();
	return tap_done();
}
