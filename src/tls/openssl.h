/* SPDX-License-Identifier: ISC */
/*
 * OpenSSL, loaded when TLS is asked for and not before: linked, it would cost
 * each run without TLS more time than the rest of its start.  What is used of
 * it is named in tls/openssl_functions.h.
 */
#ifndef TLS_OPENSSL_H
#define TLS_OPENSSL_H

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/error.h"

/*
 * Load the library, once; to be called before there are threads, and before any
 * of the functions below.  RESULT_LOCAL.
 */
enum result	openssl_load(struct error *err);

struct openssl_functions {
#define F(name)	__typeof__(name) *name;
#include "tls/openssl_functions.h"
#undef F
};

/* Written by openssl_load() alone. */
extern struct openssl_functions openssl_functions;

/* From here on a name of OpenSSL's is that of a member above. */
#ifndef TLS_OPENSSL_LOADER
#include "tls/openssl_names.h"
#endif

#endif
