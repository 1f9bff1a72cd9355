/* SPDX-License-Identifier: ISC */
/*
 * The engine of OpenSSL between two streams.  Its BIO never says "try again" to
 * a write: what the lower stream does not take now is kept here, in order, and
 * sent by flush.  So neither a write nor a shutdown has to be repeated with the
 * same bytes, and a read never waits for a write.
 */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tls/stream_state.h"

#define RECORD_SIZE	16384		/* of plain text, at most */

/* So much of records without data is borne in a row: some thousand. */
#define IDLE_BYTES_MOST	(256 * 1024)

/* A close_notify, as TLS 1.3 has it, where it can't be counted. */
#define FAREWELL_SIZE	24

/* --- the operations ------------------------------------------------------ */

static int
stream_fail(struct tls_stream *ts, int result)
{
	int errnum = errno, why = SSL_get_error(ts->ssl, result);

	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) {
		errno = EAGAIN;
		return -1;
	}
	if (ts->direct && why == SSL_ERROR_SYSCALL)
		ts->errnum = errnum;
	if (!ts->broken && !ts->broken_out)
		tls_stream_set_error(ts, why, tls_stream_fault(ts));
	ts->broken = true;
	errno = EPROTO;
	return -1;
}

/* What came before the connection broke can still be read. */
static int
stream_fail_out(struct tls_stream *ts, int result)
{
	bool lower = SSL_get_error(ts->ssl, result) == SSL_ERROR_SYSCALL;

	if (stream_fail(ts, result) == -1 && errno == EPROTO && lower) {
		ts->broken = false;
		ts->broken_out = true;
	}
	return -1;
}

/* Otherwise the peer's last part of the handshake, sent again because ours got
 * lost, would be its end. */
static void
stream_allow_repetition(struct tls_stream *ts)
{
	SSL_set_shutdown(ts->ssl, SSL_get_shutdown(ts->ssl) &
	    ~SSL_SENT_SHUTDOWN);
}

/*
 * Whether a read that gave nothing should be tried again at once: it has
 * handled a record without data, and there may be another one behind it.  Who
 * sends nothing else is cut off.
 */
static bool
stream_try_again(struct tls_stream *ts, int why)
{
	if (why != SSL_ERROR_WANT_READ || ts->dry || ts->turn_over)
		return false;
	/* Datagrams may be those of somebody else, which are dropped. */
	if (ts->idle_bytes < IDLE_BYTES_MOST || ts->tls->datagrams)
		return true;
	error_set(tls_stream_fault(ts), RESULT_BROKEN, "TLS: the peer sends "
	    "nothing but records without data");
	ts->broken = true;
	return false;
}

/* What the engine has: at least one record, as many as fit.  Returns
 * SSL_get_error(3) of the last call. */
static int
stream_fill(struct tls_stream *ts, unsigned char *to, size_t size,
    size_t *total)
{
	int result, why;

	tls_stream_begin_turn(ts);
	do {
		size_t n = 0;

		ERR_clear_error();
		result = SSL_read_ex(ts->ssl, to + *total, size - *total, &n);
		why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ts->ssl,
		    result);
		*total += n;
		if (result == 1)
			ts->idle_bytes = 0;
		if (result == 1 || why == SSL_ERROR_ZERO_RETURN)
			tls_below_trust(ts);
	} while (result == 1 ? *total < size && !(ts->tls->datagrams ?
	    ts->stream.one_message : SSL_has_pending(ts->ssl) != 1) :
	    stream_try_again(ts, why));
	if (why != SSL_ERROR_NONE && why != SSL_ERROR_ZERO_RETURN &&
	    !ts->broken)
		stream_fail(ts, result);
	return why;
}

/* Who is served keeps the buffers: new ones for each read cost more than the
 * bytes.  Those of the handshake, which are small, have gone before. */
static void
stream_stop_saving(struct tls_stream *ts)
{
	if (!ts->saving || SSL_has_pending(ts->ssl) == 1)
		return;
	SSL_clear_mode(ts->ssl, SSL_MODE_RELEASE_BUFFERS);
	ts->saving = false;
}

