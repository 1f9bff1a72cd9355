/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "datagram/demux.h"
#include "io/dgram.h"
#include "io/refusal.h"
#include "net/sockopt.h"
#include "wire/dtls.h"

#define BUCKETS		1024

/* Clients that nobody has accepted yet; more have to greet again. */
#define QUEUE_MOST	64

/* Of the descriptors that are not needed for anything else, those who wait may
 * have one in FDS_SHARE / 2. */
#define RESERVED_FDS	64
#define FDS_SHARE	8

/* Datagrams that a socket may hold, and in how many turns they are taken. */
#define QUEUED_MOST	100000
#define REFUSAL_TURNS	(QUEUED_MOST / DGRAM_BATCH)

/* Refusals looked at in one turn. */
#define REFUSALS_MOST	256

/* The network is asked so often, for so long, to take what it had no room
 * for. */
#define SEND_TRIES	3
#define SEND_PATIENCE	(100 * CLOCK_MS)

/* When somebody has waited for WAIT_LEAST, who is silent for SILENCE_LEAST
 * makes room: it may be gone, and nobody would ever be told. */
#define WAIT_LEAST	CLOCK_SECOND
#define SILENCE_LEAST	(20 * CLOCK_SECOND)

/* What a cookie is good for: one greeting from one address, while the session
 * there is the same one, so that a greeting of old can't take its place. */
struct bond {
	struct sockaddr_storage	 from;
	unsigned char		 random[DTLS_RANDOM_SIZE];
	uint64_t		 session;	/* its number, 0: none */
};

/* One client. */
struct branch {
	struct branch	*next;		/* in its bucket */
	struct addr	 remote;
	struct addr	 local;		/* where it sent to; len 0: unknown */
	size_t		 socket;	/* number in the listener */
	int		 fd;		/* our end */
	uint64_t	 number;
	unsigned char	 random[DTLS_RANDOM_SIZE];	/* of its greeting */
	bool		 refused;	/* nobody is there any more */
	struct suspicion suspicion;	/* ... or so somebody says */
	struct sent	 sent;
	int64_t		 active;	/* when something came or went */
};

/* Datagrams for one client, in a row. */
struct bundle {
	int			 fd;
	size_t			 count;
	struct dgram_piece	 piece[DGRAM_BATCH];
};

/* One that has not been accepted yet. */
struct waiting {
	struct connection	 c;
	const struct branch	*branch;	/* NULL: it has the socket */
	int64_t			 since;
};

struct demux {
	const struct options	*o;
	struct access		*access;
	struct listener		*l;
	struct dgram_batch	*net_batch;
	struct dgram_batch	*batch;
	size_t			 segment;	/* see dgram_send() */
	int			 epoll_fd;
	int			 wake_fd;
	pthread_t		 thread;
	uint64_t		 number;	/* of the newest branch */
	int			 refusal_turns;	/* till those who are refused
						 * are dropped; 0: nobody is */
	int64_t			 room_at;	/* not earlier is more made */
	struct branch		*bucket[BUCKETS];
	pthread_mutex_t		 lock;
	/* under the lock */
	int			 queue_fd;	/* counts the queue; the clients
						 * listener's */
	bool			 closed;	/* nobody else is let in */
	bool			 stopping;
	size_t			 queued, queue_most;
	struct waiting		 queue[QUEUE_MOST];
};

/* --- the table ----------------------------------------------------------- */

/* What points to the client, or where it would be put. */
static struct branch **
demux_find(struct demux *d, const struct addr *remote, size_t i)
{
	struct branch **link = &d->bucket[addr_hash(remote) % BUCKETS];

	while (*link != NULL && ((*link)->socket != i ||
	    !addr_equal(&(*link)->remote, remote)))
		link = &(*link)->next;
	return link;
}

/* A command that is about to be started has a copy of fd for a moment, so that
 * closing it does not end what epoll(7) watches. */
