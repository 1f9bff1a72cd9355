#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# UDP: what is one datagram, and who is the peer.

load helpers
load udp

# --- both roles --------------------------------------------------------------

@test "a question to a listener, and its answer; -v shows both addresses" {
	local from
	input
	echo question >question
	INPUT=in listener a -u -v 127.0.0.1 0
	[ "$ADDR" = 127.0.0.1 ]
	# shellcheck disable=SC2153 # listener sets it
	grep -q "bound to 127.0.0.1 port $PORT: for this host alone\$" a.err
	INPUT=question spawn c "$SOCKCAT" -u -v -q 30 -W 1 127.0.0.1 "$PORT"
	until_true has_line a.out question
	echo answer >&"$IN"
	finish c
	[ "$(cat c.out)" = answer ]
	from=$(sed -n 's/.*connected \([0-9.]*:[0-9]*\) -> .*/\1/p' c.err)
	grep -q "connected $from -> 127.0.0.1:$PORT in " c.err
	grep -q "accepted $from on 127.0.0.1:$PORT\$" a.err
}

@test "-v sends no stray byte: the first datagram is ours" {
	peer p 127.0.0.1 recv:1:got
	"$SOCKCAT" -vv -u --send-only 127.0.0.1 "$THEIRS" <<<hello
	finish p
	[ "$(cat got)" = hello ]
}

@test "what standard input has already goes to the first peer" {
	echo greeting >greeting
	INPUT=greeting listener a -u -q 50ms 127.0.0.1 0
	peer p 127.0.0.1 "to:127.0.0.1:$PORT" text:hello recv:1:got
	finish p
	finish a
	[ "$(cat got)" = greeting ]
	[ "$(cat a.out)" = hello ]
}

@test "no host, port 0: one port for both families, both served with -k" {
	need_ipv6
	listener a -u -k -v 0
	[ "$ADDR" = "::" ]
	grep -q "bound to :: port $PORT: " a.err
	grep -q "bound to 0.0.0.0 port $PORT: " a.err
	"$SOCKCAT" -u --send-only ::1 "$PORT" <<<six
	until_true has_line a.out six
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<four
	until_true has_line a.out four
	stop a
}

@test "-k: every peer is served, standard input goes to the latest" {
	input
	INPUT=in listener a -u -k 127.0.0.1 0
	peer one 127.0.0.1 "to:127.0.0.1:$PORT" text:one await:go text:three \
	    recv:1:got1
	until_true has_line a.out one
	peer two 127.0.0.1 "to:127.0.0.1:$PORT" text:two recv:1:got2
	until_true has_line a.out two
	echo "to two" >&"$IN"
	finish two
	touch go
	until_true has_line a.out three
	echo "to one" >&"$IN"
	finish one
	[ "$(cat got1)" = "to one" ]
	[ "$(cat got2)" = "to two" ]
}

@test "without -k: the first peer is kept, others are not heard" {
	local host
	input
	for host in 127.0.0.1 0.0.0.0; do
		rm -f go got
		INPUT=in listener a -u "$host" 0
		# 127.0.0.5 is not where the kernel would answer from.
		peer one 127.0.0.1 "to:127.0.0.5:$PORT" "to:127.0.0.1:$PORT" \
		    text:one await:go text:again recv:1:got
		until_true has_line a.out one
		peer two 127.0.0.1 "to:127.0.0.1:$PORT" text:intruder
		finish two
		touch go
		until_true has_line a.out again
		echo answer >&"$IN"
		finish one
		[ "$(cat got)" = answer ]
		[ "$(paste -sd' ' a.out)" = "one again" ]
		stop a
	done
}

@test "without -k, asked at an address the kernel would not choose: the same" {
	input
	INPUT=in listener a -u -v 0.0.0.0 0
	peer one 127.0.0.1 "to:127.0.0.5:$PORT" text:one await:go text:again \
	    recv:1:got
	until_true has_line a.out one
	peer two 127.0.0.1 "to:127.0.0.5:$PORT" text:intruder
	finish two
	until_true has_line a.err dropped
	touch go
	until_true has_line a.out again
	echo answer >&"$IN"
	finish one
	[ "$(cat got)" = answer ]
	[ "$(paste -sd' ' a.out)" = "one again" ]
}

