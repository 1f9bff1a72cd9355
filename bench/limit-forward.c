/* SPDX-License-Identifier: ISC */
/*
 * Forward one connection to a target, by splice(2) alone: a process for each
 * direction.
 *
 * usage: limit-forward READY_FD HOST PORT
 */
#include <err.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#define PIPE_SIZE	(1024 * 1024)

static void
move(int from, int to)
{
	int via[2];
	ssize_t n, moved;

	if (pipe2(via, O_CLOEXEC) == -1 ||
	    fcntl(via[1], F_SETPIPE_SZ, PIPE_SIZE) == -1)
		err(1, "pipe");
	while ((n = splice(from, NULL, via[1], NULL, PIPE_SIZE,
	    SPLICE_F_MOVE)) > 0) {
		for (; n > 0; n -= moved) {
			moved = splice(via[0], NULL, to, NULL, (size_t)n,
			    SPLICE_F_MOVE);
			if (moved < 1)
				err(1, "splice to the network");
		}
	}
	if (n == -1)
		err(1, "splice from the network");
	shutdown(to, SHUT_WR);
}

int
main(int argc, char **argv)
{
	int client, target, status;
	pid_t pid;

	if (argc != 4)
		errx(1, "usage: limit-forward ready_fd host port");
	client = common_accept((int)common_number(argv[1], 0, 1023,
	    "descriptor"));
	target = common_connect(SOCK_STREAM, argv[2], argv[3]);
	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		move(target, client);
		_exit(0);
	}
	move(client, target);
	if (waitpid(pid, &status, 0) == -1 || status != 0)
		errx(1, "the other half has failed");
	return 0;
}
