/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>

#include "fuzz.h"
#include "wire/name.h"

/* Fit to be shown, and to be a word of a command, as it is. */
static void
check_host(const char *text, size_t n)
{
	char name[NAME_HOST_MOST + 1];
	unsigned char raw[16];

	CHECK(n > 0 && n < sizeof(name));
	memcpy(name, text, n);
	name[n] = '\0';
	CHECK(strlen(name) == n);
	CHECK(strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == n);
	CHECK(name[0] != '-' && name[0] != '.' && name[n - 1] != '.');
	CHECK(strstr(name, "..") == NULL);
	CHECK(inet_pton(AF_INET, name, raw) != 1);
	CHECK(inet_pton(AF_INET6, name, raw) != 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = (char *)fuzz_copy(data, size);
	bool host = name_is_host(text, size);

	if (host)
		check_host(text, size);
	CHECK(!host || name_is_pattern(text, size));
	if (name_is_pattern(text, size) && !host)
		CHECK(name_is_host(text + 2, size - 2));
	free(text);
	return 0;
}
