/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/port_owner.h"
#include "net/scope.h"
#include "wire/proc_net.h"

/* A host may have very many sockets, and processes. */
#define SEARCH_TIME	(1 * CLOCK_SECOND)

struct search {
	const struct addr *a;
	int		 type;
	int64_t		 until;
	bool		 elsewhere;	/* what listens, and is not there, is
					 * wanted */
	bool		 found;
	struct proc_socket socket;	/* but for its path */
	struct addr	 at;
};

/* --- the socket ---------------------------------------------------------- */

static struct addr
search_address(const struct proc_socket *s, bool ipv6)
{
	struct addr a = { .len = 0 };

	if (ipv6) {
		a.in6.sin6_family = AF_INET6;
		memcpy(&a.in6.sin6_addr, s->address, sizeof(s->address));
		a.len = sizeof(a.in6);
	} else {
		a.in.sin_family = AF_INET;
		memcpy(&a.in.sin_addr, s->address, sizeof(a.in.sin_addr));
		a.len = sizeof(a.in);
	}
	return a;
}

/* Whether both can't be bound to the same port: they are the same address, or
 * one means all, of IPv6 mostly those of IPv4 as well. */
static bool
search_excludes(const struct addr *a, const struct addr *other)
{
	if (a->sa.sa_family != other->sa.sa_family)
		return scope_is_unspecified(other->sa.sa_family == AF_INET6 ?
		    other : a);
	if (scope_is_unspecified(a) || scope_is_unspecified(other))
		return true;
	if (a->sa.sa_family == AF_INET)
		return a->in.sin_addr.s_addr == other->in.sin_addr.s_addr;
	return memcmp(&a->in6.sin6_addr, &other->in6.sin6_addr,
	    sizeof(a->in6.sin6_addr)) == 0;
}

/* One that listens says more than one that is connected. */
static void
search_keep(struct search *s, const struct proc_socket *p,
    const struct addr *at)
{
	if (s->found && (s->socket.listens || !p->listens))
		return;
	s->found = true;
	s->at = *at;
	addr_set_port(&s->at, p->port);
	s->socket = *p;
}

static void
search_take_inet(struct search *s, const char *line, bool ipv6)
{
	struct proc_socket p;
	struct addr other;

	if (!proc_net_inet(line, ipv6, &p) || p.port != addr_port(s->a) ||
	    p.inode == 0)
		return;
	other = search_address(&p, ipv6);
	if (s->elsewhere ? p.listens && !search_excludes(s->a, &other) :
	    search_excludes(s->a, &other))
		search_keep(s, &p, &other);
}

/* Of the abstract namespace; what a path means is another matter in each
 * directory. */
static void
search_take_unix(struct search *s, const char *line)
{
	struct proc_socket p;
	char name[ADDR_TEXT_MAX];

	addr_format_exact(s->a, name);
	if (*name != '@' || !proc_net_unix(line, &p) ||
	    strlen(name) != (size_t)p.path_length ||
	    memcmp(name, p.path, strlen(name)) != 0)
		return;
	p.user = UINT32_MAX;		/* it is not there */
	search_keep(s, &p, s->a);
}

static void
search_table(struct search *s, const char *name, int family)
{
	FILE *f = fopen(name, "re");
	char *line = NULL;
	size_t size = 0, n = 0;

	if (f == NULL)
		return;
	while (getline(&line, &size, f) != -1 &&
	    (++n % 256 != 0 || clock_now() < s->until)) {
		if (family == AF_UNIX)
			search_take_unix(s, line);
		else
			search_take_inet(s, line, family == AF_INET6);
	}
	free(line);
	fclose(f);
}

static void
search_tables(struct search *s)
{
	bool streams = s->type == SOCK_STREAM;

	if (s->a->sa.sa_family == AF_UNIX) {
		search_table(s, "/proc/net/unix", AF_UNIX);
	} else if (s->a->sa.sa_family == AF_INET ||
	    s->a->sa.sa_family == AF_INET6) {
		search_table(s, streams ? "/proc/net/tcp" : "/proc/net/udp",
		    AF_INET);
		search_table(s, streams ? "/proc/net/tcp6" : "/proc/net/udp6",
		    AF_INET6);
	}
}

/* --- the process --------------------------------------------------------- */

/* Whether that process, whose /proc/PID/fd is fds, has it. */
static bool
process_has(DIR *fds, const char *link)
{
	char text[64];
	struct dirent *e;
	ssize_t n;

	while ((e = readdir(fds)) != NULL) {
		n = readlinkat(dirfd(fds), e->d_name, text, sizeof(text) - 1);
		if (n <= 0)
			continue;
		text[n] = '\0';
		if (strcmp(text, link) == 0)
			return true;
	}
	return false;
}

static bool
process_say(const char *pid, char text[PORT_OWNER_MAX])
{
	char path[sizeof("/proc//comm") + NAME_MAX], name[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return false;
	n = read(fd, name, sizeof(name) - 1);
	close(fd);
	if (n <= 0)
		return false;
	name[n] = '\0';
	name[strcspn(name, "\n")] = '\0';
	snprintf(text, PORT_OWNER_MAX, "%.32s, process %.16s,", name, pid);
	return *name != '\0';
}

bool
port_owner_process(long pid, char text[PORT_OWNER_MAX])
{
	char number[24];

	snprintf(number, sizeof(number), "%ld", pid);
	return pid > 0 && process_say(number, text);
}

static bool
search_process(const struct search *s, const char *pid,
    char text[PORT_OWNER_MAX])
{
	char path[sizeof("/proc//fd") + NAME_MAX], link[64];
	bool has;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	fds = opendir(path);
	if (fds == NULL)
		return false;
	snprintf(link, sizeof(link), "socket:[%llu]",
	    (unsigned long long)s->socket.inode);
	has = process_has(fds, link);
	closedir(fds);
	return has && process_say(pid, text);
}

static bool
search_processes(const struct search *s, char text[PORT_OWNER_MAX])
{
	DIR *proc = opendir("/proc");
	struct dirent *e;
	bool found = false;

	if (proc == NULL)
		return false;
	while (!found && (e = readdir(proc)) != NULL &&
	    clock_now() < s->until) {
		if (e->d_name[0] >= '1' && e->d_name[0] <= '9')
			found = search_process(s, e->d_name, text);
	}
	closedir(proc);
	return found;
}

bool
port_owner_find(const struct addr *a, int type, bool *listens,
    char text[PORT_OWNER_MAX])
{
	struct search s = {
		.a = a,
		.type = type,
		.until = clock_after(clock_now(), SEARCH_TIME),
	};

	search_tables(&s);
	*listens = s.found && s.socket.listens;
	if (!s.found)
		return false;
	if (search_processes(&s, text))
		return true;
	if (s.socket.user == UINT32_MAX)
		return false;
	snprintf(text, PORT_OWNER_MAX, "a process of user %lu",
	    (unsigned long)s.socket.user);
	return true;
}

bool
port_owner_elsewhere(const struct addr *a, struct addr *found,
    char text[PORT_OWNER_MAX])
{
	struct search s = {
		.a = a,
		.type = SOCK_STREAM,
		.until = clock_after(clock_now(), SEARCH_TIME),
		.elsewhere = true,
	};

	search_tables(&s);
	if (!s.found)
		return false;
	*found = s.at;
	if (!search_processes(&s, text))
		strlcpy(text, "a process", PORT_OWNER_MAX);
	return true;
}
