/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "base/blocking.h"

static _Thread_local void	(*blocking_hook)(void);

void
blocking_set_hook(void (*hook)(void))
{
	blocking_hook = hook;
}

bool
blocking_matters(void)
{
	return blocking_hook != NULL;
}

void
blocking_begins(void)
{
	if (blocking_hook != NULL)
		blocking_hook();
}
