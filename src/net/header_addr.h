/* SPDX-License-Identifier: ISC */
/* Addresses as headers of the PROXY protocol have them: wire/proxy_header.h. */
#ifndef NET_HEADER_ADDR_H
#define NET_HEADER_ADDR_H

#include <stdbool.h>

#include "net/addr.h"
#include "wire/proxy_header.h"

/* The address that a header names. */
void	header_addr_read(const struct proxy_header_address *from,
	    struct addr *to);

/* The other way round.  False: no header can name it, and *to is nothing. */
bool	header_addr_write(const struct addr *from,
	    struct proxy_header_address *to);

#endif
