/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/words.h"

static void	test_good(void);
static void	test_each_character(void);
static void	test_many(void);
static void	test_bad(void);
static void	test_shell(void);
static void	test_verdict_text(void);
static void	words_print(char **, size_t, char *, size_t);

int
main(void)
{
	test_good();
	test_each_character();
	test_many();
	test_bad();
	test_shell();
	test_verdict_text();
	return tap_done();
}

static void
test_good(void)
{
	static const struct {
		const char	*text, *words;
		size_t		 count;
	} tests[] = {
		{ "a", "<a>", 1 },
		{ "cat -n file", "<cat><-n><file>", 3 },
		{ "  a  b  ", "<a><b>", 2 },
		{ "a\tb\nc\rd\r\ne", "<a><b><c><d><e>", 5 },
		{ "a\vb\fc", "<a\vb\fc>", 1 },
		{ "\xc3\xa4 \xff", "<\xc3\xa4><\xff>", 2 },
		/* Single quotes */
		{ "'a b' c", "<a b><c>", 2 },
		{ "''", "<>", 1 },
		{ "'' ''", "<><>", 2 },
		{ "a '' b", "<a><><b>", 3 },
		{ "''''", "<>", 1 },
		{ "''a''", "<a>", 1 },
		{ "'\\'", "<\\>", 1 },
		{ "'\\\\ \\\" \"'", "<\\\\ \\\" \">", 1 },
		{ "' \t\r\n'", "< \t\r\n>", 1 },
		{ "it\\'s", "<it's>", 1 },
		{ "'it'\\''s'", "<it's>", 1 },
		/* Double quotes */
		{ "\"a b\" c", "<a b><c>", 2 },
		{ "\"\"", "<>", 1 },
		{ "\"it's\"", "<it's>", 1 },
		{ "\"\\\"\"", "<\">", 1 },
		{ "\"\\\\\"", "<\\>", 1 },
		{ "\"\\\\\\\"\"", "<\\\">", 1 },
		{ "\"\\n\\'\\ \\$\"", "<\\n\\'\\ \\$>", 1 },
		{ "\"\\\n\"", "<\\\n>", 1 },
		/* Backslashes */
		{ "a\\ b", "<a b>", 1 },
		{ "\\ ", "< >", 1 },
		{ "\\\\", "<\\>", 1 },
		{ "\\\\ \\\\", "<\\><\\>", 2 },
		{ "\\a\\n", "<an>", 1 },
		{ "\\\"a\\\"", "<\"a\">", 1 },
		{ "a\\\nb\\\tc", "<a\nb\tc>", 1 },
		/* Parts of one word */
		{ "a'b c'd\"e f\"g", "<ab cde fg>", 1 },
		{ "--x='1 2'", "<--x=1 2>", 1 },
		{ "'a'\"b\"\\c 'd'", "<abc><d>", 2 },
		/* Nothing is expanded. */
		{ "$HOME ~ * `a` $(b) a|b;c>d #e",
		    "<$HOME><~><*><`a`><$(b)><a|b;c>d><#e>", 7 },
	};
	char **words, got[256];
	size_t i, count;

	for (i = 0; i < NITEMS(tests); i++) {
		if (!ok(words_split(tests[i].text, &words, &count) == WORDS_OK,
		    "\"%s\" is split", tests[i].text))
			continue;
		is_int((int64_t)count, (int64_t)tests[i].count,
		    "\"%s\": the count", tests[i].text);
		words_print(words, count, got, sizeof(got));
		is_str(got, tests[i].words, "\"%s\": the words",
		    tests[i].text);
		ok(words[count] == NULL, "\"%s\": the NULL", tests[i].text);
		words_free(words);
	}
	words_free(NULL);
}

/* Behind a backslash, and in quotes, each stands for itself. */
static void
test_each_character(void)
{
	char text[16], want[4], **words;
	size_t count;
	int c;
	bool good = true;

	for (c = 1; c < 256; c++) {
		snprintf(text, sizeof(text), "\\%c '%c'", c,
		    c == '\'' ? 'x' : c);
		snprintf(want, sizeof(want), "%c", c);
		good = good && words_split(text, &words, &count) == WORDS_OK;
		if (!good)
			break;
		good = count == 2 && strcmp(words[0], want) == 0 &&
		    (c == '\'' || strcmp(words[1], want) == 0);
		words_free(words);
	}
	ok(good, "each character, with a backslash and in quotes");
}

