#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Many clients of DTLS at one port: what a target, a command and a slow reader get
# of each, message by message, and what they can say.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load dtls
load demux

# lengths FILE: the lengths of the messages that dgram.py got.
lengths() {
	sed -n 's/^got \([0-9]*\) .*/\1/p' "$1" | paste -sd' '
}

# empty_pipe FD: for until_true.
empty_pipe() {
	! read -r -t 0 -u "$1"
}

# message_command: a command that answers each message with its length.
message_command() {
	cat >measure <<-'EOF'
		#!/usr/bin/env -S python3 -S
		import os
		open("pid", "w").write(f"{os.getpid()}\n")
		while data := os.read(0, 65536):
		    os.write(1, b"%d\n" % len(data))
	EOF
	chmod +x measure
}

@test "--forward: the answer to the last question" {
	spawn target "$PEERS/dgram.py" 127.0.0.1:0 recv:1:got pause:0.1 text:late
	until_true has_line target.out .
	PORT=$(<target.out)
	dtls server -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	echo hello | client -u >out
	assert_equal "$(<out)" late
	stop server
}

@test "--forward: each message is one datagram, those that wait, too" {
	local i
	input
	spawn target "$PEERS/dgram.py" 127.0.0.1:0 recv:5:got
	until_true has_line target.out .
	PORT=$(<target.out)
	dtls server -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	relay relay
	INPUT=in spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.err 'TLS: DTLS'
	echo 0 >&"$IN"
	until_true has_line target.out '^got 2'
	kill -STOP "${PID[server]}"
	until_true is_stopped server
	for i in 1 2 3 4; do
		echo "$i" >&"$IN"
		until_true has_line relay.out "^up $((i + 4)) "
	done
	kill -CONT "${PID[server]}"
	until_true has_line got 4
	assert_equal "$(lengths target.out)" '2 2 2 2 2'
	stop server
}

@test "--forward: an empty datagram of the target is no end" {
	input
	spawn target "$PEERS/dgram.py" 127.0.0.1:0 recv:1:got empty text:more park
	until_true has_line target.out .
	read -r PORT <target.out
	dtls server -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo hello >&"$IN"
	until_true has_line client.out more
	exec {IN}>&-
	finish client
	stop server
}

@test "a command reads one message at a time, and each of its own is one" {
	seq 1 40 >numbers
	message_command
	dtls server --exec ./measure 127.0.0.1 0
	relay relay
	"$PEERS/messages.py" numbers 2x9 3x31 -- "$SOCKCAT" -u \
	    "${TRUSTING[@]}" 127.0.0.1 "$PORT" >out
	finish server
	assert_equal "$(sort out | uniq -c | sed 's/^ *//' | paste -sd,)" \
	    '9 2,31 3'
}

@test "a command that is slow: its messages wait, and are not joined" {
	local i
	input
	message_command
	dtls server --exec ./measure 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo 0 >&"$IN"
	until_true has_line client.out '^2$'
	kill -STOP "$(<pid)"
	for i in 1 2 3 4 5 6; do
		head -c 1000 /dev/zero >&"$IN"
		until_true empty_pipe "$IN"
	done
	kill -CONT "$(<pid)"
	until_true count client.out '^1000$' 6
	exec {IN}>&-
	finish client
	finish server
	assert_equal "$(grep -c . client.out)" 7
}

# stalled: `out' is full.
stalled() {
	python3 -S - <<-'EOF'
		import os, select, sys
		poll = select.poll()
		poll.register(os.open("out", os.O_WRONLY | os.O_NONBLOCK),
		              select.POLLOUT)
		sys.exit(len(poll.poll(0)))
	EOF
}

flowing() {
	! stalled
}

# slowly: what comes through `out', after a pause that is longer than -q.
slowly() {
	until_true stalled
	read -r -t 2.3 -u "$tick" || true
	cat out >got {OUT}>&- &
	PID[reader]=$!
	until_true flowing
	exec {OUT}>&-
}