@test "without -k: what a stranger sent right behind the first peer is dropped" {
	listener a -u -v -q -1 127.0.0.1 0
	kill -STOP "${PID[a]}"
	until_true is_stopped a
	peer p 127.0.0.1 "to:127.0.0.1:$PORT" text:first
	finish p
	peer q 127.0.0.1 "to:127.0.0.1:$PORT" text:stranger
	finish q
	kill -CONT "${PID[a]}"
	until_true has_line a.err dropped
	[ "$(cat a.out)" = first ]
	stop a
}

@test "a second listener on the port: status 6, the first one keeps it" {
	listener a -u -k 127.0.0.1 0
	run -6 "$SOCKCAT" -l -u 127.0.0.1 "$PORT" </dev/null
	[[ $output == *"Address already in use"* ]]
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<hello
	until_true has_line a.out hello
}

@test "-s and -p: the local address of a client" {
	local port
	listener a -u -v 127.0.0.1 0
	peer p 127.0.0.1
	finish p
	port=$THEIRS	# it was free a moment ago
	"$SOCKCAT" -u --send-only -s 127.0.0.3 -p "$port" 127.0.0.1 "$PORT" \
	    <<<hello
	until_true has_line a.err "accepted 127.0.0.3:$port on "
}

# --- what is one datagram ----------------------------------------------------

@test "65,507 bytes, whole, both ways" {
	random_file up 65507
	random_file down 65507
	INPUT=down listener a -u -q 50ms 127.0.0.1 0
	INPUT=up spawn c "$SOCKCAT" -u -q 30 -W 1 127.0.0.1 "$PORT"
	finish c
	finish a
	same up a.out
	same down c.out
	peer p 127.0.0.1 recv:1:got send:down
	"$SOCKCAT" -u -q 30 -W 1 127.0.0.1 "$THEIRS" <up >back
	finish p
	has_line p.out "got 65507 from"
	same up got
	same down back
}

@test "more than fits into one datagram goes as several" {
	random_file up 131015
	peer p 127.0.0.1 recv:3:got
	"$SOCKCAT" -u --send-only 127.0.0.1 "$THEIRS" <up
	finish p
	same up got
	[ "$(grep -o '^got [0-9]*' p.out | paste -sd,)" = \
	    "got 65507,got 65507,got 1" ]
}

@test "IPv6: the longest datagram arrives whole" {
	need_ipv6
	random_file up 65527
	listener a -u -W 1 ::1 0
	peer p ::1 "to:[::1]:$PORT" send:up
	finish p
	finish a
	same up a.out
}

@test "one read of standard input is one datagram" {
	input
	peer p 127.0.0.1 recv:3:got
	INPUT=in spawn c "$SOCKCAT" -u 127.0.0.1 "$THEIRS"
	printf 'one\ntwo\n' >&"$IN"
	until_true gots p.out 1
	printf 'three' >&"$IN"
	until_true gots p.out 2
	printf '4' >&"$IN"
	finish p
	[ "$(grep -o '^got [0-9]*' p.out | paste -sd,)" = "got 8,got 5,got 1" ]
}

@test "an empty datagram is no end" {
	listener a -u -W 4 -q -1 127.0.0.1 0
	peer p 127.0.0.1 "to:127.0.0.1:$PORT" empty text:one empty text:two
	finish p
	finish a
	[ "$(paste -sd' ' a.out)" = "one two" ]
	peer p 127.0.0.1 recv:1:got empty text:one empty text:two
	"$SOCKCAT" -u -q 30 -W 4 127.0.0.1 "$THEIRS" <<<hello >back
	finish p
	[ "$(paste -sd' ' back)" = "one two" ]
}

