/* SPDX-License-Identifier: ISC */
/* Addresses for tests. */
#ifndef UNIT_ADDRESS_H
#define UNIT_ADDRESS_H

#include <arpa/inet.h>

#include "net/addr.h"

static inline struct addr
ipv4(const char *host, uint16_t port)
{
	struct addr a = { .len = 0 };

	a.in.sin_family = AF_INET;
	inet_pton(AF_INET, host, &a.in.sin_addr);
	a.len = sizeof(a.in);
	addr_set_port(&a, port);
	return a;
}

#endif
