/* SPDX-License-Identifier: ISC */
/* The table of ways. */
#ifndef RUN_WAYS_H
#define RUN_WAYS_H

#include "session/way.h"

/* The one that r wants; there always is one. */
const struct way	*ways_find(const struct run *r);

/* A session of an initiator, from the way's opening to its closing. */
enum result		 ways_serve(const struct way *w, struct session *s,
			    struct error *err);

#endif
