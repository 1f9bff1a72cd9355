/* SPDX-License-Identifier: ISC */
/* What is known of the options by looking at them. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "options/check.h"

bool
options_given(const struct parser *p, const char *name)
{
	return p->given[spec_find(name)];
}

bool
options_datagrams(const struct options *o)
{
	return o->socket.type == SOCK_DGRAM;
}

const char *
options_transport(const struct options *o)
{
	bool datagrams = options_datagrams(o);

	if (o->socket.family == AF_UNIX)
		return datagrams ? "unix-dgram" : "unix";
	if (o->socket.family == AF_VSOCK)
		return "vsock";
	return o->socket.protocol == IPPROTO_SCTP ? "sctp" :
	    o->socket.protocol == IPPROTO_MPTCP ? "mptcp" :
	    datagrams ? "udp" : "tcp";
}

bool
options_sends_input(const struct options *o)
{
	return o->pump.send && o->command.argv == NULL &&
	    o->forward.text == NULL && o->proxy_server.types == NULL;
}

bool
options_tls_proxies(const struct options *o)
{
	for (size_t i = 0; i < o->proxy.count; i++) {
		if (o->proxy.hop[i].at.tls)
			return true;
	}
	return false;
}

bool
options_may_probe(const struct options *o)
{
	return !o->socket.no_keepalive && o->socket.keepalive_idle == 0;
}
