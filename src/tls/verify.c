/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "tls/context.h"
#include "tls/stream.h"
#include "wire/pem.h"

#define STAPLE_SKEW	300	/* seconds that clocks may differ */
#define STAPLE_AGE	(7 * 86400)	/* at most, of one that does not say */

/* Whether peers need a chain to one of those that are trusted, too; a pin does
 * without, unless it was said whom to trust. */
static bool
wants_chain(const struct tls *t)
{
	if (t->role == TLS_SERVER)
		return t->o->client_ca != NULL;
	return !t->o->insecure && (t->pins == 0 || t->o->ca.count > 0);
}

/* --- what to say --------------------------------------------------------- */

/* RFC 9525, section 6: names are what the extension has, and nothing else. */
static void
explain_names(struct tls_verdict *v, X509 *cert, const char *expected)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	char names[400], text[180];
	int n;

	tls_certificate_names(cert, names, sizeof(names));
	n = snprintf(v->text, sizeof(v->text), "certificate is not for "
	    "%.200s; names in the certificate: %s", expected, names);
	if (strcmp(names, "none") != 0)
		return;
	if (X509_NAME_get_text_by_NID(subject, NID_commonName, NULL, 0) == -1) {
		snprintf(v->text + n, sizeof(v->text) - (size_t)n,
		    " (a subjectAltName is needed)");
		return;
	}
	tls_certificate_subject(subject, text, sizeof(text));
	snprintf(v->text + n, sizeof(v->text) - (size_t)n, " (a common name, "
	    "%s, does not count: a subjectAltName is needed)", text);
}

/* The reason, as a person needs it. */
static void
verdict_explain(struct tls_verdict *v, X509_STORE_CTX *store,
    const char *expected)
{
	X509 *cert = X509_STORE_CTX_get_current_cert(store);
	char names[400], date[32] = "";
	const char *reason = X509_verify_cert_error_string(v->error);
	size_t size = sizeof(v->text);

	switch (v->error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		tls_date_format(X509_get0_notAfter(cert), date);
		snprintf(v->text, size, "certificate expired %s", date);
		break;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		tls_date_format(X509_get0_notBefore(cert), date);
		snprintf(v->text, size, "certificate is not valid before %s",
		    date);
		break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		explain_names(v, cert, expected);
		break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		snprintf(v->text, size, "certificate signed by itself");
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		snprintf(v->text, size, "chain ends at a root that is not "
		    "trusted");
		break;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		tls_certificate_subject(X509_get_issuer_name(cert), names,
		    sizeof(names));
		snprintf(v->text, size, "certificate of its issuer is missing "
		    "or not trusted: %s", names);
		break;
	default:
		snprintf(v->text, size, "%s", reason);
		break;
	}
}

/* Which one it was, and what would make it pass, unless it was pinned. */
static void
verdict_complete(struct tls_verdict *v, X509_STORE_CTX *store, bool pinned)
{
	X509 *cert = X509_STORE_CTX_get_current_cert(store);
	X509 *leaf = X509_STORE_CTX_get0_cert(store);
	int depth = X509_STORE_CTX_get_error_depth(store);
	char subject[180], pin[PIN_TEXT_MAX], reason[sizeof(v->text)];
	char hint[160] = " (its pin is the right one)";

	snprintf(reason, sizeof(reason), "%s", v->text);
	tls_pin_format(leaf, pin);
	if (!pinned)
		snprintf(hint, sizeof(hint), "; --tls-pin %s would accept "
		    "exactly this %s", pin, depth > 0 ? "peer" : "one");
	if (depth > 0 && cert != NULL) {
		tls_certificate_subject(X509_get_subject_name(cert), subject,
		    sizeof(subject));
		snprintf(v->text, sizeof(v->text), "%.300s (number %d of the "
		    "chain: %s)%s", reason, depth, subject, hint);
	} else {
		snprintf(v->text, sizeof(v->text), "%.530s%s", reason, hint);
	}
}

/* --- the callback -------------------------------------------------------- */

