/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/starttls.h"

/* One way to feed the input, and what has been sent. */
struct run {
	struct starttls	*s;
	size_t		 sent;
};

static enum starttls_protocol	pick(const uint8_t **, size_t *);
static void	run_init(struct run *, enum starttls_protocol);
static void	run_feed(struct run *, const uint8_t *, size_t);
static void	run_send(struct run *);
static void	check_same(const struct run *, const struct run *);
static void	check_verdict(const struct run *, const uint8_t *, size_t);
static void	check_stays(struct run *);
static void	fuzz_host(const uint8_t *, size_t);
static size_t	count(const unsigned char *, size_t, unsigned char);

/* The first byte is the protocol, the second one a place to cut at. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum starttls_protocol protocol = pick(&data, &size);
	size_t i, at = fuzz_split(&data, &size);
	struct run whole, halves, bytes;

	run_init(&whole, protocol);
	run_init(&halves, protocol);
	run_init(&bytes, protocol);
	run_feed(&whole, data, size);
	run_feed(&halves, data, at);
	run_feed(&halves, data + at, size - at);
	for (i = 0; i < size; i++)
		run_feed(&bytes, data + i, 1);
	check_verdict(&bytes, data, size);
	check_same(&whole, &bytes);
	check_same(&halves, &bytes);
	check_stays(&whole);
	check_stays(&bytes);
	free(whole.s);
	free(halves.s);
	free(bytes.s);
	fuzz_host(data, size);
	return 0;
}

static enum starttls_protocol
pick(const uint8_t **data, size_t *size)
{
	enum starttls_protocol protocol = STARTTLS_SMTP;

	if (*size > 0) {
		protocol = **data % STARTTLS_PROTOCOLS;
		(*data)++;
		(*size)--;
	}
	return protocol;
}

static void
run_init(struct run *run, enum starttls_protocol protocol)
{
	run->s = fuzz_alloc(sizeof(*run->s));
	memset(run->s, 0xa5, sizeof(*run->s));
	run->sent = 0;
	CHECK(starttls_init(run->s, protocol, "x.example"));
	run_send(run);
}

static void
run_feed(struct run *run, const uint8_t *in, size_t n)
{
	unsigned char *copy = fuzz_copy(in, n);
	enum starttls_verdict verdict = starttls_feed(run->s, copy, n);
	size_t length;

	free(copy);
	CHECK(verdict >= STARTTLS_MORE && verdict <= STARTTLS_GLUED);
	CHECK(starttls_verdict_text(verdict)[0] != '\0');
	starttls_said(run->s, &length);
	CHECK(length <= STARTTLS_SAID_MAX);
	starttls_output(run->s, &length);
	CHECK(length == 0 || verdict == STARTTLS_MORE);
	run_send(run);
}

static void
run_send(struct run *run)
{
	size_t n;

	starttls_output(run->s, &n);
	run->sent += n;
	starttls_sent(run->s, n);
	starttls_output(run->s, &n);
	CHECK(n == 0);
}

/*
 * However it is cut, but for bytes that came too early.  What IMAP's peer says
 * unasked can end it before the command is sent.
 */
static void
check_same(const struct run *a, const struct run *bytes)
{
	enum starttls_verdict verdict = a->s->verdict;

	if (verdict == STARTTLS_GLUED)
		return;
	CHECK(verdict == bytes->s->verdict);
	if (verdict == STARTTLS_MORE || verdict == STARTTLS_DONE)
		CHECK(a->sent == bytes->sent);
	CHECK(a->sent <= bytes->sent);
}

/* Fed byte after byte, each answered: no more is asked than there is to say. */
static void
check_verdict(const struct run *run, const uint8_t *in, size_t n)
{
	enum starttls_verdict verdict = run->s->verdict;

	if (n == 0)
		CHECK(verdict == STARTTLS_MORE);
	if (run->s->protocol == STARTTLS_POSTGRES && n > 0) {
		CHECK(run->sent == 8);
		CHECK((in[0] == 'S') == (verdict == STARTTLS_DONE ||
		    verdict == STARTTLS_GLUED));
	}
	if (run->s->protocol == STARTTLS_LDAP)
		CHECK(run->sent == 31);
	if (verdict == STARTTLS_TOO_LONG &&
	    run->s->protocol != STARTTLS_LDAP)
		CHECK(n > STARTTLS_ANSWER_MAX);
	/* Behind the end only, for each answer was sent a command. */
	if (verdict == STARTTLS_GLUED)
		CHECK(n > 1 && run->s->output_n == 0);
}

static void
check_stays(struct run *run)
{
	enum starttls_verdict before = run->s->verdict;

	if (before == STARTTLS_MORE)
		return;
	run_feed(run, (const uint8_t *)"", 0);
	CHECK(run->s->verdict == before);
	run_feed(run, (const uint8_t *)"S", 1);
	CHECK(run->s->verdict == (before == STARTTLS_DONE ? STARTTLS_GLUED :
	    before));
}

/* Whatever the host is, the header is two tags with five values. */
static void
fuzz_host(const uint8_t *data, size_t size)
{
	struct starttls *s = fuzz_alloc(sizeof(*s));
	char *host = fuzz_text(data, size);
	const unsigned char *out;
	size_t n;

	if (starttls_init(s, STARTTLS_XMPP, host)) {
		out = starttls_output(s, &n);
		CHECK(n <= STARTTLS_OUTPUT_MAX && n > strlen(host));
		CHECK(count(out, n, '<') == 2 && count(out, n, '>') == 2);
		CHECK(count(out, n, '\'') == 10 && count(out, n, '"') == 0);
		CHECK(count(out, n, '\n') == 0);
	} else {
		CHECK(host[0] == '\0' || strlen(host) > STARTTLS_HOST_MAX ||
		    strpbrk(host, "\001\002\003\004\005\006\007\b\t\n\v\f\r"
		    "\016\017\020\021\022\023\024\025\026\027\030\031\032\033"
		    "\034\035\036\037\177") != NULL);
	}
	free(host);
	free(s);
}

static size_t
count(const unsigned char *p, size_t n, unsigned char byte)
{
	size_t i, found = 0;

	for (i = 0; i < n; i++)
		found += p[i] == byte;
	return found;
}
