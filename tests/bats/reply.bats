#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Questions and answers: --reply, and what is said where it is missing.  When
# half-closes are held back: with servers of all kinds in servers.bats.
#
# `run' sets these:
# shellcheck disable=SC2154

load helpers

setup_file() {
	certificates
}

# peer VERB...: peer.py on 127.0.0.1.  Sets PORT.
peer() {
	spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 "$@"
	until_true has_line peer.out .
	read -r PORT <peer.out
}

tls_peer() {
	need_tls
	spawn peer "$PEERS/tlspeer.py" listen 127.0.0.1:0 "$@"
	until_true has_line peer.out .
	read -r PORT <peer.out
}

ask() {
	run --separate-stderr "$SOCKCAT" "$@" 127.0.0.1 "$PORT" <question
}

# What the tests ask, and hear.
needs() {
	printf 'a question\n' >question
	printf 'an answer\n' >answer
}

@test "--reply: no half-close; the peer's end is the end of the answer" {
	peer recvn:11:got send:answer close
	ask --reply=1h -v
	[ "$status" -eq 0 ]
	[ "$output" = "an answer" ]
	[[ $stderr != *half-close* ]]
	finish peer
	same question got
}

@test "--reply: silence after the first byte is the end" {
	peer recvn:11:got send:answer recv:rest
	ask --reply=100ms -v
	[ "$status" -eq 0 ]
	[ "$output" = "an answer" ]
	[[ $stderr != *half-close* ]]
	finish peer
	[ ! -s rest ]
}

@test "--reply: an end without an answer is status 1" {
	peer recvn:11:got close
	ask --reply
	[ "$status" -eq 1 ]
	[[ $stderr == *"the peer ended without an answer (sent 11 bytes"* ]]
}

@test "--reply: no answer within -w or --timeout is status 3" {
	local limit
	for limit in -w --timeout; do
		peer recv:got
		ask --reply=10ms "$limit" 300ms
		[ "$status" -eq 3 ]
		finish peer
	done
}

@test "--reply: an answer and the silence of -w is status 0" {
	peer recvn:11:got send:answer recv:rest
	ask --reply=1h -w 200ms
	[ "$status" -eq 0 ]
	[ "$output" = "an answer" ]
	finish peer
}

@test "--reply: a slow input is no end of the answer" {
	mkfifo in
	exec {input}<>in
	peer recvn:6:one send:answer recvn:6:two send:question recv:rest
	INPUT=in spawn client "$SOCKCAT" --reply=1s 127.0.0.1 "$PORT"
	echo first >&"$input"
	until_true has_line client.out 'an answer'
	"$PEERS/idle.py" "${PID[client]}"
	echo again >&"$input"
	exec {input}>&-
	finish client
	finish peer
	[ "$(cat client.out)" = "$(cat answer question)" ]
}

@test "--reply without an input waits for a greeting" {
	peer send:answer recv:rest
	run -0 "$SOCKCAT" --reply=50ms -d 127.0.0.1 "$PORT"
	[ "$output" = "an answer" ]
	finish peer
}

@test "--reply over TLS: no close_notify before the answer, and one after it" {
	tls_peer "tls:cert=$CERTS/server.pem" recvn:11:got send:answer recv:rest
	ask --reply=100ms -c -R "$CERTS/ca.pem"
	[ "$status" -eq 0 ]
	[ "$output" = "an answer" ]
	finish peer
	has_line peer.out notified
}

@test "--reply over UDP: the answer, silence, and none at all" {
	listener server -u --exec cat -k 127.0.0.1 0
	ask -u --reply=100ms -w 20
	[ "$status" -eq 0 ]
	[ "$output" = "a question" ]
	stop server
	listener mute -u -k -d 127.0.0.1 0
	ask -u --reply=10ms -w 200ms
	[ "$status" -eq 3 ]
	[ "$output" = "" ]
	stop mute
}

@test "UDP, no answer: status 3 if one is wanted, after the silence that was said" {
	sockets held udp-mute@127.0.0.1
	PORT=${PORTS[0]}
	local words
	for words in "-W 1" "-W 1 -w 100ms" "-W 1 -q 100ms" "-W 2 -w 100ms" \
	    --reply "--reply=10ms -w 100ms"; do
		# shellcheck disable=SC2086 # words
		ask -u $words
		[ "$status" -eq 3 ]
		[[ $stderr == *"no answer within "* ]] || fail "$words: $stderr"
	done
	for words in "" "-w 100ms" "-q 100ms" "-w 0"; do
		# shellcheck disable=SC2086 # words
		ask -u $words
		[ "$status" -eq 0 ]
		[ -z "$stderr" ]
	done
}

@test "UDP: -w is how long the first answer is waited for" {
	local words
	for words in "-w 20" "-W 1 -w 20" "--reply=10ms -w 20" "-W 2 -w 20"; do
		spawn peer "$PEERS/dgram.py" 127.0.0.1:0 recv:1:got pause:1.5 \
		    send:answer
		until_true has_line peer.out .
		read -r PORT <peer.out
		# shellcheck disable=SC2086 # words
		ask -u $words
		[ "$status" -eq 0 ]
		[ "$output" = "an answer" ]
		finish peer
	done
}

@test "DTLS, no answer: status 3 if one is wanted" {
	need_tls
	listener mute -u -k -d -c --tls-cert "$CERTS/server.pem" 127.0.0.1 0
	ask -u -c -R "$CERTS/ca.pem" --reply
	[ "$status" -eq 3 ]
	[[ $stderr == *"no answer within 1.0 s"* ]]
}

@test "no answer after a half-close: -v names --reply" {
	peer recv:got close
	ask -v
	[ "$status" -eq 0 ]
	[[ $stderr == *"no answer: "*"--reply"* ]]
	finish peer
}

@test "a reset after our half-close: the message names --reply" {
	peer recv:got reset
	ask
	[ "$status" -eq 1 ]
	[[ $stderr == *--reply* ]]
	finish peer
}

@test "a reset before it does not" {
	mkfifo in
	exec {input}<>in
	peer recvn:11:got reset
	INPUT=in spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	cat question >&"$input"
	finish client 1
	[[ $(cat client.err) != *--reply* ]]
	exec {input}>&-
}

@test "--forward tls:...: the end of a question does not cut off the answer" {
	tls_peer "tls:cert=$CERTS/server.pem" recvn:11:got await:go \
	    sendn:3000000 recv:rest notify
	listener relay --forward "tls:127.0.0.1:$PORT" -R "$CERTS/ca.pem" -v \
	    127.0.0.1 0
	INPUT=question spawn client "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line client.err half-closed
	: >go
	finish client
	[ "$(stat -c %s client.out)" -eq 3000000 ]
	finish relay
	finish peer
	has_line peer.out notified
}

@test "what does not go with --reply is said" {
	local other
	for other in -N "-q 1" -l\ -k --send-only "--exec cat" -F -z; do
		# shellcheck disable=SC2086 # words
		run -2 "$SOCKCAT" --reply $other 127.0.0.1 1
		[[ $output == *--reply* ]]
	done
}
