/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"
#ifdef HAVE_OPENSSL
#include "tls/context.h"
#include "tls/ktls.h"

/* What the kernel itself says that it has. */
static bool
kernel_has_tls(void)
{
	FILE *f = fopen("/proc/sys/net/ipv4/tcp_available_ulp", "r");
	char word[64];
	bool found = false;

	while (f != NULL && fscanf(f, "%63s", word) == 1)
		found = found || strcmp(word, "tls") == 0;
	if (f != NULL)
		fclose(f);
	return found;
}

static void
test_ktls(void)
{
	int errnum = ktls_probe();

	/* The probe may load the module, so look afterwards. */
	ok(errnum == (kernel_has_tls() ? 0 : ENOENT), "the probe agrees with "
	    "the kernel: %s", strerror(errnum));
	setenv("SOCKCAT_KTLS", "yes", 1);
	ok(ktls_wanted(), "yes: tried");
	setenv("SOCKCAT_KTLS", "no", 1);
	ok(!ktls_wanted(), "no: not tried");
	unsetenv("SOCKCAT_KTLS");
	ok(ktls_wanted() == (errnum == 0), "otherwise as the probe says");
}

static void
test_context(void)
{
	const struct tls_options o = { .on = true };
	struct error err = { .result = RESULT_OK };
	struct tls *t = NULL;

	ok(tls_open(&o, TLS_CLIENT, false, NULL, &t, &err) == RESULT_OK,
	    "a context%s%s", err.text[0] != '\0' ? ": " : "", err.text);
	if (t == NULL)
		return;
	ok((SSL_CTX_set_options(t->ctx, 0) & SSL_OP_ENABLE_KTLS) != 0,
	    "the engine may leave the keys to the kernel");
	ok((SSL_CTX_set_options(t->ctx, 0) & SSL_OP_NO_RENEGOTIATION) != 0,
	    "it does not renegotiate");
	tls_close(t);
}
#endif

int
main(void)
{
#ifdef HAVE_OPENSSL
	test_ktls();
	test_context();
#else
	ok(true, "built without TLS");
#endif
	return tap_done();
}
