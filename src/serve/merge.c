/* SPDX-License-Identifier: ISC */
/* --merge: what all clients send goes to standard output, in whole lines, or as
 * it comes.  Nothing is sent to them, and standard input is not read; or each
 * of them gets that. */
#include <errno.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "serve/gather.h"
#include "serve/merge_input.h"
#include "session/way.h"

struct merge {
	const struct run	*run;
	struct gather		*gather;
	struct merge_input	*input;		/* or NULL */
};

static struct stream *
merge_connect(void *context, struct session *s, struct error *err)
{
	const struct merge *m = context;
	struct stream *output = gather_join(m->gather, &s->connection.remote,
	    s->net->in.fd, options_datagrams(m->run->options)), *local;
	struct error e;

	local = output == NULL || m->input == NULL ? output :
	    merge_input_join(m->input, output);
	if (local == NULL) {
		if (output != NULL)
			stream_close(output, true);
		error_set_errno(&e, RESULT_LOCAL, errno, "eventfd");
		error_own(&e, 0);
		session_fail(s, &e, err);
	}
	return local;
}

/* In a thread of its own. */
static enum result
merge_serve(void *context, struct session *s, struct error *err)
{
	struct stream *local;
	enum result result = session_stack(s, err);

	if (result != RESULT_OK)
		return result;
	local = merge_connect(context, s, err);
	if (local == NULL) {
		session_close(s, true);
		return err->result;
	}
	result = session_run(s, local, err);
	stream_close(local, false);
	return result;
}

static enum result
merge_open(const struct run *r, void **context, struct error *err)
{
	struct merge *m = xcalloc(1, sizeof(*m));

	m->run = r;
	m->gather = gather_new(r->options->merge.mark,
	    r->options->merge.as_is);
	if (m->gather != NULL) {
		if (r->options->merge.input)
			m->input = merge_input_new(r->options);
		*context = m;
		return RESULT_OK;
	}
	free(m);
	return error_set_errno(err, RESULT_LOCAL, errno, "--merge");
}

static enum result
merge_close(void *context, enum result result, struct error *err)
{
	struct merge *m = context;

	if (m->input != NULL)
		merge_input_end(m->input);
	result = gather_end(m->gather, m->run->deadline, result, err);
	free(m);
	return result;
}

/* Who gets input waits for two things. */
static bool
merge_moves(const struct session *s)
{
	return !s->run->options->merge.input;
}

static bool
merge_wanted(const struct run *r)
{
	return r->options->merge.on;
}

extern const struct way way_merge;
const struct way way_merge = {
	.wanted = merge_wanted,
	.open = merge_open,
	.close = merge_close,
	.serve = merge_serve,
	.connect = merge_connect,
	.moves = merge_moves,
	.descriptors = 2,
};
