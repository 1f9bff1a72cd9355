/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/habit.h"

static void	test_advice(void);
static void	test_relay(void);
static void	test_nothing(void);
static void	test_long(void);

int
main(void)
{
	test_advice();
	test_relay();
	test_nothing();
	test_long();
	return tap_done();
}

/* What is said, as operands of an initiator, of a listener, and as a target. */
static void
test_advice(void)
{
	static const struct {
		const char		*text;
		enum habit_kind		 kind;
		const char		*dial, *listen, *target;
	} tests[] = {
		{ "http://localhost:80/", HABIT_URL, "localhost 80",
		    "localhost 80", "localhost:80" },
		{ "https://www.example.com", HABIT_URL,
		    "-c www.example.com 443", "-c www.example.com 443",
		    "tls:www.example.com:443" },
		{ "HTTPS://user:pw@h:8443/a@b:1?c#d", HABIT_URL, "-c h 8443",
		    "-c h 8443", "tls:h:8443" },
		{ "https://[::1]:8443/", HABIT_URL, "-c ::1 8443",
		    "-c ::1 8443", "tls:[::1]:8443" },
		{ "http://[::1]", HABIT_URL, "::1 80", "::1 80", "[::1]:80" },
		{ "tcp://h:1", HABIT_URL, "h 1", "h 1", "h:1" },
		{ "tcp://h", HABIT_URL, "h port", "h port", "h:port" },
		{ "tls://h:443", HABIT_URL, "-c h 443", "-c h 443",
		    "tls:h:443" },
		{ "udp://h:53", HABIT_URL, "-u h 53", "-u h 53", "h:53" },
		{ "unix:///run/x.sock", HABIT_URL, "-U /run/x.sock",
		    "-U /run/x.sock", "/run/x.sock" },
		{ "ldap://h", HABIT_URL, "h ldap", "h ldap", "h:ldap" },
		{ "http://", HABIT_URL, "host 80", "80", "host:80" },

		{ "TCP:localhost:80", HABIT_SOCAT, "localhost 80",
		    "localhost 80", "localhost:80" },
		{ "TCP4:h:80,nodelay", HABIT_SOCAT, "h 80", "h 80", "h:80" },
		{ "tcp-connect:[::1]:80", HABIT_SOCAT, "::1 80", "::1 80",
		    "[::1]:80" },
		{ "TCP-LISTEN:8080,fork,reuseaddr", HABIT_SOCAT, "-l 8080",
		    "8080", "host:8080" },
		{ "TCP6-L:8080", HABIT_SOCAT, "-l 8080", "8080", "host:8080" },
		{ "OPENSSL:h:443,verify=0", HABIT_SOCAT, "-c h 443",
		    "-c h 443", "tls:h:443" },
		{ "OPENSSL-LISTEN:4433,cert=x", HABIT_SOCAT, "-l -c 4433",
		    "-c 4433", "tls:host:4433" },
		{ "ssl:h:443", HABIT_SOCAT, "-c h 443", "-c h 443",
		    "tls:h:443" },
		{ "UDP:h:53", HABIT_SOCAT, "-u h 53", "-u h 53", "h:53" },
		{ "UDP4-RECVFROM:53,fork", HABIT_SOCAT, "-l -u 53", "-u 53",
		    "host:53" },
		{ "UNIX-CONNECT:/run/x", HABIT_SOCAT, "-U /run/x",
		    "-U /run/x", "/run/x" },
		{ "UNIX-LISTEN:x,fork", HABIT_SOCAT, "-l -U x", "-U x",
		    "unix:x" },
		{ "ABSTRACT-CONNECT:x", HABIT_SOCAT, "-U @x", "-U @x", "@x" },
		{ "EXEC:date -u,pty", HABIT_SOCAT,
		    "--sh-exec 'date -u,pty'", "--sh-exec 'date -u,pty'",
		    "--sh-exec 'date -u,pty'" },

		{ "tls:h:443", HABIT_OURS, "-c h 443", "-c h 443",
		    "tls:h:443" },
		{ "tls:h", HABIT_SOCAT, "-c h port", "-c h port",
		    "tls:h:port" },
		{ "unix:x", HABIT_OURS, "-U x", "-U x", "unix:x" },

		{ "37020:localhost:37080", HABIT_SSH,
		    "-lk --forward localhost:37080 37020",
		    "--forward localhost:37080 37020",
		    "localhost:37080 37020" },
		{ "127.0.0.1:8080:10.0.0.1:80", HABIT_SSH,
		    "-lk --forward 10.0.0.1:80 8080",
		    "--forward 10.0.0.1:80 8080", "10.0.0.1:80 8080" },
		{ "8080:/run/x.sock", HABIT_SSH,
		    "-lk --forward /run/x.sock 8080",
		    "--forward /run/x.sock 8080", "/run/x.sock 8080" },

		{ "/dev/tcp/localhost/80", HABIT_BASH, "localhost 80",
		    "localhost 80", "localhost:80" },
		{ "/dev/udp/h/53", HABIT_BASH, "-u h 53", "-u h 53", "h:53" },
		{ "localhost/80", HABIT_SLASH, "localhost 80", "localhost 80",
		    "localhost:80" },

		{ "/run/x", HABIT_PATH, "-U /run/x", "-U /run/x", "/run/x" },
		{ "./x.sock", HABIT_PATH, "-U ./x.sock", "-U ./x.sock",
		    "unix:./x.sock" },
		{ "docker.sock", HABIT_PATH, "-U docker.sock",
		    "-U docker.sock", "unix:docker.sock" },
		{ "./80", HABIT_PATH, "-U ./80", "-U ./80", "unix:./80" },
		{ "@x", HABIT_PATH, "-U @x", "-U @x", "@x" },
	};
	const char *want[3];
	char advice[4096], *write;
	struct habit h;

	for (size_t i = 0; i < NITEMS(tests); i++) {
		is_int(habit_recognize(tests[i].text, &h), tests[i].kind,
		    "\"%s\": what it is", tests[i].text);
		if (h.kind != tests[i].kind)
			continue;
		want[HABIT_DIAL] = tests[i].dial;
		want[HABIT_LISTEN] = tests[i].listen;
		want[HABIT_TARGET] = tests[i].target;
		for (int use = HABIT_DIAL; use <= HABIT_TARGET; use++) {
			habit_advice(&h, (enum habit_use)use, advice,
			    sizeof(advice));
			write = strstr(advice, ": write ");
			is_str(write == NULL ? advice : write + 8, want[use],
			    "\"%s\": what to write, use %d", tests[i].text,
			    use);
		}
	}
}

