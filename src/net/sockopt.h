/* SPDX-License-Identifier: ISC */
/* What the user wants of a socket, and how it gets there. */
#ifndef NET_SOCKOPT_H
#define NET_SOCKOPT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/texts.h"
#include "net/addr.h"

/* Which sockets there are, and what is set on them.  Zeroed is "nothing asked
 * for", but for those that say otherwise. */
struct socket_options {
	int		 family;	/* AF_UNSPEC, AF_INET, AF_INET6,
					 * AF_VSOCK, AF_UNIX */
	int		 type;		/* SOCK_STREAM, SOCK_DGRAM; not 0 */
	int		 protocol;	/* IPPROTO_SCTP, IPPROTO_MPTCP; 0: the
					 * usual one */
	bool		 numeric;	/* of addresses without names: no DNS */
	int		 recv_buffer;	/* SO_RCVBUF, bytes; 0: the kernel's */
	int		 send_buffer;	/* SO_SNDBUF */
	int		 tos;		/* 0 to 255; -1: not set */
	int		 ttl;		/* 1 to 255; 0: not set */
	int		 min_ttl;	/* 1 to 255; 0: not set */
	bool		 debug;		/* SO_DEBUG */
	bool		 broadcast;	/* SO_BROADCAST */
	bool		 reuseport;	/* SO_REUSEPORT */
	bool		 no_delay;	/* TCP_NODELAY was asked for: what fails
					 * is an error */
	bool		 nagle;		/* ... was asked not to be */
	bool		 fastopen;	/* TCP_FASTOPEN(_CONNECT), RFC 7413 */
	bool		 no_keepalive;	/* SO_KEEPALIVE was asked not to be */
	int64_t		 keepalive_idle;	/* ... was asked for, and what
					 * fails is an error: ns; 0: it was not,
					 * and is as usual */
	int64_t		 user_timeout;	/* TCP_USER_TIMEOUT, ns; 0: none */
	int64_t		 mark;		/* SO_MARK; -1: not set */
	const char	*interface;	/* SO_BINDTODEVICE */
	struct texts	 multicast;	/* groups to join (listener) */
	const char	*md5sig_key;	/* TCP_MD5SIG, RFC 2385; or NULL */
};

/* The first probe, if nobody says otherwise: after so much silence. */
#define SOCKET_KEEPALIVE_IDLE	(60 * CLOCK_SECOND)

enum socket_use {
	SOCKET_DIAL,		/* before bind(2) and connect(2) */
	SOCKET_LISTEN,		/* before bind(2) and listen(2) */
};

/*
 * Apply the options to a fresh socket whose peer (SOCKET_DIAL) or local address
 * (SOCKET_LISTEN) will be `a`.  An accepted socket inherits what matters.
 * With -vv says that it is there, and what it set.  RESULT_LOCAL names the
 * option that failed.
 */
enum result	sockopt_apply(int fd, int type, const struct addr *a,
		    enum socket_use use, const struct socket_options *o,
		    struct error *err);

/* The same for an accepted socket whose listener is not ours, so that there was
 * nothing to inherit.  Probes that the listener's owner chose stay, unless we
 * were asked for others, and with `nagle' so does that.  What fails is said at
 * -v. */
void		sockopt_apply_accepted(int fd, int type, const struct addr *a,
		    const struct socket_options *o);

/* What it means that socket(2) failed for that family and protocol: the kernel
 * may not have it.  RESULT_LOCAL. */
enum result	sockopt_socket_failed(int family, int protocol, int errnum,
		    struct error *err);

/* Turn keepalive probes on: the first after `idle` seconds of silence, then
 * each `interval`, dead after `count` unanswered.  Does nothing for sockets
 * that have none. */
void	sockopt_keepalive(int fd, int idle, int interval, int count);

/*
 * Of sockets of datagrams, which are lost when they find the queue full: 4 MiB,
 * unless o has a receive buffer, or as near to it as we are allowed (beyond
 * net.core.rmem_max takes CAP_NET_ADMIN, socket(7)).  The second is for the
 * sending end of a UNIX-domain pair, where the queue is.
 */
void	sockopt_long_receive_queue(int fd, const struct socket_options *o);
void	sockopt_long_send_queue(int fd, const struct socket_options *o);

/* Let poll(2) call the socket readable only when that many bytes are there, or
 * the end; SO_RCVLOWAT, socket(7).  False where that is not to be had. */
bool	sockopt_low_water(int fd, int bytes);

/* Make close(2) send a reset instead of an orderly end. */
void	sockopt_abort_on_close(int fd);

#endif
