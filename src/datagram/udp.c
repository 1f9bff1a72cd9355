/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "datagram/input.h"
#include "datagram/udp.h"
#include "io/dgram.h"
#include "io/pump.h"
#include "io/stream.h"
#include "net/sockopt.h"
#include "session/retarget.h"

#define OUTPUT_SIZE	((DGRAM_BATCH + 1) * DGRAM_RECEIVE_MAX)

/* After so many received bytes a larger pipe pays. */
#define LONG_TRANSFER	(256 * 1024)

/* Batches received, or sent, before the other direction gets its turn. */
#define FAIR_BATCHES	16

/* Bytes sent that may be refused, and are sent once more then. */
#define DOUBT_MOST	(1024 * 1024)

/* Batches that may have come before a refusal. */
#define BEHIND_BATCHES	4096

/* When the kernel is out of buffers, or a queue is full that poll(2) can't
 * see, look again after this long. */
#define FULL_PAUSE	(2 * CLOCK_MS)

enum {
	SLOT_INPUT,
	SLOT_OUTPUT,
	SLOT_RELOAD,
	SLOT_SEND,
	SLOT_SOCKETS,
	SLOT_COUNT = SLOT_SOCKETS + LISTEN_MAX
};

struct udp {
	const struct options	*o;
	struct access		*access;	/* or NULL */
	struct connection	*c;		/* the initiator's */
	struct retarget		*retarget;	/* of it, or NULL */
	unsigned		 trades;	/* of it, known */
	struct stream		*local;
	int			 fd[LISTEN_MAX];
	size_t			 count;
	bool			 many;		/* every peer is served */
	bool			 anybody;	/* others may answer */
	bool			 initiator;	/* connected from the start */
	bool			 connected;	/* the kernel knows the peer */
	bool			 have_peer;
	int			 peer_fd;
	struct addr		 peer;
	struct addr		 peer_local;	/* where it sent to */
	struct access_pass	 peer_pass;
	struct dgram_batch	*batch;
	struct pieces		 input;
	struct buffer		 output;
	size_t			 segment;	/* see dgram_send() */
	bool			 again;		/* more to send at once */
	bool			 send_waits;
	bool			 output_waits;
	bool			 input_waits;	/* to be read */
	bool			 done;
	uint64_t		 sent, received;	/* bytes */
	uint64_t		 datagrams;		/* received */
	int64_t			 now, active, hold_until;
	int64_t			 heard;		/* of our input, the last */
	int64_t			 deadline, accept_deadline;
	struct error		*err;
	enum result		 result;
};

static void
udp_fail(struct udp *u, enum result result, const char *what, int errnum)
{
	u->result = error_set_errno(u->err, result, errnum, "%s", what);
	u->done = true;
}

static void
udp_prepare_socket(struct udp *u, int fd)
{
	size_t segment = dgram_segment_limit(fd);

	dgram_merge(fd);
	sockopt_long_receive_queue(fd, &u->o->socket);
	if (segment < u->segment)
		u->segment = segment;
}

/* There may be another socket, with the same number. */
static void
udp_follow(struct udp *u)
{
	if (u->trades == u->retarget->trades)
		return;
	u->trades = u->retarget->trades;
	u->peer = u->c->remote;
	udp_prepare_socket(u, u->peer_fd);
}

/* Perhaps another address, or another time. */
static bool
udp_retarget(struct udp *u, int errnum)
{
	if (u->retarget == NULL ||
	    !retarget_refused(u->retarget, errnum, u->now))
		return false;
	udp_follow(u);
	if (u->retarget->not_before > u->hold_until)
		u->hold_until = u->retarget->not_before;
	u->send_waits = false;
	return true;
}

static void
udp_network_failed(struct udp *u, const char *what, int errnum)
{
	char peer[ADDR_TEXT_MAX], text[ADDR_TEXT_MAX + 64];

	if (udp_retarget(u, errnum))
		return;
	snprintf(text, sizeof(text), "%s: %s", addr_format(&u->peer, peer),
	    what);
	if (u->many) {		/* one peer's trouble is not the others' */
		log_line(LOG_ERROR, "%s: %s", text, strerror(errnum));
		return;
	}
	udp_fail(u, error_network_result(errnum), text, errnum);
	if (u->retarget != NULL && retarget_is_over(u->retarget, u->now))
		dial_retry_over(u->retarget->dial, u->err);
}

