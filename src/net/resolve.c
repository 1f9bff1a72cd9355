/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/blocking.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/number.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/wakeup.h"
#include "base/xalloc.h"
#include "net/resolve.h"

/* For looking up a name once more, to say what is wrong with it. */
#define OTHER_FAMILY_TIME	(1 * CLOCK_SECOND)

/* A look-up in flight, owned by both threads: the last one out frees it.  What
 * it came to is written and read under the lock. */
struct lookup {
	pthread_mutex_t	 lock;
	int		 owners;
	int		 done_fd;
	pthread_t	 thread;
	bool		 started;	/* thread is to be joined or detached,
					 * by the one who asked */
	char		*host;
	uint16_t	 port;
	struct addrinfo	 hints;
	struct addrinfo	*result;
	int		 status;	/* of getaddrinfo(3) */
	int		 saved_errno;
};

static void
lookup_release(struct lookup *l)
{
	int left;

	pthread_mutex_lock(&l->lock);
	left = --l->owners;
	pthread_mutex_unlock(&l->lock);
	if (left > 0)
		return;
	if (l->result != NULL)
		freeaddrinfo(l->result);
	pthread_mutex_destroy(&l->lock);
	wakeup_close(l->done_fd);
	free(l->host);
	free(l);
}

static void *
lookup_run(void *arg)
{
	struct lookup *l = arg;
	struct addrinfo *found = NULL;
	int status = getaddrinfo(l->host, NULL, &l->hints, &found);
	int saved_errno = errno;

	pthread_mutex_lock(&l->lock);
	l->status = status;
	l->saved_errno = saved_errno;
	l->result = status == 0 ? found : NULL;
	pthread_mutex_unlock(&l->lock);
	wakeup_set(l->done_fd);
	lookup_release(l);
	return NULL;
}

/* What may have been meant. */
static const char *
lookup_hint(const char *host, int family, int status)
{
	if (if_nametoindex(host) != 0)
		return " (there is an interface of that name; --interface)";
	/* The family that was asked for is not that of any of its addresses;
	 * what getaddrinfo(3) says is about families it has never heard of. */
	if (family == AF_INET && status == EAI_ADDRFAMILY)
		return " (it has no IPv4 address)";
	if (family == AF_INET6 && status == EAI_ADDRFAMILY)
		return " (it has no IPv6 address)";
	return "";
}

static enum result
lookup_failed(const char *host, int family, int status, int saved_errno,
    struct error *err)
{
	if (status == EAI_SYSTEM)
		return error_at(err, RESULT_NAME, STEP_RESOLVE, host, "%s",
		    strerror(saved_errno));
	if (status == EAI_MEMORY)
		return error_at(err, RESULT_LOCAL, STEP_RESOLVE, host, "%s",
		    gai_strerror(status));
	return error_at(err, RESULT_NAME, STEP_RESOLVE, host, "%s%s",
	    gai_strerror(status), lookup_hint(host, family, status));
}

/* Start l's thread, with every signal left to the others. */
static int
lookup_start(struct lookup *l)
{
	int status = signals_thread(&l->thread, NULL, lookup_run, l);

	l->started = status == 0;
	return status;
}

static enum result
lookup_wait(const struct lookup *l, bool impatient, int64_t deadline,
    struct error *err)
{
	enum wait_result how = wait_fd(l->done_fd, POLLIN, deadline,
	    impatient ? WAIT_HELD_SIGNALS : 0);

	if (how == WAIT_TIMEOUT)
		return error_at(err, RESULT_TIMEOUT, STEP_RESOLVE, l->host,
		    "no answer in time");
	return wait_error(how, err);
}

static void
resolve_append(struct addr_list *list, const struct addrinfo *ai, uint16_t port)
{
	for (; ai != NULL; ai = ai->ai_next) {
		struct addr a = { .len = ai->ai_addrlen };
		bool known = false;

		if (ai->ai_addrlen > sizeof(a.ss))
			continue;
		memcpy(&a.ss, ai->ai_addr, ai->ai_addrlen);
		addr_set_port(&a, port);
		for (size_t i = 0; i < list->count && !known; i++)
			known = addr_equal(&list->addr[i], &a);
		if (!known)
			addr_list_add(list, &a);
	}
}

/* Start a look-up; NULL: it can't be. */
static struct lookup *
lookup_new(const struct resolve_query *query, struct error *err)
{
	struct lookup *l = xcalloc(1, sizeof(*l));
	int status;

	l->host = xstrdup(query->host);
	l->port = query->port;
	l->hints.ai_family = query->family;
	l->hints.ai_socktype = SOCK_STREAM;	/* one entry an address */
	l->owners = 2;
	pthread_mutex_init(&l->lock, NULL);
	l->done_fd = wakeup_open(WAKEUP_ONCE);
	status = l->done_fd == -1 ? errno : lookup_start(l);
	if (status != 0 && l->done_fd != -1) {
		log_line(LOG_STEP, "resolve %s: no thread for it (%s), so "
		    "there is no limit of time", query->host,
		    strerror(status));
		lookup_run(l);
		status = 0;
	}
	if (status == 0)
		return l;
	l->owners = 1;
	lookup_release(l);
	error_at(err, RESULT_LOCAL, STEP_RESOLVE, query->host, "%s",
	    strerror(status));
	return NULL;
}

