/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/pump.h"
#include "script.h"
#include "tap.h"

static void	test_both_ways(void);
static void	test_half_close(void);
static void	test_peer_breaks(void);
static void	test_peer_does_not_read(void);
static void	test_input_breaks(void);
static void	test_output_breaks(void);
static void	test_duplex(void);
static void	test_ends_early(void);
static void	test_layer(void);
static void	test_telnet(void);
static void	test_doubt(void);
static void	test_times(void);
static void	test_probes(void);
static void	test_next_client(void);
static void	test_turns(void);
static void	test_settle(void);

int
main(void)
{
	test_both_ways();
	test_half_close();
	test_peer_breaks();
	test_peer_does_not_read();
	test_input_breaks();
	test_output_breaks();
	test_duplex();
	test_ends_early();
	test_layer();
	test_telnet();
	test_doubt();
	test_times();
	test_probes();
	test_next_client();
	test_turns();
	test_settle();
	return tap_done();
}

/* --- help ---------------------------------------------------------------- */

static const struct pump_options usual = {
	.send = true,
	.receive = true,
	.half_close = true,
	.wait_acknowledged = true,
	.quit_after = CLOCK_NEVER,
	.quit_unheard = CLOCK_NEVER,
	.idle_timeout = CLOCK_NEVER,
};

struct fixture {
	struct script		*net, *local;
	struct pump_options	 o;
	struct pump_setup	 setup;
	struct pump_counts	 counts;
	struct error		 err;
	bool			 abort;
	int			 net_closed, local_closed;
};

/* What the peer says, and our input; all that is written is taken. */
static void
begin(struct fixture *f, const struct script_step *peer,
    const struct script_step *input)
{
	*f = (struct fixture){
		.net = script_new(peer, NULL),
		.local = script_new(input, NULL),
		.o = usual,
		.setup = { .zero_copy = true, .deadline = CLOCK_NEVER },
		.err = { .result = RESULT_OK },
	};
	f->net->stream.name = f->net->stream.in_name = "the network";
	f->net->stream.network = true;
	f->local->stream.name = "the output";
	f->local->stream.in_name = "the input";
}

/* Pump: how it ends, and what it says of that; NULL: nothing. */
static void
pumps(struct fixture *f, enum result want, const char *text, const char *name)
{
	enum result got = pump_run(&f->net->stream, &f->local->stream, &f->o,
	    &f->setup, &f->counts, &f->abort, &f->err);

	is_int(got, want, "%s", name);
	is_str(f->err.text, text != NULL ? text : "", "%s: said", name);
}

/* What has arrived at each end, and was counted. */
static void
moved(struct fixture *f, const char *sent, const char *received,
    const char *name)
{
	is_mem(f->net->taken, f->net->taken_n, sent, strlen(sent),
	    "%s: sent", name);
	is_mem(f->local->taken, f->local->taken_n, received, strlen(received),
	    "%s: received", name);
	is_int((int64_t)f->counts.sent, (int64_t)strlen(sent),
	    "%s: bytes sent", name);
	is_int((int64_t)f->counts.received, (int64_t)strlen(received),
	    "%s: bytes received", name);
}

static void
end(struct fixture *f)
{
	stream_close(&f->net->stream, f->abort);
	stream_close(&f->local->stream, false);
}

/* --- ends ---------------------------------------------------------------- */

