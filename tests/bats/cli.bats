#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What is said on the command line, on standard error and by the exit status.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers

# server: a listener for many short connections.
server() {
	listener server -k 127.0.0.1 0
}

# arrives WORD...: "hello" from a client with these words comes to the server.
arrives() {
	echo "hello $*" | "$SOCKCAT" "$@" || fail "status $? of: $*"
	until_true grep -qxF "hello $*" server.out
}

# to_full COMMAND...: run it with a standard output that is full.
to_full() {
	"$@" >/dev/full
}

need_ip6() {
	grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null ||
		skip "no IPv6 loopback"
}

# --- help and version --------------------------------------------------------

@test "--help and -h go to standard output, status 0" {
	local word
	for word in --help -h; do
		run -0 --separate-stderr "$SOCKCAT" "$word"
		assert_line --index 0 --partial 'usage: sockcat'
		assert_line --partial '-l, --listen'
		[ -z "$stderr" ]
	done
}

@test "--help comes before what else is wrong or missing" {
	run -0 --separate-stderr "$SOCKCAT" --help -4 -6 some words too many
	assert_output --partial usage
	run -0 --separate-stderr "$SOCKCAT" -l -z --help
	assert_output --partial usage
}

@test "every short option has a long one" {
	run -0 "$SOCKCAT" --help=all
	assert_line --regexp '^  -l, --listen'
	refute_line --regexp '^ +-[A-Za-z0-9]( |$)'
}

@test "--version goes to standard output, status 0" {
	run -0 --separate-stderr "$SOCKCAT" --version
	assert_line --index 0 --regexp '^sockcat [0-9]+\.[0-9]+'
	[ -z "$stderr" ]
}

@test "--help and --version that can't be written: status 6" {
	local word
	for word in --help --help=all --help=tls --version; do
		run -6 to_full "$SOCKCAT" "$word"
		assert_output --partial "standard output: No space left"
		run -6 without 1 "$SOCKCAT" "$word"
		assert_output --partial "standard output: "
	done
}

# --- words -------------------------------------------------------------------

@test "host port, host:port, and options before, between and behind" {
	server
	arrives 127.0.0.1 "$PORT"
	arrives "127.0.0.1:$PORT"
	arrives localhost "$PORT"
	arrives "localhost:$PORT"
	arrives -n 127.0.0.1 "$PORT"
	arrives 127.0.0.1 -w 20 "$PORT"
	arrives 127.0.0.1 "$PORT" -w 20 -n
	arrives "127.0.0.1:$PORT" -4
}

@test "an IPv6 address: two words, or [address]:port" {
	need_ip6
	listener server -k ::1 0
	arrives ::1 "$PORT"
	arrives "[::1]:$PORT"
	run -2 "$SOCKCAT" "::1:$PORT"
	assert_output --partial 'needs brackets'
}

@test "the operands of a listener: [host] port, host:port, -p port" {
	local words
	for words in "0" "127.0.0.1 0" "127.0.0.1:0" "-p 0" "-p 0 127.0.0.1" \
	    "-s 127.0.0.1 -p 0" "-s 127.0.0.1 0"; do
		# shellcheck disable=SC2086 # words
		run -3 --separate-stderr "$SOCKCAT" -v -l --accept-timeout 0 \
		    $words
		[[ $stderr =~ listening\ on\ [^\ ]+\ port\ [1-9] ]] ||
			fail "$words: $stderr"
		if [[ $words == *127* ]]; then
			[[ $stderr == *"listening on 127.0.0.1 port "* ]]
			[[ $stderr != *"listening on ::"* ]]
		else
			[[ $stderr == *"listening on 0.0.0.0 port "* ]]
		fi
	done
}

