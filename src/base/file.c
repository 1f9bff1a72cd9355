/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/xalloc.h"

int
file_write_all(int fd, const void *bytes, size_t n)
{
	const char *data = bytes;

	while (n > 0) {
		ssize_t w = write(fd, data, n);

		if (w == -1 && errno == EINTR && signals_received() == 0)
			continue;
		if (w == -1)
			return -1;
		data += w;
		n -= (size_t)w;
	}
	return 0;
}

char *
file_load(const char *file, size_t most, size_t *n)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC), errnum = 0;
	size_t size = 4096;
	char *data = fd == -1 ? NULL : xmalloc(size);
	ssize_t r = 1;

	*n = 0;
	while (fd != -1 && r != 0 && errnum == 0) {
		r = read(fd, data + *n, size - *n);
		if (r == -1 && errno != EINTR)
			errnum = errno;
		*n += r > 0 ? (size_t)r : 0;
		if (*n > most)
			errnum = EFBIG;
		else if (*n == size)
			data = xreallocarray(data, size *= 2, 1);
	}
	if (fd != -1)
		close(fd);
	if (errnum == 0)
		return data;
	free(data);
	errno = errnum;
	return NULL;
}

static enum result
file_failed(const char *file, const char *option, struct error *err)
{
	return error_set_errno(err, RESULT_LOCAL, errno, "%s %s", option,
	    file);
}

/* A symbolic link in a directory that others write to may be a trap. */
static enum result
file_check_link(const char *file, const char *option, struct error *err)
{
	struct stat st;

	if (lstat(file, &st) == -1 || !S_ISLNK(st.st_mode) ||
	    st.st_uid == geteuid() || st.st_uid == 0)
		return RESULT_OK;
	return error_set(err, RESULT_LOCAL, "%s %s: it is a symbolic link of "
	    "somebody else (user %ju)", option, file, (uintmax_t)st.st_uid);
}

/* --- what is replaced, and what is not ----------------------------------- */

/* Whether fd is that very file: /dev/stdout, for one. */
static bool
file_is_descriptor(const struct stat *st, int fd)
{
	struct stat own;

	return fstat(fd, &own) == 0 && own.st_dev == st->st_dev &&
	    own.st_ino == st->st_ino;
}

bool
file_is_output(const struct stat *st)
{
	return file_is_descriptor(st, STDOUT_FILENO) ||
	    file_is_descriptor(st, STDERR_FILENO);
}

/*
 * A descriptor to write to what is no regular file, or what is our standard
 * output or error already; -1: replace it.  -2: errno.
 */
static int
file_open_other(const char *file)
{
	struct stat st;
	int fd;

	if (stat(file, &st) == -1)
		return -1;
	for (fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++) {
		if (!S_ISCHR(st.st_mode) && file_is_descriptor(&st, fd))
			break;
	}
	if (fd <= STDERR_FILENO)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	else if (S_ISREG(st.st_mode))
		return -1;
	else
		fd = open(file, O_WRONLY | O_NOCTTY | O_CLOEXEC);
	return fd == -1 ? -2 : fd;
}

/* As mkostemp(3), but with the permissions that the umask leaves: to ask for
 * that would change it for all threads. */
static int
file_create_beside(const char *file, char *name, size_t size)
{
	int fd = -1;

	for (int tries = 0; tries < 100; tries++) {
		snprintf(name, size, "%s.%08x", file, (unsigned)arc4random());
		fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd != -1 || errno != EEXIST)
			break;
	}
	return fd;
}

static int
file_replace_regular(const char *file, const void *data, size_t n)
{
	char *real = realpath(file, NULL);
	const char *target = real != NULL ? real : file;
	size_t size = strlen(target) + sizeof(".01234567");
	char *temporary = xmalloc(size);
	int fd = file_create_beside(target, temporary, size), saved, ok = -1;

	if (fd != -1)
		ok = file_write_all(fd, data, n);
	if (ok == 0)
		ok = rename(temporary, target);
	saved = errno;
	if (fd != -1) {
		close(fd);
		if (ok == -1)
			unlink(temporary);
	}
	free(temporary);
	free(real);
	errno = saved;
	return ok;
}

enum result
file_replace(const char *file, const char *option, const void *data, size_t n,
    struct error *err)
{
	enum result result = file_check_link(file, option, err);
	int fd, ok;

	if (result != RESULT_OK)
		return result;
	fd = file_open_other(file);
	if (fd == -2)
		return file_failed(file, option, err);
	ok = fd == -1 ? file_replace_regular(file, data, n) :
	    file_write_all(fd, data, n);
	if (ok == -1)
		result = file_failed(file, option, err);
	if (fd != -1)
		close(fd);
	return result;
}

/* --- secrets ------------------------------------------------------------- */

/* Say who else may read what is written there. */
static void
file_warn_readers(const char *file, const char *option, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return;
	if (st.st_uid != geteuid())
		log_line(LOG_ERROR, "warning: %s %s belongs to somebody else "
		    "(user %ju)", option, file, (uintmax_t)st.st_uid);
	else if ((st.st_mode & (S_IRGRP | S_IROTH)) != 0)
		log_line(LOG_ERROR, "warning: %s %s can be read by others "
		    "(mode %03o)", option, file, st.st_mode & 0777);
}

enum result
file_open_secrets(const char *file, const char *option, int *to,
    struct error *err)
{
	enum result result = file_check_link(file, option, err);

	*to = -1;
	if (result != RESULT_OK)
		return result;
	*to = open(file, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_CLOEXEC,
	    0600);
	if (*to == -1)
		return file_failed(file, option, err);
	file_warn_readers(file, option, *to);
	return RESULT_OK;
}

enum result
file_open_private(const char *file, const char *option, bool append, int *to,
    struct error *err)
{
	enum result result = file_check_link(file, option, err);

	*to = -1;
	if (result != RESULT_OK)
		return result;
	*to = file_open_other(file);
	if (*to == -1)
		*to = open(file, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY |
		    O_CLOEXEC | (append ? 0 : O_TRUNC), 0600);
	return *to < 0 ? file_failed(file, option, err) : RESULT_OK;
}
