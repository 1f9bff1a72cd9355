# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about clients of TLS that say nothing, or nonsense, share, after
# `load tls'.

# shellcheck disable=SC2034

# So long that a test which needs it to pass is over before.
LONG=(--connect-timeout 5m)

# What is no ClientHello: cut short, too long, an alert, too short within, SSLv2,
# data of a session, and no TLS at all.
NONSENSE=('\x16\x03\x01' '\x16\x03\x01\xff\xff\x01\x00\x00'
    '\x15\x03\x03\x00\x02\x02\x28' '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00'
    '\x80\x2e\x01\x00\x02' '\x17\x03\x03\x00\x04abcd' '\x00\x00\x00\x00\x00')

# quiet N: so many connections to PORT that say nothing, until the test is over.
quiet() {
	local i fd
	for ((i = 0; i < $1; i++)); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	done
}

# babble: one client after the other that says such a thing, to PORT, and leaves.
babble() {
	local text
	for text in "${NONSENSE[@]}"; do
		# shellcheck disable=SC2059 # it is a format
		printf "$text" >"/dev/tcp/127.0.0.1/$PORT"
	done
}
