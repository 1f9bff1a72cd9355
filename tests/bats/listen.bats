#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TCP listeners: what they bind, who waits for them, and how long their sockets
# live.

load helpers
load listen

# bound ARGUMENT...: into the file `bound` what a listener says of its addresses.
bound() {
	: >bound
	spawn said "$SOCKCAT" -l --ready-fd 4 "$@" 4>"$PWD/bound"
	until_true [ -s bound ]
	stop said
}

# hosts_bound: only the addresses, on one line.
hosts_bound() {
	cut -d' ' -f1 bound | paste -sd' '
}

# --- addresses ---------------------------------------------------------------

@test "no host, port 0: a v6 and a v4 socket with one port, and both are served" {
	need_ipv6
	listener a -k -v 0
	[ "$ADDR" = "::" ]
	# shellcheck disable=SC2153 # listener sets it
	[ "$PORT" -gt 0 ]
	[ "$(listening "$PORT" | wc -l)" -eq 2 ]
	grep -q "listening on :: port $PORT " a.err
	grep -q "listening on 0.0.0.0 port $PORT " a.err
	"$SOCKCAT" ::1 "$PORT" <<<six
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<four
	until_true has_line a.out four
	[ "$(paste -sd' ' a.out)" = "six four" ]
	stop a
}

@test "no host, a port: both families, and both are served" {
	need_ipv6
	in_net
	listener a -k 4711
	[ "$ADDR $PORT" = ":: 4711" ]
	"$SOCKCAT" ::1 4711 <<<six
	"$SOCKCAT" 127.0.0.1 4711 <<<four
	until_true has_line a.out four
	[ "$(paste -sd' ' a.out)" = "six four" ]
}

@test "--ready-fd names each address, with the one port" {
	need_ipv6
	bound 0
	[ "$(hosts_bound)" = ":: 0.0.0.0" ]
	[ "$(cut -d' ' -f2 bound | sort -u | wc -l)" -eq 1 ]
	[ "$(cut -d' ' -f2 bound | sort -u)" -gt 0 ]
}

@test "-4 and -6: one family only" {
	bound -4 0
	[ "$(hosts_bound)" = "0.0.0.0" ]
	need_ipv6
	bound -6 0
	[ "$(hosts_bound)" = "::" ]
	listener a -6 -k 0
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
}

@test "IPv6 disabled: v4 is served, ::1 is status 6" {
	in_net 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
	listener a 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<four
	finish a
	[ "$(cat a.out)" = four ]
	run -6 "$SOCKCAT" -l ::1 4712 </dev/null
	[[ $output == *"bind ::1 port 4712"* ]]
	run -6 "$SOCKCAT" -l -6 ::1 4712 </dev/null
}

@test "no IPv6 in the kernel: v4 is served, -6 is status 6" {
	local message
	lacking family 10	# AF_INET6
	listener a 0
	[ "$ADDR" = "0.0.0.0" ]
	tell "$PORT" four
	finish a
	[ "$(cat a.out)" = four ]
	run -6 "$SOCKCAT" -l -6 0 </dev/null
	# shellcheck disable=SC2154 # run sets it
	message=$output
	[[ $message == *"Address family not supported"* ]]
}

@test "localhost: every address that it means" {
	need_ipv6
	printf '127.0.0.1 localhost\n::1 localhost\n' >hosts
	in_net 'mount --bind hosts /etc/hosts'
	listener a -k -v localhost 0
	[ "$(grep -c "listening on " a.err)" -eq 2 ]
	grep -q "listening on ::1 port $PORT " a.err
	grep -q "listening on 127.0.0.1 port $PORT " a.err
	"$SOCKCAT" ::1 "$PORT" <<<six
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<four
	until_true has_line a.out four
	[ "$(paste -sd' ' a.out)" = "six four" ]
}

@test "localhost with IPv6 disabled: 127.0.0.1" {
	printf '::1 localhost\n127.0.0.1 localhost\n' >hosts
	in_net 'mount --bind hosts /etc/hosts
		echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6'
	listener a localhost 0
	[ "$ADDR" = 127.0.0.1 ]
}

@test "-p and -s say where, as in nc" {
	bound -p 0 127.0.0.1
	[ "$(hosts_bound)" = 127.0.0.1 ]
	bound -s 127.0.0.1 0
	[ "$(hosts_bound)" = 127.0.0.1 ]
	bound -s 127.0.0.1 -p 0
	[ "$(hosts_bound)" = 127.0.0.1 ]
	bound 127.0.0.1 0
	[ "$(hosts_bound)" = 127.0.0.1 ]
	bound 127.0.0.1:0
	[ "$(hosts_bound)" = 127.0.0.1 ]
	bound -4 -p 0
	[ "$(hosts_bound)" = 0.0.0.0 ]
	need_ipv6
	bound '[::1]:0'
	[ "$(hosts_bound)" = ::1 ]
}

