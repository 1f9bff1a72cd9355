/* SPDX-License-Identifier: ISC */
/* --hex-dump, --dump: lines for people.  --output: the bytes alone. */
#include "base/clock.h"
#include "base/log.h"
#include "report/copy_kind.h"
#include "wire/hexdump.h"

static void
copy_hex_lines(struct copy_session *s, enum tap_way way,
    const unsigned char *data, size_t n, bool timed)
{
	struct hexdump_head head = { .timed = timed, .sent = way == TAP_SENT,
		.number = s->shared ? s->number : 0,
		.offset = s->offset[way] };
	size_t most, used = 0, length, taken;
	char *room = (char *)copy_file_room(s->file, &most);

	if (timed)
		head.time = clock_of_day();
	/* A datagram without bytes is a line, too. */
	do {
		if (most - used < HEXDUMP_LINE_MAX) {
			copy_file_put(s->file, room, used);
			used = 0;
		}
		taken = hexdump_line(&head, data, n, room + used, &length);
		head.offset += taken;
		used += length;
		data += taken;
		n -= taken;
	} while (n > 0);
	copy_file_put(s->file, room, used);
}

static void
copy_hex_piece(struct copy_session *s, enum tap_way way,
    const unsigned char *data, size_t n)
{
	copy_hex_lines(s, way, data, n, true);
}

/* A terminal has 80 columns. */
static void
copy_dump_piece(struct copy_session *s, enum tap_way way,
    const unsigned char *data, size_t n)
{
	copy_hex_lines(s, way, data, n, log_enabled(LOG_DETAIL));
}

static void
copy_output_piece(struct copy_session *s, enum tap_way way,
    const unsigned char *data, size_t n)
{
	(void)way;
	copy_file_put(s->file, data, n);
}

static void
copy_output_spliced(struct copy_session *s, int pipe, size_t n)
{
	copy_file_splice(s->file, pipe, n);
}

extern const struct copy_kind copy_dump, copy_hex, copy_output;
const struct copy_kind copy_dump = {
	.option = "--dump",
	.piece = copy_dump_piece,
};

const struct copy_kind copy_hex = {
	.option = "--hex-dump",
	.piece = copy_hex_piece,
};

const struct copy_kind copy_output = {
	.option = "--output",
	.piece = copy_output_piece,
	.spliced = copy_output_spliced,
};
