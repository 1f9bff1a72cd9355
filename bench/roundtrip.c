/* SPDX-License-Identifier: ISC */
/*
 * Measure round trips: a question into the standard input of a client, over
 * the network to an echo, and back through the client's standard output.
 *
 * usage: roundtrip SECONDS COUNT SIZE PROGRAM [ARGUMENT ...]
 *
 * The arguments HOST and PORT stand for the echo's.  Prints the 50th and the
 * 99th percentile of COUNT round trips, in nanoseconds; as many as a tenth go
 * before without being counted.  Killed after SECONDS.
 */
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common.h"

#define SIZE_MOST	65536

static pid_t
run_echo(int listener, size_t size)
{
	static char data[SIZE_MOST];
	const int on = 1;
	pid_t pid = fork();
	int fd;

	if (pid == -1)
		err(1, "fork");
	if (pid != 0)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd == -1)
		err(1, "accept");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	while (common_read(fd, data, size))
		common_write(fd, data, size);
	_exit(0);
}

static void
put_address(char **argv, int listener)
{
	static char port[16];
	struct sockaddr_in sin;
	socklen_t len = sizeof(sin);

	if (getsockname(listener, (struct sockaddr *)&sin, &len) == -1)
		err(1, "getsockname");
	snprintf(port, sizeof(port), "%u", ntohs(sin.sin_port));
	for (; *argv != NULL; argv++) {
		char *colon = strstr(*argv, "HOST:PORT");

		if (strcmp(*argv, "HOST") == 0)
			*argv = strdup("127.0.0.1");
		else if (strcmp(*argv, "PORT") == 0)
			*argv = port;
		else if (colon != NULL && asprintf(argv, "%.*s127.0.0.1:%s",
		    (int)(colon - *argv), *argv, port) == -1)
			err(1, "asprintf");
	}
}

static pid_t
run_client(char **argv, int *to, int *from)
{
	int in[2], out[2];
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) == -1 || pipe2(out, O_CLOEXEC) == -1)
		err(1, "pipe");
	pid = fork();
	if (pid == -1)
		err(1, "fork");
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (dup2(in[0], STDIN_FILENO) == -1 ||
		    dup2(out[1], STDOUT_FILENO) == -1)
			err(1, "dup2");
		execvp(argv[0], argv);
		err(127, "%s", argv[0]);
	}
	close(in[0]);
	close(out[1]);
	*to = in[1];
	*from = out[0];
	return pid;
}

static int64_t
ask(int to, int from, size_t size)
{
	static char question[SIZE_MOST], answer[SIZE_MOST];
	int64_t began = common_now();

	common_write(to, question, size);
	if (!common_read(from, answer, size))
		errx(1, "the client has ended");
	return common_now() - began;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	int listener, to, from;
	pid_t echo, client;
	size_t count, size;
	int64_t *took;

	if (argc < 5)
		errx(1, "usage: roundtrip seconds count size program ...");
	alarm((unsigned)common_number(argv[1], 1, 3600, "seconds"));
	count = (size_t)common_number(argv[2], 100, 10000000, "count");
	size = (size_t)common_number(argv[3], 1, SIZE_MOST, "size");
	took = calloc(count, sizeof(*took));
	if (took == NULL)
		err(1, "calloc");
	listener = common_bind(SOCK_STREAM);
	put_address(argv + 4, listener);
	echo = run_echo(listener, size);
	client = run_client(argv + 4, &to, &from);
	for (size_t i = 0; i < count / 10; i++)
		ask(to, from, size);
	for (size_t i = 0; i < count; i++)
		took[i] = ask(to, from, size);
	qsort(took, count, sizeof(*took), compare);
	printf("%lld %lld\n", (long long)took[count / 2],
	    (long long)took[count * 99 / 100]);
	close(to);
	close(from);
	kill(client, SIGKILL);
	waitpid(client, NULL, 0);
	kill(echo, SIGKILL);
	waitpid(echo, NULL, 0);
	free(took);
	return 0;
}
