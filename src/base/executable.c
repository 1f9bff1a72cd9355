/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/executable.h"

/* environ(7), without PATH: what execvp(3) takes then. */
#define PATH_DEFAULT	"/bin:/usr/bin"

static int
executable_look(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1)
		return errno == EACCES ? EACCES : ENOENT;
	if (!S_ISREG(st.st_mode) ||
	    faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == -1)
		return EACCES;
	return 0;
}

int
executable_find(const char *name)
{
	const char *dir = getenv("PATH");
	int errnum, found = ENOENT;
	char path[PATH_MAX];

	if (*name == '\0')
		return ENOENT;
	if (strchr(name, '/') != NULL)
		return executable_look(name);
	if (dir == NULL)
		dir = PATH_DEFAULT;
	for (;; dir++) {
		size_t n = strcspn(dir, ":");

		/* An empty one is where we are. */
		errnum = snprintf(path, sizeof(path), "%.*s%s%s", (int)n, dir,
		    n > 0 ? "/" : "", name) < (int)sizeof(path) ?
		    executable_look(path) : ENOENT;
		if (errnum == 0)
			return 0;
		if (errnum == EACCES)
			found = EACCES;
		dir += n;
		if (*dir == '\0')
			return found;
	}
}