static void
demux_close(const struct demux *d, int fd)
{
	epoll_ctl(d->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	close(fd);
}

/* Out of the queue, for what becomes of it.  With the lock held. */
static struct connection
demux_dequeue(struct demux *d, size_t i)
{
	struct connection c = d->queue[i].c;
	uint64_t count;

	if (read(d->queue_fd, &count, sizeof(count)) == -1)
		abort();	/* it counts them */
	d->queued--;
	memmove(d->queue + i, d->queue + i + 1, (d->queued - i) *
	    sizeof(d->queue[0]));
	return c;
}

/* Its session reads the end, if it has not gone. */
static void
demux_drop(struct demux *d, struct branch **link)
{
	struct branch *b = *link;
	struct connection c;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->queued; i++) {
		if (d->queue[i].branch == b) {
			c = demux_dequeue(d, i);
			connection_close(&c);
			break;
		}
	}
	pthread_mutex_unlock(&d->lock);
	*link = b->next;
	demux_close(d, b->fd);
	free(b);
}

/* --- clients that come ---------------------------------------------------- */

enum door { DOOR_OPEN, DOOR_CROWDED, DOOR_CLOSED };

static enum door
demux_door(struct demux *d)
{
	enum door door;

	pthread_mutex_lock(&d->lock);
	door = d->closed ? DOOR_CLOSED : d->queued == d->queue_most ?
	    DOOR_CROWDED : DOOR_OPEN;
	pthread_mutex_unlock(&d->lock);
	return door;
}

static void
demux_enqueue(struct demux *d, struct connection *c, const struct branch *b)
{
	const uint64_t one = 1;
	bool taken = false;

	pthread_mutex_lock(&d->lock);
	if (!d->closed && write(d->queue_fd, &one, sizeof(one)) != -1) {
		d->queue[d->queued++] = (struct waiting){ *c, b,
		    clock_now() };
		taken = true;
		d->closed = !d->o->server.keep_open;
	}
	pthread_mutex_unlock(&d->lock);
	if (!taken)
		connection_close(c);
}

/* What its session does not take is lost: others would have to wait. */
static void
demux_deliver(struct bundle *bundle)
{
	const struct dgram_piece *piece = bundle->piece;
	size_t count = bundle->count, whole = 0;

	bundle->count = 0;
	while (count > 0) {
		int n = dgram_send(bundle->fd, piece, count, NULL, NULL,
		    &whole);

		if (n == -1) {
			log_line(LOG_DETAIL, "%zu datagrams were lost: %s",
			    count, strerror(errno));
			return;
		}
		piece += n;
		count -= (size_t)n;
	}
}

/* What is said of it to the listener. */
static struct connection
demux_connection(const struct demux *d, size_t i, const struct dgram *dgram)
{
	struct connection c = { .fd = -1, .remote = dgram->from };

	c.local = dgram->to.len > 0 ? dgram->to : d->l->addr[i];
	addr_set_port(&c.local, addr_port(&d->l->addr[i]));
	return c;
}

/* One client more, whose first datagram this is. */
static void
demux_add(struct demux *d, size_t i, const struct dgram *dgram,
    const unsigned char *random)
{
	struct connection c = demux_connection(d, i, dgram);
	struct epoll_event event = { .events = EPOLLIN };
	struct branch *b, **link;
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
	    0, pair) == -1) {
		log_line(LOG_STEP, "accept: %s", strerror(errno));
		return;		/* it will greet again */
	}
	sockopt_long_send_queue(pair[0], &d->o->socket);
	b = xcalloc(1, sizeof(*b));
	b->remote = dgram->from;
	b->local = dgram->to;
	b->socket = i;
	b->fd = pair[0];
	b->number = ++d->number;
	b->active = clock_now();
	memcpy(b->random, random, sizeof(b->random));
	link = &d->bucket[addr_hash(&b->remote) % BUCKETS];
	b->next = *link;
	*link = b;
	event.data.ptr = b;
	epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, b->fd, &event);
	demux_deliver(&(struct bundle){ .fd = b->fd, .count = 1,
	    .piece = { { dgram->data, dgram->length } } });
	c.fd = pair[1];
	c.type = SOCK_SEQPACKET;
	demux_enqueue(d, &c, b);
}

