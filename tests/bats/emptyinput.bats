#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Standard input that has nothing from the beginning: scripts, services and
# background jobs.  When we half-close then.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load empty

# --- When we half-close, and when not ----------------------------------------

# Pairs of all kinds at once.
@test "two with empty inputs don't wait for each other for ever" {
	local one two
	for one in "${KINDS[@]}"; do
		for two in "${KINDS[@]}"; do
			empty_listener "$one" "server-$one-$two" 127.0.0.1 0
			empty_client "$two" "client-$one-$two" 127.0.0.1 "$PORT"
		done
	done
	for one in "${KINDS[@]}"; do
		for two in "${KINDS[@]}"; do
			finish "client-$one-$two"
			finish "server-$one-$two"
			[ ! -s "server-$one-$two.out" ]
			[ ! -s "client-$one-$two.out" ]
		done
	done
}

@test "two with empty inputs: the same over TLS and on UNIX-domain sockets" {
	local kind
	for kind in "${KINDS[@]}"; do
		empty_listener "$kind" "server-$kind" -U "here-$kind"
		empty_client "$kind" "client-$kind" -U "here-$kind"
		if can_tls; then
			empty_listener "$kind" "tls-server-$kind" \
			    "${SERVING[@]}" 127.0.0.1 0
			empty_client "$kind" "tls-client-$kind" \
			    "${TRUSTING[@]}" 127.0.0.1 "$PORT"
		fi
	done
	for kind in "${KINDS[@]}"; do
		finish "client-$kind"
		finish "server-$kind"
		if can_tls; then
			finish "tls-client-$kind"
			finish "tls-server-$kind"
		fi
	done
}

# The talker is never silent, and 60 lines take longer than a second.
@test "while the peer talks there is no half-close" {
	local kind
	listener server -k --exec "$PEERS/talk.py 60" 127.0.0.1 0
	for kind in "${KINDS[@]}"; do
		empty_client "$kind" "client-$kind" 127.0.0.1 "$PORT"
	done
	for kind in "${KINDS[@]}"; do
		empty_listener "$kind" "server-$kind" 127.0.0.1 0
		spawn "talker-$kind" "$SOCKCAT" --exec "$PEERS/talk.py 60" \
		    127.0.0.1 "$PORT"
	done
	for kind in "${KINDS[@]}"; do
		finish "client-$kind"
		assert_equal "$(tail -n 1 "client-$kind.out")" 'not ended'
		finish "talker-$kind"
		finish "server-$kind"
		assert_equal "$(tail -n 1 "server-$kind.out")" 'not ended'
	done
	stop server
}

@test "while the peer talks there is no half-close: over TLS" {
	local kind
	need_tls
	tls_listener server -k --exec "$PEERS/talk.py 60" 127.0.0.1 0
	for kind in "${KINDS[@]}"; do
		empty_client "$kind" "client-$kind" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
	done
	for kind in "${KINDS[@]}"; do
		empty_listener "$kind" "server-$kind" "${SERVING[@]}" \
		    127.0.0.1 0
		spawn "talker-$kind" "$SOCKCAT" "${TRUSTING[@]}" --exec \
		    "$PEERS/talk.py 60" 127.0.0.1 "$PORT"
	done
	for kind in "${KINDS[@]}"; do
		finish "client-$kind"
		assert_equal "$(tail -n 1 "client-$kind.out")" 'not ended'
		finish "talker-$kind"
		finish "server-$kind"
		assert_equal "$(tail -n 1 "server-$kind.out")" 'not ended'
	done
	stop server
}

# The peer speaks when it has heard our end, and not before.
@test "a silent peer hears the end, and its answer arrives" {
	local kind
	for kind in "${KINDS[@]}"; do
		spawn "peer-$kind" "$PEERS/peer.py" listen 127.0.0.1:0 \
		    "recv:heard-$kind" sendn:1000
		until_true test -s "peer-$kind.out"
		empty_client "$kind" "client-$kind" 127.0.0.1 \
		    "$(<"peer-$kind.out")"
	done
	for kind in file pipe; do
		empty_listener "$kind" "server-$kind" 127.0.0.1 0
		spawn "other-$kind" "$PEERS/peer.py" connect "127.0.0.1:$PORT" \
		    "recv:heard-$kind" sendn:1000
	done
	for kind in "${KINDS[@]}"; do
		finish "client-$kind"
		finish "peer-$kind"
		has_bytes "client-$kind.out" 1000
	done
	for kind in file pipe; do
		finish "server-$kind"
		finish "other-$kind"
		has_bytes "server-$kind.out" 1000
	done
}

