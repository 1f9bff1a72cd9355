#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# As ncat: -lk on standard input and output serves all who come, at once: each
# gets the input, and what they send goes to the output as it comes.  Who is one
# too many for -m is not let in.

# bats and helpers.bash set PORT, PID ...
# shellcheck disable=SC2154

load helpers

# gathers ARGUMENT...: the listener `all'.
gathers() {
	listener all --compat=ncat -k -v "$@" 127.0.0.1 0
}

# told: a FIFO, whose end for writing is $told, is its input.
told() {
	mkfifo told
	exec {told}<>told
	INPUT=told gathers
}

# guest NAME: a client that says nothing, and keeps what it gets.
guest() {
	mkfifo "$1.in"
	exec {quiet}<>"$1.in"
	INPUT=$1.in spawn "$1" "$SOCKCAT" 127.0.0.1 "$PORT"
}

# connections N: so many clients have been accepted; for until_true.
connections() {
	[ "$(grep -c '^Ncat: Connection from .*:' all.err)" -eq "$1" ]
}

has() {
	[ "$(cat "$1")" = "$2" ]
}

@test "what standard input has goes to every client, and theirs to the output" {
	told
	guest one
	guest two
	until_true connections 2
	echo first >&"$told"
	until_true has one.out first
	until_true has two.out first
	printf 'no end of line' | "$SOCKCAT" 127.0.0.1 "$PORT" --send-only
	until_true has all.out 'no end of line'
	printf ', and on' | "$SOCKCAT" 127.0.0.1 "$PORT" --send-only
	until_true has all.out 'no end of line, and on'
	stop all
}

@test "a large input comes whole to each of three, as fast as the slowest reads" {
	random_file big 20000000
	told
	for name in one two; do
		spawn "$name" "$SOCKCAT" --recv-only 127.0.0.1 "$PORT"
	done
	spawn slow "$SOCKCAT" --recv-only --limit-rate 20M 127.0.0.1 "$PORT"
	until_true connections 3
	cat big >&"$told"
	exec {told}>&-
	finish one
	finish two
	finish slow
	same big one.out
	same big two.out
	same big slow.out
	stop all
}

@test "large outputs of many clients at once: nobody's bytes are lost" {
	gathers
	for i in 1 2 3 4; do
		yes "$i" | head -c 4000000 >"in$i"
		INPUT=in$i spawn "c$i" "$SOCKCAT" --send-only 127.0.0.1 "$PORT"
	done
	for i in 1 2 3 4; do
		finish "c$i"
	done
	stop all
	for i in 1 2 3 4; do
		[ "$(tr -dc "$i" <all.out | wc -c)" = 2000000 ] ||
			fail "of client $i: $(tr -dc "$i" <all.out | wc -c)"
	done
}

@test "without input the clients' ends are waited for" {
	gathers
	echo hello | run -0 "$SOCKCAT" 127.0.0.1 "$PORT"
	has all.out hello || until_true has all.out hello
	stop all
}

@test "-m: one too many is not let in, and later ones are" {
	gathers -m 1
	guest first
	echo one >&"$quiet"
	until_true has all.out one
	run "$SOCKCAT" --recv-only -w 10 127.0.0.1 "$PORT" </dev/null
	[ "$status" -le 1 ] || fail "status $status"
	kill "${PID[first]}"
	finish first any
	until_true sent two
	stop all
}

# sent WORD: it has come to the listener, after some tries.
sent() {
	echo "$1" | "$SOCKCAT" --send-only 127.0.0.1 "$PORT" || :
	grep -qx "$1" all.out
}