/* --- the only client ------------------------------------------------------ */

/* Whether what is sent to it by a connected socket comes from the right
 * address. */
static bool
demux_routed_well(const struct connection *c)
{
	struct addr from = { .len = 0 };
	int fd = socket(c->remote.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return false;
	if (connect(fd, &c->remote.sa, c->remote.len) == 0)
		addr_local(fd, &from);
	close(fd);
	addr_set_port(&from, addr_port(&c->local));
	return addr_equal(&from, &c->local);
}

/* What came before it was connected: greetings, of others or once more, and
 * that somebody has gone. */
static void
demux_empty(int fd)
{
	char byte;

	for (int i = 0; i < QUEUED_MOST && (recv(fd, &byte, 1, MSG_DONTWAIT) !=
	    -1 || errno == ECONNREFUSED); i++)
		continue;
}

/* It may have the socket itself, and others are refused by the system.  False:
 * that can't be. */
static bool
demux_hand_over(struct demux *d, size_t i, const struct dgram *dgram)
{
	struct connection c = demux_connection(d, i, dgram);
	int fd = d->l->fd[i];

	if (d->o->server.keep_open || d->l->borrowed ||
	    !demux_routed_well(&c) || connect(fd, &c.remote.sa,
	    c.remote.len) == -1)
		return false;
	epoll_ctl(d->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
	refusal_want(fd, false);
	demux_empty(fd);
	d->l->fd[i] = -1;
	for (size_t k = 0; k < d->l->count; k++) {
		if (d->l->fd[k] != -1)
			demux_close(d, d->l->fd[k]);
		d->l->fd[k] = -1;
	}
	c.fd = fd;
	c.type = SOCK_DGRAM;
	c.first = xmalloc(dgram->length);
	memcpy(c.first, dgram->data, dgram->length);
	c.first_length = dgram->length;
	demux_enqueue(d, &c, NULL);
	return true;
}

/* --- to the network ------------------------------------------------------- */

static void
demux_send(struct demux *d, int fd, const struct dgram_piece *piece,
    size_t count, const struct addr *to, const struct addr *from)
{
	int failures = 0;

	while (count > 0 && failures < SEND_TRIES) {
		int n = dgram_send(fd, piece, count, to, from, &d->segment);

		if (n == -1 && errno == EAGAIN)
			wait_fd(fd, POLLOUT, clock_after(clock_now(),
			    SEND_PATIENCE), WAIT_NO_SIGNALS);
		/* A refusal may have been for another one. */
		else if (n == -1 && errno != ECONNREFUSED)
			n = 1;		/* lost, as on any network */
		if (n == -1) {
			failures++;
		} else {
			piece += n;
			count -= (size_t)n;
		}
	}
}

enum moved { MOVED_NOTHING, MOVED_SOME, MOVED_ALL };

/* What the session has sent; MOVED_ALL: it has gone. */
static enum moved
demux_from_branch(struct demux *d, struct branch *b)
{
	struct dgram_cursor at = { 0, 0 };
	struct dgram_piece piece[DGRAM_BATCH];
	struct dgram dgram;
	size_t count = 0;
	bool ended = false;

	if (dgram_receive(d->batch, b->fd, DGRAM_BATCH) == -1)
		return MOVED_NOTHING;
	while (!ended && dgram_batch_next(d->batch, &at, &dgram)) {
		ended = dgram.length == 0;
		if (ended)
			break;
		sent_note(&b->sent, dgram.data, dgram.length);
		piece[count++] = (struct dgram_piece){ dgram.data,
		    dgram.length };
	}
	b->active = clock_now();
	demux_send(d, d->l->fd[b->socket], piece, count, &b->remote,
	    &b->local);
	return ended ? MOVED_ALL : MOVED_SOME;
}

/* --- from the network ----------------------------------------------------- */

static void
demux_greet(struct demux *d, size_t i, const struct dgram *dgram,
    const unsigned char *random)
{
	struct branch **before = demux_find(d, &dgram->from, i);
	unsigned char answer[TLS_ANSWER_MAX];
	struct dgram_piece piece = { answer, 0 };
	struct bond bond;

	if (!access_admits(d->access, &dgram->from))
		return;
	memset(&bond, 0, sizeof(bond));
	memcpy(&bond.from, &dgram->from.ss, dgram->from.len);
	memcpy(bond.random, random, sizeof(bond.random));
	bond.session = *before == NULL ? 0 : (*before)->number;
	switch (tls_greet(d->o->tls_context, &bond, sizeof(bond), dgram->data,
	    dgram->length, answer, &piece.length)) {
	case TLS_GREETING_BAD:
		break;
	case TLS_GREETING_UNPROVEN:
		demux_send(d, d->l->fd[i], &piece, 1, &dgram->from,
		    &dgram->to);
		break;
	case TLS_GREETING_PROVEN:
		if (demux_door(d) != DOOR_OPEN)
			break;		/* it will try again */
		/* RFC 6347, section 4.2.8: it has begun anew. */
		if (*before != NULL)
			demux_drop(d, before);
		if (!demux_hand_over(d, i, dgram))
			demux_add(d, i, dgram, random);
		break;
	}
}

static void
demux_take(struct demux *d, size_t i, const struct dgram *dgram,
    struct bundle *bundle)
{
	struct branch *b = *demux_find(d, &dgram->from, i);
	const unsigned char *random = dtls_greeting_random(dgram->data,
	    dgram->length);
	/* The same greeting once more is the session's. */
	bool session = b != NULL && (random == NULL ||
	    memcmp(random, b->random, sizeof(b->random)) == 0);

	if (!session || bundle->fd != b->fd || bundle->count == DGRAM_BATCH)
		demux_deliver(bundle);
	if (session)		/* its own, for all that is known here */
		b->suspicion.errnum = 0;
	if (session && dgram->length > 0) {
		b->active = clock_now();
		bundle->fd = b->fd;
		bundle->piece[bundle->count++] = (struct dgram_piece){
			dgram->data, dgram->length };
	} else if (!session && random != NULL && demux_door(d) != DOOR_CLOSED) {
		demux_greet(d, i, dgram, random);
	}
}

/* Who has gone is dropped behind what came before. */
static void
demux_take_refusals(struct demux *d, size_t i)
{
	struct refusal r;

	for (int n = 0; n < REFUSALS_MOST && refusal_read(d->l->fd[i], &r);
	    n++) {
		struct branch *b = *demux_find(d, &r.to, i);

		if (b == NULL || refusal_judge(&r, &b->sent, clock_now(),
		    &b->suspicion) != REFUSAL_COUNTS)
			continue;
		b->refused = true;
		if (d->refusal_turns == 0)
			d->refusal_turns = REFUSAL_TURNS;
	}
}

static void
demux_drop_refused(struct demux *d)
{
	d->refusal_turns = 0;
	for (size_t i = 0; i < BUCKETS; i++) {
		struct branch **link = &d->bucket[i];

		while (*link != NULL) {
			if ((*link)->refused)
				demux_drop(d, link);
			else
				link = &(*link)->next;
		}
	}
}

static void
demux_from_net(struct demux *d, size_t i)
{
	struct dgram_cursor at = { 0, 0 };
	struct bundle bundle = { .count = 0 };
	struct dgram dgram;

	if (dgram_receive(d->net_batch, d->l->fd[i], DGRAM_BATCH) < 1)
		return;
	while (d->l->fd[i] != -1 &&
	    dgram_batch_next(d->net_batch, &at, &dgram)) {
		if (dgram.from.len > 0)
			demux_take(d, i, &dgram, &bundle);
	}
	demux_deliver(&bundle);
}

/* --- room ----------------------------------------------------------------- */

/* How long the first one has waited; -1: nobody does. */
static int64_t
demux_first_waits(struct demux *d, int64_t now)
{
	int64_t waits;

	pthread_mutex_lock(&d->lock);
	waits = d->queued > 0 ? now - d->queue[0].since : -1;
	pthread_mutex_unlock(&d->lock);
	return waits;
}

static bool
demux_is_queued(struct demux *d, const struct branch *b)
{
	bool queued = false;

	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->queued && !queued; i++)
		queued = d->queue[i].branch == b;
	pthread_mutex_unlock(&d->lock);
	return queued;
}

/* What points to the one that is served and was silent longest. */
static struct branch **
demux_longest_silent(struct demux *d)
{
	struct branch **found = NULL;

	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct branch **link = &d->bucket[i]; *link != NULL;
		    link = &(*link)->next) {
			if ((found == NULL ||
			    (*link)->active < (*found)->active) &&
			    !demux_is_queued(d, *link))
				found = link;
		}
	}
	return found;
}

