/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "wire/words.h"

#define BLANKS		" \t\n\r"

/* Where we are in the text, and where the words go. */
struct cursor {
	const char	*in;
	char		*out;
};

static char	**words_alloc(const char *, char **);
static enum words_verdict	word_read(struct cursor *);
static enum words_verdict	part_read(struct cursor *);
static bool	single_read(struct cursor *);
static bool	double_read(struct cursor *);
static const char	*skip_part(const char *);
static size_t	operator_length(const char *);
static size_t	expansion_length(const char *);

enum words_verdict
words_split(const char *text, char ***words, size_t *count)
{
	struct cursor c = { .in = text };
	enum words_verdict verdict = WORDS_OK;
	char **word = words_alloc(text, &c.out);
	size_t n = 0;

	for (;;) {
		c.in += strspn(c.in, BLANKS);
		if (*c.in == '\0')
			break;
		word[n++] = c.out;
		verdict = word_read(&c);
		if (verdict != WORDS_OK)
			break;
	}
	if (verdict == WORDS_OK && n == 0)
		verdict = WORDS_EMPTY;
	if (verdict != WORDS_OK) {
		words_free(word);
		return verdict;
	}
	word[n] = NULL;
	*words = word;
	*count = n;
	return WORDS_OK;
}

void
words_free(char **words)
{
	free(words);
}

const char *
words_verdict_text(enum words_verdict verdict)
{
	static const char *const text[] = {
		[WORDS_OK] = "nothing is wrong",
		[WORDS_EMPTY] = "there is no word in it",
		[WORDS_QUOTE] = "a quote does not end",
		[WORDS_BACKSLASH] = "there is nothing behind the backslash",
	};

	return text[verdict];
}

/*
 * One allocation: the array, large enough for any text of that length, and
 * behind it the words.  Each is no longer than it is in the text, and its NUL
 * takes the place of the blank behind it.
 */
static char **
words_alloc(const char *text, char **strings)
{
	size_t length = strlen(text), room = length / 2 + 2;
	size_t extra = length / sizeof(char *) + 1;
	char **words;

	words = xreallocarray(NULL, room + extra, sizeof(*words));
	*strings = (char *)(words + room);
	return words;
}

/* Up to the next blank that is not quoted. */
static enum words_verdict
word_read(struct cursor *c)
{
	enum words_verdict verdict = WORDS_OK;

	while (verdict == WORDS_OK && *c->in != '\0' &&
	    strchr(BLANKS, *c->in) == NULL)
		verdict = part_read(c);
	*c->out++ = '\0';
	return verdict;
}

/* A quoted part, or one character. */
static enum words_verdict
part_read(struct cursor *c)
{
	switch (*c->in) {
	case '\'':
		return single_read(c) ? WORDS_OK : WORDS_QUOTE;
	case '"':
		return double_read(c) ? WORDS_OK : WORDS_QUOTE;
	case '\\':
		c->in++;
		if (*c->in == '\0')
			return WORDS_BACKSLASH;
		break;
	}
	*c->out++ = *c->in++;
	return WORDS_OK;
}

/* False if the quote does not end. */
static bool
single_read(struct cursor *c)
{
	for (c->in++; *c->in != '\''; c->in++) {
		if (*c->in == '\0')
			return false;
		*c->out++ = *c->in;
	}
	c->in++;
	return true;
}

static bool
double_read(struct cursor *c)
{
	for (c->in++; *c->in != '"'; c->in++) {
		if (c->in[0] == '\\' && (c->in[1] == '"' || c->in[1] == '\\'))
			c->in++;
		if (*c->in == '\0')
			return false;
		*c->out++ = *c->in;
	}
	c->in++;
	return true;
}

/* --- what a shell would do ----------------------------------------------- */

const char *
words_find_shell(const char *text, size_t *length)
{
	bool start = true;

	while (*text != '\0') {
		if (strchr(BLANKS, *text) != NULL) {
			start = true;
			text++;
			continue;
		}
		*length = start ? operator_length(text) : 0;
		if (*length == 0)
			*length = expansion_length(text);
		if (*length != 0)
			return text;
		if (text[0] == ';' && (text[1] == '\0' ||
		    strchr(BLANKS, text[1]) != NULL)) {	/* "date; ls" */
			*length = 1;
			return text;
		}
		start = false;
		text = skip_part(text);
	}
	return NULL;
}

/* Behind a quoted part, or one character. */
static const char *
skip_part(const char *text)
{
	char quote = *text++;

	if (quote == '\\')
		return *text == '\0' ? text : text + 1;
	if (quote != '\'' && quote != '"')
		return text;
	while (*text != '\0' && *text != quote)
		text += quote == '"' && text[0] == '\\' && text[1] != '\0' ?
		    2 : 1;
	return *text == '\0' ? text : text + 1;
}

/* Of a word that begins with an operator: the whole word.  0: it does not. */
static size_t
operator_length(const char *word)
{
	size_t digits = strspn(word, "0123456789");

	if (word[digits] == '\0' ||
	    strchr(digits == 0 ? "|&;<>" : "<>", word[digits]) == NULL)
		return 0;
	return strcspn(word, BLANKS);
}

/* Of $NAME, ${NAME}, $(COMMAND) and `COMMAND`, as far as it is to be shown; 0:
 * it is none. */
static size_t
expansion_length(const char *text)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
	size_t n;

	if (text[0] == '`' || (text[0] == '$' && text[1] != '\0' &&
	    strchr("({", text[1]) != NULL))
		return strcspn(text, BLANKS);
	if (text[0] != '$')
		return 0;
	n = strspn(text + 1, name);
	return n > 0 ? n + 1 : 0;
}
