/* SPDX-License-Identifier: ISC */
/* OpenBSD's nc(1), as Debian packages it (netcat-openbsd). */
#ifndef OPTIONS_NC_H
#define OPTIONS_NC_H

#include "options/personality.h"

extern const struct personality personality_nc;

#endif