/* Those who are served one after the other, and the members of a broker, may
 * well be silent. */
static bool
demux_makes_room(const struct demux *d)
{
	return d->o->server.keep_open &&
	    (d->o->command.argv != NULL || d->o->forward.text != NULL);
}

static void
demux_make_room(struct demux *d)
{
	int64_t now = clock_now();
	struct branch **link;
	char text[ADDR_TEXT_MAX], span[32];

	if (now < d->room_at || demux_first_waits(d, now) < WAIT_LEAST)
		return;
	link = demux_longest_silent(d);
	if (link == NULL || now - (*link)->active < SILENCE_LEAST)
		return;
	log_line(LOG_ERROR, "no room for more clients: %s, silent for %s, "
	    "makes some", addr_format(&(*link)->remote, text),
	    clock_format(span, sizeof(span), now - (*link)->active));
	demux_drop(d, link);
	d->room_at = now + WAIT_LEAST;
}

/* Milliseconds until there is something to do, without an event. */
static int
demux_patience(struct demux *d)
{
	if (d->refusal_turns > 0)
		return 0;
	return demux_makes_room(d) && demux_first_waits(d, clock_now()) >= 0 ?
	    1000 : -1;
}

/* --- the thread ----------------------------------------------------------- */

/* False: it is time to go. */
static bool
demux_woken(struct demux *d)
{
	uint64_t count;
	bool stopping;

	if (read(d->wake_fd, &count, sizeof(count)) == -1)
		return true;
	pthread_mutex_lock(&d->lock);
	stopping = d->stopping;
	pthread_mutex_unlock(&d->lock);
	return !stopping;
}

