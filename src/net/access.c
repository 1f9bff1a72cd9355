/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "net/access.h"
#include "net/resolve.h"
#include "wire/access.h"

/* More than anybody writes by hand; a list that is longer is a mistake. */
#define FILE_MAX	((size_t)16 * 1024 * 1024)

struct access {
	const struct access_options	*o;
	atomic_uint		 number;	/* of the lists; from 1 on */
	pthread_rwlock_t	 lock;
	struct access_list	 allow;
	struct access_list	 deny;
};

/* The options, of who comes and of where they go. */
static const struct access_words {
	const char	*allow, *deny;
} access_words[] = {
	{ "--allow", "--deny" },
	{ "--allow-dest", "--deny-dest" },
};

/* Where lists are read from, for messages and look-ups. */
struct access_source {
	const char	*what;
	bool		 check_only;
	bool		 numeric;
	int64_t		 deadline;
};

static void
access_add_address(struct access_list *list, const struct addr *a)
{
	struct access_range range;

	if (a->sa.sa_family == AF_INET)
		access_address(range.low, &a->in.sin_addr, 4);
	else
		access_address(range.low, &a->in6.sin6_addr, 16);
	memcpy(range.high, range.low, sizeof(range.high));
	access_list_add(list, &range);
}

static enum result
access_add_name(struct access_list *list, const struct access_source *source,
    const char *item, size_t n, struct error *err)
{
	char name[ACCESS_NAME_MAX];
	struct resolve_query query = { .host = name,
	    .numeric = source->numeric, .impatient = true };
	struct addr_list found = { NULL, 0 };
	enum result result;

	memcpy(name, item, n);
	name[n] = '\0';
	result = resolve(&query, source->deadline, &found, err);
	for (size_t i = 0; i < found.count; i++)
		access_add_address(list, &found.addr[i]);
	addr_list_free(&found);
	return result;
}

static enum result
access_read(struct access_list *list, const struct access_source *source,
    const char *text, size_t n, struct error *err)
{
	struct access_range range;
	const char *item;
	size_t length;

	while ((length = access_next(&text, &n, &item)) > 0) {
		enum access_verdict verdict = access_parse(item, length,
		    &range);
		enum result result = RESULT_OK;

		if (verdict == ACCESS_OK)
			access_list_add(list, &range);
		else if (verdict != ACCESS_NAME)
			result = error_set(err, RESULT_USAGE, "%s: '%.*s': %s",
			    source->what, (int)(length < 80 ? length : 80),
			    item, access_verdict_text(verdict));
		else if (!source->check_only)
			result = access_add_name(list, source, item, length,
			    err);
		if (result != RESULT_OK)
			return result;
	}
	return RESULT_OK;
}

static enum result
access_read_file(struct access_list *list, struct access_source *source,
    const char *file, struct error *err)
{
	enum result result;
	char *text;
	size_t n;

	source->what = file;
	text = file_load(file, FILE_MAX, &n);
	if (text == NULL)
		return error_set_errno(err, RESULT_LOCAL, errno, "%s", file);
	result = access_read(list, source, text, n, err);
	free(text);
	return result;
}

/* Lists on the command line. */
static enum result
access_read_texts(struct access_list *list, struct access_source *source,
    const char *what, const struct texts *texts, struct error *err)
{
	enum result result = RESULT_OK;

	source->what = what;
	for (size_t i = 0; i < texts->count && result == RESULT_OK; i++) {
		const char *text = texts->text[i], *item;
		size_t n = strlen(text);

		if (access_next(&text, &n, &item) == 0)
			return error_set(err, RESULT_USAGE, "%s: '%s' names "
			    "nobody", what, texts->text[i]);
		result = access_read(list, source, texts->text[i],
		    strlen(texts->text[i]), err);
	}
	return result;
}

static enum result
access_read_files(struct access_list *list, struct access_source *source,
    const struct texts *files, struct error *err)
{
	enum result result = RESULT_OK;

	for (size_t i = 0; i < files->count && result == RESULT_OK; i++)
		result = access_read_file(list, source, files->text[i], err);
	return result;
}

static enum result
access_read_all(const struct access_options *o, int64_t deadline,
    struct access_list *allow, struct access_list *deny, struct error *err)
{
	const struct access_words *words = &access_words[o->of_destinations];
	struct access_source source = { .numeric = o->numeric,
	    .deadline = deadline };
	enum result result;

