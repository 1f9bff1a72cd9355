/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <string.h>

#include "options/check.h"

#define NAMED_MOST	4	/* words that may be meant */

/* Letters that other netcats have, and what becomes of them here. */
static const struct {
	char		 letter;
	const char	*text;
} foreign[] = {
	{ 'g', "source routing is gone from the Internet" },
	{ 'G', "source routing is gone from the Internet" },
	{ 'J', "sockcat is not ssh: to connect clients to another place, -l "
	    "and --forward" },
	{ 'L', "to connect clients to another place as ssh does, -l and "
	    "--forward; to go on after the first client, -lk" },
	{ 'o', "a copy of the session is --output, or --hex-dump" },
	{ 'V', "routing tables can't be chosen, --interface and --so-mark can; "
	    "the version is --version" },
	{ 'Z', "the peer's certificates are saved by --tls-peer-cert" },
	{ '?', "--help" },
};

/* Words that other programs have. */
static const struct {
	const char	*word;
	const char	*text;
} foreign_words[] = {
	{ "cacert", "--tls-ca" },
	{ "fork", "-k (--keep-open)" },
	{ "host", "the host is an operand: sockcat host port" },
	{ "lua-exec", "--exec runs any program" },
	{ "no-check-certificate", "--tls-insecure" },
	{ "port", "the port is the last operand; --source-port is a local "
	    "one" },
	{ "ssl-verify", "a peer's certificate is verified unless "
	    "--tls-insecure says otherwise" },
	{ "verify", "a peer's certificate is verified unless --tls-insecure "
	    "says otherwise" },
};

static enum result
parser_refuse_letter(const struct parser *p, int letter)
{
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (foreign[i].letter == letter)
			return error_set(p->err, RESULT_USAGE, "unknown option "
			    "-%c: %s", letter, foreign[i].text);
	}
	return error_set(p->err, RESULT_USAGE, "unknown option -%c (see "
	    "--help)", letter);
}

/* --- words that may be meant --------------------------------------------- */

/* The i-th word that there is, aliases last; NULL behind the last one.  A
 * heading, or an option without a word, is "". */
static const char *
word_at(size_t i)
{
	size_t n = 0;

	while (specs[n].kind != KIND_END && n < i)
		n++;
	if (specs[n].kind != KIND_END)
		return specs[n].word != NULL ? specs[n].word : "";
	for (const struct spec_alias *a = spec_aliases; a->word != NULL; a++) {
		if (n++ == i)
			return a->word;
	}
	return NULL;
}

static bool
word_is_alias(const char *word)
{
	for (const struct spec_alias *a = spec_aliases; a->word != NULL; a++) {
		if (a->word == word)
			return true;
	}
	return false;
}

#define WORD_MOST	32	/* bytes of a word that are compared */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many letters have to be put in, left out, changed or swapped with their
 * neighbour to make b of a; both have at most WORD_MOST.
 */
static size_t
word_distance(const char *a, size_t a_length, const char *b)
{
	size_t row[3][WORD_MOST + 1], b_length = strlen(b);

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

/* How little a word has in common with what was given; SIZE_MAX: nothing. */
static size_t
word_grade(const char *word, const char *text, size_t length)
{
	size_t distance;

	if (*word == '\0' || length == 0 || length > WORD_MOST ||
	    strlen(word) > WORD_MOST)
		return SIZE_MAX;
	if (strncmp(word, text, length) == 0)	/* it is ambiguous */
		return 0;
	distance = word_distance(text, length, word);
	if (distance <= 1 + length / 5 && distance < length)
		return distance;
	if (word_has_part(word, text, length) && !word_is_alias(word))
		return 10;
	return SIZE_MAX;
}

/* The words of the best grade: "--a, --b or --c".  "" if there is none. */
static void
words_name(const char *text, size_t length, char *buf, size_t size)
{
	const char *word, *found[NAMED_MOST];
	size_t best = SIZE_MAX, count = 0, n = 0;

	for (size_t i = 0; (word = word_at(i)) != NULL; i++)
		best = least(best, word_grade(word, text, length));
	for (size_t i = 0; best != SIZE_MAX && count < NAMED_MOST &&
	    (word = word_at(i)) != NULL; i++) {
		if (word_grade(word, text, length) == best)
			found[count++] = word;
	}
	buf[0] = '\0';
	for (size_t i = 0; i < count && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s--%s", i == 0 ?
		    "" : i + 1 < count ? ", " : " or ", found[i]);
}

static bool
word_is_ambiguous(const char *text, size_t length)
{
	const char *word;

	for (size_t i = 0; (word = word_at(i)) != NULL; i++) {
		if (strncmp(word, text, length) == 0)
			return true;
	}
	return false;
}

static enum result
parser_refuse_word(const struct parser *p, const char *arg)
{
	const char *text = arg + 2;
	size_t length = strcspn(text, "=");
	char words[256];

	for (size_t i = 0; i < sizeof(foreign_words) /
	    sizeof(foreign_words[0]); i++) {
		if (strlen(foreign_words[i].word) == length &&
		    strncmp(foreign_words[i].word, text, length) == 0)
			return error_set(p->err, RESULT_USAGE, "unknown option "
			    "%s: %s", arg, foreign_words[i].text);
	}
	words_name(text, length, words, sizeof(words));
	if (words[0] == '\0')
		return error_set(p->err, RESULT_USAGE, "unknown option %s (see "
		    "--help)", arg);
	return error_set(p->err, RESULT_USAGE, "%s option %s: is %s meant?",
	    word_is_ambiguous(text, length) ? "ambiguous" : "unknown", arg,
	    words);
}

/* Of which kind the argument is, as far as its name does not tell. */
static const char *
spec_wants(const struct spec *s)
{
	switch (s->kind) {
	case KIND_TIME:
	case KIND_TIME_NEVER:
		return " (a time: 500ms, 5s)";
	case KIND_SIZE:
		return " (bytes: 65536, 64k)";
	case KIND_RATE:
		return " (bytes a second: 65536, 64k)";
	default:
		return "";
	}
}

const char *
options_other(const struct spec *s)
{
	return s->word != NULL && strcmp(s->word, "mark") == 0 ?
	    " (the socket option is --so-mark)" : "";
}

enum result
options_refuse(const struct parser *p, int value, const struct spec *s,
    char *const *argv)
{
	char name[64];

	if (value == SPEC_NO_WORD)
		return parser_refuse_word(p, "--" SPEC_NO_WORD_TEXT);
	if (value == ':' && s != NULL)
		return error_set(p->err, RESULT_USAGE, "%s: needs an argument, "
		    "%s%s", spec_name(s, name), s->arg, spec_wants(s));
	if (optopt != 0 && s != NULL)
		return error_set(p->err, RESULT_USAGE,
		    "%s: takes no argument%s", argv[optind - 1],
		    options_other(s));
	if (optopt != 0)
		return parser_refuse_letter(p, optopt);
	return parser_refuse_word(p, argv[optind - 1]);
}
