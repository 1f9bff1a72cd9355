#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --forward: both ends' ends and resets are carried through, and one client's
# trouble is nobody else's.

load helpers
load forward

# descriptors [KIND]: how many the forwarder has.
descriptors() {
	find "/proc/${PID[forwarder]}/fd" -lname "${1:-*}" 2>/dev/null | wc -l
}

# back_to DESCRIPTORS: no more than that, and few threads; for until_true.
back_to() {
	[ "$(descriptors)" -le "$1" ] &&
	    [ "$(find "/proc/${PID[forwarder]}/task" -mindepth 1 -maxdepth 1 | wc -l)" -le 4 ]
}

# --- where to ----------------------------------------------------------------

@test "TCP, UNIX and abstract, in any mix" {
	local name="@sockcat-test-$$-$RANDOM$RANDOM" from target
	local -a ports targets connect
	need_ipv6
	spawn echo "$PEERS/crowd.py" echo 127.0.0.1:0 "[::1]:0" unix:echo.sock \
	    "unix:$name-echo"
	until_true has_line echo.out .
	read -r -a ports <echo.out
	targets=("127.0.0.1:${ports[0]}" "[::1]:${ports[1]}" "$PWD/echo.sock"
		unix:echo.sock "$name-echo")
	random_file data 300K
	for from in tcp path abstract; do
		for target in "${targets[@]}"; do
			case $from in
			tcp)
				listener a --forward "$target" 127.0.0.1 0
				connect=(127.0.0.1 "$PORT")
				;;
			path)
				listener a --forward "$target" -U sock
				connect=(-U sock)
				;;
			abstract)
				listener a --forward "$target" -U "$name"
				connect=(-U "$name")
				;;
			esac
			"$SOCKCAT" "${connect[@]}" <data >got
			same data got
			finish a
		done
	done
}

@test "names are looked up for each client" {
	echo '127.0.0.2 target' >hosts
	in_net "mount --bind '$PWD/hosts' /etc/hosts"
	listener target2 -k --exec 'echo two' 127.0.0.2 4711
	listener target3 -k --exec 'echo three' 127.0.0.3 4711
	TARGET=target:4711 forwarder
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" </dev/null)" = two ]
	echo '127.0.0.3 target' >hosts
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" </dev/null)" = three ]
	: >hosts
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	until_true has_line forwarder.err '--forward: resolve target'
	echo '127.0.0.2 target' >hosts
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" </dev/null)" = two ]
}

# --- bytes and ends ----------------------------------------------------------

@test "large files both ways at once, TCP and UNIX" {
	random_file up 24M
	random_file down 20M
	INPUT=down listener target 127.0.0.1 0
	listener a --forward "127.0.0.1:$PORT" 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <up >got
	finish a
	finish target
	same up target.out
	same down got
	INPUT=down listener target -U target.sock
	listener a -k --max-accepts 1 --forward unix:target.sock -U sock
	"$SOCKCAT" -U sock <up >got
	finish a
	finish target
	same up target.out
	same down got
}

@test "the client ends first and gets a late reply" {
	random_file data 300K
	peer target listen 127.0.0.1:0 recv:got await:go send:data
	forwarder
	spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true test -e got
	: >go
	finish client
	same data client.out
	finish target
	until_true has_line forwarder.err 'closed 127.0.0.1:.*: done'
}

@test "the target ends first and the client goes on sending" {
	random_file data 300K
	echo first >first
	peer target listen 127.0.0.1:0 send:first fin recv:got
	forwarder
	peer client connect "127.0.0.1:$PORT" recv:end say:ended await:go send:data
	until_true has_line client.out ended
	[ "$(cat end)" = first ]
	: >go
	finish client
	finish target
	same data got
}

