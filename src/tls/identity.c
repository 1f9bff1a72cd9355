/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <readpassphrase.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/signals.h"
#include "tls/context.h"

#define MADE_DAYS	365	/* that a certificate of our own is valid */
#define CLOCK_SKEW	86400	/* seconds by which clocks may differ */

/* --- a certificate of our own -------------------------------------------- */

static bool
add_extension(X509 *cert, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *extension;
	bool ok;

	X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = extension != NULL && X509_add_ext(cert, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

/* This host's name, if it can be in a certificate. */
static void
own_name(char *name, size_t size)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";

	if (gethostname(name, size) == -1)
		name[0] = '\0';
	name[size - 1] = '\0';
	if (name[0] == '\0' || name[0] == '.' || name[0] == '-' ||
	    strspn(name, good) != strlen(name) || strlen(name) > 64)
		snprintf(name, size, "localhost");
}

static bool
set_names(X509 *cert)
{
	char name[256], names[400];
	X509_NAME *subject = X509_get_subject_name(cert);

	own_name(name, sizeof(name));
	snprintf(names, sizeof(names), "DNS:%s,DNS:localhost,IP:127.0.0.1,"
	    "IP:::1", name);
	return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0) == 1 &&
	    X509_set_issuer_name(cert, subject) == 1 &&
	    add_extension(cert, NID_subject_alt_name, names);
}

static bool
set_serial(X509 *cert)
{
	unsigned char bytes[16];
	BIGNUM *number;
	bool ok;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return false;
	bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = number != NULL && BN_to_ASN1_INTEGER(number,
	    X509_get_serialNumber(cert)) != NULL;
	BN_free(number);
	return ok;
}

/* RFC 5280, X.509 version 3. */
static bool
fill_certificate(X509 *cert, EVP_PKEY *key)
{
	return X509_set_version(cert, X509_VERSION_3) == 1 &&
	    set_serial(cert) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -CLOCK_SKEW) != NULL &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), MADE_DAYS * 86400L) !=
	    NULL &&
	    X509_set_pubkey(cert, key) == 1 &&
	    set_names(cert) &&
	    add_extension(cert, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(cert, NID_key_usage, "critical,digitalSignature") &&
	    add_extension(cert, NID_ext_key_usage, "serverAuth,clientAuth") &&
	    add_extension(cert, NID_subject_key_identifier, "hash") &&
	    X509_sign(cert, key, EVP_sha256()) != 0;
}

