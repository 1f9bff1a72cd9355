/* SPDX-License-Identifier: ISC */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "wire/nearest.h"

/* Beyond what is wrong in any word that is taken for a mistyped one. */
#define GRADE_PART	(NEAREST_LENGTH + 1)

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
nearest_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t row[3][NEAREST_LENGTH + 1];

	ASSERT(a_length <= NEAREST_LENGTH && b_length <= NEAREST_LENGTH);
	for (size_t j = 0; j <= b_length; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *now = row[i % 3], *up = row[(i - 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			bool same = a[i - 1] == b[j - 1];

			now[j] = least(up[j - 1] + !same,
			    least(up[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least(now[j],
				    row[(i - 2) % 3][j - 2] + 1);
		}
	}
	return row[a_length % 3][b_length];
}

/* Whether text is one of the parts of word between its dashes. */
static bool
word_has_part(const char *word, const char *text, size_t length)
{
	for (;;) {
		size_t n = strcspn(word, "-");

		if (n == length && strncmp(word, text, n) == 0)
			return true;
		if (word[n] == '\0')
			return false;
		word += n + 1;
	}
}

/* How little a word has in common with the text; SIZE_MAX: nothing. */
static size_t
word_grade(const struct nearest *n, const char *word, bool parts)
{
	size_t length = strlen(word), distance;

	if (length == 0 || n->length == 0 || length > NEAREST_LENGTH ||
	    n->length > NEAREST_LENGTH)
		return SIZE_MAX;
	if (strncmp(word, n->text, n->length) == 0)
		return 0;
	distance = nearest_distance(n->text, n->length, word, length);
	if (distance <= 1 + n->length / 5 && distance < n->length)
		return distance;
	return parts && word_has_part(word, n->text, n->length) ? GRADE_PART :
	    SIZE_MAX;
}

void
nearest_init(struct nearest *n, const char *text, size_t length)
{
	*n = (struct nearest){
		.text = text,
		.length = length,
		.grade = SIZE_MAX,
	};
}

void
nearest_offer(struct nearest *n, const char *word, bool parts)
{
	size_t grade = word_grade(n, word, parts);

	if (grade == SIZE_MAX || grade > n->grade)
		return;
	if (grade < n->grade)
		n->count = 0;
	n->grade = grade;
	if (n->count < NEAREST_MOST)
		n->word[n->count] = word;
	n->count++;
}

bool
nearest_is_begun(const struct nearest *n)
{
	return n->grade == 0;
}

char *
nearest_name(const struct nearest *n, char *buf, size_t size)
{
	size_t used = 0, named = least(n->count, NEAREST_MOST);

	buf[0] = '\0';
	for (size_t i = 0; i < named && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s--%s",
		    i == 0 ? "" : i + 1 < n->count ? ", " : " or ", n->word[i]);
	if (n->count > named && used < size)
		snprintf(buf + used, size - used, " or %zu other%s",
		    n->count - named, n->count - named == 1 ? "" : "s");
	return buf;
}
