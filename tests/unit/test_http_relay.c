/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "io/handshake.h"
#include "script.h"
#include "serve/http_relay.h"
#include "tap.h"

static void	test_one(void);
static void	test_several(void);
static void	test_bodies(void);
static void	test_old_client(void);
static void	test_interim(void);
static void	test_truncated(void);
static void	test_no_answer(void);
static void	test_not_dialled(void);
static void	test_smuggled(void);
static void	test_client_ends(void);
static void	test_connect(void);
static void	test_next_refused(void);
static void	test_late(void);
static void	test_split(void);
static void	test_early(void);
static void	test_both_ways(void);

int
main(void)
{
	signal(SIGPIPE, SIG_IGN);
	test_one();
	test_several();
	test_bodies();
	test_old_client();
	test_interim();
	test_truncated();
	test_no_answer();
	test_not_dialled();
	test_smuggled();
	test_client_ends();
	test_connect();
	test_next_refused();
	test_late();
	test_split();
	test_early();
	test_both_ways();
	return tap_done();
}

/* --- a relay between two socket pairs ------------------------------------ */

#define ORIGINS	4
#define GOT_MAX	8192

static const struct http_server_options options = { .pseudonym = "us" };

struct fixture {
	struct http_server	*server;
	struct http_relay	 relay;
	struct pump_traffic	 traffic;	/* of it */
	int			 client;	/* the other end */
	int			 origin[ORIGINS];
	const char		*answers[ORIGINS];	/* of origins; NULL:
							 * there is none */
	bool			 stays[ORIGINS];	/* the answer's end is
							 * not that of all */
	enum result		 failure;	/* ... and why */
	size_t			 dialled;
	char			 host[HTTP_HOST_MAX];
	uint16_t		 port;
	bool			 connect, abort;
	struct error		 err;
};

static void
write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t w = write(fd, data, n);

		if (w <= 0)
			return;
		data += w;
		n -= (size_t)w;
	}
}

static struct stream *
dial(void *context, const char *host, uint16_t port, struct error *err)
{
	struct fixture *f = context;
	size_t i = f->dialled++;
	struct stream *s;

	snprintf(f->host, sizeof(f->host), "%s", host);
	f->port = port;
	if (i >= ORIGINS || f->answers[i] == NULL) {
		error_set(err, f->failure, "nobody is there");
		return NULL;
	}
	s = script_socket(&f->origin[i]);
	write_all(f->origin[i], f->answers[i], strlen(f->answers[i]));
	if (!f->stays[i])
		shutdown(f->origin[i], SHUT_WR);
	return s;
}

static void
fixture_init(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	f->server = xmalloc(sizeof(*f->server));
	http_server_init(f->server, &options);
	f->failure = RESULT_REFUSED;
	for (size_t i = 0; i < ORIGINS; i++)
		f->origin[i] = -1;
	f->relay = (struct http_relay){
		.client = script_socket(&f->client),
		.server = f->server,
		.dial = dial,
		.context = f,
		.step = 10 * CLOCK_SECOND,
		.idle = 10 * CLOCK_SECOND,
		.traffic = &f->traffic,
		.deadline = CLOCK_NEVER,
	};
}

static void
fixture_free(struct fixture *f)
{
	for (size_t i = 0; i < ORIGINS; i++) {
		if (f->origin[i] != -1)
			close(f->origin[i]);
	}
	close(f->client);
	free(f->server);
}

/* The first request is there; then relay, and close. */
static enum result
run(struct fixture *f)
{
	const struct handshake h = { &http_server_codec, f->server, "http" };
	enum result result;
	bool done = false;
	short wants;

	do
		result = handshake_step(&h, f->relay.client, &done, &wants,
		    &f->err);
	while (result == RESULT_OK && !done);
	if (result == RESULT_OK)
		result = http_relay_run(&f->relay, &f->connect, &f->abort,
		    &f->err);
	stream_close(f->relay.client, false);
	return result;
}

/* The client says that, and no more. */
static enum result
ask(struct fixture *f, const char *request)
{
	write_all(f->client, request, strlen(request));
	shutdown(f->client, SHUT_WR);
	return run(f);
}

/* All that has come to the other end, as a string. */
static char *
read_all(int fd, char *got)
{
	size_t n = 0;
	ssize_t r;

	while (fd != -1 && n + 1 < GOT_MAX &&
	    (r = recv(fd, got + n, GOT_MAX - n - 1, 0)) > 0)
		n += (size_t)r;
	got[n] = '\0';
	return got;
}

