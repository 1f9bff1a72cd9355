#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Datagrams, many to a call and many as one: the borders stay where they were.

load helpers

# messages SIZE... -- COMMAND...: with those messages, out of the file `data`.
messages() {
	[ -e data ] || random_file data 400k
	"$PEERS/messages.py" data "$@"
}

# letters NAME SIZE (as head -c): bytes without a LF.
letters() {
	base64 -w 0 /dev/urandom | head -c "$2" >"$1"
}

# peer NAME VERB...: dgram.py on a port of its own.  Sets THEIRS to it.
peer() {
	local name=$1
	shift
	spawn "$name" "$PEERS/dgram.py" 127.0.0.1:0 "$@"
	until_true has_line "$name.out" .
	read -r THEIRS <"$name.out"
}

# lengths FILE: of the datagrams that a peer has received: 5x10 7x1 ...
lengths() {
	grep -o '^got [0-9]*' "$1" | cut -d' ' -f2 | uniq -c |
	    awk '{ printf "%s%dx%d", n++ ? " " : "", $2, $1 } END { print "" }'
}

# sent SIZE...: these messages arrive as they are.  TRACED is put before the
# sender.
sent() {
	local total=0 count=0 size length times
	for size; do
		length=${size%x*}
		times=1
		[ "$size" = "$length" ] || times=${size#*x}
		total=$((total + length * times))
		count=$((count + times))
	done
	peer p "recv:$count:got"
	# shellcheck disable=SC2086 # several words
	messages "$@" -- ${TRACED-} "$SOCKCAT" -u --send-only 127.0.0.1 \
	    "$THEIRS"
	finish p
	head -c "$total" data >expected
	same expected got
}

# calls FILE NAME: how many calls of that name did something.
calls() {
	grep -c "^$2(.* = [1-9]" "$1"
}

@test "messages of standard input: each is a datagram, of any lengths" {
	sent 100x40
	[ "$(lengths p.out)" = 100x40 ]
	sent 100x10 50 100x10 100 200 7 9000 1 1 1400x32 1
	[ "$(lengths p.out)" = \
	    "100x10 50x1 100x11 200x1 7x1 9000x1 1x2 1400x32 1x1" ]
	sent 40000x2 65507 40000 1
	[ "$(lengths p.out)" = "40000x2 65507x1 40000x1 1x1" ]
}

@test "fifty messages take a few calls, not fifty" {
	need_strace
	TRACED="strace -o trace -e trace=recvmmsg,sendmmsg" sent 1400x50
	[ "$(lengths p.out)" = 1400x50 ]
	[ "$(calls trace recvmmsg)" -le 4 ]
	[ "$(calls trace sendmmsg)" -le 4 ]
}

@test "a kernel that refuses to send several as one gets them one by one" {
	need_strace
	local error
	for error in EINVAL EMSGSIZE EIO EOPNOTSUPP; do
		TRACED="strace -o trace -e trace=sendmmsg
		    -e inject=sendmmsg:error=$error:when=1" sent 1400x20 7 1400x20
		[ "$(lengths p.out)" = "1400x20 7x1 1400x20" ]
		grep -q 'msg_iovlen=1, ' trace
	done
	# One that does not know of it would join them: it is not even tried.
	TRACED="strace -o trace -e trace=sendmmsg,getsockopt
	    -e inject=getsockopt:error=ENOPROTOOPT" sent 1400x20
	[ "$(lengths p.out)" = 1400x20 ]
	run ! grep -q UDP_SEGMENT <(grep sendmmsg trace)
}

@test "datagrams longer than what the interface takes at once" {
	need_netns
	in_net 'ip link set lo mtu 1500'
	letters data 400k
	rm -f port
	spawn a "$SOCKCAT" -lu --lines -W 40 -q -1 --port-file port 127.0.0.1 0
	until_true test -s port
	messages 3000x20 1400x20 -- "$SOCKCAT" -u --send-only 127.0.0.1 \
	    "$(cat port)"
	finish a
	[ "$(awk '{ print length }' a.out | uniq -c | xargs)" = "20 3000 20 1400" ]
	head -c $((20 * 3000 + 20 * 1400)) data >expected
	tr -d '\n' <a.out >got
	same expected got
}

@test "between two instances: borders as --lines shows them, and -W counts them" {
	letters data 400k
	listener a -u --lines -W 43 -q -1 127.0.0.1 0
	messages 1400x40 7 1400x2 -- "$SOCKCAT" -u --send-only 127.0.0.1 "$PORT"
	finish a
	[ "$(awk '{ print length }' a.out | uniq -c | xargs)" = \
	    "40 1400 1 7 2 1400" ]
	listener b -u --lines -W 3 -q -1 127.0.0.1 0
	# The last ones may be refused.
	messages 100x40 -- "$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" || true
	finish b
	[ "$(awk '{ print length }' b.out | xargs)" = "100 100 100" ]
}

@test "a listener answers with many at once from the address that was asked" {
	# 127.0.0.2 is asked, and its kernel would choose 127.0.0.1 to answer.
	random_file data 100k
	spawn a "$PEERS/messages.py" data 1400x30 -- "$SOCKCAT" -lu -k -q 1h \
	    --port-file port 0.0.0.0 0
	until_true test -s port
	peer p "to:127.0.0.2:$(cat port)" text:go recv:30:got
	finish p
	[ "$(grep -c "^got 1400 from 127.0.0.2:$(cat port)" p.out)" -eq 30 ]
	head -c $((30 * 1400)) data >expected
	same expected got
	stop a
}

@test "over UNIX-domain sockets, too" {
	listener a -Uu -q -1 path
	messages 1400x40 7 1400x2 -- "$SOCKCAT" -Uu --send-only path
	head -c $((42 * 1400 + 7)) data >expected
	until_true cmp -s expected a.out
	stop a
}

@test "-i, --crlf, --lines: what they do to messages" {
	printf 'one\ntwo\nthree\n' >data
	peer p recv:3:got
	messages 8 6 -- "$SOCKCAT" -u --send-only -i 1ms 127.0.0.1 "$THEIRS"
	finish p
	[ "$(lengths p.out)" = "4x2 6x1" ]
	peer p recv:3:got
	messages 8 6 -- "$SOCKCAT" -u --send-only --lines 127.0.0.1 "$THEIRS"
	finish p
	[ "$(cat got)" = onetwothree ]
	peer p recv:2:got
	messages 8 6 -- "$SOCKCAT" -u --send-only -C 127.0.0.1 "$THEIRS"
	finish p
	[ "$(lengths p.out)" = "10x1 7x1" ]
}

@test "a message that is longer than a datagram: an error, not a part of it" {
	peer p recv:1:got
	run -6 --separate-stderr messages 100 65508 -- "$SOCKCAT" -u \
	    --send-only 127.0.0.1 "$THEIRS"
	# shellcheck disable=SC2154 # run sets stderr
	[ "$stderr" = "sockcat: standard input: Message too long" ]
}

@test "over TCP the borders are gone, but no byte" {
	listener a 127.0.0.1 0
	messages 100 100000 16000x3 131072 1 -- "$SOCKCAT" 127.0.0.1 "$PORT"
	finish a
	head -c $((100 + 100000 + 48000 + 131072 + 1)) data >expected
	same expected a.out
	listener a 127.0.0.1 0
	run -6 --separate-stderr messages 131073 -- "$SOCKCAT" 127.0.0.1 "$PORT"
	[[ $stderr = *"standard input: Message too long (sent 0 bytes"* ]]
	finish a 1
}

@test "--lines from messages that are longer than datagrams; --fastopen with them" {
	seq -w 10000000 10066665 >data	# 599,994 bytes
	INPUT=/dev/null OUTPUT=/dev/null listener a -u -q -1 -O 4M 127.0.0.1 0
	run -0 --separate-stderr messages 200000x3 -- "$SOCKCAT" -uv --lines \
	    --send-only 127.0.0.1 "$PORT"
	[[ $stderr == *"sent $((66666 * 8)) bytes"* ]]
	stop a
	listener b 127.0.0.1 0
	messages 3000 4 -- "$SOCKCAT" --fastopen 127.0.0.1 "$PORT"
	finish b
	head -c 3004 data >expected
	same expected b.out
}

@test "messages before one that is too long are sent" {
	peer p recv:2:got
	run -6 --separate-stderr messages 30 40 70000 -- "$SOCKCAT" -u \
	    --send-only 127.0.0.1 "$THEIRS"
	[ "$stderr" = "sockcat: standard input: Message too long" ]
	finish p
	[ "$(lengths p.out)" = "30x1 40x1" ]
}

# descriptors NAME: how many it has open.
descriptors() {
	find "/proc/${PID[$1]}/fd" -mindepth 1 | wc -l
}

@test "descriptors that come with datagrams are not taken" {
	listener a -Uu -q -1 path
	local before
	until_true [ ! -p "/proc/${PID[a]}/fd/4" ]	# --ready-fd
	before=$(descriptors a)
	python3 -S -c 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("path")
for _ in range(20):
    socket.send_fds(s, [b"m"], [0])
s.send(b"end")'
	until_true has_line a.out end
	[ "$(descriptors a)" -eq "$before" ]
	stop a
}

@test "an empty message of standard input is the end" {
	peer p recv:1:got recv:1:more
	messages 100 0 200 -- "$SOCKCAT" -u --send-only 127.0.0.1 "$THEIRS"
	messages 50 -- "$SOCKCAT" -u --send-only 127.0.0.1 "$THEIRS"
	finish p
	[ "$(stat -c %s got more | paste -sd' ')" = "100 50" ]
}
