#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Data and the end are delivered each way whatever the other direction does.

load helpers

# check ROLE [PROGRAM...]: all twelve of combination.py for it are delivered.
check() {
	run -0 "$PEERS/combination.py" "$@"
	[ "$(grep -c ': delivered$' <<<"$output")" -eq 12 ]
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
