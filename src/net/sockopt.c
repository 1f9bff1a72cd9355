/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <string.h>

#include "base/log.h"
#include "net/sockopt.h"

/* Length of the queue of half-open fast-open connections of a listener. */
#define FASTOPEN_QUEUE	256

/* Keepalive probes: after the first one so many, so many seconds apart.  Who
 * wants the first one sooner does not want to wait longer for the others. */
#define KEEPALIVE_INTERVAL	10
#define KEEPALIVE_COUNT		6

/* Bytes of a queue of datagrams. */
#define LONG_QUEUE	(4 * 1024 * 1024)

#define SCTP_NODELAY	3	/* of <linux/sctp.h>, RFC 6458, 8.1.5 */

/* `unit' is that of the value, for people: " ms". */
static enum result
sockopt_unit(int fd, int level, int name, int value, const char *unit,
    const char *what, struct error *err)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno,
		    "socket option %s = %d%s", what, value, unit);
	log_line(LOG_DETAIL, "socket option %s = %d%s", what, value, unit);
	return RESULT_OK;
}

static enum result
sockopt_int(int fd, int level, int name, int value, const char *what,
    struct error *err)
{
	return sockopt_unit(fd, level, name, value, "", what, err);
}

#define TRY(call) do {						\
	enum result result_ = (call);				\
	if (result_ != RESULT_OK)				\
		return result_;					\
} while (0)

static enum result
sockopt_generic(int fd, const struct socket_options *o, struct error *err)
{
	if (o->recv_buffer > 0)
		TRY(sockopt_int(fd, SOL_SOCKET, SO_RCVBUF, o->recv_buffer,
		    "SO_RCVBUF", err));
	if (o->send_buffer > 0)
		TRY(sockopt_int(fd, SOL_SOCKET, SO_SNDBUF, o->send_buffer,
		    "SO_SNDBUF", err));
	if (o->debug)
		TRY(sockopt_int(fd, SOL_SOCKET, SO_DEBUG, 1, "SO_DEBUG", err));
	if (o->broadcast)
		TRY(sockopt_int(fd, SOL_SOCKET, SO_BROADCAST, 1,
		    "SO_BROADCAST", err));
	if (o->mark >= 0)
		TRY(sockopt_int(fd, SOL_SOCKET, SO_MARK, (int)(uint32_t)o->mark,
		    "SO_MARK", err));
	return RESULT_OK;
}

/* What the routes say of groups is another matter than the interface. */
static enum result
sockopt_multicast_interface(int fd, int family, unsigned index,
    struct error *err)
{
	struct ip_mreqn via = { .imr_ifindex = (int)index };

	if (family == AF_INET6)
		return sockopt_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF,
		    via.imr_ifindex, "IPV6_MULTICAST_IF", err);
	if (setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &via, sizeof(via)) ==
	    -1)
		return error_set_errno(err, RESULT_LOCAL, errno,
		    "multicast through interface %u", index);
	return RESULT_OK;
}

/* The interface behind an address, which the kernel ignores when it is that of
 * a group beyond the link. */
static enum result
sockopt_zone(int fd, int type, const struct addr *a, enum socket_use use,
    const struct socket_options *o, struct error *err)
{
	unsigned zone = a->sa.sa_family == AF_INET6 ? a->in6.sin6_scope_id : 0;
	char text[ADDR_TEXT_MAX];

	if (zone == 0)
		return RESULT_OK;
	if (o->interface != NULL && if_nametoindex(o->interface) != zone)
		return error_set(err, RESULT_LOCAL, "%s is not on --interface "
		    "%s", addr_format_host(a, text), o->interface);
	if (!addr_is_multicast(a))
		return RESULT_OK;
	if (use == SOCKET_LISTEN)
		return sockopt_int(fd, SOL_SOCKET, SO_BINDTOIFINDEX, (int)zone,
		    "SO_BINDTOIFINDEX", err);
	return type == SOCK_DGRAM ? sockopt_multicast_interface(fd, AF_INET6,
	    zone, err) : RESULT_OK;
}

