/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "session/proxy_guard.h"

struct proxy_guard {
	const struct proxy_server_options	*o;
	unsigned char				 key[32];
};

struct proxy_guard *
proxy_guard_new(const struct proxy_server_options *o)
{
	struct proxy_guard *g;

	if (o->users == 0)
		return NULL;
	g = xcalloc(1, sizeof(*g));
	g->o = o;
	arc4random_buf(g->key, sizeof(g->key));
	return g;
}

void
proxy_guard_free(struct proxy_guard *g)
{
	if (g != NULL)
		explicit_bzero(g, sizeof(*g));
	free(g);
}

/* Whether both are the same; how long it takes tells the lengths alone. */
static bool
guard_same(const char *a, const char *b)
{
	volatile unsigned char differ = 0;
	size_t n = strlen(a);

	if (strlen(b) != n)
		return false;
	for (size_t i = 0; i < n; i++)
		differ = (unsigned char)(differ | (a[i] ^ b[i]));
	return differ == 0;
}

const char *
proxy_guard_password(void *context, const char *user)
{
	const struct proxy_guard *g = context;
	const char *found = NULL;

	for (size_t i = 0; i < g->o->users; i++) {
		if (guard_same(g->o->user[i].name, user))
			found = g->o->user[i].password;
	}
	return found;
}

bool
proxy_guard_check(void *context, const char *user, const char *password)
{
	const char *right = proxy_guard_password(context, user);

	return right != NULL && guard_same(right, password);
}

const unsigned char *
proxy_guard_key(const struct proxy_guard *g)
{
	return g->key;
}
