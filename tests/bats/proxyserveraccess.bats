#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --proxy-server: who may come, and where they may go.

# shellcheck disable=SC2030,SC2031,SC2154

load helpers
load proxyserver

# A network with a host of ours (192.0.2.1, fe80::1), clients elsewhere
# (198.51.100.7, fd09::7), a server elsewhere (198.51.100.80) that listens on all
# addresses, and names for all of them; the proxy is on all addresses.
elsewhere() {
	printf '%s\n' '127.0.0.1 localhost' '::1 localhost6' \
	    '127.0.0.1 evil.example.com' '169.254.1.1 metadata.example.com' \
	    '0.0.0.0 zero.example.com' '::1 six.example.com' \
	    '198.51.100.80 www.example.com' \
	    '127.0.0.1 both.example.com' '198.51.100.80 both.example.com' \
	    '203.0.113.9 gone.example.com' '198.51.100.80 gone.example.com' \
	    >hosts
	in_net "mount --bind hosts /etc/hosts
		for address in 192.0.2.1 198.51.100.7 198.51.100.80 \
		    169.254.1.1 198.51.100.81; do
			ip address add \$address/32 dev lo
		done
		ip address add fd09::7/128 dev lo nodad
		ip address add fd09::1/128 dev lo nodad
		ip address add fe80::1/64 dev lo nodad
		ip route add unreachable 203.0.113.9"
	# It says who is asked, by the target that a request has.
	cat >say.sh <<-'END'
	read -r line
	echo "here: $line"
	END
	HOST=all proxy "$@"
}

# target: a server on all addresses.  Sets TO to its port.
target() {
	local proxy=$PORT
	listener target -k --exec "sh $PWD/say.sh" 0
	TO=$PORT
	PORT=$proxy
}

# from ADDRESS FORMAT [ARGUMENT...]: as ask, from there, to where the proxy is for
# such as have that.
from() {
	local host=192.0.2.1 source=$1
	shift
	[[ $source != *:* ]] || host=fd09::1
	[[ $source != 127.* ]] || host=127.0.0.1
	[ "$source" != ::1 ] || host=::1
	# shellcheck disable=SC2059 # it is one
	printf "$@" | "$SOCKCAT" -s "$source" "$host" "$PORT"
}

# by_name HOST: a request of SOCKS 5 to that name, at TO, for printf.
by_name() {
	printf '\\005\\001\\000\\005\\001\\000\\003%s%s%s' "$(octal "$1")" \
	    "${1//%/%%}" "$(port_bytes "$TO")"
}

