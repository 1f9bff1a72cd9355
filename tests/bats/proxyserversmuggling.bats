#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --proxy-server: requests that two readers could read in two ways.  They are
# refused, and where they would go nobody hears of them.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154

load helpers
load proxyserver

# recorded: a proxy, and a target that records all that comes, and
# answers nothing.  Sets TO to where that is.
recorded() {
	listener record -k -v -d 127.0.0.1 0
	TO=127.0.0.1:$PORT
	proxy
}

# unheard: the target has had no connection, up to the one that is made now.
unheard() {
	local port=${TO##*:}
	"$SOCKCAT" --send-only 127.0.0.1 "$port" <<<"the end"
	until_true has_line record.out 'the end'
	[ "$(grep -c ' accepted ' record.err)" -eq 1 ] ||
	    fail "the target has heard: $(<record.out)"
	[ "$(<record.out)" = 'the end' ]
}

# What follows each: a request that nobody may see.
EVIL='GET http://%s/evil HTTP/1.1\r\nHost: %s\r\n\r\n'

# refused STATUS FIELDS [BODY]: a POST with these (with \r\n behind each).
refused() {
	# shellcheck disable=SC2059 # they are formats
	printf "POST http://$TO/ HTTP/1.1\r\nHost: $TO\r\n$2\r\n${3-}" >request
	# shellcheck disable=SC2059
	printf "$EVIL" "$TO" "$TO" >>request
	answered "$1" "$2"
}

# answered STATUS WHAT: to the file `request', alone, and then it ends.
answered() {
	local got
	"$SOCKCAT" 127.0.0.1 "$PORT" <request >answer || true
	IFS= read -r got <answer || true
	# shellcheck disable=SC2053 # it is a pattern
	[[ $got == "HTTP/1.1 "$1\ * ]] ||
	    fail "to $2 the answer was: $(<answer)"
	lines_with answer ^HTTP/
	[ "$COUNT" -eq 1 ] || fail "to $2: $(<answer)"
	whole answer
}

# line STATUS TEXT: a request with this line.
line() {
	# shellcheck disable=SC2059 # it is a format
	printf "$2\r\nHost: $TO\r\n\r\n" >request
	answered "$1" "$2"
}

@test "Content-Length twice, or as a list, even if all are equal" {
	recorded
	refused 400 'Content-Length: 5\r\nContent-Length: 6\r\n' hello
	refused 400 'Content-Length: 5\r\nContent-Length: 5\r\n' hello
	refused 400 'Content-Length: 5, 5\r\n' hello
	refused 400 'Content-Length: 5,6\r\n' hello
	refused 400 'Content-Length: 5\r\ncontent-length: 0\r\n' hello
	refused 400 'Content-Length: 0\r\nContent-Length: 0\r\n'
	unheard
}

@test "Content-Length that is no number: signs, blanks, letters, too much" {
	local value
	recorded
	for value in +5 -5 -0 '5 5' 0x5 5h 5. 5.0 1e1 '"5"' '' ' ' ';5' '5;a' \
	    9223372036854775808 18446744073709551621 \
	    99999999999999999999999999 '5\t6' '\v5' '5\f' '٥'; do
		refused 400 "Content-Length: $value\\r\\n" hello
	done
	unheard
}

@test "Content-Length with Transfer-Encoding, in any order" {
	recorded
	refused 400 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n' \
	    '0\r\n\r\n'
	refused 400 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n' \
	    '0\r\n\r\n'
	refused 400 'Transfer-Encoding: chunked\r\nContent-Length: 0\r\n' \
	    '0\r\n\r\n'
	refused 400 'Transfer-Encoding: x\r\nContent-Length: 5\r\n' hello
	unheard
}

@test "Transfer-Encoding that is not chunked alone" {
	local value
	recorded
	for value in 'chunked, chunked' identity 'gzip, chunked' 'chunked, gzip' \
	    'chunked, identity' xchunked 'chunked;a=b' '"chunked"' 'chunked,' \
	    ',chunked' 'x' '\vchunked' 'chunked\v' 'chunk ed' 'chun\tked' \
	    ''; do
		refused '[45]0[01]' "Transfer-Encoding: $value\\r\\n" \
		    '5\r\nhello\r\n0\r\n\r\n'
	done
	refused '[45]0[01]' \
	    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n' \
	    '0\r\n\r\n'
	refused '[45]0[01]' \
	    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n' \
	    '0\r\n\r\n'
	# HTTP/1.0 has none.
	printf 'POST http://%s/ HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' \
	    "$TO" >request
	answered 400 'chunks in HTTP/1.0'
	unheard
}

@test "the names of fields: blanks before the colon, in them, or nothing" {
	recorded
	refused 400 'Content-Length : 5\r\n' hello
	refused 400 'Content-Length\t: 5\r\n' hello
	refused 400 'Transfer-Encoding : chunked\r\n' '0\r\n\r\n'
	refused 400 'Content Length: 5\r\n' hello
	refused 400 ': 5\r\n' hello
	refused 400 'no colon\r\n'
	refused 400 'Content-Length\v: 5\r\n' hello
	refused 400 'Content-L\303\244nge: 5\r\n' hello
	refused 400 'a(b): 5\r\n'
	refused 400 'a[b]: 5\r\n'
	unheard
}

@test "lines that go on, lines that end otherwise, control characters" {
	recorded
	refused 400 'A: b\r\n Content-Length: 5\r\n' hello
	refused 400 'A: b\r\n\tTransfer-Encoding: chunked\r\n' '0\r\n\r\n'
	refused 400 'A: b\nContent-Length: 5\r\n' hello
	refused 400 'A: b\rContent-Length: 5\r\n' hello
	refused 400 'A: b\r\rContent-Length: 5\r\n' hello
	refused 400 'A: b\r\n\nContent-Length: 5\r\n' hello
	refused 400 'A: b\r\n\rContent-Length: 5\r\n' hello
	refused 400 'A: b\000Content-Length: 5\r\n' hello
	refused 400 'A\000: b\r\n'
	refused 400 'A: b\001\r\n'
	refused 400 'A: b\177\r\n'
	# A blank in front of the first field.
	printf 'GET http://%s/ HTTP/1.1\r\n Host: %s\r\n\r\n' "$TO" "$TO" >request
	answered 400 'a blank in front of the first field'
	printf 'GET http://%s/ HTTP/1.1\nHost: %s\n\n' "$TO" "$TO" >request
	answered 400 'lines that end with LF'
	unheard
}

@test "the request line: blanks, versions, targets" {
	recorded
	line 400 "GET  http://$TO/ HTTP/1.1"
	line 400 "GET http://$TO/  HTTP/1.1"
	line 400 "GET http://$TO/ HTTP/1.1 "
	line 400 " GET http://$TO/ HTTP/1.1"
	line 400 "GET\\thttp://$TO/ HTTP/1.1"
	line 400 "GET http://$TO/\\tHTTP/1.1"
	line 400 "GET http://$TO/a b HTTP/1.1"
	line 400 "GET http://$TO/"
	line '[45]0[05]' "GET http://$TO/ http/1.1"
	line '[45]0[05]' "GET http://$TO/ HTTP/1"
	line '[45]0[05]' "GET http://$TO/ HTTP/01.1"
	line '[45]0[05]' "GET http://$TO/ HTTP/1.10"
	line 505 "GET http://$TO/ HTTP/2.0"
	line 505 "GET http://$TO/ HTTP/0.9"
	line 400 "GET http://$TO/\\000 HTTP/1.1"
	line 400 "GET http://$TO/\\r HTTP/1.1"
	line 400 "G(T http://$TO/ HTTP/1.1"
	line 400 "GET /http://$TO/ HTTP/1.1"
	line 400 "GET //$TO/ HTTP/1.1"
	line 400 "GET $TO HTTP/1.1"
	line 400 'GET * HTTP/1.1'
	line 400 "GET http:///$TO/ HTTP/1.1"
	line 400 "GET http://me:pass@$TO/ HTTP/1.1"
	line 400 "GET http://example.com@$TO/ HTTP/1.1"
	line 400 "GET http://$TO/#fragment HTTP/1.1"
	line 400 "GET http://$TO:1/ HTTP/1.1"
	line 400 "GET http://$TO\\\\@example.com/ HTTP/1.1"
	line '[45]0[01]' "GET ://$TO/ HTTP/1.1"
	line 501 "GET httpx://$TO/ HTTP/1.1"
	line 501 "GET https://$TO/ HTTP/1.1"
	unheard
}

@test "Host: twice, missing, or no host" {
	local value
	recorded
	refused 400 "Host: $TO\\r\\n"
	refused 400 'Host: example.com\r\n'
	refused 400 'Host:\r\n'
	for value in 'a b' 'a,b' 'me@a' 'a:b' 'a/b' 'a:1:2' '[::1' 'a:99999' \
	    'http://a'; do
		printf 'GET http://%s/ HTTP/1.1\r\nHost: %s\r\n\r\n' "$TO" \
		    "$value" >request
		answered 400 "Host: $value"
	done
	printf 'GET http://%s/ HTTP/1.1\r\nA: b\r\n\r\n' "$TO" >request
	answered 400 'no Host'
	unheard
}

@test "Host is made from the target, and what is for us goes no further" {
	echo hello >file
	origin
	proxy
	ask 'GET http://%s/file HTTP/1.1\r\nHost: example.com\r\nA: 1\r\nConnection: close, B, x-c\r\nB: 2\r\nX-C: 3\r\nKeep-Alive: 4\r\nTE: trailers\r\nUpgrade: h2c\r\nProxy-Authorization: Basic eA==\r\nProxy-Connection: keep-alive\r\nD: 5\r\n\r\n' \
	    "$ORIGIN" >answer
	grep -q hello answer
	[[ $(<origin.out) =~ "GET /file - Host: $ORIGIN; A: 1; D: 5; Via: 1.1 sockcat-"[0-9a-f]*"; Connection: close;" ]] ||
	    fail "$(<origin.out)"
	# The port of the target counts, not that of Host.
	ask 'GET http://localhost:%s/file HTTP/1.1\r\nHost: localhost:1\r\nConnection: close\r\n\r\n' \
	    "$ORIGIN_PORT" >answer
	grep -q hello answer
}

@test "what Connection names is no way to take a field away that frames the body" {
	origin
	proxy
	ask 'POST http://%s/ HTTP/1.1\r\nHost: x\r\nConnection: close, Content-Length, Host, Via\r\nContent-Length: 5\r\n\r\nhello' \
	    "$ORIGIN" >answer
	has_line origin.out "POST / length:5 Host: $ORIGIN;"
	has_line origin.out 'Via: 1.1 sockcat'
	ask 'POST http://%s/ HTTP/1.1\r\nHost: x\r\nConnection: close, Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n' \
	    "$ORIGIN" >answer
	has_line origin.out "POST / chunked:5 Host: $ORIGIN;"
}

@test "chunks: sizes, extensions and line ends; none that is bad goes on" {
	local chunk
	recorded
	for chunk in '+5' '-5' '0x5' ' 5' '5 ' '5\t' '' 'g' '5g' '5;a' '5;a=b' \
	    '5 ;a' '5;' 'ffffffffffffffff' '8000000000000000' \
	    '10000000000000005' '5\r' '00000000000000000000000000000000005 '; do
		refused 400 'Transfer-Encoding: chunked\r\n' \
		    "$chunk\\r\\nhello\\r\\n0\\r\\n\\r\\n"
	done
	refused 400 'Transfer-Encoding: chunked\r\n' '5\nhello\r\n0\r\n\r\n'
	refused 400 'Transfer-Encoding: chunked\r\n' '5\rhello\r\n0\r\n\r\n'
	unheard
}

@test "chunks: what is bad behind a good one ends it, and nothing of it goes on" {
	local rest
	listener record -k -v -d 127.0.0.1 0
	TO=127.0.0.1:$PORT
	proxy
	for rest in 'X\r\n' '\n' 'hello\r\n' '\r\n+3\r\nabc\r\n' '\r\n3;x=y\r\nabc\r\n' \
	    '\r\n3\nabc\r\n' '\r\n0\r\nA : b\r\n\r\n' '\r\n0\r\n a: b\r\n\r\n' \
	    '\r\n0\nA: b\r\n\r\n' '\r\n0\r\nno colon\r\n\r\n'; do
		refused 400 'Transfer-Encoding: chunked\r\n' "5\\r\\ngood.$rest"
	done
	run ! grep -a -i 'evil\|abc\|x=y\|a: b\|colon' record.out
}

@test "a good request, and what is behind it, are two" {
	echo one >first
	echo two >second
	origin
	proxy
	ask 'POST http://%s/ HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET http://%s/first HTTP/1.1\r\nHost: x\r\n\r\nPOST http://%s/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nTrail: er\r\n\r\nGET http://%s/second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nGET http://%s/third HTTP/1.1\r\nHost: x\r\n\r\n' \
	    "$ORIGIN" "$ORIGIN" "$ORIGIN" "$ORIGIN" "$ORIGIN" >answer
	[ "$(grep -a -c '^HTTP/1.1 200' answer)" -eq 4 ]
	[ "$(grep -a -x '5\|one\|3\|two' answer | tr -d '\r\n')" = 5one3two ] ||
	    fail "$(<answer)"
	[ "$(cut -d ' ' -f 1-3 origin.out | tail -n +2 | paste -sd,)" = \
	    'POST / length:5,GET /first -,POST / chunked:3,GET /second -' ] ||
	    fail "$(<origin.out)"
	run ! grep Trail origin.out
}

@test "a body behind CONNECT is none; a GET may have one, and HEAD has no answer's" {
	echo hello >file
	origin
	proxy
	status 400 'CONNECT %s HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello' \
	    "$ORIGIN"
	status 400 'CONNECT %s HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' \
	    "$ORIGIN"
	ask 'HEAD http://%s/file HTTP/1.1\r\nHost: x\r\n\r\nHEAD http://%s/file HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' \
	    "$ORIGIN" "$ORIGIN" >answer
	[ "$(grep -c '^HTTP/1.1 200' answer)" -eq 2 ]
	run ! grep hello answer
	ask 'HEAD http://%s/missing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' \
	    "$ORIGIN" >answer
	[ "$(tail -c 4 answer | hex)" = 0d0a0d0a ]
	# ... and neither one of ours.
	ask 'HEAD http://127.0.0.1:1/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' \
	    >answer
	grep -q '^HTTP/1.1 502' answer
	[ "$(tail -c 4 answer | hex)" = 0d0a0d0a ]
}

@test "CONNECT behind a plain request, on the same connection" {
	echo hello >file
	origin
	spawn echo "$PEERS/crowd.py" echo 127.0.0.1:0
	until_true has_line echo.out .
	proxy
	ask 'GET http://%s/file HTTP/1.1\r\nHost: x\r\n\r\nCONNECT 127.0.0.1:%s HTTP/1.1\r\nHost: x\r\n\r\nraw bytes' \
	    "$ORIGIN" "$(<echo.out)" >answer
	[ "$(grep -a -c '^HTTP/1.1 200' answer)" -eq 2 ]
	[ "$(tail -c 9 answer)" = 'raw bytes' ]
}

# --- what servers answer -----------------------------------------------------

# server_says FORMAT: what a client gets of a server that says this.
server_says() {
	# shellcheck disable=SC2059 # it is one
	printf "$1" >said
	peer server listen 127.0.0.1:0 send:said fin recv:request
	local to=$PORT
	PORT=$PROXY_PORT
	ask 'GET http://127.0.0.1:%s/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' \
	    "$to" >answer || true
	finish server any
}

@test "a server's answer that is none, or is two, is 502" {
	local said
	proxy
	PROXY_PORT=$PORT
	for said in '' 'hello\r\n' 'HTTP/1.1 200 OK\r\n' \
	    'HTTP/1.1 2000 OK\r\n\r\n' 'HTTP/1.1 200 OK\r\nA\000: b\r\n\r\n' \
	    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello' \
	    'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello' \
	    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'; do
		server_says "$said"
		grep -q '^HTTP/1.1 502 ' answer ||
		    fail "to $said: $(<answer)"
		whole answer
	done
}

@test "a server's answer that is cut short is no whole one" {
	proxy
	PROXY_PORT=$PORT
	server_says 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello'
	grep -q '^HTTP/1.1 \(502\|200\)' answer
	! whole answer 2>/dev/null || grep -q ^HTTP/1.1.502 answer
	server_says 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'
	[ "$(tail -c 5 answer | hex)" != 300d0a0d0a ]
	has_line proxy.err 'closed.*the response is not whole'
}
