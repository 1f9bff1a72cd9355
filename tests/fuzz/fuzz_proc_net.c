/* SPDX-License-Identifier: ISC */
#include "fuzz.h"
#include "wire/proc_net.h"

static void
check_unix(const char *text)
{
	struct proc_socket *s = fuzz_alloc(sizeof(*s));

	memset(s, 0xa5, sizeof(*s));
	if (proc_net_unix(text, s) && s->path_length > 0) {
		CHECK(s->path > text);
		CHECK(s->path + s->path_length <= text + strlen(text));
		CHECK(memchr(s->path, '\n', (size_t)s->path_length) == NULL);
	}
	free(s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size);
	struct proc_socket *s = fuzz_alloc(sizeof(*s));
	bool four, six;

	memset(s, 0xa5, sizeof(*s));
	six = proc_net_inet(text, true, s);
	four = proc_net_inet(text, false, s);
	CHECK(!four || !six);
	check_unix(text);
	free(s);
	free(text);
	return 0;
}
