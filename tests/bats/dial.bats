#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# From a name to a connection.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load sshd

# hosts LINE...: a namespace with these hosts, and what `netns' takes in $SETUP.
hosts() {
	printf '%s\n' "$@" >hosts
	netns "mount --bind hosts /etc/hosts; ${SETUP:-}"
}

# inside WORD...: sockets.py in the namespace.  Sets PORTS.
inside() {
	spawn held "${NS[@]}" "$PEERS/sockets.py" "$@"
	until_true has_line held.out .
	read -r -a PORTS <held.out
}

# serve NAME WORD...: a listener in the namespace.  Sets PORT.
serve() {
	local name=$1
	shift
	rm -f port
	spawn "$name" "${NS[@]}" "$SOCKCAT" -l -v --port-file port "$@"
	until_true test -s port
	PORT=$(cat port)
}

# descriptors PID: how many it has open.
descriptors() {
	local -a fds=("/proc/$1/fd/"*)
	echo "${#fds[@]}"
}

# --- what fails --------------------------------------------------------------

@test "refused: status 1, and who refused" {
	sockets held closed@127.0.0.1
	run -1 --separate-stderr "$SOCKCAT" 127.0.0.1 "${PORTS[0]}"
	[[ $stderr == *"127.0.0.1 port ${PORTS[0]}: Connection refused" ]]
	run -1 "$SOCKCAT" -U nosuch
	assert_output --partial nosuch
	: >file
	run -1 "$SOCKCAT" -U file
}

@test "unreachable: status 1" {
	netns
	run -1 "${NS[@]}" "$SOCKCAT" 192.0.2.1 80
	assert_output --partial '192.0.2.1 port 80: Network is unreachable'
}

@test "a name that nobody knows: status 4" {
	hosts '127.0.0.1 localhost'
	run -4 "${NS[@]}" "$SOCKCAT" nosuch.invalid 80
	assert_output --partial 'resolve nosuch.invalid: '
}

@test "a name that has addresses of the other family alone: status 4, told so" {
	hosts '2001:db8::1 six.invalid' '192.0.2.1 four.invalid'
	run -4 "${NS[@]}" "$SOCKCAT" -4 six.invalid 80
	assert_output --partial "resolve six.invalid: it has no IPv4 address,\
 but others (-4 leaves them out)"
	run -4 "${NS[@]}" "$SOCKCAT" -6 four.invalid 80
	assert_output --partial "resolve four.invalid: it has no IPv6 address,\
 but others (-6 leaves them out)"
	run -4 "${NS[@]}" "$SOCKCAT" -l -4 six.invalid 0 </dev/null
	assert_output --partial "it has no IPv4 address, but others"
	run -4 "${NS[@]}" "$SOCKCAT" -4 nosuch.invalid 80
	refute_output --partial "others"
}

@test "-n: a name is not looked up" {
	run -4 "$SOCKCAT" -n localhost 80
	assert_output --partial localhost
	run -4 "$SOCKCAT" -n -s localhost 127.0.0.1 80
	assert_output --partial localhost
	run -4 "$SOCKCAT" -l -n --accept-timeout 0 localhost 0
	assert_output --partial localhost
}

@test "-n: no DNS, no file of hosts is opened, nor for an address without -n" {
	need_strace
	sockets held open@127.0.0.1
	run -0 strace -f -o trace -e trace=openat,connect "$SOCKCAT" -n -z \
	    127.0.0.1 "${PORTS[0]}"
	grep -q "htons(${PORTS[0]})" trace
	run ! grep -E '/etc/(hosts|resolv.conf)|htons\(53\)' trace
	run -0 strace -f -o trace -e trace=openat,connect "$SOCKCAT" -z \
	    127.0.0.1 "${PORTS[0]}"
	grep -q "htons(${PORTS[0]})" trace
	run ! grep -E '/etc/(hosts|resolv.conf)|htons\(53\)' trace
}

