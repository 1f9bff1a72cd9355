#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What is done to the data, and when a transfer is left early.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers

# peer ADDRESS VERB...: peer.py, listening.  Sets PORT.
peer() {
	spawn peer "$PEERS/peer.py" listen "$@"
	until_true test -s peer.out
	read -r PORT <peer.out
}

# has FILE TEXT: the file holds exactly that; for until_true.
has() {
	cmp -s "$1" <(printf '%b' "$2")
}

# holds FILE TEXT: the same, as an assertion.
holds() {
	has "$@" || fail "$1 holds: $(od -An -c "$1"), not $2"
}

# --- -C ----------------------------------------------------------------------

# sent INPUT EXPECTED WORD...: what a client with these words sends.
sent() {
	local text=$1 expected=$2
	shift 2
	rm -f got
	peer 127.0.0.1:0 recv:got
	printf '%b' "$text" >input
	run -0 "$SOCKCAT" "$@" 127.0.0.1 "$PORT" <input
	finish peer
	holds got "$expected"
}

@test "-C: LF becomes CR LF, a LF that has its CR is left" {
	sent 'a\nb\r\nc' 'a\r\nb\r\nc' -C
	sent '\n' '\r\n' --crlf
	sent '\n\n\r\n\r\r\n\r' '\r\n\r\n\r\n\r\r\n\r' -C
	sent 'no line' 'no line' -C
	sent '' '' -C
	sent 'a\nb\r\n' 'a\nb\r\n'
}

@test "-C: what is received is left alone" {
	printf 'a\nb\r\n' >data
	peer 127.0.0.1:0 send:data
	"$SOCKCAT" -C 127.0.0.1 "$PORT" </dev/null >out
	holds out 'a\nb\r\n'
}

@test "-C: a listener, too" {
	printf 'a\nb\r\n' >data
	INPUT=data listener server -C 127.0.0.1 0
	run -0 "$PEERS/peer.py" connect "127.0.0.1:$PORT" fin recv:got
	finish server
	holds got 'a\r\nb\r\n'
}

@test "-C: a CR and its LF in two reads" {
	silent_input
	peer 127.0.0.1:0 recvn:2:one recv:two
	INPUT=silent spawn client "$SOCKCAT" -C 127.0.0.1 "$PORT"
	printf 'a\r' >&"$SILENT"
	until_true has one 'a\r'
	printf '\nb\n' >&"$SILENT"
	exec {SILENT}>&-
	finish client
	finish peer
	holds two '\nb\r\n'
}

@test "-C: 8 MB of random text, from a file and from a pipe: as the reference" {
	local way
	python3 -S - <<-'EOF'
		import random, re
		rng = random.Random(7)
		words = [b"\n", b"\r\n", b"\r", b"x" * 100, b"line\n", b"\n\n"]
		text = b"".join(rng.choice(words) for _ in range(400000))
		open("text", "wb").write(text)
		open("expected", "wb").write(re.sub(rb"(?<!\r)\n", b"\r\n", text))
	EOF
	for way in file pipe; do
		listener server 127.0.0.1 0
		if [ "$way" = file ]; then
			"$SOCKCAT" -C 127.0.0.1 "$PORT" <text
		else
			dd if=text bs=4093 status=none |
				"$SOCKCAT" -C 127.0.0.1 "$PORT"
		fi
		finish server
		same expected server.out
	done
}

# --- -t ----------------------------------------------------------------------

@test "-t: DO is answered by WONT, WILL by DONT, both are taken out" {
	silent_input
	printf 'login\377\375\030: \377\373\003ok' >data
	peer 127.0.0.1:0 send:data recvn:6:answer fin recv:rest
	INPUT=silent spawn client "$SOCKCAT" --timeout 9 -t 127.0.0.1 "$PORT"
	until_true has client.out 'login: ok'
	until_true has answer '\0377\0374\0030\0377\0376\0003'
	printf 'me\n' >&"$SILENT"
	exec {SILENT}>&-
	finish client
	finish peer
	holds rest 'me\n'
}

@test "-t: DONT and WONT get no answer; commands and subnegotiations vanish" {
	printf 'a\377\376\001b\377\374\001c\377\361d\377\372\030\001x\377\377y\377\360e' >data
	silent_input
	peer 127.0.0.1:0 send:data await:go recv:rest
	INPUT=silent spawn client "$SOCKCAT" --timeout 9 -t 127.0.0.1 "$PORT"
	until_true has client.out abcde
	exec {SILENT}>&-
	: >go
	finish client
	finish peer
	holds rest ''
}

