/* SPDX-License-Identifier: ISC */
/*
 * What the broker's clients share.  A message is stored once and queued to each
 * member but the one that sent it.
 *
 * Nobody waits for a peer: a member whose socket takes no more has a queue of
 * HUB_QUEUE_MOST bytes, and when that is full it is cut off.  Senders do wait
 * for members whose own thread has not had its turn yet.
 */
#ifndef SERVE_HUB_H
#define SERVE_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

#define HUB_QUEUE_MOST	((size_t)16 * 1024 * 1024)

struct hub;
struct hub_member;
struct hub_message;

struct hub	*hub_new(void);
void		 hub_free(struct hub *hub);	/* without members */

/*
 * A member; `listens': it gets what others send; `guest': it is one of those
 * that a patient sender waits for, and has a number.  NULL with errno if there
 * is no descriptor.  hub_leave() releases it.
 */
struct hub_member	*hub_join(struct hub *hub, bool listens, bool guest);
void			 hub_leave(struct hub_member *m);

/* The member m gets nothing more but what it has in its queue. */
void	hub_listen_no_more(struct hub_member *m);

/* Close the hub: all members are woken, to leave once they have what is in
 * their queue. */
void	hub_close(struct hub *hub);
bool	hub_is_closed(const struct hub *hub);

/* The number of a guest, from 1 up: no two ever have the same.  Others: 0. */
unsigned long	hub_number(const struct hub_member *m);

/* A guest's name, for hub_list(). */
void	hub_name(struct hub_member *m, const char *name);

/* Queue it to m alone, or to all others, now, also to who is behind; it goes
 * over to the hub. */
void	hub_tell(struct hub_member *m, bool others,
	    struct hub_message *message);

/* Call `each' for all other guests that have a name, the last one first. */
void	hub_list(struct hub_member *m, void (*each)(void *context,
	    unsigned long number, const char *name), void *context);

/* A descriptor, of the hub, readable when the member has something to do;
 * hub_awake() makes it not so. */
int	hub_event_fd(const struct hub_member *m);
void	hub_awake(struct hub_member *m);

/* A message of n bytes, to be filled; the caller's until it is sent. */
struct hub_message	*hub_message_new(size_t n);
unsigned char		*hub_message_data(struct hub_message *message);
void			 hub_message_cut(struct hub_message **message,
			    size_t n);
void			 hub_message_free(struct hub_message *message);

/*
 * Queue it to all others; it goes over to the hub.  False: not now, it is still
 * the caller's; the event comes when it is worth another try.  `patient': not
 * while there is nobody to get it.
 */
bool	hub_send(struct hub_member *m, struct hub_message *message,
	    bool patient);

/* The first bytes of m's queue, in at most `most' elements of iov, which stay
 * the hub's until hub_took().  Returns how many elements. */
size_t	hub_peek(struct hub_member *m, struct iovec *iov, size_t most);

/* n bytes of m's queue were written; `blocked': its socket takes no more. */
void	hub_took(struct hub_member *m, size_t n, bool blocked);

/* Whether m was cut off. */
bool	hub_cut_off(struct hub_member *m);

#endif
