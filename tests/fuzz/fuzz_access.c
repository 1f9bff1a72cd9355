/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdbool.h>

#include "fuzz.h"
#include "wire/access.h"

/* As a list is searched from one end to the other. */
#define RANGES_MAX	64

static void	fuzz_item(const char *, size_t, struct access_list *);
static void	check_name(const char *, size_t);
static void	check_range(const struct access_range *);
static void	check_block(const char *, size_t, const struct access_range *);
static void	check_written(const struct access_range *, bool);
static void	check_outside(const struct access_range *);
static bool	step(uint8_t *, bool);
static bool	range_holds(const struct access_range *, const uint8_t *);
static bool	is_mapped(const struct access_range *);
static void	check_next(const char *, size_t, struct access_list *);
static bool	gap_ends_open(const char *, const char *);
static void	check_list(const struct access_list *);
static void	check_gaps(const struct access_list *);

/* All of the input is one item, and it is a list. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = (char *)fuzz_copy(data, size);
	struct access_list list = { NULL, 0 };

	fuzz_item(text, size, &list);
	check_next(text, size, &list);
	check_list(&list);
	access_list_free(&list);
	CHECK(list.range == NULL && list.count == 0);
	free(text);
	return 0;
}

static void
fuzz_item(const char *text, size_t n, struct access_list *list)
{
	char *copy = (char *)fuzz_copy((const uint8_t *)text, n);
	struct access_range r, kept;
	enum access_verdict verdict;

	memset(&r, 0xa5, sizeof(r));
	kept = r;
	verdict = access_parse(copy, n, &r);
	CHECK(verdict >= ACCESS_OK && verdict <= ACCESS_BAD);
	CHECK(access_verdict_text(verdict)[0] != '\0');
	CHECK((verdict == ACCESS_EMPTY) == (n == 0));
	if (verdict == ACCESS_OK) {
		check_range(&r);
		check_block(copy, n, &r);
		if (list->count < RANGES_MAX)
			access_list_add(list, &r);
	} else {
		CHECK(memcmp(&r, &kept, sizeof(r)) == 0);
	}
	if (verdict == ACCESS_NAME)
		check_name(copy, n);
	free(copy);
}

/* Fit for getaddrinfo(3), which is not to find an address in it. */
static void
check_name(const char *text, size_t n)
{
	char name[ACCESS_NAME_MAX];
	uint8_t raw[ACCESS_LENGTH];
	struct in_addr in;

	CHECK(n > 0 && n < sizeof(name));
	memcpy(name, text, n);
	name[n] = '\0';
	CHECK(strlen(name) == n);
	CHECK(name[strspn(name, "0123456789.")] != '\0');
	CHECK(strpbrk(name, " \t\r\n,#/:%[]@") == NULL);
	CHECK(inet_pton(AF_INET, name, raw) != 1);
	CHECK(inet_pton(AF_INET6, name, raw) != 1);
	CHECK(inet_aton(name, &in) == 0);
}

static void
check_range(const struct access_range *r)
{
	CHECK(memcmp(r->low, r->high, ACCESS_LENGTH) <= 0);
	CHECK(range_holds(r, r->low) && range_holds(r, r->high));
	check_outside(r);
	check_written(r, false);
	check_written(r, true);
}

/* A block's ends differ in the bits behind its prefix, all of them. */
static void
check_block(const char *text, size_t n, const struct access_range *r)
{
	const char *slash = n > 0 ? memchr(text, '/', n) : NULL;
	size_t i, prefix = 0, bits;
	bool low, high;

	if (slash == NULL)
		return;
	for (i = (size_t)(slash - text) + 1; i < n; i++)
		prefix = prefix * 10 + (size_t)(text[i] - '0');
	if (memchr(text, ':', n) == NULL)
		prefix += 96;
	CHECK(prefix <= 128);
	for (bits = 0; bits < 128; bits++) {
		low = (r->low[bits / 8] & 0x80 >> bits % 8) != 0;
		high = (r->high[bits / 8] & 0x80 >> bits % 8) != 0;
		CHECK(bits < prefix ? low == high : !low && high);
	}
}

/* Both ends written out are the same range. */
static void
check_written(const struct access_range *r, bool brackets)
{
	char low[INET6_ADDRSTRLEN], high[INET6_ADDRSTRLEN], text[128], *copy;
	const char *open = brackets ? "[" : "", *close = brackets ? "]" : "";
	struct access_range again;
	size_t n;

	/* IPv4 in its own notation, too. */
	if (!brackets && is_mapped(r)) {
		inet_ntop(AF_INET, r->low + 12, low, sizeof(low));
		inet_ntop(AF_INET, r->high + 12, high, sizeof(high));
	} else {
		inet_ntop(AF_INET6, r->low, low, sizeof(low));
		inet_ntop(AF_INET6, r->high, high, sizeof(high));
	}
	n = (size_t)snprintf(text, sizeof(text), "%s%s%s-%s%s%s", open, low,
	    close, open, high, close);
	copy = (char *)fuzz_copy((uint8_t *)text, n);
	CHECK(access_parse(copy, n, &again) == ACCESS_OK);
	CHECK(memcmp(r, &again, sizeof(again)) == 0);
	free(copy);
}

