/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/queue.h>

#include "base/assert.h"
#include "base/wakeup.h"
#include "base/xalloc.h"
#include "serve/hub.h"

/* With more than this, a member whose thread is behind holds senders up. */
#define QUEUE_SOFT	((size_t)2 * 1024 * 1024)

#define RING_FIRST	16	/* places */

/* What a queued message takes besides its bytes: many empty lines are no way
 * around the limit. */
#define MESSAGE_COST	(sizeof(struct hub_message) + sizeof(void *) + 16)

struct hub_message {
	atomic_size_t	 references;
	size_t		 length;
	unsigned char	 apart[48];	/* see xpages() */
	unsigned char	 data[];
};

struct hub_member {
	struct hub		*hub;
	LIST_ENTRY(hub_member)	 in_hub;	/* under hub->lock */
	unsigned long		 number;
	char			*name;		/* or NULL; under hub->lock */
	int			 event_fd;
	bool			 listens;	/* under hub->lock */
	bool			 guest;
	atomic_bool		 waits;		/* to send */
	pthread_mutex_t		 lock;
	/* under the lock */
	struct hub_message	**ring;
	size_t			 ring_size, first, count;
	size_t			 offset;	/* gone, of the first one */
	size_t			 bytes;
	bool			 blocked;
	bool			 cut_off;
};

struct hub {
	pthread_rwlock_t	 lock;		/* of who is in it */
	LIST_HEAD(, hub_member)	 members;
	size_t			 listeners;	/* guests that listen */
	atomic_bool		 closed;
	unsigned long		 last_number;
	atomic_size_t		 waiting;	/* members that wait to send */
};

struct hub *
hub_new(void)
{
	struct hub *hub = xcalloc(1, sizeof(*hub));

	pthread_rwlock_init(&hub->lock, NULL);
	LIST_INIT(&hub->members);
	return hub;
}

void
hub_free(struct hub *hub)
{
	ASSERT(LIST_EMPTY(&hub->members));
	pthread_rwlock_destroy(&hub->lock);
	free(hub);
}

/* --- messages ------------------------------------------------------------ */

struct hub_message *
hub_message_new(size_t n)
{
	struct hub_message *message = xpages(sizeof(*message) + n);

	atomic_init(&message->references, 1);
	message->length = n;
	return message;
}

unsigned char *
hub_message_data(struct hub_message *message)
{
	return message->data;
}

void
hub_message_cut(struct hub_message **message, size_t n)
{
	/* Nobody else has it yet. */
	ASSERT(n <= (*message)->length && (*message)->references == 1);
	*message = xreallocarray(*message, sizeof(**message) + n, 1);
	(*message)->length = n;
}

void
hub_message_free(struct hub_message *message)
{
	if (message != NULL &&
	    atomic_fetch_sub(&message->references, 1) == 1)
		free(message);
}

/* --- members ------------------------------------------------------------- */

/* With hub->lock held, at least for reading. */
static void
hub_wake_senders(struct hub *hub)
{
	struct hub_member *m;

	if (atomic_load(&hub->waiting) == 0)
		return;
	LIST_FOREACH (m, &hub->members, in_hub) {
		if (!atomic_exchange(&m->waits, false))
			continue;
		atomic_fetch_sub(&hub->waiting, 1);
		wakeup_set(m->event_fd);
	}
}

struct hub_member *
hub_join(struct hub *hub, bool listens, bool guest)
{
	struct hub_member *m = xcalloc(1, sizeof(*m));

	m->event_fd = wakeup_open(WAKEUP_ONCE);
	if (m->event_fd == -1) {
		int saved = errno;

		free(m);
		errno = saved;
		return NULL;
	}
	m->hub = hub;
	m->listens = listens;
	m->guest = guest;
	pthread_mutex_init(&m->lock, NULL);
	pthread_rwlock_wrlock(&hub->lock);
	if (guest)
		m->number = ++hub->last_number;
	LIST_INSERT_HEAD(&hub->members, m, in_hub);
	hub->listeners += listens && guest;
	hub_wake_senders(hub);
	pthread_rwlock_unlock(&hub->lock);
	return m;
}

