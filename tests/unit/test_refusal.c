/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "io/refusal.h"
#include "tap.h"

#define LENGTH	64

static void	test_proven(void);
static void	test_guessable(void);
static void	test_hints(void);

/* A refusal counts if it quotes what was sent, or goes on. */
int
main(void)
{
	test_proven();
	test_guessable();
	test_hints();
	return tap_done();
}

/* A record of epoch 1, made from a number. */
static void
make_record(unsigned char record[LENGTH], int number)
{
	for (int i = 0; i < LENGTH; i++)
		record[i] = (unsigned char)(i * 7 + number * (i + 1));
	memcpy(record, "\x17\xfe\xfd\x00\x01", 5);
	record[20] = (unsigned char)(number >> 8);
}

static struct refusal
make_refusal(const unsigned char record[LENGTH], size_t length)
{
	struct refusal r = { .errnum = ECONNREFUSED, .final = true,
	    .length = length };

	memcpy(r.quoted, record, LENGTH);
	return r;
}

static bool
counts(const struct refusal *r, const struct sent *s)
{
	struct suspicion none = { .errnum = 0 };

	return refusal_judge(r, s, 0, &none) == REFUSAL_COUNTS;
}

static void
test_proven(void)
{
	struct sent *s = calloc(1, sizeof(*s));
	unsigned char record[LENGTH];
	struct refusal r;

	make_record(record, 1);
	r = make_refusal(record, LENGTH);
	ok(!counts(&r, s), "what was not sent");
	sent_note(s, record, LENGTH);
	ok(counts(&r, s), "what was sent");
	r.final = false;
	ok(!counts(&r, s), "... on a way that may be mended");
	r.final = true;
	r.length = 32;
	ok(counts(&r, s), "a quotation of 32 bytes");
	r.length = 31;
	ok(!counts(&r, s), "a shorter one");
	r = make_refusal(record, LENGTH);
	r.quoted[31] ^= 1;
	ok(!counts(&r, s), "another one");
	for (int i = 2; i <= REFUSAL_MARKS + 1; i++) {
		make_record(record, i);
		sent_note(s, record, LENGTH);
	}
	make_record(record, 1);
	r = make_refusal(record, LENGTH);
	ok(!counts(&r, s), "what was sent long ago");
	make_record(record, 2);
	r = make_refusal(record, LENGTH);
	ok(counts(&r, s), "the oldest that is remembered");
	free(s);
}

/* In clear text only greetings have something that nobody can guess. */
static void
test_guessable(void)
{
	static const struct {
		unsigned char	type, message;
		bool		counts;
	} records[] = {
		{ 22, 1, true }, { 22, 2, true }, { 22, 11, false },
		{ 22, 14, false }, { 21, 1, false }, { 20, 1, false },
	};
	struct sent *s = calloc(1, sizeof(*s));

	for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) {
		unsigned char record[LENGTH];
		struct refusal r;

		make_record(record, (int)i);
		record[0] = records[i].type;
		record[4] = 0;
		record[13] = records[i].message;
		sent_note(s, record, LENGTH);
		r = make_refusal(record, LENGTH);
		ok(counts(&r, s) == records[i].counts, "clear text, type %d, "
		    "message %d", records[i].type, records[i].message);
	}
	free(s);
}

static void
test_hints(void)
{
	struct sent *s = calloc(1, sizeof(*s));
	struct refusal r = { .errnum = ECONNREFUSED, .final = true };
	struct suspicion suspicion = { .errnum = 0 };

	ok(refusal_judge(&r, s, 1, &suspicion) == REFUSAL_NOTHING &&
	    suspicion.errnum == ECONNREFUSED, "a hint is remembered");
	ok(refusal_judge(&r, s, REFUSAL_PATIENCE, &suspicion) ==
	    REFUSAL_NOTHING, "again, too soon");
	ok(refusal_judge(&r, s, REFUSAL_PATIENCE + 1, &suspicion) ==
	    REFUSAL_COUNTS, "again, later");
	suspicion.errnum = 0;
	ok(refusal_judge(&r, s, REFUSAL_PATIENCE + 1, &suspicion) ==
	    REFUSAL_NOTHING, "again, when the peer has spoken");
	r.errnum = EMSGSIZE;
	suspicion.errnum = 0;
	ok(refusal_judge(&r, s, 0, &suspicion) == REFUSAL_NOTHING &&
	    suspicion.errnum == 0, "too long: not about the peer");
	free(s);
}
