/* SPDX-License-Identifier: ISC */
/* A list: who is in it. */
#include <arpa/inet.h>

#include "tap.h"
#include "wire/access.h"

static void	test_list(void);
static void	test_list_of_many(void);
static void	test_merged(void);
static void	test_against_linear(void);
static void	list_make(struct access_list *, const char *);
static bool	list_has(const struct access_list *, const char *);

int
main(void)
{
	test_list();
	test_list_of_many();
	test_merged();
	test_against_linear();
	return tap_done();
}

static void
test_list(void)
{
	static const struct {
		const char	*items, *in, *out;
	} tests[] = {
		{ "192.0.2.1", "192.0.2.1", "192.0.2.0 192.0.2.2 ::1" },
		{ "192.0.2.1", "::ffff:192.0.2.1", "::192.0.2.1" },
		{ "::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2" },
		{ "192.0.2.0/24", "192.0.2.0 192.0.2.77 192.0.2.255",
		    "192.0.1.255 192.0.3.0 ::" },
		{ "192.0.2.9-192.0.3.1",
		    "192.0.2.9 192.0.2.255 192.0.3.0 192.0.3.1",
		    "192.0.2.8 192.0.3.2" },
		{ "2001:db8::/32", "2001:db8:: 2001:db8:ffff::1",
		    "2001:db7:ffff::1 2001:db9:: 192.0.2.1" },
		{ "0.0.0.0/0", "0.0.0.0 255.255.255.255 ::ffff:192.0.2.1",
		    "::1 :: 2001:db8::1" },
		{ "::/0", "::1 2001:db8::1 192.0.2.1 0.0.0.0 255.255.255.255",
		    "" },
		{ "2000::/3", "2001:db8::1", "192.0.2.1 ::1" },
		{ "::ffff:10.0.0.0/104", "10.0.0.1 10.255.255.255",
		    "11.0.0.0 9.255.255.255 ::10.0.0.1" },
		{ "192.0.2.1,::1,10.0.0.0/8", "192.0.2.1 ::1 10.9.8.7",
		    "192.0.2.2 ::2 11.0.0.0" },
		{ "", "", "192.0.2.1 :: 0.0.0.0" },
	};
	struct access_list list = { NULL, 0 };
	const char *text, *item;
	size_t i, n, left;

	for (i = 0; i < NITEMS(tests); i++) {
		list_make(&list, tests[i].items);
		text = tests[i].in;
		left = strlen(text);
		while ((n = access_next(&text, &left, &item)) > 0)
			ok(list_has(&list, item), "\"%s\" has %.*s",
			    tests[i].items, (int)n, item);
		text = tests[i].out;
		left = strlen(text);
		while ((n = access_next(&text, &left, &item)) > 0)
			ok(!list_has(&list, item), "\"%s\" does not have %.*s",
			    tests[i].items, (int)n, item);
		access_list_free(&list);
		ok(list.range == NULL && list.count == 0,
		    "\"%s\": freeing zeroes the list", tests[i].items);
	}
}

static void
test_list_of_many(void)
{
	struct access_list list = { NULL, 0 };
	struct access_range r;
	uint8_t address[ACCESS_LENGTH];
	uint32_t i, n = 1000, number;
	bool good = true;

	/* Each second address. */
	for (i = 0; i < n; i++) {
		number = htonl(2 * i);
		access_address(r.low, &number, sizeof(number));
		memcpy(r.high, r.low, sizeof(r.high));
		access_list_add(&list, &r);
	}
	access_list_sort(&list);
	is_int((int64_t)list.count, n, "%u ranges", n);
	for (i = 0; i < 2 * n; i++) {
		number = htonl(i);
		access_address(address, &number, sizeof(number));
		good = good && access_list_has(&list, address) == (i % 2 == 0);
	}
	ok(good, "... and each is in the list");
	access_list_free(&list);
}

