/* SPDX-License-Identifier: ISC */
/* A kind of copy, for copies.c and the files copy_*.c alone. */
#ifndef REPORT_COPY_KIND_H
#define REPORT_COPY_KIND_H

#include <stdint.h>

#include "report/copies.h"
#include "report/copy_file.h"
#include "wire/pcapng.h"

/* A session in one copy. */
struct copy_session {
	struct copy_file *file;
	uint64_t	 number;	/* of the session, from 1 */
	bool		 shared;	/* others are in that file as well */
	uint64_t	 offset[2];	/* of enum tap_way: bytes so far */
	struct pcapng_flow flow;
	char		*comment;	/* of the next packet, owned; or NULL */
};

/* All are called for who has the file's lock; any but piece may be NULL, and so
 * may `below'. */
struct copy_kind {
	const char	*option;
	void		(*start)(struct copy_file *f);	/* it is new */
	void		(*begin)(struct copy_session *s, struct stream *below,
			    const struct copies_subject *subject);
	void		(*piece)(struct copy_session *s, enum tap_way way,
			    const unsigned char *data, size_t n);
	void		(*spliced)(struct copy_session *s, int pipe, size_t n);
	void		(*end)(struct copy_session *s, enum tap_way way,
			    bool reset);
};

#endif
