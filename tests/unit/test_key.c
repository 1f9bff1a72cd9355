/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/key.h"

int
main(void)
{
	static const struct {
		const char	*text;
		int		 key;
	} tests[] = {
		{ "^]", 0x1d },
		{ "^A", 1 },
		{ "^a", 1 },
		{ "^z", 0x1a },
		{ "^@", 0 },
		{ "^[", 0x1b },
		{ "^_", 0x1f },
		{ "^^", 0x1e },
		{ "^?", 0x7f },
		{ "^", '^' },
		{ "~", '~' },
		{ "x", 'x' },
		{ "", -1 },
		{ " ", -1 },
		{ "^1", -1 },
		{ "^ab", -1 },
		{ "xy", -1 },
		{ "\x7f", -1 },
		{ "\x1d", -1 },
		{ "\xe4", -1 },
		{ "^\xe4", -1 },
	};

	for (size_t i = 0; i < NITEMS(tests); i++)
		is_int(key_parse(tests[i].text), tests[i].key, "\"%s\"",
		    tests[i].text);
	return tap_done();
}
