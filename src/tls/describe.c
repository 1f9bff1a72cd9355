/* SPDX-License-Identifier: ISC */
/* What the two agreed on, as facts. */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "tls/stream.h"
#include "wire/name.h"

/* A subject that is longer is not told. */
#define SUBJECT_MAX	4096

/* RFC 6066, section 3: a name, and nothing else. */
static void
describe_server_name(SSL *ssl, struct facts *facts)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	if (name == NULL)
		return;
	if (name_is_host(name, strlen(name)))
		facts_add(facts, "SSL_TLS_SNI_SERVERNAME", name);
	else
		log_line(LOG_STEP, "TLS: the server was asked for '%s', which "
		    "is no name of a host: the command does not get it", name);
}

/* What both chose, for reports. */
static void
describe_choices(SSL *ssl, struct facts *facts)
{
	const unsigned char *alpn = NULL;
	unsigned n = 0;
	char text[256];
	const char *group = SSL_group_to_name(ssl,
	    (int)SSL_get_negotiated_group(ssl));

	SSL_get0_alpn_selected(ssl, &alpn, &n);
	if (n > 0) {
		log_escape_whole(text, sizeof(text), (const char *)alpn, n);
		facts_add(facts, "alpn", text);
	}
	if (group != NULL)
		facts_add(facts, "group", group);
	ERR_clear_error();
}

static void
describe_name(void *context, const char *name)
{
	facts_add(context, "name", name);
}

static void
describe_peer(X509 *cert, struct facts *facts)
{
	char subject[SUBJECT_MAX], pin[PIN_TEXT_MAX];

	tls_certificate_exact_subject(X509_get_subject_name(cert), subject,
	    sizeof(subject));
	tls_pin_format(cert, pin);
	facts_add(facts, "SSL_PEER_CERT_SUBJECT", subject);
	facts_add(facts, "SSL_PEER_CERT_HASH", pin);
	tls_certificate_each_name(cert, describe_name, facts);
}

void
tls_stream_describe(SSL *ssl, struct facts *facts)
{
	X509 *peer = SSL_get0_peer_certificate(ssl);

	facts_add(facts, "SSL_PROTOCOL", SSL_get_version(ssl));
	facts_add(facts, "SSL_CIPHER", SSL_get_cipher_name(ssl));
	describe_server_name(ssl, facts);
	describe_choices(ssl, facts);
	if (peer != NULL)
		describe_peer(peer, facts);
}
