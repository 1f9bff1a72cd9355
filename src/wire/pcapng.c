/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/pcapng.h"

/* Blocks and options, section 3.5 and 4. */
#define SECTION_HEADER		0x0a0d0d0aU
#define BYTE_ORDER_MAGIC	0x1a2b3c4dU
#define INTERFACE		1U
#define ENHANCED_PACKET		6U
#define OPT_END			0
#define OPT_COMMENT		1
#define SHB_USERAPPL		4
#define IF_NAME			2
#define IF_TSRESOL		9
#define EPB_FLAGS		2
#define FLAG_INBOUND		1U
#define FLAG_OUTBOUND		2U
#define NANOSECONDS		9	/* 10^-9 */
#define LINKTYPE_RAW		101
#define SNAP_LENGTH		262144U
#define PACKET_HEAD		28	/* of its block, up to the packet */

#define FIN			0x01
#define SYN			0x02
#define RST			0x04
#define PSH			0x08
#define ACK			0x10

#define PROTOCOL_TCP		6
#define PROTOCOL_UDP		17
#define HOPS			64
#define IPV4_HEADER		20
#define IPV6_HEADER		40
#define TCP_HEADER		20
#define SYN_OPTIONS		8	/* MSS, and the scale of the window */
#define UDP_HEADER		8
#define DONT_FRAGMENT		0x4000
#define WINDOW			65535
#define WINDOW_SCALE		14

/* As much goes without being acknowledged, which is far from the window. */
#define UNACKNOWLEDGED		(1024U * 1024)

/* --- numbers ------------------------------------------------------------- */

/* Of blocks: little-endian, as the magic says. */
static unsigned char *
put16(unsigned char *to, unsigned value)
{
	*to++ = (unsigned char)(value & 0xff);
	*to++ = (unsigned char)(value >> 8 & 0xff);
	return to;
}

static unsigned char *
put32(unsigned char *to, uint32_t value)
{
	return put16(put16(to, value & 0xffff), value >> 16);
}

/* Of packets. */
static unsigned char *
net16(unsigned char *to, unsigned value)
{
	*to++ = (unsigned char)(value >> 8 & 0xff);
	*to++ = (unsigned char)(value & 0xff);
	return to;
}

static unsigned char *
net32(unsigned char *to, uint32_t value)
{
	return net16(net16(to, value >> 16), value & 0xffff);
}

static unsigned char *
put_bytes(unsigned char *to, const void *data, size_t n)
{
	if (n > 0)
		memcpy(to, data, n);
	return to + n;
}

/* --- checksums, RFC 1071 ------------------------------------------------- */

