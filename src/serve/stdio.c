/* SPDX-License-Identifier: ISC */
/* Standard input and output as the local end. */
#include <errno.h>

#include "base/raw.h"
#include "io/stream.h"
#include "session/way.h"

static bool
stdio_wanted(const struct run *r)
{
	(void)r;
	return true;
}

/* One client after another, or one server, writes to the same standard
 * output. */
static enum result
stdio_open(const struct run *r, void **context, struct error *err)
{
	(void)err;
	*context = stream_stdio(r->options->server.keep_open ||
	    r->options->each_port);
	if (r->options->raw.text != NULL)
		stream_stdio_end_at(*context, r->options->raw.key);
	return RESULT_OK;
}

static enum result
stdio_close(void *context, enum result result, struct error *err)
{
	(void)err;
	stream_close(context, false);
	return result;
}

static enum result
stdio_serve(void *context, struct session *s, struct error *err)
{
	enum result result = session_stack(s, err);

	if (result != RESULT_OK)
		return result;
	if (s->run->options->raw.text != NULL && raw_begin() == -1)
		return error_set_errno(err, RESULT_LOCAL, errno,
		    "--raw: standard input");
	result = session_run(s, context, err);
	raw_end();
	return result;
}

extern const struct way way_stdio;
const struct way way_stdio = {
	.wanted = stdio_wanted,
	.open = stdio_open,
	.close = stdio_close,
	.serve = stdio_serve,
	.descriptors = 2,
	.one_at_a_time = true,
};