/* The addresses just before and just behind the range are not in it. */
static void
check_outside(const struct access_range *r)
{
	uint8_t address[ACCESS_LENGTH];

	memcpy(address, r->low, sizeof(address));
	if (step(address, false))
		CHECK(!range_holds(r, address));
	memcpy(address, r->high, sizeof(address));
	if (step(address, true))
		CHECK(!range_holds(r, address));
}

/* The next address, or the one before it; false if there is none. */
static bool
step(uint8_t *address, bool up)
{
	size_t i;

	for (i = ACCESS_LENGTH; i-- > 0;) {
		address[i] = (uint8_t)(address[i] + (up ? 1 : -1));
		if (address[i] != (up ? 0 : 0xff))
			return true;
	}
	return false;
}

static bool
range_holds(const struct access_range *r, const uint8_t *address)
{
	struct access_list list = { NULL, 0 };
	bool held;

	access_list_add(&list, r);
	held = access_list_has(&list, address);
	access_list_free(&list);
	return held;
}

static bool
is_mapped(const struct access_range *r)
{
	uint8_t low[ACCESS_LENGTH], high[ACCESS_LENGTH];

	access_address(low, r->low + 12, 4);
	access_address(high, r->high + 12, 4);
	return memcmp(low, r->low, sizeof(low)) == 0 &&
	    memcmp(high, r->high, sizeof(high)) == 0;
}

/* Items have no separators in them, and nothing else is between them. */
static void
check_next(const char *text, size_t n, struct access_list *list)
{
	const char *at = text, *before = text, *item;
	size_t i, length, left = n;

	while ((length = access_next(&at, &left, &item)) > 0) {
		CHECK(item >= before && at == item + length);
		CHECK(left == n - (size_t)(at - text));
		for (i = 0; i < length; i++)
			CHECK(item[i] == '\0' ||
			    strchr(", \t\r\n#", item[i]) == NULL);
		CHECK(!gap_ends_open(before, item));
		fuzz_item(item, length, list);
		before = at;
	}
	CHECK(left == 0 && at == text + n);
	gap_ends_open(before, at);
	CHECK(access_next(&at, &left, &item) == 0 && left == 0);
}

/* Separators and comments; true if the last one goes on at the end. */
static bool
gap_ends_open(const char *from, const char *to)
{
	bool comment = false;

	for (; from < to; from++) {
		if (*from == '\n' || *from == '\r')
			comment = false;
		else if (*from == '#')
			comment = true;
		else
			CHECK(comment || *from == ',' || *from == ' ' ||
			    *from == '\t');
	}
	return comment;
}

/* The list as it was, from end to end. */
static bool
linear_has(const struct access_list *list, const uint8_t *address)
{
	bool held = false;

	for (size_t i = 0; i < list->count; i++)
		held = held || range_holds(&list->range[i], address);
	return held;
}

/* Around both ends of each range, it is in the sorted list as in the other. */
static void
check_ends(const struct access_list *list, const struct access_list *sorted)
{
	uint8_t address[ACCESS_LENGTH];

	for (size_t i = 0; i < list->count; i++) {
		CHECK(access_list_has(sorted, list->range[i].low));
		CHECK(access_list_has(sorted, list->range[i].high));
		memcpy(address, list->range[i].low, sizeof(address));
		step(address, false);
		CHECK(access_list_has(sorted, address) ==
		    linear_has(list, address));
		memcpy(address, list->range[i].high, sizeof(address));
		step(address, true);
		CHECK(access_list_has(sorted, address) ==
		    linear_has(list, address));
	}
}

static void
check_list(const struct access_list *list)
{
	struct access_list sorted = { NULL, 0 };

	for (size_t i = 0; i < list->count; i++)
		access_list_add(&sorted, &list->range[i]);
	access_list_sort(&sorted);
	CHECK(sorted.count <= list->count);
	check_ends(list, &sorted);
	check_gaps(&sorted);
	access_list_free(&sorted);
}

/* In order, and somebody is between two ranges. */
static void
check_gaps(const struct access_list *sorted)
{
	uint8_t next[ACCESS_LENGTH];

	for (size_t i = 0; i + 1 < sorted->count; i++) {
		memcpy(next, sorted->range[i].high, sizeof(next));
		CHECK(step(next, true));
		CHECK(memcmp(next, sorted->range[i + 1].low, sizeof(next)) <
		    0);
	}
}
