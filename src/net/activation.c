/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/number.h"
#include "net/activation.h"

#define FIRST_FD	3	/* SD_LISTEN_FDS_START */

/* The name of the i-th socket in LISTEN_FDNAMES, "" if it has none. */
static void
activation_name(size_t i, char *name, size_t size)
{
	const char *names = getenv("LISTEN_FDNAMES");
	size_t n;

	if (names == NULL)
		names = "";
	for (; i > 0; i--) {
		names += strcspn(names, ":");
		names += *names == ':';
	}
	n = strcspn(names, ":");
	n = n < size - 1 ? n : size - 1;
	memcpy(name, names, n);
	name[n] = '\0';
}

static enum result
activation_take_one(int fd, int type, struct listener *l, struct error *err)
{
	int found = 0, listens = 0, flags = fcntl(fd, F_GETFL);
	socklen_t len = sizeof(int);
	char where[ADDR_TEXT_MAX], name[64];

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &found, &len) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno,
		    "--socket-activation: descriptor %d", fd);
	len = sizeof(int);
	if (found == SOCK_STREAM)
		getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len);
	if (found != type)
		return error_set(err, RESULT_LOCAL, "--socket-activation: "
		    "descriptor %d is a %s", fd, found == SOCK_STREAM ?
		    "stream socket" : found == SOCK_DGRAM ?
		    "datagram socket (-u takes those)" :
		    "socket of a type that is not served");
	if (type == SOCK_STREAM && !listens)
		return error_set(err, RESULT_LOCAL, "--socket-activation: "
		    "descriptor %d does not listen (Accept=no is needed)", fd);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	addr_local(fd, &l->addr[l->count]);
	if (type == SOCK_DGRAM)
		listen_want_destination(fd, &l->addr[l->count]);
	activation_name(l->count, name, sizeof(name));
	log_line(LOG_STEP, "listening on %s (descriptor %d%s%s)",
	    addr_format_words(&l->addr[l->count], where), fd,
	    *name == '\0' ? "" : ", ", name);
	l->fd[l->count++] = fd;
	return RESULT_OK;
}

enum result
activation_take(int type, struct listener *l, struct error *err)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	enum result result = RESULT_OK;
	int64_t value, count;

	memset(l, 0, sizeof(*l));
	l->type = type;
	l->borrowed = true;
	if (pid == NULL || fds == NULL)
		return error_set(err, RESULT_LOCAL, "--socket-activation: no "
		    "service manager has passed a socket (LISTEN_PID and "
		    "LISTEN_FDS are not set)");
	if (!number_parse(pid, 1, INT32_MAX, &value) || value != getpid())
		return error_set(err, RESULT_LOCAL, "--socket-activation: the "
		    "sockets are for process %s (LISTEN_PID), not for us", pid);
	if (!number_parse(fds, 1, LISTEN_MAX, &count))
		return error_set(err, RESULT_LOCAL, "--socket-activation: "
		    "LISTEN_FDS is %s, not a number from 1 to %d", fds,
		    LISTEN_MAX);
	for (int i = 0; i < (int)count && result == RESULT_OK; i++)
		result = activation_take_one(FIRST_FD + i, type, l, err);
	if (result != RESULT_OK)
		listen_close(l);
	return result;
}
