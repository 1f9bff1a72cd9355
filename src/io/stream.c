/* SPDX-License-Identifier: ISC */
#include "io/stream.h"

ssize_t
stream_read(struct stream *s, void *data, size_t n)
{
	return s->ops->read != NULL ? s->ops->read(s, data, n) :
	    fdio_read(&s->in, data, n);
}

ssize_t
stream_write(struct stream *s, const void *data, size_t n)
{
	return s->ops->write != NULL ? s->ops->write(s, data, n) :
	    fdio_write(&s->out, data, n);
}

int
stream_shutdown(struct stream *s)
{
	if (s->ops->shutdown != NULL)
		return s->ops->shutdown(s);
	s->shut = true;
	return 0;
}

int
stream_flush(struct stream *s)
{
	return s->ops->flush != NULL ? s->ops->flush(s) : 0;
}

size_t
stream_unacked(struct stream *s)
{
	return s->ops->unacked != NULL ? s->ops->unacked(s) : 0;
}

bool
stream_unread(struct stream *s, const void *data, size_t n)
{
	if (s->ops->unread == NULL)
		return false;
	s->ops->unread(s, data, n);
	return true;
}

void
stream_close(struct stream *s, bool abort)
{
	s->ops->close(s, abort);
}
