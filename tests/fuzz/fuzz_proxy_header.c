/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/proxy_header.h"

/* One way to feed the input. */
struct run {
	struct proxy_header	*h;
	enum dialogue_verdict	 verdict;
	size_t			 used;
};

static void	run_init(struct run *);
static void	run_feed(struct run *, const uint8_t *, size_t);
static void	run_free(struct run *);
static void	check_same(const struct run *, const struct run *);
static void	check_address(const struct proxy_header_address *,
		    const struct proxy_header_address *);
static void	check_verdict(const struct run *, size_t);
static void	check_stays(struct run *);
static void	check_made(const struct proxy_header *);

/* The first byte is a place to cut at. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t i, at = fuzz_split(&data, &size);
	struct run whole, halves, bytes;

	run_init(&whole);
	run_init(&halves);
	run_init(&bytes);
	run_feed(&whole, data, size);
	run_feed(&halves, data, at);
	run_feed(&halves, data + at, size - at);
	for (i = 0; i < size; i++)
		run_feed(&bytes, data + i, 1);
	check_same(&whole, &bytes);
	check_same(&halves, &bytes);
	check_verdict(&whole, size);
	check_stays(&bytes);
	check_made(whole.h);
	run_free(&whole);
	run_free(&halves);
	run_free(&bytes);
	return 0;
}

static void
run_init(struct run *run)
{
	run->h = fuzz_alloc(sizeof(*run->h));
	memset(run->h, 0, sizeof(*run->h));
	run->verdict = DIALOGUE_MORE;
	run->used = 0;
}

static void
run_feed(struct run *run, const uint8_t *in, size_t n)
{
	unsigned char *copy = fuzz_copy(in, n);
	size_t used = n + 1;
	enum dialogue_verdict before = run->verdict;

	run->verdict = proxy_header_codec.feed(run->h, copy, n, &used);
	free(copy);
	CHECK(used <= n);
	CHECK(run->verdict == DIALOGUE_DONE || used == n);
	CHECK(before == DIALOGUE_MORE || run->verdict == before);
	if (before == DIALOGUE_MORE)
		run->used += used;
	proxy_header_codec.output(run->h, &used);
	CHECK(used == 0);
}

static void
run_free(struct run *run)
{
	free(run->h);
}

static void
check_same(const struct run *a, const struct run *b)
{
	CHECK(a->verdict == b->verdict);
	if (a->verdict == DIALOGUE_REFUSED)
		CHECK(a->h->fault == b->h->fault);
	if (a->verdict != DIALOGUE_DONE)
		return;
	CHECK(a->used == b->used && a->h->version == b->h->version &&
	    a->h->announced == b->h->announced);
	check_address(&a->h->source, &b->h->source);
	check_address(&a->h->destination, &b->h->destination);
}

static void
check_address(const struct proxy_header_address *a,
    const struct proxy_header_address *b)
{
	CHECK(a->family == b->family && a->port == b->port);
	CHECK(memcmp(a->ip, b->ip, sizeof(a->ip)) == 0);
	CHECK(memcmp(a->path, b->path, sizeof(a->path)) == 0);
}

static void
check_verdict(const struct run *run, size_t size)
{
	const struct proxy_header *h = run->h;
	struct error err;

	switch (run->verdict) {
	case DIALOGUE_MORE:
		CHECK(size < PROXY_HEADER_FIXED + 65536);
		break;
	case DIALOGUE_DONE:
		CHECK(h->version == 1 || h->version == 2);
		CHECK(run->used <= (h->version == 1 ? PROXY_HEADER_LINE_MAX :
		    PROXY_HEADER_FIXED + 65535));
		if (h->announced)
			CHECK(h->source.family == h->destination.family &&
			    h->source.family >= PROXY_HEADER_INET &&
			    h->source.family <= PROXY_HEADER_UNIX);
		break;
	case DIALOGUE_REFUSED:
		CHECK(proxy_header_codec.refuse(run->h, "x", &err) ==
		    RESULT_DENIED);
		CHECK(strlen(err.text) > 3);
		break;
	}
}

static void
check_stays(struct run *run)
{
	enum dialogue_verdict before = run->verdict;

	if (before == DIALOGUE_MORE)
		return;
	run_feed(run, (const uint8_t *)"PROXY UNKNOWN\r\n", 15);
	CHECK(run->verdict == before);
}

/* What was announced is announced again, in both versions, and is read as it
 * was made. */
static void
check_made(const struct proxy_header *h)
{
	unsigned char out[PROXY_HEADER_MAX], again[PROXY_HEADER_MAX];
	struct run run;
	int version;
	size_t n;

	for (version = 1; version <= 2; version++) {
		n = h->announced ? proxy_header_make(version, &h->source,
		    &h->destination, out) : proxy_header_make(version, NULL,
		    &h->destination, out);
		CHECK(n <= sizeof(out));
		run_init(&run);
		run_feed(&run, out, n);
		CHECK(run.verdict == DIALOGUE_DONE && run.used == n);
		CHECK(run.h->version == version);
		CHECK(run.h->announced == (h->announced && (version == 2 ||
		    h->source.family != PROXY_HEADER_UNIX)));
		if (run.h->announced) {
			CHECK(proxy_header_make(version, &run.h->source,
			    &run.h->destination, again) == n);
			CHECK(memcmp(out, again, n) == 0);
			CHECK(run.h->source.port == h->source.port);
		}
		run_free(&run);
	}
}
