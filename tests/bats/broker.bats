#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --broker and --chat: every client gets what every other client sends, nobody
# waits for one that does not read, and lines of a chat are marked and harmless.

load helpers

# Those who are in and get everything.  What each has to get is in NAME.want.
MEMBERS=()

# room ARGUMENT...: a broker with one client, `door', that is in for certain.
# What is written to $SAY is the broker's standard input.
room() {
	mkfifo room.in
	exec {SAY}<>room.in
	INPUT=room.in listener room -v "$@"
	TARGET=("$ADDR" "$PORT")
	PEER=$ADDR:$PORT
	if [ -z "$PORT" ]; then
		TARGET=(-U "$ADDR")
		PEER=unix:$ADDR
	fi
	spawn door "$SOCKCAT" -d "${TARGET[@]}"
	echo welcome >&"$SAY"
	until_true has_line door.out welcome
	cp door.out door.want
	MEMBERS=(door)
}

# heard FILE [BY]: everybody, but for BY, has to get the file.
heard() {
	local member
	for member in "${MEMBERS[@]}"; do
		[ "$member" = "${2:-}" ] || cat "$1" >>"$member.want"
	done
}

# enter NAME: a client that sends "here NAME" and stays.  Others have heard it,
# so it is in for certain.
enter() {
	echo "here $1" >"$1.in"
	INPUT=$1.in spawn "$1" "$SOCKCAT" --no-shutdown "${TARGET[@]}"
	until_true has_line door.out "here $1"
	heard "$1.in"
	: >"$1.want"
	MEMBERS+=("$1")
}

# enter_peer NAME VERB...: the same with peer.py, which does not get everything.
enter_peer() {
	local name=$1
	shift
	echo "here $name" >"$name.in"
	spawn "$name" "$PEERS/peer.py" connect "$PEER" "send:$name.in" "$@"
	until_true has_line door.out "here $name"
	heard "$name.in"
}

# got NAME...: what they have to get has come, no more and no less.
got() {
	local name
	for name; do
		until_true has_bytes "$name.out" "$(stat -c %s "$name.want")"
		same "$name.out" "$name.want"
	done
}

# pass FILE: a client sends it, and its end.
pass() {
	"$SOCKCAT" --send-only "${TARGET[@]}" <"$1"
	heard "$1"
}

# says TEXT: a line of standard input, or many, as printf has them.
says() {
	# shellcheck disable=SC2059 # it is a format
	printf "$1" >line
	cat line >&"$SAY"
	heard line
}

# high FILE SIZE, low FILE SIZE: bytes that no file of the other kind has.
high() {
	head -c "$2" /dev/urandom | LC_ALL=C tr '\000-\177' '\200-\377' >"$1"
}

low() {
	head -c "$2" /dev/urandom | LC_ALL=C tr '\200-\377' '\000-\177' >"$1"
}

# descriptors N: the broker has so many; for until_true.
descriptors() {
	[ "$(find "/proc/${PID[room]}/fd" -type l | wc -l)" -eq "$1" ]
}

# input_read: how much of its standard input the listener NAME has read.
input_read() {
	sed -n 's/^pos:[[:space:]]*//p' "/proc/${PID[$1]}/fdinfo/0"
}

# count FILE TEXT N: N lines of FILE have TEXT; for until_true.
count() {
	lines_with "$1" "$2"
	[ "$COUNT" -eq "$3" ]
}

# chatter NAME FORMAT: a client sends this, and its end.
chatter() {
	# shellcheck disable=SC2059 # it is a format
	printf "$2" >"$1.in"
	"$SOCKCAT" --send-only "${TARGET[@]}" <"$1.in"
}

# --- who gets what -----------------------------------------------------------

@test "one sends 20 MB, 8 receive them whole; nothing comes back" {
	local i fifo
	room --broker 127.0.0.1 0
	for i in 1 2 3 4 5 6 7 8; do
		enter "r$i"
	done
	mkfifo sender.in
	exec {fifo}<>sender.in
	INPUT=sender.in spawn sender "$SOCKCAT" --no-shutdown "${TARGET[@]}"
	# Less than a queue at a time: nobody may be so slow.
	for i in 1 2; do
		random_file "half$i" 10000000
		cat "half$i" >&"$fifo"
		heard "half$i"
		got "${MEMBERS[@]}"
	done
	[ ! -s sender.out ]
	stop room
	for i in 1 2 3 4 5 6 7 8; do
		finish "r$i" 1
		[ "$(stat -c %s "r$i.out")" -eq "$(stat -c %s "r$i.want")" ]
	done
	exec {fifo}>&-
}