static void
client_got(struct fixture *f, const char *want, const char *what)
{
	char got[GOT_MAX];

	is_str(read_all(f->client, got), want, "%s", what);
}

static void
origin_got(struct fixture *f, size_t i, const char *want, const char *what)
{
	char got[GOT_MAX];

	is_str(read_all(f->origin[i], got), want, "%s", what);
}

#define END	"\r\n"
#define GET	"GET http://a:81/x HTTP/1.1\r\nHost: a:81\r\n"
#define POST	"POST http://a/ HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED	"Transfer-Encoding: chunked\r\n"
#define CLOSE	"Connection: close\r\n"
#define VIA	"Via: 1.1 us\r\n"
#define OK	"HTTP/1.1 200 OK\r\n"
#define LENGTH(n)	"Content-Length: " #n "\r\n"
#define TEXT	"Content-Type: text/plain; charset=utf-8\r\n"
#define BAD_GATEWAY	"HTTP/1.1 502 Bad Gateway\r\n" TEXT LENGTH(12)

/* --- what is relayed ----------------------------------------------------- */

static void
test_one(void)
{
	struct fixture f;

	fixture_init(&f);
	f.answers[0] = OK LENGTH(5) "Server: x\r\n\r\nhello, and more";
	is_int(ask(&f, GET CLOSE END), RESULT_OK, "a request is relayed");
	ok(!f.abort && !f.connect, "... and that was all");
	is_str(f.host, "a", "... to its host");
	is_int(f.port, 81, "... and port");
	origin_got(&f, 0, "GET /x HTTP/1.1\r\nHost: a:81\r\n" VIA CLOSE END,
	    "... what the origin has got");
	client_got(&f, OK "Server: x\r\n" LENGTH(5) VIA CLOSE END "hello",
	    "... and the client");
	is_int((int64_t)f.relay.sent, (int64_t)strlen(OK "Server: x\r\n"
	    LENGTH(5) VIA CLOSE END "hello"), "... which is counted");
	is_int((int64_t)pump_traffic_sent(&f.traffic), (int64_t)f.relay.sent,
	    "and so does who asks meanwhile");
	fixture_free(&f);
}

static void
test_several(void)
{
	struct fixture f;

	fixture_init(&f);
	f.answers[0] = OK LENGTH(1) END "1";
	f.answers[1] = OK CHUNKED END "2\r\n23\r\n0\r\n\r\n";
	f.answers[2] = "HTTP/1.1 304 Not Modified\r\n" LENGTH(7) END;
	is_int(ask(&f, POST LENGTH(3) END "abc" "HEAD http://b/ HTTP/1.1\r\n"
	    "Host: b\r\n\r\n" GET END), RESULT_OK,
	    "requests at once are relayed one by one");
	is_int((int64_t)f.dialled, 3, "... each on its own connection");
	origin_got(&f, 0, "POST / HTTP/1.1\r\nHost: a\r\n" LENGTH(3) VIA CLOSE
	    END "abc", "... the first one");
	origin_got(&f, 1, "HEAD / HTTP/1.1\r\nHost: b\r\n" VIA CLOSE END,
	    "... the second one");
	origin_got(&f, 2, "GET /x HTTP/1.1\r\nHost: a:81\r\n" VIA CLOSE END,
	    "... the third one");
	client_got(&f, OK LENGTH(1) VIA END "1" OK VIA END
	    "HTTP/1.1 304 Not Modified\r\n" LENGTH(7) VIA END,
	    "... and the responses in their order");
	fixture_free(&f);
}

static void
test_bodies(void)
{
	struct fixture f;

	fixture_init(&f);
	f.answers[0] = OK "Trailer: x\r\n" CHUNKED END "3;e\r\nabc\r\n"
	    "2 \r\nde\r\n0\r\nx: y\r\n\r\n";
	f.answers[1] = OK END "until the end";
	f.answers[2] = OK LENGTH(0) END;
	is_int(ask(&f, POST CHUNKED END "1\r\nx\r\n2\r\nyz\r\n0\r\nt: u\r\n"
	    "\r\n" GET END POST CHUNKED END "0\r\n\r\n"), RESULT_OK,
	    "bodies are framed anew");
	origin_got(&f, 0, "POST / HTTP/1.1\r\nHost: a\r\n" CHUNKED VIA CLOSE
	    END "3\r\nxyz\r\n0\r\n\r\n", "... that of a request");
	origin_got(&f, 2, "POST / HTTP/1.1\r\nHost: a\r\n" CHUNKED VIA CLOSE
	    END "0\r\n\r\n", "... an empty one");
	client_got(&f, OK CHUNKED VIA END "5\r\nabcde\r\n0\r\n\r\n"
	    OK CHUNKED VIA END "d\r\nuntil the end\r\n0\r\n\r\n"
	    OK LENGTH(0) VIA END, "... those of responses");
	fixture_free(&f);
}

