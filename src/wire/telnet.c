/* SPDX-License-Identifier: ISC */
#include <stdbool.h>

#include "wire/telnet.h"

enum telnet_state {
	STATE_DATA,		/* 0, so that a zeroed struct starts here */
	STATE_IAC,		/* IAC seen */
	STATE_OPTION,		/* IAC and a verb seen, the option follows */
	STATE_SUB,		/* within IAC SB ... IAC SE */
	STATE_SUB_IAC,		/* IAC seen there */
};

enum telnet_byte {
	TELNET_SE = 240,
	TELNET_SB = 250,
	TELNET_WILL = 251,
	TELNET_WONT = 252,
	TELNET_DO = 253,
	TELNET_DONT = 254,
	TELNET_IAC = 255,
};

static bool	telnet_is_data(struct telnet *, unsigned char);
static bool	telnet_command(struct telnet *, unsigned char);
static size_t	telnet_refuse(unsigned char, unsigned char, unsigned char *);

size_t
telnet_strip(struct telnet *t, unsigned char *data, size_t n,
    unsigned char *reply, size_t *reply_len)
{
	size_t i, left = 0, replied = 0;

	for (i = 0; i < n; i++) {
		if (t->state == STATE_OPTION) {
			replied += telnet_refuse(t->verb, data[i],
			    reply + replied);
			t->state = STATE_DATA;
		} else if (telnet_is_data(t, data[i]))
			data[left++] = data[i];
	}
	*reply_len = replied;
	return left;
}

/* Take one byte that is no option; true if it belongs to the data. */
static bool
telnet_is_data(struct telnet *t, unsigned char byte)
{
	switch (t->state) {
	case STATE_IAC:
		return telnet_command(t, byte);
	case STATE_SUB:
		if (byte == TELNET_IAC)
			t->state = STATE_SUB_IAC;
		return false;
	case STATE_SUB_IAC:
		if (byte == TELNET_IAC) {
			t->state = STATE_SUB;
			return false;
		}
		/*
		 * SE ends the subnegotiation.  Any other command has no place
		 * here: its SE was lost, and waiting for one could swallow the
		 * rest of the stream.
		 */
		return telnet_command(t, byte);
	default:
		if (byte != TELNET_IAC)
			return true;
		t->state = STATE_IAC;
		return false;
	}
}

/* The byte behind IAC; true if the two are one byte of data. */
static bool
telnet_command(struct telnet *t, unsigned char byte)
{
	switch (byte) {
	case TELNET_WILL:
	case TELNET_WONT:
	case TELNET_DO:
	case TELNET_DONT:
		t->verb = byte;
		t->state = STATE_OPTION;
		return false;
	case TELNET_SB:
		t->state = STATE_SUB;
		return false;
	default:		/* NOP, AYT, GA, SE ...: nothing behind them */
		t->state = STATE_DATA;
		return byte == TELNET_IAC;
	}
}

/*
 * All options are off and stay so.  DONT and WONT ask for just that and get no
 * answer, or two peers could answer each other for ever (RFC 1143).
 */
static size_t
telnet_refuse(unsigned char verb, unsigned char option, unsigned char *reply)
{
	if (verb != TELNET_DO && verb != TELNET_WILL)
		return 0;
	reply[0] = TELNET_IAC;
	reply[1] = verb == TELNET_DO ? TELNET_WONT : TELNET_DONT;
	reply[2] = option;
	return 3;
}
