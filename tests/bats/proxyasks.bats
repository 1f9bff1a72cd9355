#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What a proxy is told: where to, who we are; and what nobody else is told.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load proxypeer

# asks HEX WORD...: a client with these words has sent just that to a proxy of
# SOCKS 5 without a password when it says no.
asks() {
	local expected=$1
	shift
	proxy "$GREETING" "put:$METHOD" "take:$((${#expected} / 2 - 3))" \
	    'put:\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00' rest
	run -5 "$SOCKCAT" -x "$PROXY" "$@" </dev/null
	finish proxy
	saw "$expected"
}

@test "SOCKS 5: an address, or a name that is not looked up here" {
	asks 05010005010001c00002010050 192.0.2.1 80
	asks 0501000501000420010db8000000000000000000000001ffff 2001:db8::1 65535
	hex_of no.such.test
	asks "050100050100030c${HEX}01bb" -n no.such.test 443
	asks 050100050100017f0000010016 -4 --proxy-dns local localhost 22
}

@test "SOCKS 5: a name of 255 bytes is told, one of 256 is not" {
	local name
	printf -v name '%0255d' 0
	name=${name//0/a}
	hex_of "$name"
	asks "05010005010003ff${HEX}0050" "$name" 80
	proxy rest
	run -2 "$SOCKCAT" -x "$PROXY" "a$name" 80 </dev/null
	[ "${#lines[@]}" -eq 1 ]
}

@test "SOCKS 4: the address that we have looked up; 4A: the name; and the user" {
	proxy take:11 'put:\x00\x5bppaaaa' rest
	run -5 "$SOCKCAT" -X 4 -P me -x "$PROXY" 127.0.0.1 22
	finish proxy
	saw 040100167f0000016d6500
	proxy take:9 'put:\x00\x5bppaaaa' rest
	run -5 "$SOCKCAT" -X socks4 -x "$PROXY" localhost 22
	finish proxy
	saw 040100167f00000100
	proxy take:22 'put:\x00\x5bppaaaa' rest
	run -5 "$SOCKCAT" -X 4A -x "$PROXY" no.such.test 22
	finish proxy
	hex_of no.such.test
	saw "04010016000000010""0${HEX}00"
	proxy take:9 'put:\x00\x5bppaaaa' rest
	run -5 "$SOCKCAT" -4 -X 4a --proxy-dns local -x "$PROXY" localhost 22
	finish proxy
	saw 040100167f00000100
}

@test "HTTP: names and addresses, IPv6 in brackets" {
	local to
	for to in 192.0.2.1:80 no.such.test:443 '[2001:db8::1]:22'; do
		proxy head 'put:HTTP/1.1 403 No\r\n\r\n' rest
		run -5 "$SOCKCAT" -X connect -x "$PROXY" "$to"
		finish proxy
		[ "$(head -n 1 seen)" = "CONNECT $to HTTP/1.1"$'\r' ]
		grep -qxF "Host: $to"$'\r' seen
		refute grep -qi authorization seen
	done
}

# --- who we are --------------------------------------------------------------

# logs_in USER PASSWORD WORD...: SOCKS 5 is told these.
logs_in() {
	local user=$1 password=$2 expected hello=05020002
	shift 2
	hex_of "$user"
	printf -v expected '%s01%02x%s' "$hello" "${#user}" "$HEX"
	hex_of "$password"
	printf -v expected '%s%02x%s' "$expected" "${#password}" "$HEX"
	proxy take:4 "put:$LOGIN" "take:$((${#expected} / 2 - 4))" \
	    'put:\x01\x01' rest
	run -5 --separate-stderr "$SOCKCAT" -x "$PROXY" "$@" 127.0.0.1 9 <<<secret
	[[ $stderr == *"the proxy says: user and password refused (1)" ]] ||
	    fail "$stderr"
	finish proxy
	saw "$expected"
}

@test "SOCKS 5: user and password: the environment, a file, the command line" {
	SOCKCAT_PROXY_AUTH=sesame logs_in me sesame -P me
	SOCKCAT_PROXY_AUTH=me:sesame logs_in me sesame
	SOCKCAT_PROXY_AUTH=me:open:sesame logs_in me open:sesame
	SOCKCAT_PROXY_AUTH=me:sesame logs_in you me:sesame -P you
	printf 'sesame\nand more\n' >auth
	logs_in me sesame -P me --proxy-auth-file auth
	printf 'me::' >auth
	SOCKCAT_PROXY_AUTH=wrong logs_in me : --proxy-auth-file auth
	printf 'me:with a blank \r\n' >auth
	logs_in me 'with a blank ' --proxy-auth-file auth
	logs_in me :a:b: -P me::a:b:
}

@test "a password on the command line: a warning, and it is overwritten" {
	proxy take:4 rest
	spawn client "$SOCKCAT" -x "$PROXY" -P me:sesame 127.0.0.1 9
	until_true has_bytes seen 4
	grep -q 'warning: -P .*can be seen' client.err
	refute grep -q sesame "/proc/${PID[client]}/cmdline"
	grep -q me "/proc/${PID[client]}/cmdline"
	stop client
	finish proxy
}

@test "SOCKS 5: user and password of 255 bytes are told, of 256 not, nor of 0" {
	local most more
	printf -v most '%0255d' 0
	more=0$most
	SOCKCAT_PROXY_AUTH=$most:$most logs_in "$most" "$most"
	proxy rest
	for auth in "$more:x" "x:$more" ":x" "x:"; do
		SOCKCAT_PROXY_AUTH=$auth run -2 "$SOCKCAT" -x "$PROXY" 127.0.0.1 9
		[ "${#lines[@]}" -eq 1 ]
	done
	SOCKCAT_PROXY_AUTH=$more run -2 "$SOCKCAT" -P me -x "$PROXY" 127.0.0.1 9
	: >auth
	run -2 "$SOCKCAT" -P me --proxy-auth-file auth -x "$PROXY" 127.0.0.1 9
	assert_output --partial "no password in it"
	run -6 "$SOCKCAT" -P me --proxy-auth-file missing -x "$PROXY" 127.0.0.1 9
	assert_output --partial "missing: No such file"
	echo me >auth
	run -2 "$SOCKCAT" --proxy-auth-file auth -x "$PROXY" 127.0.0.1 9
	assert_output --partial "USER:PASSWORD"
	[ ! -s seen ]
}

@test "without a password, and without a terminal to ask at: status 2" {
	proxy rest
	run -2 setsid -w "$SOCKCAT" -P me -x "$PROXY" 127.0.0.1 9 </dev/null
	assert_output --partial "password of 'me' is missing"
	[ ! -s seen ]
}

@test "a password is asked for at the terminal, and not shown" {
	need script
	proxy take:4 "put:$LOGIN" take:11 'put:\x01\x01' rest
	mkfifo keys
	exec {KEYS}<>keys
	INPUT=keys spawn terminal script -qec \
	    "'$SOCKCAT' -x $PROXY -P me 127.0.0.1 9" /dev/null
	until_true has_line terminal.out 'password of me'
	echo sesame >&"$KEYS"
	finish terminal 5
	refute grep -q sesame terminal.out
	finish proxy
	[[ $(tr -d '\0' <seen) == *me*sesame ]]
}

@test "SOCKS 5: a proxy that wants a password, and there is none; one that lets us in without" {
	proxy "$GREETING" 'put:\x05\x02' rest
	fails 5 "the proxy wants authentication" -x "$PROXY"
	proxy "$GREETING" 'put:\x05\xff' rest
	fails 5 "the proxy wants authentication" -x "$PROXY"
	proxy take:4 'put:\x05\xff' rest
	SOCKCAT_PROXY_AUTH=a:b fails 5 "no acceptable authentication method" \
	    -x "$PROXY"
	proxy take:4 'put:\x05\x01' rest
	SOCKCAT_PROXY_AUTH=a:b fails 1 "was not offered (1)" -x "$PROXY"
	proxy take:4 "put:$METHOD" "$REQUEST" "put:$GRANTED" fin rest
	SOCKCAT_PROXY_AUTH=you:hidden run -0 "$SOCKCAT" -x "$PROXY" 127.0.0.1 9 </dev/null
	finish proxy
	refute grep -q hidden seen
}

@test "HTTP: Basic and Digest are answered, on the same connection or on a new one" {
	local ask='HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="x"\r\n'
	local yes='HTTP/1.1 200 OK\r\n\r\nthe first bytes'
	export SOCKCAT_PROXY_AUTH=me:sesame
	local how
	local -a verbs
	for how in 'Content-Length: 3\r\n\r\nno\n|head' \
	    'Transfer-Encoding: chunked\r\n\r\n3\r\nno\n\r\n0\r\n\r\n|head' \
	    'Connection: close\r\n\r\n|fin|rest|next|head' \
	    'Connection: close\r\nContent-Length: 3\r\n\r\nno\n|rest|next|head' \
	    '\r\nto the end|fin|rest|next|head' \
	    'Content-Length: 100000\r\n\r\n|rest|next|head'; do
		IFS='|' read -r -a verbs <<<"put:$ask$how"
		proxy head "${verbs[@]}" "put:$yes" fin rest
		run -0 --separate-stderr "$SOCKCAT" -X http -x "$PROXY" \
		    127.0.0.1 9 <<<question
		assert_equal "$output" "the first bytes"
		finish proxy
		[ "$(grep -c '^CONNECT 127.0.0.1:9 ' seen)" -eq 2 ]
		[ "$(grep -c '^Proxy-Authorization: Basic bWU6c2VzYW1l' seen)" -eq 1 ]
		[ "$(tail -n 1 seen)" = question ]
	done
}

@test "HTTP: Digest is taken before Basic, SHA-256 before MD5, and only what we know" {
	local basic='Proxy-Authenticate: Basic realm="x"\r\n'
	local md5='Proxy-Authenticate: Digest realm="x", nonce="n", qop="auth"\r\n'
	local sha='Proxy-Authenticate: Digest realm="x", nonce="n", qop="auth", algorithm=SHA-256\r\n'
	local other='Proxy-Authenticate: Negotiate\r\n'
	local end='Content-Length: 0\r\n\r\n' ask
	export SOCKCAT_PROXY_AUTH=me:sesame
	for ask in "$basic$md5$sha SHA-256" "$basic$md5 Digest" \
	    "$sha$basic SHA-256" "$other$basic Basic"; do
		proxy head "put:HTTP/1.1 407 Who\\r\\n${ask% *}$end" head \
		    'put:HTTP/1.1 200 OK\r\n\r\n' fin rest
		run -0 "$SOCKCAT" -X http -x "$PROXY" 127.0.0.1 9 </dev/null
		finish proxy
		grep -q "^Proxy-Authorization: .*${ask##* }" seen ||
		    fail "${ask##* }: $(<seen)"
		refute grep -q sesame seen
	done
	proxy head "put:HTTP/1.1 407 Who\\r\\n$other$end" rest
	fails 5 "407" -X http -x "$PROXY"
	proxy head "put:HTTP/1.1 407 Who\\r\\n$end" rest
	fails 5 "407" -X http -x "$PROXY"
	unset SOCKCAT_PROXY_AUTH
	proxy head "put:HTTP/1.1 407 Who\\r\\n$basic$end" rest
	fails 5 "407 Who (it wants a user and a password)" -X http -x "$PROXY"
}

@test "HTTP: a proxy that asks for ever is asked no more than thrice" {
	local ask='HTTP/1.1 407 Who\r\nProxy-Authenticate: Digest realm="x", nonce="n", qop="auth", stale=true\r\nContent-Length: 0\r\n\r\n'
	export SOCKCAT_PROXY_AUTH=me:sesame
	proxy head "put:$ask" head "put:$ask" head "put:$ask" rest
	fails 5 "407 Who" -X http -x "$PROXY"
	finish proxy
	ask="${ask/Content/Connection: close\\r\\nContent}"
	proxy head "put:$ask" next head "put:$ask" next head "put:$ask"
	fails 5 "407 Who" -X http -x "$PROXY"
	finish proxy
}

@test "HTTP: what a user and a password may be" {
	local auth long
	printf -v long '%01025d' 0
	for auth in "me:$long" "$long:me"; do
		SOCKCAT_PROXY_AUTH=$auth run -2 "$SOCKCAT" -X http \
		    -x 127.0.0.1:9 127.0.0.1 9
		assert_output --partial "1024 bytes at most"
	done
	printf -v long '%0255d' 0
	for auth in "me:a:b" "me:" ":x" "$long:$long"; do
		proxy head 'put:HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n' \
		    head 'put:HTTP/1.1 200 OK\r\n\r\n' fin rest
		SOCKCAT_PROXY_AUTH=$auth run -0 "$SOCKCAT" -X http -x "$PROXY" \
		    127.0.0.1 9 </dev/null
		finish proxy
		grep -q "^Proxy-Authorization: Basic $(printf '%s' "$auth" |
		    base64 -w 0)" seen
	done
}

# --- and nobody else ---------------------------------------------------------

@test "the password is in no environment of a command, and in none of ours" {
	proxy take:4 "put:$LOGIN" take:11 "put:$WELCOME" "$REQUEST" \
	    "put:$GRANTED" rest
	SOCKCAT_PROXY_AUTH=me:sesame spawn client "$SOCKCAT" -x "$PROXY" \
	    --sh-exec 'env; echo done; cat' 127.0.0.1 9
	until_true has_line seen '^done$'
	grep -q ^TCPREMOTE seen
	refute grep -q SOCKCAT_PROXY_AUTH seen
	run grep -c sesame "/proc/${PID[client]}/environ"
	assert_output 0
	stop client
}