static void
test_both_ways(void)
{
	static const struct script_step peer[] = { AGAIN, GIVE("one "), AGAIN,
		AGAIN, GIVE("two"), LAST };
	static const struct script_step input[] = { GIVE("a"), AGAIN,
		GIVE("bcd"), LAST };
	static const struct script_step slow[] = { AGAIN, TAKE(1), AGAIN,
		TAKE(2), AGAIN, LAST };
	struct fixture f;

	begin(&f, peer, input);
	f.net->writes = f.local->writes = slow;
	pumps(&f, RESULT_OK, NULL, "both ways");
	moved(&f, "abcd", "one two", "both ways");
	is_int(f.net->shutdowns, 1, "the peer is told of the end, once");
	is_int((int64_t)f.net->taken_at_shutdown, 4, "behind the last byte");
	is_int(f.local->shutdowns, 1, "so is the local end");
	is_int((int64_t)f.local->taken_at_shutdown, 7, "behind its last byte");
	ok(!f.abort, "it was a clean end");
	ok(f.counts.peer_ended && f.counts.local_ended, "of both");
	end(&f);

	begin(&f, NULL, NULL);
	pumps(&f, RESULT_OK, NULL, "nothing at all");
	moved(&f, "", "", "nothing at all");
	end(&f);
}

static void
test_half_close(void)
{
	/* Who answers when all was asked, and who has answered before. */
	static const struct script_step asked[] = { SHUT, GIVE("answer"),
		LAST };
	static const struct script_step before[] = { AGAIN, AGAIN, AGAIN,
		GIVE("answer"), AGAIN, LAST };
	static const struct script_step input[] = { GIVE("question"), LAST };
	struct fixture f;

	begin(&f, asked, input);
	pumps(&f, RESULT_OK, NULL, "a half-close");
	moved(&f, "question", "answer", "a half-close");
	is_int((int64_t)f.net->taken_at_shutdown, 8, "the whole question");
	end(&f);

	begin(&f, before, input);
	f.net->stream.ends_both = true;
	f.setup.end_silence = CLOCK_NEVER;
	pumps(&f, RESULT_OK, NULL, "a peer that takes an end for both");
	moved(&f, "question", "answer", "a peer that takes an end for both");
	is_int((int64_t)f.net->read_at_shutdown, 5, "it is told at its end");
	end(&f);

	begin(&f, before, input);
	f.o.half_close = false;
	pumps(&f, RESULT_OK, NULL, "no half-close");
	is_int(f.net->shutdowns, 0, "the peer is not told");
	moved(&f, "question", "answer", "no half-close");
	end(&f);

	begin(&f, asked, NULL);
	f.setup.end_silence = 30 * CLOCK_MS;
	pumps(&f, RESULT_OK, NULL, "no input");
	moved(&f, "", "answer", "no input");
	is_int(f.net->shutdowns, 1, "the peer is told after a silence");
	end(&f);
}

/* --- failures ------------------------------------------------------------ */

static void
test_peer_breaks(void)
{
	static const struct script_step peer[] = { GIVE("part"),
		FAIL(ECONNRESET) };
	static const struct script_step input[] = { GIVE("abc"), BLOCK };
	static const struct script_step slow[] = { AGAIN, AGAIN, TAKE(1),
		AGAIN, LAST };
	const struct error fault = { .result = RESULT_DENIED,
		.text = "the layer knows" };
	struct fixture f;

	begin(&f, peer, input);
	f.local->writes = slow;
	pumps(&f, RESULT_BROKEN, "the connection broke: Connection reset by "
	    "peer (sent 3 bytes, received 4 bytes)", "the peer breaks");
	moved(&f, "abc", "part", "the peer breaks: what came before");
	end(&f);

	begin(&f, peer, input);
	f.net->stream.fault = &fault;
	pumps(&f, RESULT_DENIED, "the layer knows (sent 3 bytes, received 4 "
	    "bytes)", "a layer says why");
	end(&f);
}

static void
test_peer_does_not_read(void)
{
	static const struct script_step peer[] = { GIVE("bye"), LAST };
	static const struct script_step input[] = { GIVE("abcdef"), GIVE("g"),
		LAST };
	static const struct script_step writes[] = { TAKE(2), FAIL(EPIPE) };
	struct fixture f;

	begin(&f, peer, input);
	f.net->writes = writes;
	pumps(&f, RESULT_BROKEN, "the connection broke: Broken pipe (sent 2 "
	    "bytes, received 3 bytes)", "the peer does not read");
	moved(&f, "ab", "bye", "the peer does not read: what it said");
	ok(!f.counts.local_ended, "our input had more to say");
	is_int((int64_t)stream_returned(&f.local->stream), 4,
	    "the input has back what did not go");
	end(&f);
}

