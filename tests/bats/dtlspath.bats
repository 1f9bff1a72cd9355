#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# DTLS: paths that swallow long datagrams, and addresses that refuse all.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load dtls

# many NAME: NAME.pem, and others behind it, which makes several datagrams.
many() {
	local name
	for name in "$1" chain middle nasty bare named; do
		cat "$CERTS/$name.pem"
	done >"many-$1.pem"
}

# over SIZE ARGUMENT...: a listener with these, a client with "${SHOWING[@]}", and
# between the two a path that swallows what is longer than SIZE.  Files get over.
over() {
	local size=$1
	shift
	many server
	random_file up 5000
	random_file down 5000
	INPUT=down listener server -u -c --tls-cert many-server.pem \
	    -K "$CERTS/server.key" "$@" 127.0.0.1 0
	relay relay "long:up:$size" "long:down:$size"
	"$SOCKCAT" -u "${TRUSTING[@]}" "${SHOWING[@]}" 127.0.0.1 "$PORT" \
	    <up >got
	finish server
	same up server.out
	same down got
}

# swallowed WAY SIZE: some of that way were longer.
swallowed() {
	[ "$(awk -v way="$1" -v size="$2" '$1 == way && $3 > size' relay.out |
	    wc -l)" -gt 0 ]
}

@test "a handshake gets through where long datagrams do not" {
	over 600
	swallowed down 600
	# It was found out in the handshake.
	[ "$(tail -n 20 relay.out | awk '$3 > 600' | wc -l)" -eq 0 ]
}

@test "the same where hardly anything gets through" {
	over 300
	swallowed down 300
}

@test "the same with a client's certificate" {
	many client
	SHOWING=(--tls-cert many-client.pem -K "$CERTS/client.key" -e server.test)
	over 600 --tls-client-ca "$CERTS/ca.pem"
	swallowed down 600
}

# vanished NAME: a client of PORT that is served, and then is no more.
vanished() {
	mkfifo "$1.in"
	exec {KEEP}<>"$1.in"
	INPUT=$1.in spawn "$1" "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo hello >"$1.in"
	until_true has_line "$1.out" hello
	kill -KILL "${PID[$1]}"
	finish "$1" 137
}

@test "-k: those who vanished make room for who waits, and it is said" {
	dtls server -k --max-conns 2 --exec cat 127.0.0.1 0
	vanished a
	vanished b
	run -0 client -u -q 30 --timeout 50 -W 1 <<<hello
	[ "$output" = hello ]
	grep -q 'no room for more clients: 127.0.0.1:[0-9]*, silent for .*, makes' \
	    server.err
	stop server
}

# hosts LINE...: a network with these hosts; $SOCKCAT runs in it.
hosts() {
	printf '%s\n' "$@" >hosts
	in_net "mount --bind hosts /etc/hosts"
	"${NS[@]}" grep -q '^0\{31\}1 ' /proc/net/if_inet6 ||
	    skip "::1 is not there"
}

@test "the second address is tried when the first one refuses" {
	hosts '::1 two' '127.0.0.1 two'
	dtls server -k --sh-exec 'env | grep REMOTEIP' 127.0.0.1 0
	run -0 --separate-stderr "$SOCKCAT" -u "${TRUSTING[@]}" -v \
	    -e 127.0.0.1 two "$PORT" </dev/null
	[ "$output" = UDPREMOTEIP=127.0.0.1 ]
	[[ $stderr = *"closed 127.0.0.1:$PORT: done"* ]]
	"$SOCKCAT" -u "${TRUSTING[@]}" -e 127.0.0.1 --sh-exec 'head -n 1 >got
	    env | grep REMOTEIP >ours' two "$PORT"
	[ "$(<got)" = UDPREMOTEIP=127.0.0.1 ]
	[ "$(<ours)" = UDPREMOTEIP=127.0.0.1 ]
	stop server
	run -1 --separate-stderr "$SOCKCAT" -u "${TRUSTING[@]}" -e 127.0.0.1 \
	    two "$PORT" </dev/null
	[[ $stderr = *"127.0.0.1:$PORT: "*"Connection refused" ]]
}

@test "--retry: a listener that comes late" {
	local host
	hosts '::1 two' '127.0.0.1 two'
	echo hello >hello
	for host in two 127.0.0.1; do
		INPUT=hello spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -v \
		    --retry 60 -e 127.0.0.1 "$host" 5000
		until_true has_line client.err 'trying again'
		dtls server 127.0.0.1 5000
		finish client
		finish server
		[ "$(<server.out)" = hello ]
	done
	run -1 "$SOCKCAT" -u "${TRUSTING[@]}" --retry 200ms two 5000 <hello
	assert_output --partial "refused (tried again for 200.0 ms)"
}

@test "--forward: the second address of the target when the first one refuses" {
	hosts '::1 two' '127.0.0.1 two'
	spawn echo "${NS[@]}" "$PEERS/crowd.py" echo udp:127.0.0.1:0
	until_true has_line echo.out .
	dtls server -k --forward "two:$(<echo.out)" 127.0.0.1 0
	run -0 client -u -q -1 -W 1 <<<hello
	[ "$output" = hello ]
	stop server
}

@test "a signal, or a time limit, is no end that the peer is told of" {
	local end
	for end in 143 3; do
		dtls server -w 2 127.0.0.1 0
		input
		INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" \
		    --idle-timeout "$([ "$end" = 3 ] && echo 500ms || echo 1h)" \
		    127.0.0.1 "$PORT"
		echo one >&"$IN"
		until_true has_line server.out one
		[ "$end" = 3 ] || kill -TERM "${PID[client]}"
		finish client "$end"
		finish server 3
		exec {IN}>&-
		rm in
	done
}
