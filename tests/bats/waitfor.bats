#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# -z --retry: until it is open.  In a network of its own, where nobody else takes
# the ports.
#
# `run' sets these, NS comes from netns:
# shellcheck disable=SC2154

load helpers

# own_net: a network and names of its own, in `hosts'.
own_net() {
	printf '127.0.0.1 localhost\n' >hosts
	in_net 'mount --bind hosts /etc/hosts'
}

# wait_for NAME ARGUMENT...: sockcat -z --retry, which has looked in vain once.
wait_for() {
	local name=$1
	shift
	spawn "$name" "$SOCKCAT" -v -z --retry 1m "$@"
	until_true has_line "$name.err" 'trying again'
}

# hold NAME WORD...: sockets.py, in the network.
hold() {
	local name=$1
	shift
	spawn "$name" "${NS[@]}" "$PEERS/sockets.py" "$@"
	until_true has_line "$name.out" .
}

@test "one port: until it is open" {
	own_net
	wait_for client 127.0.0.1 4001
	hold server open@127.0.0.1:4001
	finish client
	[ "$(<client.out)" = "127.0.0.1 4001 open" ]
	run -0 --separate-stderr "$SOCKCAT" -z --retry 1m 127.0.0.1 4001
	[ -z "$output$stderr" ]
}

@test "several: until all are, each one's line when those before it are there" {
	own_net
	wait_for client 127.0.0.1 4001-4003
	hold one open@127.0.0.1:4001
	until_true has_line client.out '4001 open'
	hold three open@127.0.0.1:4003
	until_true is_asleep client
	[ "$(<client.out)" = "127.0.0.1 4001 open" ]
	hold two open@127.0.0.1:4002
	finish client
	[ "$(<client.out)" = "$(printf '127.0.0.1 %d open\n' 4001 4002 4003)" ]
}

@test "time is over: status 3, and those that are missing are named" {
	own_net
	hold server open@127.0.0.1:4002
	run -3 --separate-stderr "$SOCKCAT" -z --retry 100ms 127.0.0.1 4001
	[ -z "$output" ]
	[ "$stderr" = "sockcat: 127.0.0.1 port 4001 (closed): not open after 100.0 ms" ]
	run -3 --separate-stderr "$SOCKCAT" -z --retry 100ms 127.0.0.1 4001-4003
	[ "$output" = "127.0.0.1 4001 closed
127.0.0.1 4002 open
127.0.0.1 4003 closed" ]
	[ "$stderr" = "sockcat: 127.0.0.1 ports 4001 (closed), 4003 (closed): not open after 100.0 ms" ]
	run -3 --separate-stderr "$SOCKCAT" -z --retry 1h --timeout 100ms \
	    127.0.0.1 4001
	[[ $stderr == *"port 4001 (closed): not open after 100.0 ms" ]]
	run -3 --separate-stderr "$SOCKCAT" -z --retry 1s 127.0.0.1 1-300
	[ "${#lines[@]}" -eq 300 ]
	[[ $stderr == *"1 (closed), 2 (closed), "*" more: not open after "* ]]
}

@test "one that is silent keeps nobody from looking for the others" {
	own_net
	hold held silent@127.0.0.1:4001
	spawn client "$SOCKCAT" -v -z --retry 4 127.0.0.1 4001 4002
	until_true has_line client.err 'trying again'
	hold server open@127.0.0.1:4002
	finish client 3
	[ "$(<client.out)" = "127.0.0.1 4001 silent
127.0.0.1 4002 open" ]
	has_line client.err '127.0.0.1 port 4001 (silent): not open after 4.0 s'
}

@test "datagrams: until there is an answer" {
	own_net
	wait_for client -u 127.0.0.1 4001
	hold server udp-answer@127.0.0.1:4001
	finish client
	hold mute udp-mute@127.0.0.1:4002
	run -3 --separate-stderr "$SOCKCAT" -u -z --retry 200ms -w 50ms \
	    127.0.0.1 4002
	[[ $stderr == *"127.0.0.1 port 4002 (no-answer): not open after "* ]]
}

@test "UNIX-domain sockets" {
	own_net
	wait_for client -U path
	listener server -k -U path
	finish client
	wait_for client -u -U dgram
	listener server2 -k -u -U dgram
	finish client
	run -3 --separate-stderr "$SOCKCAT" -z --retry 50ms -U none
	[ -z "$output" ]
	[[ $stderr == *"connect to none: "*"(tried again for 50"* ]]
	run -3 --separate-stderr "$SOCKCAT" -z -v --retry 50ms -U none
	[ "$output" = "none closed" ]
}

@test "a name that is not known yet, and one that gets another address" {
	own_net
	hold server open@127.0.0.3:4001
	wait_for client later 4001
	echo 127.0.0.3 later >>hosts
	finish client
	run -3 --separate-stderr "$SOCKCAT" -z --retry 100ms nosuch 4001
	[[ $stderr == *"nosuch port 4001: not open after "*"; resolve nosuch: "* ]]
	run -3 --separate-stderr "$SOCKCAT" -z --retry 100ms nosuch 4001 4002
	[ -z "$output" ]
	[[ $stderr == *"nosuch ports 4001, 4002: not open after "* ]]
	run -4 "$SOCKCAT" -z -n --retry 1h nosuch 4001
	echo 127.0.0.2 moves >>hosts
	wait_for client moves 4001
	sed 's/.* moves/127.0.0.3 moves/' hosts >new
	cat new >hosts
	finish client
}

@test "several addresses: the first that is open is enough, whoever is silent" {
	own_net
	printf '%s two\n' 127.0.0.2 127.0.0.3 >>hosts
	hold held silent@127.0.0.2:4001 silent@127.0.0.2:4002
	hold server open@127.0.0.3:4001
	run -0 --separate-stderr "$SOCKCAT" -z --timeout 20 two 4001
	[ -z "$output$stderr" ]
	wait_for client -w 100ms two 4001 4002
	hold other open@127.0.0.3:4002
	finish client
	[ "$(<client.out)" = "two 4001 open
two 4002 open" ]
}

@test "what no waiting helps ends it" {
	own_net
	run -6 --separate-stderr "$SOCKCAT" -z --retry 1h -s 192.0.2.77 \
	    127.0.0.1 4001
	wait_for client 127.0.0.1 4001 4002
	kill "${PID[client]}"
	finish client 143
	[ ! -s client.out ]
}