@test "no target: the client is reset, -v says why, the next ones are served" {
	TARGET=unix:echo.sock forwarder
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[[ $output == *"reset by peer"* ]]
	until_true has_line forwarder.err '127.0.0.1:.* --forward: .*echo.sock'
	spawn echo "$PEERS/crowd.py" echo unix:echo.sock
	until_true has_line echo.out .
	echoes
	stop forwarder

	sockets closed closed@127.0.0.1
	# shellcheck disable=SC2153 # sockets sets it
	TARGET=127.0.0.1:${PORTS[0]} forwarder
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[[ $output == *"reset by peer"* ]]
	until_true has_line forwarder.err '--forward: .*refused'
}

@test "no target, one client: status 1, and a message without -v" {
	sockets closed closed@127.0.0.1
	listener a --forward "127.0.0.1:${PORTS[0]}" 127.0.0.1 0
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	finish a 1
	grep -q 'refused' a.err
}

@test "a target that does not answer: --connect-timeout, status 3" {
	sockets silent silent@127.0.0.1
	listener a --connect-timeout 200ms --forward "127.0.0.1:${PORTS[0]}" \
	    127.0.0.1 0
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	finish a 3
	grep -q 'no answer within 200.0 ms' a.err
}

@test "a target that resets, in mid-transfer: so is the client" {
	peer target listen 127.0.0.1:0 recvn:100000:got reset
	forwarder
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/zero
	[[ $output == *"reset by peer"* || $output == *"Broken pipe"* ]]
	finish target
}

@test "a target that resets, after it has received all: so is the client" {
	echo data >data
	peer target listen 127.0.0.1:0 recv:got reset
	forwarder
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" <data
	[[ $output == *"reset by peer"* ]]
	finish target
	same data got
}

@test "a client that resets: the target sees no clean end" {
	silent_input
	INPUT=silent listener target 127.0.0.1 0
	listener a --forward "127.0.0.1:$PORT" 127.0.0.1 0
	peer client connect "127.0.0.1:$PORT" sendn:100000 reset
	finish client
	finish a 1
	finish target 1
	grep -q 'reset by peer' target.err
}

@test "a target that closes at once, with data unread: what it wrote arrives" {
	local address
	random_file data 30000
	for address in 127.0.0.1:0 unix:target.sock; do
		peer target listen "$address" await:sent send:data close
		listener a --forward "$TARGET" 127.0.0.1 0
		peer client connect "127.0.0.1:$PORT" sendn:1000 await:closed \
		    recvn:30000:got
		: >sent
		finish target
		: >closed
		finish client
		same data got
		finish a any
		rm -f sent closed got
	done
}

@test "... also what a slow client has not taken yet" {
	cat >slow.py <<-'END'
	import os, socket, sys, time
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
	s.connect(("127.0.0.1", int(sys.argv[1])))
	s.sendall(bytes(1000))
	while not os.path.exists("closed"):
	    time.sleep(0.01)
	got = 0
	try:
	    while data := s.recv(1000):
	        got += len(data)
	except ConnectionResetError:
	    pass
	print(got)
	END
	peer target listen unix:target.sock await:sent sendn:100000 close
	listener a -v --forward unix:target.sock 127.0.0.1 0
	spawn client python3 -S slow.py "$PORT"
	: >sent
	finish target
	# Only now it reads.
	: >closed
	finish client
	finish a any
	[ "$(cat client.out)" -eq 100000 ]
}

# --- zero copy ---------------------------------------------------------------

CALLS=trace=read,write,readv,writev,recvfrom,sendto,recvmsg,sendmsg,splice

# traced: the calls of a forwarder of 8 MB each way go to a file, `trace'.
traced() {
	need_strace
	rm -f port
	[ -e data ] || random_file data 8M
	echo_server
	spawn traced strace -f -o trace -e "$CALLS" "$SOCKCAT" -lk \
	    --timeout 40 --max-accepts 1 --port-file port --forward "$TARGET" 127.0.0.1 0
	until_true test -s port
	"$SOCKCAT" 127.0.0.1 "$(cat port)" <data >got
	finish traced
	same data got
}

# copied: how many calls read or wrote more than a small transfer has.
copied() {
	grep -E ' (read|write|readv|writev|recvfrom|sendto|recvmsg|sendmsg)\(| (read|write|readv|writev|recvfrom|sendto|recvmsg|sendmsg) resumed' \
	    trace | awk '$NF + 0 > 16384 { n++ } END { print n + 0 }'
}

