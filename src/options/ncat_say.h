/* SPDX-License-Identifier: ISC */
/* What ncat says. */
#ifndef OPTIONS_NCAT_SAY_H
#define OPTIONS_NCAT_SAY_H

#include "net/life.h"
#include "options/options.h"

/* The version that it is taken for, and who it is; config.h has the latter. */
#define NCAT_VERSION	"Version 7.99 ( sockcat " PACKAGE_VERSION " )"

#define NCAT_HELP \
	"Ncat's options, as sockcat has them\n" \
	"usage: ncat [options] [host] [port]\n" \
	"\n" \
	"A time is in seconds, or ends in ms, s, m or h.  The default port " \
	"is 31337.\n" \
	"  -4                       IPv4 only\n" \
	"  -6                       IPv6 only\n" \
	"  -U, --unixsock           UNIX-domain sockets\n" \
	"      --vsock              sockets between a host and its guests\n" \
	"  -u, --udp                UDP instead of TCP\n" \
	"      --sctp               SCTP instead of TCP\n" \
	"  -l, --listen             listen\n" \
	"  -k, --keep-open          many connections; connecting: go on to " \
	"the end of both\n" \
	"                           directions\n" \
	"  -m, --max-conns <n>      at most n connections at a time\n" \
	"  -p, --source-port <port> local port\n" \
	"  -s, --source <addr>      local address\n" \
	"  -n, --nodns              numeric addresses only\n" \
	"  -c, --sh-exec <command>  run a command by /bin/sh\n" \
	"  -e, --exec <command>     run a command\n" \
	"  -C, --crlf               send LF as CR LF\n" \
	"  -t, --telnet             answer telnet negotiation\n" \
	"  -w, --wait <time>        limit for connecting\n" \
	"  -i, --idle-timeout <time>\n" \
	"                           limit for silence\n" \
	"  -q <time>                leave so long after the end of standard " \
	"input\n" \
	"  -d, --delay <time>       pause between lines\n" \
	"  -z                       only say whether it connects\n" \
	"  -o, --output <file>      copy the session to a file\n" \
	"  -x, --hex-dump <file>    copy it in hexadecimal\n" \
	"      --append-output      behind what is in these files\n" \
	"      --send-only          only send; leave at the end of standard " \
	"input\n" \
	"      --recv-only          only receive\n" \
	"      --no-shutdown        do not tell the peer that standard input " \
	"has ended\n" \
	"      --allow <hosts>, --allowfile <file>\n" \
	"                           only these may connect\n" \
	"      --deny <hosts>, --denyfile <file>\n" \
	"                           these may not\n" \
	"      --broker             pass what a client sends to all others\n" \
	"      --chat               the same, and who said it\n" \
	"      --proxy <addr[:port]>\n" \
	"                           connect by way of a proxy\n" \
	"      --proxy-type <type>  http, socks4 or socks5; with -l, be an " \
	"HTTP proxy\n" \
	"      --proxy-auth <auth>  user:password, or a user\n" \
	"      --proxy-dns <type>   who resolves names: local, remote, both\n" \
	"      --ssl                TLS; with -u, DTLS\n" \
	"      --ssl-cert <file>, --ssl-key <file>\n" \
	"                           own certificate and its key, PEM\n" \
	"      --ssl-verify         verify the certificate of the peer\n" \
	"      --ssl-trustfile <file>\n" \
	"                           ... by these roots\n" \
	"      --ssl-ciphers <list> cipher suites\n" \
	"      --ssl-servername <name>\n" \
	"                           name to ask for (SNI)\n" \
	"      --ssl-alpn <list>    application protocols\n" \
	"  -v, --verbose            say more\n" \
	"  -h, --help               this text\n" \
	"      --version            which version it is\n" \
	"\n" \
	"Long options of sockcat that are not here are understood, too; see\n" \
	"ncat.sockcat(1) and sockcat(1).\n"

/* With -v, on standard error. */
life_hearer	 ncat_hear;

/* Says why, as far as ncat does. */
bool		 ncat_say_failure(const struct options *o, enum result *result,
		    const struct error *err);

#endif
