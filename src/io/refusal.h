/* SPDX-License-Identifier: ISC */
/*
 * Refusals of datagrams: ICMP errors, ip(7), IP_RECVERR.  Anybody can send one
 * who knows two addresses and their ports.  But most quote the datagram that
 * they are about (RFC 1122, section 3.2.2; RFC 4443, section 2.4), and what is
 * in it knows only who has seen it.
 */
#ifndef IO_REFUSAL_H
#define IO_REFUSAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "net/addr.h"

struct refusal {
	int		errnum;
	bool		final;	/* nobody is there, or nobody may go there */
	struct addr	to;	/* where the datagram was sent */
	size_t		length;	/* of what is quoted */
	unsigned char	quoted[64];
};

/* Have them queued at fd, also if it is not connected; or no more. */
void	refusal_want(int fd, bool wanted);

/* The next one.  False: there is none. */
bool	refusal_read(int fd, struct refusal *r);

/* Whether errno, after an operation of a socket of datagrams, may stand for
 * one. */
bool	refusal_is_error(int errnum);

#define REFUSAL_MARKS	1024

/* Datagrams sent lately, for one peer; zeroed: none. */
struct sent {
	uint64_t	mark[REFUSAL_MARKS];
	size_t		next;
};

/* Remember one of DTLS; one that could be guessed is left out. */
void	sent_note(struct sent *s, const unsigned char *data, size_t n);

enum refusal_verdict {
	REFUSAL_NOTHING,	/* it may be a lie */
	REFUSAL_COUNTS,
};

/* What has been said so far, by refusals that are not proven; zeroed:
 * nothing. */
struct suspicion {
	int	errnum;		/* 0: there is none */
	int64_t	since;
};

/*
 * Whether the peer is to be given up: one that quotes what was sent says so for
 * certain.  Another one is a hint; the same hint again, after REFUSAL_PATIENCE
 * in which *suspicion was not cleared by something authentic, counts, too.
 */
enum refusal_verdict	refusal_judge(const struct refusal *r,
			    const struct sent *s, int64_t now,
			    struct suspicion *suspicion);

/* Less than the third try of a handshake, after 1 and 2 seconds. */
#define REFUSAL_PATIENCE	(2500 * CLOCK_MS)

#endif
