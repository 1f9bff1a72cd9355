/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "net/dial.h"
#include "net/dial_attempt.h"
#include "net/dial_datagram.h"

/* Put the socket into the place of c's. */
static void
dial_replace(const struct dial_options *o, struct connection *c, int fd,
    int64_t began)
{
	const struct addr to = c->targets.addr[c->next_target - 1];

	if (c->fd != -1 && dup3(fd, c->fd, O_CLOEXEC) != -1) {
		close(fd);
		fd = c->fd;
	}
	dial_connected(c, fd, o->socket->type, &to, began);
}

enum result
dial_next(const struct dial_options *o, int64_t deadline, struct connection *c,
    struct error *err)
{
	struct addr_list source = { NULL, 0 };
	int64_t began = clock_now();
	enum result result = dial_source(o, deadline, &source, err);
	char where[ADDR_TEXT_MAX];
	bool pending;
	int fd = -1;

	if (result != RESULT_OK)
		return result;
	result = error_set(err, RESULT_REFUSED, "no address is left");
	while (fd == -1 && c->next_target < c->targets.count) {
		const struct addr *to = &c->targets.addr[c->next_target++];

		log_line(LOG_STEP, "connecting to %s",
		    addr_format_words(to, where));
		result = dial_start(o, &source, to, &fd, &pending, err);
		if (result != RESULT_OK && c->targets.count > 1)
			log_line(LOG_STEP, "%s", err->text);
	}
	if (fd != -1)
		dial_replace(o, c, fd, began);
	addr_list_free(&source);
	return result;
}

enum result
dial_open(struct connection *c, bool keep_address,
    const struct socket_options *o, struct error *err)
{
	struct addr from = { .ss = { .ss_family = c->local.sa.sa_family },
	    .len = c->local.len };
	enum result result;

	if (keep_address)
		from = c->local;
	addr_set_port(&from, addr_port(&c->local));
	close(c->fd);
	c->fd = socket(from.sa.sa_family, SOCK_DGRAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);
	if (c->fd == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "socket");
	result = sockopt_apply(c->fd, SOCK_DGRAM, &c->remote, SOCKET_DIAL, o,
	    err);
	if (result == RESULT_OK && bind(c->fd, &from.sa, from.len) == -1)
		result = error_set_errno(err, RESULT_LOCAL, errno, "bind");
	return result;
}