@test "a silent peer of a listener without any input hears no end" {
	local kind
	for kind in "${NOTHING[@]}"; do
		empty_listener "$kind" "server-$kind" -v 127.0.0.1 0
		spawn "peer-$kind" "$PEERS/peer.py" connect "127.0.0.1:$PORT" \
		    await:go sendn:1000 fin "recv:heard-$kind"
		until_true has_line "server-$kind.err" accepted
	done
	for kind in "${NOTHING[@]}"; do
		"$PEERS/idle.py" "${PID[server-$kind]}"	# a second and more
		run ! grep half-closed "server-$kind.err"
	done
	: >go
	for kind in "${NOTHING[@]}"; do
		finish "peer-$kind"
		finish "server-$kind"
		has_bytes "server-$kind.out" 1000
	done
}

@test "with one byte of input, the half-close comes at once" {
	printf x >data
	listener server -k --exec "$PEERS/talk.py" 127.0.0.1 0
	run -0 "$SOCKCAT" 127.0.0.1 "$PORT" <data
	assert_line ended
	run -0 bash -c 'printf x | "$SOCKCAT" 127.0.0.1 '"$PORT"
	assert_line ended
	stop server
}

# --- Ctrl-D ------------------------------------------------------------------

# The talker goes on until it hears the end.
@test "Ctrl-D at a terminal half-closes at once: an initiator" {
	listener server --exec "$PEERS/talk.py" 127.0.0.1 0
	run -0 "$PEERS/terminal.py" --type '\x04' "$SOCKCAT" 127.0.0.1 "$PORT"
	assert_line --regexp '^ended'
	finish server
}

# terminal_listener ARGUMENT...: at PORT, where Ctrl-D is typed.
terminal_listener() {
	rm -f port
	spawn terminal "$PEERS/terminal.py" --type '\x04' "$SOCKCAT" -l \
	    --port-file port "$@" 127.0.0.1 0
	until_true test -s port
	PORT=$(<port)
}

@test "Ctrl-D at a terminal half-closes at once: a listener" {
	terminal_listener
	"$SOCKCAT" --exec "$PEERS/talk.py" 127.0.0.1 "$PORT"
	finish terminal
	grep -q '^ended' terminal.out
}

@test "Ctrl-D at a terminal half-closes at once: over TLS" {
	need_tls
	tls_listener server --exec "$PEERS/talk.py" 127.0.0.1 0
	run -0 "$PEERS/terminal.py" --type '\x04' "$SOCKCAT" "${TRUSTING[@]}" \
	    127.0.0.1 "$PORT"
	assert_line --regexp '^ended'
	finish server
	terminal_listener "${SERVING[@]}"
	"$SOCKCAT" "${TRUSTING[@]}" --exec "$PEERS/talk.py" 127.0.0.1 "$PORT"
	finish terminal
	grep -q '^ended' terminal.out
}

# --- Many clients, and an input that can't be read ---------------------------

@test "-lk with an empty input: each client's data arrive" {
	local kind sender=("$SOCKCAT")
	random_file data "$SIZE"
	cat data data data >thrice
	! command -v busybox || sender=(busybox nc)
	for kind in "${KINDS[@]}"; do
		empty_listener "$kind" server -k --max-accepts 3 127.0.0.1 0
		for _ in 1 2 3; do
			INPUT=data spawn client "${sender[@]}" 127.0.0.1 "$PORT"
			finish client
		done
		finish server
		same thrice server.out
	done
}

# said NAME: that its input can't be read; a line, at -v.
said() {
	grep -Eqi "standard input.*(can.?t be read|Bad file descriptor)" "$1.err"
}

@test "a standard input that can't be read is an empty one, and -v says it" {
	empty_listener unreadable server -k -v 127.0.0.1 0
	for _ in 1 2; do
		echo hello | "$SOCKCAT" 127.0.0.1 "$PORT"
	done
	until_true has_bytes server.out 12
	said server
	stop server
	# Without -v, nothing.
	empty_listener unreadable server 127.0.0.1 0
	echo hello | "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	[ ! -s server.err ]
	# An initiator.
	listener server --sh-exec 'echo hello' 127.0.0.1 0
	empty_client unreadable client -v 127.0.0.1 "$PORT"
	finish client
	finish server
	assert_equal "$(<client.out)" hello
	said client
}

@test "under nohup, a listener serves whoever comes" {
	random_file data "$SIZE"
	# nohup gives a program whose input is a terminal one that can't be read.
	spawn server "$PEERS/terminal.py" nohup "$SOCKCAT" -lk \
	    --port-file port --max-accepts 2 127.0.0.1 0
	until_true test -s port
	"$SOCKCAT" 127.0.0.1 "$(<port)" <data
	"$SOCKCAT" 127.0.0.1 "$(<port)" <data
	finish server
	same <(cat data data) nohup.out
}
