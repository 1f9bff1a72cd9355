/* SPDX-License-Identifier: ISC */
/* The parts of options_parse(): options that are none, operands, what belongs
 * together among the options, and what their values have to be. */
#ifndef OPTIONS_CHECK_H
#define OPTIONS_CHECK_H

#include "base/error.h"
#include "options/options.h"
#include "options/table.h"

/* The command line as far as it has been read. */
struct parser {
	struct options	*o;
	const struct options *untouched;	/* without any option */
	const struct personality *who;		/* it is read as by that one */
	bool		 given[SPEC_MAX];	/* on the command line */
	const char	*value[SPEC_MAX];	/* the last one; or NULL */
	/* The last option that was given without the argument that it may
	 * have, and the word behind it, if that could be one; or NULL. */
	const struct spec *loose;
	const char	*loose_value;
	/* The last one that has no argument, and the number behind it. */
	const struct spec *bare;
	const char	*bare_value;
	struct error	*err;			/* the caller's */
};

/* Whether the option with that word was. */
bool		options_given(const struct parser *p, const char *name);

/* As if the option with that word had not been. */
void		options_take_back(struct parser *p, const char *name);

/* Of those that say which family of addresses, only the last one was given. */
void		options_last_family(struct parser *p);

/* A word that would be taken for a short form of another one (--port-file), and
 * most likely is not meant so. */
#define SPEC_NO_WORD		1
#define SPEC_NO_WORD_TEXT	"port"

/*
 * getopt_long(3) has said `value', ':', '?' or SPEC_NO_WORD, of an option that
 * is s, or NULL: say what is wrong, and what may be meant.  RESULT_USAGE.
 */
enum result	options_refuse(const struct parser *p, int value,
		    const struct spec *s, char *const *argv);

/* --- read.c -------------------------------------------------------------- */

/* Take an option of ours, by its word, as if it had been given; value is lent
 * for good, and NULL if there is none.  RESULT_USAGE. */
enum result	options_take(struct parser *p, const char *word,
		    const char *value);

/* All options; optind is at the first operand then.  RESULT_USAGE. */
enum result	options_read(struct parser *p, int argc, char **argv);

/* Hosts, ports and paths, after all options.  RESULT_USAGE. */
enum result	options_read_operands(struct parser *p, int count,
		    char *const *operand);

/* Options that exclude or need each other, before operands are read.
 * RESULT_USAGE. */
enum result	options_check_tables(const struct parser *p);

/* The spans for which something is waited, whatever was given of them. */
void		options_times(struct parser *p);

/*
 * What is left, when everything has been read; what a value stands for is put
 * into the options: command, target, key.  RESULT_USAGE, RESULT_LOCAL.
 */
enum result	options_check(struct parser *p);

/* --- values.c ------------------------------------------------------------ */

/* Put the value (NULL: it has none) of the option s into its member.
 * RESULT_USAGE. */
enum result	options_set(struct parser *p, const struct spec *s,
		    const char *value);

/* --- parts of options_check() -------------------------------------------- */

/* meaning.c */
enum result	options_read_command(struct parser *p);
enum result	options_read_raw(struct parser *p);
enum result	options_read_forward(struct parser *p);
enum result	options_read_md5_key(struct parser *p);

/* proxies.c */
enum result	options_read_proxies(struct parser *p);
void		options_free_proxies(struct proxy_options *o);

/* The type that this word is for, n bytes, in either case.  False: there is
 * none, and *type is left alone. */
bool		options_find_proxy_type(const char *word, size_t n,
		    enum proxy_type *type);

/* proxies_auth.c */
enum result	options_read_proxies_auth(struct parser *p);
void		options_free_proxy_auth(struct proxy_hop *hop);

/* Once it was read: overwrite it where others can see it (ps(1),
 * proc_pid_environ(5)), and where it is no matter of commands. */
void		options_hide_proxy_auth(const struct proxy_options *o);

/* proxy_server.c */
enum result	options_read_proxy_server(struct parser *p);
void		options_free_proxy_server(struct proxy_server_options *o);

/* check_names.c */
enum result	options_check_names(struct parser *p);
enum result	options_check_server_name(struct parser *p);

/* check_copies.c */
enum result	options_check_copies(struct parser *p);

/* check_tls.c */
enum result	options_check_tls(struct parser *p);

/* Of an option that may be taken for another one: which that is, in brackets
 * and with a blank in front; or "". */
const char	*options_other(const struct spec *s);

#endif
