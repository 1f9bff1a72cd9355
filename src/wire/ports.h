/* SPDX-License-Identifier: ISC */
/* Ports on the command line: "22", "http", "20-30", "22,80,8000-8010". */
#ifndef WIRE_PORTS_H
#define WIRE_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct port_range {
	uint16_t	low;
	uint16_t	high;	/* at least low */
};

struct port_list {
	struct port_range	*range;
	size_t			 count;
};

/* Looks up the name of a service; false if there is none. */
typedef bool	(*port_lookup)(const char *name, uint16_t *port, void *arg);

/*
 * Append what text names to *list (zeroed at first).  A range in descending
 * order ("30-20") is taken as ascending.  A dash between anything but two
 * numbers belongs to a name ("http-alt").  Returns true, or false and the word
 * that is wrong in bad (cut to bad_size - 1 bytes); *list is then as it was.
 */
bool	ports_parse(struct port_list *list, const char *text,
	    port_lookup lookup, void *arg, char *bad, size_t bad_size);

/* How many ports the list names, those named twice counted once. */
size_t	ports_count(const struct port_list *list);

/*
 * The ports, ascending within each range, in the order of the list, each once.
 * The caller owns the array, of ports_count() elements, and frees it.
 */
uint16_t	*ports_expand(const struct port_list *list);

void	ports_free(struct port_list *list);

#endif