@test "two send at once: both streams whole and in order, each gets the other's" {
	local member
	room --broker 127.0.0.1 0
	enter third
	high a.in 5000000
	low b.in 5000000
	INPUT=a.in spawn a "$SOCKCAT" --no-shutdown "${TARGET[@]}"
	until_true count room.err ' accepted ' 3
	INPUT=b.in spawn b "$SOCKCAT" --no-shutdown "${TARGET[@]}"
	for member in door third; do
		until_true has_bytes "$member.out" \
		    $((10000000 + $(stat -c %s "$member.want")))
		LC_ALL=C tr -d '\000-\177' <"$member.out" >"$member.a"
		same "$member.a" a.in
		LC_ALL=C tr -d '\200-\377' <"$member.out" >"$member.b"
		cat "$member.want" b.in >b.want
		same "$member.b" b.want
	done
	# b may have come when a was half through, but a was in before.
	cp b.in a.want
	got a
	LC_ALL=C tr -d '\200-\377' <b.out >b.low
	[ ! -s b.low ]
}

@test "many send at once and get from each other: nobody waits for ever" {
	local i w
	local -a fifo writer
	room --broker 127.0.0.1 0
	random_file data 1500000
	for i in 1 2 3 4 5 6; do
		mkfifo "s$i.fifo"
		exec {w}<>"s$i.fifo"
		fifo[i]=$w
		INPUT=s$i.fifo spawn "s$i" "$SOCKCAT" --no-shutdown \
		    "${TARGET[@]}"
		echo "here s$i" >"s$i.in"
		cat "s$i.in" >&"${fifo[i]}"
		until_true has_line door.out "here s$i"
		heard "s$i.in"
		: >"s$i.want"
		MEMBERS+=("s$i")
	done
	for i in 1 2 3 4 5 6; do
		heard data "s$i"
		cat data >&"${fifo[i]}" &
		writer[i]=$!
	done
	wait "${writer[@]}"
	for i in "${MEMBERS[@]}"; do
		until_true has_bytes "$i.out" "$(stat -c %s "$i.want")"
		[ "$(stat -c %s "$i.out")" -eq "$(stat -c %s "$i.want")" ]
	done
}

@test "standard input goes to all" {
	room --broker 127.0.0.1 0
	enter one
	enter two
	says 'to all of you\n'
	random_file big 3000000
	cat big >&"$SAY"
	heard big
	got door one two
}

@test "standard input waits for the first client, and nothing of it is lost" {
	random_file big 5000000
	INPUT=big listener room -v --broker 127.0.0.1 0
	spawn idle "$PEERS/idle.py" "${PID[room]}"
	finish idle
	[ "$(input_read room)" -le 65536 ]
	spawn first "$SOCKCAT" -d 127.0.0.1 "$PORT"
	until_true has_bytes first.out 5000000
	same first.out big
}

@test "standard input that is empty ends nothing" {
	random_file data 100000
	listener room -v --broker 127.0.0.1 0
	spawn one "$PEERS/peer.py" connect "127.0.0.1:$PORT" send:data \
	    recvn:5:five
	until_true count room.err ' accepted ' 1
	spawn two "$PEERS/peer.py" connect "127.0.0.1:$PORT" sendn:5 recv:rest
	finish one
	stop room
	finish two any
}

@test "-d, --recv-only: standard input is not read, what clients send is passed on" {
	local option
	random_file never 100000
	for option in -d --recv-only; do
		INPUT=never listener room -v --broker "$option" 127.0.0.1 0
		TARGET=("$ADDR" "$PORT")
		spawn one "$SOCKCAT" -d "${TARGET[@]}"
		until_true count room.err ' accepted ' 1
		# Until somebody is heard, one may not be in yet.
		until_true eval '"$SOCKCAT" --send-only "${TARGET[@]}" <<<hi
		    [ -s one.out ]'
		[ "$(sort -u one.out)" = hi ]
		[ "$(input_read room)" -eq 0 ]
		stop room
		finish one 1
	done
}

