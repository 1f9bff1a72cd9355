/* SPDX-License-Identifier: ISC */
/* What is said of a dialogue of SOCKS that has failed. */
#include "wire/socks_client.h"
#include "wire/socks_parts.h"
#include "wire/socks_server.h"

static enum result	client_refuse_reply(const struct socks_client *,
			    const char *, struct error *);
static enum result	client_refuse_alien(const struct socks_client *,
			    const char *, struct error *);
static enum result	server_refuse_plain(const struct socks_server *,
			    const char *, struct error *);
static const char	*command_text(unsigned char);

enum result
socks_client_refuse(void *state, const char *name, struct error *err)
{
	const struct socks_client *c = state;

	switch (c->fault) {
	case SOCKS_FAULT_VERSION:
		return error_set(err, RESULT_BROKEN, "%s: the proxy's answer "
		    "is malformed: version %u", name, c->code);
	case SOCKS_FAULT_TYPE:
		return error_set(err, RESULT_BROKEN, "%s: the proxy's answer "
		    "is malformed: address type %u", name, c->code);
	case SOCKS_FAULT_NOT_OFFERED:
		return error_set(err, RESULT_BROKEN, "%s: the proxy chose an "
		    "authentication method that was not offered (%u)", name,
		    c->code);
	case SOCKS_FAULT_WANTS_LOGIN:
		return error_set(err, RESULT_DENIED, "%s: the proxy wants "
		    "authentication (user and password)", name);
	case SOCKS_FAULT_NO_METHOD:
		return error_at(err, RESULT_DENIED, STEP_PROXY_SAID, name, "no "
		    "acceptable authentication method (%u)", c->code);
	case SOCKS_FAULT_LOGIN:
		return error_at(err, RESULT_DENIED, STEP_PROXY_SAID, name,
		    "user and password refused (%u)", c->code);
	case SOCKS_FAULT_REPLY:
		return client_refuse_reply(c, name, err);
	default:
		return client_refuse_alien(c, name, err);
	}
}

static enum result
client_refuse_reply(const struct socks_client *c, const char *name,
    struct error *err)
{
	const char *text = socks_reply_text(c->version, c->code);

	return error_at(err, RESULT_DENIED, STEP_PROXY_SAID, name, "%s (%u)",
	    text != NULL ? text : "a code that nobody knows", c->code);
}

static enum result
client_refuse_alien(const struct socks_client *c, const char *name,
    struct error *err)
{
	const char *version = socks_version_text(c->version), *guess;

	if (c->fault == SOCKS_FAULT_HTTP)
		guess = "an HTTP proxy";
	else if (c->version == SOCKS_5 && (c->code == 0 || c->code == 4))
		guess = "a SOCKS4 proxy";
	else if (c->version != SOCKS_5 && c->code == 5)
		guess = "a SOCKS5 proxy";
	else if (c->code == 0x15)	/* an alert */
		guess = "a server of TLS";
	else
		return error_set(err, RESULT_BROKEN, "%s: the peer is not a %s "
		    "proxy (its answer begins with 0x%02x)", name, version,
		    c->code);
	return error_set(err, RESULT_BROKEN, "%s: the peer is not a %s proxy, "
	    "it seems to be %s", name, version, guess);
}

enum result
socks_server_refuse(void *state, const char *name, struct error *err)
{
	const struct socks_server *s = state;

	switch (s->fault) {
	case SOCKS_FAULT_ALIEN:
		return error_set(err, RESULT_BROKEN, "%s: this is not SOCKS "
		    "(it begins with 0x%02x)", name, s->code);
	case SOCKS_FAULT_VERSION:
		return error_set(err, RESULT_BROKEN, "%s: malformed: version "
		    "%u", name, s->code);
	case SOCKS_FAULT_TYPE:
		return error_set(err, RESULT_BROKEN, "%s: malformed: address "
		    "type %u", name, s->code);
	case SOCKS_FAULT_NOT_SERVED:
		return error_set(err, RESULT_DENIED, "%s: %s is not served",
		    name, socks_version_text(s->version));
	case SOCKS_FAULT_WRONG_LOGIN:
		return error_set(err, RESULT_DENIED, "%s: wrong user or "
		    "password (user \"%s\")", name, s->user);
	case SOCKS_FAULT_COMMAND:
		return error_set(err, RESULT_DENIED, "%s: %s (command %u) is "
		    "not served", name, command_text(s->code), s->code);
	default:
		return server_refuse_plain(s, name, err);
	}
}

static enum result
server_refuse_plain(const struct socks_server *s, const char *name,
    struct error *err)
{
	static const struct {
		enum result	 result;
		const char	*text;
	} faults[] = {
		[SOCKS_FAULT_NAMES] = { RESULT_DENIED,
		    "SOCKS4A is not served: no names" },
		[SOCKS_FAULT_METHODS] = { RESULT_DENIED,
		    "no authentication method is offered that will do" },
		[SOCKS_FAULT_LOGIN_4] = { RESULT_DENIED,
		    "SOCKS4 has no passwords, and one is needed" },
		[SOCKS_FAULT_USER_END] = { RESULT_BROKEN,
		    "malformed: a user without end" },
		[SOCKS_FAULT_NAME_END] = { RESULT_BROKEN,
		    "malformed: a name without end" },
		[SOCKS_FAULT_NAME] = { RESULT_BROKEN,
		    "malformed: a name that is empty, or has blanks or control "
		    "characters in it" },
	};

	return error_set(err, faults[s->fault].result, "%s: %s", name,
	    faults[s->fault].text);
}

static const char *
command_text(unsigned char command)
{
	switch (command) {
	case SOCKS_BIND:
		return "BIND";
	case SOCKS_ASSOCIATE:
		return "UDP ASSOCIATE";
	default:
		return "this";
	}
}
