/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "net/addr.h"
#include "net/port_owner.h"
#include "net/unixpath.h"

/* Whether a process has the socket at `a` bound, whatever its type; *pid is who
 * listens, or 0. */
static bool
unixpath_served(const struct addr *a, int type, pid_t *pid)
{
	struct ucred who = { .pid = 0 };
	socklen_t len = sizeof(who);
	bool served;
	int fd;

	*pid = 0;

	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return true;
	/* A socket of another type answers EPROTOTYPE: it is somebody's. */
	served = connect(fd, &a->sa, a->len) == 0 || errno != ECONNREFUSED;
	if (served && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0)
		*pid = who.pid;
	close(fd);
	return served;
}

/* By the process pid, if that is known. */
static enum result
unixpath_taken(const struct addr *a, int type, const char *path, pid_t pid,
    struct error *err)
{
	char owner[PORT_OWNER_MAX];
	bool served = pid > 0 && type != SOCK_DGRAM, listens = false;
	bool known = port_owner_process(pid, owner) ||
	    port_owner_find(a, type, &listens, owner);

	return error_at(err, RESULT_LOCAL, STEP_BIND, path, "%s (%s %s)",
	    strerror(EADDRINUSE), known ? owner : "another process",
	    served || listens ? "listens there" : "has it");
}

/* Remove what stands at path if it is a socket that nobody serves. */
static enum result
unixpath_clear(const struct addr *a, int type, const char *path,
    struct error *err)
{
	struct stat before, after;
	pid_t pid;

	if (lstat(path, &before) == -1)
		return errno == ENOENT ? RESULT_OK :
		    error_at(err, RESULT_LOCAL, STEP_BIND, path, "%s",
		    strerror(errno));
	if (!S_ISSOCK(before.st_mode))
		return error_at(err, RESULT_LOCAL, STEP_BIND, path, "the file "
		    "exists and is no socket (it is left alone; choose another "
		    "path)");
	if (unixpath_served(a, type, &pid))
		return unixpath_taken(a, type, path, pid, err);
	if (lstat(path, &after) == -1 || after.st_dev != before.st_dev ||
	    after.st_ino != before.st_ino)
		return error_at(err, RESULT_LOCAL, STEP_BIND, path, "%s "
		    "(another process has just taken it)",
		    strerror(EADDRINUSE));
	log_line(LOG_STEP, "removing %s, which nobody serves", path);
	if (unlink(path) == -1 && errno != ENOENT)
		return error_set_errno(err, RESULT_LOCAL, errno, "remove %s",
		    path);
	return RESULT_OK;
}

/* The last part of a path. */
static const char *
unixpath_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* -1: it could not be opened; then the whole path is used. */
static int
unixpath_open_directory(const char *path)
{
	size_t n = (size_t)(unixpath_name(path) - path);
	char *dir = xstrdup(n > 0 ? path : ".");
	int fd;

	if (n > 0)
		dir[n] = '\0';
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	return fd;
}

static void
unixpath_claim(const char *path, struct unix_claim *claim)
{
	struct stat st;

	if (path[0] == '@' || lstat(path, &st) == -1)
		return;
	claim->path = xstrdup(path);
	claim->dir_fd = unixpath_open_directory(path);
	claim->dev = st.st_dev;
	claim->ino = st.st_ino;
}

enum result
unixpath_bind(int fd, int type, const char *path, struct unix_claim *claim,
    struct error *err)
{
	enum result result;
	struct addr a;

	if (!addr_from_path(&a, path))
		return error_set(err, RESULT_USAGE, "path %s: a UNIX-domain "
		    "path has 1 to %zu bytes", path,
		    sizeof(a.un.sun_path) - 1);
	if (bind(fd, &a.sa, a.len) == 0) {
		unixpath_claim(path, claim);
		return RESULT_OK;
	}
	if (errno == EADDRINUSE && path[0] == '@')
		return unixpath_taken(&a, type, path, 0, err);
	if (errno != EADDRINUSE)
		return error_at(err, RESULT_LOCAL, STEP_BIND, path, "%s",
		    strerror(errno));
	result = unixpath_clear(&a, type, path, err);
	if (result != RESULT_OK)
		return result;
	if (bind(fd, &a.sa, a.len) == -1)
		return error_at(err, RESULT_LOCAL, STEP_BIND, path, "%s",
		    strerror(errno));
	unixpath_claim(path, claim);
	return RESULT_OK;
}

static void
unixpath_remove(const struct unix_claim *claim)
{
	const char *name = unixpath_name(claim->path);
	struct stat st;
	int dir = claim->dir_fd;

	if (dir == -1) {
		dir = AT_FDCWD;
		name = claim->path;
	}
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == claim->dev && st.st_ino == claim->ino)
		unlinkat(dir, name, 0);
}

/* --- the keeper ---------------------------------------------------------- */

/* Wait for the end of the other process, however it ends.  Nobody's input or
 * output may seem to be open because of this one. */
static void
unixpath_keep(struct unix_claim *claim, int wait_fd)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT,
	    SIGPIPE };
	char byte;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	/* The lowest numbers, so that all others can be closed. */
	if (dup2(wait_fd, 0) == -1)
		_exit(1);
	if (claim->dir_fd != -1)
		claim->dir_fd = dup2(claim->dir_fd, 1);
	closefrom(claim->dir_fd == -1 ? 1 : 2);
	while (read(0, &byte, 1) == -1 && errno == EINTR)
		;
	unixpath_remove(claim);
	_exit(0);
}

enum result
unixpath_delegate(struct unix_claim *claim, struct error *err)
{
	int fd[2];

	if (claim->path == NULL)
		return RESULT_OK;
	if (pipe2(fd, O_CLOEXEC) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "pipe");
	claim->keeper = fork();
	if (claim->keeper == 0)
		unixpath_keep(claim, fd[0]);
	close(fd[0]);
	if (claim->keeper == -1) {
		claim->keeper = 0;
		close(fd[1]);
		return error_set_errno(err, RESULT_LOCAL, errno, "fork");
	}
	claim->keeper_fd = fd[1];
	if (claim->dir_fd != -1)
		close(claim->dir_fd);
	claim->dir_fd = -1;
	return RESULT_OK;
}

static void
unixpath_end_keeper(struct unix_claim *claim)
{
	close(claim->keeper_fd);
	while (waitpid(claim->keeper, NULL, 0) == -1 && errno == EINTR)
		;
	claim->keeper = 0;
}

void
unixpath_release(struct unix_claim *claim)
{
	if (claim->path == NULL)
		return;
	if (claim->keeper != 0)
		unixpath_end_keeper(claim);
	else
		unixpath_remove(claim);
	if (claim->dir_fd != -1)
		close(claim->dir_fd);
	free(claim->path);
	claim->path = NULL;
}
