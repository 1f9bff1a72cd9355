/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <sys/stat.h>

#include "base/log.h"
#include "net/life.h"
#include "net/listen_say.h"
#include "net/scope.h"

/* For whom a socket is that is bound to a; unix(7), ip(7). */
static const char *
say_whom_inet(const struct addr *a)
{
	if (scope_is_unspecified(a))
		return a->sa.sa_family == AF_INET ?
		    "for whoever reaches any IPv4 address of this host" :
		    "for whoever reaches any IPv6 address of this host";
	if (addr_is_multicast(a))
		return "for whoever sends to this group";
	switch (scope_of(a)) {
	case SCOPE_HOST:
		return "for this host alone";
	case SCOPE_LINK:
		return "for the hosts of this link";
	case SCOPE_FAR:
		break;
	}
	return "for whoever reaches this address";
}

static void
say_bound_path(const struct addr *a)
{
	char where[ADDR_TEXT_MAX];
	struct stat st;

	addr_format_words(a, where);
	if (a->un.sun_path[0] == '\0')
		log_line(LOG_STEP, "bound to %s: for every process of this "
		    "network namespace", where);
	else if (stat(a->un.sun_path, &st) == 0)
		log_line(LOG_STEP, "bound to %s, mode %04o: for processes of "
		    "this host that may write to it", where,
		    (unsigned)st.st_mode & 07777);
	else
		log_line(LOG_STEP, "bound to %s", where);
}

static void
say_bound(const struct listen_options *o, const struct addr *a)
{
	const char *interface = o->socket->interface;
	char where[ADDR_TEXT_MAX];

	if (a->sa.sa_family == AF_UNIX) {
		say_bound_path(a);
		return;
	}
	addr_format_words(a, where);
	if (a->sa.sa_family == AF_INET || a->sa.sa_family == AF_INET6)
		log_line(LOG_STEP, "bound to %s: %s%s%s", where,
		    say_whom_inet(a), interface != NULL ? ", by way of " : "",
		    interface != NULL ? interface : "");
	else
		log_line(LOG_STEP, "bound to %s", where);
}

static void
say_listening(const struct listener *l, size_t i, int backlog)
{
	char where[ADDR_TEXT_MAX];
	int granted = listen_queue_granted(l->fd[i], backlog);

	addr_format_words(&l->addr[i], where);
	if (granted == backlog)
		log_line(LOG_STEP, "listening on %s (backlog %d)", where,
		    granted);
	else
		log_line(LOG_STEP, "listening on %s (backlog %d: the kernel "
		    "clamped %d, see " LISTEN_QUEUE_MOST_FILE ")", where,
		    granted, backlog);
}

void
listen_say_open(const struct listen_options *o, const struct listener *l,
    size_t i, int backlog)
{
	life_tell(&(struct life_event){ .kind = l->type == SOCK_DGRAM ?
	    LIFE_BOUND : LIFE_LISTENING, .type = l->type,
	    .local = &l->addr[i] });
	if (!log_enabled(LOG_STEP))
		return;
	say_bound(o, &l->addr[i]);
	if (l->type != SOCK_DGRAM)
		say_listening(l, i, backlog);
}

void
listen_say_accepted(const struct listener *l, size_t i,
    const struct connection *c)
{
	const struct listen_queue *q = &l->queue[i];
	unsigned waiting = q->depth > 0 ? q->depth - 1 : 0;
	char remote[ADDR_TEXT_MAX], local[ADDR_TEXT_MAX], queue[64] = "";

	life_tell(&(struct life_event){ .kind = LIFE_ACCEPTED, .type = l->type,
	    .local = &c->local, .remote = &c->remote });
	if (!log_enabled(LOG_STEP))
		return;
	if (q->known && (waiting > 0 || log_enabled(LOG_DETAIL)))
		snprintf(queue, sizeof(queue), " (%u more wait in the queue)",
		    waiting);
	log_line(LOG_STEP, "accepted %s on %s%s",
	    addr_format(&c->remote, remote), addr_format(&c->local, local),
	    queue);
}
