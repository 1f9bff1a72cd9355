/* SPDX-License-Identifier: ISC */
/* What a peer has chosen, in all members of a report at once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/report_state.h"
#include "tap.h"

/* Lines of their own, an object, what moves a cursor, clears, deletes, ends a
 * string, turns the direction of text (U+202E), is a control of Unicode
 * (U+009B), or is no UTF-8. */
#define HOSTILE	"\nrun         9 records\r\n{\"schema\":1}\n\033[2J" \
		"\t\a\177\302\233\342\200\256\377\\\""

static const char *const fact_names[] = {
	"SSL_PROTOCOL", "SSL_CIPHER", "alpn", "group", "SSL_TLS_SNI_SERVERNAME",
	"SSL_PEER_CERT_HASH", "SSL_PEER_CERT_SUBJECT", "name",
};

static struct addr
make_path(const char *word)
{
	struct addr a = { .un = { .sun_family = AF_UNIX } };

	snprintf(a.un.sun_path, sizeof(a.un.sun_path), "/%s%s", word, HOSTILE);
	a.len = sizeof(a.un);
	return a;
}

static char *
make_text(const char *word, size_t repeats)
{
	size_t size = strlen(word) + repeats * strlen(HOSTILE) + 1;
	char *text = malloc(size);

	if (text == NULL)
		abort();
	strlcpy(text, word, size);
	while (repeats-- > 0)
		strlcat(text, HOSTILE, size);
	return text;
}

static void
add_facts(struct facts *f, const char *word, size_t repeats)
{
	for (size_t i = 0; i < NITEMS(fact_names); i++) {
		char name[64], *value;

		snprintf(name, sizeof(name), "%s-%s", word, fact_names[i]);
		value = make_text(name, repeats);
		facts_add(f, fact_names[i], value);
		free(value);
	}
}

/* No byte that is not shown, and no line that is not ours. */
static void
check(const char *out, size_t n, bool json, const char *what)
{
	size_t controls = 0, lines = 0, foreign = 0;
	bool begins = true;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)out[i];

		if (begins && strncmp(out + i, "  ", 2) != 0 &&
		    strncmp(out + i, "connection ", 11) != 0)
			foreign++;
		begins = c == '\n';
		lines += begins;
		controls += c != '\n' && (c < 0x20 || c >= 0x7f);
	}
	ok(n > 0 && n < REPORT_LINE_MAX && out[n - 1] == '\n', "%s: it ends",
	    what);
	is_int((int64_t)controls, 0, "%s: no control", what);
	if (json)
		is_int((int64_t)lines, 1, "%s: one line", what);
	else
		is_int((int64_t)foreign, 0, "%s: all lines are ours", what);
	ok(!json || memmem(out, n, "{\"schema\":1}", 12) == NULL,
	    "%s: no object of somebody else's", what);
}

static void
check_both(const struct record *r, const char *what)
{
	char json[REPORT_LINE_MAX], text[REPORT_LINE_MAX];

	check(json, report_json(r, json), true, what);
	check(text, report_text(r, text), false, what);
}

/* Each member that a peer may fill is there, and is the peer's word. */
static void
check_members(const struct record *r)
{
	static const char *const words[] = { "local", "remote", "announced",
	    "dialled", "message", "wanted" };
	char json[REPORT_LINE_MAX];
	size_t n = report_json(r, json);

	for (size_t i = 0; i < NITEMS(words); i++)
		ok(memmem(json, n, words[i], strlen(words[i])) != NULL,
		    "%s is in the object", words[i]);
	for (size_t i = 0; i < NITEMS(fact_names); i++) {
		char name[64];

		snprintf(name, sizeof(name), "own-%s", fact_names[i]);
		ok(memmem(json, n, name, strlen(name)) != NULL,
		    "%s is in the object", name);
		snprintf(name, sizeof(name), "target-%s", fact_names[i]);
		ok(memmem(json, n, name, strlen(name)) != NULL,
		    "%s is in the object", name);
	}
}

static void
test_hostile(size_t repeats, const char *what)
{
	const struct addr local = make_path("local"),
	    remote = make_path("remote"), by = make_path("announced");
	struct record_target target = { .local = make_path("tlocal"),
	    .remote = make_path("tremote"),
	    .name = make_text("wanted", repeats), .transport = "unix" };
	char *name = make_text("dialled", repeats);
	char *message = make_text("message", repeats);
	struct error e;
	struct record r = { .number = 1, .listener = true, .transport = "unix",
	    .local = &local, .remote = &remote, .announced_by = &by,
	    .name = name, .counted = true, .error = &e, .target = &target };

	error_set(&e, RESULT_DENIED, "%s", message);
	add_facts(&r.own_facts, "own", repeats);
	add_facts(&target.facts, "target", repeats);
	r.facts = &r.own_facts;
	check_both(&r, what);
	if (repeats == 1)
		check_members(&r);
	e.text[0] = '\0';
	r.how = message;
	check_both(&r, what);
	facts_free(&r.own_facts);
	facts_free(&target.facts);
	free(target.name);
	free(message);
	free(name);
}

int
main(void)
{
	test_hostile(1, "short");
	test_hostile(40, "longer than a message");
	test_hostile(2000, "longer than a report");
	return tap_done();
}
