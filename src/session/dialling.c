/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/wait.h"
#include "report/progress.h"
#include "report/report.h"
#include "session/dialling.h"

const struct dial_options *
dialling_options(const struct run *r, enum session_side side)
{
	return side == SIDE_TARGET ? &r->options->forward.dial :
	    &r->options->dial;
}

struct destination
dialling_destination(const struct run *r, enum session_side side)
{
	const struct options *o = r->options;
	const struct forward_options *f = &o->forward;

	if (side != SIDE_TARGET)
		return (struct destination){ .path = o->path,
			.host = o->host, .port = o->ports.count == 0 ? 0 :
			o->ports.range[0].low };
	if (f->target.kind == ENDPOINT_UNIX)
		return (struct destination){ .path = f->target.path };
	return (struct destination){ .host = f->target.inet.host,
		.port = f->port };
}

/* Until somebody is there; a client that waits for its target is one. */
static void
dialling_announce(const struct run *r, enum session_side side,
    const char *what, const struct destination *to)
{
	if (side != SIDE_DIALLED)
		return;
	if (to->path != NULL)
		progress_phase(r->progress, "connecting to %s%s", what,
		    to->path);
	else
		progress_phase(r->progress, "connecting to %s%s port %u", what,
		    to->host, (unsigned)to->port);
}

/* The first proxy. */
static enum result
dialling_proxy(const struct run *r, const struct dial_options *d,
    struct connection *c, struct error *err)
{
	const struct proxy_hop *hop = &r->options->proxy.hop[0];
	struct error e = { .result = RESULT_OK };
	enum result result = hop->at.kind == ENDPOINT_UNIX ?
	    dial_unix(d, hop->at.path, r->deadline, c, &e) :
	    dial(d, hop->at.inet.host, hop->port, r->deadline, c, &e);

	if (result != RESULT_OK) {
		*err = e;
		error_put_before(err, "--proxy: ");
	}
	return result;
}

enum result
dialling_connect(const struct run *r, enum session_side side,
    const struct destination *to, struct connection *c, struct error *err)
{
	const struct dial_options *d = dialling_options(r, side);

	if (r->options->proxy.count > 0) {
		const struct proxy_hop *hop = &r->options->proxy.hop[0];
		const struct destination first = {
			.path = hop->at.kind == ENDPOINT_UNIX ? hop->at.path :
			    NULL,
			.host = hop->at.inet.host,
			.port = hop->port,
		};

		dialling_announce(r, side, "the proxy ", &first);
		return dialling_proxy(r, d, c, err);
	}
	dialling_announce(r, side, "", to);
	return to->path != NULL ?
	    dial_unix(d, to->path, r->deadline, c, err) :
	    dial(d, to->host, to->port, r->deadline, c, err);
}

/* --- TCP fast open, tcp(7) ----------------------------------------------- */

void
dialling_report(const struct run *r, const struct destination *to,
    const struct connection *c, const struct error *err)
{
	struct record record = {
		.sink = report_sink(r->report),
		.number = run_number(r),
		.transport = options_transport(r->options),
		.name = to->host != NULL ? to->host : to->path,
		.port = to->port,
		.begun = c->times.begun,
		.ended = clock_now(),
		.times = { .dial = c->times },
		.error = err,
	};

	record_report(&record);
}

/* Bytes that go into the SYN: what fits into its segment on any path. */
#define FASTOPEN_FIRST	1200

/* The bytes from standard input, if there are any already and they may go as
 * they are. */
uint64_t
dialling_fastopen_send(const struct run *r, struct stream *net,
    struct stream *local)
{
	const struct pump_options *o = &r->options->pump;
	unsigned char first[FASTOPEN_FIRST] = { 0 };
	ssize_t n = 0, w;

	if (o->send && !o->crlf && o->line_delay == 0 && !local->in.messages &&
	    wait_is_ready(local->in.fd, POLLIN))
		n = stream_read(local, first, sizeof(first));
	if (n < 0)
		n = 0;		/* the pump will meet it again */
	w = stream_write(net, first, (size_t)n);
	if (w < 0)
		w = 0;
	if (n > w)
		stream_unread(local, first + w, (size_t)(n - w));
	return (uint64_t)w;
}

enum result
dialling_fastopen_wait(const struct run *r, int fd, struct error *err)
{
	int64_t until = clock_earlier(r->deadline, clock_after(clock_now(),
	    r->options->dial.timeout));
	enum wait_result how = wait_fd(fd, POLLOUT, until, 0);
	int errnum = 0;
	socklen_t len = sizeof(errnum);

	if (how == WAIT_TIMEOUT)
		return error_set(err, RESULT_TIMEOUT,
		    "connect: no answer in time");
	if (wait_error(how, err) != RESULT_OK)
		return err->result;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &errnum, &len) == -1)
		errnum = errno;
	if (errnum != 0)
		return error_set_errno(err, error_network_result(errnum),
		    errnum, "connect");
	return RESULT_OK;
}

enum result
dialling_fastopen(struct session *s, struct error *err)
{
	int fd = s->connection.fd;

	if (s->side != SIDE_DIALLED || !s->run->options->socket.fastopen)
		return RESULT_OK;
	if (send(fd, NULL, 0, MSG_DONTWAIT | MSG_NOSIGNAL) == -1 &&
	    errno != EINPROGRESS && errno != EAGAIN)
		return error_set_errno(err, error_network_result(errno), errno,
		    "connect");
	return dialling_fastopen_wait(s->run, fd, err);
}