@test "--lines: empty lines are empty datagrams, both ways" {
	printf 'a\n\nb\n\n' >lines
	peer p 127.0.0.1 recv:4:got
	"$SOCKCAT" -u --lines --send-only 127.0.0.1 "$THEIRS" <lines
	finish p
	[ "$(grep -o '^got [0-9]*' p.out | paste -sd,)" = \
	    "got 1,got 0,got 1,got 0" ]
	[ "$(cat got)" = ab ]
	listener a -u --lines -W 4 -q -1 127.0.0.1 0
	"$SOCKCAT" -u --lines --send-only 127.0.0.1 "$PORT" <lines
	finish a
	same lines a.out
}

@test "--lines: 100 lines are 100 datagrams, 100 datagrams are 100 lines" {
	seq 1000 1099 >lines
	peer p 127.0.0.1 recv:100:got
	"$SOCKCAT" -u --lines --send-only 127.0.0.1 "$THEIRS" <lines
	finish p
	[ "$(grep -c '^got 4 from' p.out)" -eq 100 ]
	[ "$(cat got)" = "$(tr -d '\n' <lines)" ]
	listener a -u --lines -W 100 -q -1 127.0.0.1 0
	"$SOCKCAT" -u --lines --send-only 127.0.0.1 "$PORT" <lines
	finish a
	same lines a.out
	# A datagram that has its LF already gets no second one.
	listener b -u --lines -W 100 -q -1 127.0.0.1 0
	peer p 127.0.0.1 "to:127.0.0.1:$PORT" seq:1000:1099
	finish b
	same lines b.out
}

@test "--lines: a long input, to its end" {
	sockets mute udp-mute@127.0.0.1
	seq 100000 >lines	# 590 kB
	timeout 10 "$SOCKCAT" -u -v --lines --send-only 127.0.0.1 \
	    "${PORTS[0]}" <lines 2>err
	has_line err "sent 488895 bytes"
}

@test "--lines: from a listener to its peer" {
	seq 1000 1099 >lines
	INPUT=lines listener a -u --lines -q 50ms 127.0.0.1 0
	peer p 127.0.0.1 "to:127.0.0.1:$PORT" text:go recv:100:got
	finish p
	finish a
	[ "$(grep -c '^got 4 from' p.out)" -eq 100 ]
}

@test "--lines: a last line without its end, lines that come in pieces" {
	printf 'one\ntwo' >lines
	peer p 127.0.0.1 recv:2:got
	"$SOCKCAT" -u --lines --send-only 127.0.0.1 "$THEIRS" <lines
	finish p
	[ "$(cat got)" = onetwo ]
	[ "$(grep -c '^got 3 from' p.out)" -eq 2 ]
	input
	peer p 127.0.0.1 recv:2:got
	INPUT=in spawn c "$SOCKCAT" -v -u --lines 127.0.0.1 "$THEIRS"
	printf 'fir' >&"$IN"
	until_true taken
	printf 'st\nsec' >&"$IN"
	until_true gots p.out 1
	printf 'ond\n' >&"$IN"
	finish p
	[ "$(cat got)" = firstsecond ]
}

@test "--lines: a line too long is status 6, after those before it" {
	head -c 65507 /dev/zero | tr '\0' x >fits
	peer p 127.0.0.1 recv:2:got
	timeout 10 "$SOCKCAT" -u --lines --send-only 127.0.0.1 "$THEIRS" \
	    < <(cat fits && echo && cat fits)
	finish p
	[ "$(grep -c '^got 65507 from' p.out)" -eq 2 ]
	peer p 127.0.0.1 recv:1:got
	run -6 "$SOCKCAT" -u --lines --send-only 127.0.0.1 "$THEIRS" \
	    < <(echo before && cat fits && echo x)
	[[ $output == *"line is longer"* ]]
	finish p
	[ "$(cat got)" = before ]
	peer p 127.0.0.1 park
	run -6 "$SOCKCAT" -u --lines 127.0.0.1 "$THEIRS" < <(cat fits fits)
	run -6 "$SOCKCAT" -u --lines 127.0.0.1 "$THEIRS" < <(cat fits && printf x)
}

