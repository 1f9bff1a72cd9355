/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static void	error_format(struct error *, enum result, const char *,
		    va_list) __attribute__((format(printf, 3, 0)));

/* What had no room of n bytes is seen to be missing. */
static void
error_cut(struct error *err, size_t n)
{
	static const char cut[] = "...";

	if (n >= sizeof(err->text))
		memcpy(err->text + sizeof(err->text) - sizeof(cut), cut,
		    sizeof(cut));
}

static void
error_format(struct error *err, enum result result, const char *fmt, va_list ap)
{
	err->result = result;
	err->status = 0;
	err->errnum = 0;
	err->ended = false;
	err->own = false;
	err->own_at = 0;
	err->step = STEP_OTHER;
	err->subject = err->subject_length = err->reason = 0;
	error_cut(err, (size_t)vsnprintf(err->text, sizeof(err->text), fmt,
	    ap));
}

enum result
error_set(struct error *err, enum result result, const char *fmt, ...)
{
	va_list ap;

	if (err == NULL)
		return result;
	va_start(ap, fmt);
	error_format(err, result, fmt, ap);
	va_end(ap);
	return result;
}

enum result
error_set_errno(struct error *err, enum result result, int errnum,
    const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (err == NULL)
		return result;
	va_start(ap, fmt);
	error_format(err, result, fmt, ap);
	va_end(ap);
	err->errnum = errnum;
	n = strlen(err->text);
	snprintf(err->text + n, sizeof(err->text) - n, ": %s",
	    strerror(errnum));
	return result;
}

/* What stands around the subject. */
static const char *const error_steps[][2] = {
	[STEP_RESOLVE] = { "resolve ", ": " },
	[STEP_BIND] = { "bind ", ": " },
	[STEP_BIND_SOURCE] = { "bind source ", ": " },
	[STEP_CHOOSE_SOURCE] = { "source ", ": " },
	[STEP_CONNECT] = { "connect to ", ": " },
	[STEP_PASS_SOCKET] = { "pass the socket to standard output", ": " },
	[STEP_IDLE] = { "", "" },
	[STEP_PROXY_SAID] = { "", ": the proxy says: " },
};

enum result
error_at(struct error *err, enum result result, enum error_step step,
    const char *subject, const char *fmt, ...)
{
	const char *const *words = error_steps[step];
	char reason[ERROR_TEXT_MAX];
	va_list ap;

	if (err == NULL)
		return result;
	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	error_set(err, result, "%s%s%s%s", words[0], subject, words[1], reason);
	err->step = step;
	err->subject = strlen(words[0]);
	err->subject_length = strlen(subject);
	err->reason = err->subject + err->subject_length + strlen(words[1]);
	return result;
}

enum result
error_put_before(struct error *err, const char *fmt, ...)
{
	char was[ERROR_TEXT_MAX];
	va_list ap;
	size_t n;

	memcpy(was, err->text, sizeof(was));
	va_start(ap, fmt);
	n = (size_t)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	strlcat(err->text, was, sizeof(err->text));
	error_cut(err, n + strlen(was));
	err->own_at += n;
	err->subject += n;
	err->reason += n;
	return err->result;
}

/* Where `at' is, unless the text was cut before. */
static const char *
error_part(const struct error *err, size_t at)
{
	size_t end = strlen(err->text);

	return err->text + (at < end ? at : end);
}

const char *
error_subject(const struct error *err, int *length)
{
	const char *subject = error_part(err, err->subject);
	size_t left = strlen(subject);

	*length = (int)(err->subject_length < left ? err->subject_length :
	    left);
	return subject;
}

bool
error_is_about(const struct error *err, const char *subject)
{
	int length;
	const char *its = error_subject(err, &length);

	return strlen(subject) == (size_t)length &&
	    strncmp(its, subject, (size_t)length) == 0;
}

const char *
error_reason(const struct error *err)
{
	return error_part(err, err->reason);
}

enum result
error_interrupted(struct error *err)
{
	return error_set(err, RESULT_SIGNAL, "interrupted");
}

enum result
error_own(struct error *err, size_t at)
{
	err->own = err->result != RESULT_OK && err->result != RESULT_SIGNAL;
	err->own_at = at;
	return err->result;
}

enum result
error_network_result(int errnum)
{
	switch (errnum) {
	case ECONNREFUSED:
	case ENOENT:		/* a UNIX-domain path nobody made */
		return RESULT_REFUSED;
	case ETIMEDOUT:
		return RESULT_TIMEOUT;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
		return RESULT_UNREACHABLE;
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
	case ENOTCONN:
	case ENETRESET:
	case EPROTO:
	case EPROTOTYPE:
	case EMSGSIZE:
	case EACCES:		/* ICMP: administratively prohibited */
	case EPERM:		/* a local packet filter */
		return RESULT_BROKEN;
	default:
		return RESULT_LOCAL;
	}
}

static const int error_statuses[] = {
	[RESULT_OK] = 0,
	[RESULT_REFUSED] = 1,
	[RESULT_UNREACHABLE] = 1,
	[RESULT_BROKEN] = 1,
	[RESULT_USAGE] = 2,
	[RESULT_TIMEOUT] = 3,
	[RESULT_NAME] = 4,
	[RESULT_DENIED] = 5,
	[RESULT_LOCAL] = 6,
	[RESULT_PIPE] = 6,
	[RESULT_SIGNAL] = 1,
	[RESULT_COMMAND] = 1,
};

static const int *error_status = error_statuses;

int
error_exit_status(enum result result)
{
	return error_status[result];
}

void
error_use_statuses(const int *status)
{
	error_status = status;
}
