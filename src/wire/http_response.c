/* SPDX-License-Identifier: ISC */
#include "wire/http_fields.h"
#include "wire/http_response.h"
#include "wire/http_write.h"

static enum http_framing
framing_for(const struct http_request *request, enum http_framing framing)
{
	if (framing != HTTP_FRAMING_CHUNKED && framing != HTTP_FRAMING_END)
		return framing;
	return request->head->minor > 0 ? HTTP_FRAMING_CHUNKED :
	    HTTP_FRAMING_END;
}

/* What no origin server says to who speaks HTTP/1.1, has asked for no other
 * protocol, and is no client of a proxy. */
static const char *
judge_head(const struct http_head *h)
{
	if (h->status == 101)
		return "the server changes the protocol unasked";
	if (h->status == 407)
		return "the server says that it is a proxy";
	return http_fields_are_sane(h) ? NULL : "Connection names too much";
}

bool
http_response_judge(struct http_response *r, const struct http_head *h,
    const struct http_request *request)
{
	enum http_body_verdict verdict;

	*r = (struct http_response){
		.head = h,
		.interim = h->status < 200,
		.why = judge_head(h),
	};
	if (r->why != NULL)
		return false;
	verdict = http_body_init_response(&r->body, h, request->to_head);
	if (verdict > HTTP_BODY_DONE) {
		r->why = http_body_verdict_text(verdict);
		return false;
	}
	r->dropped = r->interim && request->head->minor == 0;
	r->framing = framing_for(request, r->body.framing);
	r->keep = request->keep && r->framing != HTTP_FRAMING_END;
	return true;
}

static void
write_status(struct http_writer *w, const struct http_head *h)
{
	char status[] = "HTTP/1.1 000 ";

	status[9] = (char)('0' + h->status / 100);
	status[10] = (char)('0' + h->status / 10 % 10);
	status[11] = (char)('0' + h->status % 10);
	http_write_words(w, status);
	http_write(w, h->reason.at, h->reason.n);
	http_write_words(w, "\r\n");
}

/* Where there is no body, the length is that of what GET would have got (RFC
 * 9110, section 8.6). */
static void
write_framing(struct http_writer *w, const struct http_response *r)
{
	const struct http_text *length = http_head_find(r->head,
	    "Content-Length");
	unsigned long long n;

	if (r->framing == HTTP_FRAMING_CHUNKED)
		http_fields_word(w, "Transfer-Encoding", "chunked");
	if (length != NULL && r->head->status >= 200 &&
	    r->head->status != 204 && http_text_number(length, INT64_MAX, &n))
		http_fields_number(w, "Content-Length", n);
}

size_t
http_response_forward(const struct http_response *r, const char *pseudonym,
    bool close, char *out)
{
	static const char *const own[] = { NULL };
	struct http_writer w;

	http_write_begin(&w, out, HTTP_FORWARD_MAX);
	write_status(&w, r->head);
	http_fields_forward(r->head, own, &w);
	write_framing(&w, r);
	http_fields_via(&w, r->head, pseudonym);
	if (!r->interim && (close || !r->keep))
		http_fields_word(&w, "Connection", "close");
	http_write_words(&w, "\r\n");
	return http_write_end(&w);
}
