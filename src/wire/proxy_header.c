/* SPDX-License-Identifier: ISC */
/* Headers that are received. */
#include <arpa/inet.h>
#include <string.h>

#include "wire/proxy_header.h"
#include "wire/proxy_header_parts.h"

#define TLV_HEAD	3
#define TLV_CHECKSUM	0x03	/* PP2_TYPE_CRC32C */
#define CHECKSUM_SIZE	4
#define CHECKSUM_INIT	UINT32_MAX

/* What is wrong. */
#define NO_HEADER	"not a PROXY header"
#define NO_END		"the line of the PROXY header has no end"
#define NO_LINE		"the line of the PROXY header does not end with CR LF"
#define NO_CHECKSUM	"the checksum of the PROXY header is wrong"
#define NO_TLV		"a part of the PROXY header (TLV) is cut off"

static void
header_refuse(struct proxy_header *h, const char *fault)
{
	h->verdict = DIALOGUE_REFUSED;
	h->fault = fault;
}

/* --- version 1 ----------------------------------------------------------- */

/* The next word of the line, which is cut out of it; the words are separated by
 * one blank each.  NULL: there is none. */
static char *
line_word(char **rest)
{
	char *word = *rest, *end;

	if (word == NULL)
		return NULL;
	end = strchr(word, ' ');
	if (end != NULL)
		*end = '\0';
	*rest = end != NULL ? end + 1 : NULL;
	return word;
}

static bool
line_port(const char *word, uint16_t *port)
{
	unsigned value = 0;
	size_t n = strlen(word);

	if (n == 0 || n > 5 || (word[0] == '0' && n > 1))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (word[i] < '0' || word[i] > '9')
			return false;
		value = 10 * value + (unsigned)(word[i] - '0');
	}
	if (value > UINT16_MAX)
		return false;
	*port = (uint16_t)value;
	return true;
}

/* "SOURCE DESTINATION PORT PORT" of that family.  What is wrong, or NULL. */
static const char *
line_addresses(struct proxy_header *h, enum proxy_header_family family,
    char *rest)
{
	struct proxy_header_address *a[2] = { &h->source, &h->destination };
	int af = family == PROXY_HEADER_INET ? AF_INET : AF_INET6;
	const char *word;

	for (size_t i = 0; i < 2; i++) {
		word = line_word(&rest);
		a[i]->family = family;
		if (word == NULL || inet_pton(af, word, a[i]->ip) != 1)
			return i == 0 ? "the PROXY header has no good source "
			    "address" : "the PROXY header has no good "
			    "destination address";
	}
	for (size_t i = 0; i < 2; i++) {
		word = line_word(&rest);
		if (word == NULL || !line_port(word, &a[i]->port))
			return i == 0 ? "the PROXY header has no good source "
			    "port" : "the PROXY header has no good "
			    "destination port";
	}
	h->announced = true;
	return rest == NULL ? NULL : "the PROXY header has something behind "
	    "its ports";
}

/* All of it is there. */
static const char *
line_understand(struct proxy_header *h)
{
	char line[PROXY_HEADER_LINE_MAX], *rest = line, *word;
	size_t n = h->n - PROXY_HEADER_PREFIX - 2;

	memcpy(line, h->head + PROXY_HEADER_PREFIX, n);
	line[n] = '\0';
	if (strlen(line) < n)
		return "the PROXY header has a NUL in it";
	word = line_word(&rest);
	if (strcmp(word, "UNKNOWN") == 0)
		return NULL;	/* with anything behind it */
	if (strcmp(word, "TCP4") == 0)
		return line_addresses(h, PROXY_HEADER_INET, rest);
	if (strcmp(word, "TCP6") == 0)
		return line_addresses(h, PROXY_HEADER_INET6, rest);
	return "the PROXY header is not of TCP4, TCP6 or UNKNOWN";
}

