/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/habit.h"

static void	check_parts(const struct habit *);
static void	check_advice(const struct habit *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct habit *h = fuzz_alloc(sizeof(*h));
	enum habit_kind kind;

	memset(h, 0xa5, sizeof(*h));
	kind = habit_recognize(text, h);
	CHECK(kind >= HABIT_NONE && kind <= HABIT_PATH);
	CHECK(h->kind == kind);
	/* What every netcat takes is nothing that needs advice. */
	CHECK(kind == HABIT_NONE || strpbrk(text, ":/@.") != NULL);
	check_parts(h);
	if (kind != HABIT_NONE)
		check_advice(h);
	free(h);
	free(text);
	return 0;
}

static void
check_parts(const struct habit *h)
{
	CHECK(memchr(h->path, '\0', sizeof(h->path)) != NULL);
	CHECK(memchr(h->host, '\0', sizeof(h->host)) != NULL);
	CHECK(memchr(h->port, '\0', sizeof(h->port)) != NULL);
	CHECK(memchr(h->local, '\0', sizeof(h->local)) != NULL);
}

/* It fits, whatever room there is. */
static void
check_advice(const struct habit *h)
{
	static const size_t sizes[] = { 1, 16, 8192 };

	for (int use = HABIT_DIAL; use <= HABIT_TARGET; use++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			char *buf = fuzz_alloc(sizes[i]);

			CHECK(habit_advice(h, (enum habit_use)use, buf,
			    sizes[i]) == buf);
			CHECK(memchr(buf, '\0', sizes[i]) != NULL);
			CHECK(sizes[i] < 8192 ||
			    strstr(buf, ": write ") != NULL);
			CHECK(habit_relay(h, h, buf, sizes[i]) == buf);
			CHECK(memchr(buf, '\0', sizes[i]) != NULL);
			free(buf);
		}
	}
}
