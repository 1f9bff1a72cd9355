/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/udp.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/dgram.h"

/* Enough for the local address, in both kinds, and the length of segments. */
#define CONTROL_SIZE	(CMSG_SPACE(sizeof(struct in6_pktinfo)) + \
			CMSG_SPACE(sizeof(struct in_pktinfo)) + \
			CMSG_SPACE(sizeof(int)))

/* The most that Linux sends as one: UDP_MAX_SEGMENTS. */
#define SEGMENTS_MAX	64

struct control {
	alignas(struct cmsghdr) unsigned char bytes[CONTROL_SIZE];
};

struct dgram_batch {
	struct mmsghdr	 msg[DGRAM_BATCH];
	struct iovec	 iov[DGRAM_BATCH];
	struct control	 control[DGRAM_BATCH];
	struct dgram	 dgram[DGRAM_BATCH];
	size_t		 count;
	bool		 wants_control;	/* elsewhere it could bring descriptors
					 * that nobody asked for, unix(7) */
	unsigned char	*memory;
};

struct dgram_batch *
dgram_batch_new(int fd)
{
	struct dgram_batch *b = xcalloc(1, sizeof(*b));
	int domain = AF_UNSPEC;
	socklen_t len = sizeof(domain);

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
	b->wants_control = domain == AF_INET || domain == AF_INET6;
	b->memory = xpages((size_t)DGRAM_BATCH * DGRAM_RECEIVE_MAX);
	return b;
}

void
dgram_batch_free(struct dgram_batch *b)
{
	if (b == NULL)
		return;
	free(b->memory);
	free(b);
}

const struct dgram *
dgram_batch_get(const struct dgram_batch *b, size_t i)
{
	return &b->dgram[i];
}

void
dgram_batch_truncate(struct dgram_batch *b, size_t n)
{
	if (n < b->count)
		b->count = n;
}

bool
dgram_batch_next(const struct dgram_batch *b, struct dgram_cursor *at,
    struct dgram *d)
{
	size_t left;

	if (at->message >= b->count)
		return false;
	*d = b->dgram[at->message];
	left = d->length - at->offset;
	d->data += at->offset;
	d->length = d->segment != 0 && d->segment < left ? d->segment : left;
	at->offset += d->length;
	if (at->offset == b->dgram[at->message].length)
		*at = (struct dgram_cursor){ at->message + 1, 0 };
	return true;
}

size_t
dgram_segment_limit(int fd)
{
	int segment;
	socklen_t len = sizeof(segment);

	return getsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, &len) == 0 ?
	    DGRAM_MAX : 0;
}

void
dgram_merge(int fd)
{
	const int on = 1;

	setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on));
}

static void
dgram_prepare(struct dgram_batch *b, size_t i)
{
	struct dgram *d = &b->dgram[i];

	d->data = b->memory + i * DGRAM_RECEIVE_MAX;
	b->iov[i] = (struct iovec){ d->data, DGRAM_RECEIVE_MAX };
	b->msg[i].msg_hdr = (struct msghdr){
		.msg_name = &d->from.ss,
		.msg_namelen = sizeof(d->from.ss),
		.msg_iov = &b->iov[i],
		.msg_iovlen = 1,
		.msg_control = b->wants_control ? &b->control[i] : NULL,
		.msg_controllen = b->wants_control ? sizeof(b->control[i]) : 0,
	};
}

/* The local address out of ip(7)'s IP_PKTINFO, ipv6(7)'s IPV6_PKTINFO, and the
 * length of segments. */
static void
dgram_read_control(struct msghdr *msg, struct dgram *d)
{
	struct addr *to = &d->to;
	struct in_pktinfo info4;
	struct in6_pktinfo info6;
	int segment;

	memset(to, 0, sizeof(*to));
	d->group = false;
	d->segment = 0;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c != NULL;
	    c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info4, CMSG_DATA(c), sizeof(info4));
			to->in.sin_family = AF_INET;
			to->in.sin_addr = info4.ipi_spec_dst;
			d->group = info4.ipi_addr.s_addr !=
			    info4.ipi_spec_dst.s_addr;
			to->len = sizeof(to->in);
		} else if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&info6, CMSG_DATA(c), sizeof(info6));
			d->group = IN6_IS_ADDR_MULTICAST(&info6.ipi6_addr);
			if (d->group)
				continue;
			to->in6.sin6_family = AF_INET6;
			to->in6.sin6_addr = info6.ipi6_addr;
			to->len = sizeof(to->in6);
		} else if (c->cmsg_level == IPPROTO_UDP &&
		    c->cmsg_type == UDP_GRO) {
			memcpy(&segment, CMSG_DATA(c), sizeof(segment));
			d->segment = segment > 0 ? (size_t)segment : 0;
		}
	}
}

