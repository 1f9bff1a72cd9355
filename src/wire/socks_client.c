/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/socks_client.h"
#include "wire/socks_parts.h"

/* Which answer is awaited. */
enum step {
	STEP_METHOD,
	STEP_LOGIN,
	STEP_REPLY,
	STEP_REPLY_4,
	STEP_ALIEN,		/* it is not SOCKS; what may it be? */
};

static enum socks_client_verdict	check_to(const struct socks_request *);
static enum socks_client_verdict	check_login(
					    const struct socks_request *);
static bool	fits(const char *, size_t);
static void	put(struct socks_client *, const void *, size_t);
static void	put_byte(struct socks_client *, unsigned);
static void	put_text(struct socks_client *, const char *);
static void	put_request_4(struct socks_client *,
		    const struct socks_request *);
static void	put_request_5(struct socks_client *,
		    const struct socks_request *);
static void	take(struct socks_client *, unsigned char);
static void	take_method(struct socks_client *);
static void	take_login(struct socks_client *);
static void	take_reply(struct socks_client *);
static void	take_reply_4(struct socks_client *);
static void	take_alien(struct socks_client *);
static void	skip_login(struct socks_client *);
static void	say(struct socks_client *, size_t, enum step);
static void	fail(struct socks_client *, enum socks_fault, unsigned char);
static void	drop(struct socks_client *);

enum socks_client_verdict
socks_client_init(struct socks_client *c, const struct socks_request *request)
{
	enum socks_client_verdict verdict = check_to(request);

	if (verdict == SOCKS_CLIENT_OK)
		verdict = check_login(request);
	memset(c, 0, sizeof(*c));
	if (verdict != SOCKS_CLIENT_OK)
		return verdict;
	c->version = request->version;
	if (request->version == SOCKS_5)
		put_request_5(c, request);
	else
		put_request_4(c, request);
	return SOCKS_CLIENT_OK;
}

const char *
socks_client_verdict_text(enum socks_client_verdict verdict)
{
	static const char *const text[SOCKS_CLIENT_VERDICTS] = {
		[SOCKS_CLIENT_OK] = "nothing is wrong",
		[SOCKS_CLIENT_NEEDS_ADDRESS] =
		    "SOCKS4 needs an IPv4 address, it takes no names",
		[SOCKS_CLIENT_NO_INET6] = "SOCKS4 has no IPv6 addresses",
		[SOCKS_CLIENT_RESERVED] =
		    "SOCKS4 can't ask for an address like 0.0.0.1",
		[SOCKS_CLIENT_NAME_LENGTH] =
		    "SOCKS takes a name of 1 to 255 bytes",
		[SOCKS_CLIENT_USER_LENGTH] =
		    "SOCKS takes a user of 1 to 255 bytes",
		[SOCKS_CLIENT_PASSWORD_LENGTH] =
		    "SOCKS5 takes a password of 1 to 255 bytes",
		[SOCKS_CLIENT_NO_PASSWORDS] =
		    "SOCKS4 takes a user, but no password",
	};

	return text[verdict];
}

void
socks_client_wipe(struct socks_client *c)
{
	explicit_bzero(c, sizeof(*c));
}

/* --- what is asked ------------------------------------------------------- */

static enum socks_client_verdict
check_to(const struct socks_request *r)
{
	static const unsigned char reserved[3];

	if (r->to.kind == SOCKS_NAME) {
		if (r->version == SOCKS_4)
			return SOCKS_CLIENT_NEEDS_ADDRESS;
		return fits(r->name, 1) ? SOCKS_CLIENT_OK :
		    SOCKS_CLIENT_NAME_LENGTH;
	}
	if (r->version == SOCKS_5)
		return SOCKS_CLIENT_OK;
	if (r->to.kind == SOCKS_INET6)
		return SOCKS_CLIENT_NO_INET6;
	/* It would say that a name follows. */
	if (memcmp(r->to.bytes, reserved, sizeof(reserved)) == 0 &&
	    r->to.bytes[3] != 0)
		return SOCKS_CLIENT_RESERVED;
	return SOCKS_CLIENT_OK;
}

