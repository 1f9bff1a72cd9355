#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The way to the proxies: how the first one is dialled, one through the other.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load proxies
load proxyhttp

# came N: the proxy has had so many clients, no more and no less.
came() {
	lines_with ours.err ' accepted '
	assert_equal "$COUNT" "$1"
}

@test "-s, -p and --interface are those of the way to the proxy" {
	ours -v --proxy-server any
	carries -s 127.0.0.2 -x "$PROXY"
	has_line ours.err ' accepted 127\.0\.0\.2:'
	free_port
	carries -p "$FREE" -x "$PROXY"
	has_line ours.err " accepted 127\\.0\\.0\\.1:$FREE "
	carries --interface lo -x "$PROXY"
	run -6 "$SOCKCAT" --interface eth77 -x "$PROXY" 127.0.0.1 9
	run -6 "$SOCKCAT" -s 192.0.2.1 -x "$PROXY" 127.0.0.1 9
}

@test "the usual ports, and --retry until the proxy is there" {
	local type
	in_net
	for type in 5:1080 connect:3128; do
		spawn client "$SOCKCAT" -v --retry 30 -X "${type%:*}" \
		    -x 127.0.0.1 127.0.0.1 4000
		until_true has_line client.err "trying again"
		listener dest 127.0.0.1 4000
		listener ours -k --proxy-server any 127.0.0.1 "${type#*:}"
		finish client
		finish dest
		stop ours
	done
	run -1 "$SOCKCAT" --retry 100ms -x 127.0.0.1 127.0.0.1 4000
	assert_output --partial "--proxy: connect to 127.0.0.1 port 1080: Connection refused (tried again for "
}

@test "a proxy that says no is not asked again" {
	ours -v --proxy-server any
	sockets held closed@127.0.0.1
	run -5 "$SOCKCAT" --retry 20 -x "$PROXY" 127.0.0.1 "${PORTS[0]}"
	came 1
}

@test "a proxy that can't be reached, or found" {
	sockets held closed@127.0.0.1 silent@127.0.0.1
	run -1 "$SOCKCAT" -x "127.0.0.1:${PORTS[0]}" 127.0.0.1 9
	assert_output --partial "--proxy: connect to 127.0.0.1 port ${PORTS[0]}: Connection refused"
	run -3 "$SOCKCAT" -w 200ms -x "127.0.0.1:${PORTS[1]}" 127.0.0.1 9
	assert_output --partial "--proxy: connect to 127.0.0.1 port ${PORTS[1]}: no answer within"
	run -4 "$SOCKCAT" -n -x "localhost:${PORTS[0]}" 127.0.0.1 9
	assert_output --partial "--proxy: resolve localhost"
	run -1 "$SOCKCAT" -x "$PWD/none" 127.0.0.1 9
	assert_output --partial "--proxy: connect to $PWD/none"
}

@test "a name that we look up for the proxy, and can't" {
	ours -v --proxy-server any
	run -4 "$SOCKCAT" -n --proxy-dns local -x "$PROXY" localhost 9
	assert_output --partial "-n forbids looking it up"
	run -4 "$SOCKCAT" -n -X 4 -x "$PROXY" localhost 9
}

# names LINE...: $SOCKCAT finds these in /etc/hosts from here on.
names() {
	unshare -m true 2>/dev/null || skip "no mount namespaces here"
	printf '%s\n' "$@" >hosts
	cat >with_names <<-EOF
		#!/bin/sh
		export HOSTS='$PWD/hosts' REAL='$SOCKCAT'
		exec unshare -m sh -c 'mount --bind "\$HOSTS" /etc/hosts &&
		    exec "\$REAL" "\$@"' sh "\$@"
	EOF
	chmod +x with_names
	SOCKCAT=$PWD/with_names
}

@test "a proxy with several addresses is dialled as any host is" {
	listener ours -k --proxy-server any 127.0.0.9 0
	PROXY=two.test:$PORT
	listener dest 127.0.0.1 0
	names '127.0.0.1 two.test' '127.0.0.9 two.test'
	run -0 "$SOCKCAT" -v -x "$PROXY" 127.0.0.1 "$PORT" </dev/null
	assert_output --partial "connecting to 127.0.0.1 port ${PROXY#*:}"
	assert_output --partial " -> 127.0.0.9:${PROXY#*:} "
	finish dest
}

@test "--proxy-dns local: when one address is refused, the proxy is asked for the next" {
	local type
	ours -v --proxy-server any
	sockets held closed@127.0.0.1
	names '127.0.0.1 two.test' '127.0.0.9 two.test'
	for type in 5 4 connect; do
		OUTPUT=dest.got listener dest 127.0.0.9 0
		run -0 "$SOCKCAT" -X "$type" --proxy-dns local -x "$PROXY" \
		    two.test "$PORT" <<<"in the end"
		finish dest
		assert_equal "$(<dest.got)" "in the end"
	done
	came 6
	run -5 "$SOCKCAT" -X 4 -x "$PROXY" two.test "${PORTS[0]}"
	assert_output --partial "two.test (127.0.0.9) port"
	came 8
}

