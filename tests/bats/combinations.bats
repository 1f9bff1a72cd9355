#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Data and the end are delivered each way whatever the other direction does.

load helpers

# ROLE DIRECTION OTHER WHAT, see combination.py.
combinations() {
	local role direction other what
	for role in client server; do
		for direction in send receive; do
			for other in quiet blocked ended; do
				for what in data eof; do
					echo "$role $direction $other $what"
				done
			done
		done
	done
}

# check ROLE [PROGRAM...]: run those of the table for it, and say which fail.
check() {
	local row failed=0 count=0 role=$1
	local -a words
	shift
	while read -r row; do
		count=$((count + 1))
		read -r -a words <<<"$row"
		if ! "$PEERS/combination.py" "${words[@]}" "$@"; then
			echo "failed: $row"
			failed=$((failed + 1))
		fi
	done < <(combinations | grep "^$role")
	[ "$count" -eq 12 ]
	[ "$failed" -eq 0 ]
}

@test "client: data and end, both ways, the other direction quiet, blocked, ended" {
	check client
}

@test "server: data and end, both ways, the other direction quiet, blocked, ended" {
	check server
}

@test "client, without zero copy: the same" {
	SOCKCAT_ZERO_COPY=no check client
}

@test "server, without zero copy: the same" {
	SOCKCAT_ZERO_COPY=no check server
}

# Over TLS: combination.py speaks plain TCP with one that forwards, which speaks
# TLS with the one under test.

@test "client over TLS: the same" {
	need_tls
	# shellcheck disable=SC2016
	check client sh -c 'rm -f port; "$SOCKCAT" -l -c --forward 127.0.0.1:{port} \
	    --port-file port 127.0.0.1 0 >forward.out 2>forward.err &
	    until test -s port || [ $((i += 1)) -gt 3000 ]; do sleep 0.01; done
	    exec "$SOCKCAT" -c --tls-insecure 127.0.0.1 "$(cat port)"'
}

@test "client over TLS, the engine on the socket itself: the same" {
	need_tls
	# shellcheck disable=SC2016
	SOCKCAT_KTLS=yes check client sh -c 'rm -f port; "$SOCKCAT" -l -c \
	    --forward 127.0.0.1:{port} --port-file port 127.0.0.1 0 \
	    >forward.out 2>forward.err &
	    until test -s port || [ $((i += 1)) -gt 3000 ]; do sleep 0.01; done
	    exec "$SOCKCAT" -c --tls-insecure 127.0.0.1 "$(cat port)"'
}

@test "server over TLS: the same" {
	need_tls
	# shellcheck disable=SC2016
	check server sh -c 'rm -f port
	    (until test -s port || [ $((i += 1)) -gt 3000 ]; do sleep 0.01; done
	    exec "$SOCKCAT" -l --tls-insecure --forward \
	    "tls:127.0.0.1:$(cat port)" 127.0.0.1 {port} >forward.out \
	    2>forward.err) &
	    exec "$SOCKCAT" -l -c --port-file port 127.0.0.1 0'
}
