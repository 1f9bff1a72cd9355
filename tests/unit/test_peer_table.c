/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "datagram/events.h"
#include "datagram/table.h"
#include "address.h"
#include "tap.h"

#define MANY	5000

/* As an owner has it. */
struct client {
	struct peer	 peer;
	int		 which;
};

static struct addr
ipv6(const char *host, uint16_t port, uint32_t zone)
{
	struct addr a = { .len = 0 };

	a.in6.sin6_family = AF_INET6;
	a.in6.sin6_scope_id = zone;
	inet_pton(AF_INET6, host, &a.in6.sin6_addr);
	a.len = sizeof(a.in6);
	addr_set_port(&a, port);
	return a;
}

static struct addr
path(const char *name)
{
	struct addr a;

	addr_from_path(&a, name);
	return a;
}

/* The peer numbered i of many. */
static struct addr
numbered(uint32_t i)
{
	struct addr a = ipv4("10.0.0.0", 4000);

	a.in.sin_addr.s_addr = htonl(ntohl(a.in.sin_addr.s_addr) + i);
	return a;
}

static struct client *
add(struct peer_table *t, struct addr remote, size_t socket, int which,
    int64_t now)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		abort();
	c->peer.remote = remote;
	c->peer.socket = socket;
	c->which = which;
	peer_table_insert(t, &c->peer, now);
	return c;
}

/* Who it is; -1: nobody. */
static int
which(const struct peer *p)
{
	return p == NULL ? -1 : ((const struct client *)p)->which;
}

static int
found(const struct peer_table *t, struct addr remote, size_t socket)
{
	return which(peer_table_find(t, &remote, socket));
}

static void
drop(struct peer_table *t, struct peer *p)
{
	peer_table_remove(t, p);
	peer_table_forget(t, p);
	free((struct client *)p);
}

static void
empty(struct peer_table *t)
{
	while (peer_table_first(t) != NULL)
		drop(t, peer_table_first(t));
	peer_table_free(t);
}

static const char *
line(const struct peer_table *t)
{
	static char text[256];
	size_t n = 0;

	text[0] = '\0';
	for (const struct peer *p = peer_table_first(t); p != NULL;
	    p = peer_table_next(p))
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%d",
		    n == 0 ? "" : " ", which(p));
	return text;
}

static void
test_addresses(void)
{
	const struct {
		struct addr	 remote;
		size_t		 socket;
		const char	*name;
	} peers[] = {
		{ ipv4("192.0.2.1", 9), 0, "an address" },
		{ ipv4("192.0.2.1", 10), 0, "... another port of it" },
		{ ipv4("192.0.2.1", 9), 1, "... at another socket" },
		{ ipv4("192.0.2.2", 9), 0, "... another address" },
		{ ipv6("::ffff:192.0.2.1", 9, 0), 0, "... by an IPv6 socket" },
		{ ipv6("2001:db8::1", 9, 0), 0, "an address of IPv6" },
		{ ipv6("fe80::1", 9, 1), 0, "one of a link" },
		{ ipv6("fe80::1", 9, 2), 0, "... of another link" },
		{ ipv6("fe80::1", 9, 0), 0, "... of none" },
		{ path("/tmp/a"), 0, "a path" },
		{ path("/tmp/ab"), 0, "... that is longer" },
		{ path("@a"), 0, "a name that is none" },
	};
	struct peer_table t;

	peer_table_init(&t);
	for (size_t i = 0; i < NITEMS(peers); i++) {
		is_int(found(&t, peers[i].remote, peers[i].socket), -1,
		    "%s is not there yet", peers[i].name);
		add(&t, peers[i].remote, peers[i].socket, (int)i, 0);
	}
	for (size_t i = 0; i < NITEMS(peers); i++)
		is_int(found(&t, peers[i].remote, peers[i].socket), (int)i,
		    "%s is itself", peers[i].name);
	empty(&t);
}

static void
test_growth(void)
{
	struct peer_table t;
	size_t right = 0;

	peer_table_init(&t);
	for (int i = 0; i < MANY; i++)
		add(&t, numbered((uint32_t)i), 0, i, i);
	is_int((int64_t)t.count, MANY, "many are counted");
	for (int i = 0; i < MANY; i++)
		right += found(&t, numbered((uint32_t)i), 0) == i;
	is_int((int64_t)right, MANY, "... and found");
	for (int i = 0; i < MANY; i += 2) {
		struct addr a = numbered((uint32_t)i);

		drop(&t, peer_table_find(&t, &a, 0));
	}
	is_int((int64_t)t.count, MANY / 2, "half of them have gone");
	right = 0;
	for (int i = 0; i < MANY; i++)
		right += found(&t, numbered((uint32_t)i), 0) ==
		    (i % 2 == 0 ? -1 : i);
	is_int((int64_t)right, MANY, "... and the others have not");
	empty(&t);
}

