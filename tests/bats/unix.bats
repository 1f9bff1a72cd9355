#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# UNIX-domain sockets: streams and datagrams, paths and abstract names.

load helpers
load unix

# catches_term NAME: it has a handler of TERM; for until_true.
catches_term() {
	local mask
	mask=$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/${PID[$1]}/status")
	[ $((0x$mask & 0x4000)) -ne 0 ]
}

# --- streams -----------------------------------------------------------------

@test "stream: both ways, the path is there while listening" {
	echo question >question
	echo answer >answer
	INPUT=answer listener a -U sock
	[ "$ADDR" = sock ]
	[ -S sock ]
	run -0 "$SOCKCAT" -U sock <question
	[ "$output" = answer ]
	finish a
	[ "$(cat a.out)" = question ]
	gone sock
}

@test "stream: large transfers both ways at a time, whole" {
	random_file up 7M
	random_file down 6M
	INPUT=down listener a -U sock
	"$SOCKCAT" -U sock <up >got
	finish a
	same up a.out
	same down got
}

@test "stream, an abstract name: both ways, no file" {
	local name
	name=$(abstract)
	random_file up 1M
	random_file down 1M
	INPUT=down listener a -U "$name"
	[ "$ADDR" = "$name" ]
	[ -z "$(find . -type s)" ]
	"$SOCKCAT" -U "$name" <up >got
	finish a
	same up a.out
	same down got
}

@test "-k: one client after another" {
	local i
	listener a -k -U sock
	for i in {1..20}; do
		"$SOCKCAT" -U sock <<<"$i"
	done
	until_true has_line a.out '^20$'
	diff <(seq 20) a.out
	stop a
	gone sock
}

@test "without -k: the path goes as soon as the one client is there" {
	listener a -v -U sock
	spawn c "$PEERS/peer.py" connect unix:sock await:go sendn:5
	until_true has_line a.err accepted
	until_true gone sock
	run -1 "$SOCKCAT" -U sock </dev/null
	touch go
	finish c
	finish a
}

@test "a peer that closes ends us, with our input open and silent: as a listener" {
	local w
	mkfifo in
	exec {w}<>in
	echo bye >bye
	INPUT=in listener a --timeout 20s -U sock
	"$PEERS/peer.py" connect unix:sock send:bye
	finish a
	[ "$(cat a.out)" = bye ]
	exec {w}>&-
}

@test "a peer that closes ends us, with our input open and silent: as a client" {
	local w
	mkfifo in
	exec {w}<>in
	echo bye >bye
	spawn peer "$PEERS/peer.py" listen unix:sock2 send:bye
	until_true has_line peer.out sock2
	INPUT=in spawn c "$SOCKCAT" --timeout 20s -U sock2
	finish c
	finish peer
	[ "$(cat c.out)" = bye ]
	exec {w}>&-
}

@test "a peer that ends its direction only still gets our data" {
	local w
	mkfifo in
	exec {w}<>in
	echo hello >hello
	INPUT=in listener a -v -U sock
	spawn c "$PEERS/peer.py" connect unix:sock send:hello fin recv:got
	until_true has_line a.err "ended its direction"
	echo later >&"$w"
	until_true has_line a.err "ended its direction"
	exec {w}>&-
	finish a
	finish c
	[ "$(cat got)" = later ]
	[ "$(cat a.out)" = hello ]
}

# --- datagrams ---------------------------------------------------------------

@test "datagrams: answers find the client by its automatic abstract name" {
	local w
	mkfifo in
	exec {w}<>in
	INPUT=in listener a -v -u -U sock
	echo question >question
	INPUT=question spawn c "$SOCKCAT" -v -u -U -q 30 -W 1 sock
	until_true has_line a.out question
	grep -q "accepted @[0-9a-f]* on " a.err
	echo answer >&"$w"
	finish c
	[ "$(cat c.out)" = answer ]
	exec {w}>&-
}

@test "datagrams: an abstract listener, answers" {
	local name w
	name=$(abstract)
	mkfifo in
	exec {w}<>in
	INPUT=in listener a -u -U "$name"
	echo question >question
	INPUT=question spawn c "$SOCKCAT" -u -U -q 30 -W 1 "$name"
	until_true has_line a.out question
	echo answer >&"$w"
	finish c
	[ "$(cat c.out)" = answer ]
	[ -z "$(find . -type s)" ]
	exec {w}>&-
}

@test "datagrams: a listener that is stopped makes the client wait, nothing is lost" {
	seq 3000 >lines
	listener a -u -U --lines -W 3000 -q -1 sock
	kill -STOP "${PID[a]}"
	INPUT=lines spawn c "$SOCKCAT" -v -u -U --lines --send-only sock
	until_true has_line c.err connected
	kill -CONT "${PID[a]}"
	finish c
	finish a
	same lines a.out
}

