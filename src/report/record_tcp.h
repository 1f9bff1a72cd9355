/* SPDX-License-Identifier: ISC */
/* What the kernel has measured of a connection: TCP_INFO, tcp(7). */
#ifndef REPORT_RECORD_TCP_H
#define REPORT_RECORD_TCP_H

#include <stdbool.h>
#include <stdint.h>

#define RECORD_TCP_NAME	16

/* What the kernel adds up from the begin to the end. */
struct record_tcp_sums {
	bool		 known;		/* the kernel is 5.4 or younger */
	uint64_t	 bytes_retransmitted;
	uint64_t	 busy;		/* microseconds: something was unsent,
					 * or not acknowledged */
	uint64_t	 window_limited;	/* ... the peer's window was
						 * full */
	uint64_t	 buffer_limited;	/* ... our send buffer was too
						 * small */
	uint32_t	 segments_sent, segments_received;
	uint32_t	 delivered;	/* segments that the peer said to
					 * have */
	uint32_t	 marked;	/* ... with congestion experienced,
					 * RFC 3168 */
	uint32_t	 duplicates;	/* that the peer said to have had twice,
					 * RFC 2883 */
	uint32_t	 out_of_order;	/* segments received */
};

/* "known" is false of other sockets, and all else not set. */
struct record_tcp {
	bool		 known;
	uint32_t	 rtt;		/* microseconds, smoothed */
	uint32_t	 rttvar;
	uint32_t	 min_rtt;
	uint32_t	 retransmits;	/* segments, in all */
	uint32_t	 lost;		/* now */
	uint32_t	 reordering;	/* segments */
	uint32_t	 reordered;	/* times it was seen */
	uint32_t	 window;	/* that of congestion, segments */
	uint32_t	 threshold;	/* of slow start, segments; 0: none was
					 * met */
	uint32_t	 segment;	/* the largest one sent, bytes */
	uint32_t	 segment_received;
	uint32_t	 path_mtu;	/* bytes */
	uint64_t	 delivery_rate;	/* bytes a second */
	bool		 application_limited;	/* ... when it was measured */
	uint32_t	 receive_window;	/* ours, bytes; 0 as below */
	uint32_t	 receive_space;	/* what the window is made for: bytes
					 * that are read within a round trip */
	uint32_t	 send_window;	/* the peer's, bytes; 0: the kernel does
					 * not say */
	uint64_t	 sent;		/* bytes, each counted once */
	uint64_t	 received;
	char		 congestion[RECORD_TCP_NAME];	/* its control */
	bool		 multipath;
	struct record_tcp_sums sums;
};

/* Ask about the socket fd. */
void	record_tcp_measure(struct record_tcp *tcp, int fd);

#endif