static void
test_relay(void)
{
	static const struct {
		const char	*listens, *target, *want;
	} tests[] = {
		{ "TCP-LISTEN:8080,fork", "TCP:localhost:80",
		    "-lk --forward localhost:80 8080" },
		{ "UNIX-LISTEN:x,fork", "OPENSSL:h:443",
		    "-lk --forward tls:h:443 -U x" },
		{ "TCP-L:1", "EXEC:date", "-lk --sh-exec 'date' 1" },
		{ "UDP-L:1", "UDP:h:2", "-lk --forward h:2 -u 1" },
	};
	struct habit listens, target;
	char got[4096];

	for (size_t i = 0; i < NITEMS(tests); i++) {
		habit_recognize(tests[i].listens, &listens);
		habit_recognize(tests[i].target, &target);
		is_str(habit_relay(&listens, &target, got, sizeof(got)),
		    tests[i].want, "%s %s", tests[i].listens,
		    tests[i].target);
	}
}

static void
test_nothing(void)
{
	static const char *const tests[] = {
		"", "-", "localhost", "localhost:80", "[::1]:80", "::1",
		"::1:80", "fe80::1%eth0", "1:2:3:4:5:6:7:8", "a:b:c", "80",
		"TCP", "TCPX:h:80", "TCP4", "sock", ".sock", "@",
		"localhost:http:80", "8080:", ":8080", "8080::80",
		"1:2:3:4:5", "host:80:90:100", "unix:",
	};
	struct habit h;

	for (size_t i = 0; i < NITEMS(tests); i++)
		is_int(habit_recognize(tests[i], &h), HABIT_NONE,
		    "\"%s\" is nothing known", tests[i]);
}

/* What does not fit is left out, and not cut. */
static void
test_long(void)
{
	static char text[70000];
	struct habit h;
	char advice[64];

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "http://", 7);
	is_int(habit_recognize(text, &h), HABIT_URL, "a long URL");
	is_str(h.host, "", "... has no host that fits");
	is_str(habit_advice(&h, HABIT_DIAL, advice, sizeof(advice)),
	    "this is a URL, and no HTTP is spoken here: write host 80",
	    "... so `host' stands for it");
	is_str(habit_advice(&h, HABIT_DIAL, advice, 14), "this is a URL",
	    "advice that is cut");
}