static enum result
make_identity(SSL_CTX *ctx, struct error *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	enum result result = RESULT_OK;

	if (key == NULL || cert == NULL || !fill_certificate(cert, key) ||
	    SSL_CTX_use_certificate(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey(ctx, key) != 1)
		result = tls_error(err, RESULT_LOCAL, "making a certificate");
	X509_free(cert);
	EVP_PKEY_free(key);
	return result;
}

/* --- out of files -------------------------------------------------------- */

/* The first line of a file, which may be a pipe. */
static int
read_passphrase_file(const char *file, char *text, size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? -1 : 1;
	size_t length = 0;

	while (n > 0 && length < size - 1 &&
	    memchr(text, '\n', length) == NULL) {
		n = read(fd, text + length, size - 1 - length);
		length += n > 0 ? (size_t)n : 0;
	}
	if (n == -1)
		log_line(LOG_ERROR, "--tls-key-pass-file %s: %s", file,
		    strerror(errno));
	if (fd != -1)
		close(fd);
	if (n == -1)
		return -1;
	text[length] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	return (int)strlen(text);
}

/* As pem_password_cb(3). */
static int
ask_passphrase(char *text, int size, int writing, void *arg)
{
	struct tls *t = arg;
	int n = -1;

	(void)writing;
	if (t->key_locked)	/* the engine asks once for each format */
		return -1;
	if (t->o->key_pass_file != NULL)
		n = read_passphrase_file(t->o->key_pass_file, text,
		    (size_t)size);
	else if (!t->again && readpassphrase("passphrase of the TLS key: ",
	    text, (size_t)size, RPP_REQUIRE_TTY) != NULL)
		n = (int)strlen(text);
	t->key_locked = n < 0;
	t->key_unlocked = n >= 0;
	return n;
}

static void
warn_if_readable(const char *file)
{
	struct stat st;

	if (stat(file, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0)
		log_line(LOG_ERROR, "warning: the key in %s can be read or "
		    "changed by others (mode %o)", file,
		    (unsigned)st.st_mode & 07777);
}

/* The own one, and behind it those that lead to its root. */
static enum result
use_certificates(SSL_CTX *ctx, const struct tls_file *f, struct error *err)
{
	struct tls_certificates certs;
	enum result result = tls_file_certificates(f, &certs, err);
	bool ok = true;

	for (size_t i = 0; i < certs.count && ok; i++)
		ok = i == 0 ? SSL_CTX_use_certificate(ctx, certs.cert[0]) == 1 :
		    SSL_CTX_add1_chain_cert(ctx, certs.cert[i]) == 1;
	tls_certificates_free(&certs);
	return ok ? result : tls_error(err, RESULT_LOCAL, "%s %s: no "
	    "certificate that can be used", f->option, f->name);
}

/* Why there is no key, when it has to do with the passphrase. */
static enum result
explain_passphrase(const struct tls *t, const struct tls_file *f,
    struct error *err)
{
	if (signals_terminating() != 0)
		return error_interrupted(err);
	if (t->key_locked && t->again && t->o->key_pass_file == NULL)
		return error_set(err, RESULT_LOCAL, "%s %s: the key is "
		    "encrypted, and nobody is asked for its passphrase twice "
		    "(--tls-key-pass-file F gives it)", f->option, f->name);
	if (t->key_locked && t->o->key_pass_file == NULL)
		return error_set(err, RESULT_LOCAL, "%s %s: the key is "
		    "encrypted, and there is no terminal to ask for its "
		    "passphrase (--tls-key-pass-file F gives it)", f->option,
		    f->name);
	if (t->key_unlocked)
		return error_set(err, RESULT_LOCAL, "%s %s: not with that "
		    "passphrase", f->option, f->name);
	return RESULT_LOCAL;
}

static enum result
use_key(struct tls *t, SSL_CTX *ctx, const struct tls_file *f,
    struct error *err)
{
	enum result result;
	EVP_PKEY *key;
	int reason;

	if (tls_file_has_key(f))
		warn_if_readable(f->name);
	t->key_locked = t->key_unlocked = false;
	result = tls_file_key(f, ask_passphrase, t, &key, err);
	if (result != RESULT_OK)
		return explain_passphrase(t, f, err);
	if (SSL_CTX_use_PrivateKey(ctx, key) == 1 &&
	    SSL_CTX_check_private_key(ctx) == 1) {
		EVP_PKEY_free(key);
		return RESULT_OK;
	}
	EVP_PKEY_free(key);
	reason = ERR_GET_REASON(ERR_peek_last_error());
	if (reason == X509_R_KEY_VALUES_MISMATCH ||
	    reason == X509_R_KEY_TYPE_MISMATCH ||
	    reason == SSL_R_NO_CERTIFICATE_ASSIGNED)
		return tls_error(err, RESULT_LOCAL, "%s %s: not the key of %s",
		    f->option, f->name, t->o->cert);
	return tls_error(err, RESULT_LOCAL, "%s %s: no key that can be used",
	    f->option, f->name);
}

/* Who gives a certificate alone has its key elsewhere. */
static enum result
check_has_key(const struct tls_file *f, struct error *err)
{
	if (tls_file_has_key(f))
		return RESULT_OK;
	return error_set(err, RESULT_LOCAL, "%s %s: a certificate is in it, "
	    "and no key that can be used; --tls-key FILE gives the key",
	    f->option, f->name);
}

/* Each file is read once: it may be a pipe. */
static enum result
read_identity(struct tls *t, SSL_CTX *ctx, struct error *err)
{
	const struct tls_options *o = t->o;
	struct tls_file cert, key = { .data = NULL };
	enum result result;

	result = tls_file_load(&cert, "--tls-cert", o->cert, err);
	if (result == RESULT_OK && o->key != NULL)
		result = tls_file_load(&key, "--tls-key", o->key, err);
	if (result == RESULT_OK)
		result = use_certificates(ctx, &cert, err);
	if (result == RESULT_OK && o->key == NULL)
		result = check_has_key(&cert, err);
	if (result == RESULT_OK)
		result = use_key(t, ctx, o->key != NULL ? &key : &cert, err);
	tls_file_free(&cert);
	tls_file_free(&key);
	ERR_clear_error();
	return result;
}

/* --- of another context -------------------------------------------------- */

static enum result
share_identity(SSL_CTX *from, SSL_CTX *ctx, struct error *err)
{
	STACK_OF(X509) *chain = NULL;

	if (SSL_CTX_get0_chain_certs(from, &chain) == 1 &&
	    SSL_CTX_use_certificate(ctx, SSL_CTX_get0_certificate(from)) ==
	    1 && SSL_CTX_use_PrivateKey(ctx, SSL_CTX_get0_privatekey(from)) ==
	    1 && SSL_CTX_set1_chain(ctx, chain) == 1)
		return RESULT_OK;
	return tls_error(err, RESULT_LOCAL, "the own certificate");
}

/* --- both ---------------------------------------------------------------- */

static enum result
announce_pin(const struct tls *t, SSL_CTX *ctx, struct error *err)
{
	char pin[PIN_TEXT_MAX], line[PIN_TEXT_MAX + 1];
	int n;

	tls_pin_format(SSL_CTX_get0_certificate(ctx), pin);
	log_line(t->o->cert == NULL && !t->o->pin_untold ? LOG_ERROR :
	    LOG_STEP, "tls pin %s", pin);
	if (t->o->pin_file == NULL)
		return RESULT_OK;
	n = snprintf(line, sizeof(line), "%s\n", pin);
	return file_replace(t->o->pin_file, "--pin-file", line, (size_t)n, err);
}

enum result
tls_load_identity(struct tls *t, SSL_CTX *ctx, struct error *err)
{
	bool made = t->o->cert == NULL;
	enum result result;

	if (made && t->role == TLS_CLIENT)
		return RESULT_OK;
	if (made && t->again)	/* its pin may have been told to somebody */
		return share_identity(t->ctx, ctx, err);
	result = made ? make_identity(ctx, err) : t->identity_of != NULL ?
	    share_identity(t->identity_of->ctx, ctx, err) :
	    read_identity(t, ctx, err);
	if (result == RESULT_OK && t->role == TLS_SERVER)
		result = announce_pin(t, ctx, err);
	return result;
}
