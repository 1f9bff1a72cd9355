#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --proxy through the HTTP proxies of others, and ours.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load proxies
load proxyhttp

# denied TEXT WORD...: the proxy says no, with TEXT, and gets no byte of ours.
denied() {
	local text=$1
	shift
	run -5 --separate-stderr "$SOCKCAT" "$@" 127.0.0.1 9 <<<secret
	assert_equal "$output" ""
	[[ $stderr == *"the proxy says: "*"$text"* ]] ||
	    fail "not said: $text, but: $stderr"
}

@test "HTTP through tinyproxy: IPv4, a name, 3 MB each way" {
	tiny
	carries_in_turn -X connect -x "$PROXY"
	HOST=localhost carries_in_turn -X http -x "$PROXY"
	HOST=localhost carries_in_turn -X http -x "$PROXY" --proxy-dns local -4
}

@test "HTTP through tinyproxy: IPv6" {
	need_ipv6
	tiny
	DEST='[::1]' HOST=::1 carries_in_turn -X connect -x "$PROXY"
}

@test "HTTP through tinyproxy: user and password" {
	tiny 'BasicAuth me sesame'
	SOCKCAT_PROXY_AUTH=sesame carries_in_turn -X connect -P me -x "$PROXY"
	denied 407 -X connect -x "$PROXY"
	SOCKCAT_PROXY_AUTH=me:wrong denied 401 -X connect -x "$PROXY"
}

@test "HTTP: a proxy that does not connect there says so" {
	tiny 'ConnectPort 443'
	denied 403 -X connect -x "$PROXY"
	end tiny
	squid_proxy none
	denied 503 -X connect -x "$PROXY"
}

@test "HTTP through squid: no password, Basic" {
	squid_proxy none
	carries_in_turn -X connect -x "$PROXY"
	HOST=localhost carries_in_turn -4 -X connect -x "$PROXY"
	end squid
	squid_proxy basic
	echo me:sesame >auth
	carries_in_turn -X connect --proxy-auth-file auth -x "$PROXY"
	SOCKCAT_PROXY_AUTH=wrong denied 407 -X connect -P me -x "$PROXY"
	denied 407 -X connect -x "$PROXY"
}

@test "HTTP through squid: Digest" {
	squid_proxy digest
	SOCKCAT_PROXY_AUTH=me:sesame carries_in_turn -X connect -x "$PROXY"
	SOCKCAT_PROXY_AUTH=me:wrong denied 407 -X connect -x "$PROXY"
	SOCKCAT_PROXY_AUTH=you:sesame denied 407 -X connect -x "$PROXY"
}

@test "HTTP through Ncat: no password, and the way that it likes best" {
	ncat_proxy
	carries_in_turn -X connect -x "$PROXY"
	end ncat
	ncat_proxy --proxy-auth me:sesame
	SOCKCAT_PROXY_AUTH=me:sesame carries_in_turn -X connect -x "$PROXY"
	SOCKCAT_PROXY_AUTH=me:wrong denied 407 -X connect -x "$PROXY"
	denied 407 -X connect -x "$PROXY"
}

@test "HTTP through a sockcat: no password, Digest" {
	ours --proxy-server http
	carries -X connect -x "$PROXY"
	HOST=localhost carries -X connect -x "$PROXY"
	stop ours
	echo me:sesame >users
	ours --proxy-server http --proxy-auth-file users
	SOCKCAT_PROXY_AUTH=me:sesame carries -X connect -x "$PROXY"
	SOCKCAT_PROXY_AUTH=me:wrong denied 407 -X connect -x "$PROXY"
	denied 407 -X connect -x "$PROXY"
}

# --- a proxy behind TLS ------------------------------------------------------

@test "a proxy behind TLS: HTTP and SOCKS, verified by -R" {
	tiny
	behind_tls
	carries_in_turn -X connect -R "$CERTS/ca.pem" -x "$PROXY"
	end tiny
	end haproxy
	microsocks
	behind_tls
	carries_in_turn -R "$CERTS/ca.pem" -x "$PROXY"
}

# not_believed TEXT WORD...: the proxy has not proven who it is, and is told
# nothing.
not_believed() {
	local text=$1
	shift
	run -5 --separate-stderr "$SOCKCAT" -X connect "$@" 127.0.0.1 9 <<<secret
	assert_equal "$output" ""
	[[ $stderr == *"$text"* ]] || fail "not said: $text, but: $stderr"
}

@test "a proxy behind TLS: who does not prove its name is told nothing" {
	sockets held open@127.0.0.1
	PROXY=127.0.0.1:${PORTS[0]}
	behind_tls
	not_believed "certificate" -x "$PROXY"
	not_believed "certificate" -R "$CERTS/other.pem" -x "$PROXY"
	not_believed "wrong.test" -R "$CERTS/ca.pem" -e wrong.test -x "$PROXY"
	not_believed "pin" -H "$(printf '%064d' 0)" -x "$PROXY"
}

@test "a proxy behind TLS: -e names it, a pin is enough" {
	tiny
	behind_tls
	carries_in_turn -X connect -R "$CERTS/ca.pem" -e server.test -x "$PROXY"
	carries_in_turn -X connect -H "$(pin_of "$CERTS/server.pem")" -x "$PROXY"
	carries_in_turn -X connect --tls-insecure -x "$PROXY"
}