@test "-w, --connect-timeout, --timeout: no answer is status 3" {
	sockets held silent@127.0.0.1
	run -3 "$SOCKCAT" -w 100ms 127.0.0.1 "${PORTS[0]}"
	assert_output --partial 'no answer within'
	run -3 "$SOCKCAT" --connect-timeout 100ms 127.0.0.1 "${PORTS[0]}"
	assert_output --partial 'no answer within'
	run -3 "$SOCKCAT" --timeout 100ms 127.0.0.1 "${PORTS[0]}"
	assert_output --partial 'the whole run'
	run -3 "$SOCKCAT" -w 1h --connect-timeout 100ms 127.0.0.1 "${PORTS[0]}"
}

@test "--connect-timeout is no limit for what comes then" {
	silent_input
	sockets held open@127.0.0.1
	INPUT=silent spawn client "$SOCKCAT" --connect-timeout 500ms -v \
	    127.0.0.1 "${PORTS[0]}"
	until_true has_line client.err connected
	"$PEERS/idle.py" "${PID[client]}"
	kill -0 "${PID[client]}"
}

@test "one limit for all addresses of a name" {
	local before
	hosts '127.0.0.2 many' '127.0.0.3 many' '127.0.0.4 many' \
	    '127.0.0.5 many' '127.0.0.6 many' '::1 many'
	inside silent@127.0.0.2 silent@127.0.0.3:= silent@127.0.0.4:= \
	    silent@127.0.0.5:= silent@127.0.0.6:= 'silent@[::1]:='
	before=$SECONDS
	run -3 "${NS[@]}" "$SOCKCAT" -v -w 1.8 many "${PORTS[0]}"
	[ "$((SECONDS - before))" -lt 8 ]
	[ "$(grep -c 'connecting to' <<<"$output")" -eq 6 ]
	assert_output --partial 'many'
}

# poor N COMMAND...: with no more than so many descriptors.
poor() {
	local limit=$1
	shift
	"${NS[@]}" sh -c 'ulimit -n "$0"; exec "$@"' "$limit" "$@"
}

@test "a name with more addresses than there are descriptors" {
	local i
	local -a names=('127.0.1.1 many' '127.0.1.2 many') held=(
	    silent@127.0.1.1 silent@127.0.1.2:=)
	for ((i = 3; i < 40; i++)); do
		names+=("127.0.1.$i many")
	done
	hosts "${names[@]}" '127.0.1.40 many'
	inside "${held[@]}" open@127.0.1.40:=
	run -0 poor 12 "$SOCKCAT" -v --send-only many "${PORTS[0]}" </dev/null
	assert_output --partial 'connected '
}

@test "more attempts at once than there are descriptors: the next one waits" {
	local i
	local -a names=() held=(silent@127.0.1.1)
	for ((i = 1; i < 12; i++)); do
		names+=("127.0.1.$i many")
		[ "$i" -eq 1 ] || held+=("silent@127.0.1.$i:=")
	done
	hosts "${names[@]}"
	inside "${held[@]}"
	run -3 poor 9 "$SOCKCAT" -w 2500ms many "${PORTS[0]}"
	assert_output --partial 'no answer within 2.5 s'
}

# --- several addresses -------------------------------------------------------

@test "IPv6 refused, IPv4 open: the next address at once" {
	hosts '::1 both' '127.0.0.1 both'
	serve server 127.0.0.1 0
	run -0 "${NS[@]}" "$SOCKCAT" -v both "$PORT" <<<data
	assert_line --partial 'resolved both to ::1'
	assert_line --partial 'resolved both to 127.0.0.1'
	assert_line --partial "connect to ::1 port $PORT: Connection refused"
	assert_line --partial "-> 127.0.0.1:$PORT in "
	finish server
	[ "$(cat server.out)" = data ]
}

