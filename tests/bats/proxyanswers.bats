#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What proxies answer: glued to data, in pieces, late, short, wrong.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load proxypeer

# first WORD...: the first bytes of the destination arrive, and nothing else.
first() {
	run -0 --separate-stderr "$SOCKCAT" -x "$PROXY" "$@" 127.0.0.1 7 \
	    <<<"the question"
	assert_equal "$output" "the first bytes"
	finish proxy
	grep -q 'the question' seen
}

@test "bytes glued to the answer are the first data" {
	proxy "$GREETING" "put:$METHOD" "$REQUEST" \
	    "put:${GRANTED}the first bytes" fin rest
	first
	proxy "$REQUEST4" "put:${GRANTED4}the first bytes" fin rest
	first -X 4
	proxy head 'put:HTTP/1.1 200 OK\r\n\r\nthe first bytes' fin rest
	first -X connect
}

@test "answers that come byte by byte" {
	proxy "$GREETING" "drip:$METHOD" "$REQUEST" \
	    "drip:${GRANTED}the first bytes" fin rest
	first
	proxy "$REQUEST4" "drip:${GRANTED4}the first bytes" fin rest
	first -X 4
	proxy head 'drip:HTTP/1.1 200 OK\r\nServer: x\r\n\r\nthe first bytes' \
	    fin rest
	first -X connect
}

@test "SOCKS 5: a reply with a name of 0, 1, 127, 128 and 255 bytes, or an IPv6 address" {
	local n how name
	for n in 0 1 127 128 255; do
		printf -v name "%${n}s" ''
		for how in put drip; do
			proxy "$GREETING" "put:$METHOD" "$REQUEST" \
			    "$how:\\x05\\x00\\x00\\x03\\x$(printf %02x "$n")${name}\\x00\\x07the first bytes" \
			    fin rest
			first
		done
	done
	proxy "$GREETING" "put:$METHOD" "$REQUEST" \
	    'drip:\x05\x00\x00\x04ABCDEFGHIJKLMNOPxxthe first bytes' fin rest
	first
}

@test "HTTP: any 2xx, interim answers, and lengths that count for nothing" {
	local answer
	for answer in '1.0 200 Connection established' '1.1 299 Fine' \
	    '1.1 200' '1.1 200 OK\r\nContent-Length: 5' \
	    '1.1 200 OK\r\nTransfer-Encoding: chunked' \
	    '1.1 200 OK\r\nConnection: close' \
	    '1.1 100 Continue\r\n\r\nHTTP/1.1 102 P\r\nA: b\r\n\r\nHTTP/1.1 200 OK'; do
		proxy head "put:HTTP/$answer\\r\\n\\r\\nthe first bytes" fin rest
		first -X connect
	done
}

# --- no ----------------------------------------------------------------------

@test "SOCKS 5: each code is told, status 5" {
	local code
	local -a texts=('' 'general failure' 'not allowed' 'network unreachable'
	    'host unreachable' 'connection refused' 'time to live expired'
	    'command not supported' 'address type not supported')
	for code in 1 2 3 4 5 6 7 8; do
		proxy "$GREETING" "put:$METHOD" "$REQUEST" \
		    "put:\\x05\\x0$code\\x00\\x01aaaapp" rest
		fails 5 "the proxy says: " -x "$PROXY"
		[[ ${stderr,,} == *"${texts[code],,}"*"($code)" ]] ||
		    fail "$code: $stderr"
		finish proxy
	done
	proxy "$GREETING" "put:$METHOD" "$REQUEST" 'put:\x05\xfe\x00\x01aaaapp' rest
	fails 5 "(254)" -x "$PROXY"
	# Some say no more than that.
	proxy "$GREETING" "put:$METHOD" "$REQUEST" 'put:\x05\x05' fin rest
	fails 5 "connection refused (5)" -x "$PROXY"
}

