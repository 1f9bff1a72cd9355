#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# SIGUSR1, and --progress, in each of the ways that a connection is served, and while
# none is.

load helpers

# ask NAME REGEXP: a question, and its answer, which is a line of NAME.err.
ask() {
	kill -USR1 "${PID[$1]}"
	until_true has_line "$1.err" "$2"
}

# asks NAME REGEXP: the same until it is the answer: what it counts is counted a
# moment after others have the bytes.
asks() {
	kill -USR1 "${PID[$1]}"
	until_true has_line "$1.err" ' in [0-9]*:[0-9]*\| since the start'
	has_line "$1.err" "$2"
}

# A client whose input is the fifo NAME, at $FD.
client() {
	local name=$1
	shift
	[ -p "$name" ] || mkfifo "$name"
	exec {FD}<>"$name"
	INPUT=$name spawn "$name" "$SOCKCAT" "$@"
}

@test "SIGUSR1: a listener waits for a client, and goes on" {
	random_file sent 300k
	listener server 127.0.0.1 0
	ask server '^sockcat: waiting for a client, 0:[0-9]* since the start$'
	"$SOCKCAT" 127.0.0.1 "$PORT" <sent
	finish server
	same sent server.out
}

@test "SIGUSR1: one that is connecting says where to, and goes on" {
	random_file sent 300k
	listener probe 127.0.0.1 0
	stop probe
	INPUT=sent spawn client "$SOCKCAT" -v --retry 30s 127.0.0.1 "$PORT"
	until_true test -s client.err
	ask client "^sockcat: .*connecting to 127.0.0.1 port $PORT, 0:[0-9]* since the start\$"
	listener server 127.0.0.1 "$PORT"
	finish client
	finish server
	same sent server.out
}

@test "SIGUSR1: one whose proxy does not answer says that it is in the handshake" {
	listener proxy --recv-only 127.0.0.1 0
	spawn client "$SOCKCAT" -x "127.0.0.1:$PORT" -X 5 host.example 80
	until_true test -s proxy.out
	ask client "^sockcat: handshake with 127.0.0.1:$PORT, 0:"
	stop client
	finish proxy any
}

@test "SIGUSR1: a client that is served by nobody yet is counted" {
	need_tls
	listener server -k --tls 127.0.0.1 0
	silent_input
	INPUT=silent spawn client "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line client.err 'connected'
	until_true asks server '1 client, none served yet, 0:'
	stop client
	stop server
}

