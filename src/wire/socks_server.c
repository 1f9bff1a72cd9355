/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/socks_parts.h"
#include "wire/socks_server.h"

/* What is awaited. */
enum step {
	STEP_VERSION,
	STEP_METHODS,
	STEP_LOGIN,
	STEP_REQUEST,
	STEP_REQUEST_4,
};

static void	take(struct socks_server *, unsigned char);
static void	take_version(struct socks_server *);
static void	take_methods(struct socks_server *);
static void	take_login(struct socks_server *);
static void	take_request(struct socks_server *);
static void	take_request_4(struct socks_server *);
static int	choose_method(const struct socks_server *);
static bool	is_served(const struct socks_server *, enum socks_version);
static bool	check_login(struct socks_server *, size_t, size_t);
static enum socks_fault	judge(const struct socks_server *);
static void	read_request(struct socks_server *, size_t, size_t);
static void	read_request_4(struct socks_server *);
static bool	is_name(const unsigned char *, size_t);
static void	next(struct socks_server *, enum step);
static void	say(struct socks_server *, unsigned, unsigned);
static void	fail(struct socks_server *, enum socks_fault, unsigned char);
static void	fail_request(struct socks_server *, enum socks_fault,
		    unsigned char);
static enum socks_reply	fault_reply(enum socks_fault);
static size_t	reply_4(enum socks_reply, const struct socks_address *,
		    unsigned char *);

void
socks_server_init(struct socks_server *s,
    const struct socks_server_policy *policy)
{
	memset(s, 0, sizeof(*s));
	s->policy = *policy;
}

void
socks_server_wipe(struct socks_server *s)
{
	explicit_bzero(s, sizeof(*s));
}

/* --- what is asked ------------------------------------------------------- */

static void
take(struct socks_server *s, unsigned char byte)
{
	static void (*const steps[])(struct socks_server *) = {
		[STEP_VERSION] = take_version,
		[STEP_METHODS] = take_methods,
		[STEP_LOGIN] = take_login,
		[STEP_REQUEST] = take_request,
		[STEP_REQUEST_4] = take_request_4,
	};

	s->in[s->in_n++] = byte;
	steps[s->step](s);
}

/* Of the first byte, which is part of what comes then. */
static void
take_version(struct socks_server *s)
{
	switch (s->in[0]) {
	case 4:
		s->version = SOCKS_4;
		s->step = STEP_REQUEST_4;
		break;
	case 5:
		s->version = SOCKS_5;
		s->step = STEP_METHODS;
		break;
	default:
		fail(s, SOCKS_FAULT_ALIEN, s->in[0]);
	}
}

static void
take_methods(struct socks_server *s)
{
	int method;

	if (s->in_n < 2 || s->in_n < 2U + s->in[1])
		return;
	method = choose_method(s);
	say(s, 5, (unsigned)method);
	if (!is_served(s, SOCKS_5))
		fail(s, SOCKS_FAULT_NOT_SERVED, 0);
	else if (method == SOCKS_METHOD_NO)
		fail(s, SOCKS_FAULT_METHODS, 0);
	else
		next(s, method == SOCKS_METHOD_NONE ? STEP_REQUEST :
		    STEP_LOGIN);
}

static int
choose_method(const struct socks_server *s)
{
	const unsigned char *methods = s->in + 2;
	size_t n = s->in[1];

	if (!is_served(s, SOCKS_5))
		return SOCKS_METHOD_NO;
	if (s->policy.check == NULL &&
	    memchr(methods, SOCKS_METHOD_NONE, n) != NULL)
		return SOCKS_METHOD_NONE;
	if (memchr(methods, SOCKS_METHOD_LOGIN, n) != NULL)
		return SOCKS_METHOD_LOGIN;
	return SOCKS_METHOD_NO;
}

static void
take_login(struct socks_server *s)
{
	size_t user_n, password_n;
	bool good;

	if (s->in[0] != SOCKS_LOGIN_VERSION) {
		say(s, SOCKS_LOGIN_VERSION, 1);
		fail(s, SOCKS_FAULT_VERSION, s->in[0]);
		return;
	}
	if (s->in_n < 3 || s->in_n < 3U + s->in[1])
		return;
	user_n = s->in[1];
	password_n = s->in[2 + user_n];
	if (s->in_n < 3 + user_n + password_n)
		return;
	good = check_login(s, user_n, password_n);
	explicit_bzero(s->in, s->in_n);
	say(s, SOCKS_LOGIN_VERSION, good ? 0 : 1);
	if (good)
		next(s, STEP_REQUEST);
	else
		fail(s, SOCKS_FAULT_WRONG_LOGIN, 0);
}