/* What it came to, once that is known.  The thread is about to end, and gives
 * back what the library has kept for it. */
static enum result
lookup_take(struct lookup *l, struct addr_list *list, struct error *err)
{
	enum result result = RESULT_OK;

	if (l->started)
		pthread_join(l->thread, NULL);
	l->started = false;
	pthread_mutex_lock(&l->lock);
	if (l->status != 0)
		result = lookup_failed(l->host, l->hints.ai_family,
		    l->status, l->saved_errno, err);
	else
		resolve_append(list, l->result, l->port);
	pthread_mutex_unlock(&l->lock);
	return result;
}

/* Whoever asked does not need it any more. */
static void
lookup_end(struct lookup *l)
{
	if (l->started)
		pthread_detach(l->thread);
	lookup_release(l);
}

/* getaddrinfo(3) with an end. */
static enum result
lookup(const struct resolve_query *query, int64_t deadline,
    struct addr_list *list, struct error *err)
{
	struct lookup *l = lookup_new(query, err);
	enum result result;

	if (l == NULL)
		return RESULT_LOCAL;
	result = lookup_wait(l, query->impatient, deadline, err);
	if (result == RESULT_OK)
		result = lookup_take(l, list, err);
	lookup_end(l);
	return result;
}

struct lookup *
resolve_begin(const struct resolve_query *query, struct error *err)
{
	return lookup_new(query, err);
}

int
resolve_fd(const struct lookup *l)
{
	return l->done_fd;
}

enum result
resolve_end(struct lookup *l, struct addr_list *list, struct error *err)
{
	enum result result = RESULT_OK;

	if (list != NULL)
		result = lookup_take(l, list, err);
	lookup_end(l);
	return result;
}

static void
resolve_wildcard(struct addr_list *list, const struct resolve_query *query)
{
	struct addr a6 = { .in6 = { .sin6_family = AF_INET6 },
	    .len = sizeof(a6.in6) };
	struct addr a4 = { .in = { .sin_family = AF_INET },
	    .len = sizeof(a4.in) };

	addr_set_port(&a6, query->port);
	addr_set_port(&a4, query->port);
	if (query->family != AF_INET)
		addr_list_add(list, &a6);
	if (query->family != AF_INET6)
		addr_list_add(list, &a4);
}

/* vsock(7) has numbers for machines, and three names. */
static enum result
resolve_vsock(const struct resolve_query *query, struct addr_list *list,
    struct error *err)
{
	static const struct {
		const char	*name;
		unsigned	 cid;
	} names[] = {
		{ "any", VMADDR_CID_ANY },
		{ "local", 1 },		/* VMADDR_CID_LOCAL */
		{ "host", VMADDR_CID_HOST },
	};
	struct addr a = { .vm = { .svm_family = AF_VSOCK,
	    .svm_cid = VMADDR_CID_ANY, .svm_port = query->port },
	    .len = sizeof(a.vm) };
	int64_t cid;

	if (query->host != NULL &&
	    number_parse(query->host, 0, UINT32_MAX, &cid)) {
		a.vm.svm_cid = (unsigned)cid;
		addr_list_add(list, &a);
		return RESULT_OK;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (query->host != NULL &&
		    strcmp(query->host, names[i].name) != 0)
			continue;
		a.vm.svm_cid = names[i].cid;
		addr_list_add(list, &a);
		return RESULT_OK;
	}
	return error_set(err, RESULT_NAME, "--vsock: '%s' is not the number of "
	    "a machine, any, local or host", query->host);
}

/* The number of an interface, which has to be there; 0: it is not. */
static unsigned
resolve_interface(const char *zone)
{
	unsigned index = if_nametoindex(zone);
	char name[IF_NAMESIZE];
	int64_t number;

	if (index != 0)
		return index;
	return number_parse(zone, 1, INT32_MAX, &number) &&
	    if_indextoname((unsigned)number, name) != NULL ?
	    (unsigned)number : 0;
}

/*
 * fe80::1%eth0, RFC 4007, section 11.  getaddrinfo(3) takes a number behind any
 * address, most of which the kernel then ignores, and names behind few.
 */
static enum result
resolve_zone(const struct resolve_query *query, const char *zone,
    struct addr_list *list, struct error *err)
{
	struct addr a = { .in6 = { .sin6_family = AF_INET6 },
	    .len = sizeof(a.in6) };
	const char *host = query->host;
	size_t n = (size_t)(zone - host);
	char address[INET6_ADDRSTRLEN] = "";

