/* SPDX-License-Identifier: ISC */
/* What the two agreed on. */
#include "config.h"

#include <string.h>

#include "base/log.h"
#include "tls/stream.h"
#include "wire/name.h"

/* RFC 6066, section 3: a name, and nothing else. */
static void
describe_server_name(SSL *ssl, struct tls_session *session)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	if (name == NULL)
		return;
	if (name_is_host(name, strlen(name)))
		strlcpy(session->server_name, name,
		    sizeof(session->server_name));
	else
		log_line(LOG_STEP, "TLS: the server was asked for '%s', which "
		    "is no name of a host: the command does not get it", name);
}

void
tls_describe_engine(SSL *ssl, struct tls_session *session)
{
	X509 *peer = SSL_get0_peer_certificate(ssl);

	memset(session, 0, sizeof(*session));
	strlcpy(session->protocol, SSL_get_version(ssl),
	    sizeof(session->protocol));
	strlcpy(session->cipher, SSL_get_cipher_name(ssl),
	    sizeof(session->cipher));
	describe_server_name(ssl, session);
	if (peer == NULL)
		return;
	tls_certificate_exact_subject(X509_get_subject_name(peer),
	    session->subject, sizeof(session->subject));
	tls_pin_format(peer, session->hash);
}

void
tls_tell_facts(SSL *ssl, stream_fact *fact, void *context)
{
	struct tls_session session;

	tls_describe_engine(ssl, &session);
	fact(context, "SSL_PROTOCOL", session.protocol);
	fact(context, "SSL_CIPHER", session.cipher);
	if (session.server_name[0] != '\0')
		fact(context, "SSL_TLS_SNI_SERVERNAME", session.server_name);
	if (session.hash[0] == '\0')
		return;
	fact(context, "SSL_PEER_CERT_SUBJECT", session.subject);
	fact(context, "SSL_PEER_CERT_HASH", session.hash);
}
