/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "report/record.h"

void
record_measure(struct record *r, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1)
		return;
	r->tcp = (struct record_tcp){
		.known = true,
		.rtt = info.tcpi_rtt,
		.retransmits = info.tcpi_total_retrans,
		.window = info.tcpi_snd_cwnd,
		.segment = info.tcpi_snd_mss,
	};
}

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
	bool tells = r->how == NULL && record_failed(r);
	const char *how = r->how != NULL ? r->how : tells ? r->error->text :
	    "done";
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
record_say(const struct record *r)
{
	char text[RECORD_TEXT_MAX];

	if (log_enabled(LOG_STEP))
		log_line(LOG_STEP, "closed %s", record_format(r, text));
}

enum result
record_fail(const struct record *r, struct error *err)
{
	char peer[ADDR_TEXT_MAX];

	record_say(r);
	record_peer(r, peer);
	error_set(err, r->error->result, "%.300s: %.700s", peer,
	    r->error->text);
	err->status = r->error->status;
	if (r->error->own)
		error_own(err, strlen(peer) + 2);
	return err->result;
}
