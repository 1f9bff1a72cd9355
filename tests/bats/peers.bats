#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Datagrams with something for each peer: more peers than there is room for, and
# newcomers that have to wait.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers

# echoes: a listener that answers all datagrams; sets TARGET to its port.
echoes() {
	listener echo -u -k --exec cat 127.0.0.1 0
	TARGET=$PORT
}

# crowd N: so many peers of PORT, one after the other, each from a new port with
# a question; fails unless each is answered.
crowd() {
	python3 -S -c 'import socket, sys
socks = []
for i in range(int(sys.argv[2])):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(20)
    sock.connect(("127.0.0.1", int(sys.argv[1])))
    sock.send(b"%d" % i)
    assert sock.recv(100) == b"%d" % i
    socks = socks[-100:] + [sock]' "$PORT" "$1"
}

# ask NAME WORD: it asks, and gets its answer.
ask() {
	echo "$2" >"$1.in"
	until_true has_line "$1.out" "^$2\$"
}

# asker NAME: somebody who asks what `ask' says.
asker() {
	mkfifo "$1.in"
	exec {KEEP}<>"$1.in"
	INPUT=$1.in spawn "$1" "$SOCKCAT" -u --lines -v 127.0.0.1 "$PORT"
}

# port_of NAME: its own one.
port_of() {
	sed -n 's/.*connected [^ ]*:\([0-9]*\) -> .*/\1/p' "$1.err"
}

# full N WHO...: with room for N, only WHO have gone, and it was told.
full() {
	local name most=$1
	shift
	grep -q "more than $most peers: .* made room" server.err
	[ "$(grep -c ': another one needs its place' server.err)" -eq $# ]
	for name in "$@"; do
		grep -q ":$(port_of "$name"): another one" server.err
	done
}

@test "--forward, a full table: the longest silent one goes, and it is said" {
	echoes
	listener server -u -k -v --max-conns 2 --forward "127.0.0.1:$TARGET" \
	    127.0.0.1 0
	for name in a b c; do
		asker "$name"
	done
	ask a one
	ask b two
	ask a three
	ask c four
	full 2 b
	ask a five
	ask b six
	full 2 b c
	stop server
	stop echo
}

@test "the same with commands, which have the end of their input" {
	listener server -u -k -v --max-conns 2 \
	    --sh-exec 'cat; echo >>ended' 127.0.0.1 0
	for name in a b c; do
		asker "$name"
	done
	ask a one
	ask b two
	ask a three
	ask c four
	full 2 b
	until_true test -s ended
	[ "$(wc -l <ended)" -eq 1 ]
	ask a five
	stop server
}

@test "a full table is told without -v" {
	echoes
	listener server -u -k --max-conns 1 --forward "127.0.0.1:$TARGET" \
	    127.0.0.1 0
	crowd 3
	[ "$(wc -l <server.err)" -eq 1 ]
	grep -q 'more than 1 peers: 1,' server.err
	stop server
}

@test "without -k, the first one keeps its place" {
	echoes
	listener server -u -v --forward "127.0.0.1:$TARGET" -w 60 127.0.0.1 0
	asker a
	ask a one
	run -0 --separate-stderr "$SOCKCAT" -u -q 200ms 127.0.0.1 "$PORT" \
	    <<<hello
	[ "$output" = "" ]
	ask a two
	stop server
}

@test "ten thousand peers with a question each" {
	spawn echo "$PEERS/crowd.py" echo udp:127.0.0.1:0
	until_true has_line echo.out .
	listener server -u -k --forward "127.0.0.1:$(<echo.out)" 127.0.0.1 0
	crowd 10000
	# It does not keep them all.
	[ "$(find "/proc/${PID[server]}/fd" | wc -l)" -lt 4200 ]
	stop server
}

@test "five hundred commands with a question each, and few descriptors" {
	ulimit -n 200
	listener server -u -k --exec cat 127.0.0.1 0
	crowd 500
	[ "$(pgrep -c -P "${PID[server]}")" -lt 200 ]
	stop server
}

# slow_names: a network whose server of names, `names', waits for the file `go'.
slow_names() {
	printf '%s\n' 'nameserver 127.0.0.1' 'options timeout:30 attempts:1' \
	    >resolv.conf
	printf '%s\n' 'hosts: files dns' 'services: files' >nsswitch.conf
	in_net "mount --bind '$PWD/nsswitch.conf' /etc/nsswitch.conf
		mount --bind '$PWD/resolv.conf' /etc/resolv.conf"
	spawn names "${NS[@]}" "$PEERS/names.py" 127.0.0.1:53 go 127.0.0.1
	until_true has_line names.out ready
}

# asked N: so many questions for a name.
asked() {
	[ "$(grep -c '^asked' names.out)" -ge "$1" ]
}

# newcomers N: peers come until the server of names was asked so often.
newcomers() {
	echo newcomer | "$SOCKCAT" -u --send-only 127.0.0.1 "$PORT"
	asked "$1"
}

@test "a look-up for a newcomer stops nobody, and loses nothing" {
	local before
	slow_names
	echoes
	listener server -u -k -v --forward "target.example:$TARGET" 127.0.0.1 0
	: >go
	asker a
	ask a one
	rm go
	before=$(grep -c '^asked' names.out)
	until_true newcomers $((before + 1))
	ask a two
	asker b
	printf '%s\n' x y z >b.in
	until_true has_line server.err "accepted 127.0.0.1:$(port_of b)"
	ask a three
	: >go
	until_true has_line b.out z
	[ "$(tr '\n' ' ' <b.out)" = "x y z " ]
	# Two of each name: IPv4 and IPv6.  Those who came share the answer.
	[ "$(grep -c '^asked' names.out)" -le $((before + 2)) ]
	stop server
}

@test "a look-up that takes too long, a name that is none" {
	slow_names
	listener server -u -k -v -w 200ms --forward target.example:5 127.0.0.1 0
	echo hello | "$SOCKCAT" -u --send-only 127.0.0.1 "$PORT"
	until_true has_line server.err 'resolve target.example: no answer in time'
	# It is not waited for at the end, either.
	stop server
	listener server -u -k -v --forward bad..example:5 127.0.0.1 0
	echo hello | "$SOCKCAT" -u --send-only 127.0.0.1 "$PORT"
	until_true has_line server.err 'resolve bad..example: Name or'
	stop server
	listener server -u --forward bad..example:5 127.0.0.1 0
	echo hello | "$SOCKCAT" -u --send-only 127.0.0.1 "$PORT"
	finish server 4
}

# said_all N: so many commands have said that they heard of it; for until_true.
said_all() {
	[ "$(cat said-* 2>/dev/null | wc -l)" -eq "$1" ]
}

@test "TERM: commands that ignore it are all told at once, and waited for once" {
	# One after the other, they would take longer than a test may.
	listener server -u -k --sh-exec 'trap "echo term >said-$$" TERM
	    echo ready
	    while [ $((i += 1)) -lt 600 ]; do sleep 0.2; done' 127.0.0.1 0
	# All of them stay, or a port could come twice.
	python3 -S -c 'import socket, sys
socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for i in range(40)]
for sock in socks:
    sock.settimeout(20)
    sock.connect(("127.0.0.1", int(sys.argv[1])))
    sock.send(b"hello")
    assert sock.recv(100) == b"ready\n"' "$PORT"
	kill -TERM "${PID[server]}"
	until_true said_all 40
	finish server 143
}
