#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# -w 0: what is there is sent and taken, and nothing is waited for.
#
# `run', `listener' and `sockets' set these:
# shellcheck disable=SC2154

load helpers

setup_file() {
	certificates
}

needs() {
	echo 'foo:1|c' >metric
}

# peer VERB...: peer.py on 127.0.0.1.  Sets PORT.
peer() {
	spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 "$@"
	until_true has_line peer.out .
	read -r PORT <peer.out
}

# open_input: a pipe, `in', that stays open.  Sets INPUT_FD.
open_input() {
	mkfifo in
	exec {INPUT_FD}<>in
}

@test "what is there arrives, and a peer that neither answers nor ends is left" {
	local zero
	for zero in -w0 "-w 0" --wait=0 "-w 0ms"; do
		peer recv:got await:go
		# shellcheck disable=SC2086 # words
		run -0 --separate-stderr "$SOCKCAT" $zero 127.0.0.1 "$PORT" \
		    <metric
		[ -z "$output$stderr" ]
		: >go
		finish peer
		same metric got
		rm go
	done
}

@test "... by a pipe, however late its writer begins within a second" {
	peer recv:got await:go
	open_input
	INPUT=in spawn client "$SOCKCAT" -w0 -v 127.0.0.1 "$PORT"
	until_true has_line client.err connected
	cat metric >&"$INPUT_FD"
	exec {INPUT_FD}>&-
	finish client
	: >go
	finish peer
	same metric got
}

@test "... all of it, to a slow reader" {
	random_file data 1M
	peer drip:got
	run -0 --separate-stderr "$SOCKCAT" -w0 127.0.0.1 "$PORT" < <(cat data)
	[ -z "$output$stderr" ]
	finish peer
	same data got
}

@test "what has come is written" {
	echo greeting >greeting
	peer send:greeting acked say:acked recv:got
	open_input
	INPUT=in spawn client "$SOCKCAT" -w0 --idle-timeout 1h 127.0.0.1 "$PORT"
	until_true has_line peer.out acked
	cat metric >&"$INPUT_FD"
	exec {INPUT_FD}>&-
	finish client
	finish peer
	same greeting client.out
	same metric got
}

@test "an input that stays open and silent is left after a second" {
	peer recv:got
	open_input
	cat metric >&"$INPUT_FD"
	INPUT=in spawn client "$SOCKCAT" -w0 -v 127.0.0.1 "$PORT"
	finish client
	has_line client.err 'standard input is silent'
	finish peer
	same metric got
	sockets held udp-mute@127.0.0.1
	INPUT=in spawn client "$SOCKCAT" -u -w0 -v 127.0.0.1 "${PORTS[0]}"
	finish client
	has_line client.err 'standard input is silent'
}

@test "a terminal is left at once" {
	peer recv:got
	"$PEERS/terminal.py" "$SOCKCAT" -w0 -v 127.0.0.1 "$PORT" >shown
	has_line shown 'standard input is silent'
	finish peer
	[ ! -s got ]
}

@test "without an input: -d, /dev/null" {
	local word
	for word in -d --recv-only -N; do
		peer await:go
		run -0 --separate-stderr "$SOCKCAT" -w0 "$word" 127.0.0.1 \
		    "$PORT" </dev/null
		[ -z "$output$stderr" ]
		: >go
		finish peer
		rm go
	done
}

@test "connecting has no limit, unless one is given" {
	sockets held silent@127.0.0.1 closed@127.0.0.1
	run -3 "$SOCKCAT" -w0 --timeout 200ms 127.0.0.1 "${PORTS[0]}"
	assert_output --partial 'the whole run'
	run -3 "$SOCKCAT" -w0 --connect-timeout 200ms 127.0.0.1 "${PORTS[0]}"
	assert_output --partial 'within 200'
	run -3 "$SOCKCAT" -z -w0 --timeout 200ms 127.0.0.1 "${PORTS[0]}"
	assert_output --partial 'the whole run'
	run -1 "$SOCKCAT" -w0 127.0.0.1 "${PORTS[1]}" <metric
	run -1 "$SOCKCAT" -z -w0 127.0.0.1 "${PORTS[1]}"
}

