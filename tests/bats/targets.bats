#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Datagrams to names with several addresses, some of which refuse them, and to
# targets that refuse them for a while.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers

# hosts LINE...: a network with these hosts; $SOCKCAT runs in it.
hosts() {
	printf '%s\n' "$@" >hosts
	in_net "mount --bind hosts /etc/hosts"
	need_ipv6_in_net
}

# need_ipv6_in_net: skip where its ::1 is not there.
need_ipv6_in_net() {
	"${NS[@]}" grep -q '^0\{31\}1 ' /proc/net/if_inet6 ||
	    skip "::1 is not there"
}

# peer NAME ADDRESS VERB...: dgram.py there.  Sets THEIRS to its port.
peer() {
	local name=$1 address=$2
	shift 2
	spawn "$name" "${NS[@]}" "$PEERS/dgram.py" "$address" "$@"
	until_true has_line "$name.out" .
	read -r THEIRS <"$name.out"
}

@test "the second address is tried when the first one refuses" {
	hosts '::1 two' '127.0.0.1 two'
	echo answer >answer
	peer server 127.0.0.1:0 recv:1:got send:answer
	run -0 --separate-stderr "$SOCKCAT" -u -v -W 1 -q -1 two "$THEIRS" \
	    <<<question
	[ "$output" = answer ]
	[ "$(cat got)" = question ]
	[[ $stderr = *"[::1]:$THEIRS: Connection refused"* ]]
	finish server
	peer server '[::1]:0' recv:1:got send:answer
	run -0 --separate-stderr "$SOCKCAT" -u -W 1 -q -1 two "$THEIRS" \
	    <<<question
	[ "$output" = answer ]
	finish server
}

@test "everything that was refused goes to the next address, in order" {
	hosts '::1 many' '127.0.0.2 many' '127.0.0.3 many' '127.0.0.4 many'
	peer server 127.0.0.4:0 recv:50:got say:there
	seq 50 | "$SOCKCAT" -u --lines --send-only many "$THEIRS"
	until_true has_line server.out there
	same got <(seq 50 | tr -d '\n')
}

@test "no address takes it: status 1" {
	hosts '::1 two' '127.0.0.1 two'
	run -1 --separate-stderr "$SOCKCAT" -u two 5000 <<<question
	[[ $stderr = *"127.0.0.1:5000: "*"Connection refused" ]]
}

@test "who has answered is not left for another address" {
	hosts '127.0.0.2 two' '127.0.0.3 two'
	echo answer >answer
	peer first 127.0.0.2:0 recv:1:got.first send:answer
	peer second "127.0.0.3:$THEIRS" recv:1:got.second
	mkfifo in
	exec {IN}<>in
	INPUT=in spawn client "$SOCKCAT" -u -4 --lines -v two "$THEIRS"
	echo one >&$IN
	finish first
	until_true has_line client.out answer
	echo two >&$IN
	finish client 1
	[ ! -s got.second ]
}

@test "--forward: the second address is tried when the first one refuses" {
	hosts '::1 two' '127.0.0.1 two'
	spawn echo "${NS[@]}" "$PEERS/crowd.py" echo udp:127.0.0.1:0
	until_true has_line echo.out .
	listener server -u -k -v --forward "two:$(<echo.out)" 127.0.0.1 0
	for n in 1 2 3; do
		run -0 "$SOCKCAT" -u -q 10 -W 1 127.0.0.1 "$PORT" <<<"hello $n"
		[ "$output" = "hello $n" ]
	done
	# The others begin where the first one was answered.
	[ "$(grep -c 'connecting to ::1' server.err)" -eq 1 ]
	stop server
}

@test "--forward: nobody was there, and then somebody is" {
	hosts '::1 two' '127.0.0.1 two'
	listener server -u -k -v --forward two:5000 127.0.0.1 0
	mkfifo in
	exec {IN}<>in
	INPUT=in spawn client "$SOCKCAT" -u 127.0.0.1 "$PORT"
	echo one >&$IN
	until_true has_line server.err 'the target: Connection refused'
	spawn echo "${NS[@]}" "$PEERS/crowd.py" echo "udp:[::1]:5000"
	until_true has_line echo.out .
	echo two >&$IN
	until_true has_line client.out two
	stop server
}

@test "--forward to a path: somebody else has it by now" {
	listener first -u -k -U --exec cat path
	listener server -u -k -v --forward "$PWD/path" 127.0.0.1 0
	mkfifo in
	exec {IN}<>in
	INPUT=in spawn client "$SOCKCAT" -u 127.0.0.1 "$PORT"
	echo one >&$IN
	until_true has_line client.out one
	stop first
	listener second -u -k -U --exec cat path
	echo two >&$IN
	until_true has_line client.out two
	stop server
	stop second
}

@test "--exec: the second address is tried when the first one refuses" {
	hosts '::1 two' '127.0.0.1 two'
	echo answer >answer
	peer server 127.0.0.1:0 recv:1:got send:answer
	"$SOCKCAT" -u --sh-exec 'echo question; head -n 1 >reply' two "$THEIRS"
	finish server
	[ "$(cat got reply)" = $'question\nanswer' ]
}

# A network of one's own has no other user of port 5000.
@test "--retry: nobody is there yet" {
	local host
	hosts '::1 two' '127.0.0.1 two'
	echo question >question
	echo answer >answer
	for host in two 127.0.0.1; do
		INPUT=question spawn client "$SOCKCAT" -u -v -W 1 -q -1 --retry 60 \
		    "$host" 5000
		until_true has_line client.err 'trying again'
		peer server 127.0.0.1:5000 recv:1:got send:answer
		finish server
		finish client
		[ "$(cat got)" = question ]
		[ "$(cat client.out)" = answer ]
	done
}

@test "--retry: who answered is there again, and nothing was lost" {
	hosts '127.0.0.1 one'
	mkfifo in
	exec {IN}<>in
	peer server 127.0.0.1:5000 recv:1:got.1 text:one
	INPUT=in spawn client "$SOCKCAT" -u --lines -v --retry 60 one 5000
	echo a >&$IN
	until_true has_line client.out one
	finish server
	echo b >&$IN
	until_true has_line client.err 'trying again'
	echo c >&$IN
	peer server 127.0.0.1:5000 recv:2:got.2 text:two
	until_true has_line client.out two
	[ "$(cat got.1 got.2)" = abc ]
	stop client
}

@test "--retry: ... and nobody comes: status 1" {
	in_net
	run -1 --separate-stderr "$SOCKCAT" -u -v --retry 200ms 127.0.0.1 5000 \
	    <<<question
	[ "$(grep -c 'trying again' <<<"$stderr")" -ge 2 ]
	[[ $stderr = *Connection\ refused\ \(tried\ again\ for\ 200.0\ ms\) ]]
}

@test "--retry: a path that somebody else has by now" {
	listener first -u -k -U --exec cat path
	mkfifo in
	exec {IN}<>in
	INPUT=in spawn client "$SOCKCAT" -u -U --lines -v --retry 60 path
	echo one >&$IN
	until_true has_line client.out one
	stop first
	echo two >&$IN
	until_true has_line client.err 'trying again'
	listener second -u -k -U --exec cat path
	until_true has_line client.out two
	stop client
	stop second
}
