/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/signals.h"
#include "base/xalloc.h"
#include "serve/reaper.h"

/* What hides behind an end of ours that was not taken note of yet is looked for
 * again after this, nanoseconds. */
#define LOOK_AGAIN	250000000

/* Children are the process's, and so is this. */
static bool			 on;
static pthread_rwlock_t		 starting;	/* who starts one reads */
static pthread_mutex_t		 lock = PTHREAD_MUTEX_INITIALIZER;
static pid_t			*own;		/* under the lock */
static size_t			 count, room;

static bool
reaper_is_own(pid_t pid)
{
	bool found = false;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < count && !found; i++)
		found = own[i] == pid;
	pthread_mutex_unlock(&lock);
	return found;
}

static void
reaper_take(pid_t pid)
{
	if (waitpid(pid, NULL, WNOHANG) == pid)
		log_line(LOG_DETAIL, "process %ld, which was left to us, has "
		    "ended", (long)pid);
}

/* The children of one thread; proc_pid_task(5). */
static void
reaper_take_of_thread(const char *thread)
{
	char path[64];
	long pid;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%.20s/children", thread);
	f = fopen(path, "re");
	if (f == NULL)
		return;
	while (fscanf(f, "%ld", &pid) == 1) {
		if (!reaper_is_own((pid_t)pid))
			reaper_take((pid_t)pid);
	}
	fclose(f);
}

/* wait(2) tells of one end only, and that one is somebody else's to take: look
 * at all children, where the system lists them. */
static void
reaper_take_hidden(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] != '.')
			reaper_take_of_thread(entry->d_name);
	}
	closedir(dir);
}

/* Whether something may be hidden still. */
static bool
reaper_take_all(void)
{
	siginfo_t info;
	bool hidden = false;

	/* One that was just started is not known yet. */
	pthread_rwlock_wrlock(&starting);
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) ==
		    -1 || info.si_pid == 0)
			break;
		hidden = reaper_is_own(info.si_pid);
		if (hidden) {
			reaper_take_hidden();
			break;
		}
		reaper_take(info.si_pid);
	}
	pthread_rwlock_unlock(&starting);
	return hidden;
}

static void *
reaper_run(void *arg)
{
	const struct timespec again = { .tv_nsec = LOOK_AGAIN };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (;;) {
		if (reaper_take_all())
			sigtimedwait(&set, NULL, &again);
		else
			sigwaitinfo(&set, NULL);
	}
	return arg;
}

void
reaper_start(void)
{
	pthread_rwlockattr_t patient;
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t set;
	int is = 0, errnum;

	if (getpid() != 1 && (prctl(PR_GET_CHILD_SUBREAPER, &is) == -1 ||
	    is == 0))
		return;
	/* Starts that follow one another must not keep it out for ever. */
	pthread_rwlockattr_init(&patient);
	pthread_rwlockattr_setkind_np(&patient,
	    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&starting, &patient);
	pthread_rwlockattr_destroy(&patient);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	on = true;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	errnum = signals_thread(&thread, &attr, reaper_run, NULL);
	pthread_attr_destroy(&attr);
	if (errnum == 0)
		return;
	on = false;
	log_line(LOG_STEP, "thread: %s (processes that are left to us stay)",
	    strerror(errnum));
}

void
reaper_before_start(void)
{
	if (on)
		pthread_rwlock_rdlock(&starting);
}

void
reaper_after_start(pid_t pid)
{
	if (!on)
		return;
	pthread_mutex_lock(&lock);
	if (pid != 0 && count == room) {
		room = room == 0 ? 16 : 2 * room;
		own = xreallocarray(own, room, sizeof(*own));
	}
	if (pid != 0)
		own[count++] = pid;
	pthread_mutex_unlock(&lock);
	pthread_rwlock_unlock(&starting);
}

void
reaper_forget(pid_t pid)
{
	size_t i = 0;

	if (!on)
		return;
	pthread_mutex_lock(&lock);
	while (i < count && own[i] != pid)
		i++;
	if (i < count)
		own[i] = own[--count];
	pthread_mutex_unlock(&lock);
}
