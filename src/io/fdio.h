/* SPDX-License-Identifier: ISC */
/*
 * Reading and writing a descriptor that may be shared with other processes:
 * never blocking, and never touching O_NONBLOCK, which belongs to the open file
 * and so to everybody who has it.
 */
#ifndef IO_FDIO_H
#define IO_FDIO_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum fd_kind {
	FD_FILE,		/* regular: always ready */
	FD_PIPE,
	FD_SOCKET,
	FD_TERMINAL,
	FD_DEVICE,		/* other character devices: /dev/null */
	FD_OTHER,
};

struct fdio {
	int		 fd;		/* -1: closed */
	enum fd_kind	 kind;
	bool		 own;		/* ours alone, O_NONBLOCK set */
	bool		 claims;	/* fdio_claim() is to be had */
	bool		 no_nowait;	/* RWF_NOWAIT is not known */
	bool		 messages;	/* a socket that keeps their borders */
	bool		 grown;		/* fdio_grow_pipe() was here */
	int		 reopened;	/* a terminal's own open file, or -1 */
	off_t		 expected;	/* a file's offset, if nobody else has
					 * moved it; -1: not known */
	off_t		 claim;		/* see fdio_claim() */
	size_t		 claimed;
};

/* Look at fd, which stays the caller's.  `own`: O_NONBLOCK is set. */
void	fdio_init(struct fdio *f, int fd, bool own);

/* The same for a stream socket of our own, without a system call. */
void	fdio_init_socket(struct fdio *f, int fd);

/*
 * As read(2) and write(2), short counts included, but -1 and EAGAIN instead of
 * blocking, and never EINTR.  Writing to what has no reader is EPIPE; a message
 * that does not fit into n bytes is EMSGSIZE, and lost.
 */
ssize_t	fdio_read(struct fdio *f, void *data, size_t n);
ssize_t	fdio_write(struct fdio *f, const void *data, size_t n);

/*
 * The offset of an open file is shared with everybody who has that file.
 * read(2), write(2) and lseek(2) lock it while they move it; sendfile(2) and
 * splice(2) do not, and several processes then get or overwrite the same bytes.
 * They may only be given an offset of our own, in a part of the file that is
 * claimed: lseek(2) has moved the shared offset behind it, so that nobody else
 * takes it.
 *
 * Claim up to `most' bytes of an input file, unless there is a claim:
 * f->claimed bytes at f->claim.  Returns how many of `most' these are; 0: what
 * there is, only read(2) can say.  fdio_read() takes what is claimed first.
 */
size_t	fdio_claim(struct fdio *f, size_t most);

/* n bytes of the claim have been taken. */
void	fdio_take_claimed(struct fdio *f, size_t n);

/* The file has no more bytes where it is claimed: the offset goes back. */
void	fdio_drop_claim(struct fdio *f);

/*
 * At the end: the last n bytes that were read, and what is claimed, have gone
 * nowhere; whoever reads the file next finds them.  Not if others have moved
 * the offset meanwhile: what they have read would come twice.
 */
void	fdio_give_back(struct fdio *f, size_t n);

/*
 * Open a terminal once more for ourselves, so that a stopped one (Ctrl-S) does
 * not block the writer.  Nothing happens when that is not possible.
 */
void	fdio_reopen_terminal(struct fdio *f);

/* Release what fdio_reopen_terminal() made; fd itself is left open. */
void	fdio_release(struct fdio *f);

/* Let a pipe hold FDIO_PIPE_SIZE bytes, once; refused beyond the user's limits,
 * pipe(7), when it stays as it is.  Other kinds are left alone. */
#define FDIO_PIPE_SIZE	(1024 * 1024)
void	fdio_grow_pipe(struct fdio *f);

/* Bytes that can be read at once (FIONREAD); of datagrams, those of the next
 * one.  0 where that is not known. */
size_t	fdio_available(const struct fdio *f);

#endif