@test "-t: IAC IAC is one byte 255 of the data" {
	printf '\377\377a\377\377\377\377' >data
	peer 127.0.0.1:0 send:data
	"$SOCKCAT" -t 127.0.0.1 "$PORT" </dev/null >out
	holds out '\0377a\0377\0377'
}

@test "-t: a negotiation that arrives byte by byte" {
	silent_input
	printf 'x\377' >one
	printf '\375' >two
	printf '\001y' >three
	peer 127.0.0.1:0 send:one await:go1 send:two await:go2 send:three \
	    recvn:3:answer fin recv:rest
	INPUT=silent spawn client "$SOCKCAT" --timeout 9 -t -vvv 127.0.0.1 "$PORT"
	until_true has_line client.err '^sockcat: [^ ]*Z read([0-9]*, [0-9]*) = 2$'
	: >go1
	until_true has_line client.err '^sockcat: [^ ]*Z read([0-9]*, [0-9]*) = 1$'
	: >go2
	until_true has answer '\0377\0374\0001'
	exec {SILENT}>&-
	finish client
	finish peer
	holds client.out xy
	holds rest ''
}

@test "-t: an answer does not wait for -i" {
	silent_input
	printf '\377\375\001' >request
	peer 127.0.0.1:0 recvn:2:got send:request recvn:3:answer
	printf 'a\n' >&"$SILENT"
	INPUT=silent spawn client "$SOCKCAT" --timeout 20 -t -i 1h 127.0.0.1 "$PORT"
	finish peer
	holds answer '\0377\0374\0001'
	kill "${PID[client]}"
	finish client any
}

@test "-t: a listener answers, too; without -t nothing is touched" {
	silent_input
	printf '\377\375\001data' >data
	INPUT=silent listener server --timeout 9 -t 127.0.0.1 0
	run -0 "$PEERS/peer.py" connect "127.0.0.1:$PORT" send:data \
	    recvn:3:answer close
	holds answer '\0377\0374\0001'
	exec {SILENT}>&-
	finish server any
	holds server.out data
	peer 127.0.0.1:0 send:data recv:rest
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >out
	finish peer
	cmp out data
	holds rest ''
}

@test "-t: a large transfer passes, with every 255 doubled on the way" {
	random_file data 3M
	python3 -S -c 'import sys
data = open("data", "rb").read()
sys.stdout.buffer.write(data.replace(b"\xff", b"\xff\xff"))' >doubled
	peer 127.0.0.1:0 send:doubled
	"$SOCKCAT" -t 127.0.0.1 "$PORT" </dev/null >out
	same data out
}

# --- -i ----------------------------------------------------------------------

@test "-i: one line, and the next one not before the pause is over" {
	printf 'one\ntwo\nthree\n' >lines
	peer 127.0.0.1:0 recvn:4:first recv:rest
	INPUT=lines spawn client "$SOCKCAT" -i 1h -vvv 127.0.0.1 "$PORT"
	until_true has first 'one\n'
	"$PEERS/idle.py" "${PID[client]}"
	kill "${PID[client]}"
	finish client 143
	finish peer any
	holds rest ''
	run -0 grep -c 'write(' client.err
	assert_output 1
}