static enum socks_client_verdict
check_login(const struct socks_request *r)
{
	if (r->version != SOCKS_5) {
		if (r->password != NULL)
			return SOCKS_CLIENT_NO_PASSWORDS;
		return r->user == NULL || fits(r->user, 0) ? SOCKS_CLIENT_OK :
		    SOCKS_CLIENT_USER_LENGTH;
	}
	if (r->user == NULL && r->password == NULL)
		return SOCKS_CLIENT_OK;
	if (!fits(r->user, 1))
		return SOCKS_CLIENT_USER_LENGTH;
	return fits(r->password, 1) ? SOCKS_CLIENT_OK :
	    SOCKS_CLIENT_PASSWORD_LENGTH;
}

static bool
fits(const char *text, size_t least)
{
	size_t n = text == NULL ? 0 : strlen(text);

	return n >= least && n <= SOCKS_TEXT_MAX;
}

static void
put(struct socks_client *c, const void *data, size_t n)
{
	memcpy(c->out + c->out_n, data, n);
	c->out_n += n;
}

static void
put_byte(struct socks_client *c, unsigned byte)
{
	c->out[c->out_n++] = (unsigned char)byte;
}

/* Behind its length. */
static void
put_text(struct socks_client *c, const char *text)
{
	size_t n = strlen(text);

	put_byte(c, (unsigned)n);
	put(c, text, n);
}

static void
put_request_4(struct socks_client *c, const struct socks_request *r)
{
	static const unsigned char named[4] = { 0, 0, 0, 1 };
	const char *user = r->user == NULL ? "" : r->user;

	put_byte(c, 4);
	put_byte(c, SOCKS_CONNECT);
	socks_put_port(c->out + c->out_n, r->to.port);
	c->out_n += 2;
	put(c, r->to.kind == SOCKS_NAME ? named : r->to.bytes, 4);
	put(c, user, strlen(user) + 1);
	if (r->to.kind == SOCKS_NAME)
		put(c, r->name, strlen(r->name) + 1);
	say(c, c->out_n, STEP_REPLY_4);
}

/* All of it, one behind the other; what is said when is found out later. */
static void
put_request_5(struct socks_client *c, const struct socks_request *r)
{
	bool login = r->user != NULL;

	put_byte(c, 5);
	put_byte(c, login ? 2 : 1);
	put_byte(c, SOCKS_METHOD_NONE);
	if (login)
		put_byte(c, SOCKS_METHOD_LOGIN);
	say(c, c->out_n, STEP_METHOD);
	if (login) {
		put_byte(c, SOCKS_LOGIN_VERSION);
		put_text(c, r->user);
		put_text(c, r->password);
	}
	c->login_end = c->out_n;
	put_byte(c, 5);
	put_byte(c, SOCKS_CONNECT);
	put_byte(c, 0);
	put_byte(c, r->to.kind);
	if (r->to.kind == SOCKS_NAME)
		put_text(c, r->name);
	else
		put(c, r->to.bytes, socks_kind_size(r->to.kind));
	socks_put_port(c->out + c->out_n, r->to.port);
	c->out_n += 2;
}

/* --- what is answered ---------------------------------------------------- */

static void
take(struct socks_client *c, unsigned char byte)
{
	static void (*const steps[])(struct socks_client *) = {
		[STEP_METHOD] = take_method,
		[STEP_LOGIN] = take_login,
		[STEP_REPLY] = take_reply,
		[STEP_REPLY_4] = take_reply_4,
		[STEP_ALIEN] = take_alien,
	};

	c->in[c->in_n++] = byte;
	steps[c->step](c);
}

static void
take_method(struct socks_client *c)
{
	bool login = c->login_end > c->out_end;

	if (c->in[0] != 5) {
		take_alien(c);
		return;
	}
	if (c->in_n < 2)
		return;
	switch (c->in[1]) {
	case SOCKS_METHOD_NONE:
		skip_login(c);
		say(c, c->out_n, STEP_REPLY);
		break;
	case SOCKS_METHOD_LOGIN:
		if (login)
			say(c, c->login_end, STEP_LOGIN);
		else
			fail(c, SOCKS_FAULT_WANTS_LOGIN, c->in[1]);
		break;
	case SOCKS_METHOD_NO:
		fail(c, login ? SOCKS_FAULT_NO_METHOD :
		    SOCKS_FAULT_WANTS_LOGIN, c->in[1]);
		break;
	default:
		fail(c, SOCKS_FAULT_NOT_OFFERED, c->in[1]);
	}
}

static void
take_login(struct socks_client *c)
{
	if (c->in[0] != SOCKS_LOGIN_VERSION && c->in[0] != 5)
		fail(c, SOCKS_FAULT_VERSION, c->in[0]);
	else if (c->in_n == 2 && c->in[1] != 0)
		fail(c, SOCKS_FAULT_LOGIN, c->in[1]);
	else if (c->in_n == 2)
		say(c, c->out_n, STEP_REPLY);
}

