#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --merge: what all clients send, at once, goes to standard output in whole
# lines, and nobody's is lost.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers

# collector ARGUMENT...: a listener, `log', for all.
collector() {
	listener log -k --merge "$@"
	TARGET=("$ADDR" "$PORT")
	[ -n "$PORT" ] || TARGET=(-U "$ADDR")
}

# send ARGUMENT...: standard input to the collector.
send() {
	"$SOCKCAT" --send-only "$@" "${TARGET[@]}"
}

declare -gA TALK=()

# talker NAME: a client that stays; say NAME FORMAT makes it say something.
talker() {
	local in
	mkfifo "$1.fifo"
	exec {in}<>"$1.fifo"
	TALK[$1]=$in
	INPUT=$1.fifo spawn "$1" "$SOCKCAT" "${TARGET[@]}"
}
say() {
	# shellcheck disable=SC2059 # it is a format
	printf "$2" >&"${TALK[$1]}"
}

# has FILE FORMAT: its whole content; for until_true.
has() {
	local wanted got=
	# shellcheck disable=SC2059 # it is one
	printf -v wanted "$2"
	[ -e "$1" ] || return 1
	IFS= read -r -d '' got <"$1" || true
	[ "$got" = "$wanted" ]
}

# lines FILE N: for until_true.
lines() {
	[ "$(wc -l <"$1")" -eq "$2" ]
}

# numbered FIRST LAST N: N lines of each of the clients FIRST to LAST.
numbered() {
	awk -v first="$1" -v last="$2" -v n="$3" 'BEGIN {
		for (i = first; i <= last; i++)
			for (k = 1; k <= n; k++)
				print "client", i, "has line", k, "of many"
	}'
}

# crowd FIRST LAST N ARGUMENT...: the clients, all at once.
crowd() {
	local i first=$1 last=$2 n=$3
	shift 3
	numbered "$first" "$last" "$n" | awk '{ print >"c" $2 ".in" }'
	for ((i = first; i <= last; i++)); do
		INPUT=c$i.in spawn "c$i" "$SOCKCAT" "$@" "${TARGET[@]}"
	done
}

# whole FIRST LAST N FILE: all lines of all of them are in FILE, each client's
# in order, and nothing else is.
whole() {
	LC_ALL=C sort -s -n -k 2,2 "$4" >sorted
	numbered "$1" "$2" "$3" >expected
	same sorted expected
}

# --- lines -------------------------------------------------------------------

@test "100 clients at once: every line is whole, and each client's are in order" {
	local i
	collector --max-accepts 100 127.0.0.1 0
	crowd 1 100 2000
	for i in $(seq 100); do
		finish "c$i"
	done
	finish log
	whole 1 100 2000 log.out
}

@test "the last line gets the end that it lacks; who says nothing has no line" {
	collector --max-accepts 4 127.0.0.1 0
	printf 'one\ntwo' | send
	printf 'three' | send
	send </dev/null
	printf '\n\n' | send
	finish log
	has log.out 'one\ntwo\nthree\n\n\n'
}

@test "a line that comes in parts is one line" {
	collector 127.0.0.1 0
	talker a
	say a 'be'
	say a 'gin, '
	say a 'end\nnext'
	say a '\n'
	until_true has log.out 'begin, end\nnext\n'
}

@test "a line that does not end is passed on after a second, alone as it is" {
	collector 127.0.0.1 0
	talker a
	say a 'login: '
	until_true has log.out 'login: '
	say a 'me'
	until_true has log.out 'login: me'
	say a '!\nin\n'
	until_true has log.out 'login: me!\nin\n'
}

@test "... and others do not wait for it: it is broken, and goes on as a line" {
	collector 127.0.0.1 0
	talker a
	say a 'begin, '
	until_true has log.out 'begin, '
	printf 'another\n' | send
	until_true has log.out 'begin, \nanother\n'
	say a 'end\n'
	until_true has log.out 'begin, \nanother\nend\n'
	say a 'more'
	until_true has log.out 'begin, \nanother\nend\nmore'
	stop log
	has log.out 'begin, \nanother\nend\nmore\n'
}

@test "a line of 3 MiB, alone, goes on as it is" {
	collector --max-accepts 1 127.0.0.1 0
	head -c 3M /dev/zero | tr '\0' x >long
	echo end >>long
	send <long
	finish log
	same log.out long
}

