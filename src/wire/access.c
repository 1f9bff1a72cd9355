/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "wire/access.h"

#define BITS_V4		32
#define BITS_V6		128

#define SEPARATORS	", \t\n\r"
#define LINE_ENDS	"\n\r"

#define NAME_BYTES	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" \
			"0123456789-_."
#define NUMBER_BYTES	"0123456789."

/* The ::ffff: in front of an IPv4 address. */
static const uint8_t mapped[] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff
};

struct address {
	uint8_t	bytes[ACCESS_LENGTH];
	bool	v4;			/* written as one */
};

static bool	address_parse(const char *, size_t, struct address *);
static enum access_verdict	block_parse(const char *, size_t, const char *,
				    struct access_range *);
static void	block_fill(const uint8_t *, unsigned int,
		    struct access_range *);
static enum access_verdict	range_parse(const struct address *,
				    const char *, size_t,
				    struct access_range *);
static void	range_fill(const uint8_t *, const uint8_t *,
		    struct access_range *);
static int	range_compare(const void *, const void *);
static bool	range_touches(const struct access_range *,
		    const struct access_range *);
static bool	decimal_parse(const char *, size_t, unsigned int,
		    unsigned int *);
static bool	name_is_good(const char *, size_t);
static bool	one_of(const char *, char);
static size_t	span(const char *, size_t, const char *);
static size_t	span_until(const char *, size_t, const char *);

enum access_verdict
access_parse(const char *text, size_t n, struct access_range *range)
{
	struct address a;
	const char *p;

	if (n == 0)
		return ACCESS_EMPTY;
	if ((p = memchr(text, '/', n)) != NULL)
		return block_parse(text, n, p, range);
	if (address_parse(text, n, &a)) {
		range_fill(a.bytes, a.bytes, range);
		return ACCESS_OK;
	}
	/* Names have dashes in them, too; addresses have none. */
	p = memchr(text, '-', n);
	if (p != NULL && address_parse(text, (size_t)(p - text), &a)) {
		p++;
		return range_parse(&a, p, n - (size_t)(p - text), range);
	}
	return name_is_good(text, n) ? ACCESS_NAME : ACCESS_BAD;
}

const char *
access_verdict_text(enum access_verdict verdict)
{
	static const char *const text[] = {
		[ACCESS_OK] = "nothing is wrong",
		[ACCESS_NAME] = "it is a name",
		[ACCESS_EMPTY] = "it is empty",
		[ACCESS_PREFIX] =
		    "the prefix length is wrong (0 to 32, IPv6: 0 to 128)",
		[ACCESS_ORDER] = "the range ends before it starts",
		[ACCESS_FAMILIES] =
		    "the range goes from one address family to the other",
		[ACCESS_BAD] =
		    ("it is neither an address nor a name, nor a block "
		    "(10.0.0.0/8) or a range (10.0.0.1-9)"),
	};

	return text[verdict];
}

size_t
access_next(const char **text, size_t *left, const char **item)
{
	size_t skipped = 0, length;

	*item = *text;
	if (*left == 0)
		return 0;
	for (;;) {
		skipped += span(*text + skipped, *left - skipped, SEPARATORS);
		if (skipped == *left || (*text)[skipped] != '#')
			break;
		skipped += span_until(*text + skipped, *left - skipped,
		    LINE_ENDS);
	}
	*item = *text + skipped;
	length = span_until(*item, *left - skipped, SEPARATORS "#");
	*text = *item + length;
	*left -= skipped + length;
	return length;
}

void
access_list_add(struct access_list *list, const struct access_range *range)
{
	size_t n = list->count;

	/* It is full when it holds a power of two of them, or none. */
	if ((n & (n - 1)) == 0)
		list->range = xreallocarray(list->range, n > 0 ? 2 * n : 1,
		    sizeof(*range));
	list->range[n] = *range;
	list->count++;
}

void
access_list_sort(struct access_list *list)
{
	struct access_range *last = list->range;

	if (list->count == 0)
		return;
	qsort(list->range, list->count, sizeof(*list->range), range_compare);
	for (size_t i = 1; i < list->count; i++) {
		const struct access_range *r = &list->range[i];

		if (!range_touches(last, r))
			*++last = *r;
		else if (memcmp(r->high, last->high, ACCESS_LENGTH) > 0)
			memcpy(last->high, r->high, ACCESS_LENGTH);
	}
	list->count = (size_t)(last - list->range) + 1;
}

