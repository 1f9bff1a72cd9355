#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The life of a connection, as -v tells it.

# bats and helpers.bash set output, PORT ...
# shellcheck disable=SC2154

load helpers
load unix.bash

# bound TEXT ARGUMENT...: a listener of these says that it is bound to that.
bound() {
	local text=$1
	shift
	run -3 "$SOCKCAT" -v -l --accept-timeout 0 "$@" </dev/null
	[[ $output == *"sockcat: bound to $text"* ]] ||
		fail "$*: $output"
}

@test "bound: to which address, and who can come there" {
	bound "127.0.0.1 port " -4 localhost 0
	grep -Eqx 'sockcat: bound to 127\.0\.0\.1 port [0-9]+: for this host alone' \
	    <<<"$output"
	bound "0.0.0.0 port " -4 0
	assert_output --partial \
	    ": for whoever reaches any IPv4 address of this host"
	need_ipv6
	bound ":: port " -6 0
	assert_output --partial \
	    ": for whoever reaches any IPv6 address of this host"
}

@test "bound: one interface, one address, a link" {
	netns 'ip link add veth0 type veth peer name veth1
		ip addr add 192.0.2.1/24 dev veth0
		ip link set veth0 up
		ip link set veth1 up
		ip addr add fe80::7/64 dev veth0 nodad'
	run -3 "${NS[@]}" "$SOCKCAT" -v -l --accept-timeout 0 192.0.2.1 0
	assert_output --partial ": for whoever reaches this address"
	run -3 "${NS[@]}" "$SOCKCAT" -v -l --accept-timeout 0 \
	    --interface veth0 -4 0
	assert_output --partial \
	    "any IPv4 address of this host, by way of veth0"
	run -3 "${NS[@]}" "$SOCKCAT" -v -l --accept-timeout 0 fe80::7%veth0 0
	assert_output --partial "bound to fe80::7%veth0 port "
	assert_output --partial ": for the hosts of this link"
}

@test "bound: a path and its mode, a name in the abstract namespace" {
	local name
	name=$(abstract)
	bound "path, mode 0640: for processes of this host that may write to it" \
	    --mode 640 -U path
	bound "$name: for every process of this network namespace" -U "$name"
}

@test "bound: datagrams, which nobody listens for" {
	run -3 "$SOCKCAT" -v -l -u --accept-timeout 0 127.0.0.1 0 </dev/null
	assert_output --partial ": for this host alone"
	refute_output --partial "listening"
}

@test "the listening socket: its end, without -k, is when the client is there" {
	local said
	listener a -v 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	finish a
	mapfile -t said < <(grep -Eo \
	    '(bound|no longer listening|listening|accepted|closed) ' a.err)
	assert_equal "${said[*]}" \
	    "bound  listening  accepted  no longer listening  closed "
}

@test "the queue: how many more wait, once there is somebody" {
	local gate i
	mkfifo gate
	listener a -v -k 127.0.0.1 0
	exec {gate}<>gate
	for i in 1 2 3; do
		INPUT=gate spawn "c$i" "$SOCKCAT" -v 127.0.0.1 "$PORT"
		until_true has_line "c$i.err" connected
	done
	until_true has_line a.err '#1 accepted'
	grep -qE '#1 accepted [0-9.:]* on [0-9.:]*$' a.err
	kill "${PID[c1]}"
	until_true has_line a.err '#2 accepted'
	grep -qE '#2 accepted .* on 127.0.0.1:[0-9]* \(1 more wait in the queue\)$' \
	    a.err
	kill "${PID[c2]}"
	until_true has_line a.err '#3 accepted'
	grep -qE '#3 accepted [0-9.:]* on [0-9.:]*$' a.err
	kill "${PID[c3]}"
	wait "${PID[c1]}" "${PID[c2]}" "${PID[c3]}" || true
	stop a
}

@test "the queue, with -vv: also that nobody waits" {
	listener a -vv 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	finish a
	grep -q ' accepted .* (0 more wait in the queue)$' a.err
}

# --- numbers -------------------------------------------------------------------

@test "many connections: each line has the number of its own, as the report" {
	local i n
	need python3
	listener a -v -k --exec cat --report=json --report-file report.json \
	    --output 'copy%n' 127.0.0.1 0
	for i in 1 2 3; do
		printf 'client %d\n' "$i" | "$SOCKCAT" -p 0 127.0.0.1 "$PORT"
		until_true count a.err "#$i closed" 1
	done
	stop a
	run ! grep -E 'accepted|started|closed|ended' <(grep -v '#' a.err)
	run grep -E '#[0-9]+ (bound|listening|no longer)' a.err
	[ -z "$output" ]
	# The number of each peer is the same in all three.
	python3 -S -c 'import json
for line in open("report.json"):
    r = json.loads(line)
    if r["type"] == "connection":
        print(r["number"], r["remote"]["address"], r["remote"]["port"])' >numbers
	[ "$(wc -l <numbers)" -eq 3 ]
	while read -r n address port; do
		grep -q "#$n accepted $address:$port on " a.err
		grep -q "#$n closed $address:$port: " a.err
		grep -q "client $n" "copy$n"
	done <numbers
}