/* A NUL would hide what is behind it. */
static bool
check_login(struct socks_server *s, size_t user_n, size_t password_n)
{
	const unsigned char *user = s->in + 2, *password = user + user_n + 1;
	char copy[SOCKS_TEXT_MAX + 1];
	bool good;

	memcpy(s->user, user, user_n);
	s->user[user_n] = '\0';
	if (memchr(user, '\0', user_n) != NULL ||
	    memchr(password, '\0', password_n) != NULL)
		return false;
	memcpy(copy, password, password_n);
	copy[password_n] = '\0';
	good = s->policy.check == NULL ||
	    s->policy.check(s->policy.context, s->user, copy);
	explicit_bzero(copy, sizeof(copy));
	return good;
}

static void
take_request(struct socks_server *s)
{
	enum socks_kind kind;
	size_t at, size;

	if (s->in[0] != 5) {
		fail_request(s, SOCKS_FAULT_VERSION, s->in[0]);
		return;
	}
	if (s->in_n < 4)
		return;
	kind = (enum socks_kind)s->in[3];
	at = kind == SOCKS_NAME ? 5 : 4;
	size = socks_kind_size(kind);
	if (kind != SOCKS_NAME && size == 0) {
		fail_request(s, SOCKS_FAULT_TYPE, s->in[3]);
		return;
	}
	if (kind == SOCKS_NAME && s->in_n >= at)
		size = s->in[4];
	if (s->in_n >= at + size + 2) {
		s->to.kind = kind;
		read_request(s, at, size);
	}
}

/* The whole of it; what it asks for is size bytes there. */
static void
read_request(struct socks_server *s, size_t at, size_t size)
{
	s->to.port = socks_port(s->in + at + size);
	if (s->in[1] != SOCKS_CONNECT) {
		fail_request(s, SOCKS_FAULT_COMMAND, s->in[1]);
	} else if (s->to.kind != SOCKS_NAME) {
		memcpy(s->to.bytes, s->in + at, size);
		s->verdict = DIALOGUE_DONE;
	} else if (is_name(s->in + at, size)) {
		memcpy(s->name, s->in + at, size);
		s->verdict = DIALOGUE_DONE;
	} else {
		fail_request(s, SOCKS_FAULT_NAME, 0);
	}
}

/* Whether a name follows is told by the address in front of it. */
static void
take_request_4(struct socks_server *s)
{
	static const unsigned char named[3];
	const unsigned char *address = s->in + 4;
	bool is_end = s->in[s->in_n - 1] == '\0';

	if (s->in_n <= 8)
		return;
	if (s->user_end == 0 && !is_end) {
		if (s->in_n > 8 + SOCKS_TEXT_MAX)
			fail_request(s, SOCKS_FAULT_USER_END, 0);
		return;
	}
	if (s->user_end == 0) {
		s->user_end = s->in_n;
		if (memcmp(address, named, sizeof(named)) == 0 &&
		    address[3] != 0)
			s->version = SOCKS_4A;
		else
			read_request_4(s);
	} else if (is_end) {
		read_request_4(s);
	} else if (s->in_n - s->user_end > SOCKS_TEXT_MAX) {
		fail_request(s, SOCKS_FAULT_NAME_END, 0);
	}
}

/* The whole of it. */
static void
read_request_4(struct socks_server *s)
{
	const unsigned char *name = s->in + s->user_end;
	enum socks_fault fault;

	memcpy(s->user, s->in + 8, s->user_end - 8);
	s->to.port = socks_port(s->in + 2);
	if (s->version == SOCKS_4) {
		s->to.kind = SOCKS_INET;
		memcpy(s->to.bytes, s->in + 4, 4);
	} else {
		s->to.kind = SOCKS_NAME;
	}
	fault = judge(s);
	if (fault != SOCKS_FAULT_NONE) {
		fail_request(s, fault, s->in[1]);
		return;
	}
	if (s->to.kind == SOCKS_NAME)
		memcpy(s->name, name, s->in_n - s->user_end);
	s->verdict = DIALOGUE_DONE;
}

