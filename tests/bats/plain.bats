#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Built --without-openssl: whatever needs TLS is one clear line, and the rest is
# there.

load helpers

needs() {
	! can_tls || skip "built with OpenSSL"
}

# refused COMMAND...: one line, a 6, and no connection.
refused() {
	run -6 --separate-stderr "$@" </dev/null
	assert_equal "$output" ''
	# shellcheck disable=SC2154 # run sets it
	assert_equal "$stderr" \
	    'sockcat: TLS: this sockcat was built without OpenSSL'
}

@test "what needs TLS is one line, and a 6" {
	listener server -v -k 127.0.0.1 0
	refused "$SOCKCAT" -c 127.0.0.1 "$PORT"
	refused "$SOCKCAT" -u -c 127.0.0.1 "$PORT"
	refused "$SOCKCAT" -c --starttls smtp 127.0.0.1 "$PORT"
	refused "$SOCKCAT" -c --tls-insecure 127.0.0.1 "$PORT"
	refused "$SOCKCAT" -l -c 127.0.0.1 0
	refused "$SOCKCAT" -l -u -c 127.0.0.1 0
	refused "$SOCKCAT" -l -k --forward "tls:127.0.0.1:$PORT" 127.0.0.1 0
	run ! grep -q accepted server.err
	stop server
}

@test "mistakes with its options are told first" {
	run -2 "$SOCKCAT" --tls-pin sha256:00 127.0.0.1 1
	assert_output --partial '(--tls-pin) goes with -c'
}

@test "--version says that it is left out, and --help still knows the options" {
	run -0 "$SOCKCAT" --version
	assert_output --partial 'no TLS'
	run -0 "$SOCKCAT" --help=all
	assert_output --partial '--tls-pin'
}
