/* SPDX-License-Identifier: ISC */
/* What went wrong, in words. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "tls/stream_state.h"
#include "wire/opening.h"

/* The alert that the peer sent, without OpenSSL's own words in front. */
static const char *
alert_text(unsigned long code)
{
	const char *text = ERR_reason_error_string(code);
	const char *alert = text == NULL ? NULL : strstr(text, "alert ");

	return alert != NULL ? alert + strlen("alert ") : text;
}

static bool
is_alert(unsigned long code)
{
	int reason = ERR_GET_REASON(code);

	return ERR_GET_LIB(code) == ERR_LIB_SSL &&
	    reason > SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET +
	    256;
}

/* RFC 8446, section 6.2: it does not like our certificate, which is for us to
 * mend. */
static bool
is_about_certificate(unsigned long code)
{
	switch (ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET) {
	case SSL_AD_BAD_CERTIFICATE:
	case SSL_AD_UNSUPPORTED_CERTIFICATE:
	case SSL_AD_CERTIFICATE_REVOKED:
	case SSL_AD_CERTIFICATE_EXPIRED:
	case SSL_AD_CERTIFICATE_UNKNOWN:
	case SSL_AD_UNKNOWN_CA:
		return true;
	default:
		return false;
	}
}

static void
stream_set_alert(const struct tls_stream *ts, unsigned long code,
    struct error *err)
{
	error_set(err, RESULT_DENIED, "TLS: the peer said no: %s",
	    alert_text(code));
	if (ts->tls->role == TLS_SERVER && is_about_certificate(code))
		error_own(err, 0);
}

/* What the peer said that is no TLS. */
static void
stream_set_no_tls(struct tls_stream *ts, struct error *err)
{
	char text[4 * FIRST_SIZE + 1];

	log_escape(text, sizeof(text), (const char *)ts->first,
	    ts->first_length);
	error_set(err, RESULT_DENIED, "TLS: the peer does not speak TLS (it "
	    "said \"%s\"%s)", text,
	    opening_without_tls(opening_recognize(ts->first,
	    ts->first_length)));
}

static void
stream_set_ended(struct error *err, const char *text)
{
	error_set(err, RESULT_BROKEN, "%s", text);
	err->ended = true;
}

static void
stream_set_ssl_error(struct tls_stream *ts, struct error *err)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_REASON(code);
	const char *text = ERR_reason_error_string(code);

	if (ts->verdict != NULL && ts->verdict->error != 0 && !ts->started)
		error_set(err, RESULT_DENIED, "TLS: %s", ts->verdict->text);
	else if (is_alert(code))
		stream_set_alert(ts, code, err);
	else if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		stream_set_ended(err, ts->started ? "TLS: the peer ended "
		    "without close_notify, something may be missing" : "TLS: "
		    "the peer ended the connection in the handshake");
	else if (!ts->started && (reason == SSL_R_WRONG_VERSION_NUMBER ||
	    reason == SSL_R_HTTP_REQUEST || reason ==
	    SSL_R_PACKET_LENGTH_TOO_LONG || reason ==
	    SSL_R_RECORD_LENGTH_MISMATCH) && ts->first_length > 0 &&
	    ts->first[0] != 0x16 && ts->first[0] != 0x15)
		stream_set_no_tls(ts, err);
	else
		error_set(err, ts->started ? RESULT_BROKEN : RESULT_DENIED,
		    "TLS: %s", text != NULL ? text : "the engine failed");
}

void
tls_stream_set_error(struct tls_stream *ts, int why, struct error *err)
{
	if (why == SSL_ERROR_SSL)
		stream_set_ssl_error(ts, err);
	else if (ts->errnum == ENOBUFS)
		error_set(err, RESULT_BROKEN, "TLS: the peer asks for answers "
		    "and does not read them");
	else if (ts->errnum != 0)
		error_set_errno(err, error_network_result(ts->errnum),
		    ts->errnum, ts->started ? "the connection broke" :
		    "TLS: the connection broke in the handshake");
	else
		stream_set_ended(err, "TLS: the peer ended the connection");
	ERR_clear_error();
}