@test "datagrams: what can't be sent to a peer without a name is status 1" {
	echo hello >hello
	INPUT=hello listener a -u -U -q 100ms sock
	python3 -S -c 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(b"question\n", "sock")'
	finish a 1
	[ "$(cat a.out)" = question ]
	grep -q "no address: nothing can be sent" a.err
}

@test "datagrams: many lines arrive whole and in order" {
	seq 5000 >lines
	listener a -u -U --lines -W 5000 -q -1 sock
	"$SOCKCAT" -u -U --lines --send-only sock <lines
	finish a
	same lines a.out
	gone sock
}

@test "datagrams: the listener's path is removed at the end" {
	listener a -k -u -U sock
	"$SOCKCAT" -u -U --send-only sock <<<hello
	until_true has_line a.out hello
	[ -S sock ]
	stop a
	gone sock
}

@test "datagrams from a peer without a name: received, and nothing to answer to" {
	listener a -v -u -U -W 1 sock
	python3 -S -c 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(b"hello\n", "sock")'
	finish a
	[ "$(cat a.out)" = hello ]
	grep -q "accepted (unnamed) on " a.err
}

# --- the client --------------------------------------------------------------

@test "client: no socket, or nothing at the path: status 1 and a message" {
	echo precious >file
	mkdir dir
	stale stale
	run -1 "$SOCKCAT" -U file </dev/null
	[[ $output == "sockcat: "*file* ]]
	run -1 "$SOCKCAT" -U dir </dev/null
	[[ $output == "sockcat: "*dir* ]]
	run -1 "$SOCKCAT" -U missing </dev/null
	[[ $output == "sockcat: "*missing*"No such file"* ]]
	run -1 "$SOCKCAT" -U stale </dev/null
	[[ $output == "sockcat: "*stale*refused* ]]
	run -1 "$SOCKCAT" -U no/such </dev/null
	run -1 "$SOCKCAT" -u -U file </dev/null
	run -1 "$SOCKCAT" -u -U missing </dev/null
	run -1 "$SOCKCAT" -U "$(abstract)" </dev/null
	[ "$(cat file)" = precious ]
	[ -S stale ]
}

@test "client: a stream to a datagram socket, and the other way round: status 1" {
	listener a -k -u -U dgram
	listener b -k -U stream
	run -1 "$SOCKCAT" -U dgram </dev/null
	[[ $output == *dgram* ]]
	run -1 "$SOCKCAT" -u -U stream </dev/null
	[[ $output == *stream* ]]
}

@test "client -s: its own path, removed at the end" {
	echo hello >hello
	listener a -v -U sock
	spawn c "$SOCKCAT" -s mine -U sock
	until_true has_line a.err "accepted mine on sock"
	finish a
	finish c
	gone mine
	spawn peer "$PEERS/peer.py" listen unix:sock2 await:go
	until_true has_line peer.out sock2
	spawn c "$SOCKCAT" -v -s mine -U sock2
	until_true has_line c.err "connected mine -> sock2"
	[ -S mine ]
	stop c
	gone mine
	touch go
	finish peer
}

@test "client -u -s: answers come to that path, which is removed at the end" {
	local w
	mkfifo in
	exec {w}<>in
	echo question >question
	INPUT=in listener a -v -u -U sock
	INPUT=question spawn c "$SOCKCAT" -s mine -u -U -q 30 -W 1 sock
	until_true has_line a.err "accepted mine on "
	[ -S mine ]
	echo answer >&"$w"
	finish c
	[ "$(cat c.out)" = answer ]
	gone mine
	exec {w}>&-
}

@test "client -s: a file in the way is status 6, and left alone" {
	listener a -k -U sock
	echo precious >mine
	run -6 "$SOCKCAT" -s mine -U sock </dev/null
	[ "$(cat mine)" = precious ]
	rm mine
	run -1 "$SOCKCAT" -s mine -U missing </dev/null
	gone mine
}

@test "--retry: a path that comes later" {
	echo hello >hello
	INPUT=hello spawn c "$SOCKCAT" -v --retry 30s -U sock
	until_true has_line c.err "trying again"
	listener a -U sock
	finish c
	finish a
	[ "$(cat a.out)" = hello ]
}

@test "--retry with -s: it can bind its own path each time" {
	echo hello >hello
	INPUT=hello spawn c "$SOCKCAT" -v --retry 30s -s mine -U sock
	until_true has_line c.err "trying again"
	listener a -U sock
	finish c
	finish a
	[ "$(cat a.out)" = hello ]
	gone mine
}

@test "a full listen queue: the client waits until there is room" {
	full sock 2
	echo hello >hello
	INPUT=hello spawn c1 "$SOCKCAT" -U sock
	INPUT=hello spawn c2 "$SOCKCAT" -U sock
	run -3 "$SOCKCAT" --connect-timeout 100ms -U sock </dev/null
	[[ $output == *sock*"queue is full"* ]]
	kill -0 "${PID[c1]}"
	kill -0 "${PID[c2]}"
	touch go
	finish c1
	finish c2
	finish full
	[ "$(grep -c hello full.out)" -eq 2 ]
}

