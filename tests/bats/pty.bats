#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --pty: a terminal has no half-close.  The end of what the client sends is told
# once everything before it was read, and until it is heard.

# A test is a subshell; bats and helpers.bash set PID, PORT ...
# shellcheck disable=SC2016,SC2030,SC2031,SC2034

load helpers

# on_terminal STATUS TEXT COMMAND: the command on a terminal gets standard input
# and its end; it ends with STATUS and has said TEXT (in `reply').
on_terminal() {
	listener a --pty --sh-exec "$3" 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" >reply
	finish a "$1"
	[ -z "$2" ] || grep -qF -- "$2" reply || fail "no '$2' in $(cat reply)"
}

@test "--pty: an interactive shell hears the end" {
	local _
	need bash
	for _ in 1 2 3 4 5 6; do
		on_terminal 0 "a result" 'exec bash --norc -i' \
		    <<<"echo a result"
	done
	on_terminal 0 "" 'exec bash --norc -i' </dev/null
	on_terminal 7 "" 'exec bash --norc -i' <<<"exit 7"
}

@test "--pty: one that only reads, with and without an end of the last line" {
	local _
	for _ in 1 2 3 4 5 6 7 8; do
		on_terminal 0 text 'exec cat' <<<text
	done
	on_terminal 0 texttext 'stty echo; exec cat' < <(printf text)
	on_terminal 0 "" 'exec cat' </dev/null
	seq 5000 >data
	listener a --pty --sh-exec 'stty -echo -onlcr; exec cat' 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <data >reply
	finish a
	tail -n 1000 data | cmp - <(tail -n 1000 reply)
}

@test "--pty: it holds for whoever reads next" {
	on_terminal 0 "all of them" \
	    'stty -echo; cat; cat; sleep 0.2; cat; echo all of them' <<<text
	grep -q '^text' reply
}

@test "--pty: one that is busy first, and one that throws its input away" {
	on_terminal 0 "'one\\ntwo\\n'" "stty -echo; sleep 0.5; exec python3 -S -c '
import sys
print(repr(sys.stdin.read()))'" < <(printf 'one\ntwo\n')
	on_terminal 0 "''" "stty -echo; sleep 0.3; exec python3 -S -c '
import sys, termios
termios.tcflush(0, termios.TCIFLUSH)
print(repr(sys.stdin.read()))'" <<<text
}

@test "--pty: one that changes to raw mode and back gets no stray byte" {
	on_terminal 0 "b'x' b'rest\\n'" "stty -echo; exec python3 -S -c '
import sys, time, tty, termios, os
before = termios.tcgetattr(0)
tty.setraw(0, termios.TCSANOW)
first = os.read(0, 1)
time.sleep(0.5)
termios.tcsetattr(0, termios.TCSANOW, before)
print(first, sys.stdin.buffer.read())'" <<<xrest
}

@test "--pty: another character for the end" {
	on_terminal 0 text 'stty eof ^X; exec cat' <<<text
}

@test "--pty: the limits of time hold, also for one that never hears" {
	silent='trap "" HUP; stty -icanon; exec sleep 100'
	listener a --pty --idle-timeout 300ms --sh-exec "$silent" 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null || true
	finish a 3
	listener a --pty --exit-on-eof --sh-exec 'exec sleep 100' 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	finish a 129
}
