/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"
#include "datagram/stdio.h"
#include "guard/privileges.h"
#include "io/stream.h"
#include "net/fdpass.h"
#include "run/initiator.h"
#include "serve/command.h"
#include "session/session.h"

static enum result
initiator_pump(const struct options *o, int64_t deadline, struct connection *c,
    struct error *err)
{
	struct stream *local = stream_stdio(false);
	enum result result;

	result = session_serve(o, deadline, c, local, NULL, err);
	stream_close(local, false);
	return result;
}

static enum result
initiator_command(const struct options *o, int64_t deadline,
    struct connection *c, struct error *err)
{
	/* Somebody has to end the command. */
	if (signals_manage(false) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "eventfd");
	return command_run(NULL, o, deadline, c, NULL, err);
}

enum result
initiator_run(const struct options *o, int64_t deadline, struct error *err)
{
	struct connection c;
	enum result result;

	if (o->path != NULL)
		result = dial_unix(&o->dial, o->path, deadline, &c, err);
	else
		result = dial(&o->dial, o->host, o->ports.range[0].low,
		    deadline, &c, err);
	if (result != RESULT_OK)
		return result;
	if (o->socket.fastopen && (o->pass_fd || o->command.argv != NULL)) {
		result = session_fastopen_connect(o, deadline, c.fd, err);
		if (result != RESULT_OK) {
			connection_close(&c);
			return result;
		}
	}
	if (o->pass_fd) {
		result = fdpass_send(STDOUT_FILENO, c.fd, err);
		connection_close(&c);
		return result;
	}
	result = privileges_drop(&o->privileges, err);
	if (result != RESULT_OK) {
		connection_close(&c);
		return result;
	}
	if (o->command.argv != NULL)
		return initiator_command(o, deadline, &c, err);
	if (options_datagrams(o) && o->tls_context == NULL)
		return stdio_run_initiator(o, deadline, &c, err);
	return initiator_pump(o, deadline, &c, err);
}
