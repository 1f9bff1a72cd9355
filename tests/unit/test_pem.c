/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "tap.h"
#include "wire/pem.h"

#define OPEN(label)	"-----BEGIN " label "-----\n"
#define SHUT(label)	"-----END " label "-----\n"
#define CERT		OPEN("CERTIFICATE") "MAA=\n" SHUT("CERTIFICATE")
#define KEY		OPEN("EC PRIVATE KEY") "MAA=\n" SHUT("EC PRIVATE KEY")
#define MARK		"\xef\xbb\xbf"

/* What the blocks of a text are: "label:line", with "!" if it has no end. */
struct test {
	const char	*text;
	const char	*blocks;
};

static void	check(const struct test *);
static void	check_bytes(void);
static void	check_formats(void);

static const struct test tests[] = {
	{ "", "" },
	{ "\n\n", "" },
	{ "some text\n", "" },
	{ CERT, "CERTIFICATE:1 " },
	{ MARK CERT, "CERTIFICATE:1 " },
	{ "text\r\n\r\n" CERT, "CERTIFICATE:3 " },
	{ CERT KEY, "CERTIFICATE:1 EC PRIVATE KEY:4 " },
	{ CERT "# more\n\n" CERT "end", "CERTIFICATE:1 CERTIFICATE:6 " },
	{ OPEN("A") "MAA=\n" CERT, "A:1! CERTIFICATE:3 " },
	{ OPEN("A") "MAA=\n", "A:1! " },
	{ OPEN("A") "MAA=", "A:1! " },
	{ "-----BEGIN A-----", "A:1! " },
	{ "-----BEGIN A", "A:1! " },
	{ "-----BEGIN A----- \r\nMAA=\r\n-----END A-----", "A:1 " },
	{ "-----BEGIN \n", ":1! " },
	{ "-----BEGIN -----\n", ":1! " },
	{ "-----BEGIN", "" },
	{ " -----BEGIN A-----\n", "" },
	{ SHUT("A") CERT, "CERTIFICATE:2 " },
	{ OPEN("A") SHUT("B"), "A:1 " },
};

int
main(void)
{
	for (size_t i = 0; i < NITEMS(tests); i++)
		check(&tests[i]);
	check_bytes();
	check_formats();
	return tap_done();
}

static void
check(const struct test *t)
{
	char found[200] = "";
	struct pem_reader r;
	struct pem_block b;

	pem_begin(&r, t->text, strlen(t->text));
	while (pem_next(&r, &b)) {
		size_t n = strlen(found);

		snprintf(found + n, sizeof(found) - n, "%.*s:%zu%s ",
		    (int)b.label_length, b.label, b.line,
		    b.ended ? "" : "!");
	}
	is_str(found, t->blocks, "%s", t->text);
}

/* The bytes of a block are its own, and all of them. */
static void
check_bytes(void)
{
	static const char text[] = "first\n" KEY "between\n" CERT "last\n";
	struct pem_reader r;
	struct pem_block b;

	pem_begin(&r, text, sizeof(text) - 1);
	ok(pem_next(&r, &b) && pem_is_key(&b) && !pem_is(&b, "PRIVATE KEY"),
	    "a key");
	is_mem(b.start, b.length, KEY, sizeof(KEY) - 1, "... and its bytes");
	ok(pem_next(&r, &b) && pem_is(&b, "CERTIFICATE") && !pem_is_key(&b),
	    "a certificate");
	is_mem(b.start, b.length, CERT, sizeof(CERT) - 1, "... and its bytes");
	ok(!pem_next(&r, &b) && !pem_next(&r, &b), "no more");
}

static void
check_formats(void)
{
	static const struct {
		const char	*name;
		const char	*data;
		size_t		 n;
		enum pem_format	 format;
	} formats[] = {
#define DATA(text)	(text), sizeof(text) - 1
		{ "nothing", DATA(""), PEM_EMPTY },
		{ "text", DATA("a file\n"), PEM_UNKNOWN },
		{ "a zero", DATA("0"), PEM_UNKNOWN },
		{ "PEM", DATA(CERT), PEM_BLOCKS },
		{ "PEM behind text", DATA("x\n" CERT), PEM_BLOCKS },
		{ "a certificate", DATA("\x30\x82\x01\x00\x30\x81\x99"),
		    PEM_DER },
		{ "a short one", DATA("\x30\x05\x30\x03"), PEM_DER },
		{ "a key", DATA("\x30\x77\x02\x01\x01\x04\x20"), PEM_DER },
		{ "PKCS#12", DATA("\x30\x82\x04\x00\x02\x01\x03\x30"),
		    PEM_PKCS12 },
		{ "PKCS#12 without a length", DATA("\x30\x80\x02\x01\x03"),
		    PEM_PKCS12 },
		{ "PKCS#7", DATA("\x30\x82\x04\x00\x06\x09\x2a\x86\x48\x86\xf7"
		    "\x0d\x01\x07\x02"), PEM_PKCS7 },
		{ "a length that is cut", DATA("\x30\x84\x01\x00"),
		    PEM_UNKNOWN },
		{ "a length of many bytes", DATA("\x30\x89\x01\x00\x00\x00"
		    "\x00\x00\x00\x00\x00\x00"), PEM_UNKNOWN },
#undef DATA
	};

	for (size_t i = 0; i < NITEMS(formats); i++)
		is_int(pem_format(formats[i].data, formats[i].n),
		    formats[i].format, "%s", formats[i].name);
}