/* False: it is time to go. */
static bool
demux_handle(struct demux *d, const struct epoll_event *event)
{
	int *fd = event->data.ptr;

	if (fd == &d->wake_fd)
		return demux_woken(d);
	if (fd < d->l->fd || fd >= d->l->fd + d->l->count) {
		struct branch *b = event->data.ptr;

		if (demux_from_branch(d, b) == MOVED_ALL)
			demux_drop(d, demux_find(d, &b->remote, b->socket));
		return true;
	}
	if ((event->events & EPOLLERR) != 0)
		demux_take_refusals(d, (size_t)(fd - d->l->fd));
	demux_from_net(d, (size_t)(fd - d->l->fd));
	return true;
}

/* A service manager may go on with the sockets. */
static void
demux_give_back(const struct demux *d)
{
	int errnum;
	socklen_t len = sizeof(errnum);

	for (size_t i = 0; i < d->l->count; i++) {
		if (d->l->fd[i] == -1)
			continue;
		refusal_want(d->l->fd[i], false);
		getsockopt(d->l->fd[i], SOL_SOCKET, SO_ERROR, &errnum, &len);
	}
}

static void *
demux_run(void *arg)
{
	struct demux *d = arg;
	struct epoll_event event;
	bool goes_on = true;

	/* One at a time: what it does may end another. */
	while (goes_on) {
		bool refused = d->refusal_turns > 0;
		int n = epoll_wait(d->epoll_fd, &event, 1, demux_patience(d));

		if (n == 1)
			goes_on = demux_handle(d, &event);
		if (demux_makes_room(d))
			demux_make_room(d);
		if (refused && (n == 0 || --d->refusal_turns == 0))
			demux_drop_refused(d);
	}
	for (size_t i = 0; i < BUCKETS; i++) {
		while (d->bucket[i] != NULL) {
			if (demux_from_branch(d, d->bucket[i]) != MOVED_SOME)
				demux_drop(d, &d->bucket[i]);
		}
	}
	demux_give_back(d);
	return NULL;
}