static void
test_input_breaks(void)
{
	static const struct script_step peer[] = { BLOCK };
	static const struct script_step input[] = { GIVE("abc"), FAIL(EIO) };
	static const struct script_step gone[] = { GIVE("abc"),
		FAIL(ECONNRESET) };
	struct fixture f;

	begin(&f, peer, input);
	pumps(&f, RESULT_LOCAL, "the input: Input/output error (sent 3 bytes, "
	    "received 0 bytes)", "the input breaks");
	moved(&f, "abc", "", "the input breaks: what came before");
	ok(f.abort, "the peer shall know that it is no end");
	end(&f);

	begin(&f, NULL, gone);
	f.local->stream.duplex = f.setup.local_may_leave = true;
	pumps(&f, RESULT_OK, NULL, "a command that left something unread");
	moved(&f, "abc", "", "a command that left something unread");
	end(&f);
}

static void
test_output_breaks(void)
{
	static const struct script_step peer[] = { GIVE("abc"), BLOCK };
	static const struct script_step input[] = { BLOCK };
	static const struct script_step full[] = { TAKE(1), FAIL(ENOSPC) };
	static const struct script_step gone[] = { FAIL(EPIPE) };
	struct fixture f;

	begin(&f, peer, input);
	f.local->writes = full;
	pumps(&f, RESULT_LOCAL, "the output: No space left on device (sent 0 "
	    "bytes, received 1 bytes)", "the output breaks");
	moved(&f, "", "a", "the output breaks");
	ok(f.abort, "the peer shall know");
	end(&f);

	begin(&f, peer, input);
	f.local->writes = gone;
	pumps(&f, RESULT_PIPE, "the output: Broken pipe",
	    "the reader of the output has gone");
	end(&f);
}

/* A command or a target may read no more, and still have something to say. */
static void
test_duplex(void)
{
	static const struct script_step peer[] = { GIVE("lost"), SHUT, LAST };
	static const struct script_step input[] = { AGAIN, AGAIN, GIVE("rest"),
		LAST };
	static const struct script_step gone[] = { FAIL(EPIPE) };
	struct fixture f;

	for (int i = 0; i < 2; i++) {
		begin(&f, peer, input);
		f.local->writes = gone;
		f.local->stream.duplex = true;
		f.setup.local_may_leave = i == 1;
		pumps(&f, i == 1 ? RESULT_OK : RESULT_BROKEN, i == 1 ? NULL :
		    "the output does not take any more (sent 4 bytes, received "
		    "0 bytes)", i == 1 ? "a command stops reading" :
		    "a target stops reading");
		moved(&f, "rest", "", "what it still had to say");
		ok(f.abort == (i == 0), "whether that is a failure");
		end(&f);
	}
}

/* --- leaving before the end ---------------------------------------------- */

static void
test_ends_early(void)
{
	static const struct script_step pieces[] = { GIVE("a"), GIVE("b"),
		GIVE("c"), SHUT, LAST };
	static const struct script_step ended[] = { GIVE("abc"), LAST };
	static const struct script_step blocked[] = { BLOCK };
	static const struct script_step input[] = { GIVE("x"), BLOCK };
	struct fixture f;

	begin(&f, pieces, NULL);
	f.o.read_limit = 2;
	pumps(&f, RESULT_OK, NULL, "a limit of reads");
	moved(&f, "", "ab", "a limit of reads");
	end(&f);

	begin(&f, ended, input);
	f.o.exit_on_eof = true;
	pumps(&f, RESULT_OK, NULL, "leave with the peer");
	moved(&f, "x", "abc", "leave with the peer");
	end(&f);

	begin(&f, blocked, ended);
	f.o.quit_after = 0;
	pumps(&f, RESULT_OK, NULL, "leave with our input");
	moved(&f, "abc", "", "leave with our input");
	end(&f);

	begin(&f, ended, ended);
	f.o.receive = false;
	pumps(&f, RESULT_OK, NULL, "nothing is received");
	moved(&f, "abc", "", "nothing is received");
	is_int((int64_t)f.net->read, 1, "what the peer says is forgotten");
	end(&f);

	begin(&f, ended, ended);
	f.o.send = false;
	pumps(&f, RESULT_OK, NULL, "nothing is sent");
	moved(&f, "", "abc", "nothing is sent");
	is_int(f.local->calls_read, 0, "the input is not read");
	end(&f);
}

