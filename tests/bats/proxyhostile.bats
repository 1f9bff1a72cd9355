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

@test "proxy server: with --drain, a response is the last one of its connection" {
	proxy --drain 20
	PROXY_PID=${PID[proxy]} passes leaving
	finish proxy 143
}

# --- the client --------------------------------------------------------------

@test "proxy: passwords do not stay in what ps shows of us" {
	silent_input
	INPUT=silent listener proxy -v 127.0.0.1 0
	export SOCKCAT_PROXY_AUTH=me:hunter2
	spawn client "$SOCKCAT" -x "127.0.0.1:$PORT" -P you:hunter2 \
	    -P me:hunter2 127.0.0.1 9
	until_true has_line proxy.err accepted
	tr '\0' '\n' <"/proc/${PID[client]}/cmdline" >cmdline
	tr '\0' '\n' <"/proc/${PID[client]}/environ" >environ
	has_line cmdline me:
	grep -q SOCKCAT_PROXY_AUTH environ
	run ! grep hunter2 cmdline environ
}

@test "proxy: a password that is too long is refused at the prompt, and not cut" {
	local word
	printf -v word '%0300d' 0
	run -2 "$PEERS/terminal.py" --prompt : --type "$word\n" "$SOCKCAT" \
	    -X 5 -x 127.0.0.1:9 -P me 127.0.0.1 9
	assert_output --partial "1 to 255 bytes"
}

@test "proxy: one that asks again, on new connections, gets no more time" {
	PORT=0
	passes slow_questions
}
