/* SPDX-License-Identifier: ISC */
/*
 * The terminal of standard input in raw mode, termios(3): each key is a byte,
 * and none is a signal or an end.  It is as it was whenever somebody else has
 * it: at the end, at any exit, by a signal, too, and while the job is stopped.
 */
#ifndef BASE_RAW_H
#define BASE_RAW_H

/* From now on.  0, or -1 with errno: it is no terminal. */
int	raw_begin(void);

/* As it was.  Nothing if it has not begun. */
void	raw_end(void);

#endif
