/* SPDX-License-Identifier: ISC */
/* The values that an option may have, if that is a set. */
#ifndef OPTIONS_CHOICES_H
#define OPTIONS_CHOICES_H

#include <stdbool.h>
#include <stddef.h>

struct choices {
	bool		 list;		/* several, commas in between */
	bool		 open;		/* there are others, too */
	bool		 later;		/* what is none of them is told where
					 * they are read, and not at once */
	bool		 any_case;
	const char	*value[40];	/* ends with NULL */
};

extern const struct choices choices_compat;
extern const struct choices choices_proxy_dns;
extern const struct choices choices_proxy_server;
extern const struct choices choices_proxy_type;
extern const struct choices choices_report;
extern const struct choices choices_send_proxy;
extern const struct choices choices_starttls;
extern const struct choices choices_tls_version;
extern const struct choices choices_tos;

/* Whether the word, n bytes, is one of them. */
bool	choices_have(const struct choices *c, const char *word, size_t n);

#define CHOICES_TEXT	256

/* "a, b or c".  Returns buf. */
char	*choices_name(const struct choices *c, char buf[CHOICES_TEXT]);

#endif