@test "all refused: status 1; one refused, one silent: the limit decides" {
	hosts '::1 both' '127.0.0.1 both'
	run -1 "${NS[@]}" "$SOCKCAT" -v both 9
	assert_line --partial 'connect to ::1 port 9: Connection refused'
	assert_line --partial 'connect to 127.0.0.1 port 9: Connection refused'
	inside silent@127.0.0.1
	run -3 "${NS[@]}" "$SOCKCAT" -w 400ms both "${PORTS[0]}"
}

@test "IPv6 silent: IPv4 after 250 ms, the first to connect wins, the other is closed" {
	need_strace
	silent_input
	hosts '::1 both' '127.0.0.1 both'
	inside 'silent@[::1]'
	PORT=${PORTS[0]}
	spawn server "${NS[@]}" "$SOCKCAT" -l --port-file port 127.0.0.1 "$PORT"
	until_true test -s port
	INPUT=silent spawn client "${NS[@]}" "$SOCKCAT" -v both "$PORT"
	until_true has_line client.err "-> 127.0.0.1:$PORT in"
	# Left: 0, 1, 2, the connection, and the one that signals wake.
	[ "$(find "/proc/${PID[client]}/fd" -lname 'socket:*' | wc -l)" -eq 1 ]
	kill "${PID[client]}"
	finish client 143
	finish server 1

	rm -f port
	spawn server "${NS[@]}" "$SOCKCAT" -l --port-file port 127.0.0.1 "$PORT"
	until_true test -s port
	run -0 "${NS[@]}" strace -o trace -e trace=connect,poll,close \
	    "$SOCKCAT" both "$PORT" <<<data
	finish server
	[ "$(cat server.out)" = data ]
	# A wait of a quarter of a second that ran out between the two.
	[ "$(awk '/connect\(.*AF_INET6.*EINPROGRESS/ { six = 1 }
	    six && /poll\(.*, 2[345][0-9]\) *= 0/ { pause = 1 }
	    pause && /connect\(.*AF_INET,/ { print "staggered" }' trace)" = \
	    staggered ]
	grep -A 99 'connect(.*AF_INET,' trace | grep -Eq \
	    "close\($(sed -n 's/connect(\([0-9]*\),.*AF_INET6.*/\1/p' trace)\) += 0"
}

@test "the families take turns" {
	need_strace
	SETUP='ip -6 addr add fd00::1/128 dev lo nodad' \
	    hosts '::1 four' 'fd00::1 four' '127.0.0.1 four' '127.0.0.2 four'
	inside 'silent@[::1]' 'silent@[fd00::1]:=' silent@127.0.0.1:= \
	    silent@127.0.0.2:=
	run -3 "${NS[@]}" strace -f -o trace -e trace=connect "$SOCKCAT" \
	    -w 1.5 four "${PORTS[0]}"
	run -0 sed -n "s/.*connect(.*sa_family=\(AF_INET6*\), .*htons(${PORTS[0]}).*/\1/p" trace
	assert_output "AF_INET6
AF_INET
AF_INET6
AF_INET"
}

@test "-4 and -6: that family only" {
	hosts '::1 both' '127.0.0.1 both' '127.0.0.1 four'
	inside open@127.0.0.1 'open@[::1]:='
	PORT=${PORTS[0]}
	run -0 "${NS[@]}" "$SOCKCAT" -v -4 --send-only both "$PORT" </dev/null
	assert_output --partial "-> 127.0.0.1:$PORT"
	refute_output --partial ::1
	run -0 "${NS[@]}" "$SOCKCAT" -v -6 --send-only both "$PORT" </dev/null
	assert_output --partial "-> [::1]:$PORT"
	refute_output --partial 127.0.0.1
	run -4 "${NS[@]}" "$SOCKCAT" -6 four "$PORT"
	run -4 "${NS[@]}" "$SOCKCAT" -6 127.0.0.1 "$PORT"
	run -4 "${NS[@]}" "$SOCKCAT" -4 ::1 "$PORT"
}

# --- addresses ---------------------------------------------------------------

@test "IPv4 and IPv6 literals, in words and in one" {
	local words
	netns
	inside open@127.0.0.1 'open@[::1]:='
	PORT=${PORTS[0]}
	for words in "127.0.0.1 $PORT" "127.0.0.1:$PORT" "::1 $PORT" \
	    "0:0:0:0:0:0:0:1 $PORT" "[::1]:$PORT" "::ffff:127.0.0.1 $PORT"; do
		# shellcheck disable=SC2086 # words
		run -0 "${NS[@]}" "$SOCKCAT" -zv $words
		assert_line --partial " $PORT open"
	done
}

@test "zone ids" {
	netns 'ip -6 addr add fe80::1/64 dev lo nodad'
	inside 'open@[::]'
	PORT=${PORTS[0]}
	run -0 "${NS[@]}" "$SOCKCAT" -v --send-only fe80::1%lo "$PORT" </dev/null
	assert_output --partial "-> [fe80::1%lo]:$PORT"
	run -0 "${NS[@]}" "$SOCKCAT" -v --send-only "[fe80::1%lo]:$PORT" </dev/null
	assert_output --partial "-> [fe80::1%lo]:$PORT"
	run -0 "${NS[@]}" "$SOCKCAT" -n -v --send-only fe80::1%1 "$PORT" </dev/null
	run -4 "${NS[@]}" "$SOCKCAT" -n fe80::1%nosuch "$PORT" </dev/null
	assert_output --partial nosuch
}

@test "-s and -p: the peer sees them" {
	netns
	serve server 127.0.0.1 0
	run -0 "${NS[@]}" "$SOCKCAT" -s 127.0.0.9 127.0.0.1 "$PORT" </dev/null
	finish server
	grep -q 'accepted 127\.0\.0\.9:' server.err
	# Twice, for the first one is in TIME_WAIT then.
	for _ in 1 2; do
		serve server 127.0.0.1 0
		run -0 "${NS[@]}" "$SOCKCAT" -s 127.0.0.9 -p 20001 127.0.0.1 \
		    "$PORT" </dev/null
		finish server
		grep -q 'accepted 127\.0\.0\.9:20001 ' server.err
	done
	serve server ::1 0
	run -0 "${NS[@]}" "$SOCKCAT" -p 20002 ::1 "$PORT" </dev/null
	finish server
	grep -q 'accepted \[::1\]:20002 ' server.err
}

@test "-s and -p with UDP" {
	netns
	inside udp-answer@127.0.0.1
	run -0 "${NS[@]}" "$SOCKCAT" -u -v -W 1 -q -1 -s 127.0.0.9 \
	    -p 20001 127.0.0.1 "${PORTS[0]}" <<<data
	assert_line --partial "connected 127.0.0.9:20001 -> 127.0.0.1:"
	assert_line answer
}

@test "-s: a name; the addresses of its families are tried" {
	hosts '::1 both' '127.0.0.1 both' '127.0.0.9 me'
	inside open@127.0.0.1 'open@[::1]:='
	run -0 "${NS[@]}" "$SOCKCAT" -v --send-only -s me both "${PORTS[0]}" </dev/null
	assert_output --regexp "connected 127\.0\.0\.9:[0-9]+ -> 127\.0\.0\.1:"
	run -4 "${NS[@]}" "$SOCKCAT" -s nosuch.invalid both "${PORTS[0]}"
	assert_output --partial nosuch.invalid
}

@test "-s: of the wrong family, or of somebody else: status 6" {
	sockets held open@127.0.0.1
	run -6 "$SOCKCAT" -s ::1 127.0.0.1 "${PORTS[0]}"
	assert_output --partial 'source ::1'
	run -6 "$SOCKCAT" -s 192.0.2.77 127.0.0.1 "${PORTS[0]}"
	assert_output --partial '192.0.2.77'
	run -6 "$SOCKCAT" -p "${PORTS[0]}" -s 127.0.0.1 127.0.0.1 "${PORTS[0]}"
	assert_output --partial "${PORTS[0]}"
}

@test "a closed port that the kernel could choose for us: refused, no echo of ourselves" {
	netns 'echo "40000 40001" >/proc/sys/net/ipv4/ip_local_port_range'
	run -1 "${NS[@]}" "$SOCKCAT" -w 5 127.0.0.1 40000 <<<data
	refute_output --partial data
	run -1 "${NS[@]}" "$SOCKCAT" -w 5 127.0.0.1 40001 <<<data
	refute_output --partial data
	run -1 "${NS[@]}" "$SOCKCAT" -w 5 --retry 500ms 127.0.0.1 40001 <<<data
	refute_output --partial data
}

# --- --retry -----------------------------------------------------------------

@test "--retry: the listener may come later; no descriptor leaks" {
	local early late
	netns
	echo data >data
	INPUT=data spawn client "${NS[@]}" "$SOCKCAT" -v --retry 40 127.0.0.1 \
	    30000
	until_true count client.err 'trying again' 2
	early=$(descriptors "${PID[client]}")
	until_true count client.err 'trying again' 6
	late=$(descriptors "${PID[client]}")
	# One attempt may be on its way when we look.
	[ "$late" -le $((early + 1)) ]
	serve server 127.0.0.1 30000
	finish client
	finish server
	[ "$(cat server.out)" = data ]
}

@test "--retry: a UNIX-domain listener may come later" {
	echo data >data
	INPUT=data spawn client "$SOCKCAT" -v --retry 40 -U path
	until_true has_line client.err 'trying again'
	listener server -U path
	finish client
	finish server
	[ "$(cat server.out)" = data ]
}

@test "--retry: gives up after T with the last failure's status" {
	sockets held closed@127.0.0.1 silent@127.0.0.1
	run -1 "$SOCKCAT" -v --retry 300ms 127.0.0.1 "${PORTS[0]}"
	assert_output --partial 'trying again'
	assert_line --index "$((${#lines[@]} - 1))" --partial \
	    "refused (tried again for 300.0 ms)"
	run -3 "$SOCKCAT" -v -w 50ms --retry 400ms 127.0.0.1 "${PORTS[1]}"
	[ "$(grep -c 'connecting to' <<<"$output")" -ge 2 ]
	assert_output --partial "connect to 127.0.0.1 port ${PORTS[1]}: no\
 answer within 50.0 ms (tried again for 400.0 ms)"
	run -1 "$SOCKCAT" --retry 200ms -U nosuch
	assert_output "sockcat: connect to nosuch: No such file or directory\
 (tried again for 200.0 ms)"
	run -4 "$SOCKCAT" -v -n --retry 200ms nosuch 80
	assert_output --partial 'trying again'
	netns
	run -1 "${NS[@]}" "$SOCKCAT" -v --retry 200ms 192.0.2.1 80
	assert_output --partial 'trying again'
	assert_output --partial 'unreachable (tried again for 200.0 ms)'
}

@test "--retry: the limit of the whole run goes before, with its status" {
	sockets held closed@127.0.0.1
	run -3 "$SOCKCAT" --timeout 100ms --retry 1h 127.0.0.1 "${PORTS[0]}"
}

@test "--retry: the pauses grow, it does not spin" {
	need_strace
	sockets held closed@127.0.0.1
	run -1 strace -o trace -e trace=connect "$SOCKCAT" --retry 1 127.0.0.1 \
	    "${PORTS[0]}"
	run -0 grep -c connect trace
	[ "$output" -ge 3 ]
	[ "$output" -le 14 ]
}

@test "--retry: what is wrong for ever is not tried again" {
	run -6 "$SOCKCAT" -v --retry 1h -s 192.0.2.77 127.0.0.1 9
	refute_output --partial 'trying again'
}

# --- signals -----------------------------------------------------------------

# The status of a child as the system tells it: -15 for SIGTERM, 143 for exit(143).
watched='import subprocess, sys
p = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
print(p.pid, flush=True)
print("ended", p.wait(), flush=True)'

# terminated TEXT COMMAND...: TERM kills it, by that signal, once TEXT is in its
# standard error.
terminated() {
	local text=$1 pid
	shift
	spawn watch python3 -S -c "$watched" "$@"
	until_true has_line watch.err "$text"
	until_true has_line watch.out .		# python may be slower
	pid=$(head -n 1 watch.out)
	kill "$pid"
	finish watch
	grep -qx 'ended -15' watch.out || fail "$(cat watch.out watch.err)"
}

@test "TERM during --retry, during an attempt" {
	sockets held closed@127.0.0.1 silent@127.0.0.1
	terminated 'trying again' "$SOCKCAT" -v --retry 1h 127.0.0.1 \
	    "${PORTS[0]}"
	terminated 'connecting to' "$SOCKCAT" -v 127.0.0.1 "${PORTS[1]}"
	terminated 'trying again' "$SOCKCAT" -v --retry 1h -U nosuch
}

# A namespace whose name server takes questions and never answers.
mute_name_server() {
	echo 'nameserver 127.0.0.1' >resolv.conf
	printf 'hosts: dns\nservices: files\n' >nsswitch.conf
	netns 'mount --bind resolv.conf /etc/resolv.conf
		mount --bind nsswitch.conf /etc/nsswitch.conf'
	inside udp-mute@127.0.0.1:53
}

@test "TERM during a look-up; a look-up is under the limit, too" {
	local pid
	mute_name_server
	spawn watch python3 -S -c "$watched" "${NS[@]}" "$SOCKCAT" -v host.test 80
	until_true has_line held.out got
	until_true has_line watch.out .		# python may be slower
	pid=$(head -n 1 watch.out)
	kill "$pid"
	finish watch
	grep -qx 'ended -15' watch.out || fail "$(cat watch.out watch.err)"

	run -3 "${NS[@]}" "$SOCKCAT" -w 300ms host.test 80
	assert_output --partial host.test
	run -3 "${NS[@]}" "$SOCKCAT" --timeout 300ms -z host.test 80
	run -3 "${NS[@]}" "$SOCKCAT" -w 300ms -s host.test 127.0.0.1 80
}

# --- -F ----------------------------------------------------------------------

@test "-F: the connected socket is passed, and nothing is sent" {
	echo answer >data
	INPUT=data listener server 127.0.0.1 0
	FACTS=1 run -0 python3 -S -c "$receiver" "$SOCKCAT" -F 127.0.0.1 "$PORT"
	assert_line "blocking b'' 1"
	assert_line answer
	finish server
	[ "$(cat server.out)" = question ]

	INPUT=data listener server -U path
	run -0 python3 -S -c "$receiver" "$SOCKCAT" -F -U path
	assert_line answer
	finish server
}

@test "-F: standard output is no socket: status 6" {
	sockets held open@127.0.0.1
	"$SOCKCAT" -F 127.0.0.1 "${PORTS[0]}" >out 2>err && status=0 || status=$?
	[ "$status" -eq 6 ]
	grep -q 'standard output.*-F' err
	[ ! -s out ]
	run -6 without_output "$SOCKCAT" -F 127.0.0.1 "${PORTS[0]}"
}

without_output() {
	"$@" >&-
}

@test "-F: who can't connect says so by the status" {
	sockets held closed@127.0.0.1
	run -1 "$SOCKCAT" -F 127.0.0.1 "${PORTS[0]}"
	assert_output --partial refused
}

@test "-F as ssh's ProxyCommand with ProxyUseFdpass" {
	ssh_server
	run -0 --separate-stderr "${SSH[@]}" -o ProxyUseFdpass=yes \
	    -o ProxyCommand="$SOCKCAT -F %h %p" 127.0.0.1 echo hello from ssh
	assert_output 'hello from ssh'
	finish sshd any
}