static void
test_old_client(void)
{
	struct fixture f;

	fixture_init(&f);
	f.answers[0] = "HTTP/1.1 100 Continue\r\n\r\n" OK CHUNKED END
	    "3\r\nabc\r\n0\r\n\r\n";
	is_int(ask(&f, "POST http://a/ HTTP/1.0\r\nConnection: keep-alive\r\n"
	    "Expect: 100-continue\r\n" LENGTH(2) END "xyGET"), RESULT_OK,
	    "a client of HTTP/1.0");
	origin_got(&f, 0, "POST / HTTP/1.1\r\nHost: a\r\n" LENGTH(2)
	    "Via: 1.0 us\r\n" CLOSE END "xy", "... its request");
	client_got(&f, OK VIA CLOSE END "abc", "... its response");
	fixture_free(&f);
}

static void
test_interim(void)
{
	struct fixture f;

	fixture_init(&f);
	f.answers[0] = "HTTP/1.1 100 Continue\r\n\r\n"
	    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK LENGTH(0) END;
	is_int(ask(&f, POST "Expect: 100-continue\r\n" LENGTH(2) END "xy"),
	    RESULT_OK, "interim responses");
	origin_got(&f, 0, "POST / HTTP/1.1\r\nHost: a\r\n"
	    "Expect: 100-continue\r\n" LENGTH(2) VIA CLOSE END "xy",
	    "... that were asked for");
	client_got(&f, "HTTP/1.1 100 Continue\r\n" VIA END
	    "HTTP/1.1 103 Early Hints\r\nLink: x\r\n" VIA END
	    OK LENGTH(0) VIA END, "... pass through");
	fixture_free(&f);
}

/* --- what goes wrong ----------------------------------------------------- */

static void
test_truncated(void)
{
	static const struct {
		const char	*request, *answer, *got;
	} tests[] = {
		{ GET, OK LENGTH(5) END "abc", OK LENGTH(5) VIA END "abc" },
		{ GET, OK CHUNKED END "5\r\nabc", OK CHUNKED VIA END
		    "3\r\nabc\r\n" },
		{ GET, OK CHUNKED END "3\r\nabc\r\n", OK CHUNKED VIA END
		    "3\r\nabc\r\n" },
		{ "GET http://a/ HTTP/1.0\r\n", OK CHUNKED END "3\r\nabc\r\n",
		    OK VIA CLOSE END "abc" },
	};
	struct fixture f;

	for (size_t i = 0; i < NITEMS(tests); i++) {
		char request[256];

		snprintf(request, sizeof(request), "%s\r\n",
		    tests[i].request);
		fixture_init(&f);
		f.answers[0] = tests[i].answer;
		is_int(ask(&f, request), RESULT_BROKEN,
		    "a response that is not whole: %s", tests[i].answer);
		ok(f.abort, "... the client is told by a reset");
		client_got(&f, tests[i].got, "... and has no end");
		fixture_free(&f);
	}
}

static void
test_no_answer(void)
{
	static const struct {
		const char	*answer, *why;
	} tests[] = {
		{ "", "the server did not answer" },
		{ "HTTP/1.1 200 OK\r\nA: b", "the server did not answer" },
		{ "HTTP/1.1 100 X\r\n\r\n", "the server did not answer" },
		{ OK CHUNKED END "3\r\nabc\r\nx",
		    "the size of a chunk is not a number" },
		{ "SSH-2.0-x\r\n", "the first line is not HTTP" },
		{ OK LENGTH(1) LENGTH(1) END, "Content-Length is there twice" },
		{ "HTTP/1.1 101 X\r\n\r\n",
		    "the server changes the protocol unasked" },
	};
	struct fixture f;

	for (size_t i = 0; i < NITEMS(tests); i++) {
		char got[GOT_MAX];

		fixture_init(&f);
		f.answers[0] = tests[i].answer;
		is_int(ask(&f, GET END), RESULT_BROKEN, "no response: %s",
		    tests[i].answer);
		is_str(f.err.text, tests[i].why, "... why");
		ok(!f.abort, "... the client is answered");
		read_all(f.client, got);
		ok(strstr(got, BAD_GATEWAY CLOSE END "Bad Gateway\n") != NULL,
		    "... so");
		fixture_free(&f);
	}
}