static int
verify_pin(const struct tls *t, X509 *cert, struct tls_verdict *v)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	char pin[PIN_TEXT_MAX];

	if (X509_digest(cert, EVP_sha256(), digest, &n) == 1 &&
	    n == PIN_LENGTH) {
		for (size_t i = 0; i < t->pins; i++) {
			if (memcmp(digest, t->pin[i], PIN_LENGTH) == 0)
				return 1;
		}
	}
	tls_pin_format(cert, pin);
	v->error = X509_V_ERR_APPLICATION_VERIFICATION;
	v->wrong_pin = true;
	snprintf(v->text, sizeof(v->text), "certificate is another one than "
	    "the pin%s: %s", t->pins > 1 ? "s say" : " says", pin);
	return 0;
}

/* As SSL_CTX_set_cert_verify_callback(3) says. */
static int
verify_chain(X509_STORE_CTX *store, void *arg)
{
	struct tls *t = arg;
	SSL *ssl = X509_STORE_CTX_get_ex_data(store,
	    SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_verdict *v = tls_stream_verdict(ssl);

	/* It is called also when nothing depends on it. */
	if (SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE)
		return 1;
	if (t->pins > 0 && !verify_pin(t, X509_STORE_CTX_get0_cert(store),
	    v)) {
		X509_STORE_CTX_set_error(store, v->error);
		return 0;
	}
	if (!wants_chain(t) || X509_verify_cert(store) == 1)
		return 1;
	v->error = X509_STORE_CTX_get_error(store);
	verdict_explain(v, store, tls_stream_expected(ssl));
	verdict_complete(v, store, t->pins > 0);
	return 0;
}

/* --- the context --------------------------------------------------------- */

/* What is refused must not be looked for in vain: lists of those who are
 * revoked are not looked at. */
static enum result
check_no_crl(const struct tls_file *f, struct error *err)
{
	struct pem_reader r;
	struct pem_block block;

	pem_begin(&r, f->data, f->size);
	while (pem_next(&r, &block)) {
		if (pem_is(&block, PEM_STRING_X509_CRL))
			return error_set(err, RESULT_LOCAL, "%s %s: a list of "
			    "revoked certificates at line %zu, which would not "
			    "be looked at", f->option, f->name, block.line);
	}
	return RESULT_OK;
}

/* `names': those that clients are told. */
static enum result
load_root_file(SSL_CTX *ctx, const char *option, const char *path, bool names,
    struct error *err)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	struct tls_certificates certs = { NULL, 0 };
	struct tls_file f;
	enum result result = tls_file_load(&f, option, path, err);
	bool ok = true;

	if (result == RESULT_OK)
		result = check_no_crl(&f, err);
	if (result == RESULT_OK)
		result = tls_file_certificates(&f, &certs, err);
	for (size_t i = 0; i < certs.count && ok; i++) {
		/* The library reads its extensions when somebody asks for the
		 * first time: better now than in several threads at once. */
		X509_check_purpose(certs.cert[i], -1, 0);
		ok = X509_STORE_add_cert(store, certs.cert[i]) == 1 &&
		    (!names || SSL_CTX_add_client_CA(ctx, certs.cert[i]) == 1);
	}
	tls_certificates_free(&certs);
	tls_file_free(&f);
	return ok ? result : tls_error(err, RESULT_LOCAL, "%s %s", option,
	    path);
}

/* Whoever is named is trusted, root or not: an intermediate, or the peer. */
static enum result
load_roots(SSL_CTX *ctx, const char *option, const char *path, bool names,
    struct error *err)
{
	struct stat st;

	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(ctx),
	    X509_V_FLAG_PARTIAL_CHAIN);
	if (stat(path, &st) == -1)
		return error_set_errno(err, RESULT_LOCAL, errno, "%s %s",
		    option, path);
	if (!S_ISDIR(st.st_mode))
		return load_root_file(ctx, option, path, names, err);
	if (SSL_CTX_load_verify_dir(ctx, path) == 1)
		return RESULT_OK;
	return tls_error(err, RESULT_LOCAL, "%s %s", option, path);
}

