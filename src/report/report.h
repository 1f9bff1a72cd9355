/* SPDX-License-Identifier: ISC */
/*
 * --report: what is known of each connection when it has ended, and of the run,
 * for programs (a JSON object a line, docs/report.schema.json) or for people.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "net/listen.h"
#include "report/record.h"

struct report_options {
	bool		 on;
	const char	*format;	/* "text" or "json"; NULL: not given */
	const char	*file;		/* NULL: standard error */
};

struct report;

/*
 * Open the file, which is emptied if it has anything, and to whose end all is
 * written; *r is NULL if there is to be no report.  RESULT_LOCAL.
 */
enum result	report_open(const struct report_options *o, bool listener,
		    struct report **r, struct error *err);

/* NULL has no sink, and nothing is told of it. */
struct record_sink	*report_sink(struct report *r);

/* When the sockets of a listener were closed: what is known of their queues;
 * listen(2) was asked for `backlog'. */
void		report_listener(struct report *r, struct listener *l,
		    int backlog);

/* Datagrams came from so many addresses, and so many were lost to full queues:
 * added to those of the run. */
void		report_datagrams(struct report *r, uint64_t peers,
		    uint64_t lost);

/* The run has ended so: say that, and release. */
void		report_close(struct report *r, enum result result,
		    const struct error *err);

#endif