static void
line_take(struct proxy_header *h, unsigned char byte)
{
	bool cr = h->n > 0 && h->head[h->n - 1] == '\r';

	if (h->n < PROXY_HEADER_PREFIX &&
	    byte != (unsigned char)PROXY_HEADER_WORD[h->n]) {
		header_refuse(h, NO_HEADER);
		return;
	}
	if (cr != (byte == '\n')) {
		header_refuse(h, NO_LINE);
		return;
	}
	h->head[h->n++] = byte;
	if (byte == '\n') {
		h->version = 1;
		h->fault = line_understand(h);
		h->verdict = h->fault == NULL ? DIALOGUE_DONE :
		    DIALOGUE_REFUSED;
	} else if (h->n == PROXY_HEADER_LINE_MAX) {
		header_refuse(h, NO_END);
	}
}

/* --- version 2 ----------------------------------------------------------- */

/* CRC-32C (RFC 3720, section 12.1), without the inversion at its end. */
static uint32_t
checksum_add(uint32_t sum, unsigned char byte)
{
	sum ^= byte;
	for (int i = 0; i < 8; i++)
		sum = sum >> 1 ^ (sum & 1 ? 0x82f63b78U : 0);
	return sum;
}

/* Whether what is behind the fixed part says something. */
static bool
binary_tells(const struct proxy_header *h)
{
	return h->head[PROXY_HEADER_COMMAND] == PROXY_HEADER_PROXY &&
	    h->head[PROXY_HEADER_KIND] != PROXY_HEADER_UNSPEC;
}

/* The byte at h->n - 1 of the fixed part.  What is wrong with it, or NULL. */
static const char *
binary_fixed(struct proxy_header *h)
{
	size_t at = h->n - 1;
	unsigned char byte = h->head[at];

	if (at < PROXY_HEADER_COMMAND)
		return byte == (unsigned char)PROXY_HEADER_SIGNATURE[at] ?
		    NULL : NO_HEADER;
	if (at == PROXY_HEADER_COMMAND && byte >> 4 != 2)
		return "the PROXY header is of an unknown version";
	if (at == PROXY_HEADER_COMMAND && byte != PROXY_HEADER_PROXY &&
	    byte != PROXY_HEADER_LOCAL)
		return "the PROXY header has an unknown command";
	if (at != PROXY_HEADER_KIND ||
	    h->head[PROXY_HEADER_COMMAND] == PROXY_HEADER_LOCAL ||
	    byte == PROXY_HEADER_UNSPEC)
		return NULL;
	if ((byte & 0xf) > PROXY_HEADER_DGRAM || byte >> 4 > PROXY_HEADER_UNIX)
		return "the PROXY header is of an unknown family or protocol";
	if ((byte & 0xf) == PROXY_HEADER_DGRAM)
		return "the PROXY header is that of datagrams";
	if ((byte & 0xf) == 0 || byte >> 4 == 0)
		return "the PROXY header is of no family or protocol";
	return NULL;
}

/* Bytes of an address without its port. */
static size_t
binary_size(enum proxy_header_family family)
{
	return family == PROXY_HEADER_INET ? 4 : family == PROXY_HEADER_INET6 ?
	    16 : PROXY_HEADER_PATH;
}

/* The fixed part is there. */
static const char *
binary_measure(struct proxy_header *h)
{
	enum proxy_header_family family =
	    (enum proxy_header_family)(h->head[PROXY_HEADER_KIND] >> 4);
	size_t rest = (size_t)h->head[PROXY_HEADER_LENGTH] << 8 |
	    h->head[PROXY_HEADER_LENGTH + 1];

	h->length = PROXY_HEADER_FIXED + rest;
	h->addresses = PROXY_HEADER_FIXED;
	if (!binary_tells(h))
		return NULL;
	h->addresses += 2 * binary_size(family) +
	    (family == PROXY_HEADER_UNIX ? 0 : 4);
	return h->addresses > h->length ? "the PROXY header is too short for "
	    "its addresses" : NULL;
}

static void
binary_addresses(struct proxy_header *h)
{
	struct proxy_header_address *a[2] = { &h->source, &h->destination };
	enum proxy_header_family family =
	    (enum proxy_header_family)(h->head[PROXY_HEADER_KIND] >> 4);
	size_t size = binary_size(family);
	const unsigned char *from = h->head + PROXY_HEADER_FIXED;
	const unsigned char *ports = from + 2 * size;

	for (size_t i = 0; i < 2; i++) {
		a[i]->family = family;
		if (family == PROXY_HEADER_UNIX) {
			memcpy(a[i]->path, from + i * size, size);
			continue;
		}
		memcpy(a[i]->ip, from + i * size, size);
		a[i]->port = (uint16_t)(ports[2 * i] << 8 | ports[2 * i + 1]);
	}
	h->announced = true;
}