@test "-l -p PORT and -l -p PORT host listen there" {
	in_net
	listener a -p 4711
	[ "$PORT" -eq 4711 ]
	"$SOCKCAT" 127.0.0.1 4711 <<<hello
	finish a
	[ "$(cat a.out)" = hello ]
	listener b -p 4712 127.0.0.1
	[ "$ADDR $PORT" = "127.0.0.1 4712" ]
	listener c 127.0.0.1:4713
	[ "$ADDR $PORT" = "127.0.0.1 4713" ]
	listener d 127.0.0.1 4714
	[ "$ADDR $PORT" = "127.0.0.1 4714" ]
}

@test "two ports, or none, are status 2" {
	run -2 "$SOCKCAT" -l -p 0 127.0.0.1 0
	run -2 "$SOCKCAT" -l
	run -2 "$SOCKCAT" -l 127.0.0.1 65536
}

@test "an address that is not ours: status 6 and a hint" {
	run -6 "$SOCKCAT" -l 192.0.2.77 0 </dev/null
	[[ $output == *"bind 192.0.2.77"*"no interface of this host"* ]]
}

@test "a name that means nothing: status 4" {
	run -4 "$SOCKCAT" -l -n name.invalid 0 </dev/null
	[[ $output == *name.invalid* ]]
}

# --- the listen queue --------------------------------------------------------

@test "backlog: what the kernel allows, read at run time, shown by -v and ss" {
	local limit
	limit=$(</proc/sys/net/core/somaxconn)
	listener a -v 127.0.0.1 0
	grep -q "listening on 127.0.0.1 port $PORT (backlog $limit)" a.err
	if command -v ss >/dev/null; then
		[ "$(ss -Hltn "sport = :$PORT" | awk '{ print $3 }')" = "$limit" ]
	fi
	in_net 'echo 11 >/proc/sys/net/core/somaxconn'
	listener b -4 -v 0
	grep -q "(backlog 11)" b.err
}

@test "-B 7: the queue has that length" {
	listener a -v -B 7 127.0.0.1 0
	grep -q "(backlog 7)" a.err
	need ss
	[ "$(ss -Hltn "sport = :$PORT" | awk '{ print $3 }')" = 7 ]
}

@test "-B beyond the kernel's limit: -v says to what it is clamped" {
	local limit
	limit=$(</proc/sys/net/core/somaxconn)
	listener a -v -B 1000000 127.0.0.1 0
	grep -q "(backlog $limit: .*clamped 1000000" a.err
}

@test "-B: not a number, 0, or too much is status 2" {
	run -2 "$SOCKCAT" -l -B 0 0
	run -2 "$SOCKCAT" -l -B x 0
	run -2 "$SOCKCAT" -l -B 2147483648 0
}

# --- the life of the listening socket ----------------------------------------

@test "-k: 200 quick clients in a row, none refused, by one listening socket" {
	local i before
	listener a -k 127.0.0.1 0
	before=$(listening "$PORT")
	[ -n "$before" ]
	for i in {1..200}; do
		tell "$PORT" "$i"
	done
	until_true has_line a.out '^200$'
	diff <(seq 200) a.out
	[ "$(listening "$PORT")" = "$before" ]
	stop a
}

@test "-k: more clients at a time than are served wait in the queue, in order" {
	local i fd before
	local -a fds
	listener a -k -v 127.0.0.1 0
	before=$(listening "$PORT")
	for i in {1..20}; do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
		fds[i]=$fd
		echo "$i" >&"$fd"
	done
	until_true has_line a.out '^1$'
	[ "$(listening "$PORT")" = "$before" ]
	[ "$(grep -c accepted a.err)" -eq 1 ]
	for i in {20..1}; do
		fd=${fds[i]}
		exec {fd}>&-
	done
	until_true has_line a.out '^20$'
	diff <(seq 20) a.out
}

@test "without -k: a second client is refused, not left waiting" {
	listener a -v 127.0.0.1 0
	spawn first "$PEERS/peer.py" connect "127.0.0.1:$PORT" say:here \
	    await:go sendn:5
	until_true has_line a.err accepted
	until_true closed "$PORT"
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[[ $output == *refused* ]]
	touch go
	finish first
	finish a
	[ "$(wc -c <a.out)" -eq 5 ]
}