/* --- layers -------------------------------------------------------------- */

/* One that wants to read before it can write, and one whose bytes poll(2)
 * can't see. */
static void
test_layer(void)
{
	static const struct script_step peer[] = { AGAIN, AGAIN, GIVE("key"),
		GIVE("more"), AGAIN, LAST };
	static const struct script_step input[] = { GIVE("abc"), LAST };
	static const struct script_step writes[] = { OTHER(3), LAST };
	struct fixture f;

	begin(&f, peer, input);
	f.net->writes = writes;
	pumps(&f, RESULT_OK, NULL, "a layer that reads in order to write");
	moved(&f, "abc", "keymore", "a layer that reads in order to write");
	end(&f);

	begin(&f, peer, NULL);
	f.net->stream.more = true;
	script_go_on_reading(f.net);
	pumps(&f, RESULT_OK, NULL, "bytes that poll can't see");
	moved(&f, "", "keymore", "bytes that poll can't see");
	end(&f);

	begin(&f, NULL, input);
	stream_unread(&f.net->stream, "glued", 5);
	stream_unread(&f.local->stream, "before ", 7);
	pumps(&f, RESULT_OK, NULL, "bytes that were unread");
	moved(&f, "before abc", "glued", "bytes that were unread");
	end(&f);
}

/* The answer to an option goes between our own bytes. */
static void
test_telnet(void)
{
	static const struct script_step peer[] = { GIVE("a\377\375\001b"),
		SHUT, LAST };
	static const struct script_step input[] = { AGAIN, AGAIN, AGAIN,
		GIVE("xyz"), LAST };
	struct fixture f;

	begin(&f, peer, input);
	f.o.telnet = true;
	pumps(&f, RESULT_OK, NULL, "telnet");
	is_mem(f.local->taken, f.local->taken_n, "ab", 2, "without options");
	is_mem(f.net->taken, f.net->taken_n, "\377\374\001xyz", 6,
	    "the answer goes before what came later");
	is_int((int64_t)f.counts.sent, 3, "it does not count");
	end(&f);
}

/* --- at the end ---------------------------------------------------------- */

static void
test_doubt(void)
{
	static const struct script_step peer[] = { FAIL(ECONNRESET) };
	static const struct script_step input[] = { GIVE("abcdef"), LAST };
	struct fixture f;

	begin(&f, peer, input);
	f.net->unacked = 4;
	pumps(&f, RESULT_BROKEN, "the connection broke: Connection reset by "
	    "peer (sent 6 bytes, at least 4 of them in doubt: not "
	    "acknowledged; received 0 bytes)", "bytes in doubt");
	is_int((int64_t)f.counts.in_doubt, 4, "they are counted");
	end(&f);

	begin(&f, NULL, input);
	f.net->unacked = 5;
	f.o.idle_timeout = 30 * CLOCK_MS;
	pumps(&f, RESULT_TIMEOUT, "4 bytes were not acknowledged in time (sent "
	    "6 bytes, at least 4 of them in doubt: not acknowledged; received "
	    "0 bytes)", "the end is not counted");
	end(&f);

	begin(&f, NULL, input);
	f.net->unacked = 1;
	pumps(&f, RESULT_OK, NULL, "only the end is not acknowledged");
	end(&f);

	begin(&f, NULL, input);
	f.net->error = ECONNRESET;
	pumps(&f, RESULT_BROKEN, "the connection broke: Connection reset by "
	    "peer (sent 6 bytes, received 0 bytes)", "a reset at the end");
	end(&f);

	begin(&f, NULL, input);
	f.net->unacked = 3;
	f.net->connected = false;
	pumps(&f, RESULT_BROKEN, "the connection broke: Connection reset by "
	    "peer (sent 6 bytes, at least 2 of them in doubt: not "
	    "acknowledged; received 0 bytes)", "it is over, and in doubt");
	end(&f);

	begin(&f, NULL, input);
	f.net->unacked = 3;
	f.o.wait_acknowledged = false;
	pumps(&f, RESULT_OK, NULL, "nobody waits for that");
	end(&f);
}