static ssize_t
stream_read_records(struct stream *s, void *data, size_t size)
{
	struct tls_stream *ts = tls_stream_of(s);
	size_t total = 0;
	int why;

	s->more = false;
	errno = EPROTO;
	if (ts->broken)
		return -1;
	why = stream_fill(ts, data, size, &total);
	stream_stop_saving(ts);
	s->read_events = why == SSL_ERROR_WANT_WRITE ?
	    stream_write_events(s->below) : 0;
	/* An end or a failure behind data is told by the next read. */
	s->more = why == SSL_ERROR_NONE ? SSL_has_pending(ts->ssl) == 1 :
	    why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
	s->more = s->more || ts->turn_over || ts->broken ||
	    tls_below_gone(ts);
	if (total > 0)
		return (ssize_t)total;
	if (why == SSL_ERROR_ZERO_RETURN)
		return 0;
	errno = ts->broken ? EPROTO : EAGAIN;
	return -1;
}

/* What came with that part may have got lost, too. */
static void
stream_repeat_farewell(struct tls_stream *ts)
{
	int errnum = errno;

	ts->repeat_farewell = false;
	if (ts->broken || ts->broken_out)
		return;
	SSL_shutdown(ts->ssl);
	stream_allow_repetition(ts);
	ERR_clear_error();
	errno = errnum;
}

static ssize_t
layer_read(struct stream *s, void *data, size_t size)
{
	struct tls_stream *ts = tls_stream_of(s);
	ssize_t n = stream_read_records(s, data, size);

	if (ts->repeat_farewell)
		stream_repeat_farewell(ts);
	return n;
}

/* The same, when the engine has the socket: what it refused, which has to be
 * given to it once more as it was. */
static int
stream_flush_direct(struct tls_stream *ts)
{
	size_t n;
	int result = 1;

	ERR_clear_error();
	if (buffer_length(&ts->kept) > 0)
		result = SSL_write_ex(ts->ssl, ts->kept.data + ts->kept.head,
		    buffer_length(&ts->kept), &n);
	if (result != 1)
		return stream_fail(ts, result);
	buffer_take(&ts->kept, buffer_length(&ts->kept));
	if (ts->close_refused) {
		result = SSL_shutdown(ts->ssl);
		if (result < 0)
			return stream_fail(ts, result);
		ts->close_refused = false;
	}
	return 0;
}

static int
stream_flush_kept(struct tls_stream *ts)
{
	struct stream *lower = ts->stream.below;

	while (buffer_length(&ts->kept) > 0) {
		ssize_t w = tls_below_write(ts, ts->kept.data + ts->kept.head,
		    buffer_length(&ts->kept));

		if (w == -1)
			return -1;
		buffer_take(&ts->kept, (size_t)w);
	}
	return stream_unflushed(lower) ? stream_flush(lower) : 0;
}

static int
layer_flush(struct stream *s)
{
	struct tls_stream *ts = tls_stream_of(s);
	struct stream *lower = ts->stream.below;

	if ((ts->direct ? stream_flush_direct(ts) : stream_flush_kept(ts)) ==
	    -1)
		return -1;
	s->unflushed = false;
	if (ts->close_due) {
		ts->close_due = false;
		return stream_shutdown(lower);
	}
	return 0;
}

static ssize_t
stream_write_records(struct stream *s, const void *data, size_t size)
{
	struct tls_stream *ts = tls_stream_of(s);
	const unsigned char *from = data;
	size_t total = 0, n;
	int result = 1;

	if (s->unflushed && layer_flush(s) == -1)
		return -1;
	errno = EPROTO;
	if (ts->broken || ts->broken_out)
		return -1;
	ERR_clear_error();
	while (total < size && !s->unflushed) {
		size_t piece = size - total < ts->piece ? size - total :
		    ts->piece;

		result = SSL_write_ex(ts->ssl, from + total, piece, &n);
		if (result != 1 && ts->direct && SSL_get_error(ts->ssl,
		    result) == SSL_ERROR_WANT_WRITE) {
			tls_stream_kept_room(ts);
			buffer_put(&ts->kept, from + total, piece);
			s->unflushed = true;
			return (ssize_t)(total + piece);
		}
		if (result != 1)
			break;
		total += n;
		ts->data_end = ts->written;
	}
	return total > 0 || size == 0 ? (ssize_t)total :
	    stream_fail_out(ts, result);
}

static ssize_t
layer_write(struct stream *s, const void *data, size_t size)
{
	struct stream *lower = s->below;

	/* Kernel TLS: all writing has to go one way. */
	if (s->raw_out)
		return stream_write(lower, data, size);
	return stream_write_records(s, data, size);
}

