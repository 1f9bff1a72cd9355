/* SPDX-License-Identifier: ISC */
/* The input is what to write, and into how much room; what comes out is read by
 * a strict reader. */
#include <stdbool.h>

#include "fuzz.h"
#include "wire/json.h"

static void		write_members(struct json *, const uint8_t *, size_t);
static const char	*read_value(const char *);
static const char	*read_members(const char *, char, bool);
static const char	*read_text(const char *);
static const char	*read_escape(const char *);
static const char	*read_word(const char *);

/* The first two bytes are the size of the buffer. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room, n;
	struct json j;
	char *out;

	if (size < 2)
		return 0;
	room = 3 + (size_t)(data[0] << 4 | (data[1] & 15));
	out = fuzz_alloc(room);
	json_begin(&j, out, room);
	write_members(&j, data + 2, size - 2);
	n = json_end(&j);
	CHECK(n < room && strlen(out) == n);
	CHECK(out[0] == '{' && read_value(out) == out + n);
	free(out);
	return 0;
}

/* Whether the innermost one is an array is asked of the writer, since some are
 * left out. */
static void
write_members(struct json *j, const uint8_t *data, size_t size)
{
	bool array[256] = { false };
	size_t depth = 0;

	while (size-- > 0) {
		uint8_t op = *data++;
		const char *name = array[depth] ? NULL : "n";
		size_t n = op >> 3 < size ? op >> 3 : size;

		switch (op & 7) {
		case 0:
		case 1:
			if (depth + 1 == sizeof(array))
				break;
			if ((op & 1) != 0)
				json_begin_array(j, name);
			else
				json_begin_object(j, name);
			array[++depth] = (op & 1) != 0;
			break;
		case 2:
			if (depth > 0) {
				json_end_inner(j);
				depth--;
			}
			break;
		case 3:
			json_number(j, name, (uint64_t)n << 59);
			break;
		case 4:
			json_seconds(j, name, (int64_t)(n << 59));
			break;
		case 5:
			json_bool(j, name, n != 0);
			break;
		case 6:
			json_null(j, name);
			break;
		default:
			json_bytes(j, name, (const char *)data, n);
			data += n;
			size -= n;
		}
	}
}

/* --- a reader: each returns what is behind that which it has read -------- */

static const char *
read_value(const char *p)
{
	if (*p == '{' || *p == '[')
		return read_members(p + 1, *p == '{' ? '}' : ']', *p == '{');
	return *p == '"' ? read_text(p + 1) : read_word(p);
}

static const char *
read_members(const char *p, char closer, bool names)
{
	for (bool first = true; *p != closer; first = false) {
		if (!first)
			CHECK(*p++ == ',');
		if (names) {
			CHECK(memcmp(p, "\"n\":", 4) == 0);
			p += 4;
		}
		p = read_value(p);
	}
	return p + 1;
}

static const char *
read_text(const char *p)
{
	while (*p != '"') {
		CHECK((unsigned char)*p >= 0x20 && *p != 0x7f);
		p = *p == '\\' ? read_escape(p + 1) : p + 1;
	}
	return p + 1;
}

static const char *
read_escape(const char *p)
{
	if (*p == 'u') {
		for (int i = 1; i <= 4; i++)
			CHECK(p[i] != '\0' &&
			    strchr("0123456789abcdef", p[i]) != NULL);
		return p + 5;
	}
	CHECK(*p == 'n' || *p == '"' || *p == '\\');
	return p + 1;
}

static const char *
read_word(const char *p)
{
	static const char *const words[] = { "true", "false", "null" };
	size_t n;

	for (size_t i = 0; i < 3; i++) {
		n = strlen(words[i]);
		if (strncmp(p, words[i], n) == 0)
			return p + n;
	}
	n = strspn(p, "0123456789");
	CHECK(n > 0 && (n == 1 || *p != '0'));
	p += n;
	return *p == '.' ? p + 7 : p;
}
