#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --exec, --sh-exec, --pty: a command at the local end of a connection.

# A test is a subshell; bats and helpers.bash set status, PID, PORT ...
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

load helpers

# serves NAME OPTION...: a listener for many clients.
serves() {
	local name=$1
	shift
	listener "$name" -k "$@" 127.0.0.1 0
}

# runs STATUS OPTION...: a listener for one client, who sends standard input (to
# `reply' comes what it gets), ends with that status.
runs() {
	local status=$1
	shift
	listener a "$@" 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" >reply
	finish a "$status"
}

# gone PID...: these processes are no more; for until_true.
gone() {
	local pid
	for pid; do
		[ ! -e "/proc/$pid" ] || return 1
	done
}

# started NAME: the processes that it has started, zombies too.
started() {
	cat /proc/"${PID[$1]}"/task/*/children 2>/dev/null
}

# children NAME: how many these are.
children() {
	started "$1" | wc -w
}

descriptors() {
	find "/proc/${PID[$1]}/fd" -mindepth 1 | wc -l
}

has_none() {
	[ "$(children "$1")" -eq 0 ]
}

# --- what is run -------------------------------------------------------------

@test "--exec: split into words, no shell; --sh-exec: the shell" {
	runs 0 --exec "printf '%s|' one 'two  three' \"f\\\"our\" \\\$HOME *" </dev/null
	[ "$(cat reply)" = "one|two  three|f\"our|\$HOME|*|" ]
	X=value runs 0 --sh-exec 'echo "$X" | tr a-z A-Z' </dev/null
	[ "$(cat reply)" = VALUE ]
}

@test "the status of the one command is ours" {
	runs 0 --exec true </dev/null
	runs 7 --sh-exec 'exit 7' </dev/null
	listener killed --sh-exec 'kill $$' 127.0.0.1 0
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	finish killed 143
	serves b --max-accepts 2 --sh-exec 'exit 7'
	"$SOCKCAT" -d 127.0.0.1 "$PORT"
	"$SOCKCAT" -d 127.0.0.1 "$PORT"
	finish b 0
}

@test "the initiator runs a command, too" {
	random_file data 300k
	listener a 127.0.0.1 0
	run -3 "$SOCKCAT" --sh-exec 'cat data; exit 3' 127.0.0.1 "$PORT"
	finish a
	same data a.out
	INPUT=data listener b 127.0.0.1 0
	run -0 "$SOCKCAT" --sh-exec 'cat >got' 127.0.0.1 "$PORT"
	finish b
	same data got
	run -1 "$SOCKCAT" --exec true 127.0.0.1 "$PORT"
	[ ! -e got2 ]
}

@test "UNIX-domain sockets" {
	listener a -U --exec cat path
	[ "$(echo text | "$SOCKCAT" -U path)" = text ]
	finish a
	listener b -U --exec env path
	"$SOCKCAT" -U path </dev/null >reply
	finish b
	grep -qx PROTO=UNIX reply
	grep -qx UNIXLOCALPATH=path reply
	grep -qx "UNIXREMOTEEUID=$(id -u)" reply
}

@test "the environment of a UNIX peer: paths are exact, or empty" {
	local path=$'a\e[31m b\xff'
	listener server -k --exec env -U "$path"
	"$SOCKCAT" -d -U "$path" >reply
	grep -qxF UNIXREMOTEPATH= reply
	grep -qxF NCAT_REMOTE_ADDR= reply
	LC_ALL=C grep -aqxF "UNIXLOCALPATH=$path" reply
	"$SOCKCAT" -d -s $'c \303\244' -U "$path" >reply
	grep -aqxF $'UNIXREMOTEPATH=c \303\244' reply
	"$SOCKCAT" -d -s "@abstract.$$" -U "$path" >reply
	grep -aqxF "UNIXREMOTEPATH=@abstract.$$" reply
	# A path that begins like that is none, and one with a NUL in it no text.
	cat >client.py <<-'END'
	import os, socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.bind(sys.argv[1].encode().replace(b"|", b"\0"))
	s.connect(os.fsencode(sys.argv[2]))
	while data := s.recv(65536):
	    os.write(1, data)
	END
	python3 -S client.py @file "$path" >reply
	grep -aqxF UNIXREMOTEPATH=./@file reply
	python3 -S client.py "|two.$$|parts" "$path" >reply
	grep -aqxF UNIXREMOTEPATH= reply
	# Nor is one that would be more than a path (hostile.bats).
	"$SOCKCAT" -d -s $'c\a' -U "$path" >reply
	grep -aqxF UNIXREMOTEPATH= reply
	# Of the one who dials.
	stop server
	listener server -U sock
	"$SOCKCAT" --sh-exec 'env >seen' -U sock
	finish server
	grep -qxF UNIXLOCALPATH= seen
	grep -qxF UNIXREMOTEPATH=sock seen
}

@test "--ready-fd of a UNIX socket: the path is exact" {
	listener server -U $'a\e[31m b'
	[ "$ADDR $PORT" = $'a\e[31m b' ]
	stop server
}

# --- its surroundings --------------------------------------------------------

@test "the environment: UCSPI's, Ncat's, ours, and nobody else's" {
	TCPREMOTEIP=o-l-d TCPREMOTEINFO=o-l-d NCAT_OLD=o-l-d MINE=mine \
	    listener a --exec env 127.0.0.1 0
	"$SOCKCAT" -v 127.0.0.1 "$PORT" </dev/null >reply 2>client.err
	finish a
	ours=$(sed -n 's/.*connected .*:\([0-9]*\) -> .*/\1/p' client.err)
	for line in PROTO=TCP TCPLOCALIP=127.0.0.1 "TCPLOCALPORT=$PORT" \
	    TCPREMOTEIP=127.0.0.1 "TCPREMOTEPORT=$ours" NCAT_PROTO=TCP \
	    NCAT_LOCAL_ADDR=127.0.0.1 "NCAT_LOCAL_PORT=$PORT" \
	    NCAT_REMOTE_ADDR=127.0.0.1 "NCAT_REMOTE_PORT=$ours" MINE=mine; do
		grep -qx "$line" reply || fail "no $line in $(cat reply)"
	done
	run ! grep o-l-d reply
}

