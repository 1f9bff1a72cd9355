/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/dgram.h"

#define CONTROL_SIZE	(CMSG_SPACE(sizeof(struct in6_pktinfo)) + \
			CMSG_SPACE(sizeof(struct in_pktinfo)))

struct control {
	alignas(struct cmsghdr) unsigned char bytes[CONTROL_SIZE];
};

struct dgram_batch {
	struct mmsghdr	 msg[DGRAM_BATCH];
	struct iovec	 iov[DGRAM_BATCH];
	struct control	 control[DGRAM_BATCH];
	struct dgram	 dgram[DGRAM_BATCH];
	unsigned char	*memory;
};

struct dgram_batch *
dgram_batch_new(void)
{
	struct dgram_batch *b = xcalloc(1, sizeof(*b));

	b->memory = xmalloc((size_t)DGRAM_BATCH * DGRAM_RECEIVE_MAX);
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
		.msg_control = &b->control[i],
		.msg_controllen = sizeof(b->control[i]),
	};
}

/* The local address out of ip(7)'s IP_PKTINFO, ipv6(7)'s IPV6_PKTINFO. */
static void
dgram_find_destination(struct msghdr *msg, struct dgram *d)
{
	struct addr *to = &d->to;
	struct in_pktinfo info4;
	struct in6_pktinfo info6;

	memset(to, 0, sizeof(*to));
	d->group = false;
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
	do
		n = recvmmsg(fd, b->msg, (unsigned)most, MSG_DONTWAIT, NULL);
	while (n == -1 && errno == EINTR);
	for (int i = 0; i < n; i++) {
		struct msghdr *msg = &b->msg[i].msg_hdr;
		struct dgram *d = &b->dgram[i];

		d->length = b->msg[i].msg_len;
		d->truncated = (msg->msg_flags & MSG_TRUNC) != 0;
		d->from.len = msg->msg_namelen;
		dgram_find_destination(msg, d);
	}
	return n;
}

/* Ask the kernel to send from `from`. */
static void
dgram_set_source(struct msghdr *msg, struct control *control,
    const struct addr *from)
{
	struct in_pktinfo info4 = { 0 };
	struct in6_pktinfo info6 = { 0 };
	struct cmsghdr *c;

	if (from == NULL || from->len == 0)
		return;
	memset(control, 0, sizeof(*control));
	msg->msg_control = control;
	msg->msg_controllen = sizeof(*control);
	c = CMSG_FIRSTHDR(msg);
	if (from->sa.sa_family == AF_INET) {
		info4.ipi_spec_dst = from->in.sin_addr;
		c->cmsg_level = IPPROTO_IP;
		c->cmsg_type = IP_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info4));
		memcpy(CMSG_DATA(c), &info4, sizeof(info4));
		msg->msg_controllen = CMSG_SPACE(sizeof(info4));
	} else {
		info6.ipi6_addr = from->in6.sin6_addr;
		c->cmsg_level = IPPROTO_IPV6;
		c->cmsg_type = IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(sizeof(info6));
		memcpy(CMSG_DATA(c), &info6, sizeof(info6));
		msg->msg_controllen = CMSG_SPACE(sizeof(info6));
	}
}

int
dgram_send(int fd, const struct dgram_piece *piece, size_t count,
    const struct addr *to, const struct addr *from)
{
	struct mmsghdr msg[DGRAM_BATCH];
	struct iovec iov[DGRAM_BATCH];
	struct control control;
	int n;

	if (count > DGRAM_BATCH)
		count = DGRAM_BATCH;
	for (size_t i = 0; i < count; i++) {
		iov[i] = (struct iovec){ (void *)(uintptr_t)piece[i].data,
		    piece[i].length };
		msg[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i],
		    .msg_iovlen = 1 };
		if (to != NULL) {
			msg[i].msg_hdr.msg_name = (void *)(uintptr_t)&to->ss;
			msg[i].msg_hdr.msg_namelen = to->len;
		}
		dgram_set_source(&msg[i].msg_hdr, &control, from);
	}
	do
		n = sendmmsg(fd, msg, (unsigned)count,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	while (n == -1 && errno == EINTR);
	return n;
}