/* --- standard output ----------------------------------------------------- */

static void
udp_write_output(struct udp *u)
{
	bool waited = u->output_waits;

	u->output_waits = false;
	while (buffer_length(&u->output) > 0 && !u->done) {
		ssize_t w = stream_write(u->local,
		    u->output.data + u->output.head,
		    buffer_length(&u->output));

		if (w == -1 && errno == EAGAIN) {
			u->output_waits = true;
			return;
		}
		if (w == -1) {
			udp_fail(u, errno == EPIPE ? RESULT_PIPE :
			    RESULT_LOCAL, u->local->name, errno);
			return;
		}
		buffer_take(&u->output, (size_t)w);
		/* The peer's silence begins when nothing keeps us from hearing
		 * it. */
		if (waited)
			u->active = clock_now();
	}
	if (u->received >= LONG_TRANSFER)
		fdio_grow_pipe(&u->local->out);
}

/* --- peers --------------------------------------------------------------- */

/* Whether answers to the peer would come from where it sent to if the kernel
 * chose: only then can a socket that is bound to every address be connected. */
static bool
udp_route_matches(const struct dgram *d)
{
	struct addr chosen;
	bool matches = false;
	int fd;

	if (d->group)
		return false;
	if (d->to.len == 0)
		return true;
	fd = socket(d->from.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return false;
	if (connect(fd, &d->from.sa, d->from.len) == 0) {
		addr_local(fd, &chosen);
		addr_set_port(&chosen, 0);
		chosen.in6.sin6_scope_id = chosen.sa.sa_family == AF_INET6 ? 0 :
		    chosen.in6.sin6_scope_id;
		matches = addr_equal(&chosen, &d->to);
	}
	close(fd);
	return matches;
}

/* ip(7), IP_RECVERR: ICMP errors, also on a socket that is not connected. */
static void
udp_want_errors(int fd, int family)
{
	const int on = 1;

	if (family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
	else if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
}

/* The first peer of a listener is the only one: the other sockets close. */
static void
udp_settle_peer(struct udp *u, const struct dgram *d)
{
	for (size_t i = 0; i < u->count; i++) {
		if (u->fd[i] != u->peer_fd) {
			close(u->fd[i]);
			u->fd[i] = -1;
		}
	}
	u->connected = u->peer.len > sizeof(sa_family_t) &&
	    udp_route_matches(d) &&
	    connect(u->peer_fd, &u->peer.sa, u->peer.len) == 0;
	if (!u->connected)	/* refusals are told all the same */
		udp_want_errors(u->peer_fd, u->peer.sa.sa_family);
}

static void
udp_take_peer(struct udp *u, int fd, const struct dgram *d)
{
	char remote[ADDR_TEXT_MAX], local[ADDR_TEXT_MAX];
	struct addr on;

	u->peer_fd = fd;
	u->peer = d->from;
	u->peer_local = d->to;
	u->have_peer = true;
	u->heard = u->now;
	if (!u->many)
		udp_settle_peer(u, d);
	addr_local(fd, &on);
	if (d->to.len > 0) {
		uint16_t port = addr_port(&on);

		on = d->to;
		addr_set_port(&on, port);
	}
	log_line(LOG_STEP, "accepted %s on %s", addr_format(&u->peer, remote),
	    addr_format(&on, local));
}

/* HUP: who is denied now gets nothing more, either. */
static void
udp_reload(struct udp *u)
{
	char text[ADDR_TEXT_MAX];

	if (!access_reload_if_asked(u->access, u->deadline) || !u->have_peer ||
	    access_still_admits(u->access, &u->peer, &u->peer_pass))
		return;
	log_line(LOG_STEP, "closed %s: it is denied now",
	    addr_format(&u->peer, text));
	u->have_peer = false;
}

/* Whether a datagram is for us; a listener learns its peer by the way. */
static bool
udp_accept(struct udp *u, int fd, const struct dgram *d)
{
	struct access_pass pass = { 0 };
	char text[ADDR_TEXT_MAX];
	bool same;

	if (u->anybody)
		return true;
	udp_reload(u);
	same = u->have_peer && addr_equal(&u->peer, &d->from);
	if (same)
		pass = u->peer_pass;
	if (!u->connected && !access_still_admits(u->access, &d->from, &pass))
		return false;
	if (!u->have_peer || (u->many && !same)) {
		udp_take_peer(u, fd, d);
		same = true;
	}
	if (same)
		u->peer_pass = pass;
	/* connect(2) leaves those in the queue that came before it. */
	if (u->initiator || same)
		return true;
	log_line(LOG_STEP, "dropped %zu bytes from %s, who is not the peer",
	    d->length, addr_format(&d->from, text));
	return false;
}

/* --- receiving ----------------------------------------------------------- */

static void
udp_deliver(struct udp *u, int fd, const struct dgram *d)
{
	static const unsigned char lf = '\n';

	if (!udp_accept(u, fd, d))
		return;
	u->active = u->now;
	u->datagrams++;
	u->received += d->length;
	if (d->truncated)
		log_line(LOG_ERROR, "a datagram of more than %d bytes was cut",
		    DGRAM_RECEIVE_MAX);
	if (!u->o->pump.receive)
		return;
	buffer_put(&u->output, d->data, d->length);
	if (u->o->datagram.lines && (d->length == 0 ||
	    d->data[d->length - 1] != lf))
		buffer_put(&u->output, &lf, 1);
}

/* How many messages there is room for: each as long as they can be, and with
 * --lines as much again, for the ends of its lines. */
static size_t
udp_receive_most(struct udp *u)
{
	size_t longest = u->o->datagram.lines ? 2 * DGRAM_RECEIVE_MAX :
	    DGRAM_RECEIVE_MAX;

	return buffer_room(&u->output) / longest;
}

static bool
udp_limit_reached(const struct udp *u)
{
	return u->o->pump.read_limit != 0 &&
	    u->datagrams >= u->o->pump.read_limit;
}

static size_t
udp_batch_most(struct udp *u)
{
	size_t most = udp_receive_most(u);
	uint64_t limit = u->o->pump.read_limit;

	if (limit != 0 && limit - u->datagrams < most)
		most = (size_t)(limit - u->datagrams);
	return most < DGRAM_BATCH ? most : DGRAM_BATCH;
}

/* As dgram_receive(), and what is for us goes to the output. */
static int
udp_take_batch(struct udp *u, int fd, size_t most)
{
	struct dgram_cursor at = { 0, 0 };
	struct dgram d;
	int n = dgram_receive(u->batch, fd, most), errnum = errno;

	if (n > 0 && u->retarget != NULL)
		retarget_answered(u->retarget);
	while (!udp_limit_reached(u) && dgram_batch_next(u->batch, &at, &d))
		udp_deliver(u, fd, &d);
	errno = errnum;
	return n;
}

/* Returns whether there may be more. */
static bool
udp_receive_batch(struct udp *u, int fd)
{
	size_t most = udp_batch_most(u);
	int n;

	if (most == 0)
		return false;
	n = udp_take_batch(u, fd, most);
	if (n == -1 && errno != EAGAIN)
		udp_network_failed(u, "receive", errno);
	if (udp_limit_reached(u))
		u->done = true;
	return !u->done && n == (int)most;
}

static void
udp_receive(struct udp *u, int fd)
{
	int turns = 0;

	while (fd != -1 && udp_receive_batch(u, fd) && ++turns < FAIR_BATCHES)
		udp_write_output(u);
}

/* --- sending ------------------------------------------------------------- */

/* Whether anything that was read, or refused, has to be sent. */
static bool
udp_is_behind(const struct udp *u)
{
	return !pieces_empty(&u->input) ||
	    (u->retarget != NULL && retarget_waits(u->retarget));
}

static bool
udp_wants_input(struct udp *u)
{
	return u->have_peer && !u->done && pieces_wanted(&u->input);
}

static void
udp_read_input(struct udp *u)
{
	if (!udp_wants_input(u))
		return;
	u->result = pieces_read(&u->input, u->err);
	u->done = u->result != RESULT_OK;
	if (u->input.ended)
		u->active = u->now;
}

/* Returns whether to go on with the next one. */
static bool
udp_send_failed(struct udp *u)
{
	if (errno == EAGAIN && u->connected) {
		u->send_waits = true;
		return false;
	}
	if (errno == EAGAIN || errno == ENOBUFS) {
		u->hold_until = clock_after(u->now, FULL_PAUSE);
		return false;
	}
	udp_network_failed(u, "send", errno);
	if (u->retarget == NULL)
		pieces_take(&u->input, 1);
	return true;
}

/* What was refused. */
static bool
udp_send_again(struct udp *u)
{
	int n = retarget_send(u->retarget, &u->segment, u->now);
	int errnum = errno;

	udp_follow(u);
	errno = errnum;
	if (n == -1)
		return udp_send_failed(u);
	u->active = u->now;
	return true;
}

/* Returns whether there may be more to send at once. */
static bool
udp_send_some(struct udp *u)
{
	struct dgram_piece piece[DGRAM_BATCH];
	size_t count;
	int n;

	if (u->retarget != NULL && retarget_waits(u->retarget))
		return udp_send_again(u);
	u->result = pieces_get(&u->input, piece, &count, u->err);
	u->done = u->result != RESULT_OK;
	if (count == 0 || u->done)
		return false;
	n = dgram_send(u->peer_fd, piece, count, u->connected ? NULL : &u->peer,
	    u->connected ? NULL : &u->peer_local, &u->segment);
	if (n == -1)
		return udp_send_failed(u);
	u->active = u->now;
	for (int i = 0; i < n; i++)
		u->sent += piece[i].length;
	if (u->retarget != NULL)
		retarget_sent(u->retarget, piece, (size_t)n, u->now);
	pieces_take(&u->input, (size_t)n);
	if (u->o->pump.line_delay > 0)
		u->hold_until = clock_after(u->now, u->o->pump.line_delay);
	return true;
}

/* unix(7): its socket is not bound. */
static bool
udp_is_nameless(const struct udp *u)
{
	return u->have_peer && u->peer.len <= sizeof(sa_family_t);
}

static bool
udp_can_send(const struct udp *u)
{
	return u->have_peer && !udp_is_nameless(u) && !u->done &&
	    !u->send_waits && u->now >= u->hold_until;
}

static void
udp_send(struct udp *u)
{
	int turns = 0;

	u->send_waits = false;
	do
		udp_read_input(u);
	while (udp_is_behind(u) && udp_can_send(u) &&
	    udp_send_some(u) && ++turns < FAIR_BATCHES);
	u->again = turns == FAIR_BATCHES;
}

/* --- waiting ------------------------------------------------------------- */

static bool
udp_interrupted(struct udp *u)
{
	if (signals_caught() == 0)
		return false;
	u->result = error_interrupted(u->err);
	return true;
}

static bool
udp_late(struct udp *u)
{
	if (u->now < u->deadline)
		return false;
	u->result = error_set(u->err, RESULT_TIMEOUT,
	    "the time for the whole run is over");
	return true;
}

static int64_t
udp_silence(const struct udp *u)
{
	return clock_after(u->active, u->datagrams == 0 ?
	    u->o->pump.quit_unheard : u->o->pump.quit_after);
}

/* When the silence after the end of the input is long enough. */
static int64_t
udp_quit_at(const struct udp *u)
{
	/* Who waits for the reader of the output can't hear a silence. */
	if (u->many || u->output_waits)
		return CLOCK_NEVER;
	if (u->o->pump.reply && !u->have_peer)
		return CLOCK_NEVER;
	if (!u->o->pump.send && !(u->o->pump.at_once && u->have_peer))
		return u->o->pump.reply ? udp_silence(u) : CLOCK_NEVER;
	if (udp_is_behind(u) ? !udp_is_nameless(u) : !u->input.ended)
		return CLOCK_NEVER;
	if (!u->o->pump.receive)
		return u->active;
	return udp_silence(u);
}

/* That silence is over. */
static void
udp_quit(struct udp *u)
{
	char span[32];

	u->done = true;
	if (!pieces_empty(&u->input))
		u->result = error_set(u->err, RESULT_BROKEN,
		    "the peer has no address: nothing can be sent");
	else if (u->o->pump.wants_answer && u->datagrams == 0)
		u->result = error_set(u->err, RESULT_TIMEOUT,
		    "no answer within %s", clock_format(span, sizeof(span),
		    u->o->pump.quit_unheard));
}

/* -w 0: when the input has been silent for too long to be waited for. */
static int64_t
udp_silent_at(const struct udp *u)
{
	if (!u->o->pump.at_once || u->many || !u->have_peer || u->input.ended ||
	    u->send_waits)
		return CLOCK_NEVER;
	return clock_after(u->hold_until > u->heard ? u->hold_until : u->heard,
	    u->local->interactive ? 0 : PUMP_INPUT_SILENCE);
}

/* A pause that we were asked for (-i) is none of the peer's. */
static int64_t
udp_idle_at(const struct udp *u)
{
	return clock_after(u->hold_until > u->active ? u->hold_until :
	    u->active, u->o->pump.idle_timeout);
}

static int64_t
udp_wake_at(const struct udp *u)
{
	int64_t at = clock_earlier(u->deadline, udp_quit_at(u));

	if (!u->have_peer)
		return clock_earlier(at, u->accept_deadline);
	at = clock_earlier(at, udp_idle_at(u));
	at = clock_earlier(at, udp_silent_at(u));
	if (u->hold_until > u->now && udp_is_behind(u))
		at = clock_earlier(at, u->hold_until);
	return at;
}

static bool
udp_idle(const struct udp *u)
{
	return u->have_peer && !u->output_waits && u->now >= udp_idle_at(u);
}

static void
udp_check_times(struct udp *u)
{
	char span[32];

	u->now = clock_now();
	if (u->now >= udp_silent_at(u) && !u->input_waits) {
		log_line(LOG_STEP, "standard input is silent, and not waited "
		    "for");
		u->input.ended = true;
	} else if (u->now >= udp_quit_at(u)) {
		udp_quit(u);
	} else if (udp_late(u)) {
		u->done = true;
	} else if (!u->have_peer && u->now >= u->accept_deadline) {
		u->result = error_set(u->err, RESULT_TIMEOUT,
		    "no client came in time");
		u->done = true;
	} else if (udp_idle(u) && u->many) {
		log_line(LOG_STEP, "nothing moved for %s", clock_format(span,
		    sizeof(span), u->o->pump.idle_timeout));
		u->have_peer = false;
	} else if (udp_idle(u)) {
		u->result = error_set(u->err, RESULT_TIMEOUT,
		    "nothing moved for %s", clock_format(span, sizeof(span),
		    u->o->pump.idle_timeout));
		u->done = true;
	}
}

static void
udp_fill_slots(struct udp *u, struct pollfd *pfd)
{
	bool room = udp_receive_most(u) > 0;
	int input = udp_wants_input(u) ? u->local->in.fd : -1;

	pfd[SLOT_INPUT] = (struct pollfd){ input, POLLIN, 0 };
	pfd[SLOT_OUTPUT] = (struct pollfd){ !u->o->pump.receive ? -1 :
	    u->local->out.fd, u->output_waits ? POLLOUT : 0, 0 };
	pfd[SLOT_RELOAD] = (struct pollfd){
		u->access == NULL ? -1 : signals_reload_fd(), POLLIN, 0
	};
	pfd[SLOT_SEND] = (struct pollfd){ u->send_waits ? u->peer_fd : -1,
	    POLLOUT, 0 };
	for (size_t i = 0; i < u->count; i++)
		pfd[SLOT_SOCKETS + i] = (struct pollfd){ room ? u->fd[i] : -1,
		    POLLIN, 0 };
}

static void
udp_wait(struct udp *u)
{
	struct pollfd pfd[SLOT_COUNT];
	enum wait_result how;

	udp_fill_slots(u, pfd);
	how = wait_for(pfd, SLOT_SOCKETS + u->count, u->again ? WAIT_NOW :
	    udp_wake_at(u), 0);
	if (how == WAIT_SIGNAL || how == WAIT_FAILED) {
		u->result = wait_error(how, u->err);
		u->done = true;
	}
	u->now = clock_now();
	u->input_waits = pfd[SLOT_INPUT].revents != 0;
	u->heard = u->input_waits ? u->now : u->heard;
	if (!u->done && !u->output_waits &&
	    (pfd[SLOT_OUTPUT].revents & (POLLERR | POLLHUP)) != 0) {
		udp_fail(u, RESULT_PIPE, u->local->name, EPIPE);
	}
	for (size_t i = 0; !u->done && i < u->count; i++) {
		if (pfd[SLOT_SOCKETS + i].revents != 0)
			udp_receive(u, u->fd[i]);
	}
}

/* A refusal is told before the datagrams that came earlier.  Returns whether
 * there may be more. */
static bool
udp_receive_behind(struct udp *u, size_t *batches)
{
	return u->result == RESULT_REFUSED && ++*batches <= BEHIND_BATCHES &&
	    !udp_limit_reached(u) &&
	    (udp_take_batch(u, u->peer_fd, udp_batch_most(u)) != -1 ||
	    errno == ECONNREFUSED);
}

/* What arrived before we left is still written, as long as that takes. */
static void
udp_finish(struct udp *u)
{
	size_t batches = 0;

	if (u->result == RESULT_PIPE || u->result == RESULT_SIGNAL ||
	    u->result == RESULT_LOCAL)
		return;
	u->done = false;
	for (;;) {
		udp_write_output(u);
		if (u->done)
			break;
		if (!u->output_waits && udp_receive_behind(u, &batches))
			continue;
		if (!u->output_waits || udp_interrupted(u) || udp_late(u))
			break;
		wait_fd(u->local->out.fd, POLLOUT, u->deadline, 0);
		u->now = clock_now();
	}
	if (u->result == RESULT_OK && u->o->pump.receive &&
	    stream_shutdown(u->local) == -1)
		udp_fail(u, RESULT_LOCAL, u->local->name, errno);
}

static void
udp_prepare_sockets(struct udp *u)
{
	u->segment = DGRAM_MAX;
	for (size_t i = 0; i < u->count; i++)
		udp_prepare_socket(u, u->fd[i]);
}

/* Whether it is time to leave.  A refusal of what was sent last may have
 * come. */
static bool
udp_is_done(struct udp *u)
{
	if (!u->done)
		return false;
	if (u->result != RESULT_OK || u->o->pump.receive || !u->connected)
		return true;
	u->done = false;
	udp_receive(u, u->peer_fd);
	u->done = u->done || !udp_is_behind(u);
	return u->done;
}

static enum result
udp_loop(struct udp *u)
{
	char peer[ADDR_TEXT_MAX];

	buffer_init(&u->output, OUTPUT_SIZE);
	u->batch = dgram_batch_new(u->fd[0]);
	u->local = stream_stdio(false);
	pieces_init(&u->input, u->local, u->o);
	udp_prepare_sockets(u);
	u->now = u->active = u->heard = clock_now();
	u->accept_deadline = clock_after(u->now, u->o->server.accept_timeout);
	while (!udp_is_done(u)) {
		udp_reload(u);
		udp_write_output(u);
		udp_send(u);
		if (!u->done)
			udp_wait(u);
		if (!u->done)
			udp_check_times(u);
	}
	udp_finish(u);
	log_line(LOG_STEP, "closed %s: %s, sent %llu bytes, received %llu "
	    "bytes", u->have_peer ? addr_format(&u->peer, peer) : "(no peer)",
	    u->result == RESULT_OK ? "done" : u->err->text,
	    (unsigned long long)u->sent, (unsigned long long)u->received);
	pieces_free(&u->input);
	stream_close(u->local, false);
	dgram_batch_free(u->batch);
	buffer_free(&u->output);
	return u->result;
}

enum result
udp_run_connected(const struct options *o, int64_t deadline,
    struct connection *c, struct error *err)
{
	struct retarget retarget;
	struct udp u = {
		.o = o,
		.c = c,
		.retarget = &retarget,
		.fd = { c->fd },
		.count = 1,
		.connected = true,
		.initiator = true,
		.have_peer = true,
		.peer_fd = c->fd,
		.peer = c->remote,
		.deadline = deadline,
		.err = err,
	};
	enum result result = RESULT_OK;

	retarget_init(&retarget, &o->dial, deadline, o->dial.retry, c,
	    DOUBT_MOST);
	/* The answers to a question to all come from each of them. */
	if (o->socket.broadcast || addr_is_multicast(&c->remote)) {
		result = dial_open(c, o->dial.source != NULL, &o->socket, err);
		u.fd[0] = u.peer_fd = c->fd;
		u.connected = false;
		u.anybody = true;
		u.retarget = NULL;
	}
	if (result == RESULT_OK)
		result = udp_loop(&u);
	retarget_free(&retarget);
	connection_close(c);
	return result;
}

enum result
udp_run_listener(const struct options *o, int64_t deadline,
    struct listener *l, struct access *access, struct error *err)
{
	struct udp u = {
		.o = o,
		.access = access,
		.count = l->count,
		.many = o->server.keep_open,
		.peer_fd = -1,
		.deadline = deadline,
		.err = err,
	};
	enum result result;

	memcpy(u.fd, l->fd, sizeof(l->fd));
	result = udp_loop(&u);
	for (size_t i = 0; i < l->count; i++)
		l->fd[i] = u.fd[i];
	return result;
}
