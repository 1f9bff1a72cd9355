/* SPDX-License-Identifier: ISC */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H

#include <stddef.h>
#include <stdint.h>
#include <netinet/in.h>

/*
 * What the programs of the benchmark share.  Whatever fails ends the program
 * with a message and status 1.
 */

/* Nanoseconds of the monotonic clock. */
int64_t	common_now(void);

/* A number from `low' to `high'; `what' is for the message. */
long	common_number(const char *text, long low, long high, const char *what);

/* IPv4 address and port out of text. */
struct sockaddr_in common_address(const char *host, const char *port);

/* A socket of `type' bound to 127.0.0.1 and a port that the kernel chooses;
 * streams listen. */
int	common_bind(int type);

/* Write "127.0.0.1 PORT\n" of the socket to ready_fd, and close that. */
void	common_announce(int fd, int ready_fd);

/* common_bind(), common_announce(), accept(2). */
int	common_accept(int ready_fd);

/* A socket of `type' that is connected. */
int	common_connect(int type, const char *host, const char *port);

/* Write all of it; the descriptor blocks. */
void	common_write(int fd, const void *data, size_t n);

/* Read exactly n bytes.  Returns 0 at the end, else 1. */
int	common_read(int fd, void *data, size_t n);

#endif
