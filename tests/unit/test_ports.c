/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "tap.h"
#include "wire/ports.h"

static void	test_good(void);
static void	test_bad(void);
static void	test_bad_word_is_cut(void);
static void	test_append(void);
static void	test_expand(void);
static void	test_everything(void);
static bool	lookup(const char *, uint16_t *, void *);
static void	list_print(const struct port_list *, char *, size_t);
static void	expand_print(const struct port_list *, char *, size_t);

int
main(void)
{
	test_good();
	test_bad();
	test_bad_word_is_cut();
	test_append();
	test_expand();
	test_everything();
	return tap_done();
}

static void
test_good(void)
{
	static const struct {
		const char	*text, *ranges;
		int		 lookups;
	} tests[] = {
		{ "22", "22-22", 0 },
		{ "0", "0-0", 0 },
		{ "65535", "65535-65535", 0 },
		{ "00080", "80-80", 0 },
		{ "http", "80-80", 1 },
		{ "http-alt", "8080-8080", 1 },
		{ "3com-tsmux", "106-106", 1 },
		{ "22-ssh", "2222-2222", 1 },
		{ "z39-50", "210-210", 1 },
		{ "a-b-c", "7-7", 1 },
		{ "20-30", "20-30", 0 },
		{ "30-20", "20-30", 0 },
		{ "20-20", "20-20", 0 },
		{ "0-65535", "0-65535", 0 },
		{ "65535-0", "0-65535", 0 },
		{ "22,80,8000-8010", "22-22 80-80 8000-8010", 0 },
		{ "80,http,22-23,80", "80-80 80-80 22-23 80-80", 1 },
	};
	struct port_list list;
	char got[256], bad[32];
	size_t i;
	int lookups;

	for (i = 0; i < NITEMS(tests); i++) {
		memset(&list, 0, sizeof(list));
		strcpy(bad, "kept");
		lookups = 0;
		ok(ports_parse(&list, tests[i].text, lookup, &lookups, bad,
		    sizeof(bad)), "\"%s\" is accepted", tests[i].text);
		list_print(&list, got, sizeof(got));
		is_str(got, tests[i].ranges, "\"%s\": the ranges",
		    tests[i].text);
		is_int(lookups, tests[i].lookups, "\"%s\": names looked up",
		    tests[i].text);
		ports_free(&list);
	}
	ok(list.range == NULL && list.count == 0, "freeing zeroes the list");
}

static void
test_bad(void)
{
	static const struct {
		const char	*text, *bad;
		int		 lookups;
	} tests[] = {
		{ "", "", 0 },
		{ ",", "", 0 },
		{ "22,", "", 0 },
		{ ",22", "", 0 },
		{ "22,,80", "", 0 },
		{ "65536", "65536", 0 },
		{ "99999999999999999999", "99999999999999999999", 0 },
		{ "65535-65536", "65535-65536", 0 },
		{ "65536-1", "65536-1", 0 },
		{ "22-", "22-", 1 },
		{ "-22", "-22", 1 },
		{ "-", "-", 1 },
		{ "--", "--", 1 },
		{ "1-2-3", "1-2-3", 1 },
		{ "1--2", "1--2", 1 },
		{ " 22", " 22", 1 },
		{ "22 ", "22 ", 1 },
		{ "+22", "+22", 1 },
		{ "0x16", "0x16", 1 },
		{ "20 - 30", "20 - 30", 1 },
		{ "nobody", "nobody", 1 },
		{ "http-https", "http-https", 1 },
		{ "22,http,nobody,80", "nobody", 2 },
		{ "22, 80", " 80", 1 },
	};
	struct port_list list = { NULL, 0 };
	char bad[32];
	size_t i;
	int lookups;

	for (i = 0; i < NITEMS(tests); i++) {
		strcpy(bad, "kept");
		lookups = 0;
		ok(!ports_parse(&list, tests[i].text, lookup, &lookups, bad,
		    sizeof(bad)), "\"%s\" is rejected", tests[i].text);
		is_str(bad, tests[i].bad, "\"%s\": the word", tests[i].text);
		is_int(lookups, tests[i].lookups, "\"%s\": names looked up",
		    tests[i].text);
	}
	ok(list.range == NULL && list.count == 0, "an empty list stays so");
}

