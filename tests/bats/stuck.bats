#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A signal ends the program wherever it is: with a reader of its messages that is
# stuck, or with one of something else.

# A test is a subshell; bats and helpers.bash set PID, PORT ...
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

load helpers

# stuck_listener NAME KIND OPTION...: a listener whose standard error, a pipe and
# so on, nobody reads, and which is full.
stuck_listener() {
	local name=$1 real=$SOCKCAT
	rm -rf fill full stuck.fifo
	printf '#!/bin/sh\nexec "%s" %s "%s" "$@"\n' "$PEERS/stuck.py" "$2" \
	    "$real" >stuck
	chmod +x stuck
	shift 2
	SOCKCAT=./stuck listener "$name" "$@" 127.0.0.1 0
	: >fill
	until_true test -e full
}

# clients N: so many that stay.
clients() {
	local i
	for ((i = 0; i < $1; i++)); do
		INPUT=silent spawn "client$i" "$SOCKCAT" -v 127.0.0.1 "$PORT"
	done
	for ((i = 0; i < $1; i++)); do
		until_true has_line "client$i.err" connected
	done
}

dismiss() {
	local name
	for name in "${!PID[@]}"; do
		[[ $name == client* ]] || continue
		kill "${PID[$name]}" 2>/dev/null || true
		finish "$name" any
	done
}

@test "a stuck reader of standard error: TERM ends it, whatever it does" {
	local kind options
	silent_input
	sockets targets open@127.0.0.1
	for kind in pipe fifo socket terminal; do
		for options in "-k --forward 127.0.0.1:${PORTS[0]}" "-k" \
		    "-k --exec cat" "--broker" "--chat" "-k -u --exec cat"; do
			# shellcheck disable=SC2086 # several words
			INPUT=silent stuck_listener a "$kind" -v $options
			if [[ $options == *-u* ]]; then
				"$SOCKCAT" -u -q 0.1 127.0.0.1 "$PORT" <<<x
			else
				clients 3
			fi
			stop a
			dismiss
		done
	done
}

@test "a stuck reader of standard error: the initiator, and what never began" {
	local kind
	silent_input
	for kind in pipe fifo socket terminal; do
		INPUT=silent listener server 127.0.0.1 0
		rm -rf fill full stuck.fifo
		: >fill
		INPUT=silent spawn client "$PEERS/stuck.py" "$kind" sh -c \
		    'until [ -e full ] || [ $((i += 1)) -gt 3000 ]; do sleep 0.02; done
		    exec "$@"' sh "$SOCKCAT" -v 127.0.0.1 "$PORT"
		until_true test -e full
		until_true grep -q sockcat "/proc/${PID[client]}/comm"
		stop client
		kill "${PID[server]}" 2>/dev/null || :	# it may have ended
		finish server any
	done
}

@test "--ready-fd that nobody reads: TERM ends it" {
	python3 -S -c 'import os, sys
r, w = os.pipe()
os.set_blocking(w, False)
try:
    while True:
        os.write(w, b"x" * 4096)
except BlockingIOError:
    pass
os.set_blocking(w, True)
os.dup2(w, 4)
os.dup2(r, 5)
open("ready", "w").close()
os.execv(sys.argv[1], sys.argv[1:])' "$SOCKCAT" -l --ready-fd 4 127.0.0.1 0 \
	    3>&- >/dev/null 2>a.err </dev/null &
	PID[a]=$!
	until_true test -e ready
	until_true is_asleep a
	stop a
}

@test "a second signal ends it, whatever a thread waits for" {
	local keys
	need ss
	need_tls
	silent_input
	mkfifo keys
	exec {keys}<>keys
	listener a -k -c --tls-keylog keys --exec cat 127.0.0.1 0
	dd if=/dev/zero of=keys oflag=nonblock bs=1 2>/dev/null || true
	INPUT=silent spawn client "$SOCKCAT" -c --tls-insecure 127.0.0.1 "$PORT"
	until_true is_asleep a
	[ "$(cat "/proc/${PID[a]}/wchan")" != 0 ] ||
	    skip "what a thread waits for can't be seen here"
	until_true eval 'grep -q pipe /proc/${PID[a]}/task/*/wchan'
	kill -TERM "${PID[a]}"
	until_true eval '[ -z "$(ss -Hltn "sport = :$PORT")" ]'
	stop a
	finish client any
}
