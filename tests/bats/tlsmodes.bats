#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS with one client after another: what one that is slow, silent, killed or wrong
# does to others, and what the end of the listener does to clients.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load tlsclients

# refuses: nobody listens at PORT any more; for until_true.
refuses() {
	! (: <"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

# --- one after the other -----------------------------------------------------

@test "-k: who says nothing, or nothing useful, holds up nobody" {
	mkfifo silent
	exec {SILENT}<>silent
	tls_listener server -k "${LONG[@]}" 127.0.0.1 0
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

@test "-k: more silent clients than handshakes at a time; their time is limited" {
	local before=$SECONDS
	tls_listener server -k --connect-timeout 1 127.0.0.1 0
	quiet 70
	echo hello | client
	[ $((SECONDS - before)) -lt 9 ]		# 10 s are the default
	until_true has_line server.out hello
	stop server
	assert_equal "$(<server.out)" hello
}

@test "-k: whatever a client says instead of its hello, the next one is served" {
	local mode
	for mode in '' '--exec cat' --broker; do
		# shellcheck disable=SC2086 # several words, or none
		tls_listener server -k -v $mode 127.0.0.1 0
		babble
		until_true count server.err ' closed ' "${#NONSENSE[@]}"
		run ! grep -q ' TLS: TLSv1' server.err
		echo hello | client --send-only
		until_true has_line server.err ' TLS: TLSv1'
		stop server
	done
}

@test "-k --max-accepts: who fails counts, and is the status" {
	tls_listener server -k --max-accepts 2 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<garbage >answer || true
	echo hello | client
	finish server 5
	assert_equal "$(<server.out)" hello
	said server 'does not speak TLS'
}

@test "-w limits the handshake of clients: 3, and with -k the next one is served" {
	local name before=$SECONDS
	local -A port
	listener target -k --exec cat 127.0.0.1 0
	tls_listener forward -k -v -w 1 --forward "127.0.0.1:$PORT" 127.0.0.1 0
	port[forward]=$PORT
	tls_listener exec -k -v -w 1 --exec cat 127.0.0.1 0
	port[exec]=$PORT
	tls_listener server -k -w 1 127.0.0.1 0
	port[server]=$PORT
	tls_listener once -w 200ms 127.0.0.1 0
	port[once]=$PORT
	for name in forward exec server once; do
		PORT=${port[$name]}
		quiet 1
	done
	for name in forward exec server once; do
		until_true has_line "$name.err" 'handshake was not done in time'
	done
	[ $((SECONDS - before)) -lt 9 ]		# 10 s are the default
	finish once 3
	assert_equal "$(echo hello | PORT=${port[exec]} client)" hello
	assert_equal "$(echo hello | PORT=${port[forward]} client)" hello
	echo hello | PORT=${port[server]} client
	until_true has_line server.out hello
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
	said server 'close_notify\|broke'
	assert_equal "$(<server.out)" 'so far'
}

@test "a listener that is killed in mid-transfer, either way: 1, and it is said" {
	input
	INPUT=in tls_listener server 127.0.0.1 0
	INPUT=/dev/zero spawn client "$SOCKCAT" "${TRUSTING[@]}" \
	    --limit-rate 100M 127.0.0.1 "$PORT"
	until_true has_bytes server.out 1000000
	kill -KILL "${PID[server]}"
	finish server 137
	finish client 1
	said client 'sent [1-9][0-9]* bytes'
	said client 'close_notify\|broke'
	INPUT=/dev/zero tls_listener server --limit-rate 100M 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_bytes client.out 1000000
	kill -KILL "${PID[server]}"
	finish server 137
	finish client 1
	said client 'close_notify\|broke'
	said client "received $(stat -c %s client.out) bytes"
}

@test "a listener with a full disk is a 6, and the client has its 1" {
	random_file data 4M
	OUTPUT=/dev/full tls_listener server 127.0.0.1 0
	run -1 client <data
	finish server 6
	said server 'standard output: No space left'
	# With -k, that is the end as well.
	OUTPUT=/dev/full tls_listener server -k 127.0.0.1 0
	run -1 client <data
	finish server 6
}

@test "a listener whose reader leaves dies of SIGPIPE, and the client has its 1" {
	mkfifo out
	INPUT=out spawn reader head -n 1
	OUTPUT=out tls_listener server 127.0.0.1 0
	run -1 client < <(exec yes)
	finish server 141
	finish reader
	assert_equal "$(<reader.out)" y
}

@test "nothing to send, and nothing to receive, is a 0 on both sides" {
	local max
	for max in 1.2 1.3; do
		tls_listener server --tls-max "$max" 127.0.0.1 0
		run -0 client </dev/null
		assert_output ''
		finish server
		[ ! -s server.out ]
		[ "$(wc -l <server.err)" -le 1 ]	# its pin
	done
}

@test "a reader that takes a line and leaves: the writer does not hang" {
	tls_listener server --sh-exec 'yes' 127.0.0.1 0
	client </dev/null 2>client.err | head -n 1 >out
	assert_equal "$(<out)" y
	finish server any
	[ "$finish_status" -ne 0 ]
}

# --- the end of a listener ---------------------------------------------------

@test "TERM: commands end, and clients see that something is missing" {
	input
	tls_listener server -k --sh-exec 'echo up; exec cat' 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	stop server
	finish client 1
	said client 'close_notify\|broke'
}

@test "TERM: at -k, --forward and --broker, no client takes it for a clean end" {
	local mode
	input
	mkfifo silent
	exec {SILENT}<>silent
	listener target -k --exec cat 127.0.0.1 0
	for mode in '' "--forward 127.0.0.1:$PORT" --broker --chat; do
		# shellcheck disable=SC2086 # several words, or none
		INPUT=silent tls_listener server -k -v $mode 127.0.0.1 0
		INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
		echo hello >&"$SILENT"
		case $mode in
		--forward*) echo hello >&"$IN" ;;
		esac
		until_true has_line client.out hello
		stop server
		finish client 1
		said client 'close_notify\|broke'
	done
	stop target
}

@test "TERM: a client in its handshake holds up no end" {
	local mode
	listener target -k --exec cat 127.0.0.1 0
	for mode in '' '--exec cat' "--forward 127.0.0.1:$PORT" --broker \
	    '--drain 50ms'; do
		# shellcheck disable=SC2086 # several words, or none
		tls_listener server -k -v "${LONG[@]}" $mode 127.0.0.1 0
		quiet 3
		until_true count server.err ' accepted ' 3
		stop server
	done
	stop target
}

@test "TERM at a client: 143, and its listener has a 1" {
	input
	tls_listener server 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo 'so far' >&"$IN"
	until_true has_line server.out 'so far'
	stop client
	finish server 1
	said server 'close_notify\|broke'
}

@test "--drain: what is not finished in time is cut" {
	input
	tls_listener server -k --drain 200ms --sh-exec 'echo up; exec cat' \
	    127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	stop server
	finish client 1
	said client 'close_notify\|broke'
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

# --- options of the session ---------------------------------------------------

@test "-v counts what is in TLS, not what goes over the wire" {
	random_file up 100000
	random_file down 70000
	INPUT=down tls_listener server -v 127.0.0.1 0
	client -v <up >got 2>client.err
	finish server
	said client ' closed .*: done, sent 100000 bytes, received 70000 bytes'
	said server ' closed .*: done, sent 70000 bytes, received 100000 bytes'
	said client ': TLS: TLSv1.3, cipher TLS_'
	said server ': TLS: TLSv1.3, cipher TLS_'
}

@test "at a listener: -C, -t, -W, --limit-rate, --send-only, --recv-only" {
	local before
	input
	printf 'a\r\nb\n' >lines
	INPUT=lines tls_listener server -C 127.0.0.1 0
	assert_equal "$(client </dev/null | od -An -c | tr -d ' ')" \
	    'a\r\nb\r\n'
	finish server
	printf 'a\377\375\001b\n' >does		# IAC DO ECHO
	printf '\377\374\001' >wont
	INPUT=in tls_listener server -t 127.0.0.1 0
	INPUT=does spawn client "$SOCKCAT" "${TRUSTING[@]}" --no-shutdown \
	    127.0.0.1 "$PORT"
	until_true cmp -s client.out wont
	until_true has_line server.out '^ab$'
	stop server
	finish client 1
	INPUT=in tls_listener server -W 1 127.0.0.1 0
	INPUT=lines spawn client "$SOCKCAT" "${TRUSTING[@]}" --no-shutdown \
	    127.0.0.1 "$PORT"
	finish server
	finish client
	same lines server.out
	INPUT=/dev/zero tls_listener server --limit-rate 120k 127.0.0.1 0
	before=${EPOCHREALTIME//[.,]/}
	client -d 2>client.err | head -c 60k >got
	[ $((${EPOCHREALTIME//[.,]/} - before)) -ge 250000 ]
	finish server any
	INPUT=lines tls_listener server --send-only 127.0.0.1 0
	client -d >got </dev/null
	finish server
	same lines got
	tls_listener server --recv-only 127.0.0.1 0
	client --send-only <lines
	finish server
	same lines server.out
}

@test "--idle-timeout at -k: the silent one is cut off, others are not" {
	input
	tls_listener server -k -v --idle-timeout 700ms --exec cat 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	finish client 1
	said client 'close_notify\|broke'
	until_true has_line server.err ' closed .*nothing moved'
	assert_equal "$(echo hello | client)" hello
	stop server
}