@test "many connections: a fault in a handshake has its number as well" {
	need_tls
	listener a -v -k -c 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<"GET / HTTP/1.0" || true
	until_true has_line a.err '#1 closed'
	"$SOCKCAT" -c --tls-insecure 127.0.0.1 "$PORT" <<<hello
	until_true has_line a.err '#2 closed'
	stop a
	grep -q '#1 closed .*does not speak TLS' a.err
	grep -q '#2 TLS: ' a.err
}

@test "many peers of datagrams have numbers, too" {
	listener a -v -u -k --exec cat 127.0.0.1 0
	"$SOCKCAT" -u -W 1 -q -1 127.0.0.1 "$PORT" <<<one
	"$SOCKCAT" -u -W 1 -q -1 127.0.0.1 "$PORT" <<<two
	stop a
	grep -q '#1 accepted ' a.err
	grep -q '#2 accepted ' a.err
	grep -q '#2 started cat' a.err
	grep -q '#1 closed ' a.err
}

@test "one connection has no number" {
	listener a -v 127.0.0.1 0
	run -0 "$SOCKCAT" -v 127.0.0.1 "$PORT" <<<hello
	finish a
	run ! grep '#' a.err
	refute_output --partial '#'
}

# --- times ---------------------------------------------------------------------

@test "-vv: the time of day in front of each line, in order; none with -v" {
	local v
	for v in -v -vv; do
		listener "a$v" "$v" 127.0.0.1 0
		"$SOCKCAT" "$v" 127.0.0.1 "$PORT" <<<hello 2>"c$v.err"
		finish "a$v"
	done
	run ! grep -E '[0-9]Z' a-v.err c-v.err
	run ! grep -vE '^sockcat: [0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z [^ ]' \
	    a-vv.err c-vv.err
	cut -d ' ' -f 2 a-vv.err | sort -c
}

@test "-vv: sockets that are made, and what a source is bound to" {
	listener a -vv 127.0.0.1 0
	run -0 "$SOCKCAT" -vv -s 127.0.0.1 127.0.0.1 "$PORT" <<<hello
	finish a
	assert_output --partial "Z socket created: IPv4, TCP"
	assert_output --partial \
	    "Z bound to 127.0.0.1, the port comes with connecting"
	grep -q 'Z socket created: IPv4, TCP' a.err
	run -3 "$SOCKCAT" -vv -l -u --accept-timeout 0 -U path </dev/null
	assert_output --partial "socket created: UNIX-domain, datagrams"
}

# --- what it costs, and where it goes ------------------------------------------

@test "standard output and the peer get nothing of it" {
	listener a -vv -k --exec cat 127.0.0.1 0
	for i in 1 2; do
		"$SOCKCAT" -vv 127.0.0.1 "$PORT" <<<hello >out 2>err
		[ "$(cat out)" = hello ]
	done
	stop a
	[ ! -s a.out ]
}

@test "without -v, nothing is asked of the system for its sake" {
	need_strace
	spawn a strace -f -o calls "$SOCKCAT" -l --ready-fd 9 127.0.0.1 0 9>ready
	until_true test -s ready
	read -r _ PORT <ready
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
	finish a
	run ! grep 'TCP_INFO' calls
}

# --- the manual ------------------------------------------------------------------

# manual ROLE: what the section of the manual shows of the one whose command has
# that in it.
manual() {
	sed -n '/^\.Sh THE LIFE OF A CONNECTION/,/^\.Sh WHEN/p' \
	    "$top_srcdir/man/sockcat.1" |
		sed -n '/^\$ .*'"$1"'/,/^\.Ed/p' | grep '^sockcat: '
}

# plain FILE CLIENT: the same with the manual's ports and numbers.
plain() {
	sed "s/\\b$PORT\\b/8080/; s/:$2\\b/:50000/; s/:$PORT\\b/:8080/;
		s/backlog [0-9]*/backlog 4096/; s/ in [0-9.]* .*s\$/ in 0.2 ms/" "$1"
}

@test "the example of the manual is what is said" {
	local from
	echo welcome >welcome
	INPUT=welcome listener a -v 127.0.0.1 0
	"$SOCKCAT" -v 127.0.0.1 "$PORT" <<<hello >out 2>c.err
	finish a
	[ "$(cat out a.out)" = $'welcome\nhello' ]
	from=$(sed -n 's/.*connected [0-9.]*:\([0-9]*\) .*/\1/p' c.err)
	manual 'welcome' >want
	[ "$(wc -l <want)" -eq 7 ]
	# The two ends of directions come in any order.
	diff <(sort want) <(plain a.err "$from" | sort)
	manual 'hello' >want
	[ "$(wc -l <want)" -eq 5 ]
	diff <(sort want) <(plain c.err "$from" | sort)
}

@test "the queue: who is in it is connected, and a full one refuses nobody" {
	local late=0 i
	listener a -k -B 1 127.0.0.1 0
	kill -STOP "${PID[a]}"
	until_true is_stopped a
	for i in 1 2 3 4; do
		run "$SOCKCAT" -v --no-wait -w 300ms --send-only 127.0.0.1 \
		    "$PORT" <<<"early $i"
		refute_output --partial refused
		[ "$status" -ne 3 ] || late=1
	done
	[ "$late" -eq 1 ]
	kill -CONT "${PID[a]}"
	until_true has_line a.out 'early 1'
}
