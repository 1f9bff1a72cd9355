/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/http_fields.h"
#include "wire/http_request.h"
#include "wire/http_write.h"

/* What each step of the judgement says. */
typedef bool	judge(struct http_request *, const char *);

static judge	judge_target;
static judge	judge_host;
static judge	judge_body;
static judge	judge_fields;
static judge	judge_via;
static judge	judge_forwards;
static bool	refuse(struct http_request *, int, const char *);
static bool	is_method(const struct http_head *, const char *);
static bool	wants_to_keep(const struct http_head *);
static void	write_target(struct http_writer *, const struct http_request *);

bool
http_request_judge(struct http_request *r, const struct http_head *h,
    const char *pseudonym)
{
	static judge *const judges[] = { judge_target, judge_host, judge_body,
		judge_fields, judge_via, judge_forwards };

	*r = (struct http_request){
		.head = h,
		.connect = is_method(h, "CONNECT"),
		.to_head = is_method(h, "HEAD"),
	};
	for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++) {
		if (!judges[i](r, pseudonym))
			return false;
	}
	r->keep = wants_to_keep(h);
	r->waits = h->minor > 0 && r->body.verdict == HTTP_BODY_MORE &&
	    http_head_lists(h, "Expect", "100-continue");
	return true;
}

bool
http_request_own(const struct http_request *r, int *status)
{
	*status = is_method(r->head, "OPTIONS") ? 200 : 501;
	return r->limited && r->forwards == 0;
}

size_t
http_request_forward(const struct http_request *r, const char *pseudonym,
    char *out)
{
	const struct http_head *h = r->head;
	const char *own[4] = { "Host" };
	size_t count = 1;
	struct http_writer w;

	if (r->limited)
		own[count++] = "Max-Forwards";
	if (h->minor == 0)
		own[count++] = "Expect";	/* RFC 9110, section 10.1.1 */
	http_write_begin(&w, out, HTTP_FORWARD_MAX);
	write_target(&w, r);
	http_write_words(&w, "Host: ");
	http_write(&w, r->target.authority.at, r->target.authority.n);
	http_write_words(&w, "\r\n");
	http_fields_forward(h, own, &w);
	if (r->limited)
		http_fields_number(&w, "Max-Forwards", r->forwards - 1);
	if (r->body.framing == HTTP_FRAMING_LENGTH)
		http_fields_number(&w, "Content-Length", r->body.length);
	if (r->body.framing == HTTP_FRAMING_CHUNKED)
		http_fields_word(&w, "Transfer-Encoding", "chunked");
	http_fields_via(&w, h, pseudonym);
	http_write_words(&w, "Connection: close\r\n\r\n");
	return http_write_end(&w);
}

/* --- the judgement ------------------------------------------------------- */

static bool
refuse(struct http_request *r, int status, const char *why)
{
	r->status = status;
	r->why = why;
	return false;
}

static bool
judge_target(struct http_request *r, const char *pseudonym)
{
	const struct http_text *target = &r->head->target;
	enum http_target_verdict verdict = r->connect ?
	    http_target_parse_connect(target, &r->target) :
	    http_target_parse(target, &r->target);

	(void)pseudonym;
	return verdict == HTTP_TARGET_OK ||
	    refuse(r, http_target_verdict_status(verdict),
	    http_target_verdict_text(verdict));
}

/* RFC 9112, section 3.2; who it is comes from the target. */
static bool
judge_host(struct http_request *r, const char *pseudonym)
{
	size_t count = http_head_count(r->head, "Host");

	(void)pseudonym;
	if (count == 0)
		return r->head->minor == 0 ||
		    refuse(r, 400, "Host is missing");
	if (count > 1)
		return refuse(r, 400, "Host is there twice");
	return http_target_is_authority(http_head_find(r->head, "Host")) ||
	    refuse(r, 400, "Host is neither a name nor an address");
}

/* That of CONNECT has no meaning (RFC 9110, section 9.3.6). */
static bool
judge_body(struct http_request *r, const char *pseudonym)
{
	enum http_body_verdict verdict = http_body_init_request(&r->body,
	    r->head);

	(void)pseudonym;
	if (verdict > HTTP_BODY_DONE)
		return refuse(r, http_body_verdict_status(verdict),
		    http_body_verdict_text(verdict));
	if (r->connect && verdict != HTTP_BODY_DONE)
		return refuse(r, 400, "CONNECT has a body");
	return true;
}

static bool
judge_fields(struct http_request *r, const char *pseudonym)
{
	(void)pseudonym;
	return http_fields_are_sane(r->head) ||
	    refuse(r, 400, "Connection names too much");
}

static bool
judge_via(struct http_request *r, const char *pseudonym)
{
	return !http_fields_have_via(r->head, pseudonym) ||
	    refuse(r, 508, "it was here before");
}

/* RFC 9110, section 7.6.2. */
static bool
judge_forwards(struct http_request *r, const char *pseudonym)
{
	size_t count = http_head_count(r->head, "Max-Forwards");

	(void)pseudonym;
	if (count == 0 || (!is_method(r->head, "OPTIONS") &&
	    !is_method(r->head, "TRACE")))
		return true;
	r->limited = true;
	return (count == 1 &&
	    http_text_number(http_head_find(r->head, "Max-Forwards"),
	    UINT32_MAX, &r->forwards)) ||
	    refuse(r, 400, "Max-Forwards is not a number");
}

/* --- help ---------------------------------------------------------------- */

/* Unlike the names of fields, those of methods are of one case. */
static bool
is_method(const struct http_head *h, const char *method)
{
	return h->method.n == strlen(method) &&
	    memcmp(h->method.at, method, h->method.n) == 0;
}

static bool
wants_to_keep(const struct http_head *h)
{
	return h->minor > 0 && !http_head_lists(h, "Connection", "close") &&
	    !http_head_lists(h, "Proxy-Connection", "close");
}

/* The request line (RFC 9112, sections 3.2.1 and 3.2.4). */
static void
write_target(struct http_writer *w, const struct http_request *r)
{
	const struct http_text *path = &r->target.path;

	http_write(w, r->head->method.at, r->head->method.n);
	http_write_words(w, " ");
	if (path->n == 0 && is_method(r->head, "OPTIONS"))
		http_write_words(w, "*");
	else if (path->n == 0 || path->at[0] != '/')
		http_write_words(w, "/");
	http_write(w, path->at, path->n);
	http_write_words(w, " HTTP/1.1\r\n");
}