@test "a line of 3 MiB among others: in pieces of 1 MiB, the others are whole" {
	local others
	collector --max-accepts 21 127.0.0.1 0
	head -c 3M /dev/zero | tr '\0' x >long
	INPUT=long spawn long "$SOCKCAT" "${TARGET[@]}"
	crowd 1 20 5000
	finish log
	grep -v '^x' log.out >others
	whole 1 20 5000 others
	grep '^x' log.out | tr -d '\n' >pieces
	same pieces long
	[ "$(grep -c '^x' log.out)" -le 4 ]
}

@test "what a client sent before it died is not lost" {
	collector --max-accepts 1 127.0.0.1 0
	printf 'one\ntwo' >said
	"$PEERS/peer.py" connect "$ADDR:$PORT" send:said acked reset
	finish log
	has log.out 'one\ntwo\n'
}

# --- marks -------------------------------------------------------------------

@test "--mark: each line begins with the address that it came from" {
	collector --max-accepts 2 --mark 127.0.0.1 0
	printf 'one\n\nlast' | send -v -s 127.0.0.2 2>a.err
	printf 'other\n' | send -s 127.0.0.3
	finish log
	grep -qxE '127\.0\.0\.3:[0-9]+ other' log.out
	sed -n 's/.*connected \([^ ]*\) -> .*/\1/p' a.err >from
	read -r from <from
	printf '%s one\n%s \n%s last\n' "$from" "$from" "$from" >expected
	grep -v other log.out | diff - expected
}

@test "--mark: IPv6" {
	need_ipv6
	collector --max-accepts 1 --mark ::1 0
	echo one | send
	finish log
	grep -qxE '\[::1\]:[0-9]+ one' log.out
}

@test "--mark: a broken line is marked again, one that goes on is not" {
	collector --mark 127.0.0.1 0
	talker a
	say a 'begin, '
	until_true has_line log.out 'begin, '
	say a 'middle, '
	until_true has_line log.out 'begin, middle, '
	printf 'another\n' | send
	until_true has_line log.out another
	say a 'end\n'
	until_true has_line log.out end
	sed 's/:[0-9]* /:port /' log.out >seen
	has seen '127.0.0.1:port begin, middle, \n127.0.0.1:port another\n127.0.0.1:port end\n'
}

@test "--mark: the names of UNIX-domain clients are one word, and harmless" {
	collector --max-accepts 2 --mark -U sock
	echo one | send
	cat >named.py <<-'EOF'
		import socket
		sock = socket.socket(socket.AF_UNIX)
		sock.bind("127.0.0.1:1 \x1b[2J\n127.0.0.1:2 a")
		sock.connect("sock")
		sock.sendall(b"two\n")
	EOF
	python3 -S named.py
	finish log
	has log.out '(unnamed) one\n127.0.0.1:1\\x20\\x1b[2J\\x0a127.0.0.1:2\\x20a two\n'
	[ ! -e sock ]
}

# --- all kinds of clients ----------------------------------------------------

@test "clients of a UNIX-domain socket" {
	collector --max-accepts 30 -U sock
	crowd 1 30 500
	finish log
	whole 1 30 500 log.out
}

@test "datagrams: each ends its last line, however it ended" {
	collector -u -W 5 --mark 127.0.0.1 0
	printf 'one' | send -u -s 127.0.0.2
	until_true lines log.out 1
	printf 'two\n\nthree' | send -u -s 127.0.0.3
	until_true lines log.out 4
	python3 -S - "$PORT" <<-'EOF'
		import socket, sys
		sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		sock.bind(("127.0.0.4", 0))
		for data in b"", b"four\n", b"\n":
		    sock.sendto(data, ("127.0.0.1", int(sys.argv[1])))
	EOF
	finish log
	sed 's/:[0-9]* /:port /' log.out >seen
	has seen '127.0.0.2:port one\n127.0.0.3:port two\n127.0.0.3:port \n127.0.0.3:port three\n127.0.0.4:port \n127.0.0.4:port four\n127.0.0.4:port \n'
}

@test "datagrams of several senders, many lines in each" {
	local i
	collector -u 127.0.0.1 0
	for i in $(seq 10); do
		numbered "$i" "$i" 20 | send -u
	done
	until_true lines log.out 200
	stop log
	whole 1 10 20 log.out
}

@test "UNIX-domain datagrams" {
	collector -u -U -W 2 --mark sock
	cat >named.py <<-'EOF'
		import socket
		socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"one", "sock")
		sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		sock.bind("me")
		sock.sendto(b"two\nthree\n", "sock")
	EOF
	python3 -S named.py
	finish log
	has log.out '(unnamed) one\nme two\nme three\n'
}

