#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Other programs and an input that is empty from the beginning: many of them take
# our half-close for the end, and drop what they still had to send.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load empty

# --- They send, a listener with an empty input receives ----------------------

@test "busybox nc sends to a listener" {
	all_kinds 0 busybox nc 127.0.0.1 @
}

@test "nc.traditional -q0 sends to a listener" {
	all_kinds 0 nc.traditional -q0 127.0.0.1 @
}

@test "nc.openbsd -N sends to a listener" {
	all_kinds 0 nc.openbsd -N 127.0.0.1 @
}

@test "ncat sends to a listener" {
	all_kinds 0 ncat 127.0.0.1 @
}

@test "socat sends to a listener" {
	all_kinds 0 socat -t 0.1 - TCP:127.0.0.1:@
}

@test "sockcat sends to a listener" {
	all_kinds 0 "$SOCKCAT" 127.0.0.1 @
}

# --- They listen and send, an initiator with an empty input receives ---------

@test "busybox nc -l sends to an initiator" {
	all_initiators busybox nc -l
}

@test "nc.traditional -q0 -l sends to an initiator" {
	all_initiators nc.traditional -q0 -l -s 127.0.0.1
}

@test "nc.openbsd -N -l sends to an initiator" {
	all_initiators nc.openbsd -N -l 127.0.0.1 0
}

@test "ncat -l sends to an initiator" {
	all_initiators ncat -l 127.0.0.1 0
}

@test "socat sends to an initiator" {
	all_initiators socat -t 0.1 - TCP-LISTEN:0,bind=127.0.0.1
}

@test "sockcat -l sends to an initiator" {
	all_initiators "$SOCKCAT" -l 127.0.0.1 0
}

@test "socat that pauses sends to an initiator" {
	local feed
	need socat
	need ss
	random_file data "$SIZE"
	mkfifo feed
	exec {feed}<>feed
	INPUT=feed spawn server socat -t 0.1 - TCP-LISTEN:0,bind=127.0.0.1
	port_of server
	empty_client null client 127.0.0.1 "$PORT"
	head -c $((SIZE / 2)) data >&"$feed" 3>&- &
	until_true has_bytes client.out $((SIZE / 2))
	# Longer than its -t.
	read -r -t 0.3 -u "$tick" || true
	tail -c $((SIZE / 2)) data >&"$feed" 3>&- &
	exec {feed}>&-
	finish client
	finish server
	same data client.out
}

# --- Those that receive ------------------------------------------------------

@test "busybox nc -l receives, also nothing" {
	receives busybox nc -l
}

@test "nc.traditional -l receives, also nothing" {
	receives nc.traditional -l -s 127.0.0.1
}

@test "nc.openbsd -l receives, also nothing" {
	receives nc.openbsd -l 127.0.0.1 0
}

@test "ncat -l receives, also nothing" {
	receives ncat -l 127.0.0.1 0
}

@test "socat receives, also nothing" {
	receives socat -t 0.1 - TCP-LISTEN:0,bind=127.0.0.1
}

@test "busybox nc, nc.traditional, ncat, socat get a file of a listener, also an empty one" {
	local program WITH=()
	local -a words
	random_file data "$SIZE"
	: >nothing
	for program in 'busybox nc 127.0.0.1 @' 'nc.traditional 127.0.0.1 @' \
	    'ncat --recv-only 127.0.0.1 @' 'socat -t 0.1 - TCP:127.0.0.1:@'; do
		read -r -a words <<<"$program"
		need "${words[0]}"
		echo "$program"
		client_gets data "${words[@]}"
		client_gets nothing "${words[@]}"
	done
}

# --- On a UNIX-domain socket --------------------------------------------------

# unix_kinds PROGRAM...: the same on a UNIX-domain socket, `here'.
unix_kinds() {
	local kind
	need "$1"
	random_file data "$SIZE"
	for kind in "${KINDS[@]}"; do
		echo "input: $kind"
		empty_listener "$kind" server -U here
		INPUT=data spawn client "$@"
		finish client
		finish server
		same data server.out
	done
}

@test "on a UNIX-domain socket, nc.openbsd -N sends to a listener" {
	unix_kinds nc.openbsd -N -U here
}

@test "on a UNIX-domain socket, ncat sends to a listener" {
	unix_kinds ncat -U here
}

@test "on a UNIX-domain socket, socat sends to a listener" {
	unix_kinds socat -t 0.1 - UNIX-CONNECT:here
}

@test "on a UNIX-domain socket, sockcat sends to a listener" {
	unix_kinds "$SOCKCAT" -U here
}

# unix_initiators PROGRAM...: it listens at `here'.
unix_initiators() {
	local kind
	need "$1"
	random_file data "$SIZE"
	for kind in "${KINDS[@]}"; do
		echo "input: $kind"
		rm -f here
		INPUT=data spawn server "$@"
		empty_client "$kind" client --retry 30 -U here
		finish client
		finish server
		same data client.out
	done
}

@test "on a UNIX-domain socket, nc.openbsd -N -l sends to an initiator" {
	unix_initiators nc.openbsd -N -l -U here
}

@test "on a UNIX-domain socket, ncat -l sends to an initiator" {
	unix_initiators ncat -l -U here
}

@test "on a UNIX-domain socket, socat sends to an initiator" {
	unix_initiators socat -t 0.1 - UNIX-LISTEN:here
}

@test "on a UNIX-domain socket, sockcat -l sends to an initiator" {
	unix_initiators "$SOCKCAT" -l -U here
}
