#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What is blocked, or has nothing to do, uses no CPU time and keeps nothing back.

load helpers

@test "blocked by its reader: no CPU time" {
	mkfifo out
	exec {out}<>out
	peer server listen 127.0.0.1:0 flood park
	silent_input
	INPUT=silent
	OUTPUT=out spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	"$PEERS/idle.py" "${PID[client]}"
}

@test "blocked by a peer that does not read: no CPU time" {
	silent_input
	INPUT=silent
	peer server listen 127.0.0.1:0 say:accepted park
	INPUT=/dev/zero spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	"$PEERS/idle.py" "${PID[client]}"
}

@test "blocked, from a pipe, to a peer that does not read: no CPU time" {
	silent_input
	INPUT=silent
	peer server listen 127.0.0.1:0 say:accepted park
	mkfifo in
	spawn feeder sh -c 'cat /dev/zero >in'
	INPUT=in spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	"$PEERS/idle.py" "${PID[client]}"
}

@test "the peer half-closed and standard input silent: no CPU time" {
	silent_input
	INPUT=silent
	peer server listen 127.0.0.1:0 sendn:5 fin park
	spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true test -s client.out
	"$PEERS/idle.py" "${PID[client]}"
}

@test "broken, an answer of -t unsent, and blocked by its reader: no CPU time" {
	mkfifo out
	exec {out}<>out
	{ printf '\377\375\001' && head -c 100000 /dev/zero | tr '\0' x; } >answers
	peer server listen 127.0.0.1:0 say:accepted await:blocked send:answers \
	    say:sent await:taken reset
	INPUT=/dev/zero OUTPUT=out spawn client "$SOCKCAT" -t 127.0.0.1 "$PORT"
	"$PEERS/idle.py" "${PID[client]}"	# our data is not taken
	: >blocked
	until_true has_line server.out sent
	"$PEERS/idle.py" "${PID[client]}"	# it has what it can take
	: >taken
	finish server
	"$PEERS/idle.py" "${PID[client]}"	# its data is not taken
	head -c 100000 <&"$out" >got
	finish client 1
	[ "$(tr -d x <got | wc -c)" -eq 0 ]
	has_line client.err "the connection broke"
}

# all_of SIZE (as head -c): so much from a peer that then stays silent reach a reader
# that waits for them; a fifo takes them in small steps.
all_of() {
	rm -f out
	mkfifo out
	exec {out}<>out
	random_file data "$1"
	peer server listen 127.0.0.1:0 send:data park
	spawn reader sh -c "head -c $1 <out >got"
	OUTPUT=out spawn client "$SOCKCAT" -d 127.0.0.1 "$PORT"
	finish reader
	same data got
	stop client
	exec {out}>&-
}

@test "nothing stays with us while the peer is silent" {
	silent_input
	INPUT=silent
	for _ in 1 2 3; do
		all_of 500K
		all_of 5M
		SOCKCAT_ZERO_COPY=no all_of 500K
		SOCKCAT_ZERO_COPY=no all_of 5M
	done
}

@test "waiting for the acknowledgement of a stopped peer: no CPU time" {
	random_file data 300K
	listener server 127.0.0.1 0
	kill -STOP "${PID[server]}"
	INPUT=data spawn client "$SOCKCAT" -vv 127.0.0.1 "$PORT"
	until_true has_line client.err half-closed
	"$PEERS/idle.py" "${PID[client]}"
	kill -CONT "${PID[server]}"
	finish client
	finish server
}