@test "--send-only: what clients send is discarded, standard input goes to all" {
	room --broker --send-only 127.0.0.1 0
	random_file data 1000000
	# Its kernel has its bytes acknowledged when they have been read.
	"$SOCKCAT" --send-only "${TARGET[@]}" <data
	spawn talker "$PEERS/peer.py" connect "$PEER" sendn:1000000 fin \
	    recvn:6:got
	until_true count room.err ' accepted ' 3
	says 'still\n'
	says 'and again\n'
	finish talker
	got door
}

# --- the slow, the half-closed, the gone -------------------------------------

@test "a client that does not read is cut off with a reset; others get everything" {
	local i
	room --broker 127.0.0.1 0
	enter good
	enter_peer slow await:over recv:got
	random_file piece 2000000
	for i in {1..30}; do
		pass piece
		# None but the slow one may be so slow.
		until_true has_bytes door.out "$(stat -c %s door.want)"
		until_true has_bytes good.out "$(stat -c %s good.want)"
		! grep -q 'cut off' room.err || break
	done
	grep -q 'closed 127.0.0.1:.*: cut off: .*too slowly' room.err
	# So much was queued, at least, and not for ever.
	[ "$i" -gt 8 ]
	[ "$i" -lt 30 ]
	touch over
	finish slow 1
	grep -q 'ConnectionResetError' slow.err
	pass piece
	got door good
	[ "$(grep -c 'cut off' room.err)" -eq 1 ]
}

@test "a client that has ended its direction still receives" {
	room --broker 127.0.0.1 0
	enter_peer half fin recvn:5:late
	spawn idle "$PEERS/idle.py" "${PID[room]}"
	finish idle
	says 'late\n'
	finish half
	printf 'late\n' | cmp - late
}

@test "clients that come and go, with resets and garbage: all of it is given back" {
	local i before
	room --broker 127.0.0.1 0
	enter good
	before=$(find "/proc/${PID[room]}/fd" -type l | wc -l)
	random_file garbage 200000
	for i in {1..8}; do
		spawn "a$i" "$PEERS/peer.py" connect "$PEER" reset
		spawn "b$i" "$PEERS/peer.py" connect "$PEER" send:garbage reset
		spawn "c$i" "$PEERS/peer.py" connect "$PEER" close
		spawn "d$i" "$PEERS/peer.py" connect "$PEER" fin sendn:0
	done
	for i in {1..8}; do
		finish "a$i"
		finish "b$i" any	# it may be reset by what it has not read
		finish "c$i"
		finish "d$i"
	done
	# That one has gone, and not just ended its direction, shows by writing.
	until_true eval 'says "knock\n"; descriptors "$before"'
	echo over >over
	"$SOCKCAT" --send-only "${TARGET[@]}" <over
	until_true eval 'tail -c 5 good.out | cmp -s - over'
	until_true eval 'tail -c 5 door.out | cmp -s - over'
}

@test "what was received before a reset is passed on" {
	local i
	room --broker -I 2M 127.0.0.1 0
	enter other
	for i in {1..8}; do
		enter_peer "s$i" "await:go$i" sendn:500000 acked reset
		kill -STOP "${PID[room]}"
		until_true is_stopped room
		# It has to write to the one that has gone.
		says 'meanwhile\n'
		touch "go$i"
		finish "s$i"
		kill -CONT "${PID[room]}"
		head -c 500000 /dev/zero >zeros
		heard zeros
		until_true has_bytes other.out "$(stat -c %s other.want)"
	done
}

@test "who sends and leaves is heard to the end, though it has to wait for others" {
	local preload
	need "${CC:-cc}"
	# Threads that write come late, so that those that read have to wait.
	cat >late.c <<-'END'
	#include <dlfcn.h>
	#include <stdint.h>
	#include <sys/socket.h>
	#include <unistd.h>
	ssize_t
	sendmsg(int fd, const struct msghdr *msg, int flags)
	{
		usleep(100000);
		return ((__typeof__(&sendmsg))(uintptr_t)dlsym(RTLD_NEXT,
		    "sendmsg"))(fd, msg, flags);
	}
	END
	"${CC:-cc}" -shared -fPIC -D_GNU_SOURCE -o late.so late.c -ldl
	preload="LD_PRELOAD='$PWD/late.so' ASAN_OPTIONS='${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0'"
	printf '#!/bin/sh\nexec env %s "%s" "$@"\n' "$preload" "$SOCKCAT" >late
	chmod +x late
	SOCKCAT=$PWD/late room --broker -U sock
	# As much as may be queued, and what else fits in between.
	random_file data 2250000
	"$PEERS/peer.py" connect "$PEER" send:data close
	heard data
	got door
}

