/* SPDX-License-Identifier: ISC */
#include "session/judge.h"

bool
judge_awaits_header(const struct run *r)
{
	return r->options->header.accept && r->access != NULL;
}

bool
judge_comer(const struct run *r, const struct addr *from)
{
	return judge_awaits_header(r) || access_admits(r->access, from);
}

bool
judge_client(const struct run *r, const struct addr *client)
{
	return access_admits(r->access, client);
}
