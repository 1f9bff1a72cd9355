#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Other programs over TLS, and an input that is empty from the beginning.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load empty

needs() {
	need_tls
	write_empty
}

# --- They send, a listener with an empty input receives ----------------------

@test "TLS 1.2, openssl s_client sends to a listener" {
	local WITH=("${SERVING[@]}")
	all_kinds 0 openssl s_client -quiet -no_ign_eof -nocommands -tls1_2 \
	    -connect 127.0.0.1:@
}

@test "TLS 1.3, openssl s_client sends to a listener" {
	local WITH=("${SERVING[@]}")
	all_kinds 0 openssl s_client -quiet -no_ign_eof -nocommands -tls1_3 \
	    -connect 127.0.0.1:@
}

# It waits for our end, which comes after a second, but not if we wait for its.
@test "openssl s_client -quiet sends to a listener" {
	local kind WITH=("${SERVING[@]}")
	random_file data "$SIZE"
	for kind in file pipe; do
		listener_gets 0 "$kind" openssl s_client -quiet \
		    -connect 127.0.0.1:@
	done
	empty_listener null server "${SERVING[@]}" 127.0.0.1 0
	INPUT=data spawn client openssl s_client -quiet \
	    -connect "127.0.0.1:$PORT"
	until_true has_bytes server.out "$SIZE"
	kill "${PID[client]}"
	finish client any
	finish server any
	same data server.out
}

# It sends no close_notify, and that is said.
@test "ncat sends to a listener" {
	local WITH=("${SERVING[@]}")
	all_kinds 1 ncat --ssl 127.0.0.1 @
}

@test "socat sends to a listener" {
	local WITH=("${SERVING[@]}")
	all_kinds 0 socat -t 0.1 - OPENSSL:127.0.0.1:@,verify=0
}

@test "sockcat sends to a listener" {
	local WITH=("${SERVING[@]}")
	all_kinds 0 "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 @
}

# --- They listen and send, an initiator with an empty input receives ---------

# It goes on after its input's end: our end comes after a second of silence.
# (-nbio: without it, it may read when there is nothing to read, and block.)
@test "openssl s_server -quiet sends to an initiator" {
	local WITH=("${TRUSTING[@]}")
	need ss
	random_file data "$SIZE"
	initiator_gets null openssl s_server -quiet -nbio -naccept 1 -tls1_2 \
	    -cert "$CERTS/server.pem" -accept 127.0.0.1:0
	initiator_gets pipe openssl s_server -quiet -nbio -naccept 1 -tls1_3 \
	    -cert "$CERTS/server.pem" -accept 127.0.0.1:0
}

# tls_initiators PROGRAM...: of two kinds; that does not depend on the others.
tls_initiators() {
	local kind WITH=("${TRUSTING[@]}")
	need ss
	need "$1"
	random_file data "$SIZE"
	for kind in null unreadable; do
		echo "input: $kind"
		initiator_gets "$kind" "$@"
	done
}

@test "socat sends to an initiator" {
	tls_initiators socat -t 0.1 - \
	    "OPENSSL-LISTEN:0,bind=127.0.0.1,cert=$CERTS/server.pem,verify=0"
}

@test "sockcat -l sends to an initiator" {
	tls_initiators "$SOCKCAT" -l "${SERVING[@]}" 127.0.0.1 0
}

# It sends no close_notify.
@test "ncat -l sends to an initiator" {
	local kind
	need ncat
	need ss
	random_file data "$SIZE"
	for kind in null unreadable; do
		INPUT=data spawn server ncat --ssl -l --ssl-cert \
		    "$CERTS/server.pem" --ssl-key "$CERTS/server.key" 127.0.0.1 0
		port_of server
		empty_client "$kind" client "${TRUSTING[@]}" 127.0.0.1 "$PORT"
		finish client any
		finish server any
		same data client.out
	done
}

# --- Those that receive ------------------------------------------------------

@test "socat receives, also nothing" {
	local WITH=("${TRUSTING[@]}")
	receives socat -t 0.1 - \
	    "OPENSSL-LISTEN:0,bind=127.0.0.1,cert=$CERTS/server.pem,verify=0"
}

@test "openssl s_server receives, also nothing" {
	local WITH=("${TRUSTING[@]}")
	receives openssl s_server -quiet -nbio -naccept 1 \
	    -cert "$CERTS/server.pem" -accept 127.0.0.1:0
}

@test "openssl s_client gets a file of a listener, also an empty one" {
	local WITH=("${SERVING[@]}")
	random_file data "$SIZE"
	: >nothing
	client_gets data openssl s_client -quiet -connect 127.0.0.1:@
	client_gets nothing openssl s_client -quiet -connect 127.0.0.1:@
}
