#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# -z: which ports are open.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers

# join WORD...: with commas.
join() {
	local IFS=,
	echo "$*"
}

# verdicts HOST VERDICT PORT...: a line each.
verdicts() {
	local host=$1 verdict=$2
	shift 2
	printf "$host %d $verdict\n" "$@"
}

# most_at_once TRACE: how many TCP attempts were in the air at one time.
most_at_once() {
	awk '/connect\(.*EINPROGRESS/ { if (++n > most) most = n }
	    /^close\(/ && n > 0 { n-- }
	    END { print most + 0 }' "$1"
}

@test "open, closed and silent are told apart" {
	sockets held open@127.0.0.1 closed@127.0.0.1 silent@127.0.0.1
	run -0 --separate-stderr "$SOCKCAT" -z -w 200ms 127.0.0.1 "${PORTS[@]}"
	[ "$output" = "127.0.0.1 ${PORTS[0]} open
127.0.0.1 ${PORTS[1]} closed
127.0.0.1 ${PORTS[2]} silent" ]
	[ -z "$stderr" ]
}

@test "one port: nothing on standard output, and the status tells" {
	sockets held open@127.0.0.1 closed@127.0.0.1 silent@127.0.0.1
	run -0 --separate-stderr "$SOCKCAT" -z 127.0.0.1 "${PORTS[0]}"
	[ -z "$output$stderr" ]
	run -1 --separate-stderr "$SOCKCAT" -z 127.0.0.1 "${PORTS[1]}"
	[ -z "$output$stderr" ]
	run -3 --separate-stderr "$SOCKCAT" -z -w 100ms 127.0.0.1 "${PORTS[2]}"
	[ -z "$output$stderr" ]
	netns
	run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -z 192.0.2.1 1
	[ -z "$output$stderr" ]
	# What is no verdict is told.
	run -4 --separate-stderr "$SOCKCAT" -z -n nosuch 1
	[[ $stderr == *nosuch* ]]
}

@test "one port, with -v: a line on standard output" {
	sockets held open@127.0.0.1 closed@127.0.0.1 silent@127.0.0.1
	run -0 --separate-stderr "$SOCKCAT" -zv 127.0.0.1 "${PORTS[0]}"
	[ "$output" = "127.0.0.1 ${PORTS[0]} open" ]
	run -1 --separate-stderr "$SOCKCAT" -zv 127.0.0.1 "${PORTS[1]}"
	[ "$output" = "127.0.0.1 ${PORTS[1]} closed" ]
	[[ $stderr == *"127.0.0.1 port ${PORTS[1]}: closed"* ]]
	run -3 --separate-stderr "$SOCKCAT" -zv -w 100ms 127.0.0.1 "${PORTS[2]}"
	[ "$output" = "127.0.0.1 ${PORTS[2]} silent" ]
	[[ $stderr == *"127.0.0.1 port ${PORTS[2]}: no answer"* ]]
}

@test "host:port, host:list and [address]:port" {
	sockets held open@127.0.0.1*2
	run -0 "$SOCKCAT" -zv "127.0.0.1:${PORTS[0]}"
	assert_output "127.0.0.1 ${PORTS[0]} open"
	run -0 "$SOCKCAT" -z "127.0.0.1:$(join "${PORTS[@]}")"
	assert_output "$(verdicts 127.0.0.1 open "${PORTS[@]}")"
}

@test "status of many ports: 0 if one is open, else 1 if one is closed, else 3" {
	sockets held closed@127.0.0.1*3 silent@127.0.0.1*3 open@127.0.0.1
	run -0 "$SOCKCAT" -z -w 200ms 127.0.0.1 "${PORTS[@]}"
	run -1 "$SOCKCAT" -z -w 200ms 127.0.0.1 "${PORTS[@]:0:6}"
	assert_output --partial 'no port is open'
	run -3 "$SOCKCAT" -z -w 200ms 127.0.0.1 "${PORTS[@]:3:3}"
	assert_output --partial 'no port answers'
}

@test "unreachable: status 1, and the word" {
	netns
	run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -z 192.0.2.1 1-3
	[ "$output" = "$(verdicts 192.0.2.1 unreachable 1 2 3)" ]
	[[ $stderr == *unreachable* ]]
}

@test "lists, ranges, descending ranges, duplicates" {
	netns
	run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -z 127.0.0.1 5,3-4 9-7 \
	    4 3,12
	[ "$output" = "$(verdicts 127.0.0.1 closed 5 3 4 7 8 9 12)" ]
	run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -z 127.0.0.1 0-2
	[ "$output" = "$(verdicts 127.0.0.1 closed 0 1 2)" ]
	run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -z 127.0.0.1 65534-65535
	[ "$output" = "$(verdicts 127.0.0.1 closed 65534 65535)" ]
	run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -z 127.0.0.1 7,7
	[ -z "$output" ]
}

@test "the order of output is that of the question, also if the first are silent" {
	sockets held silent@127.0.0.1*2 closed@127.0.0.1*50 open@127.0.0.1 \
	    silent@127.0.0.1 closed@127.0.0.1*50
	run -0 --separate-stderr "$SOCKCAT" -z -w 300ms 127.0.0.1 "${PORTS[@]}"
	[ "$output" = "$(
		verdicts 127.0.0.1 silent "${PORTS[@]:0:2}"
		verdicts 127.0.0.1 closed "${PORTS[@]:2:50}"
		verdicts 127.0.0.1 open "${PORTS[52]}"
		verdicts 127.0.0.1 silent "${PORTS[53]}"
		verdicts 127.0.0.1 closed "${PORTS[@]:54:50}"
	)" ]
}

@test "a line is there as soon as its port and those before it are done" {
	sockets held closed@127.0.0.1*2 silent@127.0.0.1 closed@127.0.0.1
	spawn scan "$SOCKCAT" -z 127.0.0.1 "${PORTS[@]}"
	until_true has_line scan.out " ${PORTS[1]} "
	[ "$(cat scan.out)" = "$(verdicts 127.0.0.1 closed "${PORTS[@]:0:2}")" ]
	kill "${PID[scan]}"
	finish scan 143
}

@test "-r: every port, in another order; the output keeps the order" {
	need_strace
	sockets held closed@127.0.0.1*100
	run -1 --separate-stderr strace -o trace -e trace=connect "$SOCKCAT" \
	    -z -r 127.0.0.1 "${PORTS[@]}"
	[ "$output" = "$(verdicts 127.0.0.1 closed "${PORTS[@]}")" ]
	sed -n 's/.*sin_port=htons(\([0-9]*\)).*/\1/p' trace >tried
	printf '%s\n' "${PORTS[@]}" >asked
	[ "$(sort tried)" = "$(sort asked)" ]
	run ! cmp -s tried asked
	strace -o trace -e trace=connect "$SOCKCAT" -z 127.0.0.1 \
	    "${PORTS[@]}" >out 2>err || true
	sed -n 's/.*sin_port=htons(\([0-9]*\)).*/\1/p' trace >tried
	cmp tried asked
}

@test "200 silent ports: all attempts are in the air at once" {
	need_strace
	sockets held silent@127.0.0.1*200
	run -3 --separate-stderr strace -o trace -e trace=connect,close \
	    "$SOCKCAT" -z -w 1 127.0.0.1 "${PORTS[@]}"
	[ "$output" = "$(verdicts 127.0.0.1 silent "${PORTS[@]}")" ]
	[ "$(most_at_once trace)" -eq 200 ]
}

@test "all 65535 ports of an address" {
	netns
	spawn server "${NS[@]}" "$PEERS/sockets.py" open@127.0.0.1*3 \
	    closed@127.0.0.1*3
	until_true has_line server.out .
	read -r -a PORTS <server.out
	run -0 "${NS[@]}" "$SOCKCAT" -z 127.0.0.1 1-65535
	[ "${#lines[@]}" -eq 65535 ]
	[ "$(grep -v ' closed$' <<<"$output")" = "$(verdicts 127.0.0.1 open \
	    "${PORTS[@]:0:3}" | sort -n -k 2)" ]
	[ "$(awk '{ print $2 }' <<<"$output" | uniq)" = "$(seq 65535)" ]
}

@test "a port that connects to itself is not open" {
	netns 'echo "40000 40003" >/proc/sys/net/ipv4/ip_local_port_range'
	run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -z 127.0.0.1 40000-40003
	[ "$output" = "$(verdicts 127.0.0.1 closed 40000 40001 40002 40003)" ]
}

# limited N COMMAND...: run it with at most N descriptors.
limited() {
	(
		ulimit -n "$1"
		shift
		exec "$@"
	)
}

@test "few descriptors: fewer attempts at a time, the same lines" {
	local limit
	sockets held silent@127.0.0.1*100 open@127.0.0.1 closed@127.0.0.1*100
	for limit in 64 12; do
		run -0 --separate-stderr limited "$limit" "$SOCKCAT" -z \
		    -w 100ms 127.0.0.1 "${PORTS[@]}"
		[ "$output" = "$(
			verdicts 127.0.0.1 silent "${PORTS[@]:0:100}"
			verdicts 127.0.0.1 open "${PORTS[100]}"
			verdicts 127.0.0.1 closed "${PORTS[@]:101:100}"
		)" ]
		[ -z "$stderr" ] || fail "$stderr"
	done
}

@test "nothing is sent to an open port" {
	spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 recv:got
	until_true test -s peer.out
	run -0 "$SOCKCAT" -z 127.0.0.1 "$(head -n 1 peer.out)" <<<data
	finish peer
	[ -e got ]
	[ ! -s got ]
}

@test "a name with several addresses: open if one of them is" {
	netns 'printf "::1 multi\n127.0.0.2 multi\n127.0.0.3 multi\n" >hosts
		mount --bind hosts /etc/hosts'
	spawn held "${NS[@]}" "$PEERS/sockets.py" open@127.0.0.3 \
	    silent@127.0.0.2:=
	until_true has_line held.out .
	read -r -a PORTS <held.out
	run -0 "${NS[@]}" "$SOCKCAT" -zv -w 200ms multi "${PORTS[0]}"
	assert_output "multi ${PORTS[0]} open"
	run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -zv -6 multi "${PORTS[0]}"
	[ "$output" = "multi ${PORTS[0]} closed" ]
}

# bad_addresses: a network of its own, where the names NAME.test are 127.0.0.3 and
# an address that is of no use.  Sets PORTS: two that are open, one that is
# closed, one that answers datagrams.
bad_addresses() {
	local bad
	for bad in fe80::1 203.0.113.1 203.0.113.2 203.0.113.3 198.51.100.1; do
		printf '%s %s.test\n127.0.0.3 %s.test\n' "$bad" \
		    "${bad//:/-}" "${bad//:/-}"
	done >hosts
	printf '%s both.test\n' fe80::1 fe80::2 >>hosts
	netns 'mount --bind hosts /etc/hosts
		ip route add prohibit 203.0.113.1
		ip route add blackhole 203.0.113.2
		ip route add unreachable 203.0.113.3'
	spawn held "${NS[@]}" "$PEERS/sockets.py" open@127.0.0.3*2 \
	    closed@127.0.0.3 udp-answer@127.0.0.3
	until_true has_line held.out .
	read -r -a PORTS <held.out
}

@test "a name with a bad address: the scan goes on to the next" {
	local name
	bad_addresses
	for name in fe80--1 203.0.113.{1,2,3} 198.51.100.1; do
		run -0 --separate-stderr "${NS[@]}" "$SOCKCAT" -z \
		    "$name.test" "${PORTS[@]:0:3}"
		[ "$output" = "$(
			verdicts "$name.test" open "${PORTS[@]:0:2}"
			verdicts "$name.test" closed "${PORTS[2]}"
		)" ]
		[ -z "$stderr" ]
		run -0 --separate-stderr "${NS[@]}" "$SOCKCAT" -zu \
		    "$name.test" "${PORTS[3]}"
		[ -z "$output$stderr" ]
	done
	# It is told once, however many ports there are.
	run -0 --separate-stderr "${NS[@]}" "$SOCKCAT" -zv fe80--1.test \
	    "${PORTS[@]:0:3}"
	[ "$(grep -c "connect to fe80::1" <<<"$stderr")" -eq 1 ]
}

@test "-s of one family: the addresses of the other are left out" {
	netns 'printf "::1 multi\n127.0.0.3 multi\n" >hosts
		mount --bind hosts /etc/hosts'
	spawn held "${NS[@]}" "$PEERS/sockets.py" open@127.0.0.3*2
	until_true has_line held.out .
	read -r -a PORTS <held.out
	run -0 --separate-stderr "${NS[@]}" "$SOCKCAT" -z -s 127.0.0.9 multi \
	    "${PORTS[@]}"
	[ "$output" = "$(verdicts multi open "${PORTS[@]}")" ]
	[ -z "$stderr" ]
	run -6 --separate-stderr "${NS[@]}" "$SOCKCAT" -z -s 127.0.0.9 ::1 1-3
	[ -z "$output" ]
	[[ $stderr == *"has no address of the family of ::1"* ]]
}

@test "no address of any use: why, and status 6" {
	bad_addresses
	run -6 --separate-stderr "${NS[@]}" "$SOCKCAT" -z both.test 1-3
	[ -z "$output" ]
	[[ $stderr == *"connect to fe80::"*": Invalid argument"*%eth0* ]]
	run -6 --separate-stderr "${NS[@]}" "$SOCKCAT" -z fe80::1 1
	[[ $stderr == *"connect to fe80::1 port 1: Invalid argument"*%eth0* ]]
}

@test "what a route forbids or swallows is unreachable, not closed" {
	local address
	bad_addresses
	for address in 203.0.113.{1,2,3}; do
		run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -z "$address" 7-8
		[ "$output" = "$(verdicts "$address" unreachable 7 8)" ]
		run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -zu "$address" 7-8
		[ "$output" = "$(verdicts "$address" unreachable 7 8)" ]
	done
	run -1 --separate-stderr "${NS[@]}" "$SOCKCAT" -zv 203.0.113.1 7
	[ "$output" = "203.0.113.1 7 unreachable" ]
	[[ $stderr == *"Permission denied (a route or a packet filter forbids it)"* ]]
}

@test "-s: from that address" {
	need_strace
	sockets held open@127.0.0.1
	run -0 strace -o trace -e trace=bind "$SOCKCAT" -z -s 127.0.0.9 \
	    127.0.0.1 "${PORTS[0]}"
	grep -q 'bind(.*127\.0\.0\.9.* = 0' trace
	run -6 "$SOCKCAT" -z -s 192.0.2.77 127.0.0.1 "${PORTS[0]}"
	assert_output --partial '192.0.2.77'
}

@test "a name that can't be resolved: status 4" {
	run -4 "$SOCKCAT" -z -n nosuch 1-3
	assert_output --partial nosuch
}

# --- UDP ---------------------------------------------------------------------

@test "UDP: open, closed, and no answer, which is never called open" {
	sockets held udp-answer@127.0.0.1 udp-closed@127.0.0.1 udp-mute@127.0.0.1
	run -0 --separate-stderr "$SOCKCAT" -z -u -w 300ms 127.0.0.1 \
	    "${PORTS[@]}"
	[ "$output" = "127.0.0.1 ${PORTS[0]} open
127.0.0.1 ${PORTS[1]} closed
127.0.0.1 ${PORTS[2]} no-answer" ]
	run -0 "$SOCKCAT" -z -u 127.0.0.1 "${PORTS[0]}"
	run -1 "$SOCKCAT" -z -u 127.0.0.1 "${PORTS[1]}"
	run -3 --separate-stderr "$SOCKCAT" -z -u -v -w 100ms 127.0.0.1 \
	    "${PORTS[2]}"
	[ "$output" = "127.0.0.1 ${PORTS[2]} no-answer" ]
}

@test "UDP: a name whose addresses are silent and closed: no answer" {
	printf '%s\n' '127.0.0.1 two' '127.0.0.2 two' >hosts
	netns "mount --bind hosts /etc/hosts"
	spawn held "${NS[@]}" "$PEERS/sockets.py" udp-mute@127.0.0.2
	until_true has_line held.out .
	run -3 --separate-stderr "${NS[@]}" "$SOCKCAT" -u -z -v -w 200ms two \
	    "$(<held.out)"
	[[ $output = "two "*" no-answer" ]]
}

@test "UDP: the probe is a datagram without a byte" {
	sockets held udp-answer@127.0.0.1*20
	run -0 "$SOCKCAT" -z -u 127.0.0.1 "${PORTS[@]}"
	assert_output "$(verdicts 127.0.0.1 open "${PORTS[@]}")"
	[ "$(grep -c got held.out)" -ge 20 ]
	[ "$(grep got held.out | sort -u)" = "got 0" ]
}

# asked N: N datagrams have come; for until_true.
asked() {
	[ "$(grep -c '^got 0' held.out)" -eq "$1" ]
}

@test "UDP: without -w the wait for an answer has an end" {
	sockets held udp-mute@127.0.0.1*30
	run -3 --separate-stderr "$SOCKCAT" -z -u 127.0.0.1 "${PORTS[@]}"
	[ "$output" = "$(verdicts 127.0.0.1 no-answer "${PORTS[@]}")" ]
	# Each was asked twice.
	until_true asked 60
}

# --- UNIX-domain -------------------------------------------------------------

@test "-z -U: open, closed, no such path" {
	listener server -k -U path
	run -0 "$SOCKCAT" -z -U path
	assert_output ""
	run -0 "$SOCKCAT" -z -v -U path
	assert_line "path open"
	kill "${PID[server]}"
	finish server 143
	run -1 --separate-stderr "$SOCKCAT" -z -v -U path
	[ "$output" = "path closed" ]
	: >file
	run -1 --separate-stderr "$SOCKCAT" -z -U file
	[ -z "$output$stderr" ]
	run -1 --separate-stderr "$SOCKCAT" -z -v -U file
	[ "$output" = "file closed" ]
	[[ $stderr == *"connect to file"* ]]
}

# --- ends --------------------------------------------------------------------

@test "standard output is full: status 6" {
	sockets held open@127.0.0.1*3
	"$SOCKCAT" -z 127.0.0.1 "${PORTS[@]}" >/dev/full 2>err && status=0 ||
		status=$?
	[ "$status" -eq 6 ]
	grep -q 'standard output: No space left' err
	"$SOCKCAT" -zv 127.0.0.1 "${PORTS[0]}" >/dev/full 2>err && status=0 ||
		status=$?
	[ "$status" -eq 6 ]
	listener server -U path
	"$SOCKCAT" -zv -U path >/dev/full 2>err && status=0 || status=$?
	[ "$status" -eq 6 ]
}

@test "| head -1: the scan dies of SIGPIPE" {
	netns
	run bash -c '"$@" 2>err | head -n 1; exit "${PIPESTATUS[0]}"' bash \
	    "${NS[@]}" env --default-signal=PIPE "$SOCKCAT" -z 127.0.0.1 1-65535
	assert_output "127.0.0.1 1 closed"
	[ "$status" -eq 141 ]
	[ ! -s err ]
}

@test "the reader goes away while the network is silent: noticed at once" {
	local reader line
	sockets held closed@127.0.0.1 silent@127.0.0.1
	mkfifo reader
	exec {reader}<>reader
	OUTPUT=reader spawn scan env --default-signal=PIPE "$SOCKCAT" -z \
	    --timeout 5 127.0.0.1 "${PORTS[@]}"
	read -r line <&"$reader"
	[ "$line" = "127.0.0.1 ${PORTS[0]} closed" ]
	exec {reader}<&-
	finish scan 141
}

@test "a signal ends it, by that signal, with what was found so far" {
	local signal
	sockets held closed@127.0.0.1*2 silent@127.0.0.1
	for signal in TERM INT HUP; do
		spawn scan env "--default-signal=$signal" "$SOCKCAT" -z \
		    127.0.0.1 "${PORTS[@]}"
		until_true test -s scan.out
		kill -s "$signal" "${PID[scan]}"
		finish scan $((128 + $(kill -l "$signal")))
		[ "$(cat scan.out)" = \
		    "$(verdicts 127.0.0.1 closed "${PORTS[@]:0:2}")" ]
	done
}

@test "--timeout ends it with status 3" {
	sockets held closed@127.0.0.1*2 silent@127.0.0.1
	run -3 --separate-stderr "$SOCKCAT" -z --timeout 100ms 127.0.0.1 \
	    "${PORTS[@]}"
	[[ $output == "$(verdicts 127.0.0.1 closed "${PORTS[@]:0:2}")"* ]]
	[[ $stderr == *"the whole run"* ]]
}

@test "-i: a pause between the attempts, one after the other" {
	need_strace
	sockets held closed@127.0.0.1*5
	run -1 --separate-stderr strace -o trace -e trace=connect,poll \
	    "$SOCKCAT" -z -i 20ms 127.0.0.1 "${PORTS[@]}"
	[ "$output" = "$(verdicts 127.0.0.1 closed "${PORTS[@]}")" ]
	# Between two attempts there is a wait that ran out.
	[ "$(awk '/connect\(/ { if (seen) pauses += waited; seen = 1; waited = 0 }
	    /poll\(.*Timeout/ { waited = 1 }
	    END { print pauses + 0 }' trace)" -eq 4 ]
}
