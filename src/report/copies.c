/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "report/copies.h"
#include "report/copy_kind.h"

#define KINDS(row) \
	row(dump) \
	row(output) \
	row(hex) \
	row(pcap)

#define DECLARE(name)	extern const struct copy_kind copy_##name;
KINDS(DECLARE)

#define ADDRESS(name)	&copy_##name,
static const struct copy_kind *const table[] = { KINDS(ADDRESS) };

#define TABLE_SIZE	(sizeof(table) / sizeof(table[0]))

/* One that is wanted. */
struct copy {
	const struct copy_kind	*kind;
	struct copy_fate	 fate;
	const char		*name;		/* of its file, or files; NULL:
						 * standard error */
	struct copy_file	*file;		/* NULL: each session has one */
};

struct copies {
	const struct copies_options *o;
	bool			 many;
	size_t			 count;
	struct copy		 copy[TABLE_SIZE];
};

/* A session in all of them. */
struct copied {
	struct copies		*copies;
	struct copy_session	 in[TABLE_SIZE];	/* as copies->copy;
							 * file NULL: it is
							 * not in that */
};

bool
copies_wanted(const struct copies_options *o)
{
	return o->dump || o->output != NULL || o->hex_dump != NULL ||
	    o->pcap != NULL;
}

/* --- files --------------------------------------------------------------- */

static enum result
copy_open(const struct copies *cs, struct copy *c, const char *name,
    struct copy_file **file, struct error *err)
{
	enum result result = copy_file_open(&c->fate, name, cs->o->append,
	    file, err);

	if (result == RESULT_OK && c->kind->start != NULL)
		c->kind->start(*file);
	return result;
}

/* Whether each session has a file of its own. */
static bool
copy_is_each(const struct copy *c)
{
	return c->name != NULL && strstr(c->name, COPIES_NUMBER) != NULL;
}

static enum result
copies_add(struct copies *cs, const struct copy_kind *kind, const char *name,
    struct error *err)
{
	struct copy *c = &cs->copy[cs->count++];

	c->kind = kind;
	c->name = name;
	c->fate.option = kind->option;
	c->fate.required = cs->o->required;
	return copy_is_each(c) ? RESULT_OK :
	    copy_open(cs, c, name, &c->file, err);
}

enum result
copies_open(const struct copies_options *o, bool many, struct copies **to,
    struct error *err)
{
	const char *const names[] = { NULL, o->output, o->hex_dump, o->pcap };
	struct copies *cs;
	enum result result = RESULT_OK;

	_Static_assert(sizeof(names) / sizeof(names[0]) == TABLE_SIZE,
	    "a name for each row");
	*to = NULL;
	if (!copies_wanted(o))
		return RESULT_OK;
	cs = xcalloc(1, sizeof(*cs));
	cs->o = o;
	cs->many = many;
	for (size_t i = 0; i < TABLE_SIZE && result == RESULT_OK; i++) {
		if (i == 0 ? o->dump : names[i] != NULL)
			result = copies_add(cs, table[i], names[i], err);
	}
	if (result == RESULT_OK)
		*to = cs;
	else
		copies_close(cs);
	return result;
}

void
copies_close(struct copies *cs)
{
	for (size_t i = 0; cs != NULL && i < cs->count; i++)
		copy_file_close(cs->copy[i].file);
	free(cs);
}

enum result
copies_result(struct copies *cs, enum result result, struct error *err)
{
	for (size_t i = 0; cs != NULL && i < cs->count; i++) {
		const struct copy_fate *f = &cs->copy[i].fate;

		if (cs->copy[i].file != NULL)
			copy_file_flush(cs->copy[i].file);
		/* It was said when it happened. */
		if (f->required && atomic_load(&f->failed))
			return error_set(err, RESULT_LOCAL, "%s", "");
	}
	return result;
}

/* --- a session ----------------------------------------------------------- */

/* `name' with each COPIES_NUMBER replaced; the caller frees it. */
static char *
copies_name(const char *name, uint64_t number)
{
	char digits[24], *all, *to;
	size_t most;

	snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
	most = (strlen(name) + 1) * sizeof(digits);
	all = to = xmalloc(most);
	while (*name != '\0') {
		if (strncmp(name, COPIES_NUMBER, strlen(COPIES_NUMBER)) == 0) {
			to = stpcpy(to, digits);
			name += strlen(COPIES_NUMBER);
		} else {
			*to++ = *name++;
		}
	}
	*to = '\0';
	return all;
}