/* What is wrong with a request of version 4. */
static enum socks_fault
judge(const struct socks_server *s)
{
	if (!is_served(s, SOCKS_4) && !is_served(s, SOCKS_4A))
		return SOCKS_FAULT_NOT_SERVED;
	if (s->version == SOCKS_4A && !is_served(s, SOCKS_4A))
		return SOCKS_FAULT_NAMES;
	if (s->policy.check != NULL)
		return SOCKS_FAULT_LOGIN_4;
	if (s->in[1] != SOCKS_CONNECT)
		return SOCKS_FAULT_COMMAND;
	if (s->version == SOCKS_4A &&
	    !is_name(s->in + s->user_end, s->in_n - 1 - s->user_end))
		return SOCKS_FAULT_NAME;
	return SOCKS_FAULT_NONE;
}

static bool
is_served(const struct socks_server *s, enum socks_version version)
{
	return (s->policy.versions & SOCKS_SERVE(version)) != 0;
}

/* Bytes above ASCII may be names in UTF-8; the resolver knows. */
static bool
is_name(const unsigned char *name, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (name[i] <= ' ' || name[i] == 0x7f)
			return false;
	return n > 0;
}

static void
next(struct socks_server *s, enum step step)
{
	s->step = step;
	s->in_n = 0;
}

/* --- what is answered ---------------------------------------------------- */

/* An answer to methods, or to user and password. */
static void
say(struct socks_server *s, unsigned version, unsigned code)
{
	s->out[s->out_end++] = (unsigned char)version;
	s->out[s->out_end++] = (unsigned char)code;
}

static void
fail(struct socks_server *s, enum socks_fault fault, unsigned char code)
{
	s->verdict = DIALOGUE_REFUSED;
	s->fault = fault;
	s->code = code;
}

static void
fail_request(struct socks_server *s, enum socks_fault fault, unsigned char code)
{
	s->out_end += socks_server_reply(s, fault_reply(fault), NULL,
	    s->out + s->out_end);
	fail(s, fault, code);
}

static enum socks_reply
fault_reply(enum socks_fault fault)
{
	switch (fault) {
	case SOCKS_FAULT_COMMAND:
		return SOCKS_NO_COMMAND;
	case SOCKS_FAULT_TYPE:
		return SOCKS_NO_ADDRESS_TYPE;
	default:
		return SOCKS_FAILURE;
	}
}

size_t
socks_server_reply(const struct socks_server *s, enum socks_reply reply,
    const struct socks_address *bound, unsigned char out[SOCKS_REPLY_MAX])
{
	static const struct socks_address nowhere = { .kind = SOCKS_INET };
	size_t size = bound == NULL ? 0 : socks_kind_size(bound->kind);

	if (size == 0 || (s->version != SOCKS_5 && bound->kind != SOCKS_INET))
		bound = &nowhere;
	if (s->version != SOCKS_5)
		return reply_4(reply, bound, out);
	size = socks_kind_size(bound->kind);
	out[0] = 5;
	out[1] = (unsigned char)reply;
	out[2] = 0;
	out[3] = (unsigned char)bound->kind;
	memcpy(out + 4, bound->bytes, size);
	socks_put_port(out + 4 + size, bound->port);
	return 4 + size + 2;
}

static size_t
reply_4(enum socks_reply reply, const struct socks_address *bound,
    unsigned char *out)
{
	out[0] = 0;
	out[1] = reply == SOCKS_GRANTED ? SOCKS4_GRANTED : SOCKS4_REJECTED;
	socks_put_port(out + 2, bound->port);
	memcpy(out + 4, bound->bytes, 4);
	return 8;
}

/* --- the codec ----------------------------------------------------------- */

static enum dialogue_verdict
socks_server_feed(void *state, const unsigned char *in, size_t n, size_t *used)
{
	struct socks_server *s = state;
	size_t i;

	for (i = 0; i < n && s->verdict == DIALOGUE_MORE; i++)
		take(s, in[i]);
	*used = s->verdict == DIALOGUE_REFUSED ? n : i;
	return s->verdict;
}

static const unsigned char *
socks_server_output(void *state, size_t *n)
{
	struct socks_server *s = state;

	*n = s->out_end - s->out_at;
	return s->out + s->out_at;
}

static void
socks_server_sent(void *state, size_t n)
{
	struct socks_server *s = state;

	s->out_at += n;
}

const struct dialogue_codec socks_server_codec = {
	.feed = socks_server_feed,
	.output = socks_server_output,
	.sent = socks_server_sent,
	.refuse = socks_server_refuse,
};
