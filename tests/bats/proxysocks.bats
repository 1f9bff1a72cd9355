#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --proxy through the SOCKS proxies of others, and ours.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load sshd
load proxies

@test "SOCKS 5 through microsocks: IPv4, a name, 3 MB each way" {
	microsocks
	carries_in_turn -x "$PROXY"
	HOST=localhost carries_in_turn -X 5 -x "$PROXY"
	HOST=localhost carries_in_turn -X socks5 --proxy "$PROXY" \
	    --proxy-dns local
}

@test "SOCKS 5 through microsocks: the proxy, and the destination, by IPv6" {
	need_ipv6
	MICROSOCKS=::1 microsocks
	carries_in_turn -x "$PROXY"
	DEST='[::1]' HOST=::1 carries_in_turn -x "$PROXY"
}

@test "SOCKS 5 through microsocks: user and password" {
	microsocks -u me -P 'open:sesame'
	SOCKCAT_PROXY_AUTH=open:sesame carries_in_turn -P me -x "$PROXY"
	SOCKCAT_PROXY_AUTH=me:open:sesame carries_in_turn -x "$PROXY"
	SOCKCAT_PROXY_AUTH=me:wrong run -5 "$SOCKCAT" -x "$PROXY" 127.0.0.1 9
	assert_output --partial "the proxy says: user and password refused"
	run -5 "$SOCKCAT" -x "$PROXY" 127.0.0.1 9
	assert_output --partial "proxy"
}

@test "SOCKS 4 and 5 through dante" {
	dante
	carries -X 4 -x "$PROXY"
	carries -X 5 -x "$PROXY"
	HOST=localhost carries -4 -X 4 -x "$PROXY"
	HOST=localhost carries -4 -X 5 -x "$PROXY" --proxy-dns local
}

@test "SOCKS 4, 4A and 5 through ssh -D" {
	ssh_proxy
	carries -X 4 -x "$PROXY"
	HOST=localhost carries -X 4A -x "$PROXY"
	HOST=localhost carries -X 5 -x "$PROXY"
	HOST=localhost carries -X 4 -4 -x "$PROXY"
	end ssh
	finish sshd any
}

@test "SOCKS 4, 4A and 5 through a sockcat" {
	ours --proxy-server any
	carries -X 4 -x "$PROXY"
	HOST=localhost carries -X 4A -x "$PROXY"
	HOST=localhost carries -X 5 -x "$PROXY"
}
