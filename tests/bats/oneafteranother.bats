#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# -k on standard input and output, where one client is served after another: how
# the last one ends, and the run.

load helpers
load tls

needs() {
	:
}

# late_input: what comes to `late' is the input of whoever is started with it.
late_input() {
	mkfifo late
	exec {late}<>late
}

# last_client NAME OPTIONS...: the only one that may come ends its direction at
# once, and still gets what comes later.
last_client() {
	late_input
	INPUT=late listener a -k -v --max-accepts 1 "$@" 127.0.0.1 0
	spawn client "$SOCKCAT" "${AS_CLIENT[@]}" 127.0.0.1 "$PORT"
	until_true has_line a.err "the peer ended its direction"
	until_true [ -s a.err ]
	echo late >&"$late"
	until_true has_line client.out late
	stop a
	finish client any
}

AS_CLIENT=(-v)

@test "the last of --max-accepts gets all that comes" {
	last_client
}

@test "the last of --max-accepts gets all that comes, over TLS" {
	need_tls
	AS_CLIENT=(-v "${TRUSTING[@]}" -e localhost)
	last_client "${SERVING[@]}"
}

@test "a full disk ends the run, though others wait" {
	local i one two three
	[ -w /dev/full ] || skip "no /dev/full"
	for i in 1 2 3 4 5; do
		OUTPUT=/dev/full listener a -k 127.0.0.1 0
		exec {one}<>"/dev/tcp/127.0.0.1/$PORT"
		exec {two}<>"/dev/tcp/127.0.0.1/$PORT"
		exec {three}<>"/dev/tcp/127.0.0.1/$PORT"
		echo x >&"$one"
		finish a 6
		exec {one}>&- {two}>&- {three}>&-
		has_line a.err "No space left on device"
	done
}

@test "--timeout is kept, though HUP came while a client was there" {
	local client
	: >allow
	echo 127.0.0.1 >allow
	listener a -k -v --allowfile allow --timeout 3 127.0.0.1 0
	exec {client}<>"/dev/tcp/127.0.0.1/$PORT"
	until_true has_line a.err accepted
	kill -HUP "${PID[a]}"
	until_true has_line a.err "read again"
	exec {client}>&-
	finish a 3
}

@test "--accept-timeout does not wait for a client that says nothing, over TLS" {
	local silent
	need_tls
	listener a -k "${SERVING[@]}" --accept-timeout 2 127.0.0.1 0
	exec {silent}<>"/dev/tcp/127.0.0.1/$PORT"
	finish a 3
	exec {silent}>&-
	has_line a.err "no client came in time"
}

@test "HUP while the last one is served: nothing spins" {
	local client before after i
	echo 127.0.0.1 >allow
	listener a -k -v --max-accepts 1 --allowfile allow 127.0.0.1 0
	exec {client}<>"/dev/tcp/127.0.0.1/$PORT"
	until_true has_line a.err accepted
	kill -HUP "${PID[a]}"
	until_true has_line a.err "read again"
	before=$(cut -d' ' -f14,15 "/proc/${PID[a]}/stat")
	# A second, in which it has nothing to do.
	for ((i = 0; i < 50; i++)); do
		read -r -t 0.02 -u "$tick" || true
	done
	after=$(cut -d' ' -f14,15 "/proc/${PID[a]}/stat")
	[ $((${after/ /+} - (${before/ /+}))) -lt 20 ]
	exec {client}>&-
	finish a
}
