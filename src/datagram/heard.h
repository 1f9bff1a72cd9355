/* SPDX-License-Identifier: ISC */
/* From how many addresses datagrams have come, for --report. */
#ifndef DATAGRAM_HEARD_H
#define DATAGRAM_HEARD_H

#include <stdint.h>

#include "net/addr.h"
#include "report/report.h"

/* So many are told apart, since senders can be forged. */
#define HEARD_MOST	16384

struct heard;

/* NULL where there is no report; that may be given to the others. */
struct heard	*heard_new(const struct report *report);
void		heard_free(struct heard *h);

/* A datagram came from there, and was for us; no address: nobody has. */
void		heard_put(struct heard *h, const struct addr *from);

/* At most HEARD_MOST. */
uint64_t	heard_count(const struct heard *h);

#endif