static enum result
sockopt_interface(int fd, int family, int type, const struct socket_options *o,
    struct error *err)
{
	if (o->interface == NULL)
		return RESULT_OK;
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, o->interface,
	    (socklen_t)strlen(o->interface)) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno,
		    "bind to interface %s", o->interface);
	log_line(LOG_DETAIL, "socket option SO_BINDTODEVICE = %s",
	    o->interface);
	return type == SOCK_DGRAM ? sockopt_multicast_interface(fd, family,
	    if_nametoindex(o->interface), err) : RESULT_OK;
}

static enum result
sockopt_ip4(int fd, int type, const struct socket_options *o, struct error *err)
{
	if (o->tos >= 0)
		TRY(sockopt_int(fd, IPPROTO_IP, IP_TOS, o->tos, "IP_TOS", err));
	if (o->ttl > 0)
		TRY(sockopt_int(fd, IPPROTO_IP, IP_TTL, o->ttl, "IP_TTL", err));
	if (o->ttl > 0 && type == SOCK_DGRAM)
		TRY(sockopt_int(fd, IPPROTO_IP, IP_MULTICAST_TTL, o->ttl,
		    "IP_MULTICAST_TTL", err));
	if (o->min_ttl > 0)
		TRY(sockopt_int(fd, IPPROTO_IP, IP_MINTTL, o->min_ttl,
		    "IP_MINTTL", err));
	return RESULT_OK;
}

static enum result
sockopt_ip6(int fd, int type, const struct socket_options *o, struct error *err)
{
	if (o->tos >= 0)
		TRY(sockopt_int(fd, IPPROTO_IPV6, IPV6_TCLASS, o->tos,
		    "IPV6_TCLASS", err));
	if (o->ttl > 0)
		TRY(sockopt_int(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, o->ttl,
		    "IPV6_UNICAST_HOPS", err));
	if (o->ttl > 0 && type == SOCK_DGRAM)
		TRY(sockopt_int(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, o->ttl,
		    "IPV6_MULTICAST_HOPS", err));
	if (o->min_ttl > 0)
		TRY(sockopt_int(fd, IPPROTO_IPV6, IPV6_MINHOPCOUNT,
		    o->min_ttl, "IPV6_MINHOPCOUNT", err));
	return RESULT_OK;
}

/* RFC 2385.  A dialler names its one peer; a listener takes any that knows the
 * key, by a prefix of length 0. */
static enum result
sockopt_md5sig(int fd, const struct addr *a, enum socket_use use,
    const struct socket_options *o, struct error *err)
{
	struct tcp_md5sig sig = { 0 };
	size_t n = strlen(o->md5sig_key);
	int name = TCP_MD5SIG;

	if (n > sizeof(sig.tcpm_key))
		return error_set(err, RESULT_LOCAL, "TCP MD5 key: longer than "
		    "%d bytes", TCP_MD5SIG_MAXKEYLEN);
	memcpy(&sig.tcpm_addr, &a->ss, a->len);
	memcpy(sig.tcpm_key, o->md5sig_key, n);
	sig.tcpm_keylen = (uint16_t)n;
	if (use == SOCKET_LISTEN) {
		name = TCP_MD5SIG_EXT;
		sig.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX;
		memset(&sig.tcpm_addr, 0, sizeof(sig.tcpm_addr));
		sig.tcpm_addr.ss_family = a->sa.sa_family;
	}
	if (setsockopt(fd, IPPROTO_TCP, name, &sig, sizeof(sig)) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno,
		    "TCP MD5 signatures");
	log_line(LOG_DETAIL, "socket option TCP_MD5SIG, a key of %zu bytes", n);
	return RESULT_OK;
}

/* Probes: whether the peer is still there while nothing is said.  SCTP has its
 * own. */
