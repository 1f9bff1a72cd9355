/* SPDX-License-Identifier: ISC */
/*
 * What the files that make up socks_client.h and socks_server.h share; nobody
 * else includes this.
 */
#ifndef WIRE_SOCKS_PARTS_H
#define WIRE_SOCKS_PARTS_H

#include "base/error.h"

/* Why a dialogue has failed. */
enum socks_fault {
	SOCKS_FAULT_NONE,

	/* What is said is not SOCKS; `code' is the byte that was wrong. */
	SOCKS_FAULT_ALIEN,		/* the first of all */
	SOCKS_FAULT_HTTP,
	SOCKS_FAULT_VERSION,		/* further on */
	SOCKS_FAULT_TYPE,		/* that of an address */
	SOCKS_FAULT_NOT_OFFERED,	/* the method that the proxy chose */
	SOCKS_FAULT_USER_END,
	SOCKS_FAULT_NAME_END,
	SOCKS_FAULT_NAME,

	/* The proxy says no; `code' is what it says. */
	SOCKS_FAULT_WANTS_LOGIN,
	SOCKS_FAULT_NO_METHOD,
	SOCKS_FAULT_LOGIN,
	SOCKS_FAULT_REPLY,

	/* We as the proxy say no. */
	SOCKS_FAULT_NOT_SERVED,		/* that version */
	SOCKS_FAULT_NAMES,		/* 4A, where 4 is served */
	SOCKS_FAULT_METHODS,
	SOCKS_FAULT_WRONG_LOGIN,
	SOCKS_FAULT_LOGIN_4,
	SOCKS_FAULT_COMMAND,		/* code: that */
};

/* `refuse' of the codecs. */
enum result	socks_client_refuse(void *state, const char *name,
		    struct error *err);
enum result	socks_server_refuse(void *state, const char *name,
		    struct error *err);

#endif
