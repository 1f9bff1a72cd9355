/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/nearest.h"

#define WORDS	8

static size_t
absolute(size_t a, size_t b)
{
	return a < b ? b - a : a - b;
}

/* What any distance is. */
static void
check_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t d = nearest_distance(a, a_length, b, b_length);

	CHECK(d == nearest_distance(b, b_length, a, a_length));
	CHECK(d >= absolute(a_length, b_length));
	CHECK(d <= (a_length > b_length ? a_length : b_length));
	CHECK((d == 0) == (a_length == b_length &&
	    memcmp(a, b, a_length) == 0));
}

/* The text, a newline, words that there are, a line each. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = (char *)fuzz_alloc(size + 1), *text, *word;
	char buf[4 * (NEAREST_LENGTH + 4) + 40], small[5];
	struct nearest n;
	size_t offered = 0;

	if (size > 0)
		memcpy(copy, data, size);
	copy[size] = '\0';
	text = copy;
	word = strchr(copy, '\n');
	nearest_init(&n, text, word != NULL ? (size_t)(word - text) :
	    strlen(text));
	while (word != NULL && offered < WORDS) {
		char *end = strchr(++word, '\n');

		if (end != NULL)
			*end = '\0';
		if (n.length <= NEAREST_LENGTH &&
		    strlen(word) <= NEAREST_LENGTH)
			check_distance(text, n.length, word, strlen(word));
		nearest_offer(&n, word, offered % 2 == 0);
		offered++;
		word = end;
	}
	CHECK(n.count <= offered);
	CHECK((n.count == 0) == (*nearest_name(&n, buf, sizeof(buf)) == '\0'));
	CHECK(strlen(buf) < sizeof(buf) - 1);
	CHECK(strncmp(nearest_name(&n, small, sizeof(small)), buf,
	    sizeof(small) - 1) == 0);
	free(copy);
	return 0;
}
