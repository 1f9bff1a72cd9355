#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A capture that is longer than its numbers: `make check-huge' sends HUGE, 5 GiB, so
# that sequence numbers wrap; otherwise it is a short form.  Nothing is stored.

load helpers
load tap

needs() {
	need tshark
	HUGE=${HUGE:-200M}
}

# huge_session: of a sparse file, both of whose captures tshark reads as
# they come; it has no warning, and SENT is how many bytes it has seen of data.
huge_session() {
	local side
	truncate -s "$HUGE" sent
	for side in server client; do
		mkfifo "$side.cap"
		spawn "tshark_$side" tshark -r "$side.cap" -q -z expert \
		    -z io,stat,0,'SUM(tcp.len)tcp.len' \
		    -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE
	done
	OUTPUT=/dev/null listener server --pcap server.cap 127.0.0.1 0
	"$SOCKCAT" --pcap client.cap 127.0.0.1 "$PORT" <sent
	finish server
	for side in server client; do
		finish "tshark_$side"
		if grep -qE '^(Errors|Warns|Warnings) ' "tshark_$side.out"; then
			fail "$side: $(<"tshark_$side.out")"
		fi
		grep -qE "\\| $(stat -c %s sent) +\\|" "tshark_$side.out" ||
		    fail "$side: $(<"tshark_$side.out")"
	done
}

@test "a huge session: each byte is in the capture, and tshark has no warning" {
	huge_session
}
