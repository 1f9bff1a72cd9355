#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --proxy-server: nobody is waited for without end, and nobody is left without an
# answer.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154

load helpers
load proxyserver

SHORT=(--connect-timeout 300ms)

# opens FORMAT: a client that says this, and stays.  Sets CLIENT to a descriptor.
opens() {
	exec {CLIENT}<>"/dev/tcp/127.0.0.1/$PORT"
	# shellcheck disable=SC2059 # it is one
	printf "$@" >&"$CLIENT"
}

# hears: what the client hears up to the end, which must be a clean one.
hears() {
	cat <&"$CLIENT" || fail "no clean end"
	exec {CLIENT}>&-
}

# hears_only HEX: and no more.
hears_only() {
	local got
	got=$(hears | hex)
	[ "$got" = "$1" ] || fail "heard $got, not $1"
}

# hears_status CODE
hears_status() {
	hears >answer
	[[ $(head -n 1 answer) == "HTTP/1.1 $1 "* ]] || fail "$(<answer)"
	whole answer
}

# nowhere: sets NOWHERE to a port of 127.0.0.1 where a connection is neither
# accepted nor refused.
nowhere() {
	sockets held silent@127.0.0.1
	NOWHERE=${PORTS[0]}
}

# --- clients -----------------------------------------------------------------

@test "a client that says nothing, or not all, is ended in time" {
	local part
	proxy "${SHORT[@]}"
	for part in '' '\005' '\005\002\000' '\004' '\004\001\000\120\177' \
	    '\004\001\000\120\177\000\000\001me' \
	    '\004\001\000\120\000\000\000\001me\000localhost'; do
		opens "$part"
		hears_only ''
	done
	opens '\005\001\000'
	hears_only 0500
	opens '\005\001\000\005\001\000\003\011local'
	hears_only 0500
	until_true count proxy.err 'closed.*--proxy-server: no request in time' 9
}

@test "... and so is one that is asked who it is" {
	guarded "${SHORT[@]}"
	opens '\005\001\002'
	hears_only 0502
	opens '\005\001\002\001\003ann'
	hears_only 0502
	opens '\005\001\002\001\003ann\007s3c:ret'
	hears_only 05020100
	opens 'CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n'
	hears >answer
	[[ $(head -n 1 answer) == 'HTTP/1.1 407 '* ]]
}

@test "half a head of HTTP is answered with 408" {
	local part
	proxy "${SHORT[@]}"
	for part in G 'GET http://127.0.0.1/ HTTP/1.1' \
	    'CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n'; do
		opens "$part"
		hears_status 408
	done
}

@test "a client that says a byte now and then gets no more time" {
	proxy "${SHORT[@]}"
	peer client connect "127.0.0.1:$PORT" trickle:2000000
	finish client any
	until_true has_line proxy.err 'closed.*--proxy-server: no request in time\|closed.*control character\|closed.*not SOCKS'
	cat >slow.py <<-'END'
	import socket, sys, time
	peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	said = b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 9999
	try:
	    for byte in said:
	        peer.send(bytes([byte]))
	        time.sleep(0.01)
	except OSError:
	    sys.exit(0)
	sys.exit("it took all of it")
	END
	timeout 30 python3 -S slow.py "$PORT"
	until_true has_line proxy.err 'closed.*--proxy-server: no request in time'
}

@test "over TLS: a client that stops after the handshake is ended in time" {
	need_tls
	certificates
	proxy "${SHORT[@]}" -c --tls-cert "$CERTS/server.pem"
	spawn client "$SOCKCAT" -d -c -R "$CERTS/ca.pem" localhost "$PORT"
	finish client 0
	until_true has_line proxy.err 'closed.*--proxy-server: no request in time'
	(
		printf 'GET http://'
		until_true has_line client2.out 408
	) | timeout 30 "$SOCKCAT" -c -R "$CERTS/ca.pem" localhost "$PORT" \
	    >client2.out
	whole client2.out
}

@test "a body that does not come is not waited for" {
	listener record -k -v -d 127.0.0.1 0
	local to=$PORT
	proxy "${SHORT[@]}" --idle-timeout 300ms
	opens 'POST http://127.0.0.1:%s/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n' \
	    "$to"
	hears_status 408
	run ! grep -q ' accepted ' record.err
	opens 'POST http://127.0.0.1:%s/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhello' \
	    "$to"
	hears_status 504
}

