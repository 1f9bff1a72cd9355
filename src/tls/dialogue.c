/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "tls/stream.h"
#include "wire/starttls.h"

#define READ_SIZE	2048

struct dialogue {
	struct starttls	 codec;
	struct stream	*s;
	const char	*name;		/* of the protocol */
	int64_t		 deadline;
	struct error	*err;
};

static enum result
dialogue_broken(struct dialogue *d, int errnum)
{
	if (errnum == 0)
		return error_set(d->err, RESULT_BROKEN, "--starttls %s: the "
		    "peer ended the connection", d->name);
	return error_set_errno(d->err, error_network_result(errnum), errnum,
	    "--starttls %s: the connection broke", d->name);
}

/* Until the stream is ready for what the dialogue needs. */
static enum result
dialogue_wait(struct dialogue *d, short events)
{
	int fd = events == d->s->read_events ? d->s->in.fd : d->s->out.fd;

	if (clock_now() >= d->deadline)
		return error_set(d->err, RESULT_TIMEOUT, "--starttls %s: no "
		    "answer in time", d->name);
	return wait_error(wait_fd(fd, events, d->deadline, 0), d->err);
}

static enum result
dialogue_send(struct dialogue *d)
{
	const unsigned char *data;
	enum result result = RESULT_OK;
	size_t n;

	while (result == RESULT_OK) {
		ssize_t w;

		data = starttls_output(&d->codec, &n);
		if (n == 0)
			return RESULT_OK;
		w = stream_write(d->s, data, n);
		if (w >= 0)
			starttls_sent(&d->codec, (size_t)w);
		else if (errno == EAGAIN)
			result = dialogue_wait(d, d->s->write_events);
		else
			return dialogue_broken(d, errno);
	}
	return result;
}

/* Feed what is there: -1 with the error set, 0 nothing, 1 something. */
static int
dialogue_read(struct dialogue *d, enum starttls_verdict *verdict)
{
	unsigned char data[READ_SIZE];
	ssize_t n = stream_read(d->s, data, sizeof(data));

	if (n == -1 && errno == EAGAIN)
		return 0;
	if (n <= 0) {
		dialogue_broken(d, n == 0 ? 0 : errno);
		return -1;
	}
	*verdict = starttls_feed(&d->codec, data, (size_t)n);
	return 1;
}

static enum result
dialogue_refused(struct dialogue *d, enum starttls_verdict verdict)
{
	char text[4 * 200 + 1];
	const unsigned char *said;
	size_t n;

	said = starttls_said(&d->codec, &n);
	log_escape(text, sizeof(text), (const char *)said, n < 200 ? n : 200);
	return error_set(d->err, RESULT_DENIED, "--starttls %s: %s%s%.600s%s",
	    d->name, starttls_verdict_text(verdict), n > 0 ? ": \"" : "", text,
	    n > 0 ? "\"" : "");
}

static enum result
dialogue_run(struct dialogue *d)
{
	enum starttls_verdict verdict = STARTTLS_MORE;
	enum result result;
	int got;

	for (;;) {
		result = dialogue_send(d);
		if (result != RESULT_OK)
			return result;
		got = dialogue_read(d, &verdict);
		if (got == -1)
			return d->err->result;
		/* What the peer glued to its answer is no part of TLS. */
		if (verdict == STARTTLS_DONE && dialogue_read(d, &verdict) ==
		    -1)
			return d->err->result;
		if (verdict == STARTTLS_DONE)
			return RESULT_OK;
		if (verdict != STARTTLS_MORE)
			return dialogue_refused(d, verdict);
		if (got == 0)
			result = dialogue_wait(d, d->s->read_events);
		if (result != RESULT_OK)
			return result;
	}
}

enum result
tls_speak_before(const char *protocol, const char *host, int64_t deadline,
    struct stream *s, struct error *err)
{
	struct dialogue *d = xcalloc(1, sizeof(*d));
	enum starttls_protocol found;
	enum result result;

	d->s = s;
	d->name = protocol;
	d->deadline = deadline;
	d->err = err;
	if (!starttls_find(protocol, &found) ||
	    !starttls_init(&d->codec, found, host))
		result = error_set(err, RESULT_USAGE, "--starttls %s needs the "
		    "name of the host (-e NAME)", protocol);
	else
		result = dialogue_run(d);
	if (result == RESULT_OK)
		log_line(LOG_STEP, "%s: the peer is ready for TLS", protocol);
	free(d);
	return result;
}