@test "-i: each line in a write of its own, none lost, the end at the end" {
	printf 'one\ntwo\nand three' >lines
	listener server 127.0.0.1 0
	"$SOCKCAT" -i 10ms -vvv 127.0.0.1 "$PORT" <lines 2>err
	finish server
	cmp server.out lines
	[ "$(sed -n 's/^sockcat: [^ ]*Z write([0-9]*, \([0-9]*\)).*/\1/p' err)" = "4
4
9" ]
}

@test "-i: what is received does not wait" {
	random_file data 1M
	printf 'one\ntwo\n' >lines
	peer 127.0.0.1:0 send:data await:go
	INPUT=lines spawn client "$SOCKCAT" -i 1h 127.0.0.1 "$PORT"
	until_true cmp -s data client.out
	kill "${PID[client]}"
	finish client 143
}

@test "-i with UDP: a line is a datagram" {
	sockets held udp-answer@127.0.0.1
	printf 'one\nthree\n' | "$SOCKCAT" -u -i 10ms -W 2 -q -1 127.0.0.1 \
	    "${PORTS[0]}" >out
	[ "$(grep got held.out)" = "got 4
got 6" ]
}

# --- -W ----------------------------------------------------------------------

@test "-W 1: leaves after one read, with what came; the peer sees a clean end" {
	silent_input
	printf 'hello\n' >data
	peer 127.0.0.1:0 send:data recv:rest
	INPUT=silent spawn client "$SOCKCAT" --timeout 9 -W 1 127.0.0.1 "$PORT"
	finish client
	finish peer
	holds client.out 'hello\n'
	holds rest ''
}

@test "-W 1 with what was sent before: that arrives" {
	printf 'hello\n' >data
	printf 'question\n' >question
	peer 127.0.0.1:0 recvn:9:asked send:data recv:rest
	"$SOCKCAT" --timeout 9 -W 1 127.0.0.1 "$PORT" <question >out
	finish peer
	holds asked 'question\n'
	holds out 'hello\n'
}

@test "-W 3: three reads" {
	silent_input
	printf 'a' >a
	peer 127.0.0.1:0 send:a await:go1 send:a await:go2 send:a recv:rest
	INPUT=silent spawn client "$SOCKCAT" --timeout 9 -W 3 127.0.0.1 "$PORT"
	until_true has client.out a
	: >go1
	until_true has client.out aa
	kill -0 "${PID[client]}"
	: >go2
	finish client
	finish peer
	holds client.out aaa
}

# unread N: so many bytes wait in the client's socket; for until_true.
unread() {
	[ "$(ss -Htn "dport = :$PORT" | awk '{ print $2 }')" = "$1" ]
}

@test "-W: what the peer had sent on top of it causes no reset" {
	need ss
	silent_input
	random_file data 200k
	peer 127.0.0.1:0 await:go send:data recv:rest
	INPUT=silent spawn client "$SOCKCAT" -v --timeout 30 -W 1 -I 1M \
	    127.0.0.1 "$PORT"
	until_true has_line client.err connected
	kill -STOP "${PID[client]}"
	: >go
	until_true unread 204800
	kill -CONT "${PID[client]}"
	finish client
	finish peer
	holds rest ''
	[ -s client.out ]
	[ "$(stat -c %s client.out)" -lt 204800 ]
	cmp -n "$(stat -c %s client.out)" data client.out
}

@test "-W with UDP: so many datagrams" {
	sockets held udp-answer@127.0.0.1
	printf '1\n2\n3\n' >lines
	run -0 "$SOCKCAT" -u --lines -W 2 -q -1 127.0.0.1 "${PORTS[0]}" <lines
	assert_output "answer
answer"
}

@test "-W of a listener, one client after the other" {
	listener server -k --max-accepts 2 -W 1 127.0.0.1 0
	printf 'one\n' >one
	run -0 "$PEERS/peer.py" connect "127.0.0.1:$PORT" send:one recv:rest
	run -0 "$PEERS/peer.py" connect "127.0.0.1:$PORT" send:one recv:rest
	finish server
	holds server.out 'one\none\n'
}

# --- one direction -----------------------------------------------------------

@test "--send-only: nothing is written, the input's end is the end" {
	printf 'from the peer' >data
	peer 127.0.0.1:0 send:data recv:got
	printf 'to the peer' >input
	run -0 "$SOCKCAT" --send-only 127.0.0.1 "$PORT" <input
	assert_output ''
	finish peer
	holds got 'to the peer'
}

@test "--send-only: a peer that sends all the time is no obstacle" {
	random_file data 4M
	peer 127.0.0.1:0 sendn:50000000 recv:got
	run -0 "$SOCKCAT" --send-only 127.0.0.1 "$PORT" <data
	finish peer
	same data got
}

@test "--recv-only and -d: standard input is not touched" {
	local option
	printf 'from the peer' >data
	printf 'for somebody else' >input
	for option in --recv-only -d --no-stdin; do
		rm -f got
		peer 127.0.0.1:0 send:data fin recv:got
		{
			"$SOCKCAT" "$option" 127.0.0.1 "$PORT" >out
			cat >rest
		} <input
		finish peer
		holds out 'from the peer'
		holds rest 'for somebody else'
		holds got ''
	done
}

@test "--recv-only and -d: no half-close before the peer has ended" {
	local option
	printf 'data' >data
	for option in --recv-only -d; do
		rm -f go
		peer 127.0.0.1:0 await:go send:data fin recv:got
		spawn client "$SOCKCAT" -v "$option" 127.0.0.1 "$PORT"
		until_true has_line client.err connected
		run ! grep half-closed client.err
		: >go
		finish client
		finish peer
		run ! grep half-closed client.err
		holds client.out data
	done
}

# --- the ends ----------------------------------------------------------------

@test "the input's end is a half-close: the default, and -N" {
	local option
	printf 'reply' >reply
	for option in -N --shutdown -n; do
		rm -f got go
		peer 127.0.0.1:0 recv:got await:go send:reply
		INPUT=/dev/null spawn client "$SOCKCAT" "$option" -v \
		    127.0.0.1 "$PORT"
		until_true test -e got
		until_true has_line client.err half-closed
		: >go
		finish client
		finish peer
		holds client.out reply
	done
}

@test "--no-shutdown: the connection stays open after the input's end" {
	printf 'question' >question
	printf 'reply' >reply
	need_strace
	peer 127.0.0.1:0 recvn:8:asked await:go send:reply
	INPUT=question spawn client strace -o trace -e trace=shutdown,read \
	    "$SOCKCAT" --no-shutdown -v 127.0.0.1 "$PORT"
	until_true has asked question
	: >go
	finish client
	finish peer
	holds client.out reply
	run ! grep 'shutdown(' trace
}

@test "-q 0: half-closes, and goes on until the peer ends" {
	random_file data 1M
	random_file answer 100K
	peer 127.0.0.1:0 recv:got await:go send:answer
	INPUT=data spawn client "$SOCKCAT" -v -q 0 127.0.0.1 "$PORT"
	until_true has_line client.err 'half-closed'
	until_true same data got
	: >go
	finish client
	finish peer
	same answer client.out
}

@test "-q 200ms: leaves that much later, with what came until then" {
	printf 'early' >early
	peer 127.0.0.1:0 send:early recv:got await:go
	run -0 "$SOCKCAT" -q 200ms 127.0.0.1 "$PORT" </dev/null
	assert_output early
	: >go
	finish peer
}

@test "-q 1h does not delay the end when the peer ends, too" {
	peer 127.0.0.1:0 recv:got
	run -0 "$SOCKCAT" -q 1h 127.0.0.1 "$PORT" <<<data
	finish peer
	holds got 'data\n'
}

@test "-q -1: never leaves for it, TCP and UDP" {
	printf 'late' >late
	peer 127.0.0.1:0 recv:got await:go send:late
	INPUT=/dev/null spawn client "$SOCKCAT" -q -1 127.0.0.1 "$PORT"
	until_true test -e got
	INPUT=/dev/null spawn datagrams "$SOCKCAT" -u -q -1 127.0.0.1 "$PORT"
	"$PEERS/idle.py" "${PID[datagrams]}"
	: >go
	finish client
	holds client.out late
	kill "${PID[datagrams]}"
	finish datagrams 143
}

@test "-q counts from the end of the input, not from the start" {
	silent_input
	printf 'reply' >reply
	peer 127.0.0.1:0 await:go send:reply recv:got
	INPUT=silent spawn client "$SOCKCAT" -q 50ms -v 127.0.0.1 "$PORT"
	until_true has_line client.err connected
	"$PEERS/idle.py" "${PID[client]}"
	: >go
	until_true has client.out reply
	exec {SILENT}>&-
	finish client
	finish peer
}

@test "--exit-on-eof: leaves when the peer has ended; without it, sends on" {
	silent_input
	printf 'data' >data
	peer 127.0.0.1:0 send:data fin recv:rest
	INPUT=silent spawn client "$SOCKCAT" --exit-on-eof --timeout 5 \
	    127.0.0.1 "$PORT"
	finish client
	finish peer
	holds client.out data
	holds rest ''

	peer 127.0.0.1:0 send:data fin recv:rest
	INPUT=silent spawn client "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line client.err 'the peer ended'
	printf 'later' >&"$SILENT"
	exec {SILENT}>&-
	finish client
	finish peer
	holds rest later
}

@test "--exit-on-eof of a listener" {
	silent_input
	INPUT=silent listener server --exit-on-eof --timeout 5 127.0.0.1 0
	printf 'data' >data
	run -0 "$PEERS/peer.py" connect "127.0.0.1:$PORT" send:data fin recv:rest
	finish server
	holds server.out data
}

@test "--no-wait: does not wait for the acknowledgement; without it, waits" {
	random_file data 300k
	listener server -I 4k 127.0.0.1 0
	kill -STOP "${PID[server]}"
	INPUT=data spawn client "$SOCKCAT" --send-only -O 2M -vv 127.0.0.1 \
	    "$PORT"
	until_true has_line client.err "waiting for the peer's system"
	kill -CONT "${PID[server]}"
	finish client
	finish server
	same data server.out

	listener server -I 4k 127.0.0.1 0
	kill -STOP "${PID[server]}"
	INPUT=data spawn client "$SOCKCAT" --send-only --no-wait -O 2M -vv \
	    127.0.0.1 "$PORT"
	finish client
	run ! grep "waiting for the peer's system" client.err
	kill -CONT "${PID[server]}"
	finish server
	same data server.out
}