static enum result
prepare_client(const struct tls_options *o, SSL_CTX *ctx, struct error *err)
{
	enum result result = RESULT_OK;

	SSL_CTX_set_tlsext_status_type(ctx, TLSEXT_STATUSTYPE_ocsp);
	for (size_t i = 0; i < o->ca.count && result == RESULT_OK; i++)
		result = load_roots(ctx, "--tls-ca", o->ca.text[i], false,
		    err);
	if (o->ca.count > 0)
		return result;
	if (SSL_CTX_set_default_verify_paths(ctx) == 1)
		return RESULT_OK;
	return tls_error(err, RESULT_LOCAL, "the system's certificates");
}

enum result
tls_prepare_verification(struct tls *t, SSL_CTX *ctx, struct error *err)
{
	int mode = SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;

	if (t->pins == 0 && !wants_chain(t))
		mode = SSL_VERIFY_NONE;
	SSL_CTX_set_verify(ctx, mode, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, verify_chain, t);
	if (!wants_chain(t))
		return RESULT_OK;
	return t->role == TLS_SERVER ? load_roots(ctx, "--tls-client-ca",
	    t->o->client_ca, true, err) : prepare_client(t->o, ctx, err);
}

/* --- one connection ------------------------------------------------------ */

static bool
is_address(const char *host)
{
	unsigned char address[16];

	return inet_pton(AF_INET, host, address) == 1 ||
	    inet_pton(AF_INET6, host, address) == 1;
}

/*
 * A name without the dot of the root, an address without its zone or brackets;
 * what getaddrinfo(3) takes for an address, 127.1 or 0x7f.1, as inet_aton(3)
 * does, is one here, too, in its usual spelling.
 */
static void
plain_name(const char *host, char *name, size_t size)
{
	size_t n = strlen(host);
	struct in_addr in;

	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		host++;
		n -= 2;
	}
	if (memchr(host, ':', n) != NULL)
		n = strcspn(host, "%]");
	if (n > 1 && host[n - 1] == '.')
		n--;
	snprintf(name, size, "%.*s", (int)n, host);
	if (strpbrk(name, " \t\r\n\v\f") == NULL && inet_aton(name, &in) != 0)
		inet_ntop(AF_INET, &in, name, (socklen_t)size);
}

enum result
tls_expect_name(struct tls *t, SSL *ssl, const char *host, struct error *err)
{
	const struct tls_options *o = t->o;
	const char *expected = o->name != NULL ? o->name : host;
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
	char name[256] = "", sni[256];
	bool ok = true;

	if (expected != NULL)
		plain_name(expected, name, sizeof(name));
	snprintf(sni, sizeof(sni), "%s", name);
	if (o->server_name != NULL)
		plain_name(o->server_name, sni, sizeof(sni));
	if (sni[0] != '\0' && !is_address(sni))
		ok = SSL_set_tlsext_host_name(ssl, sni) == 1;
	tls_stream_expect(ssl, name);
	if (!wants_chain(t))
		return ok ? RESULT_OK : tls_error(err, RESULT_USAGE,
		    "--tls-servername '%s'", sni);
	if (name[0] == '\0')
		return error_set(err, RESULT_USAGE, "TLS: no name to expect in "
		    "the certificate (-e NAME gives one)");
	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
	    X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (is_address(name))
		ok = ok && X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
	else	/* see tls_check() for a dot in front */
		ok = ok && name[0] != '.' &&
		    X509_VERIFY_PARAM_set1_host(param, name, 0) == 1;
	return ok ? RESULT_OK : tls_error(err, RESULT_USAGE, "TLS: '%s' is no "
	    "name that a certificate can have", name);
}

/* --- the stapled answer -------------------------------------------------- */

