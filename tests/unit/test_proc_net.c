/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tap.h"
#include "wire/proc_net.h"

static void	test_ipv4(void);
static void	test_ipv6(void);
static void	test_unix(void);
static void	test_nonsense(void);

int
main(void)
{
	test_ipv4();
	test_ipv6();
	test_unix();
	test_nonsense();
	return tap_done();
}

/* The kernel prints the words of an address as numbers of this host. */
static void
put_word(char *to, const unsigned char bytes[4])
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	snprintf(to, 9, "%08X", (unsigned)word);
}

static void
test_ipv4(void)
{
	static const unsigned char loopback[4] = { 127, 0, 0, 1 };
	struct proc_socket s;
	char word[9], line[256];

	put_word(word, loopback);
	snprintf(line, sizeof(line), "   3: %s:1F90 00000000:0000 0A "
	    "00000000:00000000 00:00000000 00000000  1000        0 48151623 1 "
	    "0000000000000000 100 0 0 10 0                     \n", word);
	ok(proc_net_inet(line, false, &s), "one that listens");
	is_mem(s.address, 4, loopback, 4, "its address");
	is_int(s.port, 8080, "its port");
	ok(s.listens, "it does");
	is_int(s.user, 1000, "its user");
	is_int((long long)s.inode, 48151623, "its inode");
	ok(!proc_net_inet("  sl  local_address rem_address   st tx_queue "
	    "rx_queue tr tm->when retrnsmt   uid  timeout inode\n", false, &s),
	    "the names of the fields");
	ok(!proc_net_inet(line, true, &s), "it is not IPv6");
	/* Of UDP, whose numbers are wider. */
	snprintf(line, sizeof(line), "12345: %s:0035 00000000:0000 07 "
	    "00000000:00000000 00:00000000 00000000     0        0 7 2 "
	    "0000000000000000 0\n", word);
	ok(proc_net_inet(line, false, &s) && s.port == 53 && s.inode == 7 &&
	    !s.listens,
	    "one of UDP");
}

static void
test_ipv6(void)
{
	static const unsigned char address[16] = { 0x20, 0x01, 0x0d, 0xb8,
	    [15] = 1 };
	struct proc_socket s;
	char words[33] = "", line[300];

	for (int i = 0; i < 4; i++)
		put_word(words + 8 * i, address + 4 * i);
	snprintf(line, sizeof(line), "   0: %s:0016 "
	    "00000000000000000000000000000000:0000 0A 00000000:00000000 "
	    "00:00000000 00000000     0        0 20 1\n", words);
	ok(proc_net_inet(line, true, &s), "one of IPv6");
	is_mem(s.address, 16, address, 16, "its address");
	is_int(s.port, 22, "its port");
	ok(!proc_net_inet(line, false, &s), "it is not IPv4");
}

static void
test_unix(void)
{
	struct proc_socket s;

	ok(proc_net_unix("0000000000000000: 00000002 00000000 00010000 0001 "
	    "01 31415 /run/a b\n", &s), "one with a path");
	is_mem(s.path, (size_t)s.path_length, BYTES("/run/a b"), "its path");
	is_int((long long)s.inode, 31415, "its inode");
	ok(s.listens, "it listens");
	ok(proc_net_unix("0000000000000000: 00000002 00000000 00010000 0001 "
	    "01 31415 @name", &s), "one in the abstract namespace");
	is_mem(s.path, (size_t)s.path_length, BYTES("@name"), "its name");
	ok(proc_net_unix("0000000000000000: 00000003 00000000 00000000 0001 "
	    "03 9\n", &s), "one without a name");
	is_int(s.path_length, 0, "it has none");
	ok(!s.listens, "it is connected");
	ok(!proc_net_unix("Num       RefCount Protocol Flags    Type St Inode "
	    "Path\n", &s), "the names of the fields");
}

/* Cut anywhere, a line is none, and nothing behind it is looked at. */
static void
test_nonsense(void)
{
	static const char line[] = "   3: 0100007F:1F90 00000000:0000 0A "
	    "00000000:00000000 00:00000000 00000000  1000        0 4711 ";
	struct proc_socket s;
	char cut[sizeof(line)];
	bool good = true;

	for (size_t n = 0; n < sizeof(line) - 1; n++) {
		memcpy(cut, line, n);
		cut[n] = '\0';
		good = good && !proc_net_inet(cut, false, &s);
	}
	ok(good, "a line that was cut");
	ok(proc_net_inet(line, false, &s), "the whole line");
	ok(!proc_net_inet("0: 0100007F:1F90F 0 0A 0 0 0 0 0 4711 1", false,
	    &s), "a port that is too long");
	ok(!proc_net_inet("0: 0100007F:1F90 0 0A 0 0 0 9999999999 0 4711 1",
	    false, &s), "a user that is too large");
	ok(!proc_net_unix("", &s) && !proc_net_unix(":", &s), "nothing");
}
