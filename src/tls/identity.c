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
make_identity(struct tls *t, struct error *err)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = X509_new();
	enum result result = RESULT_OK;

	if (key == NULL || cert == NULL || !fill_certificate(cert, key) ||
	    SSL_CTX_use_certificate(t->ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey(t->ctx, key) != 1)
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
	else if (readpassphrase("passphrase of the TLS key: ", text,
	    (size_t)size, RPP_REQUIRE_TTY) != NULL)
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

static enum result
check_file(const char *file, const char *option, struct error *err)
{
	if (access(file, R_OK) == 0)
		return RESULT_OK;
	return error_set_errno(err, RESULT_LOCAL, errno, "%s %s", option,
	    file);
}

static enum result
read_identity(struct tls *t, struct error *err)
{
	const struct tls_options *o = t->o;
	const char *key = o->key != NULL ? o->key : o->cert;
	enum result result = check_file(o->cert, "--tls-cert", err);

	if (result == RESULT_OK)
		result = check_file(key, "--tls-key", err);
	if (result != RESULT_OK)
		return result;
	if (SSL_CTX_use_certificate_chain_file(t->ctx, o->cert) != 1)
		return tls_error(err, RESULT_LOCAL, "--tls-cert %s: no "
		    "certificate that can be used", o->cert);
	warn_if_readable(key);
	SSL_CTX_set_default_passwd_cb(t->ctx, ask_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(t->ctx, t);
	if (SSL_CTX_use_PrivateKey_file(t->ctx, key, SSL_FILETYPE_PEM) == 1 &&
	    SSL_CTX_check_private_key(t->ctx) == 1)
		return RESULT_OK;
	if (ERR_GET_REASON(ERR_peek_last_error()) ==
	    X509_R_KEY_VALUES_MISMATCH)
		return tls_error(err, RESULT_LOCAL, "--tls-key %s: not the key "
		    "of %s", key, o->cert);
	if (signals_caught() != 0) {
		ERR_clear_error();
		return error_set(err, RESULT_SIGNAL, "interrupted");
	}
	if (t->key_locked && o->key_pass_file == NULL) {
		ERR_clear_error();
		return error_set(err, RESULT_LOCAL, "--tls-key %s: the key is "
		    "encrypted, and there is no terminal to ask for its "
		    "passphrase (--tls-key-pass-file F gives it)", key);
	}
	if (t->key_unlocked) {
		ERR_clear_error();
		return error_set(err, RESULT_LOCAL, "--tls-key %s: not with "
		    "that passphrase", key);
	}
	return tls_error(err, RESULT_LOCAL, "--tls-key %s: no key that can be "
	    "used", key);
}

/* --- of another context -------------------------------------------------- */

static enum result
share_identity(struct tls *t, struct error *err)
{
	STACK_OF(X509) *chain = NULL;

	if (SSL_CTX_get0_chain_certs(t->kin->ctx, &chain) == 1 &&
	    SSL_CTX_use_certificate(t->ctx,
	    SSL_CTX_get0_certificate(t->kin->ctx)) == 1 &&
	    SSL_CTX_use_PrivateKey(t->ctx,
	    SSL_CTX_get0_privatekey(t->kin->ctx)) == 1 &&
	    SSL_CTX_set1_chain(t->ctx, chain) == 1)
		return RESULT_OK;
	return tls_error(err, RESULT_LOCAL, "--tls-cert %s", t->o->cert);
}

/* --- both ---------------------------------------------------------------- */

static enum result
announce_pin(const struct tls *t, struct error *err)
{
	char pin[PIN_TEXT_MAX], line[PIN_TEXT_MAX + 1];
	int n;

	tls_pin_format(SSL_CTX_get0_certificate(t->ctx), pin);
	log_line(t->o->cert == NULL ? LOG_ERROR : LOG_STEP, "tls pin %s", pin);
	if (t->o->pin_file == NULL)
		return RESULT_OK;
	n = snprintf(line, sizeof(line), "%s\n", pin);
	return file_replace(t->o->pin_file, "--pin-file", line, (size_t)n, err);
}

enum result
tls_load_identity(struct tls *t, struct error *err)
{
	enum result result;

	if (t->o->cert == NULL && t->role == TLS_CLIENT)
		return RESULT_OK;
	result = t->o->cert == NULL ? make_identity(t, err) :
	    t->kin != NULL ? share_identity(t, err) : read_identity(t, err);
	if (result == RESULT_OK && t->role == TLS_SERVER)
		result = announce_pin(t, err);
	return result;
}
