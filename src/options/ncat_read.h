/* SPDX-License-Identifier: ISC */
/* How ncat reads its command line: parts of personality_ncat. */
#ifndef OPTIONS_NCAT_READ_H
#define OPTIONS_NCAT_READ_H

#include "options/check.h"

/* --- ncat_values.c: arguments (personality_option.read) ------------------ */

enum result	ncat_read_wait(struct parser *p, const char **arg);
enum result	ncat_read_idle(struct parser *p, const char **arg);
enum result	ncat_read_delay(struct parser *p, const char **arg);
enum result	ncat_read_quit(struct parser *p, const char **arg);
enum result	ncat_read_port(struct parser *p, const char **arg);
enum result	ncat_read_max_conns(struct parser *p, const char **arg);
enum result	ncat_read_command(struct parser *p, const char **arg);
enum result	ncat_read_proxy(struct parser *p, const char **arg);
enum result	ncat_read_proxy_type(struct parser *p, const char **arg);
enum result	ncat_read_proxy_dns(struct parser *p, const char **arg);

/* Options that imply --ssl; and --ssl-verify. */
enum result	ncat_read_tls(struct parser *p, const char **arg);
enum result	ncat_read_servername(struct parser *p, const char **arg);
enum result	ncat_read_verify(struct parser *p, const char **arg);

/* --- ncat_check.c: what personality.h says of these ---------------------- */

enum result	ncat_refuse(struct parser *p, int value, const char *name,
		    bool letter);
enum result	ncat_check(struct parser *p);
enum result	ncat_read_operands(struct parser *p, int count,
		    char *const *operand);
enum result	ncat_finish(struct parser *p);

#endif