@test "arguments: --option=value, --option value, -ovalue, -o value" {
	server
	arrives --wait=20 127.0.0.1 "$PORT"
	arrives --wait 20 127.0.0.1 "$PORT"
	arrives -w20 127.0.0.1 "$PORT"
	arrives -w 20 127.0.0.1 "$PORT"
	arrives -nw20 127.0.0.1 "$PORT"
	arrives -w 20000ms 127.0.0.1 "$PORT"
	arrives -w 0.5m 127.0.0.1 "$PORT"
	arrives -w .5h 127.0.0.1 "$PORT"
	arrives --wait=20s 127.0.0.1 "$PORT"
}

@test "the last one of an option that is given twice counts" {
	server
	arrives -w 0 -w 20 127.0.0.1 "$PORT"
	run -3 "$SOCKCAT" -l --accept-timeout 20h --accept-timeout 0 127.0.0.1 0
}

@test "-- ends options" {
	run -4 "$SOCKCAT" -n -- -x 80
	assert_output --partial 'resolve -x:'
	listener server -U -- -path
	[ -S ./-path ]
	echo hello | "$SOCKCAT" -U -- -path
	finish server
	[ "$(cat server.out)" = hello ]
}

@test "names of services, of TCP and of UDP" {
	need getent
	[[ $(getent services http/tcp) == *" 80/tcp"* ]] || skip "no services"
	run "$SOCKCAT" -z -v 127.0.0.1 http
	assert_line --partial '127.0.0.1 80 '
	run "$SOCKCAT" -z 127.0.0.1 1,domain,http
	assert_line --partial '127.0.0.1 53 '
	assert_line --partial '127.0.0.1 80 '
	run "$SOCKCAT" -n -z -v 127.0.0.1 http
	assert_line --partial '127.0.0.1 80 '
	run -2 "$SOCKCAT" -z 127.0.0.1 tftp
	assert_output --partial "'tftp'"
	run "$SOCKCAT" -u -z -v -w 0.2 127.0.0.1 tftp
	assert_line --partial '127.0.0.1 69 '
}

# --- what -v says ------------------------------------------------------------

@test "without -v nothing is said" {
	listener server 127.0.0.1 0
	run -0 --separate-stderr "$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
	[ -z "$output$stderr" ]
	finish server
	[ ! -s server.err ]
}

@test "-v: the life of a connection, both roles" {
	local local_port
	listener server -v 127.0.0.1 0
	run -0 --separate-stderr "$SOCKCAT" -v localhost "$PORT" -4 <<<hello
	finish server
	[[ $stderr == *": resolved localhost to 127.0.0.1"* ]]
	[[ $stderr == *": connecting to 127.0.0.1 port $PORT"* ]]
	[[ $stderr =~ connected\ 127\.0\.0\.1:([0-9]+)\ -\>\ 127\.0\.0\.1:$PORT\ in\ [0-9.]+\ ?(us|ms|s) ]]
	local_port=${BASH_REMATCH[1]}
	[[ $stderr =~ closed\ 127\.0\.0\.1:$PORT:\ done,\ sent\ 6\ bytes,\ received\ 0\ bytes ]]
	grep -Eq ": listening on 127\.0\.0\.1 port $PORT \(backlog [0-9]+\)" server.err
	grep -q ": accepted 127\.0\.0\.1:$local_port on 127\.0\.0\.1:$PORT\$" server.err
	grep -q ": closed 127\.0\.0\.1:$local_port: done, sent 0 bytes, received 6 bytes" server.err
}

@test "-v: every line begins with the program's name, nothing else is written" {
	listener server -vvv 127.0.0.1 0
	"$SOCKCAT" -vvv 127.0.0.1 "$PORT" <<<hello >client.out 2>client.err
	finish server
	[ ! -s client.out ]
	[ "$(cat server.out)" = hello ]
	[ -s client.err ]
	run ! grep -v '^sockcat: ' client.err server.err
}

