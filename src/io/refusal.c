/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stdalign.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/errqueue.h>	/* needs struct timespec */
#include <linux/icmp.h>

#include "base/clock.h"
#include "io/refusal.h"

/* So many bytes of a datagram make its mark: the head of a record, and what is
 * random, a nonce or the begin of a greeting. */
#define MARK_BYTES	32

/* RFC 6347, section 4.1 and 4.2.2: offsets, and values there. */
#define RECORD_TYPE	0
#define RECORD_EPOCH	3
#define HANDSHAKE_TYPE	13
#define TYPE_HANDSHAKE	22
#define CLIENT_HELLO	1
#define SERVER_HELLO	2

/* --- the socket's queue --------------------------------------------------- */

void
refusal_want(int fd, bool wanted)
{
	const int value = wanted;
	int family = AF_UNSPEC;
	socklen_t len = sizeof(family);

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
	if (family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &value, sizeof(value));
	else if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &value,
		    sizeof(value));
}

bool
refusal_is_error(int errnum)
{
	switch (errnum) {
	case ECONNREFUSED:
	case EHOSTUNREACH:
	case EHOSTDOWN:
	case ENETUNREACH:
	case ENOPROTOOPT:
	case EOPNOTSUPP:
	case ENONET:
	case EPROTO:
	case EACCES:
	case EMSGSIZE:
		return true;
	default:
		return false;
	}
}

/* RFC 1122, section 3.2.2.1, and RFC 4443, section 3.1: no route may be found
 * a moment later. */
static bool
refusal_is_final(const struct sock_extended_err *e)
{
	if (e->ee_origin == SO_EE_ORIGIN_ICMP)
		return e->ee_type == ICMP_DEST_UNREACH &&
		    (e->ee_code == ICMP_PORT_UNREACH ||
		    e->ee_code == ICMP_PROT_UNREACH ||
		    e->ee_code == ICMP_NET_ANO ||
		    e->ee_code == ICMP_HOST_ANO ||
		    e->ee_code == ICMP_PKT_FILTERED);
	if (e->ee_origin == SO_EE_ORIGIN_ICMP6)
		return e->ee_type == ICMP6_DST_UNREACH &&
		    (e->ee_code == ICMP6_DST_UNREACH_NOPORT ||
		    e->ee_code == ICMP6_DST_UNREACH_ADMIN);
	return false;
}

bool
refusal_read(int fd, struct refusal *r)
{
	alignas(struct cmsghdr) char control[512];
	struct iovec iov = { .iov_base = r->quoted,
	    .iov_len = sizeof(r->quoted) };
	struct msghdr msg = {
		.msg_name = &r->to.ss,
		.msg_namelen = sizeof(r->to.ss),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct sock_extended_err error = { 0 };
	ssize_t n = recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT);

	if (n == -1)
		return false;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c != NULL;
	    c = CMSG_NXTHDR(&msg, c)) {
		if ((c->cmsg_level == IPPROTO_IP &&
		    c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_RECVERR))
			memcpy(&error, CMSG_DATA(c), sizeof(error));
	}
	r->to.len = msg.msg_namelen;
	r->length = (size_t)n;
	r->errnum = (int)error.ee_errno;
	r->final = refusal_is_final(&error);
	return true;
}

/* --- what was sent -------------------------------------------------------- */

/* FNV-1a, 64 bits; never 0. */
static uint64_t
sent_mark(const unsigned char *data)
{
	uint64_t mark = 0xcbf29ce484222325;

	for (size_t i = 0; i < MARK_BYTES; i++)
		mark = (mark ^ data[i]) * 0x100000001b3;
	return mark == 0 ? 1 : mark;
}

/* In clear text, only greetings begin with something random. */
static bool
sent_is_random(const unsigned char *data)
{
	if (data[RECORD_EPOCH] != 0 || data[RECORD_EPOCH + 1] != 0)
		return true;
	return data[RECORD_TYPE] == TYPE_HANDSHAKE &&
	    (data[HANDSHAKE_TYPE] == CLIENT_HELLO ||
	    data[HANDSHAKE_TYPE] == SERVER_HELLO);
}

void
sent_note(struct sent *s, const unsigned char *data, size_t n)
{
	if (n < MARK_BYTES || !sent_is_random(data))
		return;
	s->mark[s->next] = sent_mark(data);
	s->next = (s->next + 1) % REFUSAL_MARKS;
}

static bool
sent_knows(const struct sent *s, const unsigned char *data, size_t n)
{
	uint64_t mark;

	if (n < MARK_BYTES)
		return false;
	mark = sent_mark(data);
	for (size_t i = 0; i < REFUSAL_MARKS; i++) {
		if (s->mark[i] == mark)
			return true;
	}
	return false;
}

enum refusal_verdict
refusal_judge(const struct refusal *r, const struct sent *s, int64_t now,
    struct suspicion *suspicion)
{
	if (r->errnum == 0 || r->errnum == EMSGSIZE)
		return REFUSAL_NOTHING;		/* it is not about the peer */
	if (r->final && sent_knows(s, r->quoted, r->length))
		return REFUSAL_COUNTS;
	if (suspicion->errnum != 0)
		return now - suspicion->since >= REFUSAL_PATIENCE ?
		    REFUSAL_COUNTS : REFUSAL_NOTHING;
	suspicion->errnum = r->errnum;
	suspicion->since = now;
	return REFUSAL_NOTHING;
}
