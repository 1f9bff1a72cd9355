/* SPDX-License-Identifier: ISC */
#include "wire/http_server.h"

static enum dialogue_verdict	server_head(struct http_server *);
static enum dialogue_verdict	server_stay(struct http_server *, int,
				    const char *);
static enum dialogue_verdict	server_end(struct http_server *, int,
				    const char *);

void
http_server_init(struct http_server *s, const struct http_server_options *o)
{
	s->o = o;
	s->tries = 0;
	s->why = "";
	s->out_n = s->sent_n = 0;
	http_server_next(s);
}

void
http_server_next(struct http_server *s)
{
	s->verdict = DIALOGUE_MORE;
	s->fields[0] = '\0';
	http_head_init(&s->head, HTTP_REQUEST);
}

bool
http_server_midway(const struct http_server *s)
{
	return s->verdict == DIALOGUE_MORE && s->head.n > 0;
}

static enum dialogue_verdict
server_feed(void *state, const unsigned char *in, size_t n, size_t *used)
{
	struct http_server *s = state;
	size_t all = 0, piece;

	while (all < n && s->verdict == DIALOGUE_MORE) {
		http_head_feed(&s->head, in + all, n - all, &piece);
		all += piece;
		if (s->head.verdict == HTTP_HEAD_DONE)
			s->verdict = server_head(s);
		else if (s->head.verdict != HTTP_HEAD_MORE)
			s->verdict = server_end(s,
			    http_head_verdict_status(s->head.verdict),
			    http_head_verdict_text(s->head.verdict));
	}
	*used = s->verdict == DIALOGUE_DONE ? all : n;
	return s->verdict;
}

static const unsigned char *
server_output(void *state, size_t *n)
{
	struct http_server *s = state;

	*n = s->out_n - s->sent_n;
	return (const unsigned char *)s->out + s->sent_n;
}

static void
server_sent(void *state, size_t n)
{
	struct http_server *s = state;

	s->sent_n += n;
	if (s->sent_n == s->out_n)
		s->sent_n = s->out_n = 0;
}

static enum result
server_refuse(void *state, const char *name, struct error *err)
{
	const struct http_server *s = state;

	return error_set(err, RESULT_DENIED, "%s: %s", name, s->why);
}

const struct dialogue_codec http_server_codec = {
	.feed = server_feed,
	.output = server_output,
	.sent = server_sent,
	.refuse = server_refuse,
};

/* A head is whole. */
static enum dialogue_verdict
server_head(struct http_server *s)
{
	int status = 0;

	if (!http_request_judge(&s->request, &s->head, s->o->pseudonym))
		return server_end(s, s->request.status, s->request.why);
	if (s->o->authorize != NULL)
		status = s->o->authorize(s->o->context, &s->head, s->fields,
		    sizeof(s->fields));
	if (status == 407)
		return server_stay(s, status, "a user and a password are "
		    "wanted");
	if (status != 0)
		return server_end(s, status, "the client may not");
	s->fields[0] = '\0';
	if (http_request_own(&s->request, &status))
		return server_stay(s, status, "the request ends here");
	s->tries = 0;
	return DIALOGUE_DONE;
}

/* --- answers ------------------------------------------------------------- */

static enum dialogue_verdict
server_answer(struct http_server *s, int status, const char *text, bool close)
{
	const struct http_reply reply = {
		.status = status,
		.text = text,
		.fields = s->fields,
		.close = close,
		.to_head = s->head.verdict == HTTP_HEAD_DONE &&
		    s->request.to_head,
	};
	size_t n = http_reply(&reply, s->out + s->out_n,
	    sizeof(s->out) - s->out_n);

	s->why = text;
	s->out_n += n;
	if (close || n == 0)
		return DIALOGUE_REFUSED;
	http_server_next(s);
	return DIALOGUE_MORE;
}

static enum dialogue_verdict
server_end(struct http_server *s, int status, const char *text)
{
	s->fields[0] = '\0';
	return server_answer(s, status, text, true);
}

/* The next request may follow, if nothing of this one does. */
static enum dialogue_verdict
server_stay(struct http_server *s, int status, const char *text)
{
	bool stays = s->request.keep && ++s->tries < HTTP_SERVER_TRIES &&
	    s->request.body.verdict == HTTP_BODY_DONE;

	return server_answer(s, status, text, !stays);
}
