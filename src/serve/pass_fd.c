/* SPDX-License-Identifier: ISC */
/* -F: the connected socket goes to whoever has our standard output. */
#include <sys/socket.h>
#include <unistd.h>

#include "net/fdpass.h"
#include "session/way.h"

static bool
pass_fd_wanted(const struct run *r)
{
	return r->options->pass_fd;
}

static enum result
pass_fd_send(struct session *s, struct error *err)
{
	if (!session_take_socket(s))
		return error_set(err, RESULT_LOCAL, "-F: whoever gets the "
		    "socket would not see the bytes as they are");
	return fdpass_send(STDOUT_FILENO, s->connection.fd, err);
}

static enum result
pass_fd_serve(void *context, struct session *s, struct error *err)
{
	struct record record;
	enum result result = session_stack_connected(s, err);

	(void)context;
	if (result != RESULT_OK)
		return result;
	result = pass_fd_send(s, err);
	session_record(s, &record);
	record.how = "passed on";
	record.error = err;
	record_report(&record);
	session_close(s, false);
	return result;
}

extern const struct way way_pass_fd;
const struct way way_pass_fd = {
	.wanted = pass_fd_wanted,
	.serve = pass_fd_serve,
	.privileged = true,
};
