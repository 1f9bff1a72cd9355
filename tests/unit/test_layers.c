/* SPDX-License-Identifier: ISC */
/* The table of layers: what is stacked on which side, in which order, and what
 * it answers to those who ask. */
#include "session/layers.h"
#include "tap.h"

#define NAMES_MAX	256

/* What a run has. */
enum {
	HAS_STARTTLS = 1,
	HAS_TLS = 2,		/* on its connections */
	HAS_TARGET_TLS = 4,	/* on those to the target */
	HAS_PROXY = 8,		/* on the way to both of these */
	HAS_TLS_PROXY = 16,	/* two, and TLS with the second one */
	HAS_SERVER = 32,	/* it is a proxy itself */
	HAS_HEADER = 64,	/* sent, or received */
	HAS_TAP = 128,		/* somebody looks on */
	HAS_ALL = 255,
};

static const enum session_side sides[] = { SIDE_ACCEPTED, SIDE_DIALLED,
	SIDE_TARGET };

static void
add(char names[NAMES_MAX], const char *name)
{
	size_t n = strlen(names);

	snprintf(names + n, NAMES_MAX - n, "%s%s", n > 0 ? " " : "", name);
}

/* The names of the layers, with blanks between. */
static void
stack(const struct run *r, enum session_side side, char names[NAMES_MAX])
{
	const struct layer *l;

	names[0] = '\0';
	for (size_t i = 0; (l = layers_next(r, side, &i)) != NULL; i++) {
		add(names, l->name);
	}
}

/* What it has to be: proxies and STARTTLS are for who dials, the latter with
 * TLS alone; requests are for who accepts. */
static void
expect(unsigned has, enum session_side side, char names[NAMES_MAX])
{
	bool tls = (has & (side == SIDE_TARGET ? HAS_TARGET_TLS : HAS_TLS)) !=
	    0;
	bool accepted = side == SIDE_ACCEPTED;

	names[0] = '\0';
	if (accepted && (has & HAS_HEADER) != 0)
		add(names, "PROXY header, received");
	if (!accepted && (has & (HAS_PROXY | HAS_TLS_PROXY)) != 0)
		add(names, "proxy");
	if (!accepted && (has & HAS_TLS_PROXY) != 0)
		add(names, "TLS with a proxy proxy");
	if (!accepted && (has & HAS_HEADER) != 0)
		add(names, "PROXY header, sent");
	if (!accepted && tls && (has & HAS_STARTTLS) != 0)
		add(names, "STARTTLS");
	if (tls)
		add(names, "TLS");
	if (side != SIDE_TARGET && (has & HAS_TAP) != 0)
		add(names, "tap");
	if (accepted && (has & HAS_SERVER) != 0)
		add(names, "request");
}

static void
check(unsigned has, enum session_side side)
{
	static char context;
	struct options o = { .help = false };
	struct run r = { .options = &o };
	struct proxy_hop hop[2] = { { .port = 1 }, { .port = 2 } };
	char names[NAMES_MAX], want[NAMES_MAX];
	bool any, raw, waits;

	expect(has, side, want);
	any = want[0] != '\0';
	raw = strstr(want, "TLS") == NULL && strstr(want, "tap") == NULL;
	waits = any && strcmp(want, "tap") != 0;
	hop[1].at.tls = true;
	o.proxy.hop = hop;
	o.proxy.count = (has & HAS_TLS_PROXY) != 0 ? 2 :
	    (has & HAS_PROXY) != 0 ? 1 : 0;
	o.proxy_server.types = (has & HAS_SERVER) != 0 ? "any" : NULL;
	o.header.accept = (has & HAS_HEADER) != 0;
	o.header.send = o.header.accept ? 2 : 0;
	o.tls.starttls = (has & HAS_STARTTLS) != 0 ? "smtp" : NULL;
	r.tls = (has & HAS_TLS) != 0 ? (struct tls *)&context : NULL;
	r.tls_target = (has & HAS_TARGET_TLS) != 0 ? (struct tls *)&context :
	    NULL;
	r.copies = (has & HAS_TAP) != 0 ? (struct copies *)&context : NULL;
	stack(&r, side, names);
	is_str(names, want, "options %u, side %d: the stack", has, side);
	is_int(layers_any(&r, side), any, "options %u, side %d: any", has,
	    side);
	is_int(layers_wait(&r, side), waits, "options %u, side %d: waits", has,
	    side);
	is_int(layers_raw(&r, side), raw, "options %u, side %d: raw", has,
	    side);
}

/* What each row says of itself does not contradict itself. */
static void
check_rows(void)
{
	static char context;
	struct options o = { .tls.starttls = "smtp", .header = { 1, true } };
	struct run r = { .options = &o, .tls = (struct tls *)&context };
	const struct layer *l;
	size_t rows = 0;

	for (size_t side = 0; side < NITEMS(sides); side++) {
		for (size_t i = 0; (l = layers_next(&r, sides[side], &i)) !=
		    NULL; i++) {
			ok(l->begin != NULL, "%s begins", l->name);
			ok(l->step == NULL || l->late != NULL,
			    "%s waits, and says when it is late", l->name);
			rows++;
		}
	}
	is_int((int)rows, 2 + 3 + 1, "rows of all sides");
}

int
main(void)
{
	for (unsigned has = 0; has <= HAS_ALL; has++) {
		for (size_t i = 0; i < NITEMS(sides); i++)
			check(has, sides[i]);
	}
	check_rows();
	return tap_done();
}