@test "a full listen queue: a signal ends the waiting" {
	full sock 0
	spawn c "$SOCKCAT" -v -U sock
	until_true catches_term c
	stop c
	touch go
	finish full
}

@test "a full listen queue of an abstract name: the message names it" {
	local name
	name=$(abstract)
	full "$name" 0
	run -3 "$SOCKCAT" -w 100ms -U "$name" </dev/null
	[[ $output == *"$name"* ]]
	touch go
	finish full
}

# --- names in messages -------------------------------------------------------

@test "a peer without a name is shown as such" {
	listener a -v -U sock
	"$SOCKCAT" -U sock </dev/null
	finish a
	grep -q "accepted (unnamed) on sock\$" a.err
	grep -q "closed (unnamed): done" a.err
}

@test "control characters in names are escaped in messages" {
	local path=$'a\e[31m\nb'
	listener a -v -U "$path"
	"$SOCKCAT" -v -s $'c\e]0;x\a' -U "$path" </dev/null 2>c.err
	finish a
	[ "$(cat a.err c.err | tr -d '\n' | tr -dc '\000-\037' | wc -c)" -eq 0 ]
	grep -qF 'listening on a\x1b[31m\x0ab' a.err
	grep -qF 'accepted c\x1b]0;x\x07 on a\x1b' a.err
	grep -qF 'connected c\x1b]0;x\x07 -> a\x1b' c.err
	[ "$(grep -vc '^sockcat: ' a.err)" -eq 0 ]
	run -1 "$SOCKCAT" -U "$path" </dev/null
	[[ $output == *'a\x1b[31m\x0ab'* ]]
	[[ $output != *$'\e'* ]]
	run -2 "$SOCKCAT" -l -U "$path" $'\e[1m' </dev/null
	[[ $output != *$'\e'* ]]
}

@test "an abstract name with NUL and control bytes is shown escaped" {
	cat >odd.py <<-'END'
	import socket, sys
	s = socket.socket(socket.AF_UNIX)
	s.bind("\0odd\0\x1b" + sys.argv[1])
	s.connect("sock")
	END
	listener a -v -U sock
	python3 -S odd.py "$$-$RANDOM"
	finish a
	grep -qF "accepted @odd\\x00\\x1b$$-" a.err
}

# --- other programs ----------------------------------------------------------

@test "nc: it connects to us, and we to it" {
	need nc
	random_file up 3M
	random_file down 2M
	INPUT=down listener a -U sock
	nc -N -U sock <up >got
	finish a
	same up a.out
	same down got
	# As a listener it leaves once it has received the end, so one by one.
	spawn b nc -l -U sock2
	"$SOCKCAT" --retry 30s -U sock2 <up
	finish b
	same up b.out
	INPUT=down spawn c nc -N -l -U sock3
	"$SOCKCAT" -d --retry 30s -U sock3 >got
	finish c
	same down got
}

@test "socat: it connects to us, and we to it" {
	need socat
	random_file up 3M
	random_file down 2M
	INPUT=down listener a -U sock
	socat -t 30 - UNIX-CONNECT:sock <up >got
	finish a
	same up a.out
	same down got
	INPUT=down spawn b socat -t 30 - UNIX-LISTEN:sock2
	"$SOCKCAT" --retry 30s -U sock2 <up >got
	finish b
	same up b.out
	same down got
}

@test "socat: abstract names, both ways" {
	local name
	need socat
	name=$(abstract)
	echo hello >hello
	listener a -U "$name"
	socat -u - "ABSTRACT-CONNECT:${name#@}" <hello
	finish a
	[ "$(cat a.out)" = hello ]
	INPUT=hello spawn b socat -t 30 - "ABSTRACT-LISTEN:${name#@}"
	"$SOCKCAT" --retry 30s -U "$name" <hello >got
	finish b
	[ "$(cat b.out)" = hello ]
	[ "$(cat got)" = hello ]
}

@test "socat: datagrams, both ways" {
	local w
	need socat
	mkfifo in
	exec {w}<>in
	echo question >question
	INPUT=in listener a -v -u -U sock
	INPUT=question spawn b socat -t 30 - UNIX-SENDTO:sock,bind=theirs
	until_true has_line a.out question
	echo answer >&"$w"
	until_true has_line b.out answer
	kill "${PID[b]}"
	finish b any
	spawn b socat -u UNIX-RECV:sock2 -
	until_true [ -S sock2 ]
	"$SOCKCAT" -u -U --send-only sock2 <question
	until_true has_line b.out question
	exec {w}>&-
}
