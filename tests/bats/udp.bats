#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# UDP: what is one datagram, who is the peer, when does it end, and from which
# address answers come.

load helpers

# peer NAME HOST VERB...: dgram.py on a port of its own.  Sets THEIRS to it.
peer() {
	local name=$1 host=$2
	shift 2
	spawn "$name" "$PEERS/dgram.py" "$host:0" "$@"
	until_true has_line "$name.out" .
	read -r THEIRS <"$name.out"
}

# input: a fifo, `in`, that stays open; what is written to descriptor $IN goes in.
input() {
	mkfifo in
	exec {IN}<>in
}

# taken: everything in the fifo has been read; for until_true.
taken() {
	python3 -c 'import fcntl, struct, sys, termios
n = fcntl.ioctl(int(sys.argv[1]), termios.FIONREAD, bytes(4))
sys.exit(struct.unpack("i", n)[0] != 0)' "$IN"
}

# ended NAME: it is a zombie, or gone; for until_true.
ended() {
	! grep -qs '^State:.[^Z]' "/proc/${PID[$1]}/status"
}

# gots FILE N: at least N datagrams; for until_true.
gots() {
	[ "$(grep -c '^got ' "$1")" -ge "$2" ]
}

# ready6 WORD...: `eth` is ready for IPv6 where WORD... runs; for until_true.
ready6() {
	"$@" ip -6 route show table all | grep -q '^multicast ff00::/8 dev eth'
}

# ethernet: two networks with a cable between their interfaces `eth`: in_net is
# 10.9.8.1 and fd09::1; $FAR runs sockcat in the other one, 10.9.8.2 and fd09::2.
ethernet() {
	local near=$SOCKCAT
	local -a far
	unshare -rnm ip link add eth type veth peer name far 2>/dev/null ||
	    skip "no veth interfaces here"
	in_net
	# shellcheck disable=SC2016 # for the inner shell
	spawn far "${NS[@]}" unshare -n sh -ec 'echo ready
		exec "$PEERS/sockets.py"'
	until_true has_line far.out ready
	far=(nsenter -t "${PID[far]}" -U -n -m --wd --preserve-credentials)
	"${NS[@]}" sh -ec "
		ip link add eth type veth peer name eth netns ${PID[far]}
		ip addr add 10.9.8.1/24 broadcast 10.9.8.255 dev eth
		ip -6 addr add fd09::1/64 dev eth nodad || true
		ip link set eth multicast on up"
	"${far[@]}" sh -ec '
		ip addr add 10.9.8.2/24 broadcast 10.9.8.255 dev eth
		ip -6 addr add fd09::2/64 dev eth nodad || true
		ip link set eth multicast on up'
	if [ -n "$("${NS[@]}" ip -6 addr show dev eth)" ]; then
		until_true ready6 "${NS[@]}"
		until_true ready6 "${far[@]}"
	fi
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${far[*]}" "$near" >far
	chmod +x far
	FAR=$PWD/far
}

# --- both roles --------------------------------------------------------------

