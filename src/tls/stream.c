/* SPDX-License-Identifier: ISC */
/*
 * The engine of OpenSSL between two streams.  Its BIO never says "try again" to
 * a write: what the lower stream does not take now is kept here, in order, and
 * sent by flush.  So neither a write nor a shutdown has to be repeated with the
 * same bytes, and a read never waits for a write.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "tls/stream.h"

#define RECORD_SIZE	16384		/* of plain text, at most */
#define KEPT_SIZE	(64 * 1024)	/* records and alerts that wait */
#define READ_SIZE	(128 * 1024)	/* cipher text read at once */

/* Bytes of a peer that speaks something else, to show them. */
#define FIRST_SIZE	48

/* A close_notify, as TLS 1.3 has it, where it can't be counted. */
#define FAREWELL_SIZE	24

/* Of IPv6 and UDP, bytes. */
#define DATAGRAM_OVERHEAD	48

struct tls_stream {
	struct stream		 stream;
	struct stream		*lower;
	struct tls		*tls;
	SSL			*ssl;
	struct buffer		 kept;
	int			 errnum;	/* of the lower stream */
	bool			 ended;		/* the lower stream has */
	bool			 close_due;	/* half-close it when kept is
						 * empty */
	bool			 broken;	/* the engine is of no use */
	size_t			 farewell;	/* bytes of close_notify */
	uint64_t		 written;	/* bytes of cipher text */
	bool			 greeted;	/* DTLS: its cookie was seen */
	bool			 direct;	/* see stream_attach_direct() */
	bool			 close_refused;	/* direct: try it again */
	size_t			 piece;		/* most bytes of a write */
	struct addr		 peer;		/* DTLS */
	bool			 started;
	struct error		 fault;
	struct tls_verdict	 verdict;
	char			 expected[256];
	unsigned char		 first[FIRST_SIZE];
	size_t			 first_length;
};

/* --- the BIO ------------------------------------------------------------- */

static void
stream_note_first(struct tls_stream *ts, const void *data, size_t n)
{
	size_t room = sizeof(ts->first) - ts->first_length;

	if (ts->started || room == 0)
		return;
	n = n < room ? n : room;
	memcpy(ts->first + ts->first_length, data, n);
	ts->first_length += n;
}

static int
bio_read(BIO *bio, char *data, int size)
{
	struct tls_stream *ts = BIO_get_data(bio);
	struct stream *lower = ts->lower;
	ssize_t n = lower->ops->read(lower, data, (size_t)size);

	BIO_clear_retry_flags(bio);
	if (n == -1 && errno == EAGAIN)
		BIO_set_retry_read(bio);
	else if (n == -1)
		ts->errnum = errno;
	else if (n == 0 && ts->tls->datagrams) {
		BIO_set_retry_read(bio);	/* an empty one is no end */
		return -1;
	} else if (n == 0)
		ts->ended = true;
	else
		stream_note_first(ts, data, (size_t)n);
	return (int)n;
}

static int
bio_write(BIO *bio, const char *data, int size)
{
	struct tls_stream *ts = BIO_get_data(bio);
	struct stream *lower = ts->lower;
	size_t n = (size_t)size;
	ssize_t w = 0;

	BIO_clear_retry_flags(bio);
	ts->written += n;
	/* Datagrams are not joined; one that can't be sent is lost, as on any
	 * network. */
	if (ts->tls->datagrams && buffer_length(&ts->kept) > 0)
		return size;
	if (buffer_length(&ts->kept) == 0)
		w = lower->ops->write(lower, data, n);
	if (w == -1 && errno != EAGAIN) {
		ts->errnum = errno;
		return -1;
	}
	if (w > 0) {
		data += w;
		n -= (size_t)w;
	}
	if (n == 0)
		return size;
	if (n > buffer_room(&ts->kept)) {	/* answers nobody reads */
		ts->errnum = ENOBUFS;
		return -1;
	}
	buffer_put(&ts->kept, data, n);
	ts->stream.unflushed = true;
	return size;
}

static long
bio_control(BIO *bio, int command, long number, void *pointer)
{
	const struct tls_stream *ts = BIO_get_data(bio);

	(void)number;
	(void)pointer;
	if (command == BIO_CTRL_EOF)
		return ts->ended;
	if (command == BIO_CTRL_DGRAM_GET_MTU_OVERHEAD)
		return DATAGRAM_OVERHEAD;
	return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP;
}

