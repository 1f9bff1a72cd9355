/* SPDX-License-Identifier: ISC */
#include "tap.h"
#include "wire/json.h"

struct test {
	const char	*in;
	size_t		 n;
	const char	*out;
};

static void	check_texts(void);
static void	check_values(void);
static void	check_room(void);
static void	check_depth(void);

int
main(void)
{
	check_texts();
	check_values();
	check_room();
	check_depth();
	return tap_done();
}

static void
check_texts(void)
{
	static const struct test tests[] = {
		{ BYTES(""), "{\"a\":\"\"}" },
		{ BYTES("plain"), "{\"a\":\"plain\"}" },
		{ BYTES("\"\\/"), "{\"a\":\"\\\"\\\\/\"}" },
		{ BYTES("\n\r\t"), "{\"a\":\"\\n\\u000d\\u0009\"}" },
		{ BYTES("\0\033[2J"), "{\"a\":\"\\u0000\\u001b[2J\"}" },
		{ BYTES("\177"), "{\"a\":\"\\u007f\"}" },
		{ BYTES("\303\251"), "{\"a\":\"\303\251\"}" },
		{ BYTES("\302\233"), "{\"a\":\"\\u009b\"}" },
		{ BYTES("\342\200\256"), "{\"a\":\"\\u202e\"}" },
		{ BYTES("\360\237\230\200"), "{\"a\":\"\360\237\230\200\"}" },
		{ BYTES("\363\240\201\201"), "{\"a\":\"\\udb40\\udc41\"}" },
		{ BYTES("\377\303"), "{\"a\":\"\\\\xff\\\\xc3\"}" },
		{ BYTES("\355\240\200"), "{\"a\":\"\\\\xed\\\\xa0\\\\x80\"}" },
		{ BYTES("\300\200"), "{\"a\":\"\\\\xc0\\\\x80\"}" },
	};
	char out[128];
	struct json j;

	for (size_t i = 0; i < NITEMS(tests); i++) {
		json_begin(&j, out, sizeof(out));
		json_bytes(&j, "a", tests[i].in, tests[i].n);
		is_int((int64_t)json_end(&j),
		    (int64_t)strlen(tests[i].out), "length %zu", i);
		is_str(out, tests[i].out, "text %zu", i);
	}
}

static void
check_values(void)
{
	char out[512];
	struct json j;

	json_begin(&j, out, sizeof(out));
	json_number(&j, "n", UINT64_MAX);
	json_seconds(&j, "s", 1500000999);
	json_seconds(&j, "z", -1);
	json_seconds(&j, "m", INT64_MAX);
	json_begin_array(&j, "a");
	json_bool(&j, NULL, true);
	json_bool(&j, NULL, false);
	json_null(&j, NULL);
	json_begin_object(&j, NULL);
	json_end_inner(&j);
	json_end_inner(&j);
	json_begin_object(&j, "o");
	json_text(&j, "t", "x");
	json_end_inner(&j);
	json_null(&j, "l");
	json_end(&j);
	is_str(out, "{\"n\":18446744073709551615,\"s\":1.500000,"
	    "\"z\":0.000000,\"m\":9223372036.854775,"
	    "\"a\":[true,false,null,{}],\"o\":{\"t\":\"x\"},\"l\":null}",
	    "values");
	ok(!j.cut, "nothing was left out");
}

/* Of every size it is whole, and what fits is there. */
static void
check_room(void)
{
	static const char whole[] = "{\"a\":[\"x\"],\"bb\":{\"c\":12}}";
	char out[64];
	struct json j;
	bool good = true;

	for (size_t size = 3; size <= sizeof(whole); size++) {
		size_t n;

		memset(out, '!', sizeof(out));
		json_begin(&j, out, size);
		json_begin_array(&j, "a");
		json_text(&j, NULL, "x");
		json_end_inner(&j);
		json_begin_object(&j, "bb");
		json_number(&j, "c", 12);
		json_end_inner(&j);
		n = json_end(&j);
		good = good && n < size && out[0] == '{' &&
		    out[n - 1] == '}' && out[size] == '!' &&
		    j.cut == (size < sizeof(whole));
	}
	ok(good, "it is whole, of each size");
	is_str(out, whole, "and all of it at last");
}

static void
check_depth(void)
{
	char out[256];
	struct json j;

	json_begin(&j, out, sizeof(out));
	for (int i = 0; i < JSON_DEPTH + 2; i++)
		json_begin_array(&j, i == 0 ? "a" : NULL);
	json_number(&j, NULL, 1);
	for (int i = 0; i < JSON_DEPTH + 2; i++)
		json_end_inner(&j);
	json_bool(&j, "b", true);
	json_end(&j);
	is_str(out, "{\"a\":[[[[[[[]]]]]]],\"b\":true}", "what is too deep");
	ok(j.cut, "is left out");
}
