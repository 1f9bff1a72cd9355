/* SPDX-License-Identifier: ISC */
/*
 * What nc(1) takes: the values of its options, its operands, and what belongs
 * together.  What is wrong is said in its words, which scripts look for:
 * RESULT_USAGE.
 */
#ifndef OPTIONS_NC_READ_H
#define OPTIONS_NC_READ_H

#include "options/check.h"

/* A number from least to most; what is wrong is said in the words of
 * strtonum(3), of what is called that. */
enum result	nc_read_number(struct parser *p, const char *arg,
		    const char *name, int64_t least, int64_t most);

/* --- nc_values.c: `read' of options (options/personality.h) -------------- */

enum result	nc_read_interval(struct parser *p, const char **arg);
enum result	nc_read_limit(struct parser *p, const char **arg);
enum result	nc_read_min_ttl(struct parser *p, const char **arg);
enum result	nc_read_port(struct parser *p, const char **arg);
enum result	nc_read_proxy_type(struct parser *p, const char **arg);
enum result	nc_read_quit(struct parser *p, const char **arg);
enum result	nc_read_receive_buffer(struct parser *p, const char **arg);
enum result	nc_read_send_buffer(struct parser *p, const char **arg);
enum result	nc_read_ttl(struct parser *p, const char **arg);
enum result	nc_read_wait(struct parser *p, const char **arg);

/* -T: a type of service; or, of OpenBSD's, words about TLS. */
enum result	nc_read_tos(struct parser *p, const char **arg);

/* --- nc_operands.c ------------------------------------------------------- */

enum result	nc_read_operands(struct parser *p, int count,
		    char *const *operand);

/* Options that exclude, or need, each other. */
enum result	nc_check(struct parser *p);

#endif