@test "a UNIX socket: served, and removed at the end" {
	room --broker -U sock
	enter one
	enter_peer half fin recvn:4:got
	says 'all\n'
	finish half
	got door one
	stop room
	finish one
	[ ! -e sock ]
}

# --- chat --------------------------------------------------------------------

@test "--chat: each line is marked by who said it, standard input is user0" {
	room --chat 127.0.0.1 0
	[ "$(cat door.out)" = '<user0> welcome' ]
	enter two
	enter three
	chatter four 'one line\nanother\n'
	until_true has_line two.out another
	until_true has_line three.out another
	until_true has_line door.out another
	echo 'that is it' >&"$SAY"
	until_true has_line door.out 'that is it'
	cat >want <<-'END'
	<user0> welcome
	<user2> here two
	<user3> here three
	<user4> one line
	<user4> another
	<user0> that is it
	END
	diff want door.out
	until_true has_line two.out 'that is it'
	sed 1,2d want | diff - two.out
	until_true has_line three.out 'that is it'
	sed 1,3d want | diff - three.out
}

@test "--chat: control characters are escaped, CR LF is a line's end, UTF-8 stays" {
	room --chat 127.0.0.1 0
	chatter two 'a\033[31m\007\000\177\tb\r\nc\rd\r\n\n\303\251 \377 \302\233\nend'
	until_true has_line door.out end
	cat >want <<-'END'
	<user0> welcome
	<user2> a\x1b[31m\x07\x00\x7f\x09b
	<user2> c\x0dd
	<user2> 
	<user2> é \xff \xc2\x9b
	<user2> end
	END
	cmp want door.out
}

@test "--chat: a line comes when it is complete, or its sender has ended" {
	room --chat 127.0.0.1 0
	mkfifo two.in
	exec {two}<>two.in
	INPUT=two.in spawn two "$SOCKCAT" "${TARGET[@]}"
	printf 'ready\nhalf a ' >&"$two"
	until_true has_line door.out ready
	chatter three 'between\n'
	until_true has_line door.out between
	printf 'line\n' >&"$two"
	until_true has_line door.out 'half a line'
	chatter four 'no end'
	until_true has_line door.out 'no end'
	cat >want <<-'END'
	<user0> welcome
	<user2> ready
	<user3> between
	<user2> half a line
	<user4> no end
	END
	cmp want door.out
}

@test "--chat: a line of 8 KiB is one line, a longer one is several" {
	local line
	room --chat 127.0.0.1 0
	printf -v line '%8192s' ''
	line=${line// /x}
	chatter two "$line\n"
	chatter three "$line\r\n"
	chatter four "${line}y\nend\n"
	until_true has_line door.out 'end$'
	printf '<user0> welcome\n<user2> %s\n<user3> %s\n<user4> %s\n<user4> y\n<user4> end\n' \
	    "$line" "$line" "$line" >want
	cmp want door.out
}

@test "--chat: nothing is lost where a long line is cut, be it a CR" {
	local line
	room --chat 127.0.0.1 0
	printf -v line '%8191s' ''
	chatter two "${line// /x}\ry\nend\n"
	until_true has_line door.out 'end$'
	grep -o 'x\\x0d$\|> \\x0dy$' door.out
}

@test "--chat: a sender without line ends is passed on, and takes no memory" {
	local before after
	room --chat 127.0.0.1 0
	before=$(awk '/VmRSS/ { print $2 }' "/proc/${PID[room]}/status")
	tr '\0' x </dev/zero | head -c 6000000 >long
	mkfifo two.in
	exec {two}<>two.in
	INPUT=two.in spawn two "$SOCKCAT" "${TARGET[@]}"
	cat long >&"$two"
	# All but what may still become a line.
	until_true eval '[ "$(tr -dc x <door.out | wc -c)" -ge 5991808 ]'
	after=$(awk '/VmRSS/ { print $2 }' "/proc/${PID[room]}/status")
	case ${SOCKCAT_SANITIZERS:-no} in
	no) [ $((after - before)) -lt 16000 ] ;;
	esac
	[ "$(awk '{ print length }' door.out | sort -n | tail -n 1)" -le 8201 ]
}

@test "--chat: reads of all sizes, with half a line left over each time" {
	local i
	room --chat 127.0.0.1 0
	enter other
	# 15000 bytes of lines and 5000 of one that goes on, then 64 KiB at once.
	yes x | head -n 7500 >first
	tr '\0' y </dev/zero | head -c 5000 >>first
	tr '\0' z </dev/zero | head -c 65536 >second
	for i in 1 2 3 4; do
		spawn "s$i" "$PEERS/peer.py" connect "$PEER" send:first \
		    "await:go$i" send:second "say:sent" fin recv:end
		until_true count other.out '> x$' $((7500 * i))
		kill -STOP "${PID[room]}"
		until_true is_stopped room
		touch "go$i"
		until_true has_line "s$i.out" sent
		kill -CONT "${PID[room]}"
		until_true eval '[ "$(tr -dc z <other.out | wc -c)" -eq '$((65536 * i))' ]'
	done
	[ "$(tr -dc y <other.out | wc -c)" -eq 20000 ]
}

# --- limits ------------------------------------------------------------------

@test "--broker implies -k: what goes with -k goes with it" {
	run -3 timeout 20 "$SOCKCAT" -l --broker --max-conns 2 \
	    --accept-timeout 50ms 127.0.0.1 0 </dev/null
	run -3 timeout 20 "$SOCKCAT" -l --chat --max-accepts 2 --drain 1 \
	    --accept-timeout 50ms 127.0.0.1 0 </dev/null
}

@test "--max-conns: the rest wait and are not lost" {
	room -k --broker --max-conns 2 -U sock
	enter_peer second await:leave
	echo 'here third' >third.in
	spawn third "$PEERS/peer.py" connect "$PEER" send:third.in say:sent \
	    recvn:3:now
	until_true has_line third.out sent
	spawn idle "$PEERS/idle.py" "${PID[room]}"
	finish idle
	count room.err ' accepted ' 2
	touch leave
	finish second
	until_true has_line door.out 'here third'
	says 'now'
	finish third
}

@test "--max-accepts: it leaves when these have left, status 0" {
	echo hello >hello
	INPUT=hello listener room -v -k --broker --max-accepts 2 -U sock
	spawn one "$PEERS/peer.py" connect "unix:sock" recvn:6:hi say:in \
	    recvn:4:four
	until_true has_line one.out in
	spawn two "$PEERS/peer.py" connect "unix:sock" await:go sendn:4
	until_true count room.err ' accepted ' 2
	# Nobody else is let in, and those are let be.
	until_true test ! -e sock
	touch go
	finish two
	finish one
	finish room
}

@test "-w: who neither sends nor gets anything is disconnected, others stay" {
	room --broker -w 700ms 127.0.0.1 0
	spawn quiet "$PEERS/peer.py" connect "$PEER" recv:got
	finish quiet any
	until_true has_line room.err 'nothing moved in time'
	kill -0 "${PID[room]}"
	# Those who come later are served.
	spawn late "$SOCKCAT" -d "${TARGET[@]}"
	echo again >&"$SAY"
	until_true has_line late.out again
}

@test "TERM: it dies of it, also with a blocked client, and clients see a reset" {
	room --broker 127.0.0.1 0
	enter good
	enter_peer blocked await:never
	random_file data 9000000
	pass data
	got good
	stop room
	finish good 1
	finish door 1
}

@test "idle: no CPU time with a client that is blocked and input that waits" {
	room --broker 127.0.0.1 0
	enter_peer blocked await:never
	random_file data 9000000
	pass data
	got door
	INPUT=data listener lonely --broker 127.0.0.1 0
	spawn one "$PEERS/idle.py" "${PID[room]}"
	spawn two "$PEERS/idle.py" "${PID[lonely]}"
	finish one
	finish two
}