@test "datagrams: --deny, and HUP" {
	echo 127.0.0.2 >deny
	collector -u -v --denyfile deny 127.0.0.1 0
	echo denied | send -u -s 127.0.0.2
	echo one | send -u -s 127.0.0.3
	until_true has log.out 'one\n'
	echo 127.0.0.3 >deny
	kill -HUP "${PID[log]}"
	until_true has_line log.err 'read again'
	echo denied | send -u -s 127.0.0.3
	echo two | send -u -s 127.0.0.2
	until_true has log.out 'one\ntwo\n'
}

@test "datagrams: nobody comes in time, or the time is over" {
	run -3 "$SOCKCAT" -lu --merge --accept-timeout 100ms 127.0.0.1 0
	run -3 "$SOCKCAT" -lu --merge --timeout 100ms 127.0.0.1 0
}

@test "-t takes telnet's commands out of it, and answers them" {
	collector --max-accepts 1 -t 127.0.0.1 0
	printf 'a\377\375\001b\n' >said	# DO ECHO
	"$PEERS/peer.py" connect "$ADDR:$PORT" send:said recvn:3:answer close
	finish log
	has log.out 'ab\n'
	has answer '\377\374\001'	# WONT ECHO
}

# --- the clients' side -------------------------------------------------------

@test "standard input is not read, and clients are not told of an end" {
	echo mine >input
	INPUT=input collector 127.0.0.1 0
	talker a
	say a 'one\n'
	until_true has log.out 'one\n'
	[ "$(sed -n 's/^pos:[[:space:]]*//p' "/proc/${PID[log]}/fdinfo/0")" = 0 ]
	ss -tn state established "dport = :$PORT" | grep -q "$PORT"
	stop log
	has a.out ''
}

@test "a client that has ended is told so when all it said is written" {
	mkfifo pipe
	exec {hold}<>pipe
	OUTPUT=pipe collector 127.0.0.1 0
	numbered 1 1 60000 >said
	INPUT=said spawn a "$SOCKCAT" "${TARGET[@]}"
	until_true is_asleep a
	kill -0 "${PID[a]}"
	head -n 60000 <pipe >got
	finish a
	same got said
}

@test "--max-conns, --allow and --drain" {
	collector -v --max-conns 1 --allow 127.0.0.1 --drain 1m 127.0.0.1 0
	echo denied | send -s 127.0.0.2 || true
	talker a
	say a 'one\n'
	until_true has log.out 'one\n'
	talker b
	say b 'two\n'
	until_true has_line log.err 'denied'
	kill -TERM "${PID[log]}"
	until_true has_line b.err .
	say a 'last\n'
	until_true has log.out 'one\nlast\n'
	kill -TERM "${PID[a]}"
	finish a 143
	finish log 143
	has log.out 'one\nlast\n'
}

@test "1500 clients at once, each with a line that has not ended" {
	cat >many.py <<-'EOF'
		import resource, socket, sys
		most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
		resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
		n, address = int(sys.argv[1]), (sys.argv[2], int(sys.argv[3]))
		socks = [socket.create_connection(address) for i in range(n)]
		for i, sock in enumerate(socks):
		    sock.sendall(b"client %d has" % (i + 1))
		for sock in socks:
		    sock.sendall(b" line 1 of many\n")
		for sock in socks:
		    sock.shutdown(socket.SHUT_WR)
		for sock in socks:
		    assert sock.recv(1) == b""
	EOF
	[ "$(ulimit -Hn)" -ge 4000 ] || skip "too few descriptors"
	collector 127.0.0.1 0
	python3 -S many.py 1500 "${TARGET[@]}"
	[ "$(awk '/^VmHWM/ { print $2 }' "/proc/${PID[log]}/status")" -lt 65536 ] ||
		[ "${SOCKCAT_SANITIZERS:-no}" != no ]
	stop log
	# Some may have taken longer than a second, when the machine is busy.
	[ "$(tr -d '\n' <log.out | wc -c)" -eq \
	    "$(numbered 1 1500 1 | tr -d '\n' | wc -c)" ]
}

# --- standard output ---------------------------------------------------------

@test "a reader that is slow makes clients wait, and gets everything" {
	local i
	mkfifo pipe
	exec {hold}<>pipe
	OUTPUT=pipe collector 127.0.0.1 0
	crowd 1 20 20000
	for i in $(seq 20); do
		until_true is_asleep "c$i"
	done
	# It is not by their fault that some have a line that goes on.
	read -r -t 1.5 -u "$tick" || true
	head -n 400000 <pipe >got
	for i in $(seq 20); do
		finish "c$i"
	done
	whole 1 20 20000 got
}

