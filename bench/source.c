/* SPDX-License-Identifier: ISC */
/*
 * Write messages to the socket that is standard output, as fast as it takes
 * them, or at a rate.
 *
 * usage: source COUNT SIZE [RATE]
 *
 * RATE is in messages a second.
 */
#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common.h"

#define BATCH		32
#define SIZE_MOST	2048

/* When message number i is due. */
static void
wait_until(int64_t at)
{
	struct timespec ts = { at / 1000000000, at % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) ==
	    EINTR)
		;
}

int
main(int argc, char **argv)
{
	static char data[SIZE_MOST];
	struct iovec iov = { .iov_base = data };
	struct mmsghdr msg[BATCH];
	long count, rate = 0;
	int64_t began = common_now();

	if (argc != 3 && argc != 4)
		errx(1, "usage: source count size [rate]");
	count = common_number(argv[1], 1, 1000000000, "count");
	iov.iov_len = (size_t)common_number(argv[2], 1, SIZE_MOST, "size");
	if (argc == 4)
		rate = common_number(argv[3], 1, 100000000, "rate");
	memset(data, 'x', sizeof(data));
	memset(msg, 0, sizeof(msg));
	for (int i = 0; i < BATCH; i++) {
		msg[i].msg_hdr.msg_iov = &iov;
		msg[i].msg_hdr.msg_iovlen = 1;
	}
	for (long sent = 0; sent < count;) {
		long left = count - sent;
		int n;

		if (rate != 0)
			wait_until(began + sent * 1000000000 / rate);
		n = sendmmsg(STDOUT_FILENO, msg, left < BATCH ?
		    (unsigned)left : BATCH, 0);
		if (n == -1 && errno != ENOBUFS)
			err(1, "sendmmsg");
		if (n > 0)
			sent += n;
	}
	return 0;
}
