/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "base/assert.h"
#include "io/pipes.h"

#define KEPT_MAX	16

#define SMALL_SIZE	65536	/* if the kernel does not say */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct pipes_pipe kept[KEPT_MAX];
static size_t kept_count;

static int
pipes_make(struct pipes_pipe *p, size_t size)
{
	int granted;

	if (pipe2(p->fd, O_CLOEXEC | O_NONBLOCK) == -1) {
		p->fd[0] = p->fd[1] = -1;
		return -1;
	}
	granted = fcntl(p->fd[1], F_SETPIPE_SZ, (int)size);
	if (granted == -1)
		granted = fcntl(p->fd[1], F_GETPIPE_SZ);
	p->size = granted > 0 ? (size_t)granted : SMALL_SIZE;
	return 0;
}

int
pipes_take(struct pipes_pipe *p, size_t size)
{
	pthread_mutex_lock(&lock);
	if (kept_count > 0) {
		*p = kept[--kept_count];
		pthread_mutex_unlock(&lock);
		return 0;
	}
	pthread_mutex_unlock(&lock);
	return pipes_make(p, size);
}

void
pipes_give(struct pipes_pipe *p)
{
	ASSERT(p->fd[0] != -1 && p->fd[1] != -1);
	pthread_mutex_lock(&lock);
	if (kept_count < KEPT_MAX) {
		kept[kept_count++] = *p;
		p->fd[0] = p->fd[1] = -1;
	}
	pthread_mutex_unlock(&lock);
	pipes_close(p);
}

void
pipes_close(struct pipes_pipe *p)
{
	for (int i = 0; i < 2; i++) {
		if (p->fd[i] != -1)
			close(p->fd[i]);
		p->fd[i] = -1;
	}
}

void
pipes_trim(void)
{
	pthread_mutex_lock(&lock);
	while (kept_count > 0)
		pipes_close(&kept[--kept_count]);
	pthread_mutex_unlock(&lock);
}
