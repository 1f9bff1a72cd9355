/* SPDX-License-Identifier: ISC */
/* The BIO that the engine reads and writes through. */
#include "config.h"

#include <errno.h>
#include <string.h>

#include "tls/stream_state.h"

/* Of IPv6 and UDP, bytes. */
#define DATAGRAM_OVERHEAD	48

/* Bytes that a read counts as, if it is shorter. */
#define TURN_READ_LEAST		1024

static void
stream_note(struct tls_stream *ts, const void *data, size_t n)
{
	size_t room = sizeof(ts->first) - ts->first_length;

	/* In clear text: of a handshake that the peer does not think done. */
	if (ts->tls->datagrams && ts->stream.shut && n > 0 &&
	    *(const unsigned char *)data == SSL3_RT_HANDSHAKE)
		ts->repeat_farewell = true;
	if (ts->started || room == 0)
		return;
	n = n < room ? n : room;
	memcpy(ts->first + ts->first_length, data, n);
	ts->first_length += n;
}

static void
stream_charge_turn(struct tls_stream *ts, size_t n)
{
	if (n < TURN_READ_LEAST)
		n = TURN_READ_LEAST;
	ts->turn_left -= n < ts->turn_left ? n : ts->turn_left;
}

static int
bio_read(BIO *bio, char *data, int size)
{
	struct tls_stream *ts = BIO_get_data(bio);
	ssize_t n;

	BIO_clear_retry_flags(bio);
	ts->turn_over = ts->turn_left == 0;
	if (ts->turn_over) {
		BIO_set_retry_read(bio);
		return -1;
	}
	n = tls_below_read(ts, data, (size_t)size);
	stream_charge_turn(ts, n > 0 ? (size_t)n : 0);
	ts->idle_bytes += n > 0 ? (size_t)n : 0;
	ts->dry = n == -1 && errno == EAGAIN;
	/* Of datagrams, what is longer than ours can be is none of ours, and
	 * the end is that nobody is there. */
	if (n == -1 && (errno == EAGAIN || errno == EMSGSIZE))
		BIO_set_retry_read(bio);
	else if (n == -1)
		ts->errnum = errno;
	else if (n == 0 && ts->tls->datagrams) {
		ts->errnum = ECONNREFUSED;
		n = -1;
	} else if (n == 0)
		ts->ended = true;
	else
		stream_note(ts, data, (size_t)n);
	return (int)n;
}

static int
bio_write(BIO *bio, const char *data, int size)
{
	struct tls_stream *ts = BIO_get_data(bio);
	size_t n = (size_t)size;
	ssize_t w = 0;

	BIO_clear_retry_flags(bio);
	/* Datagrams are not joined; one that can't be sent is lost, as on any
	 * network. */
	if (ts->tls->datagrams && buffer_length(&ts->kept) > 0)
		return size;
	/* It has gone, which is told to who reads, behind what came. */
	if (buffer_length(&ts->kept) == 0)
		w = tls_below_write(ts, data, n);
	if (w == -1 && errno == EPIPE && ts->tls->datagrams)
		return size;
	if (w == -1 && errno != EAGAIN) {
		ts->errnum = errno;
		return -1;
	}
	if (w > 0) {
		data += w;
		n -= (size_t)w;
	}
	if (n > 0 && n > tls_stream_kept_room(ts)) {	/* nobody reads them */
		ts->errnum = ENOBUFS;
		return -1;
	}
	ts->written += (uint64_t)size;
	if (n == 0)
		return size;
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
