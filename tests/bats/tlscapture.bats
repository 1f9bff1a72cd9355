#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The key log is what packet analysers need: tshark reads the plain text out of
# a capture of the loopback interface.

load helpers

# capture PORT: until `end_capture'.
capture() {
	spawn shark tshark -q -i lo -f "tcp port $1" -w "$PWD/capture" -P
	# It says that it captures before it does, and then in which file.
	until_true has_line shark.err 'File: \|permission\|There are no'
	grep -q 'File: ' shark.err || skip "no captures here"
}

# decrypted KEYS: what tshark makes of the capture.
decrypted() {
	tshark -r capture -o "tls.keylog_file:$1" -d "tcp.port==$PORT,tls" \
	    -q -z follow,tls,ascii,0 2>/dev/null
}

# transfer VERSION OPTION...
transfer() {
	local version=$1
	shift
	need_tls
	need tshark
	listener server -c 127.0.0.1 0
	capture "$PORT"
	echo 'what nobody else should read' |
	    "$SOCKCAT" -c --tls-insecure --tls-min "$version" \
	    --tls-max "$version" "$@" 127.0.0.1 "$PORT"
	finish server
	until_true captured
	kill -INT "${PID[shark]}"
	wait "${PID[shark]}" || true
	unset "PID[shark]"
}

# Both ends have ended, as the capture has it.
captured() {
	[ "$(tshark -r capture -Y 'tcp.flags.fin == 1' 2>/dev/null | wc -l)" \
	    -ge 2 ]
}

@test "TLS 1.3: a capture is decrypted with --tls-keylog" {
	transfer 1.3 --tls-keylog keys
	decrypted "$PWD/keys" >text
	grep -q '^what nobody else should read$' text
	: >none
	decrypted "$PWD/none" >text
	run ! grep -q nobody text
}

@test "TLS 1.2: the same with SSLKEYLOGFILE" {
	SSLKEYLOGFILE=$PWD/keys transfer 1.2
	decrypted "$PWD/keys" >text
	grep -q '^what nobody else should read$' text
}
