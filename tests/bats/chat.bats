#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --chat at a terminal: who sits there takes part, and Ctrl-D leaves, in both
# roles.  What lines look like is in broker.bats.

# A test is a subshell; bats and helpers.bash set status, PID, PORT ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers

# has_port: for until_true.
has_port() {
	[ -s port ]
}

# host TERMINAL... -- ARGUMENT...: a chat at a terminal (see terminal.py), in the
# background; what is seen there is host.out.  Sets PORT.
host() {
	local terminal=()
	while [ "$1" != -- ]; do
		terminal+=("$1")
		shift
	done
	shift
	rm -f port
	spawn host "$PEERS/terminal.py" "${terminal[@]}" "$SOCKCAT" -l \
	    --port-file port "$@" 127.0.0.1 0
	until_true has_port
	PORT=$(cat port)
}

# client NAME ARGUMENT...: one that stays until the chat is over.
client() {
	local name=$1
	shift
	mkfifo "$name.in"
	exec {SAY}<>"$name.in"
	INPUT=$name.in spawn "$name" "$SOCKCAT" --exit-on-eof "$@" 127.0.0.1 \
	    "$PORT"
}

# seen FILE: without what a terminal adds.
seen() {
	tr -d '\r' <"$1"
}

@test "a chat at a terminal: what others say is printed, Ctrl-D ends it for all" {
	host --prompt 'from one' --type 'from the host\n' --type '\x04' -- --chat
	client one
	echo 'from one' >&"$SAY"
	finish one
	finish host
	assert_equal "$(cat one.out)" '<user0> from the host'
	# And the echo of what was typed.
	assert_equal "$(seen host.out | sort)" "$(printf '%s\n' \
	    '<user1> from one' 'from the host')"
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
}

@test "... what was said before the end arrives, also of a line without one" {
	host --prompt there --type 'no end\x04\x04' -- --chat
	client one
	echo 'one is in' >&"$SAY"
	until_true has_line host.out 'one is in'
	client two
	echo there >&"$SAY"
	finish one
	finish two
	finish host
	assert_equal "$(cat one.out)" "$(printf '%s\n' '<user2> there' \
	    '<user0> no end')"
	assert_equal "$(cat two.out)" '<user0> no end'
}

@test "... with nobody there; what was said by then is heard by the first who comes" {
	host --prompt listening --type 'is anybody there\n' --type '\x04' -- \
	    -v --chat
	finish host
	host --prompt listening --type 'one\n' --type 'two\n' -- -v --chat
	until_true has_line host.out two
	client one
	until_true has_line one.out two
	assert_equal "$(cat one.out)" "$(printf '<user0> %s\n' one two)"
}

@test "... clients that do not read, or are in a handshake, hold it for a moment" {
	need_tls
	host --prompt '<user1>' --type '\x04' -- -c --chat
	spawn mute "$PEERS/peer.py" connect "127.0.0.1:$PORT" await:over
	client one -c --tls-insecure
	echo hello >&"$SAY"
	finish one
	finish host
	: >over
	finish mute any
}

@test "... its output: a reader that leaves, a full disk" {
	cat >typed <<-'EOF'
		#!/bin/sh
		"$SOCKCAT" -l --port-file port --chat 127.0.0.1 0 | head -n 1
		echo left
	EOF
	chmod +x typed
	spawn host "$PEERS/terminal.py" --prompt never ./typed
	until_true has_port
	PORT=$(cat port)
	client one
	echo first >&"$SAY"
	until_true has_line host.out first
	echo second >&"$SAY"
	finish one
	finish host
	grep -q left host.out
	rm port one.in
	# shellcheck disable=SC2016
	spawn host "$PEERS/terminal.py" --prompt never sh -c \
	    '"$SOCKCAT" -l --port-file port --chat 127.0.0.1 0 >/dev/full'
	until_true has_port
	PORT=$(cat port)
	client one
	echo first >&"$SAY"
	finish one
	finish host 6
	grep -q 'standard output: No space left' host.out
}

@test "a client at a terminal leaves a chat with Ctrl-D, having said something or not" {
	local typed
	mkfifo quiet
	exec {QUIET}<>quiet
	INPUT=quiet listener room -v --chat 127.0.0.1 0
	for typed in '\x04' 'bye\n\x04' 'no end\x04\x04'; do
		# Nothing is said to it: it sees but its own echo.
		run -0 "$PEERS/terminal.py" --prompt connected --type "$typed" \
		    "$SOCKCAT" -v 127.0.0.1 "$PORT"
	done
	until_true eval '[ "$(grep -c " closed .*done" room.err)" -eq 3 ]'
	# Not so with --broker: who has ended its direction still receives.
	stop room
	[ ! -s room.out ]
}

@test "who leaves a chat gets what was said before, and has been heard" {
	mkfifo quiet
	exec {QUIET}<>quiet
	INPUT=quiet listener room --chat 127.0.0.1 0
	spawn door "$SOCKCAT" -d 127.0.0.1 "$PORT"
	echo welcome >&"$QUIET"
	until_true has_line door.out welcome
	seq 20000 >lines
	run -0 "$SOCKCAT" 127.0.0.1 "$PORT" <lines
	sed 's/^/<user2> /' lines >want
	until_true eval 'tail -n 1 door.out | grep -q "> 20000$"'
	sed 1d door.out | cmp - want
	stop room
	finish door any
}

@test "not at a terminal, standard output stays empty and the end of input ends nothing" {
	printf 'only input\n' >in
	local option
	for option in --chat --broker; do
		INPUT=in listener room "$option" 127.0.0.1 0
		spawn one "$SOCKCAT" -d 127.0.0.1 "$PORT"
		until_true has_line one.out input
		until_true eval 'echo hello | "$SOCKCAT" --send-only 127.0.0.1 \
		    "$PORT"; grep -q hello one.out'
		stop room
		finish one any
		[ ! -s room.out ]
	done
}