@test "a reader that does not read: TERM ends it at once, clients get a reset" {
	mkfifo pipe
	exec {hold}<>pipe
	OUTPUT=pipe collector 127.0.0.1 0
	numbered 1 1 300000 >said
	INPUT=said spawn a "$SOCKCAT" "${TARGET[@]}"
	until_true is_asleep a
	stop log
	finish a 1
}

@test "the reader goes away: it dies of SIGPIPE, also when nothing comes" {
	mkfifo pipe
	exec {hold}<>pipe
	OUTPUT=pipe collector 127.0.0.1 0
	talker a
	say a 'one\n'
	read -r -t 30 line <&"$hold"
	[ "$line" = one ]
	exec {hold}>&-
	finish log 141
}

@test "| head -1" {
	collector_piped() {
		local status=0
		close_others
		"$SOCKCAT" -lk --merge --port-file port 127.0.0.1 0 || status=$?
		echo "$status" >left
	}
	(collector_piped | head -n 1 >head.out) &
	until_true test -s port
	TARGET=(127.0.0.1 "$(<port)")
	printf 'one\ntwo\nthree\n' | send || true
	until_true test -s left
	[ "$(<left)" = 141 ]
	has head.out 'one\n'
}

@test "a full disk: status 6, and clients get a reset" {
	[ -e /dev/full ] || skip "no /dev/full"
	OUTPUT=/dev/full collector 127.0.0.1 0
	talker idle
	echo one >said
	run -1 --separate-stderr "$SOCKCAT" "${TARGET[@]}" <said
	finish log 6
	grep -q 'standard output: No space left on device' log.err
}

@test "TERM: what came is written, the last line ended" {
	collector 127.0.0.1 0
	talker a
	say a 'one\ntw'
	until_true has log.out 'one\n'
	stop log
	has log.out 'one\ntw\n'
}

@test "the end of --timeout: what came is written, status 3" {
	collector --timeout 1s 127.0.0.1 0
	talker a
	say a 'one\n'
	finish log 3
	has log.out 'one\n'
}

# --- what the manual says to do ----------------------------------------------

# The lines as they stand there, in a network where the port is free.
@test "a task: a collector for TCP and UDP" {
	need logger
	netns
	mkdir bin
	ln -s "$SOCKCAT" bin/sockcat
	sed -n '/^A collector for TCP and UDP/,/^\.Ed/s/^\$ //p' \
	    "$top_srcdir/man/sockcat.1" >commands
	lines commands 4
	cat >task <<-'EOF'
		listens() {
			grep -q ':1414 ' "/proc/net/$1" &&
			    { [ ! -s /proc/net/if_inet6 ] ||
			    grep -q ':1414 ' "/proc/net/${1}6"; }
		}
		has_two() {
			[ "$(wc -l <log)" -eq 2 ]
		}
		until_true() {
			until "$@"; do
				read -r -t 0.05 <>"$BATS_FILE_TMPDIR/.tick" || true
			done
		}
		eval "$(sed -n 1p commands)"
		one=$!
		eval "$(sed -n 2p commands)"
		two=$!
		until_true listens tcp
		until_true listens udp
		eval "$(sed -n 3p commands)"
		eval "$(sed -n 4p commands)"
		until_true has_two
		kill $one $two
	EOF
	PATH=$PWD/bin:$PATH "${NS[@]}" bash task
	grep -qE '^(127\.0\.0\.1|\[::1\]):[0-9]+ <.*by TCP$' log
	grep -qE '^(127\.0\.0\.1|\[::1\]):[0-9]+ by UDP$' log
}

# --- options -----------------------------------------------------------------

@test "what does not go with --merge is refused" {
	local words
	for words in '--merge host 80' '-l --mark 4000' '-lk --mark 4000' \
	    '-l --merge --exec cat 4000' '-l --merge --broker 4000' \
	    '-l --merge --forward localhost:1 4000' '-l --merge -C 4000' \
	    '-l --merge --send-only 4000' '-l --merge -W 3 4000' \
	    '-lu --merge -w 3 4000' '-lcu --merge -W 3 4000' '-l --merge -q 1 4000'; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr "$SOCKCAT" $words
		[[ $stderr == *--mark* || $stderr == *--merge* ]]
	done
	run -2 --separate-stderr "$SOCKCAT" --mark 7 host 80
	[[ $stderr == *--so-mark* ]]
	run -2 --separate-stderr "$SOCKCAT" --mark=7 host 80
	[[ $stderr == *--so-mark* ]]
}
