/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

static void	error_format(struct error *, enum result, const char *,
		    va_list) __attribute__((format(printf, 3, 0)));

static void
error_format(struct error *err, enum result result, const char *fmt, va_list ap)
{
	static const char cut[] = "...";

	err->result = result;
	err->status = 0;
	err->errnum = 0;
	err->ended = false;
	err->own = false;
	err->own_at = 0;
	/* What had no room is seen to be missing. */
	if (vsnprintf(err->text, sizeof(err->text), fmt, ap) >=
	    (int)sizeof(err->text))
		memcpy(err->text + sizeof(err->text) - sizeof(cut), cut,
		    sizeof(cut));
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
