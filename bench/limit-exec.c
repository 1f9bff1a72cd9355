/* SPDX-License-Identifier: ISC */
/*
 * A command for each client, with accept(2), vfork(2) and execve(2) alone.
 *
 * usage: limit-exec READY_FD COMMAND
 */
#include <err.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common.h"

extern char **environ;

static void
serve(int client, char *const *command)
{
	pid_t pid = vfork();

	if (pid == -1)
		err(1, "vfork");
	if (pid == 0) {
		dup2(client, STDIN_FILENO);
		dup2(client, STDOUT_FILENO);
		execve(command[0], command, environ);
		_exit(127);
	}
	close(client);
}

int
main(int argc, char **argv)
{
	struct sigaction leave_no_zombies = { .sa_flags = SA_NOCLDWAIT };
	int fd;

	if (argc < 3)
		errx(1, "usage: limit-exec ready_fd command");
	leave_no_zombies.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &leave_no_zombies, NULL);
	fd = common_bind(SOCK_STREAM);
	common_announce(fd, (int)common_number(argv[1], 0, 1023, "descriptor"));
	for (;;) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (client == -1)
			err(1, "accept");
		serve(client, argv + 2);
	}
}
