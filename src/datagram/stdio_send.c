/* SPDX-License-Identifier: ISC */
#include <errno.h>

#include "base/clock.h"
#include "datagram/stdio_state.h"

/* Batches sent before the other direction gets its turn. */
#define SEND_TURNS	16

/* When the kernel is out of buffers, or a queue is full that poll(2) can't
 * see, look again after this long. */
#define FULL_PAUSE	(2 * CLOCK_MS)

bool
stdio_is_behind(const struct stdio *io)
{
	return !input_empty(&io->input) ||
	    (io->retarget != NULL && retarget_waits(io->retarget));
}

bool
stdio_wants_input(struct stdio *io)
{
	return io->peer.known && !io->done && input_wanted(&io->input);
}

static void
stdio_read_input(struct stdio *io)
{
	if (!stdio_wants_input(io))
		return;
	io->result = input_read(&io->input, io->err);
	io->done = io->result != RESULT_OK;
	if (io->input.ended)
		io->active = io->now;
}

/* Returns whether to go on with the next one. */
static bool
stdio_send_failed(struct stdio *io)
{
	if (errno == EAGAIN && io->connected) {
		io->send_waits = true;
		return false;
	}
	if (errno == EAGAIN || errno == ENOBUFS) {
		io->hold_until = clock_after(io->now, FULL_PAUSE);
		return false;
	}
	stdio_network_failed(io, "send", errno);
	if (io->retarget == NULL)
		input_take(&io->input, 1);
	return true;
}

/* What was refused. */
static bool
stdio_send_again(struct stdio *io)
{
	int n = retarget_send(io->retarget, &io->segment, io->now);
	int errnum = errno;

	stdio_follow(io);
	errno = errnum;
	if (n == -1)
		return stdio_send_failed(io);
	io->active = io->now;
	return true;
}

static void
stdio_count(struct stdio *io, const struct dgram_piece *piece, size_t n)
{
	io->datagrams += n;
	for (size_t i = 0; i < n; i++) {
		io->sent += piece[i].length;
		if (piece[i].length > io->largest)
			io->largest = piece[i].length;
	}
}

/* Returns whether there may be more to send at once. */
static bool
stdio_send_some(struct stdio *io)
{
	struct dgram_piece piece[DGRAM_BATCH];
	size_t count;
	int n;

	if (io->retarget != NULL && retarget_waits(io->retarget))
		return stdio_send_again(io);
	io->result = input_get(&io->input, piece, &count, io->err);
	io->done = io->result != RESULT_OK;
	if (count == 0 || io->done)
		return false;
	n = dgram_send(io->peer_fd, piece, count, io->connected ? NULL :
	    &io->peer.remote, io->connected ? NULL : &io->peer.local,
	    &io->segment);
	if (n == -1)
		return stdio_send_failed(io);
	io->active = io->now;
	stdio_count(io, piece, (size_t)n);
	copied_peers_put(io->copies, io->peer_fd, &io->peer.local,
	    &io->peer.remote, TAP_SENT, piece, (size_t)n);
	if (io->retarget != NULL)
		retarget_sent(io->retarget, piece, (size_t)n, io->now);
	input_take(&io->input, (size_t)n);
	if (io->o->pump.line_delay > 0)
		io->hold_until = clock_after(io->now, io->o->pump.line_delay);
	return true;
}

static bool
stdio_can_send(const struct stdio *io)
{
	return io->peer.known && !stdio_is_nameless(io) && !io->done &&
	    !io->send_waits && io->now >= io->hold_until;
}

void
stdio_send(struct stdio *io)
{
	int turns = 0;

	io->send_waits = false;
	do
		stdio_read_input(io);
	while (stdio_is_behind(io) && stdio_can_send(io) &&
	    stdio_send_some(io) && ++turns < SEND_TURNS);
	io->again = turns == SEND_TURNS;
}
