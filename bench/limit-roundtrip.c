/* SPDX-License-Identifier: ISC */
/*
 * The limit of round trips: a client that knows that questions and answers
 * alternate, and blocks.
 *
 * usage: limit-roundtrip HOST PORT
 */
#include <err.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

int
main(int argc, char **argv)
{
	char data[4096];
	ssize_t n;
	int net;

	if (argc != 3)
		errx(1, "usage: limit-roundtrip host port");
	net = common_connect(SOCK_STREAM, argv[1], argv[2]);
	while ((n = read(STDIN_FILENO, data, sizeof(data))) > 0) {
		common_write(net, data, (size_t)n);
		n = read(net, data, sizeof(data));
		if (n <= 0)
			err(1, "read");
		common_write(STDOUT_FILENO, data, (size_t)n);
	}
	return n == 0 ? 0 : 1;
}
