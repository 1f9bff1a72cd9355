/* SPDX-License-Identifier: ISC */
/* What nc says of connections. */
#ifndef OPTIONS_NC_SAY_H
#define OPTIONS_NC_SAY_H

#include "net/life.h"
#include "options/options.h"

/* With -v, on standard error. */
life_hearer	 nc_hear;

/* Whether the failure was said, or is none that nc speaks of. */
bool		 nc_say_failure(const struct options *o, enum result *result,
		    const struct error *err);

#endif
