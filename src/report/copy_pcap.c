/* SPDX-License-Identifier: ISC */
/* --pcap: a capture file. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/facts.h"
#include "base/xalloc.h"
#include "report/copy_kind.h"

/* Sequence numbers of sessions begin far from each other, so that a port that
 * is used again is no retransmission. */
#define ISN_STEP	0x9e3779b1U
#define ISN_OTHER	0x7f4a7c15U

/* What has no address of IP (UNIX-domain, vsock) has one of TEST-NET-1, RFC
 * 5737; ports tell sessions apart. */
#define STAND_IN_PORTS	64000U
#define STAND_IN_FIRST	1024U
#define STAND_IN_SERVER	1U

static void
copy_pcap_start(struct copy_file *f)
{
	unsigned char start[PCAPNG_START_MAX];

	copy_file_put(f, start, pcapng_start("sockcat", start));
}

/* --- addresses ----------------------------------------------------------- */

/* As IPv4 or IPv6; false: it is neither. */
static bool
copy_pcap_address(const struct addr *a, bool *ipv6, struct pcapng_end *end)
{
	const struct in6_addr *in6 = &a->in6.sin6_addr;

	*ipv6 = false;
	end->port = addr_port(a);
	if (a->len == 0)
		return false;
	if (a->sa.sa_family == AF_INET) {
		memcpy(end->address, &a->in.sin_addr, 4);
	} else if (a->sa.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(in6)) {
		memcpy(end->address, in6->s6_addr + 12, 4);
	} else if (a->sa.sa_family == AF_INET6) {
		*ipv6 = true;
		memcpy(end->address, in6->s6_addr, 16);
	} else {
		return false;
	}
	return true;
}

static void
copy_pcap_stand_in(struct copy_session *s)
{
	static const struct pcapng_end end[2] = {
		{ { 192, 0, 2, 1 }, STAND_IN_SERVER },
		{ { 192, 0, 2, 2 }, STAND_IN_SERVER },
	};

	s->flow.ipv6 = false;
	s->flow.end[0] = end[0];
	s->flow.end[1] = end[1];
	s->flow.end[s->flow.accepted].port = (uint16_t)(STAND_IN_FIRST +
	    s->number % STAND_IN_PORTS);
}

static void
copy_pcap_addresses(struct copy_session *s,
    const struct copies_subject *subject)
{
	struct pcapng_flow *f = &s->flow;
	bool ipv6[2];

	if (!copy_pcap_address(subject->local, &ipv6[0], &f->end[0]) ||
	    !copy_pcap_address(subject->remote, &ipv6[1], &f->end[1]) ||
	    ipv6[0] != ipv6[1])
		copy_pcap_stand_in(s);
	else
		f->ipv6 = ipv6[0];
}

/* --- what is said of it -------------------------------------------------- */

static void
comment_add(char comment[PCAPNG_COMMENT_MAX], const char *name,
    const char *value)
{
	size_t n = strlen(comment);

	/* What does not fit is left out as a whole. */
	if (n + strlen(name) + strlen(value) + 3 <= PCAPNG_COMMENT_MAX)
		snprintf(comment + n, PCAPNG_COMMENT_MAX - n, "%s%s=%s",
		    n > 0 ? "\n" : "", name, value);
}

/* The addresses as we say them, the name, and what the layers know. */
static char *
copy_pcap_comment(struct stream *below, const struct copies_subject *subject)
{
	char comment[PCAPNG_COMMENT_MAX] = "", text[ADDR_TEXT_MAX];
	struct facts facts = { NULL, 0 };

	comment_add(comment, "local", addr_format(subject->local, text));
	comment_add(comment, "remote", addr_format(subject->remote, text));
	if (subject->name != NULL)
		comment_add(comment, "name", subject->name);
	if (below != NULL)
		stream_describe(below, &facts);
	for (size_t i = 0; i < facts.count; i++)
		comment_add(comment, facts.fact[i].name, facts.fact[i].value);
	facts_free(&facts);
	return xstrdup(comment);
}

/* ------------------------------------------------------------------------- */

static void
copy_pcap_begin(struct copy_session *s, struct stream *below,
    const struct copies_subject *subject)
{
	size_t most;
	unsigned char *room = copy_file_room(s->file, &most);

	_Static_assert(PCAPNG_BEGIN_MAX <= PCAPNG_DATA_MAX, "there is room");
	s->flow = (struct pcapng_flow){
		.datagrams = subject->datagrams,
		.accepted = subject->accepted,
		.next = { (uint32_t)s->number * ISN_STEP,
		    (uint32_t)s->number * ISN_OTHER },
	};
	copy_pcap_addresses(s, subject);
	s->comment = copy_pcap_comment(below, subject);
	copy_file_put(s->file, room, pcapng_begin(&s->flow, clock_of_day(),
	    s->comment, room));
	if (!subject->datagrams) {
		free(s->comment);
		s->comment = NULL;
	}
}

static enum pcapng_way
copy_pcap_way(enum tap_way way)
{
	return way == TAP_SENT ? PCAPNG_SENT : PCAPNG_RECEIVED;
}

static void
copy_pcap_piece(struct copy_session *s, enum tap_way way,
    const unsigned char *data, size_t n)
{
	int64_t now = clock_of_day();
	size_t most, taken;
	unsigned char *room = copy_file_room(s->file, &most);

	do {
		copy_file_put(s->file, room, pcapng_data(&s->flow,
		    copy_pcap_way(way), now, s->comment, data, n, &taken,
		    room));
		free(s->comment);
		s->comment = NULL;
		data += taken;
		n -= taken;
	} while (n > 0);
}

static void
copy_pcap_end(struct copy_session *s, enum tap_way way, bool reset)
{
	unsigned char end[PCAPNG_END_MAX];
	int64_t now = clock_of_day();

	copy_file_put(s->file, end, reset ?
	    pcapng_reset(&s->flow, copy_pcap_way(way), now, end) :
	    pcapng_finish(&s->flow, copy_pcap_way(way), now, end));
}

extern const struct copy_kind copy_pcap;
const struct copy_kind copy_pcap = {
	.option = "--pcap",
	.start = copy_pcap_start,
	.begin = copy_pcap_begin,
	.piece = copy_pcap_piece,
	.end = copy_pcap_end,
};