static enum result
sockopt_tcp_probes(int fd, const struct socket_options *o, struct error *err)
{
	int64_t silence = o->keepalive_idle > 0 ? o->keepalive_idle :
	    SOCKET_KEEPALIVE_IDLE;
	int idle = (int)((silence + CLOCK_SECOND - 1) / CLOCK_SECOND);
	int interval = idle / KEEPALIVE_COUNT;

	if (interval < 1)
		interval = 1;
	if (interval > KEEPALIVE_INTERVAL)
		interval = KEEPALIVE_INTERVAL;
	if (o->keepalive_idle == 0) {
		sockopt_keepalive(fd, idle, interval, KEEPALIVE_COUNT);
		return RESULT_OK;
	}
	TRY(sockopt_int(fd, SOL_SOCKET, SO_KEEPALIVE, 1, "SO_KEEPALIVE", err));
	TRY(sockopt_unit(fd, IPPROTO_TCP, TCP_KEEPIDLE, idle, " s",
	    "TCP_KEEPIDLE", err));
	TRY(sockopt_unit(fd, IPPROTO_TCP, TCP_KEEPINTVL, interval, " s",
	    "TCP_KEEPINTVL", err));
	return sockopt_int(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT,
	    "TCP_KEEPCNT", err);
}

/* When a peer that is not heard of is taken for dead. */
static enum result
sockopt_tcp_lifetime(int fd, const struct socket_options *o, struct error *err)
{
	if (!o->no_keepalive)
		TRY(sockopt_tcp_probes(fd, o, err));
	if (o->user_timeout > 0)
		TRY(sockopt_unit(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
		    (int)(o->user_timeout / CLOCK_MS), " ms",
		    "TCP_USER_TIMEOUT", err));
	return RESULT_OK;
}

/* Send small pieces at once: RFC 9293, 3.7.4.  SCTP has the same at a level of
 * its own. */
static enum result
sockopt_tcp_no_delay(int fd, const struct socket_options *o, struct error *err)
{
	const int on = 1;

	if (o->nagle)
		return RESULT_OK;
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0)
		log_line(LOG_DETAIL, "socket option TCP_NODELAY = 1");
	else if (setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &on,
	    sizeof(on)) == 0)
		log_line(LOG_DETAIL, "socket option SCTP_NODELAY = 1");
	else if (o->no_delay)
		return error_set_errno(err, RESULT_LOCAL, errno,
		    "socket option TCP_NODELAY = 1");
	return RESULT_OK;
}

static enum result
sockopt_tcp(int fd, const struct addr *a, enum socket_use use,
    const struct socket_options *o, struct error *err)
{
	TRY(sockopt_tcp_lifetime(fd, o, err));
	TRY(sockopt_tcp_no_delay(fd, o, err));
	if (o->fastopen && use == SOCKET_DIAL)
		TRY(sockopt_int(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 1,
		    "TCP_FASTOPEN_CONNECT", err));
	if (o->fastopen && use == SOCKET_LISTEN)
		TRY(sockopt_int(fd, IPPROTO_TCP, TCP_FASTOPEN, FASTOPEN_QUEUE,
		    "TCP_FASTOPEN", err));
	if (o->md5sig_key != NULL)
		TRY(sockopt_md5sig(fd, a, use, o, err));
	return RESULT_OK;
}

static enum result
sockopt_listen(int fd, int type, const struct addr *a,
    const struct socket_options *o, struct error *err)
{
	if (a->sa.sa_family == AF_INET6)
		TRY(sockopt_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1,
		    "IPV6_V6ONLY", err));
	/* On a datagram socket SO_REUSEADDR would let others steal the port;
	 * several readers of one group is what it is good for. */
	if (type == SOCK_STREAM || o->multicast.count > 0)
		TRY(sockopt_int(fd, SOL_SOCKET, SO_REUSEADDR, 1,
		    "SO_REUSEADDR", err));
	if (o->reuseport)
		TRY(sockopt_int(fd, SOL_SOCKET, SO_REUSEPORT, 1,
		    "SO_REUSEPORT", err));
	return RESULT_OK;
}

/* It is there: of which family, and of what; socket(2). */
static void
sockopt_say_created(int family, int type, const struct socket_options *o)
{
	bool streams = type == SOCK_STREAM;

	if (family == AF_INET || family == AF_INET6)
		log_line(LOG_DETAIL, "socket created: IPv%d, %s",
		    family == AF_INET ? 4 : 6,
		    o->protocol == IPPROTO_SCTP ? "SCTP" :
		    o->protocol == IPPROTO_MPTCP ? "MPTCP" :
		    streams ? "TCP" : "UDP");
	else
		log_line(LOG_DETAIL, "socket created: %s, %s",
		    family == AF_UNIX ? "UNIX-domain" : "vsock",
		    streams ? "stream" : "datagrams");
}