size_t
copies_files(const struct copies *cs)
{
	size_t files = 0;

	for (size_t i = 0; cs != NULL && i < cs->count; i++)
		files += copy_is_each(&cs->copy[i]);
	return files;
}

/* A file of its own; none if that can't be. */
static struct copy_file *
copies_open_each(const struct copies *cs, struct copy *c, uint64_t number)
{
	struct copy_file *file = NULL;
	struct error err;
	char *name;

	if (atomic_load(&c->fate.failed))
		return NULL;
	name = copies_name(c->name, number);
	if (copy_open(cs, c, name, &file, &err) != RESULT_OK)
		copy_fate_seal(&c->fate, &err);
	free(name);
	return file;
}

struct copied *
copies_begin(struct copies *cs, struct stream *below,
    const struct copies_subject *subject)
{
	struct copied *cd;

	if (cs == NULL)
		return NULL;
	cd = xcalloc(1, sizeof(*cd));
	cd->copies = cs;
	for (size_t i = 0; i < cs->count; i++) {
		struct copy *c = &cs->copy[i];
		struct copy_session *s = &cd->in[i];

		s->file = c->file != NULL ? c->file :
		    copies_open_each(cs, c, subject->number);
		s->number = subject->number;
		s->shared = c->file != NULL && cs->many;
		if (s->file == NULL || c->kind->begin == NULL)
			continue;
		copy_file_lock(s->file);
		c->kind->begin(s, below, subject);
		copy_file_unlock(s->file);
	}
	return cd;
}

void
copies_piece(struct copied *cd, enum tap_way way, const unsigned char *data,
    size_t n)
{
	for (size_t i = 0; cd != NULL && i < cd->copies->count; i++) {
		struct copy_session *s = &cd->in[i];
		struct copy *c = &cd->copies->copy[i];

		if (s->file == NULL || atomic_load(&c->fate.failed))
			continue;
		copy_file_lock(s->file);
		c->kind->piece(s, way, data, n);
		s->offset[way] += n;
		copy_file_unlock(s->file);
	}
}

void
copies_end(struct copied *cd, enum tap_way way, bool reset)
{
	for (size_t i = 0; cd != NULL && i < cd->copies->count; i++) {
		struct copy_session *s = &cd->in[i];
		const struct copy_kind *kind = cd->copies->copy[i].kind;

		if (s->file == NULL || kind->end == NULL)
			continue;
		copy_file_lock(s->file);
		kind->end(s, way, reset);
		copy_file_unlock(s->file);
	}
}

void
copies_forget(struct copied *cd)
{
	for (size_t i = 0; cd != NULL && i < cd->copies->count; i++) {
		if (cd->copies->copy[i].file == NULL)
			copy_file_close(cd->in[i].file);
		free(cd->in[i].comment);
	}
	free(cd);
}

/* --- a session that is a stream ------------------------------------------ */

static void
copies_tap_piece(void *state, enum tap_way way, const unsigned char *data,
    size_t n)
{
	copies_piece(state, way, data, n);
}

static void
copies_tap_end(void *state, enum tap_way way, bool reset)
{
	copies_end(state, way, reset);
}

static void
copies_tap_close(void *state)
{
	copies_forget(state);
}

/* For one copy, which has a file that splices. */
static void
copies_tap_spliced(void *state, int pipe, size_t n)
{
	struct copied *cd = state;
	struct copy_session *s = &cd->in[0];

	copy_file_lock(s->file);
	cd->copies->copy[0].kind->spliced(s, pipe, n);
	s->offset[TAP_RECEIVED] += n;
	copy_file_unlock(s->file);
}

static const struct tap_ops copies_ops = {
	.piece = copies_tap_piece,
	.end = copies_tap_end,
	.close = copies_tap_close,
};

static const struct tap_ops copies_splicing_ops = {
	.piece = copies_tap_piece,
	.spliced = copies_tap_spliced,
	.end = copies_tap_end,
	.close = copies_tap_close,
};

static const struct tap_ops *
copies_choose_ops(const struct copied *cd)
{
	const struct copy_file *only = cd->in[0].file;

	return cd->copies->count == 1 && only != NULL &&
	    cd->copies->copy[0].kind->spliced != NULL &&
	    copy_file_splices(only) ? &copies_splicing_ops : &copies_ops;
}

struct stream *
copies_tap(struct copies *cs, struct stream *below,
    const struct copies_subject *subject)
{
	struct copied *cd = copies_begin(cs, below, subject);

	return tap_new(below, copies_choose_ops(cd), cd);
}
