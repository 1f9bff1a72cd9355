/* SPDX-License-Identifier: ISC */
/* What report.c is made of, for it and the files report_*.c alone. */
#ifndef REPORT_REPORT_STATE_H
#define REPORT_REPORT_STATE_H

#include <pthread.h>

#include "report/report.h"

/* What one object, or text, has room for. */
#define REPORT_LINE_MAX	16384

/* A socket of the listener. */
struct report_queue {
	struct addr	 at;
	bool		 known;
	unsigned	 depth, deepest, limit;
	int		 asked;
};

/* What all connections have come to. */
struct report_sums {
	uint64_t	 records, failed;
	uint64_t	 sent, received;	/* bytes */
	bool		 datagrams;	/* what follows is known of them: */
	uint64_t	 peers, lost;
};

struct report_run {
	bool		 listener;
	int64_t		 begun, ended;
	struct report_sums sums;
	struct report_queue queue[LISTEN_MAX];
	size_t		 queues;
	bool		 overflows_known;
	uint64_t	 overflows;		/* since it began */
	const struct error *error;
};

struct report {
	struct record_sink sink;	/* first */
	bool		 json;
	const char	*file;		/* NULL: standard error */
	int		 fd;
	int		 netstat_fd;	/* or -1 */
	unsigned long long overflows;	/* when it began */
	pthread_mutex_t	 lock;		/* what follows */
	bool		 failed;	/* the file can't be written */
	struct report_run run;
};

/* --- report_rate.c -------------------------------------------------------- */

/* When a connection that began at `begun' stood, and all before it was done. */
int64_t		report_stood(const struct record_times *t, int64_t begun);

/* Bytes a second; span is nanoseconds, 0 if there was no time. */
uint64_t	report_rate(uint64_t bytes, int64_t span);

/* --- report_json.c, report_text.c: the length, with its LF --------------- */

size_t	report_json(const struct record *r, char out[REPORT_LINE_MAX]);
size_t	report_json_run(const struct report_run *run,
	    char out[REPORT_LINE_MAX]);
size_t	report_text(const struct record *r, char out[REPORT_LINE_MAX]);
size_t	report_text_run(const struct report_run *run,
	    char out[REPORT_LINE_MAX]);

#endif