enum result
sockopt_apply(int fd, int type, const struct addr *a, enum socket_use use,
    const struct socket_options *o, struct error *err)
{
	int family = a->sa.sa_family;

	sockopt_say_created(family, type, o);
	TRY(sockopt_generic(fd, o, err));
	if (family == AF_UNIX)
		return RESULT_OK;
	TRY(sockopt_interface(fd, family, type, o, err));
	TRY(sockopt_zone(fd, type, a, use, o, err));
	if (family == AF_INET)
		TRY(sockopt_ip4(fd, type, o, err));
	else
		TRY(sockopt_ip6(fd, type, o, err));
	if (type == SOCK_STREAM && family != AF_VSOCK)
		TRY(sockopt_tcp(fd, a, use, o, err));
	if (use == SOCKET_LISTEN)
		TRY(sockopt_listen(fd, type, a, o, err));
	return RESULT_OK;
}

void
sockopt_apply_accepted(int fd, int type, const struct addr *a,
    const struct socket_options *o)
{
	struct socket_options mine = *o;
	struct error err = { .result = RESULT_OK };
	int on = 0;
	socklen_t len = sizeof(on);

	if (type != SOCK_STREAM || (a->sa.sa_family != AF_INET &&
	    a->sa.sa_family != AF_INET6))
		return;
	if (o->no_keepalive)
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	else if (o->keepalive_idle == 0 && getsockopt(fd, SOL_SOCKET,
	    SO_KEEPALIVE, &on, &len) == 0 && on != 0)
		mine.no_keepalive = true;
	if (sockopt_tcp_lifetime(fd, &mine, &err) != RESULT_OK)
		log_line(LOG_STEP, "%s", err.text);
	if (sockopt_tcp_no_delay(fd, o, &err) != RESULT_OK)
		log_line(LOG_STEP, "%s", err.text);
}

enum result
sockopt_socket_failed(int family, int protocol, int errnum, struct error *err)
{
	const char *option = family == AF_VSOCK ? "--vsock" :
	    protocol == IPPROTO_SCTP ? "--sctp" :
	    protocol == IPPROTO_MPTCP ? "--mptcp" : NULL;

	if (option == NULL)
		return error_set_errno(err, RESULT_LOCAL, errnum, "socket");
	if (errnum == EPROTONOSUPPORT || errnum == EAFNOSUPPORT ||
	    errnum == ENOPROTOOPT || errnum == ESOCKTNOSUPPORT)
		return error_set(err, RESULT_LOCAL, "%s: this kernel does not "
		    "have it", option);
	return error_set_errno(err, RESULT_LOCAL, errnum, "%s: socket", option);
}

void
sockopt_keepalive(int fd, int idle, int interval, int count)
{
	const int on = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == -1)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval,
	    sizeof(interval));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	log_line(LOG_DETAIL, "socket option SO_KEEPALIVE = 1 (after %d s, then "
	    "%d, %d s apart)", idle, count, interval);
}

/* More than the limits of the system, if that is possible. */
static void
sockopt_force(int fd, int force, int option, int bytes)
{
	if (setsockopt(fd, SOL_SOCKET, force, &bytes, sizeof(bytes)) == -1)
		setsockopt(fd, SOL_SOCKET, option, &bytes, sizeof(bytes));
}

void
sockopt_long_receive_queue(int fd, const struct socket_options *o)
{
	if (o->recv_buffer == 0)
		sockopt_force(fd, SO_RCVBUFFORCE, SO_RCVBUF, LONG_QUEUE);
}

void
sockopt_long_send_queue(int fd, const struct socket_options *o)
{
	sockopt_force(fd, SO_SNDBUFFORCE, SO_SNDBUF, o->recv_buffer > 0 ?
	    o->recv_buffer : LONG_QUEUE);
}

bool
sockopt_low_water(int fd, int bytes)
{
	return setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &bytes,
	    sizeof(bytes)) == 0;
}

void
sockopt_abort_on_close(int fd)
{
	const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}
