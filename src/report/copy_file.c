/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/signals.h"
#include "base/wait.h"
#include "base/xalloc.h"
#include "report/copy_file.h"
#include "report/copy_writer.h"
#include "wire/pcapng.h"

/* The longest piece that is written at once; to standard error, what others
 * can't get into the middle of. */
#define ROOM		PCAPNG_DATA_MAX
#define ROOM_SHARED	PIPE_BUF

/* Pieces of at least this are in haste; the first ones may be all there are. */
#define LARGE		((size_t)32 << 10)
#define LARGE_FIRST	16

#define WRITER_LINGER	CLOCK_SECOND

struct copy_file {
	struct copy_fate	*fate;
	char			*name;
	int			 fd;		/* -1: standard error */
	bool			 regular;	/* and ours alone */
	int			 flags;		/* of fcntl(2) */
	bool			 whole;		/* nothing was in it before */
	bool			 spliced;	/* O_APPEND is off */
	bool			 unspliced;	/* splice(2) does not work */
	pthread_mutex_t		 lock;
	unsigned char		*room;
	unsigned		 large;		/* pieces, so far */
	struct copy_writer	*writer;	/* NULL: not yet */
};

enum result
copy_file_open(struct copy_fate *fate, const char *file, bool append,
    struct copy_file **to, struct error *err)
{
	struct copy_file *f = xcalloc(1, sizeof(*f));
	struct stat st;

	*to = NULL;
	f->fd = -1;
	if (file != NULL && file_open_private(file, fate->option, append,
	    &f->fd, err) != RESULT_OK) {
		free(f);
		return err->result;
	}
	f->fate = fate;
	f->name = file != NULL ? xstrdup(file) : NULL;
	f->regular = f->fd != -1 && fstat(f->fd, &st) == 0 &&
	    S_ISREG(st.st_mode) && !file_is_output(&st);
	f->flags = f->regular ? fcntl(f->fd, F_GETFL) : -1;
	f->whole = f->regular && !append;
	pthread_mutex_init(&f->lock, NULL);
	*to = f;
	return RESULT_OK;
}

void
copy_file_close(struct copy_file *f)
{
	if (f == NULL)
		return;
	copy_writer_free(f->writer);
	if (f->fd != -1)
		close(f->fd);
	pthread_mutex_destroy(&f->lock);
	free(f->name);
	free(f->room);
	free(f);
}

void
copy_file_lock(struct copy_file *f)
{
	pthread_mutex_lock(&f->lock);
}

void
copy_file_unlock(struct copy_file *f)
{
	pthread_mutex_unlock(&f->lock);
}

unsigned char *
copy_file_room(struct copy_file *f, size_t *most)
{
	*most = f->fd == -1 ? ROOM_SHARED : ROOM;
	if (f->room == NULL)
		f->room = xmalloc(ROOM);
	return f->room;
}

void
copy_fate_seal(struct copy_fate *fate, const struct error *err)
{
	if (atomic_exchange(&fate->failed, true))
		return;
	log_line(LOG_ERROR, "%s (%s)", err->text, fate->required ?
	    "it is required" : "there is no more of it");
	if (fate->required)
		signals_abort(SIGTERM);
}

/* As write(2), of what may have a slow reader. */
static ssize_t
copy_file_write_some(struct copy_file *f, const void *data, size_t n)
{
	if (f->regular)
		return write(f->fd, data, n);
	if (wait_fd(f->fd, POLLOUT, CLOCK_NEVER, 0) == WAIT_SIGNAL) {
		errno = ECANCELED;
		return -1;
	}
	return write(f->fd, data, n < PIPE_BUF ? n : PIPE_BUF);
}

/* All n bytes, unless that fails, or a signal asks us to leave. */
static void
copy_file_write(void *context, const void *data, size_t n)
{
	struct copy_file *f = context;
	const char *at = data;
	struct error err;

	while (n > 0 && !atomic_load(&f->fate->failed)) {
		ssize_t w = copy_file_write_some(f, at, n);

		if (w == -1 && errno == ECANCELED)
			return;
		if (w == -1 && errno != EINTR && errno != EAGAIN) {
			error_set_errno(&err, RESULT_LOCAL, errno, "%s %s",
			    f->fate->option, f->name);
			copy_fate_seal(f->fate, &err);
		} else if (w > 0) {
			at += w;
			n -= (size_t)w;
		}
	}
}

/* --- what comes in a pipe ------------------------------------------------ */

bool
copy_file_splices(const struct copy_file *f)
{
	return f->whole;
}

/* splice(2) does not append. */
static bool
copy_file_set_append(struct copy_file *f, bool on)
{
	f->spliced = !on;
	return f->flags != -1 && fcntl(f->fd, F_SETFL, on ?
	    f->flags | O_APPEND : f->flags & ~O_APPEND) == 0;
}

/* Whether our offset is the end of the file: it is not if somebody else writes
 * to it, too. */
static bool
copy_file_is_at_end(const struct copy_file *f)
{
	struct stat st;

	return fstat(f->fd, &st) == 0 &&
	    lseek(f->fd, 0, SEEK_CUR) == st.st_size;
}

/* Of n bytes, how many there are still to be written: 0 unless this is not the
 * way, or fails. */
static size_t
copy_file_splice_some(struct copy_file *f, int pipe, size_t n)
{
	while (n > 0 && !f->unspliced && !atomic_load(&f->fate->failed)) {
		ssize_t w = copy_file_is_at_end(f) && (f->spliced ||
		    copy_file_set_append(f, false)) ?
		    splice(pipe, NULL, f->fd, NULL, n, 0) : 0;

		if (w > 0)
			n -= (size_t)w;
		else if (w == 0 || errno != EINTR)
			f->unspliced = true;
	}
	return n;
}

void
copy_file_splice(struct copy_file *f, int pipe, size_t n)
{
	unsigned char *room;
	size_t most;
	ssize_t r;

	if (f->writer != NULL)
		copy_writer_flush(f->writer);
	n = copy_file_splice_some(f, pipe, n);
	if (n == 0)
		return;
	room = copy_file_room(f, &most);
	while (n > 0 && (r = read(pipe, room, n < most ? n : most)) > 0) {
		copy_file_put(f, room, (size_t)r);
		n -= (size_t)r;
	}
}

/* Whether n bytes are for the writer: they would be waited for too long, or
 * others are in front. */
static bool
copy_file_is_busy(struct copy_file *f, size_t n)
{
	if (!f->regular)
		return false;
	if (n >= LARGE && f->large < LARGE_FIRST && ++f->large == LARGE_FIRST)
		f->writer = copy_writer_new(copy_file_write, f,
		    WRITER_LINGER);
	return f->writer != NULL &&
	    (n >= LARGE || !copy_writer_is_idle(f->writer));
}

void
copy_file_put(struct copy_file *f, const void *data, size_t n)
{
	/* Somebody may have cut it off since, and a hole would be in front. */
	if (f->spliced)
		copy_file_set_append(f, true);
	if (f->fd == -1)
		log_lines(data, n);
	else if (copy_file_is_busy(f, n))
		copy_writer_put(f->writer, data, n);
	else
		copy_file_write(f, data, n);
}

void
copy_file_flush(struct copy_file *f)
{
	copy_file_lock(f);
	if (f->writer != NULL)
		copy_writer_flush(f->writer);
	copy_file_unlock(f);
}