@test "SOCKS 4: each code is told, status 5" {
	local code
	for code in 91 92 93 94; do
		proxy "$REQUEST4" "put:\\x00\\x$(printf %02x "$code")ppaaaa" rest
		fails 5 "the proxy says: " -X 4 -x "$PROXY"
		[[ $stderr == *"($code)" ]] || fail "$code: $stderr"
		finish proxy
	done
}

@test "HTTP: what it says is told, escaped, status 5" {
	local status
	for status in '400 Bad Request' '403 Forbidden' '404 Not Found' \
	    '502 Bad Gateway' '503 Service Unavailable' '504 Gateway Timeout'; do
		proxy head "put:HTTP/1.1 $status\\r\\nContent-Length: 3\\r\\n\\r\\nno\\n" rest
		fails 5 "the proxy says: $status" -X connect -x "$PROXY"
		finish proxy
	done
	proxy head 'put:HTTP/1.1 403 \xe2\x80\xaeesrever\xff\r\n\r\n' rest
	fails 5 'the proxy says: 403 \xe2\x80\xaeesrever\xff' -X connect -x "$PROXY"
	proxy head 'put:HTTP/1.1 403 \x1b[31mred\x07\xff\r\n\r\n' rest
	fails 1 "a control character is in the head" -X connect -x "$PROXY"
	[[ $stderr != *$'\e'* && $stderr != *$'\a'* ]]
	proxy head 'put:HTTP/1.1 301 Moved\r\nLocation: http://x/\r\n\r\n' rest
	fails 5 "the proxy says: 301 Moved" -X connect -x "$PROXY"
}

# --- not as it should be -----------------------------------------------------

@test "SOCKS: an answer that is short, cut by an end or a reset: status 1" {
	local n
	local -a bytes=('' '\x05' '\x05\x00\x00' '\x05\x00\x00\x01\x7f\x00\x00'
	    '\x05\x00\x00\x03\xffabc')
	proxy "$GREETING" fin rest
	fails 1 "--proxy" -x "$PROXY"
	proxy "$GREETING" 'put:\x05' fin rest
	fails 1 "--proxy" -x "$PROXY"
	for n in "${bytes[@]}"; do
		proxy "$GREETING" "put:$METHOD" "$REQUEST" "put:$n" fin rest
		fails 1 "--proxy to 127.0.0.1 port 7" -x "$PROXY"
		finish proxy
	done
	proxy "$GREETING" "put:$METHOD" "$REQUEST" reset
	fails 1 "--proxy to 127.0.0.1 port 7" -x "$PROXY"
	proxy "$REQUEST4" 'put:\x00\x5app' fin rest
	fails 1 "--proxy" -X 4 -x "$PROXY"
}

@test "HTTP: a head that is short, cut by an end or a reset: status 1" {
	local text
	for text in '' 'HT' 'HTTP/1.1 200' 'HTTP/1.1 200 OK\r\n' \
	    'HTTP/1.1 200 OK\r\nA: b\r\n\r'; do
		proxy head "put:$text" fin rest
		fails 1 "--proxy to 127.0.0.1 port 7" -X connect -x "$PROXY"
		finish proxy
	done
	proxy head put:HTTP/1.1 reset
	fails 1 "--proxy to 127.0.0.1 port 7" -X connect -x "$PROXY"
}