static void
test_not_dialled(void)
{
	struct fixture f;

	fixture_init(&f);
	f.answers[1] = OK LENGTH(1) END "1";
	is_int(ask(&f, GET END GET END POST LENGTH(1) END "x"),
	    RESULT_REFUSED, "an origin is not there");
	is_int((int64_t)f.dialled, 3, "... another one is, a third one not");
	client_got(&f, BAD_GATEWAY END "Bad Gateway\n" OK LENGTH(1) VIA END "1"
	    BAD_GATEWAY CLOSE END "Bad Gateway\n",
	    "... the client stays, if it may");
	ok(!f.abort, "... and is not reset");
	fixture_free(&f);
	fixture_init(&f);
	f.failure = RESULT_DENIED;
	is_int(ask(&f, "HEAD http://a/ HTTP/1.0\r\n\r\n"), RESULT_DENIED,
	    "one that nobody may go to");
	client_got(&f, "HTTP/1.1 403 Forbidden\r\n" TEXT LENGTH(10) CLOSE END,
	    "... the answer, to HEAD");
	fixture_free(&f);
}

/* What is wrong at the beginning of a body, nobody else sees; what is wrong in
 * it ends it, without an end. */
static void
test_smuggled(void)
{
	static const char *const tests[] = {
		"3;x\r\nabc\r\n0\r\n\r\n", "3\nabc\n0\n\n",
		"0x3\r\nabc\r\n0\r\n\r\n", "\r\n", "3 \r\nabc\r\n0\r\n\r\n",
		"0\r\nGET http://b/ HTTP/1.1\r\n\r\n",
		"3\r\nabc\r\n3;x\r\n", "3\r\nabcd\r\n",
	};
	char text[512], got[GOT_MAX];
	struct fixture f;

	for (size_t i = 0; i < NITEMS(tests); i++) {
		snprintf(text, sizeof(text), POST CHUNKED END "%s" GET END,
		    tests[i]);
		fixture_init(&f);
		f.answers[0] = f.answers[1] = OK LENGTH(0) END;
		is_int(ask(&f, text), RESULT_DENIED, "smuggled: %s", tests[i]);
		is_int((int64_t)f.dialled, 0, "... nobody is dialled");
		ok(strncmp(read_all(f.client, got), "HTTP/1.1 400 ", 13) == 0,
		    "... the answer");
		fixture_free(&f);
	}
	fixture_init(&f);
	f.answers[0] = "";
	f.stays[0] = true;
	is_int(ask(&f, POST "Expect: 100-continue\r\n" CHUNKED END
	    "3\r\nabc\r\n3;x\r\nabc\r\n0\r\n\r\n"), RESULT_DENIED,
	    "what is seen too late");
	origin_got(&f, 0, "POST / HTTP/1.1\r\nHost: a\r\n"
	    "Expect: 100-continue\r\n" CHUNKED VIA CLOSE END,
	    "... does not go on");
	fixture_free(&f);
}

static void
test_client_ends(void)
{
	struct fixture f;

	fixture_init(&f);
	f.answers[0] = "";
	f.stays[0] = true;
	is_int(ask(&f, POST LENGTH(9) END "abc"), RESULT_BROKEN,
	    "a client ends in its body");
	origin_got(&f, 0, "POST / HTTP/1.1\r\nHost: a\r\n" LENGTH(9) VIA CLOSE
	    END "abc", "... which is not whole for the origin, either");
	fixture_free(&f);
	fixture_init(&f);
	is_int(ask(&f, POST CHUNKED END "9\r\n"), RESULT_BROKEN,
	    "... before the first byte of it");
	is_int((int64_t)f.dialled, 0, "... nobody is dialled");
	fixture_free(&f);
	fixture_init(&f);
	f.answers[0] = "";
	f.stays[0] = true;
	write_all(f.client, BYTES(GET END));
	shutdown(f.client, SHUT_RDWR);
	is_int(run(&f), RESULT_BROKEN, "a client goes while it should wait");
	is_str(f.err.text, "the client has gone", "... why");
	fixture_free(&f);
}

