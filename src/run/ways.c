/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "run/ways.h"

/* The rows, in the order in which they are asked. */
#define WAYS(row) \
	row(scan) \
	row(pass_fd) \
	row(peers) \
	row(merge_datagrams) \
	row(datagrams) \
	row(command) \
	row(forward) \
	row(proxy) \
	row(merge) \
	row(broker) \
	row(stdio)

#define DECLARE(name)	extern const struct way way_##name;
WAYS(DECLARE)

#define ADDRESS(name)	&way_##name,
static const struct way *const table[] = { WAYS(ADDRESS) };

const struct way *
ways_find(const struct run *r)
{
	size_t i = 0;

	while (!table[i]->wanted(r))
		i++;
	return table[i];
}

enum result
ways_serve(const struct way *w, struct session *s, struct error *err)
{
	void *context = NULL;
	enum result result = RESULT_OK;

	if (w->open != NULL)
		result = w->open(s->run, &context, err);
	if (result != RESULT_OK) {
		session_close(s, true);
		return result;
	}
	result = w->serve(context, s, err);
	return w->close != NULL ? w->close(context, result, err) : result;
}
