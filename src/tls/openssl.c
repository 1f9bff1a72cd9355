/* SPDX-License-Identifier: ISC */
#include "config.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tls/blocks.h"

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
#include "tls/openssl_functions.h"
#undef F
};

/* --- memory -------------------------------------------------------------- */

#define PAGE	4096
#define LINE	64
#define RECORD	16384

/*
 * The library reads and copies to a few bytes behind the beginning of its
 * buffers, from sources that begin at a page.  A target that is less than 32
 * bytes further into its page than the source makes some processors five times
 * as slow (see xpages()).  malloc's large blocks begin 16 bytes into a page;
 * these begin at 64, which is far enough.
 */
static void *
openssl_allocate(size_t n, const char *file, int line)
{
	void *p, *other;

	(void)file;
	(void)line;
	if (n == 0)
		return NULL;
	if (n < PAGE || n > SIZE_MAX - LINE)
		return malloc(n);
	p = blocks_take(n, n == PAGE ? 0 : LINE);
	if (p != NULL)
		return p;
	if (n < RECORD)
		return malloc(n);
	n = (n + LINE - 1) & ~(size_t)(LINE - 1);
	p = aligned_alloc(LINE, n);
	if (p == NULL || (uintptr_t)p % PAGE != 0)
		return p;
	other = aligned_alloc(LINE, n);		/* somewhere else */
	free(p);
	return other;
}

static void
openssl_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	if (blocks_room(p) > 0)
		blocks_give(p);
	else
		free(p);
}

/* n bytes for those of p, a block that has room for fewer. */
static void *
openssl_leave_block(void *p, size_t n)
{
	void *other = malloc(n);

	if (other == NULL)
		return NULL;
	memcpy(other, p, blocks_room(p));
	blocks_give(p);
	return other;
}

/* Where nothing was, it is what messages of a handshake are put together in:
 * 16 KiB are cleared, and the rest is for longer ones. */
static void *
openssl_reallocate(void *p, size_t n, const char *file, int line)
{
	size_t room = blocks_room(p);
	void *block;

	if (n == 0) {
		openssl_free(p, file, line);
		return NULL;
	}
	if (room > 0)
		return n <= room ? p : openssl_leave_block(p, n);
	block = p == NULL ? blocks_take(n, 0) : NULL;
	return block != NULL ? block : realloc(p, n);
}

/* --- loading ------------------------------------------------------------- */

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
	openssl_functions.CRYPTO_set_mem_functions(openssl_allocate,
	    openssl_reallocate, openssl_free);
	/* It is not taken down while threads may use it. */
	openssl_functions.OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL);
	return RESULT_OK;
}