/* Two addresses with one hash: they differ in the zone alone. */
static void
test_collisions(void)
{
	struct peer_table t;
	struct addr first = ipv6("fe80::1", 9, 1);
	struct addr second = ipv6("fe80::1", 9, 2);

	is_int(addr_hash(&first), addr_hash(&second), "two have one hash");
	peer_table_init(&t);
	add(&t, first, 0, 1, 0);
	add(&t, second, 0, 2, 0);
	drop(&t, peer_table_find(&t, &second, 0));
	is_int(found(&t, first, 0), 1, "one of two has gone: the first");
	add(&t, second, 0, 3, 0);
	drop(&t, peer_table_find(&t, &first, 0));
	is_int(found(&t, second, 0), 3, "... the second");
	is_int(found(&t, first, 0), -1, "... and not the first");
	empty(&t);
}

static void
test_silence(void)
{
	struct peer_table t;
	struct client *c[4];

	peer_table_init(&t);
	is_str(line(&t), "", "an empty line");
	ok(peer_table_first(&t) == NULL, "... has no first");
	for (int i = 0; i < 4; i++)
		c[i] = add(&t, numbered((uint32_t)i), 0, i, 10 + i);
	is_str(line(&t), "0 1 2 3", "the first to come is the first in line");
	peer_table_touch(&t, &c[0]->peer, 20);
	peer_table_touch(&t, &c[2]->peer, 21);
	is_str(line(&t), "1 3 0 2", "who speaks goes to its end");
	is_int(peer_table_first(&t)->active, 11, "the time is of the first");
	is_int(c[2]->peer.active, 21, "... of the last");
	drop(&t, &c[3]->peer);
	is_str(line(&t), "1 0 2", "one in the middle leaves");
	empty(&t);
}

static void
test_iteration(void)
{
	struct peer_table t;
	struct peer *p, *next;

	peer_table_init(&t);
	for (int i = 0; i < 9; i++)
		add(&t, numbered((uint32_t)i), 0, i, i);
	for (p = peer_table_first(&t); p != NULL; p = next) {
		next = peer_table_next(p);
		if (which(p) % 3 != 1)
			drop(&t, p);
	}
	is_str(line(&t), "1 4 7", "those are dropped that are looked at");
	is_int((int64_t)t.count, 3, "... and no longer counted");
	empty(&t);
}

static void
test_numbers(void)
{
	struct peer_table t;
	struct client *c, *other;
	uint64_t number;
	size_t right = 0;

	peer_table_init(&t);
	ok(peer_table_numbered(&t, 0) == NULL, "no number is anybody's");
	c = add(&t, numbered(1), 0, 1, 0);
	number = c->peer.number;
	is_int(which(peer_table_numbered(&t, number)), 1, "a number is");
	peer_table_remove(&t, &c->peer);
	is_int((int64_t)t.count, 0, "who is removed is not counted");
	is_int(found(&t, numbered(1), 0), -1, "... nor found");
	is_int(which(peer_table_numbered(&t, number)), 1,
	    "... but by its number");
	other = add(&t, numbered(1), 0, 2, 0);
	ok(other->peer.number != number, "the next one has another number");
	peer_table_forget(&t, &c->peer);
	ok(peer_table_numbered(&t, number) == NULL, "a number is nobody's "
	    "when it is forgotten");
	free(c);
	c = add(&t, numbered(3), 0, 3, 0);
	ok(c->peer.number != number, "... and not the next one's");
	for (int i = 0; i < MANY; i++) {
		const struct client *one = add(&t, numbered((uint32_t)i + 10),
		    0, i, 0);

		right += which(peer_table_numbered(&t, one->peer.number)) == i;
	}
	is_int((int64_t)right, MANY, "many have numbers");
	is_int(which(peer_table_numbered(&t, other->peer.number)), 2,
	    "... which stay as they are");
	empty(&t);
}

/* One slot again and again: its numbers stay within what an event can hold. */
static void
test_events(void)
{
	struct peer_table t;
	struct epoll_event event = { 0 };
	struct client *c;
	uint64_t number = 0;
	bool fits = true;
	int epoll_fd = epoll_create1(0), fd = eventfd(1, 0);

	peer_table_init(&t);
	for (int i = 0; i < 1 << 17; i++) {
		c = add(&t, numbered(1), 0, i, 0);
		fits = fits && c->peer.number != number;
		number = c->peer.number;
		drop(&t, &c->peer);
	}
	ok(fits && number > UINT32_MAX, "a slot has many numbers");
	is_int(events_add(epoll_fd, fd, EVENT_PEER, number), 0,
	    "a descriptor is watched");
	is_int(epoll_wait(epoll_fd, &event, 1, 0), 1, "... has an event");
	is_int(events_kind(&event), EVENT_PEER, "... with its kind");
	is_int((int64_t)events_number(&event), (int64_t)number,
	    "... and its number");
	events_remove(epoll_fd, fd);
	is_int(epoll_wait(epoll_fd, &event, 1, 0), 0, "... and no more");
	close(fd);
	close(epoll_fd);
	peer_table_free(&t);
}

int
main(void)
{
	test_addresses();
	test_growth();
	test_collisions();
	test_silence();
	test_iteration();
	test_numbers();
	test_events();
	return tap_done();
}