@test "-vv: socket options, how bytes are moved, what TCP measured; -vvv: calls" {
	local v
	echo hello >hello
	for v in -v -vv -vvv; do
		listener server 127.0.0.1 0
		"$SOCKCAT" "$v" 127.0.0.1 "$PORT" <hello 2>"err$v"
		finish server
	done
	run ! grep 'socket option\|moving bytes\|TCP:' err-v
	for v in -vv -vvv; do
		grep -q 'Z socket option TCP_NODELAY = 1' "err$v"
		grep -q 'Z moving bytes from standard input by ' "err$v"
		grep -q 'Z TCP: rtt [0-9.]* ms, 0 retransmits' "err$v"
	done
	run ! grep -E 'Z (read|sendfile)\(.*\) = ' err-vv
	grep -qE 'Z (read|sendfile)\(.*\) = ' err-vvv
}

@test "-v: a name for which a peer is responsible can't reach the terminal" {
	run -4 --separate-stderr "$SOCKCAT" -n $'a\e)0b\nc' 80
	[[ $stderr == *'a\x1b)0b\x0ac'* ]]
	[[ $stderr != *$'\e'* ]]
}

@test "-v: the backlog, and what the kernel makes of a larger one" {
	local most
	most=$(cat /proc/sys/net/core/somaxconn)
	run -3 "$SOCKCAT" -l -v --accept-timeout 0 127.0.0.1 0
	assert_line --partial "(backlog $most)"
	run -3 "$SOCKCAT" -l -v -B 1 --accept-timeout 0 127.0.0.1 0
	assert_line --partial "(backlog 1)"
	run -3 "$SOCKCAT" -l -v -B $((most + 1)) --accept-timeout 0 127.0.0.1 0
	assert_line --partial "(backlog $most: the kernel clamped $((most + 1))"
}

@test "-v: why a connection was closed" {
	local silent
	mkfifo silent
	exec {silent}<>silent
	spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 sendn:5 await:go reset
	until_true test -s peer.out
	INPUT=silent spawn client "$SOCKCAT" -v 127.0.0.1 "$(head -n 1 peer.out)"
	until_true test -s client.out
	: >go
	finish client 1
	grep -Eq ': closed .*reset by peer.*received 5 bytes' client.err
}

@test "-v never sends a byte, TCP and UDP, both roles" {
	spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 recv:got
	until_true test -s peer.out
	"$SOCKCAT" -vvv 127.0.0.1 "$(head -n 1 peer.out)" </dev/null
	finish peer
	[ -e got ]
	[ ! -s got ]

	listener server -vvv 127.0.0.1 0
	run -0 "$PEERS/peer.py" connect "127.0.0.1:$PORT" fin recv:got
	finish server
	[ ! -s got ]

	sockets udp udp-answer@127.0.0.1
	"$SOCKCAT" -u -vvv -q 0 127.0.0.1 "${PORTS[0]}" </dev/null
	printf end | "$SOCKCAT" -u -W 1 -q -1 127.0.0.1 "${PORTS[0]}"
	[ "$(grep got udp.out)" = "got 3" ]
}

# --- descriptors that are closed at the start --------------------------------

@test "client with 0, 1, 2 closed in every combination: sending" {
	local set expected
	for set in 0 1 2 01 02 12 012; do
		rm -f got peer.out
		spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 recv:got
		until_true test -s peer.out
		echo hello | without "$set" "$SOCKCAT" -vvv 127.0.0.1 \
		    "$(head -n 1 peer.out)" >out 2>err || fail "$set: status $?"
		finish peer
		expected=hello
		[[ $set != *0* ]] || expected=
		[ "$(cat got)" = "$expected" ] || fail "$set: $(cat got)"
		[ ! -s out ] || fail "$set: $(cat out)"
	done
}

