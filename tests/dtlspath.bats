#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# DTLS: paths that swallow long datagrams.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load dtls

# many NAME: NAME.pem, and others behind it, which makes several datagrams.
many() {
	local name
	for name in "$1" chain middle nasty bare named; do
		cat "$CERTS/$name.pem"
	done >"many-$1.pem"
}

# over SIZE ARGUMENT...: a listener with these, a client with "${SHOWING[@]}", and
# between the two a path that swallows what is longer than SIZE.  Files get over.
over() {
	local size=$1
	shift
	many server
	random_file up 5000
	random_file down 5000
	INPUT=down listener server -u -c --tls-cert many-server.pem \
	    -K "$CERTS/server.key" "$@" 127.0.0.1 0
	relay relay "long:up:$size" "long:down:$size"
	"$SOCKCAT" -u "${TRUSTING[@]}" "${SHOWING[@]}" 127.0.0.1 "$PORT" \
	    <up >got
	finish server
	same up server.out
	same down got
}

# swallowed WAY SIZE: some of that way were longer.
swallowed() {
	[ "$(awk -v way="$1" -v size="$2" '$1 == way && $3 > size' relay.out |
	    wc -l)" -gt 0 ]
}

@test "a handshake gets through where long datagrams do not" {
	over 600
	swallowed down 600
	# It was found out in the handshake.
	[ "$(tail -n 20 relay.out | awk '$3 > 600' | wc -l)" -eq 0 ]
}

@test "the same where hardly anything gets through" {
	over 300
	swallowed down 300
}

@test "the same with a client's certificate" {
	many client
	SHOWING=(--tls-cert many-client.pem -K "$CERTS/client.key" -e server.test)
	over 600 --tls-client-ca "$CERTS/ca.pem"
	swallowed down 600
}
