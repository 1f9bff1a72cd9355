/* SPDX-License-Identifier: ISC */
/*
 * The limit of bulk transfers: nothing but the system calls that move bytes.
 *
 * usage: limit-bulk send HOST PORT		standard input to the network
 *	  limit-bulk send HOST PORT TARGET	the same through a SOCKS5 proxy
 *						(RFC 1928), to port TARGET of
 *						HOST
 *	  limit-bulk receive READY_FD		the network to standard output
 *	  limit-bulk copy READY_FD FILE		the same, and to a new file
 *	  limit-bulk both-connect HOST PORT	both
 *	  limit-bulk both-listen READY_FD
 *
 * A file is sent by sendfile(2), a pipe by splice(2); received is by splice(2)
 * into standard output if that is a pipe, otherwise over a private pipe.
 * The copy is a tee(2) of that, and one splice(2) more, into the file.
 * Every pipe is made to hold 1 MiB.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#define PIPE_SIZE	(1024 * 1024)
#define FILE_STEP	(64 * 1024 * 1024)

static bool
is_pipe(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		err(1, "fstat");
	return S_ISFIFO(st.st_mode);
}

static void
enlarge_pipe(int fd)
{
	if (fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE) == -1)
		warn("F_SETPIPE_SZ");
}

static void
send_all(int net)
{
	bool from_pipe = is_pipe(STDIN_FILENO);
	ssize_t n;

	if (from_pipe)
		enlarge_pipe(STDIN_FILENO);
	do {
		if (from_pipe)
			n = splice(STDIN_FILENO, NULL, net, NULL, PIPE_SIZE,
			    SPLICE_F_MOVE);
		else
			n = sendfile(net, STDIN_FILENO, NULL, FILE_STEP);
	} while (n > 0);
	if (n == -1)
		err(1, "send");
	if (shutdown(net, SHUT_WR) == -1)
		err(1, "shutdown");
}

static void
drain(int pipe_fd, int to, ssize_t n)
{
	while (n > 0) {
		ssize_t moved = splice(pipe_fd, NULL, to, NULL, (size_t)n,
		    SPLICE_F_MOVE);

		if (moved <= 0)
			err(1, "splice");
		n -= moved;
	}
}

static void
receive_all(int net)
{
	bool to_pipe = is_pipe(STDOUT_FILENO);
	int via[2] = { -1, STDOUT_FILENO };
	ssize_t n;

	if (!to_pipe && pipe2(via, O_CLOEXEC) == -1)
		err(1, "pipe");
	enlarge_pipe(via[1]);
	while ((n = splice(net, NULL, via[1], NULL, PIPE_SIZE,
	    SPLICE_F_MOVE)) > 0) {
		if (!to_pipe)
			drain(via[0], STDOUT_FILENO, n);
	}
	if (n == -1)
		err(1, "splice from the network");
}

static void
copy_all(int net, const char *file)
{
	int to = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int via[2], second[2];
	ssize_t n;

	if (to == -1 || pipe2(via, O_CLOEXEC) == -1 ||
	    pipe2(second, O_CLOEXEC) == -1)
		err(1, "%s, or a pipe", file);
	enlarge_pipe(via[1]);
	enlarge_pipe(second[1]);
	while ((n = splice(net, NULL, via[1], NULL, PIPE_SIZE,
	    SPLICE_F_MOVE)) > 0) {
		if (tee(via[0], second[1], (size_t)n, 0) != n)
			errx(1, "tee: a part");
		drain(second[0], to, n);
		drain(via[0], STDOUT_FILENO, n);
	}
	if (n == -1)
		err(1, "splice from the network");
}

static void
move_both(int net)
{
	pid_t pid = fork();
	int status;

	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		send_all(net);
		_exit(0);
	}
	receive_all(net);
	if (waitpid(pid, &status, 0) == -1 || status != 0)
		errx(1, "the sending half has failed");
}

/* Ask the proxy, without authentication. */
static void
ask_proxy(int net, const char *host, const char *port)
{
	const struct sockaddr_in target = common_address(host, port);
	unsigned char say[10] = { 5, 1, 0, 1 }, answer[10];

	common_write(net, "\5\1", 3);
	if (!common_read(net, answer, 2) || answer[1] != 0)
		errx(1, "the proxy says no");
	memcpy(say + 4, &target.sin_addr, 4);
	memcpy(say + 8, &target.sin_port, 2);
	common_write(net, say, sizeof(say));
	if (!common_read(net, answer, sizeof(answer)) || answer[1] != 0)
		errx(1, "the proxy says no");
}

int
main(int argc, char **argv)
{
	const char *role = argc > 2 ? argv[1] : "";
	bool copies = strcmp(role, "copy") == 0;
	int net;

	if ((argc == 4 || argc == 5) && !copies)
		net = common_connect(SOCK_STREAM, argv[2], argv[3]);
	else if (argc == 3 + copies)
		net = common_accept((int)common_number(argv[2], 0, 1023,
		    "descriptor"));
	else
		errx(1, "see the comment in limit-bulk.c");
	if (argc == 5)
		ask_proxy(net, argv[2], argv[4]);
	if (strcmp(role, "send") == 0)
		send_all(net);
	else if (strcmp(role, "receive") == 0)
		receive_all(net);
	else if (copies)
		copy_all(net, argv[3]);
	else
		move_both(net);
	close(net);
	return 0;
}
