/* SPDX-License-Identifier: ISC */
/*
 * Lines for people, on standard error: "sockcat: " and a message, one write(2)
 * a line, so that lines of several threads or processes never mix.  Control
 * characters, of Unicode as well, and what turns the direction of text or can't
 * be seen, and bytes that are no UTF-8, are escaped (\xNN), since parts of a
 * message may come from the peer.  One that is too long ends in "...".
 *
 * With LOG_DETAIL the time of day is in front of the message, and with
 * LOG_STEP, where there are many connections, the number of its own: "#7 ".
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
	LOG_QUIET = -1,	/* nothing at all */
	LOG_ERROR,	/* always shown: why we fail, and warnings */
	LOG_STEP,	/* -v: the life of each connection */
	LOG_DETAIL,	/* -vv: socket options, TCP_INFO */
	LOG_TRACE,	/* -vvv: each system call of the pump */
};

/* Messages above this level are dropped.  The default is LOG_ERROR. */
void	log_set_level(enum log_level level);
int	log_enabled(enum log_level level);

/* There may be many connections.  Before any thread writes lines. */
void	log_many_connections(void);

/* What this thread does now is for the connection of that number; 0: for none,
 * as at first. */
void	log_set_connection(uint64_t number);

/* Waits for the reader of standard error; but after a signal to leave
 * (signals.h) no longer than a moment, and the line may be lost.  Keeps
 * errno. */
void	log_line(enum log_level level, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* Whole lines that can be shown as they are, of n bytes, 4096 at most: at any
 * level, with nothing in front, else as log_line(). */
void	log_lines(const char *lines, size_t n);

/*
 * A line of printable ASCII that stays behind all others on standard error's
 * terminal, of `columns', which is at least n: it takes the place of the one
 * before.  A message goes in front of it.  Never waits: what can't be written
 * at once is not.
 */
#define LOG_STATUS_MAX	512
void	log_status(const char *text, size_t n, size_t columns);

/* It is a line as any other from now on. */
void	log_status_end(void);

/*
 * Copy `n` bytes of `in` to `out`, escaped as above, always ending in NUL and
 * never writing more than `size` bytes.  Returns the length of the result.
 */
size_t	log_escape(char *out, size_t size, const char *in, size_t n);

/* The length of the character that the n bytes of `in' begin with, if it is
 * shown as it is; 0: it is escaped. */
size_t	log_printable(const char *in, size_t n);

/* As log_escape(); what had no room is seen to be missing: the end is "..."
 * then, and false is returned. */
bool	log_escape_whole(char *out, size_t size, const char *in, size_t n);

/* Write n bytes, whole lines that were made elsewhere, as log_line() would,
 * whatever the level is. */
void		log_whole(const char *lines, size_t n);

#endif