@test "it has 0, 1 and 2, signals at their defaults, and a group of its own" {
	(
		trap '' PIPE CHLD HUP USR1
		exec 7<"$BATS_TEST_DIRNAME/helpers.bash" 4>ready
		exec "$SOCKCAT" -l --ready-fd 4 --sh-exec 'ls /proc/$$/fd;
		    grep -E "Sig(Ign|Blk)" /proc/self/status;
		    ps -o pgid= -p $$; echo $$' 127.0.0.1 0 </dev/null 3>&-
	) 2>a.err &
	PID[a]=$!
	until_true test -s ready
	read -r ADDR PORT <ready
	"$SOCKCAT" "$ADDR" "$PORT" </dev/null >reply
	finish a
	[ "$(sed '/Sig/,$d' reply | xargs)" = "0 1 2" ] || fail "$(cat reply)"
	# The two that the C library keeps for itself are ignored in each command.
	[ "$(grep -cE '	0000000(00|18)0000000$' reply)" -eq 2 ] ||
		fail "$(cat reply)"
	[ "$(tail -2 reply | xargs -n1 | uniq | wc -l)" -eq 1 ]
}

@test "the socket itself is its input and output; with --crlf it is not" {
	runs 0 --sh-exec 'readlink /proc/$$/fd/0 /proc/$$/fd/1' </dev/null
	[ "$(grep -c '^socket:' reply)" -eq 2 ]
	[ "$(uniq reply | wc -l)" -eq 1 ]
	runs 0 -C --exec "printf 'one\\ntwo\\n'" </dev/null
	printf 'one\r\ntwo\r\n' >expected
	same expected reply
}

# --- ends --------------------------------------------------------------------

@test "the client's half-close is the end of input, and the rest still comes" {
	seq 20000 -1 1 >data
	sort -n data >expected
	runs 0 --exec 'sort -n' <data
	same expected reply
	runs 0 --idle-timeout 20 --exec 'sort -n' <data
	same expected reply
}

@test "a command that does not read: its output arrives whole" {
	local options
	random_file data 3M
	random_file output 1M
	for options in --no-delay "--idle-timeout 20"; do
		# shellcheck disable=SC2086 # several words
		listener a $options --exec 'cat output' 127.0.0.1 0
		"$SOCKCAT" --exit-on-eof 127.0.0.1 "$PORT" <data >reply ||
			[ $? -eq 1 ]
		finish a
		same output reply
	done
}

@test "what it writes at once is never lost: a hundred times" {
	local i
	serves a --exec 'echo first'
	serves b --idle-timeout 20 --exec 'echo first'
	for i in $(seq 100); do
		[ "$(: | "$SOCKCAT" 127.0.0.1 "$PORT")" = first ] ||
			fail "lost, at turn $i"
	done
	stop a
	stop b
}

