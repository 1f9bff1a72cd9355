#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Copies of what goes in bare datagrams: each peer is a session, and each datagram
# a packet.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load tap

# sized FILE N: lines of many lengths, N bytes.  They are the same each time: what
# begins with a G and is as long as it has to be is a broken MPEG stream to tshark.
sized() {
	python3 -S -c 'import random, sys
n, out = int(sys.argv[2]), []
random.seed(n)
while n > 0:
    length = min(n, random.randint(1, 1400))
    out.append(bytes(random.choices(range(32, 127), k=length - 1)) + b"\n")
    n -= length
open(sys.argv[1], "wb").write(b"".join(out))' "$1" "$2"
}

# packets FILE PORT: the bytes that came from that port, in order.
packets() {
	fields "$1" "udp.srcport == $2" udp.payload | unhex
}

# conversations FILE: how many there are.
conversations() {
	fields "$1" udp udp.stream | sort -u | wc -l
}

# talk PORT WORD...: a peer for each word, which sends it, and is answered.
talk() {
	python3 -S - "$@" <<-'EOF'
		import socket
		import sys
		for word in sys.argv[2:]:
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    s.settimeout(20)
		    s.connect(("127.0.0.1", int(sys.argv[1])))
		    s.send(word.encode())
		    assert s.recv(65536) == word.encode()
	EOF
}

@test "both sides: a conversation of UDP, with a packet for each datagram" {
	need tshark
	sized there 100000
	sized back 60000
	INPUT=back listener server -u --lines -q -1 --pcap capture \
	    --hex-dump dump --output copy 127.0.0.1 0
	INPUT=there spawn client "$SOCKCAT" -u --lines -q -1 --pcap capture2 \
	    --hex-dump dump2 --output copy2 127.0.0.1 "$PORT"
	until_true has_bytes server.out 100000
	until_true has_bytes client.out 60000
	stop client
	stop server
	same there server.out
	same back client.out
	for file in capture capture2; do
		expert "$file"
		[ "$(conversations "$file")" = 1 ]
		packets "$file" "$PORT" >sent
		# Lines go without their ends.
		same <(tr -d '\n' <back) sent
		fields "$file" "udp.dstport == $PORT" udp.payload | unhex >got
		same <(tr -d '\n' <there) got
		[ "$(fields "$file" "udp.dstport == $PORT" udp.length |
		    wc -l)" = "$(wc -l <there)" ]
	done
	undump dump
	same received <(tr -d '\n' <there)
	same sent <(tr -d '\n' <back)
	undump dump2
	same sent <(tr -d '\n' <there)
	same received <(tr -d '\n' <back)
	[ "$(wc -c <copy)" = "$(cat there back | tr -d '\n' | wc -c)" ]
	[ "$(wc -c <copy2)" = "$(wc -c <copy)" ]
}

@test "an empty datagram, and the longest one" {
	need tshark
	random_file most 65507
	listener server -u -W 4 -q -1 --pcap capture --hex-dump dump \
	    127.0.0.1 0
	python3 -S - "$PORT" most <<-'EOF'
		import socket
		import sys
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for data in b"", open(sys.argv[2], "rb").read(), b"", b"x":
		    s.sendto(data, ("127.0.0.1", int(sys.argv[1])))
	EOF
	finish server
	expert capture
	[ "$(fields capture udp udp.length | tr '\n' ' ')" = "8 65515 8 9 " ]
	fields capture 'udp.length > 9' udp.payload | unhex >got
	same most got
	grep -qE ' < 00000000 +$' dump
	grep -qE ' < 0000ffe3 +$' dump
}

@test "peers that share standard output: each is a session" {
	need tshark
	listener server -u -k --pcap capture --output 'copy.%n' \
	    --hex-dump dump 127.0.0.1 0
	python3 -S - "$PORT" <<-'EOF'
		import socket
		import sys
		peers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    for i in range(3)]
		for turn in range(4):
		    for n, s in enumerate(peers):
		        s.sendto(b"%d of %d\n" % (turn, n),
		            ("127.0.0.1", int(sys.argv[1])))
	EOF
	until_true count server.out of 12
	stop server
	expert capture
	[ "$(conversations capture)" = 3 ]
	[ "$(fields capture udp udp.length | wc -l)" = 12 ]
	for n in 0 1 2; do
		same <(printf '%d of '$n'\n' 0 1 2 3) "copy.$((n + 1))"
		[ "$(grep -c "#$((n + 1)) < " dump)" = 4 ]
	done
	[ ! -e copy.4 ]
}

@test "--exec for each peer" {
	need tshark
	listener server -u -k --exec cat --pcap capture --output 'copy.%n' \
	    127.0.0.1 0
	talk "$PORT" one two three
	stop server
	expert capture
	[ "$(conversations capture)" = 3 ]
	[ "$(packets capture "$PORT")" = onetwothree ]
	[ "$(cat copy.1)" = oneone ]
	[ "$(cat copy.3)" = threethree ]
}

@test "--forward: the copy is that of each peer's side" {
	need tshark
	listener echo -u -k --exec cat 127.0.0.1 0
	target=$PORT
	listener server -u -k --forward "127.0.0.1:$target" --pcap capture \
	    --output 'copy.%n' 127.0.0.1 0
	talk "$PORT" one two three
	stop server
	expert capture
	[ "$(conversations capture)" = 3 ]
	[ -z "$(fields capture "udp.srcport == $target ||
	    udp.dstport == $target" udp.length)" ]
	[ "$(packets capture "$PORT")" = onetwothree ]
	[ "$(cat copy.2)" = twotwo ]
}

