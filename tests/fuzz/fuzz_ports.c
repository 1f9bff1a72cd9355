/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/ports.h"

/* All ports take a while; so many ranges show what there is to see. */
#define RANGES_MAX	16

static bool	lookup(const char *, uint16_t *, void *);
static void	check_bad(const char *, const char *);
static void	check_expand(const struct port_list *);
static void	check_again(const struct port_list *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *bad = fuzz_alloc(9);
	struct port_list list = { NULL, 0 }, before;
	size_t i;
	int arg = 7;

	CHECK(ports_parse(&list, "http,3-1", lookup, &arg, bad, 9));
	CHECK(list.count == 2 && list.range[0].low == 80);
	before = list;
	memset(bad, '#', 9);
	if (!ports_parse(&list, text, lookup, &arg, bad, 9)) {
		CHECK(list.range == before.range && list.count == 2);
		check_bad(text, bad);
	}
	CHECK(list.range[0].low == 80 && list.range[0].high == 80);
	CHECK(list.range[1].low == 1 && list.range[1].high == 3);
	for (i = 0; i < list.count; i++)
		CHECK(list.range[i].low <= list.range[i].high);
	if (list.count <= RANGES_MAX)
		check_expand(&list);
	check_again(&list);
	ports_free(&list);
	CHECK(list.range == NULL && list.count == 0);
	free(text);
	free(bad);
	return 0;
}

/* Names are never empty and never numbers. */
static bool
lookup(const char *name, uint16_t *port, void *arg)
{
	CHECK(*(int *)arg == 7);
	CHECK(name[0] != '\0' && name[strspn(name, "0123456789")] != '\0');
	CHECK(strchr(name, ',') == NULL);
	if (strcmp(name, "http") == 0)
		*port = 80;
	else if (strcmp(name, "http-alt") == 0)
		*port = 8080;
	else
		return false;
	return true;
}

/* The word is one of those in the text, or the beginning of one. */
static void
check_bad(const char *text, const char *bad)
{
	const char *word;
	size_t n = strnlen(bad, 9), length;
	bool found = false;

	CHECK(n < 9);
	for (word = text; !found; word += length + 1) {
		length = strcspn(word, ",");
		found = strncmp(word, bad, n) == 0 && n <= length &&
		    (n == length || n == 8);
		if (word[length] == '\0')
			break;
	}
	CHECK(found);
}

/* Each port once, where the list has it first. */
static void
check_expand(const struct port_list *list)
{
	size_t i, port, named = 0, count = ports_count(list);
	unsigned char *seen = fuzz_alloc(65536);
	uint16_t *ports = ports_expand(list);

	memset(seen, 0, 65536);
	for (i = 0; i < count; i++) {
		CHECK(!seen[ports[i]]);
		seen[ports[i]] = 1;
	}
	for (i = 0; i < list->count; i++) {
		for (port = list->range[i].low; port <= list->range[i].high;
		    port++) {
			CHECK(seen[port] != 0);
			if (seen[port] == 2)
				continue;
			CHECK(named < count && ports[named] == port);
			seen[port] = 2;
			named++;
		}
	}
	CHECK(named == count);
	free(ports);
	free(seen);
}

/* The list written out in numbers gives the same list. */
static void
check_again(const struct port_list *list)
{
	struct port_list again = { NULL, 0 };
	size_t i, n = 0, room = list->count * sizeof("65535-65535,");
	char *text = fuzz_alloc(room), bad[1];
	int arg = 7;

	for (i = 0; i < list->count; i++)
		n += (size_t)snprintf(text + n, room - n, "%s%u-%u",
		    i > 0 ? "," : "", list->range[i].high,
		    list->range[i].low);
	CHECK(ports_parse(&again, text, lookup, &arg, bad, sizeof(bad)));
	CHECK(again.count == list->count);
	for (i = 0; i < list->count; i++) {
		CHECK(again.range[i].low == list->range[i].low);
		CHECK(again.range[i].high == list->range[i].high);
	}
	ports_free(&again);
	free(text);
}