@test "a peer that takes no more is no success" {
	peer await:go
	run -3 "$SOCKCAT" -w0 --idle-timeout 300ms 127.0.0.1 "$PORT" </dev/zero
	assert_output --partial 'in doubt'
}

@test "datagrams: sent, and left" {
	spawn peer "$PEERS/dgram.py" 127.0.0.1:0 recv:1:got
	until_true has_line peer.out .
	read -r PORT <peer.out
	run -0 --separate-stderr "$SOCKCAT" -u -w0 127.0.0.1 "$PORT" \
	    < <(cat metric)
	[ -z "$output$stderr" ]
	finish peer
	same metric got
}

@test "datagrams: --lines, each one, also the last that has no end" {
	spawn peer "$PEERS/dgram.py" 127.0.0.1:0 recv:3:got
	until_true has_line peer.out .
	read -r PORT <peer.out
	open_input
	printf '1\n2\n3' >&"$INPUT_FD"
	run -0 "$SOCKCAT" -u -w0 --lines 127.0.0.1 "$PORT" <in
	finish peer
	[ "$(<got)" = 123 ]
}

@test "datagrams: nobody is there" {
	sockets held udp-closed@127.0.0.1
	run -1 "$SOCKCAT" -u -w0 127.0.0.1 "${PORTS[0]}" <metric
	assert_output --partial refused
}

@test "UNIX-domain sockets, of both kinds" {
	listener server -k -U path
	run -0 "$SOCKCAT" -U -w0 path <metric
	until_true cmp -s metric server.out
	stop server
	listener server -k -u -U path
	run -0 "$SOCKCAT" -u -U -w0 path <metric
	until_true cmp -s metric server.out
}

@test "a listener: its own client, and the next one with -k" {
	INPUT=metric listener server -w0 127.0.0.1 0
	run -0 "$SOCKCAT" -d 127.0.0.1 "$PORT"
	[ "$output" = 'foo:1|c' ]
	finish server
	listener server -k -w0 -v 127.0.0.1 0
	run -0 "$SOCKCAT" -d 127.0.0.1 "$PORT"
	run -0 "$SOCKCAT" -d 127.0.0.1 "$PORT"
	stop server
	[ "$(grep -c 'closed .*: done' server.err)" -eq 2 ]
}

@test "a listener of datagrams: one, and it leaves" {
	listener server -u -w0 127.0.0.1 0
	run -0 "$SOCKCAT" -u -w0 127.0.0.1 "$PORT" <metric
	finish server
	same metric server.out
	listener server -u -d -w0 127.0.0.1 0
	run -0 "$SOCKCAT" -u -w0 127.0.0.1 "$PORT" <metric
	finish server
	same metric server.out
}

@test "TLS and DTLS" {
	need_tls
	local datagrams
	for datagrams in "" -u; do
		# shellcheck disable=SC2086 # perhaps no word
		listener server -c -k $datagrams \
		    --tls-cert "$CERTS/server.pem" 127.0.0.1 0
		# shellcheck disable=SC2086
		run -0 --separate-stderr "$SOCKCAT" -c -w0 $datagrams \
		    -R "$CERTS/ca.pem" 127.0.0.1 "$PORT" < <(cat metric)
		[ -z "$output$stderr" ]
		until_true cmp -s metric server.out
		stop server
	done
}

@test "what does not go with it is said" {
	local other
	for other in "--exec cat" "--sh-exec cat" --reply; do
		# shellcheck disable=SC2086 # words
		run -2 "$SOCKCAT" -w0 $other 127.0.0.1 1
		assert_output --partial "${other%% *}"
	done
	for other in "--forward 127.0.0.1:1" --broker --chat --merge; do
		# shellcheck disable=SC2086 # words
		run -2 "$SOCKCAT" -l -w0 $other 127.0.0.1 0
		assert_output --partial "${other%% *}"
	done
}