@test "client with 0, 1, 2 closed in every combination: receiving" {
	local set status
	echo hello >data
	for set in 0 1 2 01 02 12 012; do
		rm -f peer.out
		spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 send:data recv:got
		until_true test -s peer.out
		status=0
		without "$set" "$SOCKCAT" -vvv 127.0.0.1 \
		    "$(head -n 1 peer.out)" </dev/null >out 2>err || status=$?
		if [[ $set == *1* ]]; then
			[ "$status" -eq 6 ] || fail "$set: status $status"
			[ ! -s out ]
			finish peer any
		else
			[ "$status" -eq 0 ] || fail "$set: status $status"
			[ "$(cat out)" = hello ] || fail "$set: $(cat out)"
			finish peer
			[ ! -s got ] || fail "$set: $(cat got)"
		fi
		if [[ $set == *2* ]]; then
			[ ! -s err ]
		else
			[ -s err ]
			! grep -v '^sockcat: ' err || fail "$set: $(cat err)"
		fi
	done
}

@test "listener with 0, 1, 2 closed in every combination: both directions" {
	local set expected status
	for set in 0 1 2 01 02 12 012; do
		rm -f port
		echo "from the listener" >data
		INPUT=data spawn server bash -c "$(declare -f without)"'
		    without "$@"' bash "$set" "$SOCKCAT" -l -vvv \
		    --port-file port 127.0.0.1 0
		until_true test -s port
		status=0
		"$SOCKCAT" 127.0.0.1 "$(cat port)" <<<hello >out 2>err ||
			status=$?
		if [[ $set == *1* ]]; then
			finish server 6
			[ ! -s server.out ]
			continue
		fi
		finish server
		[ "$status" -eq 0 ] || fail "$set: $(cat err)"
		expected="from the listener"
		[[ $set != *0* ]] || expected=
		[ "$(cat out)" = "$expected" ] || fail "$set: $(cat out)"
		[ "$(cat server.out)" = hello ]
		[[ $set != *2* ]] || [ ! -s server.err ]
	done
}

@test "a scan and UDP with 0, 1, 2 closed" {
	local set limits
	sockets held open@127.0.0.1 udp-answer@127.0.0.1
	for set in 0 1 2 01 02 12 012; do
		if [[ $set == *1* ]]; then
			run -6 without "$set" "$SOCKCAT" -z -v 127.0.0.1 \
			    "${PORTS[0]}"
			[[ $set != *0* ]] || continue
			run -6 without "$set" "$SOCKCAT" -u -W 1 -q -1 \
			    127.0.0.1 "${PORTS[1]}" <<<hello
			continue
		fi
		without "$set" "$SOCKCAT" -z -v 127.0.0.1 "${PORTS[0]}" >out
		[ "$(cat out)" = "127.0.0.1 ${PORTS[0]} open" ]
		limits=(-q 100ms)
		[[ $set == *0* ]] || limits=(-q -1 -W 1)
		echo hello | without "$set" "$SOCKCAT" -u "${limits[@]}" \
		    127.0.0.1 "${PORTS[1]}" >out
		[[ $set == *0* ]] || [ "$(cat out)" = answer ]
	done
	[ "$(grep got held.out | sort -u)" = "got 6" ]
}

# --- exit status -------------------------------------------------------------

@test "status 0: done; 1: refused; 2: usage; 3: a time limit; 4: a name; 6: local" {
	sockets held open@127.0.0.1 closed@127.0.0.1 silent@127.0.0.1
	run -0 "$SOCKCAT" -z 127.0.0.1 "${PORTS[0]}"
	run -1 "$SOCKCAT" 127.0.0.1 "${PORTS[1]}"
	assert_output --partial "127.0.0.1 port ${PORTS[1]}: Connection refused"
	run -2 "$SOCKCAT" 127.0.0.1
	run -3 "$SOCKCAT" -w 100ms 127.0.0.1 "${PORTS[2]}"
	assert_output --partial "127.0.0.1 port ${PORTS[2]}: no answer within"
	run -4 "$SOCKCAT" -n nosuch "${PORTS[0]}"
	assert_output --partial nosuch
	run -6 "$SOCKCAT" -l 127.0.0.1 "${PORTS[0]}"
	assert_output --partial "127.0.0.1 port ${PORTS[0]}"
}

