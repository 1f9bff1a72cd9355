/* SPDX-License-Identifier: ISC */
/*
 * How library code fails: it returns a result, which names the cause, and
 * fills a message.  It never exits and never prints.  main() turns the result
 * into the exit status.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

enum result {
	RESULT_OK,
	RESULT_REFUSED,		/* the peer, or a host on the way, said no */
	RESULT_UNREACHABLE,	/* no way to the peer */
	RESULT_BROKEN,		/* the connection was reset or died */
	RESULT_USAGE,		/* the command line is wrong */
	RESULT_TIMEOUT,		/* a time limit passed */
	RESULT_NAME,		/* a name could not be resolved */
	RESULT_DENIED,		/* TLS, a proxy or access control said no */
	RESULT_LOCAL,		/* something on this side failed */
	RESULT_PIPE,		/* the reader of standard output has gone */
	RESULT_SIGNAL,		/* a signal asked us to leave */
	RESULT_COMMAND,		/* a command failed: see status */
};

/* What was being done when it failed, for those who say it in words of their
 * own; the subject is the name, address or path that it was done with. */
enum error_step {
	STEP_OTHER,
	STEP_RESOLVE,
	STEP_BIND,
	STEP_BIND_SOURCE,
	STEP_CHOOSE_SOURCE,
	STEP_CONNECT,
	STEP_PASS_SOCKET,	/* no subject */
	STEP_PROXY_SAID,	/* the proxy; the reason is its answer */
	STEP_IDLE,		/* no subject */
};

#define ERROR_TEXT_MAX	1024

struct error {
	enum result	result;
	int		status;		/* RESULT_COMMAND: what to exit with */
	int		errnum;		/* of the call that failed; 0: none */
	bool		ended;		/* the peer has ended its direction too
					 * early, and in order */
	bool		own;		/* not the client's fault, but ours, or
					 * that of what we serve it with */
	size_t		own_at;		/* ... named there in text, behind whom
					 * it befell */
	enum error_step	step;
	size_t		subject, subject_length, reason; /* where in text these
					 * are, by error_at(); 0 without */
	char		text[ERROR_TEXT_MAX];	/* "" unless it failed */
};

/*
 * Set *err (which may be NULL) to result and a printf-style message, cut at
 * ERROR_TEXT_MAX - 1 bytes.  Returns result, so that a caller can write
 * `return error_set(err, RESULT_LOCAL, ...)`.
 */
enum result	error_set(struct error *err, enum result result,
		    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same, with ": " and the text of the errno value `errnum` behind it. */
enum result	error_set_errno(struct error *err, enum result result,
		    int errnum, const char *fmt, ...)
		    __attribute__((format(printf, 4, 5)));

/* error_set() with the words of `step' (not STEP_OTHER) and its subject in
 * front: "resolve NAME: ". */
enum result	error_at(struct error *err, enum result result,
		    enum error_step step, const char *subject,
		    const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Put a printf-style text in front of the message of *err, which is otherwise
 * as it was.  Returns the result. */
enum result	error_put_before(struct error *err, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));

/* What has failed in error_at(), and why, to print with %.*s; both are lent.
 * "" and the whole message, where it was none. */
const char	*error_subject(const struct error *err, int *length);
const char	*error_reason(const struct error *err);
bool		error_is_about(const struct error *err, const char *subject);

/* RESULT_SIGNAL, "interrupted": a signal asked us to leave. */
enum result	error_interrupted(struct error *err);

/* It is our own fault, named at text + `at'; unless a signal asked us to leave.
 * Returns the result. */
enum result	error_own(struct error *err, size_t at);

/*
 * What a failed connect(2), send(2) or recv(2) with errno `errnum` means:
 * RESULT_REFUSED, RESULT_UNREACHABLE, RESULT_BROKEN, RESULT_TIMEOUT, or
 * RESULT_LOCAL for what is not the network's doing.
 */
enum result	error_network_result(int errnum);

/* The exit status of a result: 0 to 6, as in EXIT STATUS of sockcat(1).  That
 * of RESULT_COMMAND is in the error. */
int		error_exit_status(enum result result);

/* Others, by results, from RESULT_OK to RESULT_COMMAND; lent. */
void		error_use_statuses(const int *status);

#endif
