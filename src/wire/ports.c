/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "base/xalloc.h"
#include "wire/ports.h"

#define PORT_MAX	65535
#define DIGITS		"0123456789"

/* One bit a port. */
struct port_set {
	unsigned char	bits[(PORT_MAX + 1) / 8];
};

static size_t	word_count(const char *);
static bool	word_parse(char *, port_lookup, void *, struct port_range *);
static bool	range_parse(char *, char *, struct port_range *);
static bool	name_parse(const char *, port_lookup, void *,
		    struct port_range *);
static bool	is_number(const char *);
static bool	port_parse(const char *, uint16_t *);
static void	list_append(struct port_list *, const struct port_range *,
		    size_t);
static size_t	list_walk(const struct port_list *, uint16_t *);
static bool	set_add(struct port_set *, unsigned int);

bool
ports_parse(struct port_list *list, const char *text, port_lookup lookup,
    void *arg, char *bad, size_t bad_size)
{
	struct port_range *range;
	char *copy, *rest, *word;
	size_t n = 0;

	range = xreallocarray(NULL, word_count(text), sizeof(*range));
	rest = copy = xstrdup(text);
	while ((word = strsep(&rest, ",")) != NULL) {
		if (!word_parse(word, lookup, arg, &range[n])) {
			strlcpy(bad, word, bad_size);
			break;
		}
		n++;
	}
	if (word == NULL)
		list_append(list, range, n);
	free(copy);
	free(range);
	return word == NULL;
}

size_t
ports_count(const struct port_list *list)
{
	return list_walk(list, NULL);
}

uint16_t *
ports_expand(const struct port_list *list)
{
	uint16_t *ports;

	/* One more than needed: calloc(3) of nothing may return NULL. */
	ports = xcalloc(ports_count(list) + 1, sizeof(*ports));
	list_walk(list, ports);
	return ports;
}

void
ports_free(struct port_list *list)
{
	free(list->range);
	list->range = NULL;
	list->count = 0;
}

static size_t
word_count(const char *text)
{
	size_t n = 1;

	for (; *text != '\0'; text++)
		n += *text == ',';
	return n;
}

/* The word is as it was when this returns. */
static bool
word_parse(char *word, port_lookup lookup, void *arg, struct port_range *r)
{
	char *dash = strchr(word, '-');
	bool good;

	if (dash != NULL) {
		*dash = '\0';
		good = is_number(word) && is_number(dash + 1);
		*dash = '-';
		if (good)
			return range_parse(word, dash, r);
	}
	if (!is_number(word))
		return name_parse(word, lookup, arg, r);
	good = port_parse(word, &r->low);
	r->high = r->low;
	return good;
}

static bool
range_parse(char *word, char *dash, struct port_range *r)
{
	uint16_t from, to;
	bool good;

	*dash = '\0';
	good = port_parse(word, &from) && port_parse(dash + 1, &to);
	*dash = '-';
	if (!good)
		return false;
	r->low = from < to ? from : to;
	r->high = from < to ? to : from;
	return true;
}

static bool
name_parse(const char *name, port_lookup lookup, void *arg,
    struct port_range *r)
{
	if (*name == '\0' || !lookup(name, &r->low, arg))
		return false;
	r->high = r->low;
	return true;
}

/* Of any size: a number too large for a port is no name either. */
static bool
is_number(const char *s)
{
	return *s != '\0' && s[strspn(s, DIGITS)] == '\0';
}

static bool
port_parse(const char *s, uint16_t *port)
{
	int64_t n;

	if (!number_parse(s, 0, PORT_MAX, &n))
		return false;
	*port = (uint16_t)n;
	return true;
}

static void
list_append(struct port_list *list, const struct port_range *range, size_t n)
{
	list->range = xreallocarray(list->range, list->count + n,
	    sizeof(*range));
	memcpy(list->range + list->count, range, n * sizeof(*range));
	list->count += n;
}

/* Count each port once, and write it to ports unless that is NULL. */
static size_t
list_walk(const struct port_list *list, uint16_t *ports)
{
	struct port_set seen = { { 0 } };
	const struct port_range *r;
	unsigned int port;
	size_t i, n = 0;

	for (i = 0; i < list->count; i++) {
		r = &list->range[i];
		for (port = r->low; port <= r->high; port++) {
			if (!set_add(&seen, port))
				continue;
			if (ports != NULL)
				ports[n] = (uint16_t)port;
			n++;
		}
	}
	return n;
}

/* True if the port was not in the set yet. */
static bool
set_add(struct port_set *set, unsigned int port)
{
	unsigned char bit = (unsigned char)(1u << port % 8);

	if ((set->bits[port / 8] & bit) != 0)
		return false;
	set->bits[port / 8] |= bit;
	return true;
}
