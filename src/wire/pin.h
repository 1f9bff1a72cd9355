/* SPDX-License-Identifier: ISC */
/*
 * A certificate's fingerprint to hold a peer to: SHA-256 (FIPS 180-4) of the
 * whole certificate in DER, as openssl x509 -fingerprint -sha256 writes it.
 */
#ifndef WIRE_PIN_H
#define WIRE_PIN_H

#include <stddef.h>

#define PIN_LENGTH	32			/* bytes */
#define PIN_TEXT_MAX	(7 + 2 * PIN_LENGTH + 1)	/* with the NUL */

enum pin_verdict {
	PIN_OK,
	PIN_EMPTY,
	PIN_PUBLIC_KEY,		/* sha256//base64=, of the key alone */
	PIN_HASH,		/* of another hash, sha1 or sha512 */
	PIN_CHARACTER,		/* neither a digit nor a colon in its place */
	PIN_SHORT,		/* fewer than 64 digits */
	PIN_LONG,		/* more than those */
};

/*
 * Read 64 hexadecimal digits, optionally behind "sha256:" and with a colon
 * between two bytes, or none: "sha256:0a1b...", "0A:1B:...".  The case does not
 * matter.  pin is only written on PIN_OK.
 */
enum pin_verdict	pin_parse(const char *text,
			    unsigned char pin[PIN_LENGTH]);

/* "sha256:" and 64 digits in lower case; returns text. */
const char	*pin_format(const unsigned char pin[PIN_LENGTH],
		    char text[PIN_TEXT_MAX]);

/* What is wrong and what is right, for a message. */
const char	*pin_verdict_text(enum pin_verdict verdict);

#endif
