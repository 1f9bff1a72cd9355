/* SPDX-License-Identifier: ISC */
/* Socket addresses of every family, one type. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>
/* needs sys/socket.h */
#include <linux/vm_sockets.h>

struct addr {
	union {
		struct sockaddr		sa;
		struct sockaddr_in	in;
		struct sockaddr_in6	in6;
		struct sockaddr_un	un;
		struct sockaddr_vm	vm;
		struct sockaddr_storage	ss;
	};
	socklen_t	len;	/* 0: no address */
};

/* Addresses in the order in which they are to be tried. */
struct addr_list {
	struct addr	*addr;
	size_t		 count;
};

void	addr_list_add(struct addr_list *list, const struct addr *a);
void	addr_list_free(struct addr_list *list);

/* Room for any formatted address, escapes included. */
#define ADDR_TEXT_MAX	512

/*
 * The host alone: "127.0.0.1", "fe80::1%eth0", a path, "@name" for the abstract
 * namespace, "(unnamed)".  What a peer chose is escaped, and IPv4 that comes by
 * an IPv6 socket (RFC 4291, section 2.5.5.2) is plain IPv4.  Returns buf.
 */
char	*addr_format_host(const struct addr *a, char buf[ADDR_TEXT_MAX]);

/* The same for programs, exact or empty: nothing is escaped, and what has no
 * name, or one that no text can hold, has "". */
char	*addr_format_exact(const struct addr *a, char buf[ADDR_TEXT_MAX]);

/* Host and port: "127.0.0.1:80", "[::1]:80"; UNIX-domain: as above. */
char	*addr_format(const struct addr *a, char buf[ADDR_TEXT_MAX]);

/* For sentences: "127.0.0.1 port 80"; UNIX-domain: as addr_format_host. */
char	*addr_format_words(const struct addr *a, char buf[ADDR_TEXT_MAX]);

/* The port, host byte order; 0 for families that have none. */
uint16_t	addr_port(const struct addr *a);
void		addr_set_port(struct addr *a, uint16_t port);

/* Same family, address, scope and port. */
bool	addr_equal(const struct addr *a, const struct addr *b);

/* Of family, address and port, for tables; FNV-1a. */
uint32_t	addr_hash(const struct addr *a);

bool	addr_is_multicast(const struct addr *a);

/* Whether a is of one link alone (fe80::, ff02::) and does not say of which:
 * RFC 4007, section 6. */
bool	addr_lacks_zone(const struct addr *a);

/* What to say of errno value `errnum` for a, in brackets and with a blank in
 * front; "" unless it is the lack of a zone. */
const char	*addr_zone_hint(const struct addr *a, int errnum);

/*
 * A UNIX-domain address; a leading '@' means the abstract namespace.  False if
 * the path is empty or does not fit (unix(7): 107 bytes).
 */
bool	addr_from_path(struct addr *a, const char *path);

/* getsockname(2) and getpeername(2); len is 0 where there is none. */
void	addr_local(int fd, struct addr *a);
void	addr_remote(int fd, struct addr *a);

#endif
