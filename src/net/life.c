/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "net/life.h"

static life_hearer *life_heard_by;
static const void *life_context;

void
life_hear(life_hearer *hear, const void *context)
{
	life_heard_by = hear;
	life_context = context;
}

void
life_tell(const struct life_event *e)
{
	if (life_heard_by != NULL)
		life_heard_by(life_context, e);
}