/* What touches is one. */
static void
test_merged(void)
{
	static const struct {
		const char	*items;
		int		 count;
	} tests[] = {
		{ "", 0 },
		{ "192.0.2.1", 1 },
		{ "192.0.2.1,192.0.2.1", 1 },
		{ "192.0.2.2,192.0.2.1", 1 },
		{ "192.0.2.3,192.0.2.1", 2 },
		{ "192.0.2.1,192.0.2.3,192.0.2.2", 1 },
		{ "192.0.2.0/25,192.0.2.128/25", 1 },
		{ "192.0.2.0/24,192.0.2.7,192.0.2.255,192.0.3.0", 1 },
		{ "192.0.2.255,192.0.3.0", 1 },
		{ "10.0.0.0/8,10.1.0.0/16,11.0.0.0/8,13.0.0.0/8", 2 },
		{ "255.255.255.255,::1:0:0:0", 1 },
		{ "::/0,192.0.2.1,::1", 1 },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,::", 2 },
		{ "::1-::9,::5-::20,::21", 1 },
	};
	struct access_list list = { NULL, 0 };

	for (size_t i = 0; i < NITEMS(tests); i++) {
		list_make(&list, tests[i].items);
		is_int((int64_t)list.count, tests[i].count,
		    "\"%s\": merged", tests[i].items);
		access_list_free(&list);
	}
}

/* From end to end. */
static bool
linear_has(const struct access_list *list, const uint8_t *address)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct access_range *r = &list->range[i];

		if (memcmp(r->low, address, ACCESS_LENGTH) <= 0 &&
		    memcmp(address, r->high, ACCESS_LENGTH) <= 0)
			return true;
	}
	return false;
}

/* A few bytes of an address, so that ranges overlap, touch, and miss. */
static void
random_address(uint8_t *address, uint32_t *state)
{
	memset(address, 0, ACCESS_LENGTH);
	for (int i = 0; i < 2; i++) {
		*state = *state * 1664525 + 1013904223;
		address[i == 0 ? 3 : ACCESS_LENGTH - 1] =
		    (uint8_t)((*state >> 24) % (i == 0 ? 3 : 256));
	}
}

static void
random_list(struct access_list *list, uint32_t n, uint32_t *state)
{
	struct access_range r;

	for (uint32_t i = 0; i < n; i++) {
		random_address(r.low, state);
		memcpy(r.high, r.low, sizeof(r.high));
		*state = *state * 1664525 + 1013904223;
		if (*state >> 31 != 0)
			random_address(r.high, state);
		if (memcmp(r.low, r.high, ACCESS_LENGTH) <= 0)
			access_list_add(list, &r);
	}
}

static void
test_against_linear(void)
{
	uint8_t address[ACCESS_LENGTH];
	uint32_t state = 1, lists, looks;
	bool good = true;

	for (lists = 0; lists < 300; lists++) {
		struct access_list list = { NULL, 0 }, sorted = { NULL, 0 };

		random_list(&list, lists % 40, &state);
		for (size_t i = 0; i < list.count; i++)
			access_list_add(&sorted, &list.range[i]);
		access_list_sort(&sorted);
		for (looks = 0; looks < 300; looks++) {
			random_address(address, &state);
			good = good && access_list_has(&sorted, address) ==
			    linear_has(&list, address);
		}
		good = good && sorted.count <= list.count;
		access_list_free(&list);
		access_list_free(&sorted);
	}
	ok(good, "by halves as from end to end, in %u lists", lists);
}

static void
list_make(struct access_list *list, const char *items)
{
	size_t n, left = strlen(items);
	struct access_range r;
	const char *item;

	while ((n = access_next(&items, &left, &item)) > 0)
		if (access_parse(item, n, &r) == ACCESS_OK)
			access_list_add(list, &r);
	access_list_sort(list);
}

/* The address ends with the text or at a blank. */
static bool
list_has(const struct access_list *list, const char *text)
{
	uint8_t raw[ACCESS_LENGTH], address[ACCESS_LENGTH];
	char copy[64];

	snprintf(copy, sizeof(copy), "%.*s", (int)strcspn(text, " "), text);
	if (inet_pton(AF_INET, copy, raw) == 1)
		access_address(address, raw, 4);
	else if (inet_pton(AF_INET6, copy, raw) == 1)
		access_address(address, raw, ACCESS_LENGTH);
	else
		ok(false, "\"%s\" is an address", copy);
	return access_list_has(list, address);
}
