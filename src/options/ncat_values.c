/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/number.h"
#include "options/ncat_read.h"
#include "options/table.h"

#define TIME_MOST	(2147483 * CLOCK_SECOND)

static enum result
ncat_read_time(struct parser *p, const char *arg, const char *name)
{
	int64_t time;

	if (number_parse_time(arg, &time) && time > 0 && time < TIME_MOST)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "Invalid %s \"%s\" (must be "
	    "greater than 0 and less than 2147483s)", name, arg);
}

enum result
ncat_read_wait(struct parser *p, const char **arg)
{
	return ncat_read_time(p, *arg, "-w timeout");
}

enum result
ncat_read_idle(struct parser *p, const char **arg)
{
	return ncat_read_time(p, *arg, "-i timeout");
}

enum result
ncat_read_delay(struct parser *p, const char **arg)
{
	return ncat_read_time(p, *arg, "-d delay");
}

enum result
ncat_read_quit(struct parser *p, const char **arg)
{
	const char *digits = **arg == '-' ? *arg + 1 : *arg;
	int64_t time;

	if (number_parse_time(digits, &time) && time < TIME_MOST)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "Invalid -q delay \"%s\"",
	    *arg);
}

enum result
ncat_read_port(struct parser *p, const char **arg)
{
	int64_t port;

	*arg = number_behind_blanks(*arg);
	if (number_parse(*arg, 0, 65535, &port))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, number_parse(*arg, INT64_MIN,
	    INT64_MAX, &port) ? "Invalid source port %s" :
	    "Invalid source port number \"%s\"", *arg);
}

enum result
ncat_read_max_conns(struct parser *p, const char **arg)
{
	int64_t most;

	if (number_parse(*arg, 1, INT32_MAX, &most))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "-m: \"%s\" is not a number of "
	    "connections", *arg);
}

enum result
ncat_read_command(struct parser *p, const char **arg)
{
	(void)arg;
	if (!options_given(p, "exec") && !options_given(p, "sh-exec"))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "Only one of --exec, --sh-exec, "
	    "and --lua-exec is allowed");
}

/* --- proxies ------------------------------------------------------------- */

/* The last one counts, as of other options. */
enum result
ncat_read_proxy(struct parser *p, const char **arg)
{
	const char *port = strrchr(*arg, ':');
	int64_t number;

	texts_free(&p->o->proxy.text);
	if (port == NULL || strchr(*arg, ':') != port ||
	    number_parse(port + 1, 1, 65535, &number))
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, "Invalid proxy port number "
	    "\"%s\"", port + 1);
}

enum result
ncat_read_proxy_dns(struct parser *p, const char **arg)
{
	if (strcmp(*arg, "both") == 0)
		*arg = "remote";
	if (strcmp(*arg, "local") == 0 || strcmp(*arg, "remote") == 0)
		return RESULT_OK;
	return error_set(p->err, RESULT_USAGE, strcmp(*arg, "none") == 0 ?
	    "--proxy-dns none: what is no address is never passed on here" :
	    "Invalid proxy DNS type");
}

/* Proxies of SOCKS 4 are told names, too, as in 4a. */
enum result
ncat_read_proxy_type(struct parser *p, const char **arg)
{
	texts_free(&p->o->proxy.type);
	if (strcmp(*arg, "socks4") == 0)
		*arg = "socks4a";
	else if (strcmp(*arg, "http") != 0 && strcmp(*arg, "socks5") != 0)
		return error_set(p->err, RESULT_USAGE, "Invalid proxy type "
		    "\"%s\"", *arg);
	return RESULT_OK;
}

/* --- TLS ----------------------------------------------------------------- */

enum result
ncat_read_tls(struct parser *p, const char **arg)
{
	(void)arg;
	return options_take(p, "tls", NULL);
}

/* It is the one that is verified, too. */
enum result
ncat_read_servername(struct parser *p, const char **arg)
{
	p->o->tls.name = *arg;
	return ncat_read_tls(p, arg);
}

enum result
ncat_read_verify(struct parser *p, const char **arg)
{
	p->o->tls.insecure = false;
	return ncat_read_tls(p, arg);
}
