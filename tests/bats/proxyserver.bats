#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --proxy-server, byte by byte: what clients are answered.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154

load helpers
load proxyserver
load forward

# The beginnings of requests: SOCKS 5 without authentication, and by user and
# password; then version, command and a zero.
HELLO='\005\001\000'
LOGIN='\005\001\002'
GO='\005\001\000'

# ends_of HOST:PORT: sets HERE to address and port of 127.0.0.1 as in SOCKS, for
# printf.
ends_of() {
	HERE='\177\000\000\001'$(port_bytes "${1##*:}")
}

# Sets REFUSING to a port where nobody listens.
refusing() {
	sockets none closed@127.0.0.1
	REFUSING=${PORTS[0]}
}

# --- SOCKS -------------------------------------------------------------------

@test "SOCKS 5: an address; where we are connected from is told" {
	local got
	echo_server
	proxy
	ends_of "$TARGET"
	got=$(ask "$HELLO$GO\\001${HERE}hello" | hex)
	[[ $got =~ ^0500050000017f000001[0-9a-f]{4}68656c6c6f$ ]] ||
	    fail "$got"
	[ "${got:20:4}" != "$(printf '%04x' "${TARGET##*:}")" ]
	has_line proxy.err "SOCKS5: to 127.0.0.1 port ${TARGET##*:}"
}

@test "SOCKS 5: a name, and bytes behind the request are for the target" {
	local got
	echo_server
	proxy
	got=$(ask "$HELLO$GO\\003\\011localhost$(port_bytes "${TARGET##*:}")hello" |
	    hex)
	[[ $got == *68656c6c6f ]] || fail "$got"
	has_line proxy.err "SOCKS5: to localhost port ${TARGET##*:}"
}

@test "SOCKS 5: an IPv6 address" {
	local got
	need_ipv6
	spawn echo "$PEERS/crowd.py" echo '[::1]:0'
	until_true has_line echo.out .
	proxy
	got=$(ask "$HELLO$GO"'\004\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\001'"$(port_bytes \
	    "$(<echo.out)")hello" | hex)
	[[ $got =~ ^050005000004(00){15}01[0-9a-f]{4}68656c6c6f$ ]] || fail "$got"
}

@test "SOCKS 4 and 4A: an address, and a name" {
	local port
	echo_server
	proxy
	ends_of "$TARGET"
	port=$(port_bytes "${TARGET##*:}")
	ask '\004\001%b\177\000\000\001me\000hello' "$port" >got
	[[ $(hex <got) =~ ^005a[0-9a-f]{4}7f00000168656c6c6f$ ]] ||
	    fail "$(hex <got)"
	ask '\004\001%b\000\000\000\007me\000localhost\000hello' "$port" >got
	[[ $(hex <got) =~ ^005a[0-9a-f]{12}68656c6c6f$ ]] || fail "$(hex <got)"
	has_line proxy.err "SOCKS4A: to localhost port ${TARGET##*:}"
	has_line proxy.err "SOCKS4: to 127.0.0.1 port ${TARGET##*:}"
}

@test "SOCKS 5: each failure has its code" {
	local port
	refusing
	port=$(port_bytes "$REFUSING")
	proxy
	answers 050005050001000000000000 "$HELLO$GO\\001\\177\\000\\000\\001$port"
	# a name that nobody knows: the host is unreachable
	answers 050005040001000000000000 "$HELLO$GO\\003\\016nobody.invalid$port"
	# BIND, UDP ASSOCIATE, and a command that is none
	answers 050005070001000000000000 \
	    "$HELLO"'\005\002\000\001\177\000\000\001\000\120'
	answers 050005070001000000000000 \
	    "$HELLO"'\005\003\000\001\177\000\000\001\000\120'
	answers 050005070001000000000000 \
	    "$HELLO"'\005\011\000\001\177\000\000\001\000\120'
	# a kind of address that there is not
	answers 050005080001000000000000 "$HELLO$GO"'\002'
	# names that are none
	answers 050005010001000000000000 "$HELLO$GO"'\003\000\000\120'
	answers 050005010001000000000000 "$HELLO$GO"'\003\003a b\000\120'
	answers 050005010001000000000000 "$HELLO$GO"'\003\003a\000b\000\120'
	# no method that will do
	answers 05ff '\005\001\001'
	answers 05ff '\005\000'
	# What is denied is "not allowed by ruleset".
	stop proxy
	proxy --deny-dest 127.0.0.0/8
	answers 050005020001000000000000 "$HELLO$GO\\001\\177\\000\\000\\001$port"
	answers 050005020001000000000000 "$HELLO$GO\\003\\011localhost$port"
}

@test "SOCKS 4: each failure is 91" {
	local port
	refusing
	port=$(port_bytes "$REFUSING")
	proxy
	answers 005b000000000000 "\\004\\001$port"'\177\000\000\001\000'
	answers 005b000000000000 "\\004\\001$port"'\000\000\000\001\000nobody.invalid\000'
	answers 005b000000000000 "\\004\\002$port"'\177\000\000\001\000'
	answers 005b000000000000 "\\004\\001$port"'\000\000\000\001\000\000'
	answers 005b000000000000 "\\004\\001$port"'\177\000\000\001%0300d' 1
	stop proxy
	proxy --deny-dest 127.0.0.0/8
	answers 005b000000000000 "\\004\\001$port"'\177\000\000\001\000'
}

@test "a name of 255 bytes" {
	local name
	name=$(printf 'a%062d.b%062d.c%062d.d%062d' 1 2 3 4)
	proxy
	answers 050005040001000000000000 "$HELLO$GO"'\003\377%s\000\120' "$name"
	answers 005b000000000000 '\004\001\000\120\000\000\000\001\000%s\000' "$name"
	answers 005b000000000000 '\004\001\000\120\000\000\000\001\000%s5\000' \
	    "$name"
	status 502 'CONNECT %.253s:80 HTTP/1.0\r\n\r\n' "$name"
}

@test "types: what is not served is refused in its own words" {
	local port
	echo_server
	port=$(port_bytes "${TARGET##*:}")
	ends_of "$TARGET"
	proxy socks5
	answers 005b000000000000 "\\004\\001$port"'\177\000\000\001\000'
	answers '' 'GET http://127.0.0.1/ HTTP/1.0\r\n\r\n'
	[[ $(ask "$HELLO$GO\\001${HERE}") ]] 2>/dev/null
	stop proxy
	proxy socks4
	answers 05ff "$HELLO$GO\\001${HERE}"
	answers 005b000000000000 "\\004\\001$port"'\000\000\000\001\000localhost\000'
	[[ $(ask "\\004\\001$port"'\177\000\000\001\000hello') == *hello ]] \
	    2>/dev/null
	stop proxy
	proxy socks4a
	[[ $(ask "\\004\\001$port"'\000\000\000\001\000localhost\000hello') == *hello ]] \
	    2>/dev/null
	[[ $(ask "\\004\\001$port"'\177\000\000\001\000hello') == *hello ]] \
	    2>/dev/null
	stop proxy
	proxy http
	status 400 "$HELLO$GO\\001${HERE}"
	stop proxy
	proxy http,socks4
	answers 05ff "$HELLO$GO\\001${HERE}"
	[[ $(ask 'CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\nhello' "$TARGET" \
	    "$TARGET") == *hello ]]
}

@test "user and password of SOCKS 5" {
	local wrong user pass
	echo_server
	guarded
	ends_of "$TARGET"
	[[ $(ask "$LOGIN"'\001\003ann\007s3c:ret'"$GO\\001${HERE}hello" | hex) =~ ^0502010005000001 ]]
	for wrong in "${WRONG[@]}"; do
		user=${wrong%%:*}
		pass=${wrong#*:}
		answers 05020101 "$LOGIN"'\001%b%s%b%s'"$GO\\001$HERE" \
		    "$(octal "$user")" "$user" "$(octal "$pass")" "$pass"
	done
	# A NUL hides nothing.
	answers 05020101 "$LOGIN"'\001\003ann\012s3c:ret\000ab'
	answers 05020101 "$LOGIN"'\001\005ann\000b\007s3c:ret'
	# Without any, or with another version of it, nobody.
	answers 05ff "$HELLO$GO\\001$HERE"
	answers 05020101 "$LOGIN"'\002\003ann\007s3c:ret'
	answers 005b000000000000 \
	    "\\004\\001$(port_bytes "${TARGET##*:}")"'\177\000\000\001ann\000'
	has_line proxy.err 'wrong user or password (user "bob")'
	run ! grep -q s3c proxy.err
}

@test "user and password of 255 bytes, byte by byte as well" {
	local user pass
	user=$(printf '%0255d' 1)
	pass=$(printf ':%0254d' 2)
	echo_server
	ends_of "$TARGET"
	printf '%s\n' "$user:$pass" ann:x >users
	proxy --proxy-auth-file users
	# shellcheck disable=SC2059 # it is a format
	printf "$LOGIN"'\001\377%s\377%s'"$GO\\001${HERE}hello" "$user" \
	    "$pass" >request
	"$SOCKCAT" 127.0.0.1 "$PORT" <request | hex >got
	[[ $(<got) =~ ^0502010005000001.*68656c6c6f$ ]] || fail "$(<got)"
	dd bs=1 status=none <request | "$SOCKCAT" 127.0.0.1 "$PORT" | hex >got
	[[ $(<got) =~ ^0502010005000001.*68656c6c6f$ ]] || fail "$(<got)"
	printf '%s5:x\n' "$user" >users
	run -2 "$SOCKCAT" -l --proxy-server any --proxy-auth-file users 0
	assert_output --partial 'users, line 1: user and password have 255 bytes'
}

# --- HTTP --------------------------------------------------------------------

@test "CONNECT: a name, an address, an IPv6 address; what is behind it is data" {
	local to
	echo_server
	proxy
	for to in "$TARGET" "localhost:${TARGET##*:}" "LOCALHOST:${TARGET##*:}"; do
		ask 'CONNECT %s HTTP/1.1\r\nHost: x\r\n\r\nhello\n' "$to" >got
		printf 'HTTP/1.1 200 Connection established\r\n\r\nhello\n' >want
		same got want
	done
	has_line proxy.err "HTTP: to localhost port ${TARGET##*:}"
	ask 'CONNECT %s HTTP/1.0\r\n\r\nhello\n' "$TARGET" >got
	same got want
	need_ipv6
	spawn echo6 "$PEERS/crowd.py" echo '[::1]:0'
	until_true has_line echo6.out .
	ask 'CONNECT [::1]:%s HTTP/1.1\r\nHost: x\r\n\r\nhello\n' \
	    "$(<echo6.out)" >got
	same got want
}

@test "each failure of CONNECT has its status, whole, before the connection ends" {
	refusing
	proxy
	status 502 'CONNECT 127.0.0.1:%d HTTP/1.0\r\n\r\n' "$REFUSING"
	status 502 'CONNECT nobody.invalid:80 HTTP/1.0\r\n\r\n'
	status 400 'CONNECT 127.0.0.1 HTTP/1.0\r\n\r\n'
	status 400 'CONNECT 127.0.0.1:0 HTTP/1.0\r\n\r\n'
	status 400 'CONNECT 127.0.0.1:65536 HTTP/1.0\r\n\r\n'
	status 400 'CONNECT 127.0.0.1:+80 HTTP/1.0\r\n\r\n'
	status 400 'CONNECT :80 HTTP/1.0\r\n\r\n'
	status 400 'CONNECT me@127.0.0.1:80 HTTP/1.0\r\n\r\n'
	status 400 'CONNECT http://127.0.0.1:80/ HTTP/1.0\r\n\r\n'
	status 400 'CONNECT [::1:80 HTTP/1.0\r\n\r\n'
	status 400 'CONNECT ::1:80 HTTP/1.0\r\n\r\n'
	status 400 'CONNECT [localhost]:80 HTTP/1.0\r\n\r\n'
	status 400 'CONNECT a_b\001:80 HTTP/1.0\r\n\r\n'
	status 400 'connect\r\n\r\n'
	status 400 '\r\n\001\r\n\r\n'
	status 400 'CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n' "$REFUSING"
	status 400 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'
	status 501 'GET https://127.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\n'
	status 501 'GET ftp://127.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\n'
	status 505 'CONNECT 127.0.0.1:%d HTTP/2.0\r\n\r\n' "$REFUSING"
	status 505 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
	stop proxy
	proxy --deny-dest 127.0.0.0/8
	status 403 'CONNECT 127.0.0.1:%d HTTP/1.0\r\n\r\n' "$REFUSING"
	status 403 'CONNECT localhost:%d HTTP/1.0\r\n\r\n' "$REFUSING"
}

@test "what is too long is answered, though more of it comes" {
	proxy
	status 414 'GET http://127.0.0.1/%070000d HTTP/1.0\r\n\r\n' 1
	status 414 'CONNECT %0300000d' 1
	status 431 'GET http://127.0.0.1/ HTTP/1.0\r\nA: %070000d\r\n\r\n' 1
	status 431 'GET http://127.0.0.1/ HTTP/1.0\r\nA: %0700000d' 1
	# shellcheck disable=SC2046 # words
	status 431 'GET http://127.0.0.1/ HTTP/1.0\r\n%s\r\n' \
	    "$(printf 'A:b\r\n%.0s' {1..300})"
}

@test "what is no protocol of ours: TLS gets 400, and so does nonsense" {
	proxy
	status 400 '\026\003\001\002\000\001\000\001\374\003\003\r\n\r\n'
	status 400 'hello\r\n\r\n'
	status 400 '\000\001\002\n'
	status 400 'SSH-2.0-OpenSSH\r\n'
}

@test "nothing, and then the end, is answered by the end" {
	proxy
	answers '' ''
	answers '' '\005'
	answers '0500' '\005\001\000\005'
	answers '' 'CONNECT 127.0'
	until_true count proxy.err 'closed.*the peer ended the connection' 4
}

@test "Basic: who may, who may not; 407 asks for both" {
	local wrong
	echo_server
	guarded
	status 407 'CONNECT %s HTTP/1.0\r\n\r\n' "$TARGET"
	grep -qi '^Proxy-Authenticate: Basic realm="' answer
	[ "$(grep -ci '^Proxy-Authenticate: Digest .*nonce="' answer)" -eq 2 ]
	[[ $(ask 'CONNECT %s HTTP/1.0\r\nProxy-Authorization: bAsIc %s\r\n\r\nhello' \
	    "$TARGET" "$(printf %s "$USER_OF_PROXY" | base64)") == *hello ]]
	for wrong in "${WRONG[@]}"; do
		status 407 \
		    'CONNECT %s HTTP/1.0\r\nProxy-Authorization: Basic %s\r\n\r\n' \
		    "$TARGET" "$(printf %s "$wrong" | base64)"
	done
	status 400 'CONNECT %s HTTP/1.0\r\nProxy-Authorization: Basic %%\r\n\r\n' \
	    "$TARGET"
	status 400 'CONNECT %s HTTP/1.0\r\nProxy-Authorization: Basic %s\r\nProxy-Authorization: Basic %s\r\n\r\n' \
	    "$TARGET" "$(printf %s "$USER_OF_PROXY" | base64)" x
	# That of the origin is nothing to us.
	status 407 'CONNECT %s HTTP/1.0\r\nAuthorization: Basic %s\r\n\r\n' \
	    "$TARGET" "$(printf %s "$USER_OF_PROXY" | base64)"
	run ! grep -q s3c proxy.err
}

@test "after a 407 the next try comes on the same connection, four times" {
	local request='CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n'
	echo_server
	guarded
	ask "$request$request$request$request$request" >got
	[ "$(grep -c '^HTTP/1.1 407' got)" -eq 4 ]
	[ "$(grep -c '^Connection: close' got)" -eq 1 ]
	ask "$request"'CONNECT %s HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic %s\r\n\r\nhello' \
	    "$TARGET" "$(printf %s "$USER_OF_PROXY" | base64)" >got
	grep -q '^HTTP/1.1 200' got
	[ "$(tail -c 5 got)" = hello ]
}

# --- users -------------------------------------------------------------------

@test "--proxy-auth-file: many users, comments, lines of DOS" {
	local who
	origin
	printf '# these may\nann:one\r\n\nbob:t:wo\n#joe:no\nzoe:th ree' >users
	chmod 600 users
	proxy --proxy-auth-file users --proxy-auth liz:four
	for who in ann:one bob:t:wo 'zoe:th ree' liz:four; do
		curls -x "socks5h://$PROXY" -U "$who" -o got \
		    "http://$ORIGIN/users"
		same got users
	done
	for who in joe:no '#joe:no' "ann:one\r"; do
		run -97 curls -x "socks5h://$PROXY" -U "$who" \
		    "http://$ORIGIN/users"
	done
	grep -q 'warning: -P (--proxy-auth)' proxy.err
	run ! grep -q four "/proc/${PID[proxy]}/cmdline"
}

@test "users that can't be: status 2, and which" {
	local bad
	for bad in nocolon :nouser $'\n# none\n'; do
		printf '%s' "$bad" >users
		run -2 "$SOCKCAT" -l --proxy-server any --proxy-auth-file users 0
		assert_output --partial users
	done
	run -2 "$SOCKCAT" -l --proxy-server socks4 --proxy-auth a:b 0
	assert_output --partial 'SOCKS 4 has no passwords'
	run -6 "$SOCKCAT" -l --proxy-server any --proxy-auth-file missing 0
	run -2 "$SOCKCAT" -l --proxy-server gopher 0
	assert_output --partial "'gopher' is not http, socks4"
	run -2 "$SOCKCAT" -l --proxy-server http,, 0
	run -2 "$SOCKCAT" --proxy-server http 127.0.0.1 1
	run -2 "$SOCKCAT" -l --allow-dest 1.2.3.4 0
	run -2 "$SOCKCAT" -l --proxy-server any --deny-dest 1.2.3.4/33 0
	assert_output --partial '--deny-dest'
}

# --- what is done ------------------------------------------------------------

@test "-l --proxy-type is the same, as in ncat" {
	origin
	echo hello >file
	listener proxy -k --proxy-type http --proxy-auth ann:one 127.0.0.1 0
	run -0 curls -x "http://127.0.0.1:$PORT" -U ann:one -p \
	    "http://$ORIGIN/file"
	assert_output hello
}

@test "once the handshake is over, the kernel moves the bytes" {
	local to
	need_strace
	random_file big 3M
	origin
	echo "$USER_OF_PROXY" >users
	for to in http socks4a socks5h; do
		listener proxy -k -v -v -v --proxy-server any 127.0.0.1 0
		curls -p -x "$to://127.0.0.1:$PORT" "http://$ORIGIN/big" >got
		same big got
		stop proxy
		[ "$(awk -F' = ' '/ splice\([0-9]*, [0-9]*, 1048576\) = [0-9]/ {
		    n += $2 } END { print (n > 2800000) }' proxy.err)" -eq 1 ]
	done
}
