/* SPDX-License-Identifier: ISC */
/* The value of an option, into its member. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "base/texts.h"
#include "net/resolve.h"
#include "options/check.h"
#include "options/choices.h"
#include "wire/tos.h"

static enum result
parser_bad_value(const struct parser *p, const struct spec *s,
    const char *value, const char *expected)
{
	char name[64];

	return error_set(p->err, RESULT_USAGE, "%s: '%s' is not %s",
	    spec_name(s, name), value, expected);
}

static enum result
parser_empty_value(const struct parser *p, const struct spec *s)
{
	char name[64];

	return error_set(p->err, RESULT_USAGE, "%s: the %s '' is empty",
	    spec_name(s, name), s->arg);
}

static enum result
parse_integer(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	char expected[80];
	bool ok;

	ok = s->kind == KIND_ANY_BASE ?
	    number_parse_any_base(value, s->min, s->max, to) :
	    number_parse(value, s->min, s->max, to);
	if (ok)
		return RESULT_OK;
	snprintf(expected, sizeof(expected), s->max == INT64_MAX ?
	    "a number from %lld up (to %lld)" : "a number from %lld to %lld",
	    (long long)s->min, (long long)s->max);
	return parser_bad_value(p, s, value, expected);
}

static enum result
parse_time(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	char expected[80], least[32], most[32];

	if (s->kind == KIND_TIME_NEVER && value[0] == '-' &&
	    number_parse_time(value + 1, to)) {
		*to = CLOCK_NEVER;
		return RESULT_OK;
	}
	if (number_parse_time(value, to) && s->max == 0)
		return RESULT_OK;
	if (number_parse_time(value, to) && *to >= s->min && *to <= s->max)
		return RESULT_OK;
	if (s->max != 0) {
		snprintf(expected, sizeof(expected), "a time from %s to %s",
		    clock_format(least, sizeof(least), s->min),
		    clock_format(most, sizeof(most), s->max));
		return parser_bad_value(p, s, value, expected);
	}
	return parser_bad_value(p, s, value,
	    "a time (a number, then ms, s, m or h; s if none; a hundred years "
	    "at most)");
}

static enum result
parse_size(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	if (number_parse_size(value, to) && *to >= s->min && *to <= s->max)
		return RESULT_OK;
	if (s->max > INT32_MAX && s->kind == KIND_SIZE)
		return parser_bad_value(p, s, value, "a size (bytes, from 1 "
		    "up: a number, then k, M or G)");
	return parser_bad_value(p, s, value, s->kind == KIND_RATE ?
	    "a rate (bytes a second, from 1 up: a number, then k, M or G)" :
	    "a size (1 to less than 2G: a number, then k, M or G)");
}

static enum result
parse_port(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	uint16_t port;

	if (number_parse(value, 0, 65535, to))
		return RESULT_OK;
	if (resolve_service(value, &port, (void *)(uintptr_t)"tcp")) {
		*to = port;
		return RESULT_OK;
	}
	return parser_bad_value(p, s, value,
	    "a port (0 to 65535, or the name of a service)");
}

/* Permissions, octal. */
static enum result
parse_mode(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	char *end;

	*to = strtol(value, &end, 8);
	if (value[0] != '\0' && *end == '\0' && *to >= 0 && *to <= 0777 &&
	    strspn(value, "01234567") == strlen(value))
		return RESULT_OK;
	return parser_bad_value(p, s, value, "an octal number from 0 to 777");
}

static enum result
parse_tos(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	*to = tos_parse(value);
	if (*to >= 0)
		return RESULT_OK;
	return parser_bad_value(p, s, value, "a DSCP name (ef, af11, cs7), a "
	    "keyword (lowdelay, ...) or a number from 0 to 255");
}

/* The value of an option whose member is a number. */
static enum result
parse_number(const struct parser *p, const struct spec *s, const char *value,
    int64_t *to)
{
	if (value == NULL) {	/* it may be left out */
		*to = s->value;
		return RESULT_OK;
	}
	switch (s->kind) {
	case KIND_INT:
	case KIND_ANY_BASE:
	case KIND_OPTIONAL_INT:
		return parse_integer(p, s, value, to);
	case KIND_OPTIONAL_TIME:
	case KIND_TIME:
	case KIND_TIME_NEVER:
		return parse_time(p, s, value, to);
	case KIND_SIZE:
	case KIND_RATE:
		return parse_size(p, s, value, to);
	case KIND_PORT:
		return parse_port(p, s, value, to);
	case KIND_MODE:
		return parse_mode(p, s, value, to);
	case KIND_TOS:
		return parse_tos(p, s, value, to);
	default:
		abort();
	}
}

/* The member is as large as it needs to be for the greatest value. */
static void
parser_store(void *member, size_t size, int64_t value)
{
	if (size == sizeof(int64_t))
		*(int64_t *)member = value;
	else if (size == sizeof(int))
		*(int *)member = (int)value;
	else if (size == sizeof(uint16_t))
		*(uint16_t *)member = (uint16_t)value;
	else
		abort();
}

static enum result
parser_set_number(struct parser *p, const struct spec *s, const char *value)
{
	int64_t number;
	enum result result = parse_number(p, s, value, &number);

	if (result == RESULT_OK)
		parser_store((char *)p->o + s->offset, s->size, number);
	return result;
}

static enum result
parser_set_text(struct parser *p, const struct spec *s, const char *value)
{
	void *member = (char *)p->o + s->offset;
	char choices[CHOICES_TEXT];

	if (s->kind == KIND_TEXT && *value == '\0')
		return parser_empty_value(p, s);
	if (value != NULL && s->choices != NULL && !s->choices->later &&
	    !choices_have(s->choices, value, strlen(value)))
		return parser_bad_value(p, s, value, choices_name(s->choices,
		    choices));
	if (s->repeat == REPEAT_LIST)
		texts_add(member, value);
	else
		*(const char **)member = value;
	return RESULT_OK;
}

enum result
options_set(struct parser *p, const struct spec *s, const char *value)
{
	void *member = (char *)p->o + s->offset;

	switch (s->kind) {
	case KIND_FLAG:
	case KIND_CLEAR:
		*(bool *)member = s->kind == KIND_FLAG;
		return RESULT_OK;
	case KIND_SET:
		parser_store(member, s->size, s->value);
		return RESULT_OK;
	case KIND_COUNT:
		++*(int *)member;
		return RESULT_OK;
	case KIND_TEXT:
	case KIND_OPTIONAL_TEXT:
		return parser_set_text(p, s, value);
	case KIND_HEADING:
	case KIND_END:
		abort();
	default:
		return parser_set_number(p, s, value);
	}
}