void
hub_listen_no_more(struct hub_member *m)
{
	struct hub *hub = m->hub;

	pthread_rwlock_wrlock(&hub->lock);
	hub->listeners -= m->listens && m->guest;
	m->listens = false;
	hub_wake_senders(hub);
	pthread_rwlock_unlock(&hub->lock);
}

void
hub_close(struct hub *hub)
{
	struct hub_member *m;

	atomic_store(&hub->closed, true);
	pthread_rwlock_rdlock(&hub->lock);
	LIST_FOREACH (m, &hub->members, in_hub)
		wakeup_set(m->event_fd);
	pthread_rwlock_unlock(&hub->lock);
}

bool
hub_is_closed(const struct hub *hub)
{
	return atomic_load(&hub->closed);
}

void
hub_leave(struct hub_member *m)
{
	struct hub *hub = m->hub;

	pthread_rwlock_wrlock(&hub->lock);
	LIST_REMOVE(m, in_hub);
	hub->listeners -= m->listens && m->guest;
	if (atomic_exchange(&m->waits, false))
		atomic_fetch_sub(&hub->waiting, 1);
	hub_wake_senders(hub);
	pthread_rwlock_unlock(&hub->lock);
	for (size_t i = 0; i < m->count; i++)
		hub_message_free(m->ring[(m->first + i) % m->ring_size]);
	free(m->ring);
	wakeup_close(m->event_fd);
	pthread_mutex_destroy(&m->lock);
	free(m->name);
	free(m);
}

unsigned long
hub_number(const struct hub_member *m)
{
	return m->number;
}

void
hub_name(struct hub_member *m, const char *name)
{
	pthread_rwlock_wrlock(&m->hub->lock);
	free(m->name);
	m->name = xstrdup(name);
	pthread_rwlock_unlock(&m->hub->lock);
}

void
hub_list(struct hub_member *m, void (*each)(void *context, unsigned long number,
    const char *name), void *context)
{
	struct hub_member *other;

	pthread_rwlock_rdlock(&m->hub->lock);
	LIST_FOREACH (other, &m->hub->members, in_hub) {
		if (other != m && other->name != NULL)
			each(context, other->number, other->name);
	}
	pthread_rwlock_unlock(&m->hub->lock);
}

int
hub_event_fd(const struct hub_member *m)
{
	return m->event_fd;
}

void
hub_awake(struct hub_member *m)
{
	wakeup_clear(m->event_fd);
}

/* --- sending ------------------------------------------------------------- */

static bool
hub_member_is_behind(struct hub_member *m)
{
	bool behind;

	pthread_mutex_lock(&m->lock);
	behind = !m->blocked && !m->cut_off && m->bytes > QUEUE_SOFT;
	pthread_mutex_unlock(&m->lock);
	return behind;
}

static bool
hub_somebody_is_behind(const struct hub_member *sender)
{
	struct hub_member *m;

	LIST_FOREACH (m, &sender->hub->members, in_hub) {
		if (m != sender && m->listens && hub_member_is_behind(m))
			return true;
	}
	return false;
}

static void
hub_ring_put(struct hub_member *m, struct hub_message *message)
{
	if (m->count == m->ring_size) {
		size_t size = m->ring_size > 0 ? 2 * m->ring_size : RING_FIRST;
		struct hub_message **ring = xcalloc(size, sizeof(*ring));

		for (size_t i = 0; i < m->count; i++)
			ring[i] = m->ring[(m->first + i) % m->ring_size];
		free(m->ring);
		m->ring = ring;
		m->ring_size = size;
		m->first = 0;
	}
	ASSERT(m->count < m->ring_size);
	m->ring[(m->first + m->count++) % m->ring_size] = message;
}

