/* SPDX-License-Identifier: ISC */
/*
 * What is in a file of certificates and keys: the blocks of PEM (RFC 7468), and
 * which of the other formats it is if there are none.
 */
#ifndef WIRE_PEM_H
#define WIRE_PEM_H

#include <stdbool.h>
#include <stddef.h>

/* One block, from its "-----BEGIN LABEL-----" to the end of the line
 * "-----END ...-----", or to where another one begins, or the text ends. */
struct pem_block {
	const char	*start;
	size_t		 length;
	const char	*label;		/* not ended by a NUL */
	size_t		 label_length;
	size_t		 line;		/* that it begins at, from 1 */
	bool		 ended;		/* there is an END */
};

/* Where pem_next() is. */
struct pem_reader {
	const char	*text;
	size_t		 left;
	size_t		 line;		/* lines in front */
};

/* At the beginning of n bytes; the mark of UTF-8 in front is passed over. */
void	pem_begin(struct pem_reader *r, const char *text, size_t n);

/* The next block; false: there is none. */
bool	pem_next(struct pem_reader *r, struct pem_block *block);

/* Whether the block has that label: "CERTIFICATE". */
bool	pem_is(const struct pem_block *block, const char *label);

/* Whether it is a private key, of any kind: "... PRIVATE KEY". */
bool	pem_is_key(const struct pem_block *block);

enum pem_format {
	PEM_BLOCKS,		/* there is at least one block */
	PEM_EMPTY,
	PEM_PKCS12,		/* RFC 7292 */
	PEM_PKCS7,		/* RFC 2315, in DER */
	PEM_DER,		/* a certificate or key in DER, X.690 */
	PEM_UNKNOWN,
};

enum pem_format	pem_format(const char *data, size_t n);

#endif