	zone++;
	if (n < sizeof(address))
		memcpy(address, host, n);
	if (query->family == AF_INET ||
	    inet_pton(AF_INET6, address, &a.in6.sin6_addr) != 1)
		return error_at(err, RESULT_NAME, STEP_RESOLVE, host, "an "
		    "interface goes with an IPv6 address alone: fe80::1%%eth0");
	a.in6.sin6_scope_id = resolve_interface(zone);
	if (a.in6.sin6_scope_id == 0)
		return error_at(err, RESULT_NAME, STEP_RESOLVE, host, "there "
		    "is no interface '%s'%s", zone, strncmp(zone, "25", 2) ==
		    0 ? " (the %25 of a URL is a plain % here: fe80::1%eth0)" :
		    "");
	if (!IN6_IS_ADDR_LINKLOCAL(&a.in6.sin6_addr) &&
	    !IN6_IS_ADDR_MULTICAST(&a.in6.sin6_addr))
		return error_at(err, RESULT_NAME, STEP_RESOLVE, host, "%s "
		    "means the same on every interface: leave out %%%s",
		    address, zone);
	addr_set_port(&a, query->port);
	addr_list_add(list, &a);
	return RESULT_OK;
}

/* A name has no address of the family that was asked for: has it any?  What
 * the system says is often that there is no such name. */
static enum result
lookup_other_family(const struct resolve_query *query, int64_t deadline,
    struct error *err)
{
	struct resolve_query any = *query;
	struct addr_list list = { NULL, 0 };
	struct error e;
	bool ipv4 = query->family == AF_INET;

	if (query->family != AF_INET && query->family != AF_INET6)
		return err->result;
	any.family = AF_UNSPEC;
	if (lookup(&any, deadline, &list, &e) == RESULT_OK)
		error_at(err, RESULT_NAME, STEP_RESOLVE, query->host, "it has "
		    "no IPv%d address, but others (-%d leaves them out)", ipv4 ?
		    4 : 6, ipv4 ? 4 : 6);
	addr_list_free(&list);
	return err->result;
}

/* As lookup(). */
static enum result
resolve_name(const struct resolve_query *query, int64_t deadline,
    struct addr_list *list, struct error *err)
{
	enum result result;

	blocking_begins();
	result = lookup(query, deadline, list, err);
	/* Where nobody answers, that is known already. */
	return result == RESULT_NAME && err != NULL ?
	    lookup_other_family(query, clock_earlier(deadline,
	    clock_after(clock_now(), OTHER_FAMILY_TIME)), err) : result;
}

enum result
resolve(const struct resolve_query *query, int64_t deadline,
    struct addr_list *list, struct error *err)
{
	struct addrinfo hints = {
		.ai_family = query->family,
		.ai_socktype = SOCK_STREAM,	/* one entry an address */
		.ai_flags = AI_NUMERICHOST,
	};
	struct addrinfo *ai = NULL;
	const char *zone;
	int status;

	if (query->family == AF_VSOCK)
		return resolve_vsock(query, list, err);
	if (query->host == NULL) {
		resolve_wildcard(list, query);
		return RESULT_OK;
	}
	zone = strchr(query->host, '%');
	if (zone != NULL)
		return resolve_zone(query, zone, list, err);
	/* An address needs no thread, and no DNS. */
	status = getaddrinfo(query->host, NULL, &hints, &ai);
	if (status == EAI_NONAME && !query->numeric) {
		return resolve_name(query, deadline, list, err);
	} else if (status == EAI_NONAME) {
		return error_at(err, RESULT_NAME, STEP_RESOLVE, query->host,
		    "not a numeric address, and -n forbids looking it up");
	} else if (status != 0) {
		return lookup_failed(query->host, query->family, status, errno,
		    err);
	}
	resolve_append(list, ai, query->port);
	freeaddrinfo(ai);
	return RESULT_OK;
}

void
resolve_interleave(struct addr_list *list)
{
	struct addr_list out = { NULL, 0 };
	size_t next[2] = { 0, 0 };
	sa_family_t first;

	if (list->count < 3)
		return;
	first = list->addr[0].sa.sa_family;
	while (out.count < list->count) {
		int turn = (int)(out.count & 1);

		for (int tried = 0; tried < 2; tried++, turn ^= 1) {
			size_t *i = &next[turn];

			while (*i < list->count &&
			    (list->addr[*i].sa.sa_family == first) != !turn)
				(*i)++;
			if (*i < list->count) {
				addr_list_add(&out, &list->addr[(*i)++]);
				break;
			}
		}
	}
	addr_list_free(list);
	*list = out;
}

bool
resolve_service(const char *name, uint16_t *port, void *arg)
{
	struct servent entry, *found = NULL;
	char buf[2048];

	if (getservbyname_r(name, arg, &entry, buf, sizeof(buf), &found) != 0 ||
	    found == NULL)
		return false;
	*port = ntohs((uint16_t)entry.s_port);
	return true;
}