static void
take_reply(struct socks_client *c)
{
	enum socks_kind kind;
	size_t at, size;

	if (c->in[0] != 5)
		fail(c, SOCKS_FAULT_VERSION, c->in[0]);
	else if (c->in_n == 2 && c->in[1] != SOCKS_GRANTED)
		fail(c, SOCKS_FAULT_REPLY, c->in[1]);
	if (c->in_n < 4 || c->verdict != DIALOGUE_MORE)
		return;
	kind = (enum socks_kind)c->in[3];
	at = kind == SOCKS_NAME ? 5 : 4;
	size = socks_kind_size(kind);
	if (kind == SOCKS_NAME && c->in_n >= at)
		size = c->in[4];
	else if (kind != SOCKS_NAME && size == 0)
		fail(c, SOCKS_FAULT_TYPE, c->in[3]);
	if (c->verdict != DIALOGUE_MORE || c->in_n < at + size + 2)
		return;
	c->bound.kind = kind;
	memcpy(c->bound.bytes, c->in + at, socks_kind_size(kind));
	c->bound.port = socks_port(c->in + at + size);
	c->verdict = DIALOGUE_DONE;
}

static void
take_reply_4(struct socks_client *c)
{
	if (c->in[0] != 0) {
		take_alien(c);
		return;
	}
	if (c->in_n == 2 && c->in[1] != SOCKS4_GRANTED)
		fail(c, SOCKS_FAULT_REPLY, c->in[1]);
	if (c->in_n < 8)
		return;
	c->bound.kind = SOCKS_INET;
	c->bound.port = socks_port(c->in + 2);
	memcpy(c->bound.bytes, c->in + 4, 4);
	c->verdict = DIALOGUE_DONE;
}

/* From its first byte on: is it HTTP? */
static void
take_alien(struct socks_client *c)
{
	static const char http[] = "HTTP/";

	c->step = STEP_ALIEN;
	drop(c);
	if (memcmp(c->in, http, c->in_n) != 0)
		fail(c, SOCKS_FAULT_ALIEN, c->in[0]);
	else if (c->in_n == sizeof(http) - 1)
		fail(c, SOCKS_FAULT_HTTP, c->in[0]);
}

/* It is not asked for; the request moves to its place. */
static void
skip_login(struct socks_client *c)
{
	size_t n = c->out_n - c->login_end;

	memmove(c->out + c->out_end, c->out + c->login_end, n);
	explicit_bzero(c->out + c->out_end + n, c->login_end - c->out_end);
	c->login_end = c->out_end;
	c->out_n = c->out_end + n;
}

/* What is said next ends there, and then that answer is awaited. */
static void
say(struct socks_client *c, size_t end, enum step step)
{
	c->out_end = end;
	c->step = step;
	c->in_n = 0;
}

static void
fail(struct socks_client *c, enum socks_fault fault, unsigned char code)
{
	c->verdict = DIALOGUE_REFUSED;
	c->fault = fault;
	c->code = code;
	drop(c);
}

/* Nobody waits for the rest any more. */
static void
drop(struct socks_client *c)
{
	explicit_bzero(c->out + c->out_at, c->out_n - c->out_at);
	c->out_end = c->out_n = c->out_at;
}

/* --- the codec ----------------------------------------------------------- */

static enum dialogue_verdict
socks_client_feed(void *state, const unsigned char *in, size_t n, size_t *used)
{
	struct socks_client *c = state;
	size_t i;

	for (i = 0; i < n && c->verdict == DIALOGUE_MORE; i++)
		take(c, in[i]);
	*used = c->verdict == DIALOGUE_REFUSED ? n : i;
	return c->verdict;
}

static const unsigned char *
socks_client_output(void *state, size_t *n)
{
	struct socks_client *c = state;

	*n = c->out_end - c->out_at;
	return c->out + c->out_at;
}

static void
socks_client_sent(void *state, size_t n)
{
	struct socks_client *c = state;

	explicit_bzero(c->out + c->out_at, n);
	c->out_at += n;
}

const struct dialogue_codec socks_client_codec = {
	.feed = socks_client_feed,
	.output = socks_client_output,
	.sent = socks_client_sent,
	.refuse = socks_client_refuse,
};
