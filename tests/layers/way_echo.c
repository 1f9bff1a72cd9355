/* SPDX-License-Identifier: ISC */
/* A way that nobody needs, as an example: the peer gets back what it sends.
 * MADE_UP=echo asks for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/pipes.h"
#include "io/stream.h"
#include "session/way.h"

/* --- the local end: a pipe, read at the end where it was written ---------- */

static int
echo_shutdown(struct stream *s)
{
	close(s->out.fd);
	s->out.fd = -1;
	return 0;
}

static void
echo_close(struct stream *s, bool abort)
{
	(void)abort;
	if (s->out.fd != -1)
		echo_shutdown(s);
	close(s->in.fd);
	stream_release(s);
	free(s);
}

static const struct stream_ops echo_ops = {
	.shutdown = echo_shutdown,
	.close = echo_close,
};

/* NULL with errno: no descriptor. */
static struct stream *
echo_new(void)
{
	struct pipes_pipe pipe;
	struct stream *s;

	if (pipes_take(&pipe, FDIO_PIPE_SIZE) == -1)
		return NULL;
	s = xcalloc(1, sizeof(*s));
	stream_init(s, &echo_ops, "the echo");
	fdio_init(&s->in, pipe.fd[0], true);
	fdio_init(&s->out, pipe.fd[1], true);
	s->raw_in = s->raw_out = true;
	s->duplex = true;
	return s;
}

/* --- the way ------------------------------------------------------------- */

static bool
echo_wanted(const struct run *r)
{
	const char *wanted = getenv("MADE_UP");

	(void)r;
	return wanted != NULL && strstr(wanted, "echo") != NULL;
}

static enum result
echo_serve(void *context, struct session *s, struct error *err)
{
	struct stream *local;
	enum result result = session_stack(s, err);

	(void)context;
	if (result != RESULT_OK)
		return result;
	local = echo_new();
	if (local == NULL) {
		error_set_errno(err, RESULT_LOCAL, errno, "pipe");
		session_close(s, true);
		return err->result;
	}
	result = session_run(s, local, err);
	stream_close(local, result != RESULT_OK);
	return result;
}

extern const struct way way_echo;
const struct way way_echo = {
	.wanted = echo_wanted,
	.serve = echo_serve,
	.descriptors = 3,
};
