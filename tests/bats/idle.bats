#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# -w and --idle-timeout: what is idle, and what is only slow.

# A test is a subshell; bats and helpers.bash set PID, PORT ...
# shellcheck disable=SC2016,SC2030,SC2031,SC2034

load helpers

# drips NAME: a peer that takes its time, and writes what comes to NAME.got.
drips() {
	peer "$1" listen 127.0.0.1:0 "drip:$1.got"
}

# The queue is written to when a third of it is free, and once in a while its
# length is what it was an idle time ago.
@test "-w: who acknowledges slowly is not idle" {
	random_file data 8M
	drips one
	INPUT=data spawn initiator "$SOCKCAT" -w 1 "$TARGET"
	drips two
	listener forward -k -w 1 --forward "$TARGET" 127.0.0.1 0
	INPUT=data spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	INPUT=data listener server -w 1 127.0.0.1 0
	peer three connect "127.0.0.1:$PORT" fin drip:three.got
	listener exec --idle-timeout 1 --exec 'cat data' 127.0.0.1 0
	peer four connect "127.0.0.1:$PORT" fin drip:four.got
	for name in one two three four initiator client server exec; do
		finish "$name"
	done
	for name in one two three four; do
		same data "$name.got"
	done
	stop forward
}

@test "-w with TLS: who acknowledges slowly is not idle" {
	need_tls
	random_file data 8M
	certificates
	peer one listen 127.0.0.1:0 "tls:$CERTS/server.pem,$CERTS/server.pem" drip:one.got fin
	run -0 "$SOCKCAT" -c --tls-insecure -w 1 "$TARGET" <data
	finish one
	same data one.got
}

@test "-w: a pause that -i or --limit-rate makes is not idleness" {
	printf '%s\n' one two >data
	listener server 127.0.0.1 0
	run -0 "$SOCKCAT" -w 200ms -i 500ms 127.0.0.1 "$PORT" <data
	finish server
	same data server.out
	listener server 127.0.0.1 0
	run -0 "$SOCKCAT" -w 200ms --limit-rate 2 127.0.0.1 "$PORT" <<<abc
	finish server
	[ "$(cat server.out)" = abc ]
	listener server -u --lines -W 2 -q -1 127.0.0.1 0
	run -0 "$SOCKCAT" -u --lines -q 0.1 -w 200ms -i 500ms 127.0.0.1 \
	    "$PORT" <data
	finish server
	same data server.out
}

@test "-w: a peer that takes nothing is idle, with data in the queue, too" {
	peer mute listen 127.0.0.1:0 await:over
	INPUT=/dev/zero spawn client "$SOCKCAT" -w 500ms "$TARGET"
	finish client 3
	grep -q 'nothing moved for 500' client.err
	touch over
	finish mute any
}

@test "--forward -w: a target that takes nothing is idle" {
	peer mute listen 127.0.0.1:0 await:over
	listener forward -k -v -w 500ms --forward "$TARGET" 127.0.0.1 0
	INPUT=/dev/zero spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true has_line forward.err 'nothing moved for 500'
	finish client 1
	stop forward
	touch over
	finish mute any
}

@test "--broker -w: a member that reads slowly stays, one that does not is idle" {
	mkfifo room.in
	exec {SAY}<>room.in
	random_file data 8M
	INPUT=room.in listener room -v --broker -w 3 127.0.0.1 0
	peer slow connect "127.0.0.1:$PORT" drip:slow.got
	peer mute connect "127.0.0.1:$PORT" await:over
	until_true eval '[ "$(grep -c " accepted " room.err)" -eq 2 ]'
	cat data >&"$SAY"
	until_true has_line room.err 'nothing moved in time'
	until_true eval '[ "$(stat -c %s slow.got)" -ge 8388608 ]'
	same data slow.got
	touch over
	finish slow any
	finish mute any
	stop room
}

@test "datagrams, -d: silence is no end" {
	local option
	for option in -d --recv-only; do
		listener a -u "$option" 127.0.0.1 0
		spawn p "$PEERS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" \
		    text:one pause:1.5 text:two
		finish p
		until_true has_line a.out two
		kill -0 "${PID[a]}"
		stop a
	done
}

@test "datagrams, -w: a listener ends, with -k it forgets its peer" {
	listener a -u -w 200ms -k -v 127.0.0.1 0
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<one
	until_true has_line a.err 'nothing moved for 200.0 ms'
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<two
	until_true has_line a.out two
	stop a
	listener a -u -w 200ms 127.0.0.1 0
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<one
	finish a 3
}
