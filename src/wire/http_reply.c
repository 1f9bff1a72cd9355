/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "wire/http_fields.h"
#include "wire/http_reply.h"
#include "wire/http_write.h"

static const struct {
	int		 status;
	const char	*reason;
} reasons[] = {
	{ 200, "OK" },
	{ 400, "Bad Request" },
	{ 403, "Forbidden" },
	{ 407, "Proxy Authentication Required" },
	{ 408, "Request Timeout" },
	{ 414, "URI Too Long" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 508, "Loop Detected" },
};

const char *
http_reason(int status)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Unknown";
}

int
http_reply_status(enum result result)
{
	switch (result) {
	case RESULT_DENIED:
		return 403;
	case RESULT_TIMEOUT:
		return 504;
	case RESULT_LOCAL:
		return 500;
	default:
		return 502;
	}
}

size_t
http_reply(const struct http_reply *r, char *out, size_t size)
{
	const char *reason = http_reason(r->status);
	const char *text = r->text != NULL ? r->text : reason;
	struct http_writer w;
	char status[16];

	http_write_begin(&w, out, size);
	snprintf(status, sizeof(status), "HTTP/1.1 %d ", r->status);
	http_write_words(&w, status);
	http_write_words(&w, reason);
	http_write_words(&w, "\r\n");
	if (r->fields != NULL)
		http_write_words(&w, r->fields);
	http_fields_word(&w, "Content-Type", "text/plain; charset=utf-8");
	http_fields_number(&w, "Content-Length", strlen(text) + 1);
	if (r->close)
		http_fields_word(&w, "Connection", "close");
	http_write_words(&w, "\r\n");
	if (!r->to_head) {
		http_write_words(&w, text);
		http_write_words(&w, "\n");
	}
	return http_write_end(&w);
}
