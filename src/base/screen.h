/* SPDX-License-Identifier: ISC */
/*
 * What we have done to the terminal, so that it can be undone at any exit, by a
 * handler of signals as well.
 */
#ifndef BASE_SCREEN_H
#define BASE_SCREEN_H

#include <stdbool.h>

/* Whether the last line on standard error's terminal is one of ours that does
 * not end yet (see log_status()). */
void	screen_set_line(bool open);
bool	screen_has_line(void);

/* Whether we may write to standard error without a question: it is no terminal
 * that another job has.  For handlers, too. */
bool	screen_is_ours(void);

/* Standard input's terminal in raw mode: from now on (0, or -1 with errno),
 * whether it has begun, and until now.  The two in the middle are for handlers:
 * while somebody else has it, it is as it was before. */
int	screen_begin_raw(void);
void	screen_suspend_raw(void);
void	screen_resume_raw(void);
bool	screen_is_raw(void);
void	screen_end_raw(void);

/* Undo all of that; for the last time, and for handlers, too. */
void	screen_restore(void);

#endif
