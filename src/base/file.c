/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/signals.h"
#include "base/xalloc.h"

int
file_write_all(int fd, const void *bytes, size_t n)
{
	const char *data = bytes;

	while (n > 0) {
		ssize_t w = write(fd, data, n);

		if (w == -1 && errno == EINTR && signals_asked() == 0)
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

enum result
file_replace(const char *file, const char *option, const void *data, size_t n,
    struct error *err)
{
	size_t size = strlen(file) + sizeof(".XXXXXX");
	char *temporary = xmalloc(size);
	enum result result = RESULT_OK;
	mode_t mask = umask(0);
	int fd;

	umask(mask);
	snprintf(temporary, size, "%s.XXXXXX", file);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd == -1) {
		result = error_set_errno(err, RESULT_LOCAL, errno, "%s %s",
		    option, file);
		goto out;
	}
	if (file_write_all(fd, data, n) == -1 ||
	    fchmod(fd, 0666 & ~mask) == -1 ||
	    rename(temporary, file) == -1) {
		result = error_set_errno(err, RESULT_LOCAL, errno, "%s %s",
		    option, file);
		unlink(temporary);
	}
	close(fd);
out:
	free(temporary);
	return result;
}
