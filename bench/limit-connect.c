/* SPDX-License-Identifier: ISC */
/*
 * The limit of connecting and leaving: a process that does no more.
 *
 * usage: limit-connect HOST PORT
 */
#include <err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

int
main(int argc, char **argv)
{
	if (argc != 3)
		errx(1, "usage: limit-connect host port");
	close(common_connect(SOCK_STREAM, argv[1], argv[2]));
	return 0;
}