@test "TERM: the command gets TERM, and KILL if that is not enough" {
	listener a --sh-exec 'trap "echo term >told; exit" TERM; echo up >up;
	    while [ $((i += 1)) -lt 600 ]; do sleep 0.1; done' 127.0.0.1 0
	spawn client "$SOCKCAT" -d 127.0.0.1 "$PORT"
	until_true test -s up
	kill -TERM "${PID[a]}"
	finish a 143
	[ "$(cat told)" = term ]
	finish client any
	listener b --sh-exec 'trap "" TERM; echo $$ >pid;
	    while [ $((i += 1)) -lt 600 ]; do sleep 0.1; done' 127.0.0.1 0
	spawn client "$SOCKCAT" -d 127.0.0.1 "$PORT"
	until_true test -s pid
	kill -TERM "${PID[b]}"
	finish b 143
	until_true gone "$(cat pid)"
	finish client any
}

# delivered PID: no TERM is pending there, with which another would be one; for
# until_true.
delivered() {
	! grep -q '^S..Pnd:.*[4-7c-f]...$' "/proc/$1/status"
}

@test "a second signal: at once; with -k all commands end" {
	local i before
	serves a --sh-exec 'trap "" TERM; echo $$ >>pids;
	    while [ $((i += 1)) -lt 600 ]; do sleep 0.1; done'
	for i in 1 2 3; do
		spawn "c$i" "$SOCKCAT" -d 127.0.0.1 "$PORT"
	done
	until_true eval '[ "$(wc -l <pids)" -eq 3 ]'
	before=$(date +%s%N)
	kill -TERM "${PID[a]}"
	until_true delivered "${PID[a]}"
	kill -TERM "${PID[a]}"
	finish a 143
	[ $((($(date +%s%N) - before) / 1000000)) -lt 1900 ]
	# shellcheck disable=SC2046 # several
	until_true gone $(cat pids)
}

@test "--timeout ends the command, status 3" {
	listener a --timeout 2s --sh-exec 'echo $$ >pid; exec sleep 60' \
	    127.0.0.1 0
	spawn client "$SOCKCAT" -d 127.0.0.1 "$PORT"
	finish a 3
	until_true gone "$(cat pid)"
	finish client any
}

@test "many commands, killed and reset at random: nothing is left" {
	local i before pid
	serves a --max-conns 8 --exec 'sleep 60'
	spawn warm "$SOCKCAT" -d 127.0.0.1 "$PORT"
	until_true eval '[ "$(children a)" -eq 1 ]'
	kill -KILL "$(started a)"
	finish warm 1
	until_true has_none a
	before=$(descriptors a)
	for i in $(seq 60); do
		"$SOCKCAT" -d 127.0.0.1 "$PORT" &
		[ $((i % 3)) -ne 0 ] || kill -KILL $!
		for pid in $(started a); do
			kill -KILL "$pid" 2>/dev/null || true
		done
	done
	until_true kill_children a
	[ "$(descriptors a)" -le "$((before + 2))" ]
	# The count is right: eight more are served at once.
	for i in 1 2 3 4 5 6 7 8; do
		spawn "c$i" "$SOCKCAT" -d 127.0.0.1 "$PORT"
	done
	until_true eval '[ "$(children a)" -eq 8 ]'
	stop a
}

# kill_children NAME: until there are none, and nobody is left in the queue.
kill_children() {
	local pid
	for pid in $(started "$1"); do
		kill -KILL "$pid" 2>/dev/null || true
	done
	has_none "$1" && [ "$(jobs -r | grep -c 'SOCKCAT.*-d')" -eq 0 ]
}

# --- a terminal --------------------------------------------------------------

@test "--pty: a terminal of the right size, and its end" {
	runs 0 --pty --sh-exec 'tty; stty size; stty -echo; cat' <<<text
	grep -q '^/dev/pts/' reply
	grep -q '^24 80' reply
	grep -q '^text' reply
}

@test "--pty: Ctrl-C arrives as a signal" {
	listener a --pty --sh-exec 'trap "echo interrupted; exit 9" INT; echo up;
	    while [ $((i += 1)) -lt 600 ]; do sleep 0.1; done' 127.0.0.1 0
	mkfifo in
	exec {in}<>in
	INPUT=in spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	printf '\003' >&"$in"
	finish a 9
	until_true has_line client.out interrupted
	exec {in}>&-
}

# --- datagrams ---------------------------------------------------------------

@test "-u: each peer has its own command" {
	listener a -u -k --exec cat 127.0.0.1 0
	spawn b "$PEERS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" text:one \
	    recv:1:got.b
	spawn c "$PEERS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" text:two \
	    recv:1:got.c
	finish b
	finish c
	[ "$(cat got.b got.c | xargs)" = "one two" ]
	[ "$(children a)" -eq 2 ]
	stop a
	listener d -u --sh-exec 'head -c 3 >got; exit 4' 127.0.0.1 0
	printf abc | "$SOCKCAT" -u -q 0 127.0.0.1 "$PORT"
	finish d 4
	[ "$(cat got)" = abc ]
}