@test "status 3: the idle limit, the limit of the whole run, the wait for a client" {
	local silent
	mkfifo silent
	exec {silent}<>silent
	sockets held open@127.0.0.1
	run -3 "$SOCKCAT" --idle-timeout 50ms 127.0.0.1 "${PORTS[0]}" <silent
	assert_output --partial 'nothing moved for'
	run -3 "$SOCKCAT" -w 50ms 127.0.0.1 "${PORTS[0]}" <silent
	run -3 "$SOCKCAT" --timeout 50ms 127.0.0.1 "${PORTS[0]}" <silent
	assert_output --partial 'the whole run'
	run -3 "$SOCKCAT" -l --timeout 50ms 127.0.0.1 0
	run -3 "$SOCKCAT" -l --accept-timeout 50ms 127.0.0.1 0
	assert_output --partial 'no client'
}

@test "-w is no limit for a listener's wait" {
	listener server -w 50ms 127.0.0.1 0
	"$PEERS/idle.py" "${PID[server]}"
	echo hello | "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	[ "$(cat server.out)" = hello ]
}

@test "status 6: standard output is full, and the peer gets no clean end" {
	local silent
	mkfifo silent
	exec {silent}<>silent
	random_file data 100k
	spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 send:data recv:got
	until_true test -s peer.out
	INPUT=silent OUTPUT=/dev/full spawn client "$SOCKCAT" 127.0.0.1 \
	    "$(head -n 1 peer.out)"
	finish client 6
	grep -q 'standard output: No space left' client.err
	finish peer 1
	cat peer.err
	grep -Eq 'ConnectionResetError|BrokenPipeError' peer.err
}

@test "status 6: standard input can't be read" {
	sockets held open@127.0.0.1
	run -6 "$SOCKCAT" 127.0.0.1 "${PORTS[0]}" </
	assert_output --partial 'standard input'
}

# --- the reader of standard output goes away ----------------------------------

# gone COMMAND...: a client, started by COMMAND, whose reader goes away while the
# network is silent.
gone() {
	local silent reader
	mkfifo silent reader
	exec {silent}<>silent
	echo hello >data
	spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 send:data recv:rest
	until_true test -s peer.out
	exec {reader}<>reader
	INPUT=silent OUTPUT=reader spawn client "$@" 127.0.0.1 \
	    "$(head -n 1 peer.out)" {reader}<&- {silent}<&-
	read -r line <&"$reader"
	[ "$line" = hello ]
	exec {reader}<&-
}

@test "the reader of standard output goes away: death by SIGPIPE" {
	gone env --default-signal=PIPE "$SOCKCAT"
	finish client $((128 + $(kill -l PIPE)))
	[ ! -s client.err ]
	finish peer 1
}

@test "the reader goes away, started with SIGPIPE ignored: status 6" {
	gone env --ignore-signal=PIPE "$SOCKCAT"
	finish client 6
	grep -q 'standard output: Broken pipe' client.err
	finish peer 1
}

@test "INT, TERM, HUP: death by that signal; one that was ignored stays so" {
	local signal silent
	mkfifo silent
	exec {silent}<>silent
	sockets held open@127.0.0.1
	for signal in INT TERM HUP; do
		INPUT=silent spawn client env "--default-signal=$signal" \
		    "$SOCKCAT" -v 127.0.0.1 "${PORTS[0]}"
		until_true has_line client.err connected
		kill -s "$signal" "${PID[client]}"
		finish client $((128 + $(kill -l "$signal")))
	done
	listener server --accept-timeout 20 127.0.0.1 0
	finish_ignored
}

# A listener that ignores HUP serves on after one.
finish_ignored() {
	kill -TERM "${PID[server]}"
	finish server 143
	spawn server env --ignore-signal=HUP "$SOCKCAT" -l --port-file port \
	    127.0.0.1 0
	until_true test -s port
	kill -HUP "${PID[server]}"
	echo hello | "$SOCKCAT" 127.0.0.1 "$(cat port)"
	finish server
	[ "$(cat server.out)" = hello ]
}