/* A byte behind the addresses. */
static const char *
binary_tlv(struct proxy_header *h, unsigned char byte)
{
	size_t behind = h->length - h->n;

	if (h->tlv.head == TLV_HEAD) {
		h->tlv.left--;
		if (h->tlv.type == TLV_CHECKSUM) {
			h->expected = h->expected << 8 | byte;
			h->expected_n++;
		}
	} else if (h->tlv.head++ == 0) {
		h->tlv.type = byte;
		h->tlv.left = 0;
	} else {
		h->tlv.left = h->tlv.left << 8 | byte;
	}
	if (h->tlv.head < TLV_HEAD)
		return behind == 0 ? NO_TLV : NULL;
	if (h->tlv.left > behind)
		return NO_TLV;
	/* One of another size, or a second one. */
	if (h->tlv.type == TLV_CHECKSUM &&
	    h->tlv.left + h->expected_n != CHECKSUM_SIZE)
		return NO_CHECKSUM;
	if (h->tlv.left == 0)
		h->tlv.head = 0;
	return NULL;
}

/* A byte of version 2, which is counted.  What is wrong, or NULL. */
static const char *
binary_understand(struct proxy_header *h, unsigned char byte)
{
	bool of_checksum = h->tlv.head == TLV_HEAD &&
	    h->tlv.type == TLV_CHECKSUM;
	const char *fault = NULL;

	h->checksum = checksum_add(h->checksum, of_checksum ? 0 : byte);
	if (h->n <= PROXY_HEADER_FIXED)
		fault = binary_fixed(h);
	if (fault == NULL && h->n == PROXY_HEADER_FIXED)
		fault = binary_measure(h);
	if (fault != NULL || h->n < PROXY_HEADER_FIXED)
		return fault;
	if (binary_tells(h) && h->n == h->addresses)
		binary_addresses(h);
	if (binary_tells(h) && h->n > h->addresses)
		fault = binary_tlv(h, byte);
	if (fault == NULL && h->n == h->length && h->expected_n > 0 &&
	    h->expected != (uint32_t)~h->checksum)
		fault = NO_CHECKSUM;
	return fault;
}

static void
binary_take(struct proxy_header *h, unsigned char byte)
{
	const char *fault;

	if (h->n < sizeof(h->head))
		h->head[h->n] = byte;
	if (h->n++ == 0)
		h->checksum = CHECKSUM_INIT;
	fault = binary_understand(h, byte);
	if (fault != NULL) {
		header_refuse(h, fault);
	} else if (h->n >= PROXY_HEADER_FIXED && h->n == h->length) {
		h->version = 2;
		h->verdict = DIALOGUE_DONE;
	}
}

/* --- the codec ----------------------------------------------------------- */

static void
header_take(struct proxy_header *h, unsigned char byte)
{
	unsigned char first = h->n > 0 ? h->head[0] : byte;

	if (first == (unsigned char)PROXY_HEADER_SIGNATURE[0])
		binary_take(h, byte);
	else
		line_take(h, byte);
}

static enum dialogue_verdict
header_feed(void *state, const unsigned char *in, size_t n, size_t *used)
{
	struct proxy_header *h = state;
	size_t i = 0;

	while (i < n && h->verdict == DIALOGUE_MORE)
		header_take(h, in[i++]);
	*used = h->verdict == DIALOGUE_DONE ? i : n;
	return h->verdict;
}

/* Nothing is answered. */
static const unsigned char *
header_output(void *state, size_t *n)
{
	(void)state;
	*n = 0;
	return NULL;
}

static void
header_sent(void *state, size_t n)
{
	(void)state;
	(void)n;
}

static enum result
header_say_why(void *state, const char *name, struct error *err)
{
	const struct proxy_header *h = state;

	return error_set(err, RESULT_DENIED, "%s: %s", name, h->fault);
}

const struct dialogue_codec proxy_header_codec = {
	.feed = header_feed,
	.output = header_output,
	.sent = header_sent,
	.refuse = header_say_why,
};