static void
hub_queue(struct hub_member *m, struct hub_message *message)
{
	bool wake;

	pthread_mutex_lock(&m->lock);
	wake = m->count == 0;
	if (m->cut_off) {
		wake = false;
	} else if (m->blocked && m->bytes + message->length + MESSAGE_COST >
	    HUB_QUEUE_MOST) {
		m->cut_off = wake = true;
	} else {
		atomic_fetch_add(&message->references, 1);
		hub_ring_put(m, message);
		m->bytes += message->length + MESSAGE_COST;
	}
	pthread_mutex_unlock(&m->lock);
	if (wake)
		wakeup_set(m->event_fd);
}

/* Register m to be woken, and look once more: it may have changed. */
static bool
hub_must_wait(struct hub_member *m, bool patient)
{
	if (!(patient && m->hub->listeners == 0) && !hub_somebody_is_behind(m))
		return false;
	if (!atomic_exchange(&m->waits, true))
		atomic_fetch_add(&m->hub->waiting, 1);
	if ((patient && m->hub->listeners == 0) || hub_somebody_is_behind(m))
		return true;
	if (atomic_exchange(&m->waits, false))
		atomic_fetch_sub(&m->hub->waiting, 1);
	return false;
}

bool
hub_send(struct hub_member *m, struct hub_message *message, bool patient)
{
	struct hub *hub = m->hub;
	struct hub_member *to;
	bool wait;

	pthread_rwlock_rdlock(&hub->lock);
	wait = hub_must_wait(m, patient);
	LIST_FOREACH (to, &hub->members, in_hub) {
		if (!wait && to != m && to->listens)
			hub_queue(to, message);
	}
	pthread_rwlock_unlock(&hub->lock);
	if (!wait)
		hub_message_free(message);
	return !wait;
}

void
hub_tell(struct hub_member *m, bool others, struct hub_message *message)
{
	struct hub_member *to;

	pthread_rwlock_rdlock(&m->hub->lock);
	LIST_FOREACH (to, &m->hub->members, in_hub) {
		if (to->listens && (to != m) == others)
			hub_queue(to, message);
	}
	pthread_rwlock_unlock(&m->hub->lock);
	hub_message_free(message);
}

/* --- receiving ----------------------------------------------------------- */

size_t
hub_peek(struct hub_member *m, struct iovec *iov, size_t most)
{
	size_t n;

	pthread_mutex_lock(&m->lock);
	for (n = 0; n < m->count && n < most; n++) {
		struct hub_message *message =
		    m->ring[(m->first + n) % m->ring_size];
		size_t offset = n == 0 ? m->offset : 0;

		iov[n].iov_base = message->data + offset;
		iov[n].iov_len = message->length - offset;
	}
	pthread_mutex_unlock(&m->lock);
	return n;
}

void
hub_took(struct hub_member *m, size_t n, bool blocked)
{
	bool wake;

	pthread_mutex_lock(&m->lock);
	wake = m->bytes > QUEUE_SOFT && !m->blocked;
	ASSERT(n <= m->bytes);
	m->bytes -= n;
	m->blocked = blocked;
	n += m->offset;
	while (m->count > 0 && n >= m->ring[m->first]->length) {
		n -= m->ring[m->first]->length;
		hub_message_free(m->ring[m->first]);
		m->first = (m->first + 1) % m->ring_size;
		m->count--;
		m->bytes -= MESSAGE_COST;
	}
	ASSERT(m->count > 0 ? n < m->ring[m->first]->length : n == 0 &&
	    m->bytes == 0);
	m->offset = n;
	wake = wake && (blocked || m->bytes <= QUEUE_SOFT);
	pthread_mutex_unlock(&m->lock);
	if (!wake)
		return;
	pthread_rwlock_rdlock(&m->hub->lock);
	hub_wake_senders(m->hub);
	pthread_rwlock_unlock(&m->hub->lock);
}

bool
hub_cut_off(struct hub_member *m)
{
	bool cut_off;

	pthread_mutex_lock(&m->lock);
	cut_off = m->cut_off;
	pthread_mutex_unlock(&m->lock);
	return cut_off;
}
