#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Clients and targets of a proxy server that mean harm, or take their time; and
# proxies that do.

load helpers

# shellcheck disable=SC2120
# proxy [ARGUMENT...]: a proxy server for many clients.
proxy() {
	listener proxy -k -v --proxy-server any "$@" 127.0.0.1 0
}

# passes CASE: of proxycases.py.
passes() {
	run -0 "$PEERS/proxycases.py" "$1" "$PORT"
}

# --- the server --------------------------------------------------------------

@test "proxy server: clients that were refused, and stay, keep nobody waiting" {
	proxy
	passes refused_stay
}

@test "proxy server: a response whose end comes later than its last byte" {
	proxy
	passes late_end
}
