/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/pem.h"

static void	check_block(const char *, size_t, const struct pem_block *);

/* Blocks lie in the text, in order, one behind the other; a text with a block
 * is PEM, and any other is not. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = (char *)fuzz_copy(data, size);
	const char *end = text;
	enum pem_format format = pem_format(text, size);
	struct pem_reader r;
	struct pem_block block;
	size_t line = 0, count = 0;

	pem_begin(&r, text, size);
	while (pem_next(&r, &block)) {
		CHECK(block.start >= end);
		CHECK(block.line > line);
		check_block(text, size, &block);
		end = block.start + block.length;
		line = block.line;
		count++;
	}
	CHECK(format <= PEM_UNKNOWN);
	CHECK((format == PEM_BLOCKS) == (count > 0));
	CHECK((format == PEM_EMPTY) == (size == 0));
	free(text);
	return 0;
}

static void
check_block(const char *text, size_t size, const struct pem_block *block)
{
	size_t start = (size_t)(block->start - text), lines = 1, i;
	struct pem_reader r;
	struct pem_block again;

	CHECK(block->length > 0 && block->length <= size - start);
	CHECK(block->label >= block->start);
	CHECK(block->label + block->label_length <=
	    block->start + block->length);
	CHECK(start == 0 || text[start - 1] == '\n' || start == 3);
	for (i = 0; i < start; i++)
		lines += text[i] == '\n';
	CHECK(block->line == lines);
	/* Its bytes are that block, and nothing else. */
	pem_begin(&r, block->start, block->length);
	CHECK(pem_next(&r, &again));
	CHECK(again.length == block->length && again.ended == block->ended);
	CHECK(again.label_length == block->label_length);
	CHECK(!pem_next(&r, &again));
}
