/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/nothing.h"
#include "base/signals.h"
#include "options/options.h"
#include "options/personality.h"
#include "report/progress.h"
#include "report/report.h"
#include "run/initiator.h"
#include "run/listener.h"
#include "run/ways.h"
#include "serve/command.h"
#include "serve/reaper.h"

/*
 * Started with descriptors 0, 1 or 2 closed: fill the gaps, so that no socket
 * gets such a number.  A closed input is an empty one; a closed output can't be
 * written (EBADF), which is the truth.
 */
static enum result
main_fill_standard_descriptors(struct error *err)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) != -1)
			continue;
		/* Commands get what we have. */
		if (nothing_open(O_RDONLY) != fd ||
		    fcntl(fd, F_SETFD, 0) == -1)
			return error_set_errno(err, RESULT_LOCAL, errno,
			    "descriptor %d is closed, and /dev/null", fd);
	}
	return RESULT_OK;
}

/* An input that is open for writing only, as nohup(1) leaves one, is an empty
 * one, too. */
static void
main_replace_input(void)
{
	int flags = fcntl(STDIN_FILENO, F_GETFL), null;

	if (flags == -1 || ((flags & O_PATH) == 0 &&
	    (flags & O_ACCMODE) != O_WRONLY))
		return;
	null = nothing_open(O_RDONLY);
	if (null == -1 || dup2(null, STDIN_FILENO) == -1)
		log_line(LOG_ERROR, "standard input: %s", strerror(errno));
	else
		log_line(LOG_STEP, "standard input can't be read, it is taken "
		    "as empty");
	if (null != -1)
		close(null);
}

static void
main_print_version(void)
{
	printf("sockcat " PACKAGE_VERSION "\n"
	    "built with: TCP, UDP, UNIX-domain sockets, libbsd, "
#if defined(HAVE_SPLICE) && defined(HAVE_SENDFILE)
	    "zero copy (sendfile, splice)"
#else
	    "no zero copy"
#endif
	    ", %s\n", tls_library());
}

/* What a personality says, or else we do. */
static int
main_print(const struct personality *who, const struct options *o)
{
	int fd = o->version ? who->version_fd : who->help_fd;
	FILE *to = fd == STDERR_FILENO ? stderr : stdout;

	if (o->version && who->version != NULL)
		fputs(who->version, to);
	else if (o->version)
		main_print_version();
	else if (who->help != NULL && o->help_word == NULL)
		personality_print_help(who, to);
	else
		options_print_help(to, o->help_word);
	if (fflush(to) == 0 && !ferror(to))
		return o->version ? 0 : who->help_status;
	log_line(LOG_ERROR, "standard output: %s", strerror(errno));
	return error_exit_status(RESULT_LOCAL);
}

static enum result
main_serve(struct run *r, struct error *err)
{
	const struct way *way;
	enum result result = run_open(r, err);

	if (result != RESULT_OK)
		return result;
	way = ways_find(r);
	if (way->run != NULL)
		return way->run(r, err);
	return r->options->listening ? listener_run(r, way, err) :
	    initiator_run(r, way, err);
}

static enum result
main_run(const struct options *o, struct error *err)
{
	enum result result;
	atomic_ullong connections = 0;
	struct run r = {
		.options = o,
		.connections = &connections,
		.deadline = clock_after(clock_now(), o->timeout),
	};

	/* Each client of a broker gets all of the input. */
	r.progress = progress_open(&o->progress, options_sends_input(o) &&
	    !o->broker.on, o->server.keep_open);
	result = report_open(&o->report, o->listening, &r.report, err);
	if (result == RESULT_OK)
		result = command_check(o, err);
	if (result == RESULT_OK)
		result = main_serve(&r, err);
	result = copies_result(r.copies, result, err);
	run_close(&r);
	report_close(r.report, result, err);
	return result;
}

/* Say why, and leave: by the signal that asked for it, or with a status. */
static int
main_leave(const struct personality *who, const struct options *o,
    enum result result, const struct error *err)
{
	bool said = false;

	if (result == RESULT_SIGNAL)
		signals_die(signals_terminating());
	if (result == RESULT_PIPE && !signals_pipe_ignored())
		signals_die(SIGPIPE);
	if (result != RESULT_OK && who->say_failure != NULL)
		said = who->say_failure(o, &result, err);
	if (result != RESULT_OK && !said && err->text[0] != '\0')
		log_line(LOG_ERROR, "%s", err->text);
	if (result == RESULT_USAGE && who->usage != NULL && o->show_usage)
		fputs(who->usage, stderr);
	return result == RESULT_COMMAND && who->status == NULL ? err->status :
	    error_exit_status(result);
}

/* All that there is to do, once argv is understood. */
static enum result
main_act(const struct personality *who, const struct options *o,
    struct error *err)
{
	if (signals_install() == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "eventfd");
	/* Who is another one says what that would. */
	if (who->hear == NULL)
		log_set_level((enum log_level)(LOG_ERROR + (o->verbose > 3 ? 3 :
		    o->verbose)));
	personality_hear(who, o);
	/* ... and answers no signal that would end that. */
	if (who->hear != NULL && o->progress.every == PROGRESS_OFF)
		signals_want_no_answer();
	if (o->server.keep_open)
		log_many_connections();
	main_replace_input();
	reaper_start();
	return main_run(o, err);
}

int
main(int argc, char **argv)
{
	struct options o = { .help = false };
	struct error err = { .result = RESULT_OK };
	const struct personality *who = personality_at(0);
	const struct personality *named;
	enum result result;
	int status;

	/* It would kill; what there is to say is said later. */
	signals_want_answer(NULL, NULL);
	if (main_fill_standard_descriptors(&err) != RESULT_OK)
		return main_leave(who, &o, err.result, &err);
	named = personality_find(argc, argv, &err);
	if (named == NULL)
		return main_leave(who, &o, err.result, &err);
	who = named;
	personality_assume(who);
	result = options_parse(&o, who, argc, argv, &err);
	if (result == RESULT_OK && (o.help || o.version)) {
		status = main_print(who, &o);
		options_free(&o);
		return status;
	}
	if (result == RESULT_OK)
		result = main_act(who, &o, &err);
	status = main_leave(who, &o, result, &err);
	options_free(&o);
	return status;
}