static void
test_bad_word_is_cut(void)
{
	struct port_list list = { NULL, 0 };
	char bad[8] = "#######";
	int lookups = 0;

	ports_parse(&list, "nobody-knows", lookup, &lookups, bad, 5);
	is_mem(bad, sizeof(bad), BYTES("nobo\0##\0"), "a word that is cut");
	ports_parse(&list, "nobody-knows", lookup, &lookups, bad, 1);
	is_str(bad, "", "a word that does not fit at all");
}

static void
test_append(void)
{
	struct port_list list = { NULL, 0 };
	struct port_range *range;
	char got[256], bad[32];
	int lookups = 0;

	ports_parse(&list, "80,20-22", lookup, &lookups, bad, sizeof(bad));
	range = list.range;
	ok(!ports_parse(&list, "1,2,nobody", lookup, &lookups, bad,
	    sizeof(bad)), "a bad list behind a good one");
	list_print(&list, got, sizeof(got));
	is_str(got, "80-80 20-22", "... leaves the good one as it was");
	ok(list.range == range, "... where it was");
	ok(ports_parse(&list, "1-2,80", lookup, &lookups, bad, sizeof(bad)),
	    "a good list behind a good one");
	list_print(&list, got, sizeof(got));
	is_str(got, "80-80 20-22 1-2 80-80", "... is appended");
	is_int((int64_t)ports_count(&list), 6, "... and counted once each");
	ports_free(&list);
}

static void
test_expand(void)
{
	static const struct {
		const char	*text, *ports;
	} tests[] = {
		{ "22", "22" },
		{ "0", "0" },
		{ "65535", "65535" },
		{ "65534-65535", "65534 65535" },
		{ "3-1", "1 2 3" },
		{ "80,22", "80 22" },
		{ "22,22,22", "22" },
		{ "5,1-9", "5 1 2 3 4 6 7 8 9" },
		{ "4-6,5-8,1-5", "4 5 6 7 8 1 2 3" },
		{ "http,80,81", "80 81" },
	};
	struct port_list list = { NULL, 0 };
	char got[256], bad[32];
	uint16_t *none;
	size_t i;
	int lookups = 0;

	is_int((int64_t)ports_count(&list), 0, "an empty list has no ports");
	none = ports_expand(&list);
	ok(none != NULL, "... and expands");
	free(none);
	for (i = 0; i < NITEMS(tests); i++) {
		ports_parse(&list, tests[i].text, lookup, &lookups, bad,
		    sizeof(bad));
		expand_print(&list, got, sizeof(got));
		is_str(got, tests[i].ports, "\"%s\" expanded", tests[i].text);
		ports_free(&list);
	}
}

static void
test_everything(void)
{
	struct port_list list = { NULL, 0 };
	uint16_t *ports;
	char bad[32];
	size_t i;
	int lookups = 0;
	bool good = true;

	ports_parse(&list, "0-65535,0,65535-1", lookup, &lookups, bad,
	    sizeof(bad));
	is_int((int64_t)ports_count(&list), 65536, "all ports: the count");
	ports = ports_expand(&list);
	for (i = 0; i < 65536; i++)
		good = good && ports[i] == i;
	ok(good, "all ports: each in its place");
	free(ports);
	ports_free(&list);
}

static bool
lookup(const char *name, uint16_t *port, void *arg)
{
	static const struct {
		const char	*name;
		uint16_t	 port;
	} services[] = {
		{ "http", 80 }, { "https", 443 }, { "http-alt", 8080 },
		{ "3com-tsmux", 106 }, { "22-ssh", 2222 }, { "z39-50", 210 },
		{ "a-b-c", 7 },
	};
	int *lookups = arg;
	size_t i;

	(*lookups)++;
	for (i = 0; i < NITEMS(services); i++) {
		if (strcmp(services[i].name, name) == 0) {
			*port = services[i].port;
			return true;
		}
	}
	return false;
}

static void
list_print(const struct port_list *list, char *out, size_t size)
{
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < list->count && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%u-%u",
		    i > 0 ? " " : "", list->range[i].low, list->range[i].high);
}

static void
expand_print(const struct port_list *list, char *out, size_t size)
{
	uint16_t *ports = ports_expand(list);
	size_t i, n = 0, count = ports_count(list);

	out[0] = '\0';
	for (i = 0; i < count && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "%s%u",
		    i > 0 ? " " : "", ports[i]);
	free(ports);
}
