/* SPDX-License-Identifier: ISC */
/* The command line, understood as a whole before anything is opened. */
#ifndef OPTIONS_OPTIONS_H
#define OPTIONS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "net/access.h"
#include "net/sockopt.h"
#include "tls/tls.h"
#include "wire/endpoint.h"
#include "wire/ports.h"

struct options {
	/* role */
	bool		 help;
	bool		 version;
	bool		 listen;
	bool		 keep_open;
	bool		 scan;
	bool		 random_ports;
	bool		 pass_fd;
	const char	*exec;		/* the command line, or NULL */
	const char	*sh_exec;
	char		**command;	/* for execvp(3), or NULL */
	bool		 pty;
	const char	*forward_text;	/* NULL: not given */
	struct endpoint_target forward;
	uint16_t	 forward_port;
	bool		 broker;
	bool		 chat;
	bool		 merge;
	bool		 mark;		/* its lines */
	/* where */
	bool		 udp;
	bool		 unix_domain;
	bool		 family_4;
	bool		 family_6;
	bool		 sctp;
	bool		 mptcp;
	bool		 vsock;
	bool		 numeric;
	const char	*host;		/* NULL: every address (listener) */
	const char	*path;		/* UNIX-domain */
	struct port_list ports;
	const char	*source;
	int64_t		 source_port;	/* 0: any; -1: not given */
	char		*host_buffer;	/* owns host if it was cut out */
	/* listener */
	int64_t		 backlog;	/* 0: the most the kernel allows */
	int64_t		 max_accepts;	/* 0: no limit */
	int64_t		 max_conns;	/* 0: no limit */
	bool		 socket_activation;
	struct access_options access;
	int64_t		 drain;		/* 0: leave at once */
	const char	*mode_text;
	int		 mode;		/* of a UNIX-domain socket; -1: umask */
	const char	*user;
	const char	*chroot_dir;
	int64_t		 accept_timeout;
	int64_t		 ready_fd;	/* -1: none */
	const char	*port_file;
	/* limits, all spans in ns, CLOCK_NEVER if not given */
	int64_t		 wait;
	bool		 at_once;	/* -w 0: nothing is waited for */
	int64_t		 connect_timeout;
	int64_t		 idle_timeout;
	int64_t		 timeout;
	int64_t		 retry;		/* 0: not given */
	int64_t		 quit_after;
	int64_t		 answer_within;	/* with -u: the same, as long as nothing
					 * has come; CLOCK_NEVER: see the other
					 * limits */
	bool		 wants_answer;	/* with -u: none is a failure */
	bool		 reply_given;	/* quit_after is about its silence */
	int64_t		 reply;
	int64_t		 delay;		/* 0: none */
	int64_t		 recv_limit;	/* 0: none */
	int64_t		 limit_rate;	/* bytes a second; 0: none */
	/* data */
	bool		 half_close;	/* -N: accepted, the default */
	bool		 no_shutdown;
	bool		 exit_on_eof;
	bool		 no_wait;
	bool		 no_stdin;
	bool		 send_only;
	bool		 recv_only;
	bool		 crlf;
	bool		 telnet;
	bool		 lines;
	/* sockets */
	struct socket_options socket;
	int64_t		 recv_buffer;
	int64_t		 send_buffer;
	int64_t		 ttl;
	int64_t		 min_ttl;
	int64_t		 so_mark;
	int64_t		 keepalive_idle;	/* ns; 0: the default */
	int64_t		 user_timeout;		/* ns; 0: none */
	const char	*md5sig_file;
	char		 md5sig_buffer[256];
	/* TLS */
	struct tls_options tls;
	struct tls	*tls_context;	/* of the connections; NULL: no TLS */
	struct tls	*tls_target;	/* of those to --forward's target */
	/* watching */
	int		 verbose;
};

/*
 * Understand argv.  On RESULT_USAGE the message names the word that is wrong
 * and what was expected.  *o is released with options_free() in any case;
 * strings in it point into argv and the environment.
 */
enum result	options_parse(struct options *o, int argc, char **argv,
		    struct error *err);

void		options_free(struct options *o);

/* The protocol of the connection, for socket(2); 0: the usual one. */
int		options_protocol(const struct options *o);

/* Whether probes for a silent peer may be ours, and not as the user wants. */
bool		options_may_probe(const struct options *o);

void		options_print_help(FILE *to);

#endif
