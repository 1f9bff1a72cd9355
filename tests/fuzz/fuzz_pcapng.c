/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/pcapng.h"

#define PACKET_HEAD	28
#define FIN_OR_SYN	3

/* What the packets have said so far, of ours and of the peer's. */
struct heard {
	uint32_t	next[2];
	bool		begun[2];
	unsigned char	*data;		/* those of one piece */
	size_t		 n;
};

/* The kind of flow, its first number twice; then what happens: a byte, and for
 * data how much, and that. */
static unsigned
word(const unsigned char *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static uint32_t
long_word(const unsigned char *at)
{
	return (uint32_t)word(at) << 16 | word(at + 2);
}

static uint32_t
block_word(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	    (uint32_t)at[3] << 24;
}

/* With its own checksum in it, the sum is all ones. */
static void
check_sum(uint32_t total, const unsigned char *data, size_t n)
{
	for (size_t i = 0; i < n; i++)
		total += i % 2 == 0 ? (uint32_t)data[i] << 8 : data[i];
	while (total >> 16 != 0)
		total = (total & 0xffff) + (total >> 16);
	CHECK(total == 0xffff);
}

static void
check_tcp(struct heard *h, int way, const unsigned char *tcp, size_t n)
{
	size_t header = (size_t)(tcp[12] >> 4) * 4;
	unsigned flags = tcp[13];

	CHECK(header >= 20 && header <= n);
	if (h->begun[way])
		CHECK(long_word(tcp + 4) == h->next[way]);
	if ((flags & 0x10) != 0 && h->begun[!way])
		CHECK(long_word(tcp + 8) == h->next[!way]);
	h->begun[way] = true;
	h->next[way] = long_word(tcp + 4) + (uint32_t)(n - header) +
	    ((flags & FIN_OR_SYN) != 0);
	memcpy(h->data + h->n, tcp + header, n - header);
	h->n += n - header;
}

static void
check_packet(const struct pcapng_flow *f, struct heard *h,
    const unsigned char *ip, size_t n)
{
	size_t header = f->ipv6 ? 40 : 20, length = f->ipv6 ? 16 : 4;
	const unsigned char *addresses = ip + header - 2 * length;
	const unsigned char *upper = ip + header;
	int way = word(upper) == f->end[PCAPNG_SENT].port ? PCAPNG_SENT :
	    PCAPNG_RECEIVED;
	uint32_t pseudo = (uint32_t)(n - header) + (f->datagrams ? 17 : 6);

	CHECK(ip[0] >> 4 == (f->ipv6 ? 6 : 4));
	CHECK(word(ip + (f->ipv6 ? 4 : 2)) == n - (f->ipv6 ? 40 : 0));
	if (!f->ipv6)
		check_sum(0, ip, 20);
	CHECK(memcmp(addresses, f->end[way].address, length) == 0);
	for (size_t i = 0; i < 2 * length; i += 2)
		pseudo += word(addresses + i);
	check_sum(pseudo, upper, n - header);
	if (!f->datagrams) {
		check_tcp(h, way, upper, n - header);
		return;
	}
	CHECK(word(upper + 4) == n - header);
	memcpy(h->data + h->n, upper + 8, n - header - 8);
	h->n += n - header - 8;
}

static void
check_blocks(const struct pcapng_flow *f, struct heard *h,
    const unsigned char *out, size_t n, size_t most)
{
	CHECK(n <= most);
	for (size_t at = 0, length; at < n; at += length) {
		CHECK(n - at >= PACKET_HEAD && block_word(out + at) == 6);
		length = block_word(out + at + 4);
		CHECK(length % 4 == 0 && length <= n - at);
		CHECK(block_word(out + at + length - 4) == length);
		CHECK(block_word(out + at + 20) <= length - PACKET_HEAD);
		check_packet(f, h, out + at + PACKET_HEAD,
		    block_word(out + at + 20));
	}
}

/* All of the data is in the packets, unless that direction is over. */
static void
check_data(struct pcapng_flow *f, struct heard *h, enum pcapng_way way,
    const unsigned char *data, size_t n, const char *comment)
{
	unsigned char *out = fuzz_alloc(PCAPNG_DATA_MAX);
	bool over = f->over[way];
	size_t taken = 0, length;

	h->data = fuzz_alloc(n);
	h->n = 0;
	for (size_t at = 0; at < n; at += taken) {
		length = pcapng_data(f, way, 1, comment, data + at, n - at,
		    &taken, out);
		CHECK(taken > 0 && taken <= n - at);
		check_blocks(f, h, out, length, PCAPNG_DATA_MAX);
	}
	CHECK(h->n == (over ? 0 : n));
	CHECK(over || n == 0 || memcmp(h->data, data, n) == 0);
	free(h->data);
	free(out);
}

static void
check_event(struct pcapng_flow *f, struct heard *h, unsigned what)
{
	unsigned char *out = fuzz_alloc(PCAPNG_END_MAX);
	enum pcapng_way way = (what & 1) != 0 ? PCAPNG_SENT : PCAPNG_RECEIVED;
	size_t n = (what & 2) != 0 ? pcapng_finish(f, way, 2, out) :
	    pcapng_reset(f, way, 2, out);

	h->data = fuzz_alloc(0);
	h->n = 0;
	check_blocks(f, h, out, n, PCAPNG_END_MAX);
	CHECK(h->n == 0);
	free(h->data);
	free(out);
}

static void
check_begin(struct pcapng_flow *f, struct heard *h, const char *comment)
{
	unsigned char *out = fuzz_alloc(PCAPNG_BEGIN_MAX);

	h->data = fuzz_alloc(0);
	h->n = 0;
	check_blocks(f, h, out, pcapng_begin(f, 0, comment, out),
	    PCAPNG_BEGIN_MAX);
	free(h->data);
	free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pcapng_flow f = { .end = { { { 1, 2, 3, 4, 5 }, 10 },
	    { { 5, 4, 3 }, 20 } } };
	struct heard h = { .n = 0 };
	char *comment;

	if (size < 5)
		return 0;
	f.ipv6 = (data[0] & 1) != 0;
	f.datagrams = (data[0] & 2) != 0;
	f.accepted = (data[0] & 4) != 0;
	f.next[PCAPNG_SENT] = long_word(data + 1);
	f.next[PCAPNG_RECEIVED] = ~f.next[PCAPNG_SENT];
	comment = (data[0] & 8) != 0 ? fuzz_text(data, size) : NULL;
	check_begin(&f, &h, comment);
	for (data += 5, size -= 5; size >= 2;) {
		unsigned what = data[0];
		size_t n = data[1] < size - 2 ? data[1] : size - 2;
		unsigned char *copy = fuzz_copy(data + 2, n);

		if ((what & 4) != 0)
			check_event(&f, &h, what);
		else
			check_data(&f, &h, (what & 1) != 0 ? PCAPNG_SENT :
			    PCAPNG_RECEIVED, copy, n, comment);
		free(copy);
		data += 2 + n;
		size -= 2 + n;
	}
	free(comment);
	return 0;
}