@test "-u: a command has the end of its input when its peer is silent, with -w" {
	listener a -u -k -w 300ms --sh-exec 'cat >got; echo end >>got' \
	    127.0.0.1 0
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<hello
	until_true has_line got end
	[ "$(paste -sd' ' got)" = "hello end" ]
	stop a
}

@test "-u: a command is told the port it was asked at" {
	local host
	for host in 127.0.0.1 0.0.0.0; do
		listener a -u --sh-exec 'env | grep LOCAL' "$host" 0
		echo hello | "$SOCKCAT" -u -q 30 -W 1 127.0.0.1 "$PORT" \
		    >got
		finish a
		grep -qx UDPLOCALIP=127.0.0.1 got
		grep -qx "UDPLOCALPORT=$PORT" got
		grep -qx "NCAT_LOCAL_PORT=$PORT" got
	done
}

# asked OPTION...: a listener on UDP, `a', whose client `p' says two words that
# are told to the command.
asked() {
	listener a -u "$@" 127.0.0.1 0
	spawn p "$PEERS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" text:one \
	    text:two recv:10:got
	until_true test -e begun
}

# ended PID: it is a zombie, or gone; for until_true.
ended() {
	! grep -qs '^State:.[^Z]' "/proc/$1/status"
}

@test "UDP: the last messages of a command that has left something unread" {
	local pid
	asked --sh-exec 'head -n 1; : >begun
	    until [ -e go ] || [ $((i += 1)) -gt 3000 ]; do sleep 0.02; done
	    for i in 0 1 2 3 4 5 6 7 8 9; do echo $i; done'
	pid=$(($(started a)))
	kill -STOP "${PID[a]}"
	until_true is_stopped a
	: >go
	until_true ended "$pid"
	kill -CONT "${PID[a]}"
	finish p
	finish a
	diff <(echo one; seq 0 8) got
}

@test "UDP: a message that no datagram can hold fails where it is written" {
	head -c 131072 /dev/zero >big
	listener a -u --sh-exec 'head -n 1
	    dd if=big bs=131072 count=1 2>err
	    dd if=big bs=65509 count=1 2>>err; echo end' 127.0.0.1 0
	echo hello | "$SOCKCAT" -u -q 30 -W 2 127.0.0.1 "$PORT" >reply
	finish a
	[ "$(cat reply)" = $'hello\nend' ]
	[ "$(grep -c 'Message too long' err)" -eq 2 ]
	listener a -u --sh-exec 'head -n 1 >got; dd if=big bs=65507 count=1' \
	    127.0.0.1 0
	echo hello | "$SOCKCAT" -u -q 30 -W 1 127.0.0.1 "$PORT" >reply
	finish a
	[ "$(wc -c <reply)" -eq 65507 ]
}

@test "UDP: a command that has closed its output may go on" {
	listener a -u --sh-exec 'echo hello; exec <&- >&-
	    until [ -e go ] || [ $((i += 1)) -gt 3000 ]; do sleep 0.02; done; exit 7' 127.0.0.1 0
	echo hello | "$SOCKCAT" -u -q 30 -W 1 127.0.0.1 "$PORT" >reply
	[ "$(cat reply)" = hello ]
	sleep 1.3
	: >go
	finish a 7
}

@test "UDP, -k: a command that goes on holds nobody up, and is ended at last" {
	local pid
	listener a -u -k --timeout 60s --sh-exec 'head -n 1; trap "" TERM
	    exec <&- >&-; while [ -e stay ]; do sleep 0.02; done' 127.0.0.1 0
	: >stay
	for i in 1 2 3; do
		echo "$i" | "$SOCKCAT" -u -q 30 -W 1 127.0.0.1 "$PORT" >>reply
	done
	diff <(seq 3) reply
	[ "$(children a)" -eq 3 ]
	rm stay
	until_true has_none a
	: >stay
	echo 4 | "$SOCKCAT" -u -q 30 -W 1 127.0.0.1 "$PORT"
	pid=$(($(started a)))
	stop a
	ended "$pid"
}

@test "UDP, -k: a command that does not end in silence: TERM, then KILL" {
	listener a -u -k -w 1 --sh-exec 'trap "" TERM; head -n 1
	    while [ $((i += 1)) -lt 3000 ]; do sleep 0.02; done' 127.0.0.1 0
	echo hello | "$SOCKCAT" -u -q 30 -W 1 127.0.0.1 "$PORT"
	[ "$(children a)" -eq 1 ]
	until_true has_none a
	stop a
}