static void
test_times(void)
{
	static const struct script_step blocked[] = { BLOCK };
	static const struct script_step input[] = { GIVE("abc"), BLOCK };
	struct fixture f;

	begin(&f, blocked, input);
	f.o.idle_timeout = 30 * CLOCK_MS;
	pumps(&f, RESULT_TIMEOUT, "nothing moved for 30.0 ms (sent 3 bytes, "
	    "received 0 bytes)", "an idle time");
	end(&f);

	begin(&f, blocked, input);
	f.setup.deadline = clock_after(clock_now(), 30 * CLOCK_MS);
	pumps(&f, RESULT_TIMEOUT, "the time for the whole run is over (sent 3 "
	    "bytes, received 0 bytes)", "a deadline");
	end(&f);

	begin(&f, blocked, input);
	f.o.rate = 100;
	f.o.quit_after = 0;
	f.local->reads = (const struct script_step[]){ GIVE("0123456789"),
		LAST };
	int64_t began = clock_now();
	pumps(&f, RESULT_OK, NULL, "a rate");
	moved(&f, "0123456789", "", "a rate");
	ok(clock_now() - began >= 40 * CLOCK_MS, "it takes its time");
	end(&f);
}

static void
test_probes(void)
{
	static const struct script_step input[] = { AGAIN, AGAIN, AGAIN, AGAIN,
		LAST };
	struct fixture f;

	begin(&f, NULL, input);
	f.setup.probe = f.setup.among_many = true;
	pumps(&f, RESULT_OK, NULL, "the peer ends before our input");
	ok(f.net->idle == 10 && f.net->interval == 10 && f.net->count == 6,
	    "its death would show in probes");
	end(&f);

	begin(&f, NULL, NULL);
	f.setup.among_many = true;
	pumps(&f, RESULT_OK, NULL, "no probes are wanted");
	is_int(f.net->idle, 0, "none are sent");
	end(&f);
}

/* One client after another: the next one waits. */
static void
test_next_client(void)
{
	static const struct script_step peer[] = { GIVE("abc"), LAST };
	static const struct script_step input[] = { GIVE("x"), BLOCK };
	int next[2] = { eventfd(1, EFD_CLOEXEC), -1 };
	struct fixture f;

	begin(&f, peer, input);
	f.setup.serial = true;
	f.setup.next_fd = next;
	pumps(&f, RESULT_OK, NULL, "the next client waits");
	moved(&f, "x", "abc", "the next client waits");
	close(next[0]);
	end(&f);
}

/* --- in turns ------------------------------------------------------------ */

static void
is_received(int fd, const char *want, const char *name)
{
	char data[64];
	ssize_t n = read(fd, data, sizeof(data));

	is_mem(data, n > 0 ? (size_t)n : 0, want, strlen(want), "%s", name);
}

/* Until it waits. */
static enum pump_turn
turn(struct pump *p, short net, short local)
{
	enum pump_turn t = pump_turn(p, net, local);

	while (t == PUMP_GOES_ON)
		t = pump_turn(p, 0, 0);
	return t;
}

