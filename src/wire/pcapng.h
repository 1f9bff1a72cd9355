/* SPDX-License-Identifier: ISC */
/*
 * A session as a capture file: pcapng (draft-ietf-opsawg-pcapng), link type
 * LINKTYPE_RAW.  What was read and written becomes the packets of one clean
 * conversation: IPv4 (RFC 791) or IPv6 (RFC 8200), and TCP (RFC 9293) with its
 * handshake, sequence numbers, acknowledgements and ends, or UDP (RFC 768);
 * all of them with good checksums.  They are not those that were on the wire.
 *
 * A file is pcapng_start(), and then packets of any number of conversations, in
 * any order.  Each function writes to `out' and returns how many bytes; no more
 * than its constant.  Times are ns since the Epoch.
 */
#ifndef WIRE_PCAPNG_H
#define WIRE_PCAPNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Data in one packet, at most: what an IPv4 packet has room for. */
#define PCAPNG_SEGMENT		65495
#define PCAPNG_DATAGRAM		65507

#define PCAPNG_COMMENT_MAX	2048	/* bytes; what is longer is cut */

/* A packet without data: headers, blocks and options, and a comment. */
#define PCAPNG_EMPTY_MAX	256
#define PCAPNG_START_MAX	512
#define PCAPNG_BEGIN_MAX	(3 * PCAPNG_EMPTY_MAX + PCAPNG_COMMENT_MAX)
#define PCAPNG_DATA_MAX	\
	(2 * PCAPNG_EMPTY_MAX + PCAPNG_COMMENT_MAX + PCAPNG_DATAGRAM)
#define PCAPNG_END_MAX		(2 * PCAPNG_EMPTY_MAX)

struct pcapng_end {
	unsigned char	 address[16];	/* the first four, of IPv4 */
	uint16_t	 port;
};

enum pcapng_way {
	PCAPNG_SENT,		/* by us */
	PCAPNG_RECEIVED,
};

struct pcapng_flow {
	bool		 ipv6;
	bool		 datagrams;
	bool		 accepted;	/* the peer has begun it */
	struct pcapng_end end[2];	/* ours; the peer's */
	/* private, but for the initial values of `next': */
	uint32_t	 next[2];	/* sequence number of what ours, and the
					 * peer's, sends next */
	uint32_t	 acked[2];	/* ... and what is acknowledged */
	bool		 over[2];	/* that direction is */
};

/* The first blocks of a file: `application' is who writes it. */
size_t	pcapng_start(const char *application,
	    unsigned char out[PCAPNG_START_MAX]);

/* TCP: the handshake; the comment, which may be NULL, is that of its first
 * packet.  UDP has none, 0. */
size_t	pcapng_begin(struct pcapng_flow *f, int64_t time, const char *comment,
	    unsigned char out[PCAPNG_BEGIN_MAX]);

/* A packet with the first of n bytes, n > 0 unless it is UDP; *taken says with
 * how many.  None once that direction is over, when all are taken. */
size_t	pcapng_data(struct pcapng_flow *f, enum pcapng_way way, int64_t time,
	    const char *comment, const unsigned char *data, size_t n,
	    size_t *taken, unsigned char out[PCAPNG_DATA_MAX]);

/* TCP: that direction has ended, FIN and its acknowledgement; or who sends that
 * way has reset the connection, and both are over.  0 if it is over. */
size_t	pcapng_finish(struct pcapng_flow *f, enum pcapng_way way,
	    int64_t time, unsigned char out[PCAPNG_END_MAX]);
size_t	pcapng_reset(struct pcapng_flow *f, enum pcapng_way way, int64_t time,
	    unsigned char out[PCAPNG_END_MAX]);

#endif
