/* SPDX-License-Identifier: ISC */
/*
 * The Test Anything Protocol on standard output.  A program calls ok() and its
 * kin and ends with `return tap_done();`, which prints the plan.
 */
#ifndef UNIT_TAP_H
#define UNIT_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define NITEMS(a)	(sizeof(a) / sizeof((a)[0]))

/* A string literal with NULs in it, as pointer and length. */
#define BYTES(s)	(s), sizeof(s) - 1

/*
 * Each is true when the test is passed; a printf-style name comes last.
 *	ok(good, ...)
 *	is_int(got, want, ...)
 *	is_str(got, want, ...)
 *	is_mem(got, got_length, want, want_length, ...)
 */
#define ok(...)		tap_ok(__FILE__, __LINE__, __VA_ARGS__)
#define is_int(...)	tap_is_int(__FILE__, __LINE__, __VA_ARGS__)
#define is_str(...)	tap_is_str(__FILE__, __LINE__, __VA_ARGS__)
#define is_mem(...)	tap_is_mem(__FILE__, __LINE__, __VA_ARGS__)

struct tap {
	int	run;
	int	failed;
};

static struct tap tap;

/* Bytes that would end the line or start a directive are escaped. */
static inline void
tap_print(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] < 0x20 || s[i] > 0x7e || s[i] == '#' || s[i] == '\\')
			printf("\\x%02x", (unsigned char)s[i]);
		else
			putchar(s[i]);
	}
}

static inline bool __attribute__((format(printf, 4, 0)))
tap_result(bool good, const char *file, int line, const char *fmt, va_list ap)
{
	char name[512];

	vsnprintf(name, sizeof(name), fmt, ap);
	printf("%s %d - ", good ? "ok" : "not ok", ++tap.run);
	tap_print(name, strlen(name));
	putchar('\n');
	if (!good) {
		tap.failed++;
		printf("# failed at %s:%d\n", file, line);
	}
	fflush(stdout);
	return good;
}

static inline void
tap_show(const char *what, const void *data, size_t n)
{
	printf("# %s: \"", what);
	tap_print(data, n);
	printf("\" (%zu bytes)\n", n);
}

static inline bool __attribute__((format(printf, 4, 5)))
tap_ok(const char *file, int line, bool good, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_result(good, file, line, fmt, ap);
	va_end(ap);
	return good;
}

static inline bool __attribute__((format(printf, 5, 6)))
tap_is_int(const char *file, int line, int64_t got, int64_t want,
    const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tap_result(got == want, file, line, fmt, ap);
	va_end(ap);
	if (got != want)
		printf("# got: %lld\n# want: %lld\n", (long long)got,
		    (long long)want);
	return got == want;
}

static inline bool __attribute__((format(printf, 7, 8)))
tap_is_mem(const char *file, int line, const void *got, size_t got_n,
    const void *want, size_t want_n, const char *fmt, ...)
{
	bool good;
	va_list ap;

	good = got_n == want_n && (got_n == 0 || memcmp(got, want, got_n) == 0);
	va_start(ap, fmt);
	tap_result(good, file, line, fmt, ap);
	va_end(ap);
	if (!good) {
		tap_show("got", got, got_n);
		tap_show("want", want, want_n);
	}
	return good;
}

static inline bool __attribute__((format(printf, 5, 6)))
tap_is_str(const char *file, int line, const char *got, const char *want,
    const char *fmt, ...)
{
	bool good = strcmp(got, want) == 0;
	va_list ap;

	va_start(ap, fmt);
	tap_result(good, file, line, fmt, ap);
	va_end(ap);
	if (!good) {
		tap_show("got", got, strlen(got));
		tap_show("want", want, strlen(want));
	}
	return good;
}

/* Print the plan; returns what main() is to return. */
static inline int
tap_done(void)
{
	printf("1..%d\n", tap.run);
	return tap.failed > 0;
}

#endif
