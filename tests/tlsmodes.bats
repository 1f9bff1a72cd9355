#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS in each mode of the program: what a client that is slow, silent, killed or
# wrong does to others, and what the end of the listener does to clients.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

# input: a fifo, `in`, that stays open; what is written to descriptor $IN goes in.
input() {
	rm -f in
	mkfifo in
	exec {IN}<>in
}

# said NAME TEXT: TEXT is in what it said on standard error.
said() {
	grep -q -- "$2" "$1.err" || fail "$1 did not say: $2, but: $(<"$1.err")"
}

# refuses: nobody listens at PORT any more; for until_true.
refuses() {
	! (: <"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

# --- one after the other -----------------------------------------------------

@test "-k: who says nothing, or nothing useful, holds up nobody" {
	mkfifo silent
	exec {SILENT}<>silent
	tls_listener server -k 127.0.0.1 0
	INPUT=silent spawn mute "$SOCKCAT" -v 127.0.0.1 "$PORT"
	INPUT=silent spawn mute2 "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line mute.err connected
	until_true has_line mute2.err connected
	echo hello | client
	until_true has_line server.out hello
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<'GET / HTTP/1.0' >answer || true
	echo again | client
	until_true has_line server.out again
	assert_equal "$(<server.out)" $'hello\nagain'
	said server 'does not speak TLS (it said "GET / HTTP'
	stop server
}

@test "-k: each client is written in whole, whoever's handshake was faster" {
	local i
	tls_listener server -k 127.0.0.1 0
	for i in 1 2 3 4 5 6; do
		yes "$i" | head -n 20000 >"data$i" || true
		INPUT=data$i spawn "client$i" "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
	done
	for i in 1 2 3 4 5 6; do
		finish "client$i"
	done
	until_true has_bytes server.out 240000
	assert_equal "$(uniq server.out | sort | xargs)" '1 2 3 4 5 6'
	stop server
}

@test "a sender that is killed: 1, and what came is written" {
	input
	tls_listener server 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo 'so far' >&"$IN"
	until_true has_line server.out 'so far'
	kill -KILL "${PID[client]}"
	finish client 137
	finish server 1
	said server 'without close_notify'
	assert_equal "$(<server.out)" 'so far'
}

@test "a reader that takes a line and leaves: the writer does not hang" {
	tls_listener server --sh-exec 'yes' 127.0.0.1 0
	client </dev/null 2>client.err | head -n 1 >out
	assert_equal "$(<out)" y
	finish server any
	[ "$finish_status" -ne 0 ]
}

# --- commands and terminals --------------------------------------------------

@test "--pty: a terminal, and Ctrl-C is a signal" {
	input
	tls_listener server --pty --sh-exec 'trap "echo interrupted; exit 9" INT
	    stty size; echo up; while :; do sleep 0.1; done' 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	grep -q '^24 80' client.out
	printf '\003' >&"$IN"
	finish server 9
	until_true has_line client.out interrupted
	exec {IN}>&-
	finish client
}

@test "the passphrase of a key is asked for on the terminal, and not shown" {
	"$TESTS/terminal.py" --prompt 'key: ' --type 'open sesame\n' sh -c 'exec "$0" "$@" 2>&1' \
	    "$SOCKCAT" -l -v -c --tls-cert "$CERTS/locked.pem" \
	    --tls-key "$CERTS/locked.key" --port-file port \
	    --exec 'echo opened' 127.0.0.1 0 </dev/null >screen 3>&- &
	PID[screen]=$!
	until_true test -s port
	PORT=$(<port) client -e localhost </dev/null >out
	assert_equal "$(<out)" opened
	wait "${PID[screen]}"
	unset "PID[screen]"
	run ! grep -q sesame screen
	# A wrong one.
	run -6 "$TESTS/terminal.py" --prompt 'key: ' --type 'close sesame\n' \
	    "$SOCKCAT" -l -c \
	    --tls-cert "$CERTS/locked.pem" --tls-key "$CERTS/locked.key" \
	    127.0.0.1 0
	refute_output --partial 'close sesame'
	assert_output --partial "locked.key: not with that passphrase"
}

@test "in a command, the end of TLS is the end, and a cut is none of its own" {
	tls_listener server -k -v --sh-exec 'cat >&2; echo "and $?"' 127.0.0.1 0
	echo 'all of it' | client >out
	assert_equal "$(<out)" 'and 0'
	until_true has_line server.err 'all of it'
	stop server
}

# --- the end of a listener ---------------------------------------------------

@test "TERM: commands end, and clients see that something is missing" {
	input
	tls_listener server -k --sh-exec 'echo up; exec cat' 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	stop server
	finish client 1
	said client 'close_notify\|reset'
}

@test "--drain: what runs is finished with its close_notify" {
	input
	tls_listener server -k -v --drain 30 --sh-exec 'echo up; exec cat' \
	    127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	kill -TERM "${PID[server]}"
	until_true refuses
	echo 'the rest' >&"$IN"
	until_true has_line client.out 'the rest'
	exec {IN}>&-
	finish client
	finish server 143
}

# --- forwarding, rooms, managers ---------------------------------------------

@test "--forward: who says nothing or garbage reaches no target, and counts not" {
	local i
	mkfifo silent
	exec {SILENT}<>silent
	listener target -k --exec cat 127.0.0.1 0
	tls_listener front -k -v --forward "127.0.0.1:$PORT" 127.0.0.1 0
	for i in 1 2 3; do
		INPUT=silent spawn "mute$i" "$SOCKCAT" -v 127.0.0.1 "$PORT"
		until_true has_line "mute$i.err" connected
		"$SOCKCAT" 127.0.0.1 "$PORT" <<<garbage >answer || true
	done
	for i in 1 2 3 4 5 6 7 8; do
		random_file "data$i" 200K
		INPUT=data$i spawn "client$i" "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
	done
	for i in 1 2 3 4 5 6 7 8; do
		finish "client$i"
		same "data$i" "client$i.out"
	done
	[ "$(grep -c 'closed .*does not speak TLS' front.err)" -eq 3 ]
	stop front
	stop target
}

@test "a broker: a member that does not read is cut off, others get everything" {
	local i
	input
	INPUT=in tls_listener room -v --broker 127.0.0.1 0
	spawn good "$SOCKCAT" -d "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo welcome >&"$IN"	# it waits for somebody to be there
	until_true has_line good.out welcome
	spawn slow "$TESTS/tlspeer.py" connect "127.0.0.1:$PORT" tls: \
	    await:over recv:got
	until_true has_line slow.out '^tls'
	random_file piece 2000000
	for i in {1..30}; do
		client --send-only <piece
		until_true has_bytes good.out $((8 + i * 2000000))
		! grep -q 'cut off' room.err || break
	done
	said room 'cut off: .*too slowly'
	[ "$i" -lt 30 ]
	: >over
	finish slow
	grep -qx cut slow.out
	{ echo welcome; for ((; i > 0; i--)); do cat piece; done; } >want
	same good.out want
	stop room
}

@test "sockets of a manager: TLS on what is passed" {
	spawn manager "$TESTS/manager.py" tcp -- sh -c 'echo $$ >pid
	    exec "$0" "$@"' "$SOCKCAT" -l -v --socket-activation \
	    "${SERVING[@]}" -k --exec cat
	until_true has_line manager.err 'listening on'
	PORT=$(head -n 1 manager.out)
	echo hello | client >out
	assert_equal "$(<out)" hello
	kill -TERM "$(<pid)"
	finish manager 143
}