# catches NAME: it has a handler for SIGUSR1 (proc_pid_status(5)); for until_true.
catches() {
	local name mask
	while read -r name mask; do
		if [ "$name" = SigCgt: ]; then
			(((16#$mask & 0x200) != 0))
			return
		fi
	done <"/proc/${PID[$1]}/status"
}

@test "SIGUSR1 before anything else is there does not kill, and is answered" {
	mkfifo key
	spawn client "$SOCKCAT" --report-file key --report 127.0.0.1 1
	until_true catches client
	kill -USR1 "${PID[client]}"
	cat key >report &
	finish client 1
	has_line client.err '^sockcat: .*0:[0-9]* since the start$'
}

@test "SIGUSR1 that was ignored from the start stays so" {
	trap '' USR1
	listener server 127.0.0.1 0
	trap - USR1
	kill -USR1 "${PID[server]}"
	run -0 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	finish server
	[ ! -s server.err ]
}

@test "SIGUSR1: -u, each end" {
	listener server -u -q -1 127.0.0.1 0
	ask server '^sockcat: waiting for a client'
	client one -u 127.0.0.1 "$PORT"
	echo 1234 >&"$FD"
	until_true has_line server.out 1234
	ask one "^sockcat: 127.0.0.1:$PORT: sent 5 bytes (.*/s), received 0 bytes (0B/s) in 0:"
	ask server '^sockcat: 127.0.0.1:[0-9]*: sent 0 bytes (0B/s), received 5 bytes'
	stop one
	stop server
	echo 1234 >expected
	same expected server.out
}

@test "SIGUSR1: -u with -k, and --merge: all clients are one line" {
	local how name
	for how in -k "-k --merge"; do
		# shellcheck disable=SC2086 # these are words
		listener server -u $how 127.0.0.1 0
		for name in one two; do
			client $name -u 127.0.0.1 "$PORT"
			echo "$name" >&"$FD"
			until_true has_line server.out "$name"
		done
		ask server '^sockcat: all clients: sent 0 bytes (0B/s), received 8 bytes'
		stop one
		stop two
		stop server
	done
}

@test "SIGUSR1: -u with --exec and --forward: a line for each peer" {
	local how name
	listener target -uk --exec cat 127.0.0.1 0
	for how in "--exec cat" "--forward 127.0.0.1:$PORT"; do
		# shellcheck disable=SC2086 # these are words
		listener server -uk $how 127.0.0.1 0
		for name in one two; do
			client $name -u 127.0.0.1 "$PORT"
			echo "$name" >&"$FD"
			until_true has_line $name.out "$name"
		done
		kill -USR1 "${PID[server]}"
		until_true count server.err '^sockcat: 127.0.0.1:[0-9]*: sent 4 bytes (.*/s), received 4 bytes' 2
		stop one
		stop two
		stop server
	done
	stop target
}

@test "SIGUSR1: --broker and --chat: a line for each client" {
	local how
	for how in --broker --chat; do
		listener server -k $how 127.0.0.1 0
		client one 127.0.0.1 "$PORT"
		client two 127.0.0.1 "$PORT"
		until_true is_heard
		stop one
		stop two
		stop server
	done
}

# What one says reaches two; whoever is not there yet misses it.
is_heard() {
	echo 1234 >&"$FD"
	kill -USR1 "${PID[server]}"
	grep -q 1234 one.out && grep -q 'received [1-9][0-9]* bytes' server.err &&
	    grep -q 'sent [1-9][0-9]* bytes' server.err
}

@test "SIGUSR1: --merge: a line for each client" {
	local name
	listener server -k --merge 127.0.0.1 0
	for name in one two; do
		client $name 127.0.0.1 "$PORT"
		echo "$name" >&"$FD"
		until_true has_line server.out "$name"
	done
	kill -USR1 "${PID[server]}"
	until_true count server.err '^sockcat: 127.0.0.1:[0-9]*: sent 0 bytes (0B/s), received 4 bytes' 2
	stop one
	stop two
	stop server
}

@test "SIGUSR1: a command that has the socket: what the kernel counts" {
	listener server --exec cat 127.0.0.1 0
	client one 127.0.0.1 "$PORT"
	echo 1234 >&"$FD"
	until_true has_line one.out 1234
	ask server '^sockcat: 127.0.0.1:[0-9]*: sent 5 bytes (.*/s), received 5 bytes'
	stop one
	finish server any
	listener server -U --exec cat path
	client two -U path
	echo 1234 >&"$FD"
	until_true has_line two.out 1234
	ask server '^sockcat: .*: the command has the socket, 0:'
	stop two
	finish server any
}

@test "SIGUSR1: a proxy's requests of HTTP" {
	local proxy answer
	random_file body 100k
	listener proxy -k --proxy-server=http 127.0.0.1 0
	proxy=$PORT
	mkfifo origin
	exec {answer}<>origin
	INPUT=origin listener origin 127.0.0.1 0
	client one 127.0.0.1 "$proxy"
	printf 'GET http://127.0.0.1:%s/ HTTP/1.1\r\nHost: x\r\n\r\n' "$PORT" >&"$FD"
	until_true has_line origin.out GET
	ask proxy '^sockcat: 127.0.0.1:[0-9]*: sent 0 bytes (0B/s), received 0 bytes (0B/s) in 0:'
	{
		printf 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 102400\r\n\r\n'
		cat body
	} >&"$answer"
	until_true has_bytes one.out 102400
	ask proxy '^sockcat: 127.0.0.1:[0-9]*: sent 102[0-9]* bytes'
	tail -c 102400 one.out >got
	same body got
	stop one
	stop proxy
	stop origin
}

@test "SIGUSR1: a scan says so" {
	spawn scan "$SOCKCAT" -z --retry 30s 127.0.0.1 1
	until_true is_asleep scan
	ask scan '^sockcat: scanning 127.0.0.1, 0:[0-9]* since the start$'
	stop scan
}

@test "--progress: datagrams, each end, and all peers" {
	local how name target
	random_file sent 100k
	listener server -u -q -1 --progress=1h 127.0.0.1 0
	run -0 --separate-stderr "$SOCKCAT" -u --progress=1h -q 0 127.0.0.1 \
	    "$PORT" <sent
	[[ $stderr == "sockcat: sent 102400 bytes ("*", 100% of 102400 bytes" ]]
	until_true has_bytes server.out 102400
	stop server
	same sent server.out
	has_line server.err '^sockcat: sent 0 bytes (0B/s), received 102400 bytes'
	listener target -uk --exec cat 127.0.0.1 0
	target=$PORT
	for how in "--exec cat" "--forward 127.0.0.1:$target" --merge ""; do
		# shellcheck disable=SC2086 # these are words
		listener server -uk --progress=1h $how 127.0.0.1 0
		for name in one two; do
			client $name -u 127.0.0.1 "$PORT"
			echo "$name" >&"$FD"
			case $how in
			--[ef]*) until_true has_line $name.out "$name" ;;
			*) until_true has_line server.out "$name" ;;
			esac
		done
		stop one
		stop two
		stop server
		has_line server.err '^sockcat: sent [08] bytes (.*/s), received 8 bytes'
	done
	stop target
}

@test "--progress: --broker and --chat" {
	local how
	for how in --broker --chat; do
		listener server -k --progress=1h $how 127.0.0.1 0
		client one 127.0.0.1 "$PORT"
		client two 127.0.0.1 "$PORT"
		until_true is_heard
		stop one
		stop two
		stop server
		has_line server.err '^sockcat: sent [1-9][0-9]* bytes (.*/s), received [1-9][0-9]* bytes'
	done
}

@test "--progress: a proxy's requests of HTTP" {
	listener proxy -k --progress=1h --proxy-server=http 127.0.0.1 0
	client one 127.0.0.1 "$PORT"
	printf 'GET http://127.0.0.1:1/ HTTP/1.1\r\nHost: x\r\n\r\n' >&"$FD"
	until_true has_line one.out '^HTTP/1.1 5'
	stop one
	stop proxy
	has_line proxy.err '^sockcat: sent [1-9][0-9]* bytes'
}