# goes SOURCE HOST...: from there, each of these is reached, by HTTP and SOCKS.
goes() {
	local source=$1 host plain
	shift
	for host; do
		from "$source" 'CONNECT %s:%s HTTP/1.0\r\n\r\nhello\n' \
		    "$host" "$TO" >answer
		grep -q '^here: hello' answer ||
		    fail "$source to $host: $(<answer)"
		plain=${host//[\[\]]/}
		from "$source" "$(by_name "$plain")hello\\n" >answer
		grep -q -a '^here: hello\|here: hello' answer ||
		    fail "$source to $plain, SOCKS: $(hex <answer)"
		from "$source" 'GET http://%s:%s/ HTTP/1.0\r\n\r\n' \
		    "$host" "$TO" >answer
		# What it says is no HTTP, but it was asked.
		grep -q '^HTTP/1.1 502' answer || fail "GET $host: $(<answer)"
	done
}

# stays SOURCE HOST...: from there, each of these is denied, by HTTP and SOCKS.
stays() {
	local source=$1 host plain hex
	shift
	for host; do
		from "$source" 'CONNECT %s:%s HTTP/1.0\r\n\r\nhello\n' \
		    "$host" "$TO" >answer
		grep -q '^HTTP/1.1 403 ' answer ||
		    fail "$source to $host: $(<answer)"
		whole answer
		from "$source" 'GET http://%s:%s/ HTTP/1.0\r\n\r\n' \
		    "$host" "$TO" >answer
		grep -q '^HTTP/1.1 403 ' answer ||
		    fail "$source GETs $host: $(<answer)"
		plain=${host//[\[\]]/}
		hex=$(from "$source" "$(by_name "$plain")hello\\n" | hex)
		[ "$hex" = 050005020001000000000000 ] ||
		    fail "$source to $plain, SOCKS: $hex"
		hex=$(from "$source" '\004\001%b\000\000\000\001\000%s\000' \
		    "$(port_bytes "$TO")" "$plain" | hex)
		[ "$hex" = 005b000000000000 ] ||
		    fail "$source to $plain, SOCKS 4A: $hex"
	done
}

# stays_bytes SOURCE KIND BYTES: from there, an address in SOCKS is denied.
stays_bytes() {
	local hex
	hex=$(from "$1" '\005\001\000\005\001\000%b%b%b' "$2" "$3" \
	    "$(port_bytes "$TO")" | hex)
	[ "$hex" = 050005020001000000000000 ] || fail "$3 was not denied: $hex"
}

NONE='\000\000\000\000\000\000\000\000\000\000'

# --- what is near us ---------------------------------------------------------

# nothing_of_this_host CLIENT: is for it.
nothing_of_this_host() {
	local bytes
	elsewhere
	target
	stays "$1" 127.0.0.1 127.1.2.3 0.0.0.0 0.1.2.3 localhost localhost6 \
	    evil.example.com zero.example.com six.example.com 127.255.255.255
	stays "$1" '[::1]' '[::]' '[::ffff:127.0.0.1]' '[::ffff:0.0.0.0]' \
	    '[::127.0.0.1]' '[::ffff:7f00:1]'
	stays "$1" 169.254.1.1 metadata.example.com '[::ffff:169.254.1.1]' \
	    '[::ffff:a9fe:101]'
	for bytes in '\177\000\000\001' '\177\001\002\003' '\000\000\000\000' \
	    '\251\376\001\001'; do
		stays_bytes "$1" '\001' "$bytes"
		stays_bytes "$1" '\004' "$NONE"'\377\377'"$bytes"
	done
	for bytes in '\000\000\000\000' '\000\000\000\001' '\177\000\000\001'; do
		stays_bytes "$1" '\004' "$NONE"'\000\000'"$bytes"
	done
	for bytes in '\376\200' '\376\277'; do
		stays_bytes "$1" '\004' "$bytes${NONE:0:32}"'\000\000\000\000\000\001'
	done
	has_line proxy.err \
	    'denied 127.0.0.1:[0-9]*: it is on this host, and the client is not'
	has_line proxy.err 'denied 169.254.1.1:[0-9]*: it is on a link'
	# The server has heard of nobody.
	[ ! -s target.err ]
}

@test "clients elsewhere: nothing of this host, by address, name or notation" {
	nothing_of_this_host 198.51.100.7
}

@test "... and neither by IPv6" {
	nothing_of_this_host fd09::7
}

# odd FORMAT...: none of these, from elsewhere, comes to anything: denied, or no
# name at all.
odd() {
	local host hex
	for host; do
		from 198.51.100.7 'CONNECT %s:%s HTTP/1.0\r\n\r\nhello\n' \
		    "$host" "$TO" >answer
		grep -q '^HTTP/1.1 \(403\|400\|502\) ' answer ||
		    fail "$host: $(<answer)"
		hex=$(from 198.51.100.7 "$(by_name "$host")hello\\n" | hex)
		[[ $hex =~ ^0500050[124]0001(00){6}$ ]] ||
		    fail "$host, SOCKS: $hex"
	done
}

@test "clients elsewhere: odd notations of addresses lead nowhere" {
	elsewhere
	target
	odd 0x7f.1 0x7f000001 2130706433 127.1 127.0.1 0177.0.0.1 0 0x0 00 \
	    0x7f.0x0.0x0.0x1 017700000001 localhost. 127.0.0.1. LOCALHOST \
	    LocalHost. 0251.0376.1.1 2851995905
	odd ::1%lo ::1%1 fe80::1%lo fe80::1%1 ::ffff:127.0.0.1%lo
}

@test "clients on this host: all of it" {
	local client
	elsewhere
	target
	goes 127.0.0.1 127.0.0.1 127.1.2.3 localhost evil.example.com 0.0.0.0 \
	    169.254.1.1 198.51.100.80 www.example.com
	goes 127.9.9.9 127.0.0.1
	goes ::1 '[::1]' localhost '[::ffff:127.0.0.1]' six.example.com
}

@test "clients elsewhere: all that is elsewhere, and of this host what has a name there" {
	elsewhere
	target
	goes 198.51.100.7 198.51.100.80 www.example.com 192.0.2.1
	goes fd09::7 www.example.com '[fd09::1]'
}

@test "clients on a link of this host: what is on one, not what is on this host" {
	elsewhere
	target
	goes 169.254.1.1 169.254.1.1
	stays 169.254.1.1 127.0.0.1 localhost
}

@test "clients on a UNIX-domain socket are on this host" {
	elsewhere
	target
	stop proxy
	spawn proxy "$SOCKCAT" -lkv --proxy-server any -U "$PWD/socket"
	until_true has_line proxy.err 'listening on'
	printf 'CONNECT 127.0.0.1:%s HTTP/1.0\r\n\r\nhello\n' "$TO" |
	    "$SOCKCAT" -U socket >answer
	grep -q '^here: hello' answer
}

@test "a name with a good and a bad address: the good one is connected to" {
	elsewhere
	target
	goes 198.51.100.7 both.example.com
	has_line proxy.err 'denied 127.0.0.1:[0-9]*: it is on this host'
	run ! grep -q 'connecting to 127' proxy.err
	# One that can't be reached is no end either.
	goes 198.51.100.7 gone.example.com
}

# --- lists of destinations ---------------------------------------------------

@test "--allow-dest: addresses, blocks, ranges, names; what is not on it is denied" {
	elsewhere --allow-dest '198.51.100.80/31,evil.example.com' \
	    --allow-dest 192.0.2.1-192.0.2.9 --allow-dest fd09::1
	target
	goes 198.51.100.7 198.51.100.80 198.51.100.81 www.example.com 192.0.2.1
	goes fd09::7 '[fd09::1]' '[::ffff:198.51.100.80]'
	# It is said where clients may go, so that this is all that counts.
	goes 198.51.100.7 127.0.0.1 localhost evil.example.com
	stays 198.51.100.7 127.0.0.2 198.51.100.7 0.0.0.0 '[::1]'
	stays 127.0.0.1 198.51.100.7 127.0.0.2 '[::1]'
	has_line proxy.err 'denied 198.51.100.7:[0-9]*:.*not on the list of --allow-dest'
}

@test "--deny-dest: it wins, and what is near us stays denied" {
	elsewhere --deny-dest '198.51.100.81,evil.example.com,fd09::/64'
	target
	goes 198.51.100.7 198.51.100.80 www.example.com 192.0.2.1
	stays 198.51.100.7 198.51.100.81 127.0.0.1 127.0.0.2 '[fd09::1]' \
	    '[::ffff:198.51.100.81]'
	goes 127.0.0.1 127.0.0.2
	stays 127.0.0.1 127.0.0.1 evil.example.com localhost
	has_line proxy.err 'denied 198.51.100.81:[0-9]*:.*on the list of --deny-dest'
	stop proxy
	HOST=all proxy --deny-dest 198.51.100.81 --allow-dest 198.51.100.80/31
	goes 198.51.100.7 198.51.100.80
	stays 198.51.100.7 198.51.100.81 192.0.2.1
}

@test "a name whose addresses are all on the list of those denied, and one of which is not" {
	elsewhere --deny-dest 127.0.0.0/8
	target
	goes 127.0.0.1 both.example.com
	stays 127.0.0.1 evil.example.com localhost
}

# --- lists of clients --------------------------------------------------------

@test "--allow and --deny: of clients, with files that HUP reads again" {
	echo 198.51.100.7 >deny
	elsewhere --denyfile deny --allow 198.51.100.0/24,127.0.0.0/8
	target
	run ! from 198.51.100.7 'CONNECT 192.0.2.1:%s HTTP/1.0\r\n\r\n' "$TO"
	run ! from fd09::7 'CONNECT 192.0.2.1:%s HTTP/1.0\r\n\r\n' "$TO"
	goes 198.51.100.81 192.0.2.1
	goes 127.0.0.1 127.0.0.1
	echo 198.51.100.81 >deny
	kill -HUP "${PID[proxy]}"
	goes 198.51.100.7 192.0.2.1
	until_true has_line proxy.err 'read again'
	run ! from 198.51.100.81 'CONNECT 192.0.2.1:%s HTTP/1.0\r\n\r\n' "$TO"
	has_line proxy.err 'denied 198.51.100.81'
}

@test "names of --allow-dest are looked up again by HUP" {
	echo 127.0.0.1 >allow
	elsewhere --allow-dest www.example.com --allowfile allow
	target
	goes 127.0.0.1 198.51.100.80
	stays 127.0.0.1 198.51.100.81
	sed 's/^198.51.100.80 www/198.51.100.81 www/' hosts >changed
	cat changed >hosts	# it is mounted, and has to stay the same file
	kill -HUP "${PID[proxy]}"
	until_true has_line proxy.err 'read again'
	goes 127.0.0.1 198.51.100.81
	stays 127.0.0.1 198.51.100.80
}

# --- round and round ---------------------------------------------------------

# loops HOST...: to the proxy itself, which it denies.
loops() {
	TO=$PORT
	stays "$@"
}

@test "the proxy itself is no destination" {
	elsewhere
	loops 127.0.0.1 127.0.0.1 0.0.0.0 localhost '[::ffff:127.0.0.1]'
	loops ::1 '[::1]' '[::]'
	loops 198.51.100.7 192.0.2.1
	loops fd09::7 '[fd09::1]'
	has_line proxy.err 'this is the proxy itself'
}

@test "a request that comes back to us is answered with 508" {
	local via target
	echo hello >file
	origin
	proxy http
	ask 'GET http://%s/file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' \
	    "$ORIGIN" >answer
	grep -q hello answer
	# What it calls itself is in what an origin is sent, and nowhere else.
	via=$(sed -n 's/.* Via: 1.1 \([^;]*\);.*/\1/p' origin.out)
	[ ${#via} -gt 8 ]
	for target in 'GET http://%s/file' 'CONNECT %s'; do
		status 508 "$target"' HTTP/1.0\r\nVia: 1.0 other, 1.1 %s\r\n\r\n' \
		    "$ORIGIN" "$via"
		status 508 "$target"' HTTP/1.0\r\nVia: 1.1 %s (x), 1.0 other\r\n\r\n' \
		    "$ORIGIN" "$via"
	done
	ask 'GET http://%s/file HTTP/1.1\r\nHost: x\r\nVia: 1.1 %s0\r\nConnection: close\r\n\r\n' \
	    "$ORIGIN" "$via" >answer
	grep -q hello answer
	# Another one calls itself something else.
	stop proxy
	proxy http
	ask 'GET http://%s/file HTTP/1.1\r\nHost: x\r\nVia: 1.1 %s\r\nConnection: close\r\n\r\n' \
	    "$ORIGIN" "$via" >answer
	grep -q hello answer
}