@test "what speaks something else is named: status 1" {
	proxy "$GREETING" 'put:HTTP/1.1 400 Bad Request\r\n\r\n' rest
	fails 1 "not a SOCKS5 proxy, it seems to be an HTTP proxy" -x "$PROXY"
	proxy "$GREETING" 'put:\x00\x5bppaaaa' rest
	fails 1 "it seems to be a SOCKS4 proxy" -x "$PROXY"
	proxy "$REQUEST4" 'put:\x05\xff' rest
	fails 1 "it seems to be a SOCKS5 proxy" -X 4 -x "$PROXY"
	proxy "$GREETING" 'put:\x15\x03\x01\x00\x02\x02\x46' rest
	fails 1 "it seems to be a server of TLS" -x "$PROXY"
	proxy "$GREETING" 'put:SSH-2.0-OpenSSH\r\n' rest
	fails 1 "it" -x "$PROXY"
	proxy head 'put:\x05\xff' rest
	fails 1 "--proxy to 127.0.0.1 port 7" -X connect -x "$PROXY"
	proxy head 'put:\x15\x03\x01\x00\x02\x02\x46' rest
	fails 1 "--proxy to 127.0.0.1 port 7" -X connect -x "$PROXY"
	proxy "$GREETING" "put:$METHOD" "$REQUEST" 'put:\x04\x00\x00\x01aaaapp' rest
	fails 1 "malformed: version 4" -x "$PROXY"
	proxy "$GREETING" "put:$METHOD" "$REQUEST" 'put:\x05\x00\x00\x05aaaapp' rest
	fails 1 "malformed: address type 5" -x "$PROXY"
}

@test "HTTP: a head with NUL, with control characters, or without an end: status 1" {
	local text
	for text in 'HTTP/1.1 200 O\x00K\r\n\r\n' 'HTTP/1.1 200 OK\r\nA\x00: b\r\n\r\n' \
	    'HTTP/1.1 20 OK\r\n\r\n' 'HTTP/2 200 OK\r\n\r\n' \
	    'HTTP/1.1 abc OK\r\n\r\n' 'HTTP/1.1 200 OK\r\n: empty\r\n\r\n'; do
		proxy head "put:$text" rest
		fails 1 "--proxy to 127.0.0.1 port 7" -X connect -x "$PROXY"
		finish proxy
	done
	proxy head 'put:HTTP/1.1 200 OK\r\n' 'putn:1000000:A-field: of no use\r\n'
	fails 1 "--proxy to 127.0.0.1 port 7" -X connect -x "$PROXY"
	proxy head 'put:HTTP/1.1 200 ' 'putn:1000000:a line without an end '
	fails 1 "--proxy to 127.0.0.1 port 7" -X connect -x "$PROXY"
	proxy head 'putn:1000000:HTTP/1.1 100 Continue\r\n\r\n'
	fails 1 "--proxy to 127.0.0.1 port 7" -X connect -x "$PROXY"
}

# --- late --------------------------------------------------------------------

@test "a proxy that is silent, at each step: -w, status 3" {
	proxy "$GREETING" rest
	fails 3 "no answer in time" -w 200ms -x "$PROXY"
	proxy "$GREETING" "put:$METHOD" "$REQUEST" rest
	fails 3 "no answer in time" --connect-timeout 200ms -x "$PROXY"
	proxy "$GREETING" "put:$METHOD" "$REQUEST" 'put:\x05\x00' rest
	fails 3 "no answer in time" -w 200ms -x "$PROXY"
	proxy "$REQUEST4" 'put:\x00' rest
	fails 3 "no answer in time" -w 200ms -X 4 -x "$PROXY"
	proxy head 'put:HTTP/1.1 200 OK\r\n' rest
	fails 3 "no answer in time" -w 200ms -X connect -x "$PROXY"
	proxy "$GREETING" rest
	fails 3 "" --timeout 200ms -x "$PROXY"
}

@test "a proxy that answers late, and then all is well; -w is no limit for all of it" {
	proxy "$GREETING" await:go "put:$METHOD" "$REQUEST" say:asked \
	    "put:${GRANTED}the first bytes" fin rest
	spawn client "$SOCKCAT" -w 30 -x "$PROXY" 127.0.0.1 7
	until_true has_bytes seen 3
	: >go
	finish client
	assert_equal "$(<client.out)" "the first bytes"
}

@test "a signal, while the proxy is silent" {
	proxy "$GREETING" rest
	spawn client "$SOCKCAT" -x "$PROXY" 127.0.0.1 7
	until_true has_bytes seen 3
	stop client
	finish proxy
}
