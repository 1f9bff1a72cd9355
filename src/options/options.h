/* SPDX-License-Identifier: ISC */
/*
 * The command line, understood as a whole before anything is opened: a struct
 * for each module that it concerns, which the table (options/table.c) writes
 * straight into.  Those of the modules below are theirs; here are those of the
 * ways, and of what a run is.
 */
#ifndef OPTIONS_OPTIONS_H
#define OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "guard/privileges.h"
#include "io/pump.h"
#include "net/access.h"
#include "net/dial.h"
#include "net/listen.h"
#include "net/notify.h"
#include "net/sockopt.h"
#include "report/copies.h"
#include "report/progress.h"
#include "report/report.h"
#include "tls/tls.h"
#include "wire/endpoint.h"
#include "wire/ports.h"

/* What a listener does about its clients. */
struct server_options {
	bool		 keep_open;	/* more than the first one */
	int64_t		 max_accepts;	/* 0: no limit */
	int64_t		 max_conns;	/* at a time; 0: no limit */
	bool		 refuse_more;	/* ... who comes beyond is closed, not
					 * left waiting in the queue */
	int64_t		 drain;		/* ns; 0: leave at once */
	int64_t		 accept_timeout;	/* ns; CLOCK_NEVER */
};

/* A command at the local end. */
struct command_options {
	const char	*exec;		/* the command line, or NULL */
	const char	*sh_exec;
	char		**argv;		/* for execvp(3), of either; or NULL */
	bool		 pty;
};

/* A connection of our own at the local end. */
struct forward_options {
	const char	*text;		/* NULL: not given */
	struct endpoint_target target;
	uint16_t	 port;
	struct dial_options dial;
	struct socket_options socket;
};

enum proxy_type {
	PROXY_SOCKS5,
	PROXY_SOCKS4,
	PROXY_SOCKS4A,
	PROXY_HTTP,
};

/* A proxy on the way, and who we are to it. */
struct proxy_hop {
	struct endpoint_target at;
	uint16_t	 port;
	enum proxy_type	 type;
	char		*user;		/* or NULL; owned, as below */
	char		*password;
};

struct proxy_options {
	struct texts	 text;		/* the first one on the way first */
	struct texts	 type;
	struct texts	 auth;		/* USER, or USER:PASSWORD */
	bool		 auth_open;	/* a password as an argument is as
					 * usual, and no warning is given */
	bool		 auth_untold;	/* without anybody to ask for the
					 * password no user is told */
	const char	*auth_file;
	const char	*dns;		/* "local" or "remote"; NULL: not
					 * given */
	/* what they are made of these */
	struct proxy_hop *hop;
	size_t		 count;
	bool		 local_names;	/* they are told addresses */
};

/* What a listener is to its clients. */
enum {
	PROXY_SERVES_SOCKS4 = 1,
	PROXY_SERVES_SOCKS4A = 2,	/* names, too */
	PROXY_SERVES_SOCKS5 = 4,
	PROXY_SERVES_HTTP = 8,
	PROXY_SERVES_ALL = 15,
};

struct proxy_user {
	char		*name;		/* owned, and the password with it */
	char		*password;
};

struct proxy_server_options {
	const char	*types;		/* NULL: not given */
	struct access_options dest;	/* where clients may go */
	/* what they are made of these, and of proxy.auth */
	unsigned	 kinds;
	struct proxy_user *user;	/* who may; none: everybody */
	size_t		 users;
};

/* Headers of the PROXY protocol. */
struct header_options {
	int		 send;		/* the version; 0: none is sent */
	bool		 accept;	/* clients send one */
};

struct broker_options {
	bool		 on;		/* also with chat */
	bool		 chat;
	bool		 announce;	/* in a chat: who comes and goes */
};

struct merge_options {
	bool		 on;
	bool		 mark;		/* its lines */
	bool		 as_is;		/* bytes as they come, no lines */
	bool		 input;		/* standard input, for every client */
};

/* Our terminal in raw mode. */
struct raw_options {
	const char	*text;		/* the key that leaves; NULL: not
					 * given */
	int		 key;
};

struct scan_options {
	bool		 on;
	bool		 random;	/* ports in random order */
	bool		 in_turn;	/* one attempt at a time */
	bool		 untold;	/* no lines on standard output */
	bool		 silent_is_open;	/* with datagrams, that is a
						 * success */
};

/* Datagrams at standard input and output. */
struct datagram_options {
	bool		 lines;		/* each is one */
};

struct options {
	/* role */
	bool		 help;
	const char	*help_word;	/* of what; NULL: of what is common */
	bool		 version;
	bool		 listening;
	bool		 pass_fd;
	int		 verbose;
	const char	*compat;	/* whom to be; NULL: as it is called */
	bool		 show_usage;	/* say it behind the mistake */
	/* where */
	const char	*host;		/* NULL: every address (listener) */
	const char	*path;		/* UNIX-domain */
	struct port_list ports;
	bool		 each_port;	/* an initiator connects to one after
					 * another, not to a single one */
	char		*host_buffer;	/* owns host if it was cut out */
	/* connections */
	struct dial_options dial;
	struct listen_options listen;
	struct socket_options socket;
	struct access_options access;
	struct tls_options tls;
	struct pump_options pump;
	/* their local end */
	struct command_options command;
	struct forward_options forward;
	struct proxy_options proxy;
	struct proxy_server_options proxy_server;
	struct header_options header;
	struct broker_options broker;
	struct merge_options merge;
	struct scan_options scan;
	struct raw_options raw;
	struct datagram_options datagram;
	struct copies_options copies;
	/* the run */
	struct report_options report;
	struct server_options server;
	struct notify_options notify;
	struct privileges_options privileges;
	struct progress_options progress;
	int64_t		 timeout;	/* for all of it, ns; CLOCK_NEVER */
	/* what other members are made of */
	int64_t		 wait;		/* ns; CLOCK_NEVER: not given */
	int64_t		 reply_silence;	/* ns */
	const char	*md5sig_file;
	char		 md5sig_buffer[256];
};

struct personality;

/*
 * Understand argv, as `who' does (options/personality.h).  On RESULT_USAGE the
 * message names the word that is wrong
 * and what was expected.  *o is released with options_free() in any case, and
 * not to be copied, since parts of it point to each other; strings in it point
 * into argv and the environment.
 */
enum result	options_parse(struct options *o, const struct personality *who,
		    int argc, char **argv, struct error *err);

void		options_free(struct options *o);

/* Whether it is about datagrams, and not about connections. */
bool		options_datagrams(const struct options *o);

/* Whether standard input is what is sent. */
bool		options_sends_input(const struct options *o);

/* What is spoken, as record_transport() has it. */
const char	*options_transport(const struct options *o);

/* Whether TLS is spoken with a proxy. */
bool		options_tls_proxies(const struct options *o);

/* Whether probes for a silent peer may be ours, and not as the user wants. */
bool		options_may_probe(const struct options *o);

/* --help: what most people need (word is NULL), all that there is ("all"), or
 * what has to do with a word, which has to be one that options_parse() took. */
void		options_print_help(FILE *to, const char *word);

#endif