bool
access_list_has(const struct access_list *list,
    const uint8_t address[ACCESS_LENGTH])
{
	size_t low = 0, high = list->count;

	/* Those before `low' begin at the address or before it, from `high' on
	 * they begin behind it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(list->range[middle].low, address, ACCESS_LENGTH) <=
		    0)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && memcmp(address, list->range[low - 1].high,
	    ACCESS_LENGTH) <= 0;
}

void
access_list_free(struct access_list *list)
{
	free(list->range);
	list->range = NULL;
	list->count = 0;
}

void
access_address(uint8_t to[ACCESS_LENGTH], const void *address, size_t length)
{
	size_t front = ACCESS_LENGTH - length;

	memcpy(to, mapped, front);
	memcpy(to + front, address, length);
}

static bool
address_parse(const char *text, size_t n, struct address *a)
{
	char copy[INET6_ADDRSTRLEN];
	struct in_addr in;
	bool brackets = n >= 2 && text[0] == '[' && text[n - 1] == ']';

	if (brackets) {
		text++;
		n -= 2;
	}
	if (n >= sizeof(copy) || memchr(text, '\0', n) != NULL)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	a->v4 = !brackets && inet_pton(AF_INET, copy, &in) == 1;
	if (!a->v4)
		return inet_pton(AF_INET6, copy, a->bytes) == 1;
	access_address(a->bytes, &in, sizeof(in));
	return true;
}

static enum access_verdict
block_parse(const char *text, size_t n, const char *slash,
    struct access_range *range)
{
	struct address a;
	size_t before = (size_t)(slash - text);
	unsigned int prefix;

	if (!address_parse(text, before, &a))
		return ACCESS_BAD;
	if (!decimal_parse(slash + 1, n - before - 1,
	    a.v4 ? BITS_V4 : BITS_V6, &prefix))
		return ACCESS_PREFIX;
	if (a.v4)
		prefix += BITS_V6 - BITS_V4;
	block_fill(a.bytes, prefix, range);
	return ACCESS_OK;
}

/* All addresses that begin with the same `prefix' bits. */
static void
block_fill(const uint8_t *address, unsigned int prefix,
    struct access_range *range)
{
	unsigned int i, bits, rest;

	for (i = 0; i < ACCESS_LENGTH; i++) {
		bits = prefix < 8 ? prefix : 8;
		prefix -= bits;
		rest = 0xffu >> bits;
		range->low[i] = (uint8_t)(address[i] & ~rest);
		range->high[i] = (uint8_t)(address[i] | rest);
	}
}

/* text is what is behind the dash. */
static enum access_verdict
range_parse(const struct address *low, const char *text, size_t n,
    struct access_range *range)
{
	struct address high;
	unsigned int byte;

	if (low->v4 && decimal_parse(text, n, UINT8_MAX, &byte)) {
		high = *low;
		high.bytes[ACCESS_LENGTH - 1] = (uint8_t)byte;
	} else if (!address_parse(text, n, &high)) {
		return ACCESS_BAD;
	}
	if (low->v4 != high.v4)
		return ACCESS_FAMILIES;
	if (memcmp(low->bytes, high.bytes, ACCESS_LENGTH) > 0)
		return ACCESS_ORDER;
	range_fill(low->bytes, high.bytes, range);
	return ACCESS_OK;
}

static void
range_fill(const uint8_t *low, const uint8_t *high, struct access_range *range)
{
	memcpy(range->low, low, ACCESS_LENGTH);
	memcpy(range->high, high, ACCESS_LENGTH);
}

/* By their begin; as for qsort(3). */
static int
range_compare(const void *one, const void *other)
{
	const struct access_range *a = one, *b = other;

	return memcmp(a->low, b->low, ACCESS_LENGTH);
}

/* Whether b, which does not begin before a, leaves nobody out between them. */
static bool
range_touches(const struct access_range *a, const struct access_range *b)
{
	uint8_t next[ACCESS_LENGTH];
	size_t i = ACCESS_LENGTH;

	if (memcmp(b->low, a->high, ACCESS_LENGTH) <= 0)
		return true;
	memcpy(next, a->high, sizeof(next));
	while (i > 0 && ++next[--i] == 0)
		continue;
	return memcmp(b->low, next, ACCESS_LENGTH) == 0;
}

/*
 * One to three digits.  Where some read a zero in front as octal, inet_pton(3)
 * takes none; neither do we.
 */
static bool
decimal_parse(const char *text, size_t n, unsigned int max,
    unsigned int *value)
{
	unsigned int total = 0;
	size_t i;

	if (n == 0 || n > 3 || (n > 1 && text[0] == '0'))
		return false;
	for (i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		total = total * 10 + (unsigned int)(text[i] - '0');
	}
	*value = total;
	return total <= max;
}

static bool
name_is_good(const char *text, size_t n)
{
	char copy[ACCESS_NAME_MAX];
	struct in_addr in;

	if (n >= sizeof(copy) || span(text, n, NAME_BYTES) < n ||
	    span(text, n, NUMBER_BYTES) == n)
		return false;
	memcpy(copy, text, n);
	copy[n] = '\0';
	/* getaddrinfo(3) would take it for an address. */
	return inet_aton(copy, &in) == 0;
}

static bool
one_of(const char *set, char c)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* How many of the n bytes, from the first on, are in the set. */
static size_t
span(const char *text, size_t n, const char *set)
{
	size_t i = 0;

	while (i < n && one_of(set, text[i]))
		i++;
	return i;
}

/* ... are not in the set. */
static size_t
span_until(const char *text, size_t n, const char *set)
{
	size_t i = 0;

	while (i < n && !one_of(set, text[i]))
		i++;
	return i;
}