static int
layer_shutdown(struct stream *s)
{
	struct tls_stream *ts = tls_stream_of(s);

	s->shut = true;
	if (ts->broken || ts->broken_out)
		return -1;
	ERR_clear_error();
	if (ts->direct) {
		ts->close_refused = true;	/* behind what is kept */
	} else if (SSL_shutdown(ts->ssl) < 0) {
		ERR_clear_error();
		return -1;
	}
	if (ts->tls->datagrams)
		stream_allow_repetition(ts);
	ts->close_due = !ts->tls->datagrams;
	s->unflushed = true;
	if (layer_flush(s) == -1 && errno != EAGAIN)
		return -1;
	return 0;
}

/* Whether a farewell or an alert arrives does not matter: only the bytes before
 * it are asked for, and one more for the end. */
static size_t
layer_unacked(struct stream *s)
{
	struct tls_stream *ts = tls_stream_of(s);
	size_t n = stream_unacked(ts->stream.below) +
	    buffer_length(&ts->kept);
	size_t rest = ts->direct ? s->shut ? FAREWELL_SIZE : 0 :
	    (size_t)(ts->written - ts->data_end);

	if (s->shut)
		return n > rest + 1 ? n - rest : 0;
	return n > rest ? n - rest : 0;
}

static void
layer_describe(struct stream *s, struct facts *facts)
{
	tls_stream_describe(tls_stream_of(s)->ssl, facts);
}

/* Without a farewell it is no clean end, and a reset could destroy what the
 * peer has not read yet. */
static void
layer_close(struct stream *s, bool abort)
{
	bool reset = abort && s->shut;
	struct stream *lower = tls_stream_undo(s);

	stream_close(lower, reset);
}

static const struct stream_ops tls_stream_ops = {
	.read = layer_read,
	.write = layer_write,
	.shutdown = layer_shutdown,
	.flush = layer_flush,
	.unacked = layer_unacked,
	.describe = layer_describe,
	.close = layer_close,
};

/* --- from beginning to end ----------------------------------------------- */

/* Kernel TLS needs an engine that writes to the socket itself. */
static BIO *
stream_new_socket_bio(struct tls_stream *ts)
{
	const struct stream *lower = ts->stream.below;

	if (!ts->tls->ktls || !lower->raw_in || !lower->raw_out)
		return NULL;
	return BIO_new_socket(lower->out.fd, BIO_NOCLOSE);
}

static bool
stream_attach_bios(struct tls_stream *ts)
{
	BIO *bio = BIO_new(ts->tls->bio), *direct;

	if (bio == NULL)
		return false;
	BIO_set_data(bio, ts);
	BIO_set_init(bio, 1);
	direct = stream_new_socket_bio(ts);
	ts->direct = direct != NULL;
	SSL_set_bio(ts->ssl, bio, direct != NULL ? direct : bio);
	return true;
}

static bool
stream_attach(struct tls_stream *ts)
{
	ts->ssl = tls_engine(ts->tls);
	if (ts->ssl == NULL || !stream_attach_bios(ts))
		return false;
	SSL_set_app_data(ts->ssl, ts);
	ts->piece = RECORD_SIZE;
	if (!ts->tls->o->receive)
		SSL_set_options(ts->ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (ts->tls->datagrams) {
		tls_set_datagrams(ts->ssl);
	} else {
		SSL_set_read_ahead(ts->ssl, 1);
		SSL_set_mode(ts->ssl, SSL_MODE_RELEASE_BUFFERS);
		ts->saving = true;
	}
	if (ts->tls->role == TLS_SERVER)
		SSL_set_accept_state(ts->ssl);
	else
		SSL_set_connect_state(ts->ssl);
	return true;
}

struct stream *
tls_stream_new(struct tls *t, struct stream *lower)
{
	struct tls_stream *ts = xcalloc(1, sizeof(*ts));

	stream_layer_init(&ts->stream, &tls_stream_ops, lower);
	ts->stream.layered = true;
	ts->stream.in.messages = false;
	ts->stream.out.messages = t->datagrams;
	ts->tls = t;
	if (!stream_attach(ts)) {
		SSL_free(ts->ssl);
		free(ts);
		return NULL;
	}
	tls_below_init(ts);
	return &ts->stream;
}

struct stream *
tls_stream_undo(struct stream *s)
{
	struct tls_stream *ts = tls_stream_of(s);
	struct stream *lower;

	tls_below_free(ts);
	lower = stream_release(s);
	SSL_free(ts->ssl);
	buffer_free(&ts->kept);
	free(ts->fault);
	free(ts->verdict);
	free(ts);
	return lower;
}

SSL *
tls_stream_ssl(const struct stream *s)
{
	return tls_stream_of(s)->ssl;
}

struct tls *
tls_stream_context(const struct stream *s)
{
	return tls_stream_of(s)->tls;
}