BIO_METHOD *
tls_stream_bio(void)
{
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() |
	    BIO_TYPE_SOURCE_SINK, "stream");

	if (method == NULL)
		return NULL;
	BIO_meth_set_read(method, bio_read);
	BIO_meth_set_write(method, bio_write);
	BIO_meth_set_ctrl(method, bio_control);
	return method;
}

/* --- what went wrong ----------------------------------------------------- */

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

/* What the peer said that is no TLS. */
static void
stream_set_no_tls(struct tls_stream *ts, struct error *err)
{
	char text[4 * FIRST_SIZE + 1];

	log_escape(text, sizeof(text), (const char *)ts->first,
	    ts->first_length);
	error_set(err, RESULT_DENIED, "TLS: the peer does not speak TLS (it "
	    "said \"%s\")", text);
}

static void
stream_set_ssl_error(struct tls_stream *ts, struct error *err)
{
	unsigned long code = ERR_peek_error();
	int reason = ERR_GET_REASON(code);
	const char *text = ERR_reason_error_string(code);

	if (ts->verdict.error != 0 && !ts->started)
		error_set(err, RESULT_DENIED, "TLS: %s", ts->verdict.text);
	else if (is_alert(code))
		error_set(err, RESULT_DENIED, "TLS: the peer said no: %s",
		    alert_text(code));
	else if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING && ts->started)
		error_set(err, RESULT_BROKEN, "TLS: the peer ended without "
		    "close_notify, something may be missing");
	else if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
		error_set(err, RESULT_BROKEN, "TLS: the peer ended the "
		    "connection in the handshake");
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

/* Fill *err after a call of the engine; *errnum is what stands for it. */
static void
stream_set_error(struct tls_stream *ts, int why, struct error *err)
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
		error_set(err, RESULT_BROKEN, "TLS: the peer ended the "
		    "connection");
	ERR_clear_error();
}

/* --- the operations ------------------------------------------------------ */

static struct tls_stream *
stream_of(const struct stream *s)
{
	return (struct tls_stream *)(uintptr_t)s;
}

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
	stream_set_error(ts, why, &ts->fault);
	ts->stream.fault = &ts->fault;
	ts->broken = true;
	errno = EPROTO;
	return -1;
}

static ssize_t
stream_read(struct stream *s, void *data, size_t size)
{
	struct tls_stream *ts = stream_of(s);
	unsigned char *to = data;
	size_t total = 0, n;
	int result = 1, why;

	s->more = false;
	errno = EPROTO;
	if (ts->broken)
		return -1;
	ERR_clear_error();
	while (total < size) {
		n = 0;
		result = SSL_read_ex(ts->ssl, to + total, size - total, &n);
		if (result != 1)
			break;
		total += n;
		if (SSL_has_pending(ts->ssl) != 1 || ts->tls->datagrams)
			break;
	}
	why = result == 1 ? SSL_ERROR_NONE : SSL_get_error(ts->ssl, result);
	s->read_events = why == SSL_ERROR_WANT_WRITE ?
	    ts->lower->write_events : ts->lower->read_events;
	/* An end or a failure behind data is told by the next read. */
	s->more = why == SSL_ERROR_NONE ? SSL_has_pending(ts->ssl) == 1 :
	    why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
	if (why != SSL_ERROR_NONE && why != SSL_ERROR_ZERO_RETURN)
		stream_fail(ts, result);
	if (total > 0)
		return (ssize_t)total;
	return why == SSL_ERROR_ZERO_RETURN ? 0 : -1;
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
	struct stream *lower = ts->lower;

	while (buffer_length(&ts->kept) > 0) {
		ssize_t w = lower->ops->write(lower, ts->kept.data +
		    ts->kept.head, buffer_length(&ts->kept));

		if (w == -1)
			return -1;
		buffer_take(&ts->kept, (size_t)w);
	}
	return lower->unflushed ? lower->ops->flush(lower) : 0;
}

static int
stream_flush(struct stream *s)
{
	struct tls_stream *ts = stream_of(s);
	struct stream *lower = ts->lower;

	if ((ts->direct ? stream_flush_direct(ts) : stream_flush_kept(ts)) ==
	    -1)
		return -1;
	s->unflushed = false;
	if (ts->close_due) {
		ts->close_due = false;
		return lower->ops->shutdown(lower);
	}
	return 0;
}

