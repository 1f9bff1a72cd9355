#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# UDP: when does it end, what ends one direction, and what becomes of what was
# received.

load helpers
load udp

# ended NAME: it is a zombie, or gone; for until_true.
ended() {
	! grep -qs '^State:.[^Z]' "/proc/${PID[$1]}/status"
}

# --- refusals ----------------------------------------------------------------

@test "client: a refusal is status 1" {
	sockets closed udp-closed@127.0.0.1
	run -1 "$SOCKCAT" -u 127.0.0.1 "${PORTS[0]}" <<<hello
	[[ $output == *"refused"* ]]
	run -1 "$SOCKCAT" -u --send-only 127.0.0.1 "${PORTS[0]}" <<<hello
	run -1 "$SOCKCAT" -u --lines -q 30 127.0.0.1 "${PORTS[0]}" \
	    < <(seq 1000)
	run -1 "$SOCKCAT" -u -q 0 127.0.0.1 "${PORTS[0]}" <<<hello
	need_ipv6
	sockets closed6 'udp-closed@[::1]'
	run -1 "$SOCKCAT" -u ::1 "${PORTS[0]}" <<<hello
}

@test "listener: a peer that has gone is status 1" {
	input
	INPUT=in listener a -u 127.0.0.1 0
	peer p 127.0.0.1 "to:127.0.0.1:$PORT" text:hello
	finish p
	until_true has_line a.out hello
	echo answer >&"$IN"
	finish a 1
	grep -q refused a.err
}

@test "listener, asked at another address of ours: a peer that has gone is status 1" {
	input
	INPUT=in listener a --timeout 10s -u 0.0.0.0 0
	peer p 127.0.0.1 "to:127.0.0.5:$PORT" text:hello
	finish p
	until_true has_line a.out hello
	echo answer >&"$IN"
	finish a 1
	grep -q refused a.err
}

@test "-k: a peer that has gone is not the end of the others" {
	input
	INPUT=in listener a -u -k 127.0.0.1 0
	peer p 127.0.0.1 "to:127.0.0.1:$PORT" text:one
	finish p
	until_true has_line a.out one
	echo lost >&"$IN"
	peer q 127.0.0.1 await:go "to:127.0.0.1:$PORT" text:two recv:1:got
	touch go
	until_true has_line a.out two
	echo answer >&"$IN"
	finish q
	[ "$(cat got)" = answer ] || [ "$(cat got)" = lost ]
	kill -0 "${PID[a]}"
}

@test "client: what came before a refusal is written" {
	input
	peer p 127.0.0.1 recv:1:got await:asleep seq:1:40
	INPUT=in spawn c "$SOCKCAT" -u 127.0.0.1 "$THEIRS"
	echo hello >&"$IN"
	until_true gots p.out 1
	kill -STOP "${PID[c]}"
	until_true is_stopped c
	touch asleep
	finish p
	let_refuse c "127.0.0.1:$THEIRS"
	kill -CONT "${PID[c]}"
	finish c 1
	diff <(seq 40) c.out
	grep -q refused c.err
}

@test "listener: what came before a refusal is written" {
	local to
	input
	for to in 127.0.0.1 127.0.0.5; do
		rm -f asleep
		INPUT=in listener a -u -v 0.0.0.0 0
		peer p 127.0.0.1 "to:$to:$PORT" text:hello await:asleep \
		    seq:1:40
		until_true has_line a.out hello
		kill -STOP "${PID[a]}"
		until_true is_stopped a
		touch asleep
		finish p
		let_refuse a "127.0.0.1:$THEIRS"
		kill -CONT "${PID[a]}"
		finish a 1
		diff <(echo hello; seq 40) a.out
		grep -q refused a.err
	done
}

# --- when does it end? -------------------------------------------------------

@test "client: it leaves after 1 s of silence, status 0; -q says otherwise" {
	local began
	sockets mute udp-mute@127.0.0.1
	began=$(microseconds)
	"$SOCKCAT" -u 127.0.0.1 "${PORTS[0]}" <<<hello
	over $((began + 1000000))
	began=$(microseconds)
	"$SOCKCAT" -u -q 300ms 127.0.0.1 "${PORTS[0]}" <<<hello
	over $((began + 300000))
	"$SOCKCAT" -u -q 0 127.0.0.1 "${PORTS[0]}" <<<hello
	began=$(microseconds)
	"$SOCKCAT" -u 127.0.0.1 "${PORTS[0]}" </dev/null
	over $((began + 1000000))
}

@test "client: a late answer is got, by default and with a longer -q" {
	peer p 127.0.0.1 recv:1:got pause:0.3 text:late
	"$SOCKCAT" -u 127.0.0.1 "$THEIRS" <<<hello >back
	finish p
	[ "$(cat back)" = late ]
	peer p 127.0.0.1 recv:1:got pause:1.2 text:later
	"$SOCKCAT" -u -q 30 -W 1 127.0.0.1 "$THEIRS" <<<hello >back
	finish p
	[ "$(cat back)" = later ]
}