@test "--merge: what each has sent" {
	need tshark
	listener server -u -k --merge --pcap capture --output 'copy.%n' \
	    127.0.0.1 0
	for word in one two; do
		echo "$word" | "$SOCKCAT" -u --send-only 127.0.0.1 "$PORT"
		until_true has_line server.out "$word"
	done
	stop server
	expert capture
	[ "$(conversations capture)" = 2 ]
	[ "$(cat copy.1 copy.2)" = "$(printf 'one\ntwo')" ]
}

@test "a command that would have had the socket" {
	need tshark
	INPUT=/dev/null listener server -u -k --exec cat 127.0.0.1 0
	"$SOCKCAT" -u --pcap capture --output copy --exec \
	    "python3 -S -c 'import os; os.write(1, b\"one\"); assert os.read(0, 9) == b\"one\"'" \
	    127.0.0.1 "$PORT"
	stop server
	expert capture
	[ "$(conversations capture)" = 1 ]
	[ "$(cat copy)" = oneone ]
}

@test "what was refused and is sent again is there again" {
	need tshark
	listener server -u 127.0.0.1 0
	port=$PORT
	stop server
	echo question >question
	mkfifo in
	exec {in}<>in
	INPUT=in spawn client "$SOCKCAT" -u --retry 30 -v --pcap capture \
	    127.0.0.1 "$port"
	cat question >&"$in"
	until_true has_line client.err "trying again"
	INPUT=question spawn server "$SOCKCAT" -l -u -w 1 127.0.0.1 "$port"
	until_true has_line server.out question
	until_true has_line client.out question
	finish server
	stop client
	expert capture
	[ "$(conversations capture)" = 1 ]
	[ "$(packets capture "$port")" = question ]
	[ "$(fields capture "udp.dstport == $port" udp.length | wc -l)" -ge 2 ]
}

@test "UNIX-domain datagrams have addresses that stand for theirs" {
	need tshark
	echo back >back
	echo there >there
	INPUT=back listener server -uU -q 50ms --pcap capture --hex-dump dump \
	    "$PWD/socket"
	"$SOCKCAT" -uU -W 1 -q -1 --pcap capture2 "$PWD/socket" <there \
	    >back.got
	finish server
	same back back.got
	for file in capture capture2; do
		expert "$file"
		[ "$(conversations "$file")" = 1 ]
		[ "$(fields "$file" udp ip.src ip.dst | wc -l)" = 2 ]
		grep -aq socket "$file"
	done
	[ "$(fields capture udp ip.src | head -n 1)" = 192.0.2.2 ]
	undump dump
	[ "$(<received)" = there ]
}

@test "IPv6: the addresses are those of the socket" {
	need tshark
	need_ipv6
	echo back >back
	INPUT=back listener server -u -q 50ms --pcap capture :: 0
	echo there | "$SOCKCAT" -u -W 1 -q -1 ::1 "$PORT" >back.got
	finish server
	same back back.got
	expert capture
	[ "$(fields capture udp ipv6.src ipv6.dst | sort -u)" = "::1	::1" ]
	[ "$(conversations capture)" = 1 ]
}

@test "more peers than can have a file open: the run goes on, and all are there" {
	listener server -u -k --hex-dump 'dump.%n' --output copy 127.0.0.1 0
	python3 -S - "$PORT" <<-'EOF'
		import socket
		import sys
		peers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    for n in range(300)]
		for n, s in enumerate(peers):
		    s.sendto(b"%d\n" % n, ("127.0.0.1", int(sys.argv[1])))
	EOF
	until_true has_line server.out '^299$'
	stop server
	same server.out copy
	[ "$(cat dump.* | grep -c ' < 00000000')" = "$(wc -l <server.out)" ]
}

@test "a full disk is said once, and datagrams go on" {
	listener server -u -k --output /dev/full --exec cat 127.0.0.1 0
	talk "$PORT" one two
	stop server
	[ "$(grep -c '^sockcat: --output' server.err)" = 1 ]
}

@test "a full disk ends the run where the copy is required" {
	listener server -u -k --output /dev/full --output-required --exec cat \
	    127.0.0.1 0
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<one
	finish server 6
}

@test "batches stay batches where there is no copy" {
	need_strace
	listener server -u -k --no-stdin 127.0.0.1 0
	seq 1 5000 >lines
	run -0 strace -o trace "$SOCKCAT" -u --lines --send-only 127.0.0.1 \
	    "$PORT" <lines
	stop server
	[ "$(grep -c '^sendm*sg(' trace)" -lt 500 ]
}

@test "behind one socket of DTLS each client is a session" {
	need tshark
	need_tls
	tls_listener server -u -k --exec cat --pcap capture --output 'copy.%n' \
	    127.0.0.1 0
	for word in one two; do
		echo "$word" | client -e localhost -u -q 30 >"$word.got"
		[ "$(cat "$word.got")" = "$word" ]
	done
	stop server
	expert capture
	[ "$(conversations capture)" = 2 ]
	[ "$(cat copy.1)" = "$(printf 'one\none')" ]
	[ "$(cat copy.2)" = "$(printf 'two\ntwo')" ]
}