static ssize_t
stream_write_records(struct stream *s, const void *data, size_t size)
{
	struct tls_stream *ts = stream_of(s);
	const unsigned char *from = data;
	size_t total = 0, n;
	int result = 1;

	if (s->unflushed && stream_flush(s) == -1)
		return -1;
	errno = EPROTO;
	if (ts->broken)
		return -1;
	ERR_clear_error();
	while (total < size && !s->unflushed) {
		size_t piece = size - total < ts->piece ? size - total :
		    ts->piece;

		result = SSL_write_ex(ts->ssl, from + total, piece, &n);
		if (result != 1 && ts->direct && SSL_get_error(ts->ssl,
		    result) == SSL_ERROR_WANT_WRITE) {
			buffer_room(&ts->kept);
			buffer_put(&ts->kept, from + total, piece);
			s->unflushed = true;
			return (ssize_t)(total + piece);
		}
		if (result != 1)
			break;
		total += n;
	}
	return total > 0 || size == 0 ? (ssize_t)total :
	    stream_fail(ts, result);
}

static ssize_t
stream_write(struct stream *s, const void *data, size_t size)
{
	/* Kernel TLS: all writing has to go one way. */
	if (s->raw_out)
		return stream_of(s)->lower->ops->write(stream_of(s)->lower,
		    data, size);
	return stream_write_records(s, data, size);
}

static int
stream_shutdown(struct stream *s)
{
	struct tls_stream *ts = stream_of(s);
	uint64_t before = ts->written;

	s->shut = true;
	if (ts->broken)
		return -1;
	ERR_clear_error();
	if (ts->direct) {
		ts->close_refused = true;	/* behind what is kept */
	} else if (SSL_shutdown(ts->ssl) < 0) {
		ERR_clear_error();
		return -1;
	}
	ts->farewell = ts->direct ? FAREWELL_SIZE :
	    (size_t)(ts->written - before);
	ts->close_due = !ts->tls->datagrams;
	s->unflushed = true;
	if (stream_flush(s) == -1 && errno != EAGAIN)
		return -1;
	return 0;
}

/* Whether a farewell arrives does not matter: only the bytes before it are
 * asked for, and one more for the end. */
static size_t
stream_unacked(struct stream *s)
{
	struct tls_stream *ts = stream_of(s);
	size_t n = ts->lower->ops->unacked(ts->lower) +
	    buffer_length(&ts->kept);

	if (!s->shut)
		return n;
	return n > ts->farewell + 1 ? n - ts->farewell : 0;
}

/* Without a farewell it is no clean end, and a reset could destroy what the
 * peer has not read yet. */
static void
stream_close(struct stream *s, bool abort)
{
	bool reset = abort && s->shut;
	struct stream *lower = tls_stream_undo(s);

	lower->ops->close(lower, reset);
}

static const struct stream_ops stream_ops = {
	.read = stream_read,
	.write = stream_write,
	.shutdown = stream_shutdown,
	.flush = stream_flush,
	.unacked = stream_unacked,
	.close = stream_close,
};

/* --- from beginning to end ----------------------------------------------- */

/* Kernel TLS needs an engine that has the socket itself. */
static bool
stream_attach_direct(struct tls_stream *ts)
{
	ts->direct = ts->tls->ktls && ts->lower->raw_in &&
	    ts->lower->raw_out && SSL_set_fd(ts->ssl, ts->lower->in.fd) == 1;
	return ts->direct;
}

static bool
stream_attach_bio(struct tls_stream *ts)
{
	BIO *bio = BIO_new(ts->tls->bio);

	if (bio == NULL)
		return false;
	BIO_set_data(bio, ts);
	BIO_set_init(bio, 1);
	SSL_set_bio(ts->ssl, bio, bio);
	return true;
}

