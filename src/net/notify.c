/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "net/notify.h"

/* All of text; the caller reads errno when it returns -1. */
static int
notify_write(int fd, const char *text, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, text, n);

		if (w == -1 && errno == EINTR)
			continue;
		if (w == -1)
			return -1;
		text += w;
		n -= (size_t)w;
	}
	return 0;
}

enum result
notify_ready_fd(int fd, const struct listener *l, struct error *err)
{
	char host[ADDR_TEXT_MAX], text[LISTEN_MAX * 80 + ADDR_TEXT_MAX];
	size_t n = 0;
	int status, saved;

	for (size_t i = 0; i < l->count; i++) {
		const struct addr *a = &l->addr[i];

		addr_format_host(a, host);
		if (a->sa.sa_family == AF_UNIX)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s\n", host);
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s %u\n", host, addr_port(a));
	}
	status = notify_write(fd, text, n);
	saved = errno;
	close(fd);
	if (status == -1 && saved != EPIPE)
		return error_set_errno(err, RESULT_LOCAL, saved,
		    "write to --ready-fd %d", fd);
	return RESULT_OK;
}

enum result
notify_port_file(const char *file, const struct listener *l, struct error *err)
{
	size_t size = strlen(file) + sizeof(".XXXXXX");
	char *temporary = xmalloc(size);
	enum result result = RESULT_OK;
	mode_t mask = umask(0);
	char text[16];
	int fd, n;

	umask(mask);
	snprintf(temporary, size, "%s.XXXXXX", file);
	n = snprintf(text, sizeof(text), "%u\n", addr_port(&l->addr[0]));
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd == -1) {
		result = error_set_errno(err, RESULT_LOCAL, errno,
		    "--port-file %s", file);
		goto out;
	}
	/* Not a secret: as readable as the umask has it. */
	if (notify_write(fd, text, (size_t)n) == -1 ||
	    fchmod(fd, 0666 & ~mask) == -1 ||
	    rename(temporary, file) == -1) {
		result = error_set_errno(err, RESULT_LOCAL, errno,
		    "--port-file %s", file);
		unlink(temporary);
	}
	close(fd);
out:
	free(temporary);
	return result;
}

/* Connected to the service manager; -1: there is none. */
static int manager_fd = -1;

void
notify_open(void)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct addr a;

	if (path == NULL)
		return;
	if ((path[0] != '/' && path[0] != '@') || !addr_from_path(&a, path)) {
		log_line(LOG_STEP, "NOTIFY_SOCKET %s: no path", path);
		return;
	}
	manager_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (manager_fd != -1 && connect(manager_fd, &a.sa, a.len) == 0)
		return;
	log_line(LOG_STEP, "NOTIFY_SOCKET %s: %s", path, strerror(errno));
	notify_close();
}

void
notify_service_manager(const char *state)
{
	if (manager_fd != -1 && send(manager_fd, state, strlen(state),
	    MSG_NOSIGNAL) == -1)
		log_line(LOG_STEP, "NOTIFY_SOCKET: %s", strerror(errno));
}

void
notify_close(void)
{
	if (manager_fd != -1)
		close(manager_fd);
	manager_fd = -1;
}
