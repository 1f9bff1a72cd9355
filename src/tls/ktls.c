/* SPDX-License-Identifier: ISC */
/*
 * Kernel TLS (https://docs.kernel.org/networking/tls.html): the engine leaves
 * the keys to the kernel, and bytes need not come up to us to be encrypted.
 */
#include "config.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "tls/ktls.h"

/* "no": never; "yes": as if the kernel had it.  For tests. */
#define KTLS_VARIABLE	"SOCKCAT_KTLS"

#ifndef TCP_ULP
#define TCP_ULP		31
#endif

int
ktls_probe(void)
{
	static const char name[] = "tls";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int errnum = 0;

	if (fd == -1)
		return errno;
	/* A kernel that has it wants a connection for it. */
	if (setsockopt(fd, IPPROTO_TCP, TCP_ULP, name, sizeof(name) - 1) == -1
	    && errno != ENOTCONN)
		errnum = errno;
	close(fd);
	return errnum;
}

bool
ktls_wanted(void)
{
	const char *value = getenv(KTLS_VARIABLE);
	int errnum;

	if (value != NULL && strcmp(value, "yes") == 0)
		return true;
	if (value != NULL && strcmp(value, "no") == 0)
		return false;
	errnum = ktls_probe();
	log_line(LOG_DETAIL, "kernel TLS: %s", errnum == 0 ? "there is" :
	    errnum == ENOENT ? "this kernel does not have it" :
	    strerror(errnum));
	return errnum == 0;
}