static bool
stream_attach(struct tls_stream *ts)
{
	ts->ssl = SSL_new(ts->tls->ctx);
	if (ts->ssl == NULL || (!stream_attach_direct(ts) &&
	    !stream_attach_bio(ts)))
		return false;
	SSL_set_app_data(ts->ssl, ts);
	ts->piece = RECORD_SIZE;
	if (ts->tls->o->send_only)
		SSL_set_options(ts->ssl, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (ts->tls->datagrams) {
		tls_set_datagrams(ts->ssl);
	} else {
		SSL_set_default_read_buffer_len(ts->ssl, READ_SIZE);
		SSL_set_read_ahead(ts->ssl, 1);
	}
	if (ts->tls->cookies != NULL) {
		ts->peer.len = sizeof(ts->peer.ss);
		getpeername(ts->lower->in.fd, &ts->peer.sa, &ts->peer.len);
		tls_cookie_peer(ts->ssl, &ts->peer);
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

	ts->stream = *lower;
	ts->stream.ops = &stream_ops;
	ts->stream.raw_in = ts->stream.raw_out = false;
	ts->stream.layered = true;
	ts->lower = lower;
	ts->tls = t;
	if (!stream_attach(ts)) {
		SSL_free(ts->ssl);
		free(ts);
		return NULL;
	}
	buffer_init(&ts->kept, KEPT_SIZE);
	return &ts->stream;
}

struct stream *
tls_stream_undo(struct stream *s)
{
	struct tls_stream *ts = stream_of(s);
	struct stream *lower = ts->lower;

	SSL_free(ts->ssl);
	buffer_free(&ts->kept);
	free(ts);
	return lower;
}

SSL *
tls_stream_ssl(const struct stream *s)
{
	return stream_of(s)->ssl;
}

struct tls_verdict *
tls_stream_verdict(SSL *ssl)
{
	struct tls_stream *ts = SSL_get_app_data(ssl);

	return &ts->verdict;
}

const char *
tls_stream_expected(SSL *ssl)
{
	const struct tls_stream *ts = SSL_get_app_data(ssl);

	return ts->expected;
}

void
tls_stream_expect(SSL *ssl, const char *name)
{
	struct tls_stream *ts = SSL_get_app_data(ssl);

	strlcpy(ts->expected, name, sizeof(ts->expected));
}

/* Wait until the engine can go on; false: the time is over. */
static enum result
stream_wait(struct tls_stream *ts, int64_t deadline, struct error *err)
{
	struct stream *s = &ts->stream;
	struct pollfd pfd[3] = {
		{ .fd = s->in.fd, .events = s->read_events },
		{ .fd = s->unflushed || SSL_want_write(ts->ssl) ? s->out.fd :
		    -1, .events = s->write_events },
		{ .fd = signals_fd(), .events = POLLIN },
	};
	int64_t now = clock_now();
	struct timeval again;

	if (now >= deadline)
		return error_set(err, RESULT_TIMEOUT, "TLS: the handshake was "
		    "not done in time");
	if (ts->tls->datagrams && DTLSv1_get_timeout(ts->ssl, &again) == 1)
		deadline = clock_earlier(deadline, clock_after(now,
		    again.tv_sec * CLOCK_SECOND + again.tv_usec * 1000));
	poll(pfd, 3, clock_poll_timeout(deadline, now));
	if (ts->tls->datagrams)
		DTLSv1_handle_timeout(ts->ssl);
	if (signals_caught() != 0)
		return error_set(err, RESULT_SIGNAL, "interrupted");
	if (s->unflushed && stream_flush(s) == -1 && errno != EAGAIN) {
		ts->errnum = errno;
		stream_set_error(ts, SSL_ERROR_SYSCALL, err);
		return err->result;
	}
	return RESULT_OK;
}

/* A step of the handshake.  The cookie in the first datagram has been checked,
 * but this engine does not know. */
static int
stream_go_on(struct tls_stream *ts)
{
	BIO_ADDR *nobody;

	if (ts->tls->cookies != NULL && !ts->greeted) {
		nobody = BIO_ADDR_new();
		ts->greeted = nobody != NULL && DTLSv1_listen(ts->ssl,
		    nobody) == 1;
		BIO_ADDR_free(nobody);
		if (!ts->greeted)
			return -1;
	}
	return SSL_do_handshake(ts->ssl);
}

enum result
tls_stream_handshake(struct stream *s, int64_t deadline, struct error *err)
{
	struct tls_stream *ts = stream_of(s);
	enum result result = RESULT_OK;
	int done, why;

	while (result == RESULT_OK) {
		ERR_clear_error();
		done = stream_go_on(ts);
		why = SSL_get_error(ts->ssl, done);
		if (done == 1) {
			ts->started = true;
			if (ts->tls->datagrams)
				ts->piece = DTLS_get_data_mtu(ts->ssl);
			/* From now on what is written to the socket is
			 * encrypted there. */
			s->raw_out = ts->direct &&
			    BIO_get_ktls_send(SSL_get_wbio(ts->ssl));
			return RESULT_OK;
		}
		if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) {
			if (ts->direct && why == SSL_ERROR_SYSCALL)
				ts->errnum = errno;
			stream_set_error(ts, why, err);
			/* Tell the peer why. */
			stream_flush(s);
			return err->result;
		}
		result = stream_wait(ts, deadline, err);
	}
	return result;
}