/* Whether an answer is about the leaf: number and issuer (RFC 6960, 4.1.1). */
static bool
staple_is_about(SSL *ssl, const OCSP_CERTID *id)
{
	STACK_OF(X509) *chain = SSL_get0_verified_chain(ssl);
	X509 *leaf = SSL_get0_peer_certificate(ssl), *issuer;
	ASN1_OBJECT *digest = NULL;
	OCSP_CERTID *ours;
	const EVP_MD *md;
	bool same;

	if (chain == NULL || sk_X509_num(chain) < 1)
		return false;
	issuer = sk_X509_value(chain, sk_X509_num(chain) > 1 ? 1 : 0);
	OCSP_id_get0_info(NULL, &digest, NULL, NULL,
	    (OCSP_CERTID *)(uintptr_t)id);
	md = EVP_get_digestbyname(OBJ_nid2sn(OBJ_obj2nid(digest)));
	ours = md == NULL ? NULL : OCSP_cert_to_id(md, leaf, issuer);
	same = ours != NULL && OCSP_id_cmp(ours, id) == 0;
	OCSP_CERTID_free(ours);
	return same;
}

/* What it says of the leaf: V_OCSP_CERTSTATUS_..., -1: nothing that counts. */
static int
staple_status(SSL *ssl, OCSP_BASICRESP *basic, const char **why)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
	X509_STORE *store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
	STACK_OF(X509) *verified = SSL_get0_verified_chain(ssl);
	ASN1_GENERALIZEDTIME *this_update = NULL, *next_update = NULL;
	int status = -1, reason, i;

	*why = "its signature is not valid";
	if (OCSP_basic_verify(basic, verified != NULL ? verified : chain,
	    store, OCSP_PARTIAL_CHAIN) != 1)
		return -1;
	*why = "it is about another certificate";
	for (i = 0; i < OCSP_resp_count(basic); i++) {
		OCSP_SINGLERESP *one = OCSP_resp_get0(basic, i);

		if (!staple_is_about(ssl, OCSP_SINGLERESP_get0_id(one)))
			continue;
		status = OCSP_single_get0_status(one, &reason, NULL,
		    &this_update, &next_update);
		*why = "it is not of today";
		if (OCSP_check_validity(this_update, next_update, STAPLE_SKEW,
		    next_update == NULL ? STAPLE_AGE : -1) != 1)
			return -1;
		*why = OCSP_cert_status_str(status);
		return status;
	}
	return -1;
}

static int
staple_read(SSL *ssl, const char **why)
{
	const unsigned char *data = NULL;
	long n = SSL_get_tlsext_status_ocsp_resp(ssl, &data);
	OCSP_RESPONSE *response;
	OCSP_BASICRESP *basic = NULL;
	int status = -1;

	*why = "none";
	if (data == NULL || n <= 0)
		return -1;
	*why = "it can't be read";
	response = d2i_OCSP_RESPONSE(NULL, &data, n);
	if (response == NULL)
		goto out;
	*why = OCSP_response_status_str(OCSP_response_status(response));
	if (OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(response);
	if (basic != NULL)
		status = staple_status(ssl, basic, why);
out:
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return status;
}

enum result
tls_check_staple(struct tls *t, SSL *ssl, struct error *err)
{
	const char *why = "none";
	char pin[PIN_TEXT_MAX];
	X509 *leaf = SSL_get0_peer_certificate(ssl);
	int status;

	if (t->role == TLS_SERVER || !wants_chain(t) || leaf == NULL)
		return RESULT_OK;
	status = staple_read(ssl, &why);
	log_line(LOG_STEP, "TLS: stapled OCSP answer: %s", why);
	if (status == V_OCSP_CERTSTATUS_GOOD)
		return RESULT_OK;
	tls_pin_format(leaf, pin);
	if (status == V_OCSP_CERTSTATUS_REVOKED)
		return error_set(err, RESULT_DENIED, "TLS: certificate was "
		    "revoked, says its stapled OCSP answer; --tls-pin %s would "
		    "accept exactly this one", pin);
	if (!t->o->ocsp)
		return RESULT_OK;
	return error_set(err, RESULT_DENIED, "TLS: --tls-ocsp: no good stapled "
	    "OCSP answer: %s; --tls-pin %s would accept exactly this one", why,
	    pin);
}
