/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/words.h"

/* How a word can be written. */
typedef char	*(*quote)(char *, const char *);

static void	check_good(const char *, char **, size_t);
static void	check_plain(const char *, char **, size_t);
static void	check_again(char **, size_t, quote);
static void	check_shell(const char *);
static char	*quote_single(char *, const char *);
static char	*quote_double(char *, const char *);
static char	*quote_backslash(char *, const char *);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *kept, **words = &kept;
	size_t count = 12345;
	enum words_verdict verdict;

	verdict = words_split(text, &words, &count);
	CHECK(verdict >= WORDS_OK && verdict <= WORDS_BACKSLASH);
	CHECK(words_verdict_text(verdict)[0] != '\0');
	if (verdict == WORDS_OK) {
		check_good(text, words, count);
		check_again(words, count, quote_single);
		check_again(words, count, quote_double);
		check_again(words, count, quote_backslash);
		words_free(words);
	} else {
		CHECK(words == &kept && count == 12345);
	}
	check_shell(text);
	/* Each failure has its cause. */
	CHECK((verdict == WORDS_EMPTY) ==
	    (text[strspn(text, " \t\r\n")] == '\0'));
	CHECK(verdict != WORDS_QUOTE || strpbrk(text, "'\"") != NULL);
	CHECK(verdict != WORDS_BACKSLASH || text[strlen(text) - 1] == '\\');
	free(text);
	return 0;
}

static void
check_good(const char *text, char **words, size_t count)
{
	size_t i, total = 0;

	CHECK(count > 0 && words[count] == NULL);
	for (i = 0; i < count; i++) {
		CHECK(words[i] != NULL);
		total += strlen(words[i]) + 1;
	}
	CHECK(total <= strlen(text) + 1);
	if (strpbrk(text, "'\"\\") == NULL)
		check_plain(text, words, count);
}

/* Without quotes, it is what strtok(3) does. */
static void
check_plain(const char *text, char **words, size_t count)
{
	size_t i, length;

	for (i = 0; i < count; i++) {
		text += strspn(text, " \t\r\n");
		length = strcspn(text, " \t\r\n");
		CHECK(length > 0 && strlen(words[i]) == length);
		CHECK(memcmp(words[i], text, length) == 0);
		text += length;
	}
	CHECK(text[strspn(text, " \t\r\n")] == '\0');
}

/* Each word quoted, and all of them split again, are the same words. */
static void
check_again(char **words, size_t count, quote write)
{
	size_t i, again_count, room = 1;
	char *text, *p, **again;

	for (i = 0; i < count; i++)
		room += 4 * strlen(words[i]) + 3;
	p = text = fuzz_alloc(room);
	for (i = 0; i < count; i++) {
		p = write(p, words[i]);
		*p++ = " \t\r\n"[i % 4];
	}
	*p = '\0';
	CHECK(words_split(text, &again, &again_count) == WORDS_OK);
	CHECK(again_count == count && again[count] == NULL);
	for (i = 0; i < count; i++)
		CHECK(strcmp(again[i], words[i]) == 0);
	words_free(again);
	free(text);
}

/* It is in the text, and begins with one of its characters. */
static void
check_shell(const char *text)
{
	size_t length = 0;
	const char *found = words_find_shell(text, &length);

	if (found == NULL)
		return;
	CHECK(found >= text && length > 0);
	CHECK(length <= strlen(text) - (size_t)(found - text));
	CHECK(strchr("|&;<>$`0123456789", *found) != NULL);
}

static char *
quote_single(char *out, const char *word)
{
	*out++ = '\'';
	for (; *word != '\0'; word++) {
		if (*word == '\'') {
			memcpy(out, "'\\''", 4);
			out += 4;
		} else {
			*out++ = *word;
		}
	}
	*out++ = '\'';
	return out;
}

static char *
quote_double(char *out, const char *word)
{
	*out++ = '"';
	for (; *word != '\0'; word++) {
		if (*word == '"' || *word == '\\')
			*out++ = '\\';
		*out++ = *word;
	}
	*out++ = '"';
	return out;
}

/* There is no other way to write an empty word. */
static char *
quote_backslash(char *out, const char *word)
{
	if (*word == '\0')
		return quote_double(out, word);
	for (; *word != '\0'; word++) {
		*out++ = '\\';
		*out++ = *word;
	}
	return out;
}