/* --- what follows -------------------------------------------------------- */

static void
test_connect(void)
{
	struct fixture f;

	fixture_init(&f);
	f.answers[0] = OK LENGTH(1) END "1";
	is_int(ask(&f, GET END "CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\nxyz"),
	    RESULT_OK, "CONNECT follows");
	ok(f.connect && f.server->request.connect, "... and is left");
	is_str(f.server->request.target.host, "b", "... with its host");
	is_int((int64_t)f.dialled, 1, "... nobody was dialled for it");
	fixture_free(&f);
}

static void
test_next_refused(void)
{
	struct fixture f;
	char got[GOT_MAX];

	fixture_init(&f);
	f.answers[0] = OK LENGTH(0) END;
	is_int(ask(&f, GET END "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
	    RESULT_DENIED, "what follows is no good");
	ok(!f.abort, "... the client is answered");
	ok(strstr(read_all(f.client, got), "HTTP/1.1 400 Bad Request\r\n") !=
	    NULL, "... so");
	fixture_free(&f);
	fixture_init(&f);
	f.answers[0] = OK LENGTH(0) END;
	is_int(ask(&f, GET END "GET http"), RESULT_BROKEN,
	    "what follows is not whole");
	fixture_free(&f);
}

/* Each is a step that takes too long. */
static void
test_late(void)
{
	struct fixture f;
	char got[GOT_MAX];

	fixture_init(&f);
	f.relay.idle = 20 * CLOCK_MS;
	f.answers[0] = "HTTP/1.1 200";
	f.stays[0] = true;
	is_int(ask(&f, GET END), RESULT_TIMEOUT, "an origin that is silent");
	is_str(f.err.text, "nothing moved for 20.0 ms", "... why");
	ok(strncmp(read_all(f.client, got), "HTTP/1.1 504 ", 13) == 0 &&
	    !f.abort, "... the answer");
	fixture_free(&f);

	fixture_init(&f);
	f.relay.idle = 20 * CLOCK_MS;
	f.answers[0] = OK LENGTH(2) END "1";
	f.stays[0] = true;
	is_int(ask(&f, GET END), RESULT_TIMEOUT, "... in its response");
	client_got(&f, OK LENGTH(2) VIA END "1", "... which has no end");
	ok(f.abort, "... but a reset");
	fixture_free(&f);

	fixture_init(&f);
	f.relay.deadline = clock_now() + 20 * CLOCK_MS;
	f.answers[0] = "";
	f.stays[0] = true;
	is_int(ask(&f, GET END), RESULT_TIMEOUT, "the time for all is over");
	fixture_free(&f);

	fixture_init(&f);
	f.relay.step = 20 * CLOCK_MS;
	write_all(f.client, BYTES(POST CHUNKED END "3\r\n"));
	is_int(run(&f), RESULT_TIMEOUT, "a body that does not come");
	ok(strncmp(read_all(f.client, got), "HTTP/1.1 408 ", 13) == 0,
	    "... the answer");
	fixture_free(&f);

	fixture_init(&f);
	f.relay.idle = 20 * CLOCK_MS;
	f.answers[0] = OK LENGTH(0) END;
	write_all(f.client, BYTES(GET END));
	is_int(run(&f), RESULT_OK, "a client that is silent between requests");
	fixture_free(&f);

	fixture_init(&f);
	f.relay.step = 20 * CLOCK_MS;
	f.answers[0] = OK LENGTH(0) END;
	write_all(f.client, BYTES(GET END "GET "));
	is_int(run(&f), RESULT_TIMEOUT, "... and one that is so in a request");
	ok(strstr(read_all(f.client, got), "HTTP/1.1 408 ") != NULL,
	    "... the answer");
	fixture_free(&f);
}

/* --- peers of their own -------------------------------------------------- */

struct peer {
	pthread_t	 thread;
	int		 fd;
	const char	*text;		/* said byte by byte */
	size_t		 send;		/* then so many bytes */
	bool		 echo;		/* read a head, then give all back */
	bool		 reads;
	size_t		 got;
};

static void
peer_echo(struct peer *p)
{
	static const char ok[] = OK END;
	char data[4096];
	ssize_t n = 0;
	size_t heads = 0;
	bool in_body = false;

	while ((n = read(p->fd, data, sizeof(data))) > 0) {
		for (ssize_t i = 0; i < n && !in_body; i++) {
			heads = data[i] == "\r\n\r\n"[heads] ? heads + 1 : 0;
			in_body = heads == 4;
			if (in_body) {
				write_all(p->fd, BYTES(ok));
				memmove(data, data + i + 1,
				    (size_t)(n - i - 1));
				n -= i + 1;
				break;
			}
		}
		if (in_body)
			write_all(p->fd, data, (size_t)n);
		p->got += in_body ? (size_t)n : 0;
		if (p->got == p->send)
			break;
	}
	shutdown(p->fd, SHUT_WR);
}

static void *
peer_run(void *argument)
{
	static const char data[4096];
	struct peer *p = argument;
	char in[4096];
	ssize_t n;

	if (p->echo) {
		peer_echo(p);
		return NULL;
	}
	if (p->reads) {
		while ((n = read(p->fd, in, sizeof(in))) > 0)
			p->got += (size_t)n;
		return NULL;
	}
	for (const char *s = p->text; *s != '\0'; s++)
		write_all(p->fd, s, 1);
	for (size_t i = 0; i < p->send; i += sizeof(data))
		write_all(p->fd, data, sizeof(data));
	return NULL;
}

static void
peer_begin(struct peer *p)
{
	int flags = fcntl(p->fd, F_GETFL);

	fcntl(p->fd, F_SETFL, flags & ~O_NONBLOCK);
	if (pthread_create(&p->thread, NULL, peer_run, p) != 0)
		abort();
}

static struct peer	*origin_peer;

/* The origin is one of these. */
static struct stream *
dial_peer(void *context, const char *host, uint16_t port, struct error *err)
{
	struct stream *s = script_socket(&origin_peer->fd);

	(void)context;
	(void)host;
	(void)port;
	(void)err;
	peer_begin(origin_peer);
	return s;
}

static void
test_split(void)
{
	struct peer client = { .text = POST CHUNKED CLOSE END
	    "3\r\nabc\r\n0\r\n\r\n" };
	struct peer origin = { .text = OK LENGTH(3) END "xyz" };
	struct fixture f;

	fixture_init(&f);
	f.relay.dial = dial_peer;
	origin_peer = &origin;
	client.fd = f.client;
	peer_begin(&client);
	is_int(run(&f), RESULT_OK, "all comes byte by byte");
	pthread_join(client.thread, NULL);
	pthread_join(origin.thread, NULL);
	client_got(&f, OK LENGTH(3) VIA CLOSE END "xyz", "... the response");
	close(origin.fd);
	fixture_free(&f);
}

#define MUCH	(4 * 1024 * 1024)

/* An origin that has said no, and reads no more. */
static void
test_early(void)
{
	struct peer client = { .text = POST "Content-Length: 4194304\r\n\r\n",
		.send = MUCH };
	struct fixture f;

	fixture_init(&f);
	f.answers[0] = "HTTP/1.1 413 Content Too Large\r\n" LENGTH(0) END;
	client.fd = f.client;
	peer_begin(&client);
	is_int(run(&f), RESULT_OK, "an early response to a big request");
	pthread_join(client.thread, NULL);
	client_got(&f, "HTTP/1.1 413 Content Too Large\r\n" LENGTH(0) VIA
	    CLOSE END, "... is there, and the last one");
	fixture_free(&f);
}

/* Nobody has to take all before the other one may speak. */
static void
test_both_ways(void)
{
	struct peer client = { .text = "POST http://a/ HTTP/1.0\r\n"
	    "Content-Length: 4194304\r\n\r\n", .send = MUCH };
	struct peer origin = { .echo = true, .send = MUCH };
	struct peer reader = { .reads = true };
	struct fixture f;

	fixture_init(&f);
	f.relay.dial = dial_peer;
	origin_peer = &origin;
	client.fd = reader.fd = f.client;
	peer_begin(&client);
	peer_begin(&reader);
	is_int(run(&f), RESULT_OK, "much goes both ways at once");
	pthread_join(client.thread, NULL);
	pthread_join(reader.thread, NULL);
	pthread_join(origin.thread, NULL);
	is_int((int64_t)origin.got, MUCH, "... to the origin");
	is_int((int64_t)reader.got, MUCH + (int64_t)strlen(OK VIA CLOSE END),
	    "... and back");
	is_int((int64_t)f.relay.received, MUCH, "... which is counted");
	close(origin.fd);
	fixture_free(&f);
}
