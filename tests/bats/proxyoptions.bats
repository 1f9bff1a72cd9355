#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What --proxy and what goes with it can't be: said in a line, before anything is
# connected to.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers

# no TEXT WORD...: status 2, TEXT in the one line that it says.
no() {
	local text=$1
	shift
	run -2 "$SOCKCAT" "$@" </dev/null
	[ "${#lines[@]}" -eq 1 ] || fail "more than a line: $output"
	assert_output --partial "$text"
}

# The place of a proxy that notices whoever comes: nobody may.
silent_proxy() {
	listener silent -k -v --exec 'cat' 127.0.0.1 0
	PROXY=127.0.0.1:$PORT
}

nobody_came() {
	run ! grep ' accepted ' silent.err
}

@test "what no proxy does: datagrams, UNIX-domain sockets, scans" {
	silent_proxy
	no '-x (--proxy) and -u (--udp) exclude each other' -x "$PROXY" -u ::1 9
	no '-x (--proxy) and -U (--unixsock) exclude each other' -x "$PROXY" -U /x
	no '-x (--proxy) and -z (--scan) exclude each other' -x "$PROXY" -z ::1 9
	no '--fastopen' -x "$PROXY" --fastopen ::1 9
	no 'no proxy connects to a UNIX-domain socket (--forward /x)' \
	    -l -x "$PROXY" --forward /x 127.0.0.1 0
	no 'no proxy connects to a UNIX-domain socket (/x)' \
	    -x "$PROXY" -x /x 127.0.0.1 9
	no '--forward only' -l -x "$PROXY" 127.0.0.1 0
	no '--forward only' -l -x "$PROXY" --exec cat 127.0.0.1 0
	no '-x (--proxy)' -l --proxy-server any -x "$PROXY" 127.0.0.1 0
	nobody_came
}

@test "what a kind of proxy can't be told" {
	silent_proxy
	no 'SOCKS 4 has no IPv6 addresses' -X 4 -x "$PROXY" ::1 9
	no 'SOCKS 4 has no IPv6 addresses' -X 4A -x "$PROXY" '[::1]:9'
	no 'SOCKS 4 has no IPv6 addresses' -X 4 -X 5 -x "$PROXY" -x '[::1]:9' \
	    127.0.0.1 9
	no 'SOCKS 4 has no IPv6 addresses' -l -X 4 -x "$PROXY" \
	    --forward '[::1]:9' 127.0.0.1 0
	no 'a zone means nothing to a proxy' -x "$PROXY" fe80::1%lo 9
	no 'SOCKS 4 can tell no names' -X 4 --proxy-dns remote -x "$PROXY" ::1 9
	run -2 "$SOCKCAT" -X 4 -P a:b -x "$PROXY" 127.0.0.1 9
	assert_line --partial 'SOCKS 4 has users, and no passwords'
	no 'SOCKS 4 has no passwords' -X 4A --proxy-auth-file /none -x "$PROXY" \
	    127.0.0.1 9
	nobody_came
}

@test "values that mean nothing" {
	silent_proxy
	no "-X (--proxy-type): '6' is not 4, 4A, 5, connect" -X 6 -x "$PROXY" ::1 9
	no "--proxy-dns: 'nobody' is not local or remote" --proxy-dns nobody \
	    -x "$PROXY" ::1 9
	no "this is a URL" -x "socks5://$PROXY" ::1 9
	no "not one port" -x 127.0.0.1:0 ::1 9
	no "not one port" -x 127.0.0.1:1-2 ::1 9
	no "not one port" -x 127.0.0.1:nosuchservice ::1 9
	no "-x (--proxy)" -x '' ::1 9
	nobody_came
}

@test "TLS with a proxy at a path, which has no name to prove" {
	no 'a path has no name that could be verified (-e NAME, or -H PIN' \
	    -x tls:/none ::1 9
	no "and -e is the destination's here" -c -e name -x tls:/none ::1 9
	run -1 "$SOCKCAT" -x tls:/none -e name ::1 9
	assert_output --partial '--proxy: connect to /none: No such file'
}

@test "what goes with a proxy only" {
	no '-X (--proxy-type) goes with -x (--proxy)' -X 5 ::1 9
	no '-P (--proxy-auth) goes with -x (--proxy)' -P me ::1 9
	no '--proxy-auth-file goes with -x (--proxy)' --proxy-auth-file f ::1 9
	no '--proxy-dns' --proxy-dns local ::1 9
	no '-e (--tls-name) goes with -c' -e name -x 127.0.0.1 ::1 9
	no '-R (--tls-ca) goes with -c' -R file -x 127.0.0.1 ::1 9
	no '--starttls goes with -c' --starttls smtp -x tls:localhost ::1 9
}