@test "-C: LF is sent as CR LF" {
	printf 'one\ntwo\r\nthree' >text
	printf 'one\r\ntwo\r\nthree' >expected
	peer p 127.0.0.1 recv:1:got
	"$SOCKCAT" -u -C --send-only 127.0.0.1 "$THEIRS" <text
	finish p
	same expected got
}

@test "-i: one line at a time, with pauses" {
	local began
	seq 5 >lines
	peer p 127.0.0.1 recv:5:got
	began=$(microseconds)
	timeout 10 "$SOCKCAT" -u -i 100ms --send-only 127.0.0.1 "$THEIRS" <lines
	over $((began + 400000))
	finish p
	same lines got
	[ "$(grep -c '^got 2 from' p.out)" -eq 5 ]
}

# --- many, and other programs ------------------------------------------------

# arrives TEXT: send it, and see whether it is there yet; for until_true.
arrives() {
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<"$1"
	has_line a.out "$1"
}

@test "a flood of 50,000 datagrams to a slow receiver" {
	listener a -u -k --lines 127.0.0.1 0
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<begin
	until_true has_line a.out begin
	kill -STOP "${PID[a]}"
	seq 50000 >lines
	timeout 10 "$SOCKCAT" -u --lines --send-only 127.0.0.1 "$PORT" <lines
	kill -CONT "${PID[a]}"
	timeout 10 "$SOCKCAT" -u --lines --send-only 127.0.0.1 "$PORT" <lines
	until_true arrives end
	stop a
	# What arrived are lines of ours, none of them twice as often as sent.
	grep -v -e begin -e end a.out >numbers
	[ "$(wc -l <numbers)" -gt 0 ]
	[ "$(wc -l <numbers)" -le 100000 ]
	[ -z "$(sort numbers | uniq -c | awk '$1 > 2')" ]
	[ -z "$(sort -u numbers | comm -23 - <(sort lines))" ]
}

# bound NAME PORT: NAME has UDP port PORT; for until_true.
bound() {
	local port
	printf -v port ':%04X' "$2"
	awk -v port="$port" 'substr($2, length($2) - 4) == port { found = 1 }
	    END { exit !found }' "/proc/${PID[$1]}/net/udp"
}

@test "nc: it asks us, and we ask it" {
	need nc
	in_net
	input
	echo question >question
	INPUT=in listener a -u 127.0.0.1 4711
	INPUT=question spawn c "${NS[@]}" nc -u -W 1 127.0.0.1 4711
	until_true has_line a.out question
	echo answer >&"$IN"
	finish c any
	[ "$(cat c.out)" = answer ]
	stop a		# it reads the same input
	INPUT=in spawn b "${NS[@]}" nc -u -l 127.0.0.1 4712
	until_true bound b 4712
	INPUT=question spawn d "$SOCKCAT" -u -q 30 -W 1 127.0.0.1 4712
	until_true has_line b.out question
	echo answer >&"$IN"
	finish d
	[ "$(cat d.out)" = answer ]
}

@test "socat: it asks us, and we ask it" {
	need socat
	in_net
	input
	echo question >question
	INPUT=in listener a -u 127.0.0.1 4711
	INPUT=question spawn c "${NS[@]}" socat -t 30 - UDP4:127.0.0.1:4711
	until_true has_line a.out question
	echo answer >&"$IN"
	until_true has_line c.out answer
	INPUT=question spawn b "${NS[@]}" socat -t 1 - \
	    UDP4-LISTEN:4712,bind=127.0.0.1
	until_true bound b 4712
	"$SOCKCAT" -u -q 30 -W 1 127.0.0.1 4712 <question >back
	until_true has_line b.out question
	[ "$(cat back)" = question ]
}