static void
demux_wake(const struct demux *d)
{
	const uint64_t one = 1;

	if (write(d->wake_fd, &one, sizeof(one)) == -1) {
		/* it is awake */
	}
}

/* --- as listen.h says of a source ---------------------------------------- */

static bool
demux_accept(void *context, struct connection *c)
{
	struct demux *d = context;
	bool taken;

	pthread_mutex_lock(&d->lock);
	taken = d->queued > 0;
	if (taken)
		*c = demux_dequeue(d, 0);
	pthread_mutex_unlock(&d->lock);
	return taken;
}

static void
demux_close_door(void *context)
{
	struct demux *d = context;

	pthread_mutex_lock(&d->lock);
	d->closed = true;
	while (d->queued > 0)
		connection_close(&d->queue[--d->queued].c);
	pthread_mutex_unlock(&d->lock);
}

/* --- from beginning to end ----------------------------------------------- */

static void
demux_free(struct demux *d)
{
	dgram_batch_free(d->net_batch);
	dgram_batch_free(d->batch);
	if (d->epoll_fd != -1)
		close(d->epoll_fd);
	if (d->wake_fd != -1)
		close(d->wake_fd);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

static void
demux_watch(struct demux *d)
{
	struct epoll_event event = { .events = EPOLLIN };

	event.data.ptr = &d->wake_fd;
	epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, d->wake_fd, &event);
	for (size_t i = 0; i < d->l->count; i++) {
		int fd = d->l->fd[i];

		refusal_want(fd, true);
		event.data.ptr = &d->l->fd[i];
		epoll_ctl(d->epoll_fd, EPOLL_CTL_ADD, fd, &event);
	}
}

/* So many that descriptors remain for those who are served. */
static size_t
demux_queue_most(void)
{
	struct rlimit limit;
	size_t most;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur < RESERVED_FDS)
		return 1;
	most = (size_t)(limit.rlim_cur - RESERVED_FDS) / FDS_SHARE;
	return most < 1 ? 1 : most > QUEUE_MOST ? QUEUE_MOST : most;
}

enum result
demux_start(const struct options *o, struct access *access, struct listener *l,
    struct listener *clients, struct demux **out, struct error *err)
{
	struct demux *d = xcalloc(1, sizeof(*d));
	int errnum = 0;

	d->o = o;
	d->access = access;
	d->l = l;
	d->queue_most = demux_queue_most();
	d->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	d->queue_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	if (d->epoll_fd == -1 || d->wake_fd == -1 || d->queue_fd == -1)
		errnum = errno;
	pthread_mutex_init(&d->lock, NULL);
	d->segment = dgram_segment_limit(l->fd[0]);
	d->net_batch = dgram_batch_new(l->fd[0]);
	d->batch = dgram_batch_new(d->wake_fd);
	if (errnum == 0) {
		demux_watch(d);
		errnum = signals_thread(&d->thread, NULL, demux_run, d);
	}
	if (errnum != 0) {
		if (d->queue_fd != -1)
			close(d->queue_fd);
		demux_free(d);
		return error_set_errno(err, RESULT_LOCAL, errnum, "DTLS");
	}
	*clients = (struct listener){
		.fd = { d->queue_fd },
		.addr = { l->addr[0] },
		.count = 1,
		.type = SOCK_DGRAM,
		.source = { demux_accept, demux_close_door, d },
	};
	*out = d;
	return RESULT_OK;
}

void
demux_stop(struct demux *d)
{
	pthread_mutex_lock(&d->lock);
	d->stopping = true;
	pthread_mutex_unlock(&d->lock);
	demux_wake(d);
	pthread_join(d->thread, NULL);
	demux_free(d);
}
