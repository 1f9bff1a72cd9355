/* SPDX-License-Identifier: ISC */
/* The lines of Linux's tables of sockets, proc(5): /proc/net/tcp, tcp6, udp,
 * udp6, unix. */
#ifndef WIRE_PROC_NET_H
#define WIRE_PROC_NET_H

#include <stdbool.h>
#include <stdint.h>

struct proc_socket {
	unsigned char	 address[16];	/* local, in network byte order; of
					 * IPv4 the first four */
	uint16_t	 port;		/* local */
	bool		 listens;	/* of TCP, and UNIX-domain streams */
	uint32_t	 user;		/* its number */
	uint64_t	 inode;		/* "socket:[inode]" in /proc/PID/fd */
	const char	*path;		/* UNIX-domain: the rest of the line,
					 * without its LF, "" for none; '@' in
					 * front in the abstract namespace */
	int		 path_length;
};

/* A line of the tables of TCP and UDP.  False: it is none, as the first one of
 * each table. */
bool	proc_net_inet(const char *line, bool ipv6, struct proc_socket *s);

/* A line of that of UNIX-domain sockets; path points into it. */
bool	proc_net_unix(const char *line, struct proc_socket *s);

#endif