	result = access_read_texts(allow, &source, words->allow, &o->allow,
	    err);
	if (result == RESULT_OK)
		result = access_read_texts(deny, &source, words->deny,
		    &o->deny, err);
	if (result == RESULT_OK)
		result = access_read_files(allow, &source, &o->allow_file,
		    err);
	if (result == RESULT_OK)
		result = access_read_files(deny, &source, &o->deny_file, err);
	access_list_sort(allow);
	access_list_sort(deny);
	return result;
}

bool
access_wanted(const struct access_options *o)
{
	return o->allow.count > 0 || o->deny.count > 0 ||
	    o->allow_file.count > 0 || o->deny_file.count > 0;
}

enum result
access_check(const struct access_options *o, struct error *err)
{
	const struct access_words *words = &access_words[o->of_destinations];
	struct access_source source = { .check_only = true };
	struct access_list list = { NULL, 0 };
	enum result result;

	result = access_read_texts(&list, &source, words->allow, &o->allow,
	    err);
	if (result == RESULT_OK)
		result = access_read_texts(&list, &source, words->deny,
		    &o->deny, err);
	access_list_free(&list);
	return result;
}

enum result
access_reload(struct access *a, int64_t deadline, struct error *err)
{
	struct access_list allow = { NULL, 0 }, deny = { NULL, 0 }, old;
	enum result result;

	result = access_read_all(a->o, deadline, &allow, &deny, err);
	if (result == RESULT_OK) {
		pthread_rwlock_wrlock(&a->lock);
		old = a->allow;
		a->allow = allow;
		allow = old;
		old = a->deny;
		a->deny = deny;
		deny = old;
		a->number++;
		pthread_rwlock_unlock(&a->lock);
	}
	access_list_free(&allow);
	access_list_free(&deny);
	return result;
}

enum result
access_open(const struct access_options *o, int64_t deadline,
    struct access **a, struct error *err)
{
	enum result result;

	*a = NULL;
	if (!access_wanted(o))
		return RESULT_OK;
	*a = xcalloc(1, sizeof(**a));
	(*a)->o = o;
	pthread_rwlock_init(&(*a)->lock, NULL);
	result = access_reload(*a, deadline, err);
	if (result != RESULT_OK) {
		access_close(*a);
		*a = NULL;
	}
	return result;
}

void
access_reload_and_say(struct access *a, int64_t deadline)
{
	struct error err;
	enum result result = access_reload(a, deadline, &err);

	if (result == RESULT_SIGNAL)
		return;
	if (result == RESULT_OK)
		log_line(LOG_STEP, "the lists of %s and %s were read again",
		    access_words[a->o->of_destinations].allow,
		    access_words[a->o->of_destinations].deny);
	else
		log_line(LOG_ERROR, "%s (the lists stay as they were)",
		    err.text);
}

bool
access_reload_if_asked(struct access *a, int64_t deadline)
{
	if (a == NULL || !signals_take_reload())
		return false;
	access_reload_and_say(a, deadline);
	return true;
}

bool
access_admits(struct access *a, const struct addr *from)
{
	uint8_t address[ACCESS_LENGTH];
	const struct access_words *words;
	char text[ADDR_TEXT_MAX];
	bool denied, allowed;

	if (a == NULL)
		return true;
	if (from->len > 0 && from->sa.sa_family == AF_INET) {
		access_address(address, &from->in.sin_addr, 4);
	} else if (from->len > 0 && from->sa.sa_family == AF_INET6) {
		access_address(address, &from->in6.sin6_addr, 16);
	} else {
		log_line(LOG_STEP, "denied %s: it has no address that could be "
		    "on a list", addr_format(from, text));
		return false;
	}
	words = &access_words[a->o->of_destinations];
	pthread_rwlock_rdlock(&a->lock);
	denied = access_list_has(&a->deny, address);
	allowed = (a->o->allow.count == 0 && a->o->allow_file.count == 0) ||
	    access_list_has(&a->allow, address);
	pthread_rwlock_unlock(&a->lock);
	if (denied || !allowed)
		log_line(LOG_STEP, "denied %s: %s %s", addr_format(from, text),
		    denied ? "it is on the list of" :
		    "it is not on the list of", denied ? words->deny :
		    words->allow);
	return !denied && allowed;
}

bool
access_still_admits(struct access *a, const struct addr *from,
    struct access_pass *pass)
{
	unsigned number;

	if (a == NULL)
		return true;
	number = a->number;
	if (pass->lists == number)
		return true;
	if (!access_admits(a, from))
		return false;
	pass->lists = number;
	return true;
}

void
access_close(struct access *a)
{
	if (a == NULL)
		return;
	access_list_free(&a->allow);
	access_list_free(&a->deny);
	pthread_rwlock_destroy(&a->lock);
	free(a);
}
