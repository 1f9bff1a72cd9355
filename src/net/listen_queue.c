/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/number.h"
#include "net/listen_queue.h"

int
listen_queue_most(void)
{
	char text[32];
	int64_t limit;
	ssize_t n;
	int fd;

	fd = open(LISTEN_QUEUE_MOST_FILE, O_RDONLY | O_CLOEXEC);
	if (fd == -1)
		return SOMAXCONN;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return SOMAXCONN;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return number_parse(text, 1, INT32_MAX, &limit) ? (int)limit :
	    SOMAXCONN;
}

/* tcp(7): TCP_INFO of a listening socket has it in tcpi_sacked. */
int
listen_queue_granted(int fd, int asked)
{
	int limit = listen_queue_most();
	struct tcp_info info;
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
	    info.tcpi_state == TCP_LISTEN)
		return (int)info.tcpi_sacked;
	return asked < limit ? asked : limit;
}

void
listen_queue_look(struct listen_queue *q, int fd)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);
	unsigned deepest = atomic_load(&q->deepest);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == -1 ||
	    info.tcpi_state != TCP_LISTEN)
		return;
	q->known = true;
	q->depth = info.tcpi_unacked;
	q->limit = info.tcpi_sacked;
	while (info.tcpi_unacked > deepest &&
	    !atomic_compare_exchange_weak(&q->deepest, &deepest,
	    info.tcpi_unacked))
		continue;
}

/* The value that has the same place in its line as name in the line before. */
static bool
netstat_find(char *names, char *values, const char *name,
    unsigned long long *count)
{
	char *rest = NULL, *more = NULL;
	char *n = strtok_r(names, " \n", &rest);
	char *v = strtok_r(values, " \n", &more);

	while (n != NULL && v != NULL && strcmp(n, name) != 0) {
		n = strtok_r(NULL, " \n", &rest);
		v = strtok_r(NULL, " \n", &more);
	}
	if (n == NULL || v == NULL)
		return false;
	*count = strtoull(v, NULL, 10);
	return true;
}

bool
listen_queue_overflows(int fd, unsigned long long *count)
{
	char text[16384], *values, *end;
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	if (n <= 0)
		return false;
	text[n] = '\0';
	/* Names in one line, and their values in the next. */
	if (strncmp(text, "TcpExt:", 7) != 0 ||
	    (values = strchr(text, '\n')) == NULL)
		return false;
	*values++ = '\0';
	end = strchr(values, '\n');
	if (end != NULL)
		*end = '\0';
	return netstat_find(text, values, "ListenOverflows", count);
}