/* The sum of 16-bit words in the order of the network, odd ends padded. */
static uint64_t
sum(uint64_t total, const unsigned char *data, size_t n)
{
	for (; n >= 4; data += 4, n -= 4)
		total += (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16 |
		    (uint32_t)data[2] << 8 | data[3];
	if (n >= 2) {
		total += (uint32_t)data[0] << 8 | data[1];
		data += 2;
		n -= 2;
	}
	return n == 1 ? total + ((uint32_t)data[0] << 8) : total;
}

static unsigned
sum_finish(uint64_t total)
{
	while (total >> 16 != 0)
		total = (total & 0xffff) + (total >> 16);
	return (unsigned)(~total & 0xffff);
}

/* --- blocks -------------------------------------------------------------- */

static unsigned char *
put_option(unsigned char *to, unsigned code, const void *value, size_t n)
{
	to = put16(put16(to, code), (unsigned)n);
	to = put_bytes(to, value, n);
	for (; n % 4 != 0; n++)
		*to++ = 0;
	return to;
}

/* ... that begins with its type, and room for its length. */
static size_t
finish_block(unsigned char *block, unsigned char *to)
{
	uint32_t length = (uint32_t)(to - block) + 4;

	put32(block + 4, length);
	put32(to, length);
	return length;
}

size_t
pcapng_start(const char *application, unsigned char out[PCAPNG_START_MAX])
{
	static const unsigned char resolution = NANOSECONDS;
	size_t length = strnlen(application, PCAPNG_START_MAX / 2), done;
	unsigned char *to = put32(put32(out, SECTION_HEADER), 0);

	to = put16(put16(put32(to, BYTE_ORDER_MAGIC), 1), 0);
	to = put32(put32(to, UINT32_MAX), UINT32_MAX);	/* of any length */
	to = put_option(to, SHB_USERAPPL, application, length);
	to = put_option(to, OPT_END, NULL, 0);
	done = finish_block(out, to);
	out += done;
	to = put32(put32(out, INTERFACE), 0);
	to = put32(put16(put16(to, LINKTYPE_RAW), 0), SNAP_LENGTH);
	to = put_option(to, IF_NAME, application, length);
	to = put_option(to, IF_TSRESOL, &resolution, 1);
	to = put_option(to, OPT_END, NULL, 0);
	return done + finish_block(out, to);
}

/* --- packets ------------------------------------------------------------- */

/* What is in a packet. */
struct packet {
	enum pcapng_way		 way;
	int64_t			 time;
	const char		*comment;
	unsigned		 flags;		/* of TCP */
	const unsigned char	*data;
	size_t			 n;
};

static size_t
address_length(const struct pcapng_flow *f)
{
	return f->ipv6 ? 16 : 4;
}

static size_t
ip_header(const struct pcapng_flow *f)
{
	return f->ipv6 ? IPV6_HEADER : IPV4_HEADER;
}

/* Of IP: `n' bytes will follow. */
static unsigned char *
put_ip(const struct pcapng_flow *f, enum pcapng_way way, size_t n,
    unsigned char *to)
{
	unsigned protocol = f->datagrams ? PROTOCOL_UDP : PROTOCOL_TCP;
	unsigned char *start = to;

	if (f->ipv6) {
		to = net16(net32(to, 0x60000000), (unsigned)n);
		*to++ = (unsigned char)protocol;
		*to++ = HOPS;
	} else {
		to = net16(net16(to, 0x4500), (unsigned)(IPV4_HEADER + n));
		to = net16(net16(to, 0), DONT_FRAGMENT);
		to = net16(net16(to, HOPS << 8 | protocol), 0);
	}
	to = put_bytes(to, f->end[way].address, address_length(f));
	to = put_bytes(to, f->end[!way].address, address_length(f));
	if (!f->ipv6)
		net16(start + 10, sum_finish(sum(0, start, IPV4_HEADER)));
	return to;
}

static unsigned char *
put_tcp(struct pcapng_flow *f, const struct packet *p, unsigned char *to)
{
	bool syn = (p->flags & SYN) != 0, ack = (p->flags & ACK) != 0;
	unsigned words = (TCP_HEADER + (syn ? SYN_OPTIONS : 0U)) / 4;

	to = net16(net16(to, f->end[p->way].port), f->end[!p->way].port);
	to = net32(to, f->next[p->way]);
	to = net32(to, ack ? f->next[!p->way] : 0);
	to = net16(net16(to, words << 12 | p->flags), WINDOW);
	to = net32(to, 0);		/* checksum, urgent pointer */
	if (syn) {
		to = net16(net16(to, 0x0204), PCAPNG_SEGMENT);
		to = net32(to, 0x01030300 | WINDOW_SCALE);
	}
	if (ack)
		f->acked[!p->way] = f->next[!p->way];
	f->next[p->way] += (uint32_t)p->n + (syn || (p->flags & FIN) != 0);
	return to;
}

static unsigned char *
put_udp(const struct pcapng_flow *f, const struct packet *p,
    unsigned char *to)
{
	to = net16(net16(to, f->end[p->way].port), f->end[!p->way].port);
	return net16(net16(to, (unsigned)(UDP_HEADER + p->n)), 0);
}

/* Of what is behind the header of IP, with the pseudo-header: RFC 9293, section
 * 3.1; RFC 8200, section 8.1. */
static void
put_checksum(const struct pcapng_flow *f, unsigned char *ip,
    const unsigned char *end)
{
	unsigned char *upper = ip + ip_header(f);
	size_t n = (size_t)(end - upper), addresses = 2 * address_length(f);
	uint64_t total = n + (f->datagrams ? PROTOCOL_UDP : PROTOCOL_TCP);
	unsigned checksum;

	total = sum(total, upper - addresses, addresses);
	checksum = sum_finish(sum(total, upper, n));
	if (f->datagrams && checksum == 0)
		checksum = 0xffff;	/* 0 is that there is none */
	net16(upper + (f->datagrams ? 6 : 16), checksum);
}

static size_t
comment_length(const char *comment)
{
	return comment == NULL ? 0 : strnlen(comment, PCAPNG_COMMENT_MAX);
}

static size_t
put_packet(struct pcapng_flow *f, const struct packet *p, unsigned char *out)
{
	size_t upper = f->datagrams ? UDP_HEADER : TCP_HEADER +
	    ((p->flags & SYN) != 0 ? SYN_OPTIONS : 0);
	unsigned char *ip = out + PACKET_HEAD, *to, flags[4];
	uint64_t time = (uint64_t)p->time;
	uint32_t length;

	to = put_ip(f, p->way, upper + p->n, ip);
	to = f->datagrams ? put_udp(f, p, to) : put_tcp(f, p, to);
	to = put_bytes(to, p->data, p->n);
	put_checksum(f, ip, to);
	length = (uint32_t)(to - ip);
	while ((to - ip) % 4 != 0)
		*to++ = 0;
	put32(flags, p->way == PCAPNG_SENT ? FLAG_OUTBOUND : FLAG_INBOUND);
	to = put_option(to, EPB_FLAGS, flags, sizeof(flags));
	if (comment_length(p->comment) > 0)
		to = put_option(to, OPT_COMMENT, p->comment,
		    comment_length(p->comment));
	to = put_option(to, OPT_END, NULL, 0);
	out = put32(put32(put32(out, ENHANCED_PACKET), 0), 0);
	out = put32(put32(out, (uint32_t)(time >> 32)), (uint32_t)time);
	out = put32(put32(out, length), length);
	return finish_block(out - PACKET_HEAD, to);
}

/* Of TCP, without data. */
static size_t
put_control(struct pcapng_flow *f, enum pcapng_way way, unsigned flags,
    int64_t time, const char *comment, unsigned char *out)
{
	const struct packet p = { .way = way, .time = time, .flags = flags,
		.comment = comment };

	return put_packet(f, &p, out);
}

/* ------------------------------------------------------------------------- */

size_t
pcapng_begin(struct pcapng_flow *f, int64_t time, const char *comment,
    unsigned char out[PCAPNG_BEGIN_MAX])
{
	enum pcapng_way way = f->accepted ? PCAPNG_RECEIVED : PCAPNG_SENT;
	size_t n;

	if (f->datagrams)
		return 0;
	n = put_control(f, way, SYN, time, comment, out);
	n += put_control(f, !way, SYN | ACK, time, NULL, out + n);
	return n + put_control(f, way, ACK, time, NULL, out + n);
}

size_t
pcapng_data(struct pcapng_flow *f, enum pcapng_way way, int64_t time,
    const char *comment, const unsigned char *data, size_t n, size_t *taken,
    unsigned char out[PCAPNG_DATA_MAX])
{
	size_t most = f->datagrams ? PCAPNG_DATAGRAM : PCAPNG_SEGMENT, length;
	struct packet p = { .way = way, .time = time, .flags = PSH | ACK,
		.comment = comment, .data = data, .n = n < most ? n : most };

	*taken = n;
	if (f->over[way])
		return 0;
	*taken = p.n;
	length = put_packet(f, &p, out);
	if (!f->datagrams && f->next[way] - f->acked[way] > UNACKNOWLEDGED)
		length += put_control(f, !way, ACK, time, NULL, out + length);
	return length;
}

size_t
pcapng_finish(struct pcapng_flow *f, enum pcapng_way way, int64_t time,
    unsigned char out[PCAPNG_END_MAX])
{
	size_t n;

	if (f->datagrams || f->over[way])
		return 0;
	f->over[way] = true;
	n = put_control(f, way, FIN | ACK, time, NULL, out);
	return n + put_control(f, !way, ACK, time, NULL, out + n);
}

size_t
pcapng_reset(struct pcapng_flow *f, enum pcapng_way way, int64_t time,
    unsigned char out[PCAPNG_END_MAX])
{
	if (f->datagrams || (f->over[PCAPNG_SENT] && f->over[PCAPNG_RECEIVED]))
		return 0;
	f->over[PCAPNG_SENT] = f->over[PCAPNG_RECEIVED] = true;
	return put_control(f, way, RST | ACK, time, NULL, out);
}
