/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "serve/session.h"

/* "no" keeps the bytes out of splice(2) and sendfile(2): for tests, and for
 * file systems that get it wrong. */
#define ZERO_COPY_VARIABLE	"SOCKCAT_ZERO_COPY"

static bool
session_zero_copy(void)
{
	const char *value = getenv(ZERO_COPY_VARIABLE);

	return value == NULL || strcmp(value, "no") != 0;
}

static struct pump_options
session_pump_options(const struct options *o, int64_t deadline,
    const int *next_fd)
{
	return (struct pump_options){
		.send = !o->no_stdin,
		.receive = !o->send_only,
		.half_close = !o->no_shutdown,
		.exit_on_eof = o->exit_on_eof,
		.wait_acknowledged = !o->no_wait,
		.serial = o->keep_open,
		.zero_copy = session_zero_copy(),
		.crlf = o->crlf,
		.telnet = o->telnet,
		.kick = o->socket.fastopen && !o->listen,
		.read_limit = (uint64_t)o->recv_limit,
		.line_delay = o->delay,
		.quit_after = o->quit_after,
		.idle_timeout = o->idle_timeout,
		.deadline = deadline,
		.next_fd = next_fd,
	};
}

static void
session_log_tcp_info(int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (!log_enabled(LOG_DETAIL) ||
	    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		return;
	log_line(LOG_DETAIL, "TCP: rtt %.3f ms, %u retransmits, congestion "
	    "window %u, segment size %u", info.tcpi_rtt / 1000.0,
	    info.tcpi_total_retrans, info.tcpi_snd_cwnd, info.tcpi_snd_mss);
}

enum result
session_run(const struct options *o, int64_t deadline, struct connection *c,
    struct stream *local, const int *next_fd, struct error *err)
{
	struct pump_options po = session_pump_options(o, deadline, next_fd);
	struct pump_counts counts = { 0, 0, 0 };
	struct error pump_err = { RESULT_OK, "" };
	char peer[ADDR_TEXT_MAX];
	struct stream *net;
	enum result result;
	bool abort = false;

	addr_format(&c->remote, peer);
	net = stream_from_connection(c);
	result = pump_run(net, local, &po, &counts, &abort, &pump_err);
	session_log_tcp_info(net->in.fd);
	net->ops->close(net, abort);
	if (result == RESULT_OK) {
		log_line(LOG_STEP, "closed %s: done, sent %llu bytes, "
		    "received %llu bytes", peer,
		    (unsigned long long)counts.sent,
		    (unsigned long long)counts.received);
		return result;
	}
	log_line(LOG_STEP, "closed %s: %s", peer, pump_err.text);
	return error_set(err, result, "%.300s: %.700s", peer, pump_err.text);
}