int
dgram_receive(struct dgram_batch *b, int fd, size_t most)
{
	int n;

	if (most > DGRAM_BATCH)
		most = DGRAM_BATCH;
	for (size_t i = 0; i < most; i++)
		dgram_prepare(b, i);
	/* That the other end of a pair left something unread is told before
	 * what it wrote, once. */
	do
		n = recvmmsg(fd, b->msg, (unsigned)most, MSG_DONTWAIT, NULL);
	while (n == -1 && (errno == EINTR || errno == ECONNRESET));
	b->count = n > 0 ? (size_t)n : 0;
	for (int i = 0; i < n; i++) {
		struct msghdr *msg = &b->msg[i].msg_hdr;
		struct dgram *d = &b->dgram[i];

		d->length = b->msg[i].msg_len;
		d->truncated = (msg->msg_flags & MSG_TRUNC) != 0;
		d->from.len = msg->msg_namelen;
		dgram_read_control(msg, d);
	}
	return n;
}

/* --- sending ------------------------------------------------------------- */

/* Messages, each of one piece or of several with one length. */
struct outgoing {
	struct mmsghdr	 msg[DGRAM_BATCH];
	struct iovec	 iov[DGRAM_BATCH];	/* one for each piece */
	struct control	 control[DGRAM_BATCH];
	size_t		 pieces[DGRAM_BATCH];
	unsigned	 count;
};

static void
dgram_add_control(struct msghdr *msg, struct control *control, int level,
    int type, const void *data, size_t n)
{
	struct cmsghdr *c;

	if (msg->msg_control == NULL)
		msg->msg_control = control;
	c = (struct cmsghdr *)(void *)(control->bytes + msg->msg_controllen);
	memset(c, 0, CMSG_SPACE(n));
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(n);
	memcpy(CMSG_DATA(c), data, n);
	msg->msg_controllen += CMSG_SPACE(n);
}

/* Ask the kernel to send from `from`. */
static void
dgram_set_source(struct msghdr *msg, struct control *control,
    const struct addr *from)
{
	struct in_pktinfo info4 = { 0 };
	struct in6_pktinfo info6 = { 0 };

	if (from == NULL || from->len == 0)
		return;
	if (from->sa.sa_family == AF_INET) {
		info4.ipi_spec_dst = from->in.sin_addr;
		dgram_add_control(msg, control, IPPROTO_IP, IP_PKTINFO, &info4,
		    sizeof(info4));
	} else {
		info6.ipi6_addr = from->in6.sin6_addr;
		dgram_add_control(msg, control, IPPROTO_IPV6, IPV6_PKTINFO,
		    &info6, sizeof(info6));
	}
}

/* How many of the count pieces can go as one: all of the length of the first,
 * the last may be shorter. */
static size_t
dgram_run(const struct dgram_piece *piece, size_t count, size_t segment)
{
	size_t length = piece[0].length, total = length, n = 1;

	if (length == 0 || length > segment)
		return 1;
	while (n < count && n < SEGMENTS_MAX && piece[n].length > 0 &&
	    piece[n].length <= length && total + piece[n].length <= DGRAM_MAX) {
		total += piece[n].length;
		if (piece[n++].length < length)
			break;
	}
	return n;
}

/* The kernel does not send pieces of this length as one: they are longer than
 * what the way to there takes, or the device can't. */
static bool
dgram_lower_segment(size_t length, size_t *segment)
{
	switch (errno) {
	case EINVAL:
	case EMSGSIZE:
		*segment = length - 1;
		return true;
	case EIO:
	case EOPNOTSUPP:
	case ENOPROTOOPT:
		*segment = 0;
		return true;
	default:
		return false;
	}
}

static void
dgram_pack(struct outgoing *out, const struct dgram_piece *piece, size_t n,
    const struct addr *to, const struct addr *from)
{
	struct msghdr *h = &out->msg[out->count].msg_hdr;
	struct control *control = &out->control[out->count];
	uint16_t length = (uint16_t)piece->length;

	*h = (struct msghdr){ .msg_iov = h->msg_iov, .msg_iovlen = n };
	for (size_t i = 0; i < n; i++) {
		h->msg_iov[i].iov_base = (void *)(uintptr_t)piece[i].data;
		h->msg_iov[i].iov_len = piece[i].length;
	}
	if (to != NULL) {
		h->msg_name = (void *)(uintptr_t)&to->ss;
		h->msg_namelen = to->len;
	}
	dgram_set_source(h, control, from);
	if (n > 1)
		dgram_add_control(h, control, IPPROTO_UDP, UDP_SEGMENT,
		    &length, sizeof(length));
	out->pieces[out->count++] = n;
}

int
dgram_send(int fd, const struct dgram_piece *piece, size_t count,
    const struct addr *to, const struct addr *from, size_t *segment)
{
	struct outgoing out;
	size_t run;
	int n, sent = 0;

	out.count = 0;
	if (count > DGRAM_BATCH)
		count = DGRAM_BATCH;
	for (size_t i = 0; i < count; i += run) {
		run = dgram_run(piece + i, count - i, *segment);
		out.msg[out.count].msg_hdr.msg_iov = &out.iov[i];
		dgram_pack(&out, piece + i, run, to, from);
	}
	do
		n = sendmmsg(fd, out.msg, out.count,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	if (n == -1 && out.pieces[0] > 1 &&
	    dgram_lower_segment(piece[0].length, segment))
		return dgram_send(fd, piece, count, to, from, segment);
	for (int i = 0; i < n; i++)
		sent += (int)out.pieces[i];
	return n == -1 ? -1 : sent;
}
