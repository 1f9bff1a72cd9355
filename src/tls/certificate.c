/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "tls/context.h"
#include "wire/name.h"

/* --- to text ------------------------------------------------------------- */

void
tls_pin_format(X509 *cert, char text[PIN_TEXT_MAX])
{
	unsigned char digest[EVP_MAX_MD_SIZE] = { 0 };

	X509_digest(cert, EVP_sha256(), digest, NULL);
	pin_format(digest, text);
}

/*
 * What is not fit to be shown is written as RFC 4514, section 2.4, has it, a
 * pair of digits for each byte; a '\\' in a name is one of a pair by then.
 * False: not all had room, and the end is "...".
 */
static bool
subject_escape(const char *data, size_t n, char *text, size_t size)
{
	static const char cut[] = "...";
	size_t used = 0;

	while (n > 0) {
		size_t length = log_printable(data, n);
		size_t need = length > 0 ? length : 3;

		if (need + sizeof(cut) > size - used) {
			memcpy(text + used, cut, sizeof(cut));
			return false;
		}
		if (length > 0)
			memcpy(text + used, data, length);
		else
			snprintf(text + used, size - used, "\\%02X",
			    (unsigned char)*data);
		used += need;
		length += length == 0;
		data += length;
		n -= length;
	}
	text[used] = '\0';
	return true;
}

/* False: it is cut. */
static bool
subject_format(const X509_NAME *name, char *text, size_t size)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *data = NULL;
	bool whole;
	long n = 0;

	if (memory != NULL && X509_NAME_print_ex(memory, name, 0,
	    XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		n = BIO_get_mem_data(memory, &data);
	whole = subject_escape(data, n > 0 ? (size_t)n : 0, text, size);
	BIO_free(memory);
	ERR_clear_error();
	return whole;
}

void
tls_certificate_subject(const X509_NAME *name, char *text, size_t size)
{
	subject_format(name, text, size);
	if (text[0] == '\0')
		snprintf(text, size, "(empty)");
}

void
tls_certificate_exact_subject(const X509_NAME *name, char *text, size_t size)
{
	if (!subject_format(name, text, size))
		text[0] = '\0';
}

void
tls_date_format(const ASN1_TIME *time, char text[32])
{
	struct tm tm;

	if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1 ||
	    strftime(text, 32, "%Y-%m-%d", &tm) == 0)
		snprintf(text, 32, "at no valid time");
}

/* Commas and blanks would be those between names, or words of the message. */
static void
dns_name_format(const char *data, size_t n, char *text, size_t size)
{
	static const char cut[] = "...";
	size_t used;

	if (name_is_pattern(data, n)) {
		snprintf(text, size, "%.*s", (int)n, data);
		return;
	}
	used = strlcpy(text, "DNS:", size);
	for (size_t i = 0; i < n && used < size - 8; i++)
		used += (size_t)snprintf(text + used, size - used,
		    isalnum((unsigned char)data[i]) ||
		    (data[i] != '\0' && strchr("-_.:*", data[i]) != NULL) ?
		    "%c" : "\\x%02x", (unsigned char)data[i]);
	if (used >= size - 8)
		memcpy(text + used, cut, sizeof(cut));
}

static void
general_name_format(const GENERAL_NAME *name, char *text, size_t size)
{
	int type;
	const ASN1_STRING *s = GENERAL_NAME_get0_value(name, &type);
	const unsigned char *data;
	int n;

	text[0] = '\0';
	if (type != GEN_DNS && type != GEN_IPADD)
		return;
	data = ASN1_STRING_get0_data(s);
	n = ASN1_STRING_length(s);
	if (type == GEN_DNS)
		dns_name_format((const char *)data, (size_t)n, text, size);
	if (type == GEN_IPADD && n == 4)
		inet_ntop(AF_INET, data, text, (socklen_t)size);
	if (type == GEN_IPADD && n == 16)
		inet_ntop(AF_INET6, data, text, (socklen_t)size);
}

static void
append_name(char *text, size_t size, const char *name)
{
	static const char more[] = ", ...";
	size_t n = strlen(text);

	if (name[0] == '\0' || (n >= sizeof(more) - 1 &&
	    strcmp(text + n - strlen(more), more) == 0))
		return;
	if (n + strlen(name) + 2 + sizeof(more) <= size)
		snprintf(text + n, size - n, "%s%s", n > 0 ? ", " : "", name);
	else
		snprintf(text + n, size - n, "%s", n > 0 ? more : "...");
}

void
tls_certificate_each_name(X509 *cert, void (*take)(void *, const char *),
    void *context)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name,
	    NULL, NULL);
	char name[256];

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		general_name_format(sk_GENERAL_NAME_value(names, i), name,
		    sizeof(name));
		if (name[0] != '\0')
			take(context, name);
	}
	GENERAL_NAMES_free(names);
	ERR_clear_error();
}

struct names {
	char	*text;
	size_t	 size;
};

static void
names_take(void *context, const char *name)
{
	const struct names *n = context;

	append_name(n->text, n->size, name);
}

void
tls_certificate_names(X509 *cert, char *text, size_t size)
{
	struct names names = { text, size };

	text[0] = '\0';
	tls_certificate_each_name(cert, names_take, &names);
	if (text[0] == '\0')
		snprintf(text, size, "none");
}

/* --- the peer's chain ---------------------------------------------------- */

static void
log_certificate(X509 *cert, int number)
{
	char subject[256], issuer[256], names[512], from[32], to[32];
	char pin[PIN_TEXT_MAX];

	tls_certificate_subject(X509_get_subject_name(cert), subject,
	    sizeof(subject));
	tls_certificate_subject(X509_get_issuer_name(cert), issuer,
	    sizeof(issuer));
	tls_certificate_names(cert, names, sizeof(names));
	tls_date_format(X509_get0_notBefore(cert), from);
	tls_date_format(X509_get0_notAfter(cert), to);
	tls_pin_format(cert, pin);
	log_line(LOG_STEP, "TLS: certificate %d: %s, names %s, issued by %s, "
	    "valid %s to %s, %s", number, subject, names, issuer, from, to,
	    pin);
}

/* The chain of the peer's certificate, the peer's own first; a server does not
 * get that one with the chain. */
static X509 *
chain_get(SSL *ssl, int i)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
	X509 *leaf = SSL_get0_peer_certificate(ssl);
	int n = chain == NULL ? 0 : sk_X509_num(chain);

	if (SSL_is_server(ssl)) {
		if (i == 0)
			return leaf;
		i--;
	}
	return i < n ? sk_X509_value(chain, i) : NULL;
}

void
tls_log_chain(SSL *ssl)
{
	X509 *cert;

	if (!log_enabled(LOG_STEP))
		return;
	for (int i = 0; (cert = chain_get(ssl, i)) != NULL; i++)
		log_certificate(cert, i);
}

enum result
tls_save_chain(SSL *ssl, const char *file, struct error *err)
{
	BIO *memory = BIO_new(BIO_s_mem());
	enum result result;
	char *data = NULL;
	X509 *cert;
	long n;

	for (int i = 0; memory != NULL && (cert = chain_get(ssl, i)) != NULL;
	    i++)
		PEM_write_bio_X509(memory, cert);
	n = memory == NULL ? 0 : BIO_get_mem_data(memory, &data);
	result = file_replace(file, "--tls-peer-cert", data, n > 0 ? (size_t)n :
	    0, err);
	BIO_free(memory);
	return result;
}
