/* SPDX-License-Identifier: ISC */
/* What tshark says of whole sessions is in tests/bats/tappcap.bats; that all
 * checksums and numbers hold, in the fuzzer. */
#include "tap.h"
#include "wire/pcapng.h"

static void	test_start(void);
static void	test_syn(void);
static void	test_udp(void);
static void	test_blocks(void);
static void	test_over(void);

int
main(void)
{
	test_start();
	test_syn();
	test_udp();
	test_blocks();
	test_over();
	return tap_done();
}

static struct pcapng_flow
flow(void)
{
	return (struct pcapng_flow){
		.end = { { { 127, 0, 0, 1 }, 1 }, { { 127, 0, 0, 2 }, 2 } },
		.next = { 0x01020304, 0xfffffffe },
	};
}

/* The blocks in n bytes; -1: they are not whole. */
static int
blocks(const unsigned char *data, size_t n)
{
	int count = 0;

	for (size_t at = 0; at < n; count++) {
		size_t length = data[at + 4] | (size_t)data[at + 5] << 8 |
		    (size_t)data[at + 6] << 16;

		if (n - at < 12 || length % 4 != 0 || length > n - at ||
		    memcmp(data + at + 4, data + at + length - 4, 4) != 0)
			return -1;
		at += length;
	}
	return count;
}

static void
test_start(void)
{
	static const unsigned char want[] = {
		0x0a, 0x0d, 0x0d, 0x0a, 40, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a,
		1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		4, 0, 2, 0, 'm', 'e', 0, 0, 0, 0, 0, 0, 40, 0, 0, 0,
		1, 0, 0, 0, 40, 0, 0, 0, 101, 0, 0, 0, 0, 0, 4, 0,
		2, 0, 2, 0, 'm', 'e', 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0,
		40, 0, 0, 0,
	};
	unsigned char out[PCAPNG_START_MAX];
	size_t n = pcapng_start("me", out);

	is_int((long long)n, (long long)sizeof(want), "the start: length");
	is_mem(out, sizeof(want), want, sizeof(want), "the start of a file");
}

static void
test_syn(void)
{
	static const unsigned char want[] = {
		6, 0, 0, 0, 104, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0,
		48, 0, 0, 0, 48, 0, 0, 0,
		/* IP */
		0x45, 0, 0, 48, 0, 0, 0x40, 0, 64, 6, 0x3c, 0xc5,
		127, 0, 0, 1, 127, 0, 0, 2,
		/* TCP */
		0, 1, 0, 2, 1, 2, 3, 4, 0, 0, 0, 0, 0x70, 2, 0xff, 0xff,
		0x87, 0xe1, 0, 0, 2, 4, 0xff, 0xd7, 1, 3, 3, 14,
		2, 0, 4, 0, 2, 0, 0, 0, 1, 0, 5, 0, 'h', 'e', 'l', 'l',
		'o', 0, 0, 0, 0, 0, 0, 0, 104, 0, 0, 0,
	};
	struct pcapng_flow f = flow();
	unsigned char out[PCAPNG_BEGIN_MAX];
	size_t n = pcapng_begin(&f, INT64_C(0x100000002), "hello", out);

	is_int(blocks(out, n), 3, "a handshake is three packets");
	is_mem(out, sizeof(want), want, sizeof(want), "the first one");
	is_int(f.next[PCAPNG_SENT], 0x01020305, "our next number");
	is_int(f.next[PCAPNG_RECEIVED], 0xffffffff, "the peer's");
}

static void
test_udp(void)
{
	static const unsigned char want[] = {
		/* IPv6 */
		0x60, 0, 0, 0, 0, 9, 17, 64,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
		0, 2, 0, 1, 0, 9, 0x98, 0xd7, 'g',
	};
	struct pcapng_flow f = { .ipv6 = true, .datagrams = true,
		.end = { { { [15] = 1 }, 1 }, { { [15] = 1 }, 2 } } };
	unsigned char out[PCAPNG_DATA_MAX];
	size_t taken;

	is_int((long long)pcapng_begin(&f, 0, "x", out), 0,
	    "datagrams have no handshake");
	is_int(blocks(out, pcapng_data(&f, PCAPNG_RECEIVED, 0, NULL,
	    (const unsigned char *)"g", 1, &taken, out)), 1, "one packet");
	is_mem(out + 28, sizeof(want), want, sizeof(want),
	    "a datagram of the peer");
	is_int(blocks(out, pcapng_data(&f, PCAPNG_SENT, 0, NULL, NULL, 0,
	    &taken, out)), 1, "an empty one is one, too");
	is_int((long long)pcapng_finish(&f, PCAPNG_SENT, 0, out), 0,
	    "datagrams have no end");
}

/* Data, cut, and acknowledged now and then. */
static void
test_blocks(void)
{
	static const unsigned char data[2 * PCAPNG_SEGMENT];
	static unsigned char out[PCAPNG_DATA_MAX];
	char comment[PCAPNG_COMMENT_MAX + 1];
	struct pcapng_flow f = flow();
	size_t taken, n, most = 0;
	int acks = 0;

	memset(comment, 'c', sizeof(comment));
	comment[PCAPNG_COMMENT_MAX] = '\0';
	pcapng_begin(&f, 1, NULL, out);
	for (int i = 0; i < 100; i++) {
		n = pcapng_data(&f, PCAPNG_SENT, 1, comment, data,
		    sizeof(data), &taken, out);
		most = n > most ? n : most;
		acks += blocks(out, n) - 1;
		if (taken != PCAPNG_SEGMENT)
			break;
	}
	is_int((long long)taken, PCAPNG_SEGMENT, "what a packet has room for");
	ok(most <= sizeof(out), "%zu bytes of it at most", most);
	is_int(acks, 100 / 17, "acknowledged after each MiB");
	is_int(f.next[PCAPNG_SENT], 0x01020305 + 100 * PCAPNG_SEGMENT,
	    "the number that is next");
	n = pcapng_begin(&f, 1, comment, out);
	ok(n <= PCAPNG_BEGIN_MAX, "a handshake with a long comment");
}

static void
test_over(void)
{
	struct pcapng_flow f = flow();
	unsigned char out[PCAPNG_DATA_MAX];
	size_t taken;

	is_int(blocks(out, pcapng_finish(&f, PCAPNG_SENT, 0, out)), 2,
	    "FIN and its acknowledgement");
	is_int((long long)pcapng_finish(&f, PCAPNG_SENT, 0, out), 0,
	    "... once");
	is_int((long long)pcapng_data(&f, PCAPNG_SENT, 0, NULL, out, 1, &taken,
	    out), 0, "nothing is sent behind it");
	is_int((long long)taken, 1, "... it is forgotten");
	is_int(blocks(out, pcapng_data(&f, PCAPNG_RECEIVED, 0, NULL,
	    (const unsigned char *)"x", 1, &taken, out)), 1,
	    "the peer goes on");
	is_int(blocks(out, pcapng_reset(&f, PCAPNG_RECEIVED, 0, out)), 1,
	    "until it resets");
	is_int((long long)pcapng_finish(&f, PCAPNG_RECEIVED, 0, out), 0,
	    "then all is over");
	is_int((long long)pcapng_reset(&f, PCAPNG_SENT, 0, out), 0,
	    "... for both");
}