@test "a proxy on a UNIX-domain socket" {
	listener ours -k --proxy-server any -U proxy.sock
	carries -x "$PWD/proxy.sock"
	carries -X connect -x unix:proxy.sock
	need socat
	dante
	spawn socat socat UNIX-LISTEN:front.sock,fork "TCP:$PROXY"
	carries --retry 20 -x unix:front.sock
	run -2 "$SOCKCAT" -s 127.0.0.1 -x unix:front.sock 127.0.0.1 9
	assert_output --partial "-s (--source) does not go with a proxy on a UNIX-domain socket"
}

# --- several -----------------------------------------------------------------

# two WORD...: two proxies of ours, FIRST and SECOND, with these words.
two() {
	listener second -v -k "$@" 127.0.0.1 0
	SECOND=127.0.0.1:$PORT
	ours -v "$@"
	FIRST=$PROXY
}

@test "one through the other: of one kind, of two, of three" {
	two --proxy-server any
	carries -x "$FIRST" -x "$SECOND"
	has_line ours.err "SOCKS5: to 127.0.0.1 port ${SECOND#*:}"
	has_line second.err "SOCKS5: to 127.0.0.1 port $PORT"
	carries -X connect -x "$FIRST" -x "$SECOND"
	carries -X 4 -X connect -x "$FIRST" -x "$SECOND"
	has_line ours.err "SOCKS4: to 127.0.0.1 port ${SECOND#*:}"
	carries -X connect -X 5 -x "$FIRST" -x "$SECOND"
	HOST=localhost carries -X 5 -x "$FIRST" -X connect -x "$SECOND" \
	    -X 4A -x "localhost:${FIRST#*:}"
}

@test "one through the other: those of others" {
	local first
	dante
	first=$PROXY
	tiny
	carries_in_turn -x "$first" -X 5 -x "$PROXY" -X connect
	carries_in_turn -x "$PROXY" -X connect -x "$first" -X 4
}

@test "one through the other: the second one speaks TLS" {
	need_tls
	ours --proxy-server any
	listener second -k -c --tls-cert "$CERTS/server.pem" \
	    --proxy-server any 127.0.0.1 0
	SECOND=tls:localhost:$PORT
	carries -R "$CERTS/ca.pem" -x "$PROXY" -x "$SECOND"
	carries -R "$CERTS/ca.pem" -x "$SECOND" -x "$PROXY"
	listener third -k -c --tls-cert "$CERTS/server.pem" \
	    --proxy-server any 127.0.0.1 0
	carries -R "$CERTS/ca.pem" -x "$SECOND" -X 5 -x "tls:localhost:$PORT" \
	    -X connect
	run -5 "$SOCKCAT" -x "$PROXY" -x "$SECOND" 127.0.0.1 9
	assert_output --partial certificate
}

@test "one through the other: which one said no is named" {
	two --proxy-server any
	sockets held closed@127.0.0.1
	run -5 "$SOCKCAT" -x "$FIRST" -x "127.0.0.1:${PORTS[0]}" 127.0.0.1 9
	assert_output --partial "--proxy $FIRST to 127.0.0.1 port ${PORTS[0]}: the proxy says: connection refused"
	run -5 "$SOCKCAT" -x "$FIRST" -x "$SECOND" 127.0.0.1 "${PORTS[0]}"
	assert_output --partial "--proxy $SECOND to 127.0.0.1 port ${PORTS[0]}: the proxy says: connection refused"
}

@test "one through the other: who we are, once for all, or once for each" {
	local type
	echo one:1 >users
	ours --proxy-server any --proxy-auth-file users
	echo two:2 >others
	listener second -k --proxy-server any --proxy-auth-file others \
	    127.0.0.1 0
	SECOND=127.0.0.1:$PORT
	for type in 5 connect; do
		carries -X "$type" -P one:1 -P two:2 -x "$PROXY" -x "$SECOND"
		run -5 "$SOCKCAT" -X "$type" -P two:2 -P one:1 -x "$PROXY" \
		    -x "$SECOND" 127.0.0.1 9
	done
	listener third -k --proxy-server any --proxy-auth-file users 127.0.0.1 0
	SOCKCAT_PROXY_AUTH=one:1 carries -X 5 -X connect -x "$PROXY" \
	    -x "127.0.0.1:$PORT"
	run -2 "$SOCKCAT" -P a:b -P c:d -P e:f -x "$PROXY" -x "$SECOND" 127.0.0.1 9
	assert_output --partial "once for each"
	run -2 "$SOCKCAT" -X 5 -X 5 -X 5 -x "$PROXY" -x "$SECOND" 127.0.0.1 9
	assert_output --partial "once for each"
}