static void
test_turns(void)
{
	const struct pump_setup setup = { .among_many = true, .zero_copy = true,
		.deadline = CLOCK_NEVER };
	struct error err = { .result = RESULT_OK };
	int client, target;
	struct stream *net = script_socket(&client);
	struct stream *local = script_socket(&target);
	struct pump_counts counts;
	short wants_net, wants_local;
	struct pump *p;
	bool abort;

	local->duplex = true;
	stream_unread(net, "hello ", 6);
	p = pump_open(net, local, &usual, &setup);
	is_int(turn(p, 0, 0), PUMP_WAITS, "nothing to do but what was unread");
	is_received(target, "hello ", "it has gone");
	pump_wants(p, &wants_net, &wants_local);
	ok(wants_net == POLLIN && wants_local == POLLIN, "both may speak");
	if (write(client, "world", 5) != 5)
		exit(1);
	is_int(turn(p, POLLIN, 0), PUMP_WAITS, "a turn");
	is_received(target, "world", "it has moved that");
	shutdown(client, SHUT_WR);
	is_int(turn(p, POLLIN, 0), PUMP_WAITS, "one direction has ended");
	is_received(target, "", "the end is passed on");
	if (write(target, "bye", 3) != 3)
		exit(1);
	shutdown(target, SHUT_WR);
	is_int(turn(p, 0, POLLIN), PUMP_WAITS, "the other one goes on");
	is_received(client, "bye", "what it says");
	is_int(turn(p, 0, POLLIN), PUMP_ENDED, "it has ended, too");
	is_int(pump_finish(p, &counts, &abort, &err), RESULT_OK, "how it ends");
	is_int((int64_t)counts.sent, 3, "bytes sent");
	is_int((int64_t)counts.received, 11, "bytes received");
	stream_close(net, abort);
	stream_close(local, false);
	close(client);
	close(target);
}

/* --- whose bytes others have moved --------------------------------------- */

/* Take leave of who says that and has not acknowledged so many bytes. */
static void
settles(const struct script_step *peer, size_t unacked, bool wait,
    int64_t deadline, enum result want, const char *text, const char *name)
{
	struct script *net = script_new(peer, NULL);
	struct error err = { .result = RESULT_OK };

	net->unacked = unacked;
	is_int(pump_settle(&net->stream, wait, deadline, &err), want, "%s",
	    name);
	is_str(err.text, text, "%s: said", name);
	is_int(net->shutdowns, 0, "%s: the peer is told nothing", name);
	stream_close(&net->stream, false);
}

static void
test_settle(void)
{
	static const struct script_step quiet[] = { BLOCK, LAST };
	static const struct script_step talks[] = { GIVE("unread"), AGAIN,
		LAST };
	static const struct script_step breaks[] = { GIVE("a"),
		FAIL(ECONNRESET) };

	settles(talks, 0, true, CLOCK_NEVER, RESULT_OK, "",
	    "what nobody has read is no harm");
	settles(quiet, 0, true, CLOCK_NEVER, RESULT_OK, "",
	    "all is acknowledged: nothing is waited for");
	settles(quiet, 7, false, CLOCK_NEVER, RESULT_OK, "",
	    "unless it is not wanted to wait");
	settles(quiet, 7, true, clock_now(), RESULT_TIMEOUT,
	    "7 bytes were not acknowledged in time (at least 7 bytes in "
	    "doubt: not acknowledged)", "the time is over");
	settles(breaks, 7, true, CLOCK_NEVER, RESULT_BROKEN, "the connection "
	    "broke: Connection reset by peer (at least 7 bytes in doubt: not "
	    "acknowledged)", "it breaks");
	settles(breaks, 0, true, CLOCK_NEVER, RESULT_BROKEN, "the connection "
	    "broke: Connection reset by peer", "it breaks, without doubt");
}