@test "a slow reader of ours is no silence, and loses nothing" {
	random_file data 200K
	mkfifo out
	# The initiator's.
	exec {OUT}<>out
	rm -f port
	spawn server "$PEERS/messages.py" data 1000x205 -- "$SOCKCAT" -l -u \
	    "${SERVING[@]}" --port-file port 127.0.0.1 0
	until_true test -s port
	PORT=$(<port)
	OUTPUT=out spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -q 2 \
	    127.0.0.1 "$PORT"
	slowly
	finish client
	finish reader
	finish server any
	same data got
	# A listener's.
	exec {OUT}<>out
	OUTPUT=out dtls server -q 2 127.0.0.1 0
	spawn client "$PEERS/messages.py" data 1000x205 -- "$SOCKCAT" -u \
	    "${TRUSTING[@]}" --send-only 127.0.0.1 "$PORT"
	slowly
	finish server
	finish reader
	finish client
	same data got
}

# is_zombie FILE: the process whose number is in it has ended; for until_true.
is_zombie() {
	grep -q '^State:.*Z' "/proc/$(<"$1")/status"
}

@test "a command that leaves its input unread: all of its output arrives" {
	# It writes and ends while nobody reads.
	cat >five <<-'EOF'
		#!/usr/bin/env -S python3 -S
		import os, select, signal
		open("pid", "w").write(f"{os.getpid()}\n")
		select.select([0], [], [])
		os.kill(os.getppid(), signal.SIGSTOP)
		for i in range(1, 6):
		    os.write(1, b"%d\n" % i)
	EOF
	chmod +x five
	dtls server --exec ./five 127.0.0.1 0
	echo hello >hello
	INPUT=hello spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true is_stopped server
	until_true is_zombie pid
	kill -CONT "${PID[server]}"
	finish client
	finish server
	assert_equal "$(xargs <client.out)" '1 2 3 4 5'
}

@test "a command's message that is too long fails there" {
	cat >long <<-'EOF'
		#!/usr/bin/env -S python3 -S
		import os
		for size in 131041, 131040:
		    try:
		        os.write(1, bytes(size))
		    except OSError as error:
		        open("error", "w").write(str(error))
	EOF
	chmod +x long
	dtls server --exec ./long 127.0.0.1 0
	client -u -d >out
	finish server
	same out <(head -c 131040 /dev/zero)
	grep -q 'Message too long' error
}

# descriptors PID N: it has so many; for until_true.
descriptors() {
	[ "$(ls "/proc/$1/fd" | wc -l)" -eq "$2" ]
}

@test "-k: a client that died: what it had sent before is written" {
	local n
	random_file data 200K
	mkfifo out
	exec {OUT}<>out
	input
	output
	INPUT=in OUTPUT=out dtls server -k 127.0.0.1 0
	INPUT=up spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.err 'TLS: DTLS'
	cat data >&"$UP"
	until_true empty_pipe "$UP"
	until_true is_asleep client
	until_true stalled
	kill -KILL "${PID[client]}"
	finish client 137
	n=$(ls "/proc/${PID[server]}/fd" | wc -l)
	echo one >&"$IN"
	until_true descriptors "${PID[server]}" $((n - 1))
	echo two >&"$IN"
	until_true empty_pipe "$IN"
	cat out >got {OUT}>&- &
	PID[reader]=$!
	until_true has_bytes got 204800
	same data got
	until_true has_line server.err 'refused'
	stop server
	exec {OUT}>&-
	finish reader
}

@test "--socket-activation: what came before a refusal is written" {
	input
	spawn manager "$PEERS/manager.py" udp -- "$SOCKCAT" -l -v -u \
	    "${SERVING[@]}" --socket-activation
	until_true has_line manager.err 'listening on'
	PORT=$(<manager.out)
	INPUT=in spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" -q 0 \
	    127.0.0.1 "$PORT"
	until_true has_line manager.err 'half-close when'
	until_true has_line client.err 'TLS: DTLS'
	PID[server]=$(($(cat /proc/"${PID[manager]}"/task/*/children)))
	kill -STOP "${PID[server]}"
	until_true is_stopped server
	echo hello >&"$IN"
	exec {IN}>&-
	finish client
	let_refuse server "127.0.0.1:$(port_of client)"
	kill -CONT "${PID[server]}"
	unset "PID[server]"
	finish manager
	grep -qx hello manager.out
}
