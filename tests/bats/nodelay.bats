#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Small pieces go at once, without Nagle's algorithm, unless it is wanted.

load helpers

ASK='import socket, sys
s = socket.socket(fileno=0)
print(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), flush=True)
s.shutdown(socket.SHUT_WR)
s.recv(1)'

# is_set NUMBER OPTION...: what TCP_NODELAY is at the socket of a command, which is
# the connection, in both roles.
is_set() {
	local number=$1 address
	shift
	printf '%s' "$ASK" >ask.py
	for address in 127.0.0.1 ::1; do
		[ "$address" != ::1 ] || need_ipv6
		listener server "$@" --exec 'python3 -S ask.py' "$address" 0
		run -0 "$SOCKCAT" "$address" "$PORT" </dev/null
		assert_output "$number"
		finish server
		listener server "$address" 0
		"$SOCKCAT" "$@" --exec 'python3 -S ask.py' "$address" "$PORT"
		finish server
		[ "$(cat server.out)" = "$number" ]
	done
}

@test "small pieces go at once, in both roles" {
	is_set 1
	is_set 1 --no-delay
}

@test "--nagle: they wait for each other" {
	is_set 0 --nagle
}

@test "--forward: at once on both sides, or on none" {
	local options number
	need_strace
	echo answer >answer
	for options in "" --nagle; do
		INPUT=answer listener target 127.0.0.1 0
		rm -f port
		# shellcheck disable=SC2086 # of none there is no word
		spawn server strace -f -o trace -e trace=setsockopt "$SOCKCAT" \
		    -l $options --port-file port --forward "127.0.0.1:$PORT" \
		    127.0.0.1 0
		until_true test -s port
		run -0 "$SOCKCAT" 127.0.0.1 "$(cat port)" </dev/null
		assert_output answer
		finish server
		finish target
		number=2
		[ -z "$options" ] || number=0
		run grep -c 'TCP_NODELAY, \[1\], 4) *= 0' trace
		assert_output "$number"
	done
}

@test "a scan sends nothing, and asks for nothing" {
	need_strace
	sockets held open@127.0.0.1
	strace -o trace -e trace=setsockopt "$SOCKCAT" -z 127.0.0.1 "${PORTS[0]}"
	run ! grep TCP_NODELAY trace
}