@test "between requests of HTTP, silence is a clean end, and half a request 408" {
	echo hello >file
	origin
	proxy "${SHORT[@]}" --idle-timeout 300ms
	opens 'GET http://%s/file HTTP/1.1\r\nHost: x\r\n\r\n' "$ORIGIN"
	hears >answer
	[ "$(grep -c ^HTTP/ answer)" -eq 1 ]
	[ "$(tail -n 1 answer)" = hello ]
	opens 'GET http://%s/file HTTP/1.1\r\nHost: x\r\n\r\nGET http' "$ORIGIN"
	hears >answer
	[ "$(sed -n 's/^HTTP.1.1 \([0-9]*\).*/\1/p' answer | paste -sd' ')" = \
	    '200 408' ]
}

# --- where they want to go ---------------------------------------------------

@test "a destination that does not answer: 504, 6 and 91" {
	nowhere
	proxy "${SHORT[@]}"
	opens 'CONNECT 127.0.0.1:%s HTTP/1.1\r\nHost: x\r\n\r\n' "$NOWHERE"
	hears_status 504
	opens 'GET http://127.0.0.1:%s/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' \
	    "$NOWHERE"
	hears_status 504
	opens '\005\001\000\005\001\000\001\177\000\000\001%b' \
	    "$(port_bytes "$NOWHERE")"
	hears_only 050005060001000000000000
	opens '\004\001%b\177\000\000\001\000' "$(port_bytes "$NOWHERE")"
	hears_only 005b000000000000
}

@test "a network or host that can't be reached: 502, 4 and 91" {
	in_net 'ip route add unreachable 192.0.2.0/24'
	proxy
	status 502 'CONNECT 192.0.2.1:80 HTTP/1.0\r\n\r\n'
	answers 050005040001000000000000 \
	    '\005\001\000\005\001\000\001\300\000\002\001\000\120'
	answers 005b000000000000 '\004\001\000\120\300\000\002\001\000'
	status 502 'GET http://192.0.2.1/ HTTP/1.0\r\n\r\n'
}

@test "a name that is not looked up in time: 504, 6 and 91" {
	slow_names
	proxy "${SHORT[@]}"
	status 504 'CONNECT slow.example.com:80 HTTP/1.0\r\n\r\n'
	status 504 'GET http://slow.example.com/ HTTP/1.0\r\n\r\n'
	answers 050005060001000000000000 \
	    '\005\001\000\005\001\000\003\020slow.example.com\000\120'
	answers 005b000000000000 \
	    '\004\001\000\120\000\000\000\001\000slow.example.com\000'
	has_line dns.out got
}

@test "-n: no names" {
	proxy -n
	status 502 'CONNECT localhost:80 HTTP/1.0\r\n\r\n'
	answers 050005040001000000000000 \
	    '\005\001\000\005\001\000\003\011localhost\000\120'
}

@test "a server of HTTP that accepts and says nothing is 504 with --idle-timeout" {
	sockets held open@127.0.0.1
	proxy --idle-timeout 300ms
	opens 'GET http://127.0.0.1:%s/ HTTP/1.1\r\nHost: x\r\n\r\n' "${PORTS[0]}"
	hears_status 504
}

@test "--idle-timeout ends what is connected, and says so" {
	local got
	sockets held open@127.0.0.1
	proxy --idle-timeout 300ms
	opens 'CONNECT 127.0.0.1:%s HTTP/1.1\r\nHost: x\r\n\r\n' "${PORTS[0]}"
	got=$(cat <&"$CLIENT" 2>/dev/null) || true
	[[ $got == *200* ]]
	until_true has_line proxy.err 'closed.*nothing moved'
}

@test "who is not connected in time for us is: as it was asked" {
	local begun
	nowhere
	proxy --connect-timeout 1
	begun=$(microseconds)
	status 504 'CONNECT 127.0.0.1:%s HTTP/1.0\r\n\r\n' "$NOWHERE"
	[ $(($(microseconds) - begun)) -ge 1000000 ]
}