/* As many words, and as many characters, as a text can hold. */
static void
test_many(void)
{
	static char text[20001];
	char **words;
	size_t i, count;
	bool good = true;

	for (i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 2 == 0 ? 'a' : ' ';
	ok(words_split(text, &words, &count) == WORDS_OK, "10000 words");
	is_int((int64_t)count, 10000, "... are counted");
	for (i = 0; i < count; i++)
		good = good && strcmp(words[i], "a") == 0;
	ok(good && words[count] == NULL, "... and there");
	words_free(words);

	memset(text, 'a', sizeof(text) - 1);
	ok(words_split(text, &words, &count) == WORDS_OK && count == 1,
	    "a word of 20000 characters");
	is_str(words[0], text, "... is there as a whole");
	words_free(words);
}

static void
test_bad(void)
{
	static const struct {
		const char		*text;
		enum words_verdict	 verdict;
	} tests[] = {
		{ "", WORDS_EMPTY },
		{ " ", WORDS_EMPTY },
		{ " \t\r\n", WORDS_EMPTY },
		{ "'", WORDS_QUOTE },
		{ "\"", WORDS_QUOTE },
		{ "a '", WORDS_QUOTE },
		{ "a 'b c", WORDS_QUOTE },
		{ "a \"b c", WORDS_QUOTE },
		{ "it's", WORDS_QUOTE },
		{ "'it\\'s'", WORDS_QUOTE },
		{ "'\"", WORDS_QUOTE },
		{ "\"'", WORDS_QUOTE },
		{ "\"\\\"", WORDS_QUOTE },
		{ "\"\\", WORDS_QUOTE },
		{ "'\\", WORDS_QUOTE },
		{ "''' ''", WORDS_QUOTE },
		{ "\\", WORDS_BACKSLASH },
		{ "a \\", WORDS_BACKSLASH },
		{ "a\\", WORDS_BACKSLASH },
		{ "\\\\\\", WORDS_BACKSLASH },
		{ "''\\", WORDS_BACKSLASH },
	};
	char *kept, **words;
	size_t i, count;

	for (i = 0; i < NITEMS(tests); i++) {
		words = &kept;
		count = 12345;
		is_int(words_split(tests[i].text, &words, &count),
		    tests[i].verdict, "\"%s\": the verdict", tests[i].text);
		ok(words == &kept && count == 12345,
		    "\"%s\": nothing is written", tests[i].text);
	}
}

static void
test_shell(void)
{
	static const struct {
		const char	*text, *found;
	} tests[] = {
		{ "cat >> log", ">>" },
		{ "cat >log", ">log" },
		{ "cat 2>&1", "2>&1" },
		{ "cat <in", "<in" },
		{ "a | b", "|" },
		{ "a || b", "||" },
		{ "a && b", "&&" },
		{ "a &", "&" },
		{ "date; ls", ";" },
		{ "find . -exec ls {} ;", ";" },
		{ "echo $HOME/x", "$HOME" },
		{ "echo a$B", "$B" },
		{ "echo ${B}", "${B}" },
		{ "echo $(date) x", "$(date)" },
		{ "echo `date`", "`date`" },
		{ "'a' \"b\" > c", ">" },
		/* What is quoted, and what is not at the start of a word. */
		{ "cat '>>' log", NULL },
		{ "cat \">>\" log", NULL },
		{ "cat \\> log", NULL },
		{ "find . -exec ls {} \\;", NULL },
		{ "echo '$HOME' \"$HOME\" \\$HOME", NULL },
		{ "sh -c 'cat >>log; ls | wc'", NULL },
		{ "sh -c \"echo \\\"$A\\\"; ls\"", NULL },
		{ "curl http://host/?a=1&b=2;c|d>e", NULL },
		{ "grep x$ file", NULL },
		{ "echo $ $, 5$", NULL },
		{ "test 1 22 3", NULL },
		{ "ls * ~ #", NULL },
		{ "", NULL },
		/* Not for words_split(), and no harm. */
		{ "'a > b", NULL },
		{ "\"a > b\\", NULL },
		{ "a\\", NULL },
	};
	const char *found;
	char got[64];
	size_t length = 0;

	for (size_t i = 0; i < NITEMS(tests); i++) {
		found = words_find_shell(tests[i].text, &length);
		snprintf(got, sizeof(got), "%.*s", (int)length,
		    found == NULL ? "" : found);
		if (tests[i].found == NULL)
			ok(found == NULL, "\"%s\": no shell is needed",
			    tests[i].text);
		else
			is_str(got, tests[i].found, "\"%s\": a shell is",
			    tests[i].text);
	}
}

static void
test_verdict_text(void)
{
	int v;

	for (v = WORDS_OK; v <= WORDS_BACKSLASH; v++)
		ok(words_verdict_text((enum words_verdict)v)[0] != '\0',
		    "verdict %d has a text", v);
	is_str(words_verdict_text(WORDS_QUOTE), "a quote does not end",
	    "the text for an open quote");
}

static void
words_print(char **words, size_t count, char *out, size_t size)
{
	size_t i, n = 0;

	out[0] = '\0';
	for (i = 0; i < count && n < size; i++)
		n += (size_t)snprintf(out + n, size - n, "<%s>", words[i]);
}