@test "without -k: a second client that was in the queue already is reset" {
	listener a 127.0.0.1 0
	kill -STOP "${PID[a]}"
	spawn first "$PEERS/peer.py" connect "127.0.0.1:$PORT" say:here \
	    await:go sendn:5
	until_true has_line first.out here
	spawn second "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line second.err connected
	kill -CONT "${PID[a]}"
	finish second 1
	touch go
	finish first
	finish a
	[ "$(wc -c <a.out)" -eq 5 ]
}

@test "a second listener on the port: status 6 and a message" {
	listener a -k 127.0.0.1 0
	run -6 "$SOCKCAT" -l 127.0.0.1 "$PORT" </dev/null
	[[ $output == *"bind 127.0.0.1 port $PORT: Address already in use"* ]]
	[[ $output == *"process ${PID[a]}, listens there"* ]]
	run -6 "$SOCKCAT" -l --reuseport 127.0.0.1 "$PORT" </dev/null
	tell "$PORT" unharmed
	until_true has_line a.out unharmed
}

@test "--reuseport on both: they share the port" {
	local port
	listener a -k --reuseport 127.0.0.1 0
	port=$PORT
	listener b -k --reuseport 127.0.0.1 "$port"
	[ "$PORT" = "$port" ]
	[ "$(listening "$port" | wc -l)" -eq 2 ]
	stop a
	tell "$port" hello
	until_true has_line b.out hello
}

@test "the port is free again at once" {
	local port
	echo hello >hello
	INPUT=hello listener a 127.0.0.1 0
	port=$PORT
	# Who closes first is left in TIME_WAIT: this listener.
	spawn c "$PEERS/peer.py" connect "127.0.0.1:$port" recv:all
	finish a
	finish c
	listener b 127.0.0.1 "$port"
	[ "$PORT" = "$port" ]
}

@test "a privileged port: status 6 and a hint" {
	need_netns
	need setpriv
	run -6 unshare -rn setpriv --bounding-set=-all --inh-caps=-all \
	    "$SOCKCAT" -l 80 </dev/null
	[[ $output == *"port 80: Permission denied"*CAP_NET_BIND_SERVICE* ]]
}

# --- the rest ----------------------------------------------------------------

@test "-v: both addresses of each connection, on both sides" {
	local from
	listener a -k -v 127.0.0.1 0
	"$SOCKCAT" -v 127.0.0.1 "$PORT" </dev/null 2>c.err
	from=$(sed -n 's/.*connected \([0-9.]*:[0-9]*\) -> .*/\1/p' c.err)
	[ -n "$from" ]
	grep -q "connected $from -> 127.0.0.1:$PORT in " c.err
	grep -q "accepted $from on 127.0.0.1:$PORT\$" a.err
	until_true has_line a.err "closed $from: done"
	need_ipv6
	listener b -v ::1 0
	"$SOCKCAT" -v ::1 "$PORT" </dev/null 2>c.err
	from=$(sed -n 's/.*connected \(\[::1\]:[0-9]*\) -> .*/\1/p' c.err)
	[ -n "$from" ]
	grep -qF "connected $from -> [::1]:$PORT in " c.err
	grep -qF "accepted $from on [::1]:$PORT" b.err
}

@test "without -v nothing is said" {
	listener a 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
	finish a
	[ ! -s a.err ]
}

# has_threads PID: it has begun to wait for clients.
has_threads() {
	set -- "/proc/$1"/task/*
	[ $# -ge 2 ]
}

@test "no more descriptors: the client waits, and nothing spins" {
	local free=0 client
	need prlimit
	listener a -k -v 127.0.0.1 0
	until_true has_threads "${PID[a]}"	# and all its descriptors
	while [ -e "/proc/${PID[a]}/fd/$free" ]; do
		free=$((free + 1))
	done
	prlimit --pid "${PID[a]}" --nofile="$free:"
	exec {client}<>"/dev/tcp/127.0.0.1/$PORT"
	echo patience >&"$client"
	until_true count a.err "Too many open files" 3
	kill -0 "${PID[a]}"
	[ ! -s a.out ]
	prlimit --pid "${PID[a]}" --nofile=256:
	until_true has_line a.out patience
	exec {client}>&-
	# A loop without pauses would have said it thousands of times.
	[ "$(grep -c "Too many open files" a.err)" -lt 1000 ]
}

@test "its own descriptor 0 closed: a listener still serves" {
	spawn a sh -c 'exec "$@" <&-' sh "$SOCKCAT" -l --port-file port \
	    127.0.0.1 0
	until_true [ -s port ]
	tell "$(<port)" hello
	finish a
	[ "$(cat a.out)" = hello ]
}
