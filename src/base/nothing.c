/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/nothing.h"

/* Nothing can be put into it any more, see fcntl(2). */
#define SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

/* null(4), on Linux. */
#define NULL_DEVICE	makedev(1, 3)

static int
nothing_make(void)
{
	int fd = memfd_create("nothing", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd != -1 && fcntl(fd, F_ADD_SEALS, SEALS) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

int
nothing_open(int access)
{
	int fd = open("/dev/null", access | O_CLOEXEC);
	int saved = errno;

	if (fd == -1)
		fd = nothing_make();
	errno = saved;
	return fd;
}

bool
nothing_is(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return false;
	if (S_ISCHR(st.st_mode))
		return st.st_rdev == NULL_DEVICE;
	return S_ISREG(st.st_mode) && st.st_size == 0 &&
	    fcntl(fd, F_GET_SEALS) == SEALS;
}
