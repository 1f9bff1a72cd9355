/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "base/clock.h"
#include "datagram/stdio_state.h"

#define OUTPUT_SIZE	((DGRAM_BATCH + 1) * DGRAM_RECEIVE_MAX)

/* After so many received bytes a larger pipe pays. */
#define LONG_TRANSFER	(256 * 1024)

/* Batches that may have come before a refusal. */
#define BEHIND_BATCHES	4096

/* --- standard output ----------------------------------------------------- */

void
stdio_init_output(struct stdio *io)
{
	buffer_init(&io->output, OUTPUT_SIZE);
}

void
stdio_write_output(struct stdio *io)
{
	bool waited = io->output_waits;

	io->output_waits = false;
	while (buffer_length(&io->output) > 0 && !io->done) {
		ssize_t w = stream_write(io->local,
		    io->output.data + io->output.head,
		    buffer_length(&io->output));

		if (w == -1 && errno == EAGAIN) {
			io->output_waits = true;
			return;
		}
		if (w == -1) {
			stdio_fail(io, errno == EPIPE ? RESULT_PIPE :
			    RESULT_LOCAL, io->local->name, errno);
			return;
		}
		buffer_take(&io->output, (size_t)w);
		/* The peer's silence begins when nothing keeps us from hearing
		 * it. */
		if (waited)
			io->active = clock_now();
	}
	if (io->receiver.bytes >= LONG_TRANSFER)
		fdio_grow_pipe(&io->local->out);
}

/* How many messages there is room for: each as long as they can be, and with
 * --lines as much again, for the ends of its lines. */
static size_t
stdio_room(struct stdio *io)
{
	size_t longest = io->o->datagram.lines ? 2 * DGRAM_RECEIVE_MAX :
	    DGRAM_RECEIVE_MAX;

	return buffer_room(&io->output) / longest;
}

bool
stdio_has_room(struct stdio *io)
{
	return stdio_room(io) > 0;
}

/* --- the network --------------------------------------------------------- */

static void
stdio_copy(struct stdio *io, int fd, const struct dgram *d)
{
	const struct dgram_piece piece = { d->data, d->length };

	/* A path may be called by another name by who is bound to it. */
	copied_peers_put(io->copies, fd, &d->to, io->connected ?
	    &io->peer.remote : &d->from, TAP_RECEIVED, &piece, 1);
}

static void
stdio_deliver(struct stdio *io, int fd, const struct dgram *d)
{
	static const unsigned char lf = '\n';

	if (!stdio_accept(io, fd, d))
		return;
	io->active = io->now;
	receiver_count(&io->receiver, d);
	heard_put(io->senders, io->connected ? &io->peer.remote : &d->from);
	stdio_copy(io, fd, d);
	if (!io->o->pump.receive)
		return;
	buffer_put(&io->output, d->data, d->length);
	if (io->o->datagram.lines && (d->length == 0 ||
	    d->data[d->length - 1] != lf))
		buffer_put(&io->output, &lf, 1);
}

/* As dgram_receive(), and what is for us goes to the output. */
static int
stdio_take_batch(struct stdio *io, int fd)
{
	struct dgram d;
	int n = receiver_receive(&io->receiver, fd, stdio_room(io));
	int errnum = errno;

	if (n > 0 && io->retarget != NULL)
		retarget_answered(io->retarget);
	while (n > 0 && receiver_next(&io->receiver, &d))
		stdio_deliver(io, fd, &d);
	errno = errnum;
	return n;
}

/* Returns whether there may be more. */
static bool
stdio_receive_batch(struct stdio *io, int fd)
{
	int n = stdio_take_batch(io, fd);

	if (n == -1 && errno != EAGAIN)
		stdio_network_failed(io, "receive", errno);
	if (receiver_is_done(&io->receiver))
		io->done = true;
	return !io->done && io->receiver.more;
}

void
stdio_receive(struct stdio *io, int fd)
{
	int turns = 0;

	while (fd != -1 && stdio_receive_batch(io, fd) &&
	    ++turns < RECEIVE_TURNS)
		stdio_write_output(io);
}

bool
stdio_receive_behind(struct stdio *io, size_t *batches)
{
	return io->result == RESULT_REFUSED && ++*batches <= BEHIND_BATCHES &&
	    !receiver_is_done(&io->receiver) &&
	    (stdio_take_batch(io, io->peer_fd) != -1 ||
	    errno == ECONNREFUSED);
}