@test "a question to a listener, and its answer; -v shows both addresses" {
	local from
	input
	echo question >question
	INPUT=in listener a -u -v 127.0.0.1 0
	[ "$ADDR" = 127.0.0.1 ]
	# shellcheck disable=SC2153 # listener sets it
	grep -q "listening on 127.0.0.1 port $PORT\$" a.err
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
	grep -q "listening on :: port $PORT\$" a.err
	grep -q "listening on 0.0.0.0 port $PORT\$" a.err
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
	listener a -u -v 127.0.0.1 0
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
	listener a -u -W 4 127.0.0.1 0
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
	listener a -u --lines -W 4 127.0.0.1 0
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
	listener a -u --lines -W 100 127.0.0.1 0
	"$SOCKCAT" -u --lines --send-only 127.0.0.1 "$PORT" <lines
	finish a
	same lines a.out
	# A datagram that has its LF already gets no second one.
	listener b -u --lines -W 100 127.0.0.1 0
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
	listener a -u -W 3 127.0.0.1 0
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
	OUTPUT=out listener a -u -v -W 20 127.0.0.1 0
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

# --- from which address ------------------------------------------------------

@test "answers come from the address that was asked" {
	local k
	input
	for k in -v -k; do
		INPUT=in listener a -u "$k" 0.0.0.0 0
		echo question >question
		INPUT=question spawn c "$SOCKCAT" -u -q 20 -W 1 127.0.0.5 "$PORT"
		until_true has_line a.out question
		echo answer >&"$IN"
		finish c
		[ "$(cat c.out)" = answer ]
		kill "${PID[a]}"
		finish a any
	done
}

@test "answers come from the address that was asked: no host, IPv6 too" {
	local k
	input
	need_ipv6
	in_net 'ip -6 addr add fd09::5/128 dev lo nodad'
	echo question >question
	for k in -v -k; do
		INPUT=in listener a -u "$k" 0
		INPUT=question spawn c "$SOCKCAT" -u -s ::1 -q 20 -W 1 fd09::5 \
		    "$PORT"
		until_true has_line a.out question
		echo answer >&"$IN"
		finish c
		[ "$(cat c.out)" = answer ]
		kill "${PID[a]}"
		finish a any
	done
}

@test "broadcast needs -b: status 1 and a hint without" {
	run -1 "$SOCKCAT" -u --send-only 127.255.255.255 9 <<<hello
	[[ $output == *"needs -b"* ]]
}

@test "broadcast: it arrives, and its answer comes back" {
	ethernet
	input
	echo question >question
	INPUT=in SOCKCAT=$FAR listener a -u -v -4 4711
	INPUT=question spawn c "$SOCKCAT" -u -b -q 20 -W 1 10.9.8.255 4711
	until_true has_line a.out question
	echo answer >&"$IN"
	finish c
	[ "$(cat c.out)" = answer ]
	grep -q "accepted 10.9.8.1:[0-9]* on 10.9.8.2:4711" a.err
}

@test "broadcast: -v names the port that is used" {
	local from
	ethernet
	SOCKCAT=$FAR listener a -u -v -W 1 -4 4711
	"$SOCKCAT" -u -v -b --send-only 10.9.8.255 4711 <<<hello 2>c.err
	finish a
	from=$(sed -n 's/.*connected \([0-9.]*:[0-9]*\) -> .*/\1/p' c.err)
	grep -q "accepted $from on " a.err
}

# group GROUP: two listeners have joined it; both get the question, and one
# answers.
group() {
	input
	echo question >question
	INPUT=in SOCKCAT=$FAR listener a -u --multicast "$1" --interface eth 4711
	SOCKCAT=$FAR listener b -u -v --multicast "$1" --interface eth 4711
	grep -q "joined multicast group $1" b.err
	INPUT=question spawn c "$SOCKCAT" -u --interface eth -q 20 -W 1 "$1" 4711
	until_true has_line a.out question
	until_true has_line b.out question
	echo answer >&"$IN"
	finish c
	[ "$(cat c.out)" = answer ]
}

@test "multicast, IPv4: every listener of the group, and the answer" {
	ethernet
	"${NS[@]}" ip route add 224.0.0.0/4 dev eth
	group 239.1.2.3
}

@test "multicast, IPv6: every listener of the group, and the answer" {
	ethernet
	"${NS[@]}" ip -6 addr show dev eth | grep -q fd09::1 ||
	    skip "no IPv6 here"
	group ff15::77
}

@test "multicast: --interface is the one that is used, whatever the routes say" {
	ethernet
	"${NS[@]}" sh -ec 'ip link add other type veth peer name end
		ip link set end up
		ip addr add 10.7.7.1/24 dev other
		ip link set other multicast on up
		ip route add 224.0.0.0/4 dev other'
	SOCKCAT=$FAR listener a -u -v -W 1 --multicast 239.1.2.3 --interface eth \
	    4711
	"$SOCKCAT" -u --send-only --interface eth 239.1.2.3 4711 <<<hello
	until_true has_line a.err "accepted 10.9.8.1:"
	finish a
	[ "$(cat a.out)" = hello ]
}

@test "multicast: who has not joined gets nothing" {
	ethernet
	"${NS[@]}" ip route add 224.0.0.0/4 dev eth
	SOCKCAT=$FAR listener a -u --multicast 239.1.2.3 --interface eth 4711
	"$SOCKCAT" -u --send-only 239.1.2.4 4711 <<<others
	"$SOCKCAT" -u --send-only 239.1.2.3 4711 <<<ours
	until_true has_line a.out ours
	[ "$(cat a.out)" = ours ]
}

@test "--multicast: not a group, or not for a listener of datagrams, is status 2" {
	run -2 "$SOCKCAT" -l -u --multicast 10.0.0.1 0
	run -2 "$SOCKCAT" -l -u --multicast nonsense 0
	run -2 "$SOCKCAT" -l --multicast 239.1.2.3 0
	run -2 timeout 5 "$SOCKCAT" -l -u -6 --multicast 239.1.2.3 0 </dev/null
	run -2 timeout 5 "$SOCKCAT" -l -u -4 --multicast ff15::77 0 </dev/null
	run -2 "$SOCKCAT" -u --multicast 239.1.2.3 127.0.0.1 1
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
