/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>

#include "base/clock.h"
#include "base/log.h"
#include "tls/stream_state.h"

/* When the engine wants to say again what was not answered. */
static int64_t
stream_again_at(struct tls_stream *ts, int64_t now)
{
	struct timeval left;

	if (!ts->tls->datagrams || DTLSv1_get_timeout(ts->ssl, &left) != 1)
		return CLOCK_NEVER;
	return clock_after(now, left.tv_sec * CLOCK_SECOND + left.tv_usec *
	    1000);
}

/* ... and lets it do so. */
static void
stream_say_again(struct tls_stream *ts)
{
	int64_t now = clock_now();

	if (stream_again_at(ts, now) > now)
		return;
	tls_shrink_datagrams(ts->ssl, ++ts->timeouts);
	DTLSv1_handle_timeout(ts->ssl);
}

static bool
stream_waits_to_write(const struct tls_stream *ts)
{
	return stream_unflushed(&ts->stream) || SSL_want_write(ts->ssl);
}

/* What the engine waits for: both events, or'd. */
static short
stream_wants(const struct tls_stream *ts)
{
	const struct stream *s = &ts->stream;

	return (short)(stream_read_events(s) | (stream_waits_to_write(ts) ?
	    stream_write_events(s) : 0));
}

/* Send what is kept. */
static enum result
stream_send_kept(struct tls_stream *ts, struct error *err)
{
	struct stream *s = &ts->stream;

	if (!stream_unflushed(s) || stream_flush(s) == 0 || errno == EAGAIN)
		return RESULT_OK;
	ts->errnum = errno;
	tls_stream_set_error(ts, SSL_ERROR_SYSCALL, err);
	return err->result;
}

/* The engine's step.  The cookie in the first datagram has been checked, but
 * this engine does not know. */
static int
stream_go_on(struct tls_stream *ts)
{
	OSSL_HANDSHAKE_STATE before = SSL_get_state(ts->ssl);
	BIO_ADDR *nobody;
	int done;

	tls_stream_begin_turn(ts);
	if (ts->tls->cookies != NULL && !ts->greeted) {
		nobody = BIO_ADDR_new();
		ts->greeted = nobody != NULL && DTLSv1_listen(ts->ssl,
		    nobody) == 1;
		BIO_ADDR_free(nobody);
		if (!ts->greeted)
			return -1;
	}
	done = SSL_do_handshake(ts->ssl);
	if (SSL_get_state(ts->ssl) != before)
		tls_below_trust(ts);
	return done;
}

/* It is done; from now on there is data. */
static void
stream_start(struct tls_stream *ts)
{
	struct stream *s = &ts->stream;

	ts->started = true;
	s->ends_both = !ts->peer_half_closes || s->below->ends_both;
	log_line(LOG_DETAIL, "TLS: the peer can%s be half-closed",
	    s->ends_both ? "not" : "");
	if (ts->tls->datagrams)
		ts->piece = DTLS_get_data_mtu(ts->ssl);
	else
		SSL_set_default_read_buffer_len(ts->ssl, READ_SIZE);
	/* From now on what is written to the socket is encrypted there. */
	s->raw_out = ts->direct && BIO_get_ktls_send(SSL_get_wbio(ts->ssl));
}

static enum result
stream_step(struct tls_stream *ts, bool *done, struct error *err)
{
	int step, why;

	ERR_clear_error();
	step = stream_go_on(ts);
	why = SSL_get_error(ts->ssl, step);
	*done = step == 1;
	if (*done)
		stream_start(ts);
	if (*done || why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return RESULT_OK;
	if (ts->direct && why == SSL_ERROR_SYSCALL)
		ts->errnum = errno;
	tls_stream_set_error(ts, why, err);
	/* Tell the peer why. */
	stream_flush(&ts->stream);
	return err->result;
}

enum result
tls_stream_step(struct stream *s, bool *done, short *wants, int64_t *again,
    struct error *err)
{
	struct tls_stream *ts = tls_stream_of(s);
	enum result result;

	*done = false;
	stream_say_again(ts);
	result = stream_send_kept(ts, err);
	if (result == RESULT_OK)
		result = stream_step(ts, done, err);
	*wants = stream_wants(ts);
	if (ts->turn_over)	/* it can be written, most likely at once */
		*wants = (short)(*wants | stream_write_events(s));
	*again = stream_again_at(ts, clock_now());
	return result;
}