@test "client: each datagram begins the silence anew" {
	peer p 127.0.0.1 recv:1:got pause:0.3 text:1 pause:0.3 text:2 \
	    pause:0.3 text:3 pause:0.3 text:4 pause:0.3 text:5
	"$SOCKCAT" -u 127.0.0.1 "$THEIRS" <<<hello >back
	finish p
	diff <(seq 5) back
}

# slow: a fifo whose reader has not begun yet.
slow() {
	rm -f slow
	mkfifo slow
	exec {SLOW}<>slow
}

@test "a reader that pauses is not the peer's silence" {
	random_file data 8M
	slow
	OUTPUT=slow listener a -u -U -q 1 sock
	INPUT=data spawn c "$SOCKCAT" -u -U --send-only sock
	until_true read -r -t 0 -u "$SLOW"
	until_true is_asleep c
	until_true over $(($(microseconds) + 1400000))
	exec {READ}<slow {SLOW}>&-
	cat <&"$READ" >got
	finish c
	finish a
	same data got
}

@test "a reader that paused: the silence begins when it has taken everything" {
	local limit
	echo hello >hello
	head -c 50000 /dev/zero >big
	for limit in "0 -q 1" "3 -q 30 -w 1"; do
		slow
		rm -f taken
		peer p 127.0.0.1 recv:1:got send:big send:big send:big \
		    send:big say:sent await:taken text:late
		# shellcheck disable=SC2086 # several words
		INPUT=hello OUTPUT=slow spawn c "$SOCKCAT" -u ${limit#* } \
		    127.0.0.1 "$THEIRS"
		until_true has_line p.out sent
		until_true over $(($(microseconds) + 1400000))
		exec {READ}<slow {SLOW}>&-
		[ "$(head -c 200000 <&"$READ" | wc -c)" -eq 200000 ]
		: >taken
		[ "$(cat <&"$READ")" = late ]
		exec {READ}<&-
		finish p
		finish c "${limit%% *}"
	done
}

@test "-W, and a reader that has not taken everything: signals and --timeout" {
	local end
	echo hello >hello
	head -c 60000 /dev/zero >big
	for end in "143 -w 1h" "3 --timeout 1s"; do
		slow
		peer p 127.0.0.1 recv:1:got send:big send:big send:big
		# shellcheck disable=SC2086 # several words
		INPUT=hello OUTPUT=slow spawn c "$SOCKCAT" -u -W 3 -q 1h \
		    ${end#* } 127.0.0.1 "$THEIRS"
		finish p
		until_true read -r -t 0 -u "$SLOW"
		until_true is_asleep c
		[ "${end%% *}" -eq 3 ] || kill -TERM "${PID[c]}"
		finish c "${end%% *}"
		exec {SLOW}<&-
	done
}

@test "client, -q negative: it never leaves by itself" {
	peer p 127.0.0.1 recv:1:got pause:1.3 text:late
	echo hello >hello
	INPUT=hello spawn c "$SOCKCAT" -u -q -1 127.0.0.1 "$THEIRS"
	until_true has_line c.out late
	finish p
	kill -0 "${PID[c]}"
	stop c
}

@test "listener </dev/null: not before the first peer, then after the silence" {
	listener a -u -q 50ms 127.0.0.1 0
	until_true over $(($(microseconds) + 300000))
	kill -0 "${PID[a]}"
	peer p 127.0.0.1 "to:127.0.0.1:$PORT" text:hello
	finish p
	finish a
	[ "$(cat a.out)" = hello ]
}

@test "listener </dev/null -k: never" {
	listener a -u -k -q 50ms 127.0.0.1 0
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<one
	until_true has_line a.out one
	until_true over $(($(microseconds) + 300000))
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<two
	until_true has_line a.out two
	stop a
}

@test "-W: leave after so many datagrams, both roles" {
	listener a -u -W 3 -q -1 127.0.0.1 0
	peer p 127.0.0.1 "to:127.0.0.1:$PORT" seq:1:10
	finish a
	diff <(seq 3) a.out
	peer p 127.0.0.1 recv:1:got seq:1:10
	"$SOCKCAT" -u -q 30 -W 3 127.0.0.1 "$THEIRS" <<<hello >back
	diff <(seq 3) back
}

@test "-w: idleness is status 3, but a listener may wait" {
	sockets mute udp-mute@127.0.0.1
	input
	INPUT=in spawn c "$SOCKCAT" -u -w 100ms 127.0.0.1 "${PORTS[0]}"
	finish c 3
	grep -q "nothing moved" c.err
	INPUT=in listener a -u -w 100ms 127.0.0.1 0
	until_true over $(($(microseconds) + 400000))
	kill -0 "${PID[a]}"
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<hello
	finish a 3
	[ "$(cat a.out)" = hello ]
}

@test "--accept-timeout: status 3 when nobody comes" {
	run -3 "$SOCKCAT" -l -u --accept-timeout 50ms 0 </dev/null
	[[ $output == *"no client"* ]]
}

@test "--timeout: the whole run, also while sending without end" {
	sockets mute udp-mute@127.0.0.1
	INPUT=/dev/zero spawn c "$SOCKCAT" -u --timeout 200ms 127.0.0.1 \
	    "${PORTS[0]}"
	until_true ended c
	finish c 3
}

@test "a signal ends it, also while it sends without end" {
	sockets mute udp-mute@127.0.0.1
	spawn c "$SOCKCAT" -u -q 60 127.0.0.1 "${PORTS[0]}"
	stop c
	INPUT=/dev/zero spawn d "$SOCKCAT" -v -u 127.0.0.1 "${PORTS[0]}"
	until_true has_line d.err connected
	kill -TERM "${PID[d]}"
	until_true ended d
	finish d 143
	listener a -u 127.0.0.1 0
	stop a
	listener b -u -k 127.0.0.1 0
	kill -HUP "${PID[b]}"
	finish b 129
}

@test "answers are written while it sends without end" {
	sockets answer udp-answer@127.0.0.1
	INPUT=/dev/zero spawn c "$SOCKCAT" -u 127.0.0.1 "${PORTS[0]}"
	until_true [ -s c.out ]
}

# --- one direction -----------------------------------------------------------

@test "--send-only: nothing is written, and it leaves without a silence" {
	local began
	sockets answer udp-answer@127.0.0.1
	began=$SECONDS
	"$SOCKCAT" -u --send-only -q 60 127.0.0.1 "${PORTS[0]}" <<<hello >back
	[ $((SECONDS - began)) -lt 50 ]
	[ ! -s back ]
	until_true has_line answer.out "got 6"
	echo greeting >greeting
	INPUT=greeting listener a -u --send-only 127.0.0.1 0
	peer p 127.0.0.1 "to:127.0.0.1:$PORT" text:hello recv:1:got
	finish p
	finish a
	[ "$(cat got)" = greeting ]
	[ ! -s a.out ]
}

@test "--recv-only, -d: standard input is not touched" {
	local option
	seq 10 >text
	for option in --recv-only -d; do
		# What is left of the input is for the next one that reads it.
		INPUT=text spawn a sh -c '"$@"; cat' sh "$SOCKCAT" -l -u \
		    "$option" -W 1 --port-file port 127.0.0.1 0
		until_true [ -s port ]
		peer p 127.0.0.1 "to:127.0.0.1:$(<port)" text:hello
		finish a
		diff <(echo hello && seq 10) a.out
		rm port
	done
	peer p 127.0.0.1 await:go "to:127.0.0.1:1"
	INPUT=text spawn c sh -c '"$@"; cat' sh "$SOCKCAT" -v -u --recv-only \
	    -w 100ms 127.0.0.1 "$THEIRS"
	finish c
	touch go
	finish p
	diff text c.out
}

# --- standard output ---------------------------------------------------------

@test "standard output blocked: sending goes on" {
	input
	mkfifo out
	exec {hold}<>out	# never read
	peer p 127.0.0.1 recv:1:got1 seq:1:20000 say:sent recv:1:got2
	INPUT=in OUTPUT=out spawn c "$SOCKCAT" -u 127.0.0.1 "$THEIRS"
	echo one >&"$IN"
	until_true has_line p.out sent
	echo two >&"$IN"
	finish p
	[ "$(cat got2)" = two ]
	exec {hold}>&-
}

@test "a slow reader gets everything that was received" {
	local hold
	mkfifo out
	exec {hold}<>out
	head -c 60000 /dev/zero | tr '\0' x >long
	OUTPUT=out listener a -u -v -W 20 -q -1 127.0.0.1 0
	# Two of them fill the pipe, the others wait in sockcat.
	peer p 127.0.0.1 await:go1 "to:127.0.0.1:$PORT" send:long send:long \
	    say:sent await:go2 seq:1001:1018
	touch go1
	until_true has_line p.out sent
	until_true has_line a.err accepted
	touch go2
	finish p
	[ "$(head -c 120000 <&"$hold" | tr -d x | wc -c)" -eq 0 ]
	diff <(seq 1001 1018) <(head -c 90 <&"$hold")
	finish a
	exec {hold}>&-
}

@test "standard output that can't be written: status 6" {
	[ -w /dev/full ] || skip "no /dev/full"
	OUTPUT=/dev/full listener a -u -k 127.0.0.1 0
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<hello
	finish a 6
	grep -q "No space left" a.err
}

@test "the reader goes away: noticed in silence, dies of SIGPIPE" {
	local hold
	mkfifo out
	exec {hold}<>out
	OUTPUT=out spawn a env --default-signal=PIPE "$SOCKCAT" -l -u \
	    --port-file port 127.0.0.1 0
	until_true [ -s port ]
	exec {hold}>&-
	finish a 141
	sockets mute udp-mute@127.0.0.1
	exec {hold}<>out
	OUTPUT=out spawn c env --default-signal=PIPE "$SOCKCAT" -v -u -q 60 \
	    127.0.0.1 "${PORTS[0]}"
	until_true has_line c.err connected
	exec {hold}>&-
	finish c 141
}
