/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/signals.h"
#include "net/life.h"
#include "report/record.h"

void
record_target_free(struct record_target *t)
{
	if (t == NULL)
		return;
	facts_free(&t->facts);
	free(t->name);
	free(t);
}

void
record_release(struct record *r)
{
	facts_free(&r->own_facts);
	record_target_free(r->target);
	r->target = NULL;
}

const struct facts *
record_facts(const struct record *r)
{
	return r->facts != NULL ? r->facts :
	    r->own_facts.count > 0 ? &r->own_facts : NULL;
}

/* --- what is asked of the kernel ----------------------------------------- */

void
record_measure(struct record *r, int fd)
{
	record_tcp_measure(&r->tcp, fd);
}

static int
record_option(int fd, int option)
{
	int value = 0;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) == -1 ? -1 :
	    value;
}

const char *
record_transport(int fd)
{
	int family = record_option(fd, SO_DOMAIN);
	int type = record_option(fd, SO_TYPE);

	if (family == AF_UNIX)
		return type == SOCK_DGRAM ? "unix-dgram" :
		    type == SOCK_SEQPACKET ? "unix-seqpacket" : "unix";
	if (family == AF_VSOCK)
		return "vsock";
	if (family != AF_INET && family != AF_INET6)
		return NULL;
	switch (record_option(fd, SO_PROTOCOL)) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_MPTCP:
		return "mptcp";
	default:
		return NULL;
	}
}

uint64_t
record_drops(int fd)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len) == -1)
		return 0;
	return info[SK_MEMINFO_DROPS];
}

/* --- how it ended -------------------------------------------------------- */

static const char *
record_peer(const struct record *r, char buf[ADDR_TEXT_MAX])
{
	return r->remote == NULL ? "(no peer)" : addr_format(r->remote, buf);
}

static bool
record_failed(const struct record *r)
{
	return r->error != NULL && r->error->result != RESULT_OK;
}

char *
record_format(const struct record *r, char buf[RECORD_TEXT_MAX])
{
	bool failed = r->how == NULL && record_failed(r);
	const char *how = r->how != NULL ? r->how : failed ? r->error->text :
	    "done";
	/* Who was told to leave says no more than that. */
	bool tells = failed && r->error->result != RESULT_SIGNAL &&
	    r->error->result != RESULT_PIPE;
	char peer[ADDR_TEXT_MAX];
	int n = snprintf(buf, RECORD_TEXT_MAX, "%s: %.*s",
	    record_peer(r, peer), ERROR_TEXT_MAX, how);

	if (r->counted && !tells)
		snprintf(buf + n, RECORD_TEXT_MAX - (size_t)n, ", sent %llu "
		    "bytes, received %llu bytes", (unsigned long long)r->sent,
		    (unsigned long long)r->received);
	return buf;
}

void
record_say_tcp(const struct record *r)
{
	if (r->tcp.known)
		log_line(LOG_DETAIL, "TCP: rtt %.3f ms, %u retransmits, "
		    "congestion window %u, segment size %u",
		    r->tcp.rtt / 1000.0, r->tcp.retransmits, r->tcp.window,
		    r->tcp.segment);
}

void
record_report(const struct record *r)
{
	if (r->sink != NULL)
		r->sink->write(r->sink, r);
}

void
record_say(const struct record *r)
{
	char text[RECORD_TEXT_MAX];

	life_tell(&(struct life_event){ .kind = LIFE_ENDED, .local = r->local,
	    .remote = r->remote, .begun = r->begun, .sent = r->sent,
	    .received = r->received, .failed = record_failed(r) });
	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "closed %s", record_format(r, text));
	record_report(r);
}

enum result
record_fail(const struct record *r, struct error *err)
{
	char peer[ADDR_TEXT_MAX];

	record_say(r);
	record_peer(r, peer);
	*err = *r->error;
	error_put_before(err, "%s: ", peer);
	return err->result;
}

int
record_status(const struct error *err)
{
	if (err == NULL)
		return error_exit_status(RESULT_OK);
	if (err->result == RESULT_COMMAND)
		return err->status;
	if (err->result == RESULT_SIGNAL && signals_terminating() != 0)
		return 128 + signals_terminating();
	if (err->result == RESULT_PIPE && !signals_pipe_ignored())
		return 128 + SIGPIPE;
	return error_exit_status(err->result);
}

struct ending {
	const char	*by, *how;
};

/* By the peer, or what is between. */
static struct ending
ending_broken(const struct record *r)
{
	switch (r->error->errnum) {
	case ECONNRESET:
	case EPIPE:
	case ECONNABORTED:
	case ECONNREFUSED:
		return (struct ending){ "peer", "reset" };
	case 0:
		return (struct ending){ "peer", r->error->ended ||
		    r->peer_ended ? "fin" : "error" };
	default:
		return (struct ending){ "network", "lost" };
	}
}

/* Ours, unless the kernel has given a peer up that does not answer. */
static struct ending
ending_late(const struct record *r)
{
	return r->error->errnum == ETIMEDOUT && r->remote != NULL ?
	    (struct ending){ "network", "lost" } :
	    (struct ending){ "local", "time_limit" };
}

/* Of TLS, it may have been anybody. */
static struct ending
ending_denied(const struct record *r)
{
	return (struct ending){ r->first == RECORD_LOCAL ? "local" : NULL,
	    "denied" };
}

/* Nothing has failed. */
static struct ending
ending_good(const struct record *r)
{
	bool targets = r->first == RECORD_LOCAL && r->target != NULL;
	bool layered = targets ? facts_find(&r->target->facts,
	    "SSL_PROTOCOL") != NULL : r->layered;
	const char *by = r->first == RECORD_PEER ? "peer" :
	    targets ? "target" : "local";

	if (r->first == RECORD_INPUT)
		return (struct ending){ "local", "input" };
	if (r->first == RECORD_COMMAND)
		return (struct ending){ "local", "command" };
	if (r->first == RECORD_NOBODY)
		return (struct ending){ "local", "quit" };
	return (struct ending){ by, layered ? "close_notify" : "fin" };
}

static struct ending
ending_of_result(const struct record *r)
{
	switch (r->error == NULL ? RESULT_OK : r->error->result) {
	case RESULT_OK:
		return ending_good(r);
	case RESULT_REFUSED:
		return (struct ending){ "peer", "refused" };
	case RESULT_UNREACHABLE:
		return (struct ending){ "network", "unreachable" };
	case RESULT_BROKEN:
		return ending_broken(r);
	case RESULT_TIMEOUT:
		return ending_late(r);
	case RESULT_NAME:
		return (struct ending){ "local", "name" };
	case RESULT_DENIED:
		return ending_denied(r);
	case RESULT_PIPE:
		return (struct ending){ "local", "pipe" };
	case RESULT_SIGNAL:
		return (struct ending){ "local", "signal" };
	case RESULT_COMMAND:
		return (struct ending){ "local", "command" };
	case RESULT_USAGE:
	case RESULT_LOCAL:
		break;
	}
	return (struct ending){ "local", "error" };
}

static struct ending
record_ending(const struct record *r)
{
	struct ending e = ending_of_result(r);

	if (r->target_failed && e.by != NULL && strcmp(e.by, "peer") == 0)
		e.by = "target";
	return e;
}

const char *
record_ended_by(const struct record *r)
{
	return record_ending(r).by;
}

const char *
record_ended_how(const struct record *r)
{
	return record_ending(r).how;
}
