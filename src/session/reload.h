/* SPDX-License-Identifier: ISC */
/* HUP: files are read again, for those who come from now on. */
#ifndef SESSION_RELOAD_H
#define SESSION_RELOAD_H

#include "session/run.h"

/* With -k and files to read again, HUP is no longer a signal to leave.
 * `access' may be NULL, as below. */
void	reload_prepare(const struct run *r);

/*
 * If HUP has come: read the lists, certificates and keys again, say what came
 * of each, and keep what can't be read as it was.  One thread at a time.
 */
void	reload_if_asked(const struct run *r);

#endif