# spliced: how many bytes.
spliced() {
	awk '/ splice(\(| resumed| <\.\.\. splice)/ || /<\.\.\. splice resumed/ {
		if ($NF + 0 > 0) n += $NF } END { print n + 0 }' trace
}

@test "no payload is copied" {
	traced
	[ "$(copied)" -lt 10 ]		# a sanitizer reads something, too
	[ "$(spliced)" -ge $((4 * (7 << 20))) ]
}

@test "SOCKCAT_ZERO_COPY=no copies" {
	export SOCKCAT_ZERO_COPY=no
	traced
	[ "$(copied)" -gt 100 ]
	[ "$(spliced)" -eq 0 ]
}

# --- many --------------------------------------------------------------------

@test "500 clients at once, beside silent, reset and odd ones; all is given back" {
	local before
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 2200 ] ||
	    skip "descriptors are limited to $(ulimit -Hn)"
	ulimit -n 2200
	echo_server
	forwarder
	echoes
	before=$(descriptors)
	silent_input
	INPUT=silent peer silent connect "127.0.0.1:$PORT" say:there park
	until_true has_line silent.out there
	peer odd connect "127.0.0.1:$PORT" sendn:1000 reset
	finish odd
	spawn clients "$PEERS/crowd.py" clients 500 5000 "127.0.0.1:$PORT"
	head -c 100000 /dev/urandom | "$SOCKCAT" 127.0.0.1 "$PORT" >odd
	[ "$(wc -c <odd)" -eq 100000 ]
	finish clients
	leave silent
	until_true back_to "$before"
	echoes
}

@test "an idle connection holds no pipe" {
	local before
	echo_server
	forwarder
	echoes
	before=$(descriptors)
	hold clients 100
	# A few are kept for whoever comes.
	[ "$(descriptors 'pipe:*')" -le 40 ]
	[ "$(descriptors 'socket:*')" -ge 200 ]
	leave clients
	until_true back_to "$before"
}

# --- datagrams ---------------------------------------------------------------

# datagrams ARGUMENT...: a forwarder to an echo.
datagrams() {
	echo_server udp:127.0.0.1:0
	listener forwarder -luk -v --forward "$TARGET" "$@" 127.0.0.1 0
}

@test "UDP: two peers, each gets its own replies" {
	datagrams
	spawn one "$PEERS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" \
	    seq:1:20 recv:20:one.got say:there await:go seq:21:40 recv:20:one.more
	spawn two "$PEERS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" \
	    seq:101:120 recv:20:two.got say:there await:go seq:121:140 recv:20:two.more
	until_true has_line one.out there
	until_true has_line two.out there
	: >go
	finish one
	finish two
	same <(seq 1 40) <(cat one.got one.more)
	same <(seq 101 140) <(cat two.got two.more)
	[ "$(grep -o 'from .*' echo.out | sort -u | wc -l)" -eq 2 ]
	accepted 2
}

@test "UDP: -w forgets a silent peer, which is served anew" {
	datagrams -w 1
	spawn peer "$PEERS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" \
	    text:one recv:1:one await:go text:two recv:1:two
	until_true has_line forwarder.err 'closed 127.0.0.1:.* silent'
	: >go
	finish peer
	[ "$(cat one two | paste -sd' ')" = "one two" ]
	accepted 2
}

@test "UDP: a target that is down, and comes up" {
	local target
	need ss
	sockets holder udp-closed@127.0.0.1
	target=${PORTS[0]}
	listener forwarder -luk -v --forward "127.0.0.1:$target" 127.0.0.1 0
	spawn peer "$PEERS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" \
	    text:one await:go text:two recv:1:two
	until_true has_line forwarder.err 'the target: .*refused'
	leave holder
	spawn echo "$PEERS/crowd.py" echo "udp:127.0.0.1:$target"
	until_true has_line echo.out .
	: >go
	finish peer
	[ "$(cat two)" = two ]
}
