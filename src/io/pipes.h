/* SPDX-License-Identifier: ISC */
/*
 * Pipes that bytes pass through between two sockets, inside the kernel.  Those
 * that are given back are kept for the next taker, a few of them.
 */
#ifndef IO_PIPES_H
#define IO_PIPES_H

#include <stddef.h>

struct pipes_pipe {
	int	fd[2];		/* -1: none */
	size_t	size;		/* bytes it holds */
};

/*
 * An empty pipe, non-blocking and close-on-exec, that holds `size` bytes, or
 * fewer beyond the user's limits (pipe(7)).  It is the caller's.  0, or -1 with
 * errno.
 */
int	pipes_take(struct pipes_pipe *p, size_t size);

/* Give a pipe back, empty.  *p holds none afterwards. */
void	pipes_give(struct pipes_pipe *p);

/* Close it, with what is left in it.  Nothing happens if there is none. */
void	pipes_close(struct pipes_pipe *p);

/* Close those that are kept. */
void	pipes_trim(void);

#endif
