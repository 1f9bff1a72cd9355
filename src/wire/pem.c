/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "wire/pem.h"

#define BEGIN	"-----BEGIN "
#define END	"-----END "
#define DASHES	"-----"
#define MARK	"\xef\xbb\xbf"

/* What DER has in front of the things that are told apart. */
#define SEQUENCE	0x30
#define LONG_LENGTH	0x80		/* its bits below: bytes of it */
#define PKCS12_VERSION	"\x02\x01\x03"	/* an integer, 3 */
#define PKCS7_SIGNED	"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"

static bool	begins(const char *, size_t, const char *);
static size_t	line_length(const char *, size_t);
static void	skip_line(struct pem_reader *, struct pem_block *);
static void	read_label(struct pem_block *, size_t);
static size_t	der_head(const unsigned char *, size_t);

void
pem_begin(struct pem_reader *r, const char *text, size_t n)
{
	size_t mark = begins(text, n, MARK) ? sizeof(MARK) - 1 : 0;

	r->text = text + mark;
	r->left = n - mark;
	r->line = 0;
}

bool
pem_next(struct pem_reader *r, struct pem_block *block)
{
	struct pem_block none = { 0 };

	*block = none;
	while (r->left > 0 && !begins(r->text, r->left, BEGIN))
		skip_line(r, NULL);
	if (r->left == 0)
		return false;
	block->start = r->text;
	block->line = r->line + 1;
	read_label(block, line_length(r->text, r->left));
	skip_line(r, block);
	while (r->left > 0 && !block->ended &&
	    !begins(r->text, r->left, BEGIN)) {
		block->ended = begins(r->text, r->left, END);
		skip_line(r, block);
	}
	return true;
}

bool
pem_is(const struct pem_block *block, const char *label)
{
	return block->label_length == strlen(label) &&
	    memcmp(block->label, label, block->label_length) == 0;
}

bool
pem_is_key(const struct pem_block *block)
{
	static const char key[] = "PRIVATE KEY";
	size_t n = sizeof(key) - 1;

	return block->label_length >= n && memcmp(block->label +
	    block->label_length - n, key, n) == 0;
}

enum pem_format
pem_format(const char *data, size_t n)
{
	const unsigned char *der = (const unsigned char *)data;
	struct pem_reader r;
	struct pem_block block;
	size_t head;

	if (n == 0)
		return PEM_EMPTY;
	pem_begin(&r, data, n);
	if (pem_next(&r, &block))
		return PEM_BLOCKS;
	head = der_head(der, n);
	if (head == 0)
		return PEM_UNKNOWN;
	if (begins(data + head, n - head, PKCS12_VERSION))
		return PEM_PKCS12;
	if (begins(data + head, n - head, PKCS7_SIGNED))
		return PEM_PKCS7;
	return PEM_DER;
}

static bool
begins(const char *text, size_t n, const char *with)
{
	size_t length = strlen(with);

	return n >= length && memcmp(text, with, length) == 0;
}

/* With its LF, if it has one. */
static size_t
line_length(const char *text, size_t n)
{
	const char *end = memchr(text, '\n', n);

	return end == NULL ? n : (size_t)(end - text) + 1;
}

/* It belongs to the block, unless that is NULL. */
static void
skip_line(struct pem_reader *r, struct pem_block *block)
{
	size_t n = line_length(r->text, r->left);

	if (block != NULL)
		block->length += n;
	r->text += n;
	r->left -= n;
	r->line++;
}

/* Out of the first line of the block: what is between the dashes. */
static void
read_label(struct pem_block *block, size_t n)
{
	size_t dashes = sizeof(DASHES) - 1;

	while (n > 0 && strchr(" \t\r\n", block->start[n - 1]) != NULL)
		n--;
	block->label = block->start + sizeof(BEGIN) - 1;
	block->label_length = n > sizeof(BEGIN) - 1 ? n - (sizeof(BEGIN) - 1) :
	    0;
	if (block->label_length >= dashes && memcmp(block->label +
	    block->label_length - dashes, DASHES, dashes) == 0)
		block->label_length -= dashes;
}

/* The bytes in front of what is in a sequence that is all of the n bytes, or
 * more; 0 if it is none. */
static size_t
der_head(const unsigned char *der, size_t n)
{
	size_t bytes;

	if (n < 2 || der[0] != SEQUENCE)
		return 0;
	if (der[1] <= LONG_LENGTH)	/* itself: the end is marked */
		return 2;
	bytes = der[1] & (LONG_LENGTH - 1);
	return bytes <= 4 && n >= 2 + bytes ? 2 + bytes : 0;
}
