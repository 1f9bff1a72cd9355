/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dlfcn.h>
#include <stddef.h>

#define TLS_OPENSSL_LOADER
#include "tls/openssl.h"

#define TEXT(x)		TEXT_OF(x)
#define TEXT_OF(x)	#x
#define LIBRARY		"libssl.so." TEXT(OPENSSL_SHLIB_VERSION)

struct openssl_functions openssl_functions;

static const struct {
	const char	*name;
	size_t		 offset;
} functions[] = {
#define F(name)	{ #name, offsetof(struct openssl_functions, name) },
	OPENSSL_FUNCTIONS(F)
#undef F
};

/* libcrypto comes with libssl, and dlsym(3) looks there, too. */
static enum result
openssl_find(void *library, struct error *err)
{
	char *base = (char *)&openssl_functions;

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *function = dlsym(library, functions[i].name);

		if (function == NULL)
			return error_set(err, RESULT_LOCAL, "TLS: " LIBRARY
			    " has no %s", functions[i].name);
		*(void **)(void *)(base + functions[i].offset) = function;
	}
	return RESULT_OK;
}

enum result
openssl_load(struct error *err)
{
	static void *library;
	enum result result;

	if (library != NULL)
		return RESULT_OK;
	library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	if (library == NULL)
		return error_set(err, RESULT_LOCAL, "TLS: %s", dlerror());
	result = openssl_find(library, err);
	if (result != RESULT_OK) {
		dlclose(library);
		library = NULL;
		return result;
	}
	/* It is not taken down while threads may use it. */
	openssl_functions.OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL);
	return RESULT_OK;
}
