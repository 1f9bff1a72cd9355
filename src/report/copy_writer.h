/* SPDX-License-Identifier: ISC */
/*
 * Writing behind the back of who copies: bytes are kept, 1 MiB of them at most,
 * and a thread writes them, so that a connection and the copy of it move at the
 * same time.  The thread is there while there is something to do.
 */
#ifndef REPORT_COPY_WRITER_H
#define REPORT_COPY_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Write all n bytes, or know oneself that they could not be. */
typedef void		 copy_writer_write(void *context, const void *data,
			    size_t n);

struct copy_writer;

/* `write' is called by one thread at a time; `context' has to last.  A thread
 * waits for more for `linger' ns. */
struct copy_writer	*copy_writer_new(copy_writer_write *write,
			    void *context, int64_t linger);

/* All is written first.  Also NULL. */
void			 copy_writer_free(struct copy_writer *w);

/* Behind all that was put before; waits while there is no room.  By one thread
 * at a time, as all that follows. */
void			 copy_writer_put(struct copy_writer *w,
			    const void *data, size_t n);

/* Whether nothing that was put is still to be written. */
bool			 copy_writer_is_idle(struct copy_writer *w);

/* Wait for that. */
void			 copy_writer_flush(struct copy_writer *w);

#endif
