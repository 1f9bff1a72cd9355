/* SPDX-License-Identifier: ISC */
/* Certificates and keys out of files, and what is wrong with those. */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/xalloc.h"
#include "tls/context.h"
#include "wire/pem.h"

/* More than all roots of the world. */
#define FILE_MAX	((size_t)64 * 1024 * 1024)

enum result
tls_file_load(struct tls_file *f, const char *option, const char *name,
    struct error *err)
{
	*f = (struct tls_file){ .option = option, .name = name };
	f->data = file_load(name, FILE_MAX, &f->size);
	if (f->data == NULL)
		return error_set_errno(err, RESULT_LOCAL, errno, "%s %s",
		    option, name);
	return RESULT_OK;
}

void
tls_file_free(struct tls_file *f)
{
	if (f->data != NULL)	/* it may hold a key */
		explicit_bzero(f->data, f->size);
	free(f->data);
	f->data = NULL;
}

void
tls_certificates_free(struct tls_certificates *certs)
{
	for (size_t i = 0; i < certs->count; i++)
		X509_free(certs->cert[i]);
	free(certs->cert);
	*certs = (struct tls_certificates){ NULL, 0 };
}

/* --- what is wrong ------------------------------------------------------- */

/* What it is instead of PEM, and what makes PEM of it. */
static const char *const formats[] = {
	[PEM_EMPTY] = "it is empty",
	[PEM_PKCS12] = "it is PKCS#12, PEM is needed (openssl pkcs12 -nodes "
	    "-in FILE makes it)",
	[PEM_PKCS7] = "it is PKCS#7, PEM is needed (openssl pkcs7 -inform DER "
	    "-print_certs -in FILE makes it)",
	[PEM_DER] = "it is DER, PEM is needed (openssl x509 -inform DER -in "
	    "FILE makes it of a certificate, openssl pkey -inform DER of a "
	    "key)",
	[PEM_UNKNOWN] = "it is no PEM",
};

/* There is no `what' in it. */
static enum result
file_lacks(const struct tls_file *f, const char *what, struct error *err)
{
	enum pem_format format = pem_format(f->data, f->size);
	struct pem_reader r;
	struct pem_block block;

	if (format != PEM_BLOCKS)
		return error_set(err, RESULT_LOCAL, "%s %s: no %s: %s",
		    f->option, f->name, what, formats[format]);
	pem_begin(&r, f->data, f->size);
	pem_next(&r, &block);
	return error_set(err, RESULT_LOCAL, "%s %s: no %s that can be used: "
	    "what is in it is a %.*s", f->option, f->name, what,
	    (int)(block.label_length < 80 ? block.label_length : 80),
	    block.label);
}

static const char *
broken_reason(const struct pem_block *block)
{
	const char *reason = ERR_reason_error_string(ERR_peek_error());

	if (!block->ended)
		reason = "it has no end";
	ERR_clear_error();
	return reason != NULL ? reason : "it can't be read";
}

/* In front of it there were `good' of its kind. */
static enum result
file_broken(const struct tls_file *f, const struct pem_block *block,
    size_t good, struct error *err)
{
	const char *reason = broken_reason(block);

	if (good == 0)
		return error_set(err, RESULT_LOCAL, "%s %s: a broken "
		    "certificate at line %zu (%s)", f->option, f->name,
		    block->line, reason);
	if (good == 1)
		return error_set(err, RESULT_LOCAL, "%s %s: a good "
		    "certificate, then a broken one at line %zu (%s)",
		    f->option, f->name, block->line, reason);
	return error_set(err, RESULT_LOCAL, "%s %s: %zu good certificates, "
	    "then a broken one at line %zu (%s)", f->option, f->name, good,
	    block->line, reason);
}

/* --- certificates -------------------------------------------------------- */

static bool
is_certificate(const struct pem_block *block)
{
	return pem_is(block, PEM_STRING_X509) ||
	    pem_is(block, PEM_STRING_X509_OLD) ||
	    pem_is(block, PEM_STRING_X509_TRUSTED);
}

static X509 *
parse_certificate(const struct pem_block *block)
{
	BIO *memory = BIO_new_mem_buf(block->start, (int)block->length);
	X509 *cert = NULL;

	ERR_clear_error();
	if (memory != NULL && block->ended)
		cert = PEM_read_bio_X509_AUX(memory, NULL, NULL, NULL);
	BIO_free(memory);
	return cert;
}

enum result
tls_file_certificates(const struct tls_file *f,
    struct tls_certificates *certs, struct error *err)
{
	struct pem_reader r;
	struct pem_block block;

	*certs = (struct tls_certificates){ NULL, 0 };
	pem_begin(&r, f->data, f->size);
	while (pem_next(&r, &block)) {
		X509 *cert;

		if (!is_certificate(&block))
			continue;
		cert = parse_certificate(&block);
		if (cert == NULL) {
			file_broken(f, &block, certs->count, err);
			tls_certificates_free(certs);
			return RESULT_LOCAL;
		}
		certs->cert = xreallocarray(certs->cert, certs->count + 1,
		    sizeof(*certs->cert));
		certs->cert[certs->count++] = cert;
	}
	return certs->count > 0 ? RESULT_OK : file_lacks(f, "certificate",
	    err);
}

/* --- keys ---------------------------------------------------------------- */

/* The first one that the library can read. */
static bool
find_key(const struct tls_file *f, struct pem_block *block)
{
	struct pem_reader r;

	pem_begin(&r, f->data, f->size);
	while (pem_next(&r, block)) {
		if (pem_is_key(block) && !pem_is(block, "OPENSSH PRIVATE KEY"))
			return true;
	}
	return false;
}

bool
tls_file_has_key(const struct tls_file *f)
{
	struct pem_block block;

	return find_key(f, &block);
}

enum result
tls_file_key(const struct tls_file *f, pem_password_cb *ask, void *arg,
    EVP_PKEY **key, struct error *err)
{
	struct pem_block block;
	BIO *memory;

	*key = NULL;
	if (!find_key(f, &block))
		return file_lacks(f, "key", err);
	memory = BIO_new_mem_buf(block.start, (int)block.length);
	ERR_clear_error();
	if (memory != NULL && block.ended)
		*key = PEM_read_bio_PrivateKey(memory, NULL, ask, arg);
	BIO_free(memory);
	if (*key != NULL)
		return RESULT_OK;
	return error_set(err, RESULT_LOCAL, "%s %s: a broken key at line %zu "
	    "(%s)", f->option, f->name, block.line, broken_reason(&block));
}
