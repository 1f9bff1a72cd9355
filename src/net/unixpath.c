/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "net/addr.h"
#include "net/unixpath.h"

/* Whether a process has the socket at `a` bound, whatever its type. */
static bool
unixpath_served(const struct addr *a, int type)
{
	bool served;
	int fd;

	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd == -1)
		return true;
	/* A socket of another type answers EPROTOTYPE: it is somebody's. */
	served = connect(fd, &a->sa, a->len) == 0 || errno != ECONNREFUSED;
	close(fd);
	return served;
}

/* Remove what stands at path if it is a socket that nobody serves. */
static enum result
unixpath_clear(const struct addr *a, int type, const char *path,
    struct error *err)
{
	struct stat before, after;

	if (lstat(path, &before) == -1)
		return errno == ENOENT ? RESULT_OK :
		    error_set_errno(err, RESULT_LOCAL, errno, "bind %s", path);
	if (!S_ISSOCK(before.st_mode))
		return error_set(err, RESULT_LOCAL, "bind %s: the file exists "
		    "and is no socket (it is left alone; choose another path)",
		    path);
	if (unixpath_served(a, type))
		return error_set(err, RESULT_LOCAL, "bind %s: Address already "
		    "in use (another process listens there)", path);
	if (lstat(path, &after) == -1 || after.st_dev != before.st_dev ||
	    after.st_ino != before.st_ino)
		return error_set(err, RESULT_LOCAL, "bind %s: Address already "
		    "in use (another process has just taken it)", path);
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
	if (errno != EADDRINUSE || path[0] == '@')
		return error_set_errno(err, RESULT_LOCAL, errno, "bind %s",
		    path);
	result = unixpath_clear(&a, type, path, err);
	if (result != RESULT_OK)
		return result;
	if (bind(fd, &a.sa, a.len) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "bind %s",
		    path);
	unixpath_claim(path, claim);
	return RESULT_OK;
}

void
unixpath_release(struct unix_claim *claim)
{
	const char *name;
	struct stat st;
	int dir = claim->dir_fd;

	if (claim->path == NULL)
		return;
	name = unixpath_name(claim->path);
	if (dir == -1) {
		dir = AT_FDCWD;
		name = claim->path;
	}
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    st.st_dev == claim->dev && st.st_ino == claim->ino)
		unlinkat(dir, name, 0);
	if (claim->dir_fd != -1)
		close(claim->dir_fd);
	free(claim->path);
	claim->path = NULL;
}
