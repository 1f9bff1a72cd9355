/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/signals.h"
#include "net/notify.h"

enum result
notify_ready_fd(int fd, const struct listener *l, struct error *err)
{
	char host[ADDR_TEXT_MAX], text[LISTEN_MAX * 80 + ADDR_TEXT_MAX];
	size_t n = 0;
	int status, saved;

	for (size_t i = 0; i < l->count; i++) {
		const struct addr *a = &l->addr[i];

		addr_format_exact(a, host);
		if (a->sa.sa_family == AF_UNIX && strchr(host, '\n') != NULL)
			host[0] = '\0';	/* it is no line */
		if (a->sa.sa_family == AF_UNIX)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s\n", host);
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n,
			    "%s %u\n", host, addr_port(a));
	}
	status = file_write_all(fd, text, n);
	saved = errno;
	close(fd);
	if (status == -1 && saved == EINTR)
		return error_interrupted(err);
	if (status == -1 && saved != EPIPE)
		return error_set_errno(err, RESULT_LOCAL, saved,
		    "write to --ready-fd %d", fd);
	return RESULT_OK;
}

enum result
notify_port_file(const char *file, const struct listener *l, struct error *err)
{
	char text[16];
	int n = snprintf(text, sizeof(text), "%u\n", addr_port(&l->addr[0]));

	return file_replace(file, "--port-file", text, (size_t)n, err);
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
	/* Who leaves does not wait for it. */
	if (manager_fd != -1 && send(manager_fd, state, strlen(state),
	    MSG_NOSIGNAL | (signals_received() != 0 ? MSG_DONTWAIT : 0)) == -1)
		log_line(LOG_STEP, "NOTIFY_SOCKET: %s", strerror(errno));
}

void
notify_close(void)
{
	if (manager_fd != -1)
		close(manager_fd);
	manager_fd = -1;
}
