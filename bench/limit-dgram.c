/* SPDX-License-Identifier: ISC */
/*
 * The limit of datagrams: many to a system call, and many to a message by
 * UDP_SEGMENT and UDP_GRO; udp(7).
 *
 * usage: limit-dgram send HOST PORT SIZE	messages of SIZE bytes from the
 *						socket that is standard input
 *	  limit-dgram receive READY_FD		datagrams to standard output
 */
#include <err.h>
#include <errno.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common.h"

#define BATCH		32	/* datagrams in a message of at most 64 KiB */
#define MESSAGES	16
#define MESSAGE_SIZE	65536
#define RECEIVE_BUFFER	(4 * 1024 * 1024)

static void
send_batch(int net, char (*data)[2048], size_t size, size_t count)
{
	struct iovec iov[BATCH];
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = count };

	for (size_t i = 0; i < count; i++)
		iov[i] = (struct iovec){ data[i], size };
	while (sendmsg(net, &msg, 0) == -1) {
		if (errno != ENOBUFS && errno != EAGAIN)
			err(1, "sendmsg");
	}
}

static void
send_all(int net, size_t size)
{
	static char data[BATCH][2048];
	struct iovec iov[BATCH];
	struct mmsghdr msg[BATCH] = { 0 };
	int segment = (int)size, n;

	if (setsockopt(net, IPPROTO_UDP, UDP_SEGMENT, &segment,
	    sizeof(segment)) == -1)
		err(1, "UDP_SEGMENT");
	for (size_t i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){ data[i], sizeof(data[i]) };
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	while ((n = recvmmsg(STDIN_FILENO, msg, BATCH, MSG_WAITFORONE,
	    NULL)) > 0) {
		size_t count = 0;

		while (count < (size_t)n && msg[count].msg_len == size)
			count++;
		if (count > 0)
			send_batch(net, data, size, count);
		if (count < (size_t)n)	/* the end, a message of 0 bytes */
			return;
	}
	if (n == -1)
		err(1, "recvmmsg");
}

static void
receive_all(int net)
{
	static char data[MESSAGES][MESSAGE_SIZE];
	struct iovec iov[MESSAGES];
	struct mmsghdr msg[MESSAGES] = { 0 };
	int on = 1, size = RECEIVE_BUFFER, n;

	/* As much as net.core.rmem_max allows. */
	if (setsockopt(net, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == -1)
		err(1, "SO_RCVBUF");
	if (setsockopt(net, IPPROTO_UDP, UDP_GRO, &on, sizeof(on)) == -1)
		err(1, "UDP_GRO");
	for (size_t i = 0; i < MESSAGES; i++)
		msg[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i],
		    .msg_iovlen = 1 };
	for (;;) {
		for (size_t i = 0; i < MESSAGES; i++)
			iov[i] = (struct iovec){ data[i], MESSAGE_SIZE };
		n = recvmmsg(net, msg, MESSAGES, MSG_WAITFORONE, NULL);
		if (n == -1)
			err(1, "recvmmsg");
		for (int i = 0; i < n; i++)
			iov[i].iov_len = msg[i].msg_len;
		if (writev(STDOUT_FILENO, iov, n) == -1)
			err(1, "writev");
	}
}

int
main(int argc, char **argv)
{
	int net;

	if (argc == 5 && strcmp(argv[1], "send") == 0) {
		net = common_connect(SOCK_DGRAM, argv[2], argv[3]);
		send_all(net, (size_t)common_number(argv[4], 1, 2048, "size"));
	} else if (argc == 3 && strcmp(argv[1], "receive") == 0) {
		net = common_bind(SOCK_DGRAM);
		common_announce(net, (int)common_number(argv[2], 0, 1023,
		    "descriptor"));
		receive_all(net);
	} else {
		errx(1, "see the comment in limit-dgram.c");
	}
	return 0;
}
