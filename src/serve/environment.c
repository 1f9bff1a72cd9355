/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "serve/environment.h"

/* What of ours would be a lie in a command, or is none of its business; and
 * what is secret, or says where secrets are. */
static const char *const dropped[] = {
	"PROTO=", "TCPREMOTE", "TCPLOCAL", "UDPREMOTE", "UDPLOCAL",
	"UNIXREMOTE", "UNIXLOCAL", "NCAT_", "LISTEN_FDS=", "LISTEN_PID=",
	"LISTEN_FDNAMES=", "NOTIFY_SOCKET=", "SSL_PROTOCOL=", "SSL_CIPHER=",
	"SSL_TLS_SNI", "SSL_PEER_CERT_", "SOCKCAT_MD5SIG_KEY=",
	"SOCKCAT_PROXY_AUTH=", "SSLKEYLOGFILE=",
};

/* Variables that are added for a connection, at most, beside facts. */
#define ADDED_MAX	24

struct environment {
	char	**var;
	size_t	 count;
};

static void environment_add(struct environment *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
environment_add(struct environment *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	e->var[e->count++] = xvasprintf(fmt, ap);
	va_end(ap);
}

static bool
environment_dropped(const char *var)
{
	for (size_t i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++) {
		if (strncmp(var, dropped[i], strlen(dropped[i])) == 0)
			return true;
	}
	return false;
}

/* What is not fit to be shown would be more than a path to whoever reads it. */
static bool
environment_fits(const char *text)
{
	size_t length;

	while (*text != '\0') {
		length = log_printable(text, strlen(text));
		if (length == 0)
			return false;
		text += length;
	}
	return true;
}

static void
environment_add_unix(struct environment *e, const struct environment_peer *p)
{
	char text[ADDR_TEXT_MAX];
	struct ucred cred;
	socklen_t len = sizeof(cred);

	addr_format_exact(p->local, text);
	if (p->announced && !environment_fits(text))
		text[0] = '\0';
	environment_add(e, "UNIXLOCALPATH=%s", text);
	environment_add(e, "NCAT_LOCAL_ADDR=%s", text);
	addr_format_exact(p->remote, text);
	if (p->stranger && !environment_fits(text))
		text[0] = '\0';
	environment_add(e, "UNIXREMOTEPATH=%s", text);
	environment_add(e, "NCAT_REMOTE_ADDR=%s", text);
	/* They would be those of who has connected. */
	if (p->announced || p->fd == -1 || getsockopt(p->fd, SOL_SOCKET,
	    SO_PEERCRED, &cred, &len) == -1)
		return;
	environment_add(e, "UNIXREMOTEEUID=%lu", (unsigned long)cred.uid);
	environment_add(e, "UNIXREMOTEEGID=%lu", (unsigned long)cred.gid);
	environment_add(e, "UNIXREMOTEPID=%ld", (long)cred.pid);
}

static void
environment_add_inet(struct environment *e, const struct environment_peer *p)
{
	const char *prefix = strcmp(p->proto, "UDP") == 0 ? "UDP" : "TCP";
	char local[ADDR_TEXT_MAX], remote[ADDR_TEXT_MAX];

	addr_format_exact(p->local, local);
	addr_format_exact(p->remote, remote);
	environment_add(e, "%sLOCALIP=%s", prefix, local);
	environment_add(e, "%sLOCALPORT=%u", prefix, addr_port(p->local));
	environment_add(e, "%sREMOTEIP=%s", prefix, remote);
	environment_add(e, "%sREMOTEPORT=%u", prefix, addr_port(p->remote));
	if (p->remote_host != NULL)
		environment_add(e, "%sREMOTEHOST=%s", prefix, p->remote_host);
	environment_add(e, "NCAT_LOCAL_ADDR=%s", local);
	environment_add(e, "NCAT_LOCAL_PORT=%u", addr_port(p->local));
	environment_add(e, "NCAT_REMOTE_ADDR=%s", remote);
	environment_add(e, "NCAT_REMOTE_PORT=%u", addr_port(p->remote));
}

char **
environment_make(const struct environment_peer *peer)
{
	struct environment e = { NULL, 0 };
	size_t ours = 0, facts = peer->facts != NULL ? peer->facts->count : 0;

	while (environ[ours] != NULL)
		ours++;
	e.var = xcalloc(ours + ADDED_MAX + facts + 1, sizeof(*e.var));
	for (size_t i = 0; i < ours; i++) {
		if (!environment_dropped(environ[i]))
			e.var[e.count++] = xstrdup(environ[i]);
	}
	environment_add(&e, "PROTO=%s", peer->proto);
	environment_add(&e, "NCAT_PROTO=%s", peer->proto);
	if (peer->remote->sa.sa_family == AF_UNIX ||
	    peer->local->sa.sa_family == AF_UNIX)
		environment_add_unix(&e, peer);
	else
		environment_add_inet(&e, peer);
	for (size_t i = 0; i < facts; i++) {
		/* What is for reports has no name of a variable. */
		if (strncmp(peer->facts->fact[i].name, "SSL_", 4) != 0)
			continue;
		environment_add(&e, "%s=%s", peer->facts->fact[i].name,
		    peer->facts->fact[i].value);
	}
	return e.var;
}

void
environment_free(char **env)
{
	for (size_t i = 0; env[i] != NULL; i++)
		free(env[i]);
	free(env);
}
