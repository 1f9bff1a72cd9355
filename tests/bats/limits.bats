#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What limits a listener with many clients: how fast, how many, how long; and how
# it ends when some are there.

load helpers
load forward

# queued N: so many are in the listen queue of $PORT; for until_true.
queued() {
	[ "$(ss -Hltn "sport = :$PORT" | awk '{ print $2 }')" -eq "$1" ]
}

# --- the rate ----------------------------------------------------------------

# slow_enough FROM: 200 KB at 100 KB a second take two; it began FROM.
slow_enough() {
	[ $(($(microseconds) - $1)) -ge 1500000 ]
}

@test "--limit-rate: a forwarder, each way" {
	local began
	random_file up 200K
	random_file down 200K
	INPUT=down listener target 127.0.0.1 0
	listener a --limit-rate 100K --forward "127.0.0.1:$PORT" 127.0.0.1 0
	began=$(microseconds)
	"$SOCKCAT" 127.0.0.1 "$PORT" <up >got
	slow_enough "$began"
	finish a
	finish target
	same up target.out
	same down got
}

@test "--limit-rate: sent from a file, received into one, a filter" {
	local began
	random_file up 200K
	random_file down 200K
	INPUT=down listener sender 127.0.0.1 0
	spawn receives "$SOCKCAT" --limit-rate 100K 127.0.0.1 "$PORT"
	listener receiver 127.0.0.1 0
	INPUT=up spawn sends "$SOCKCAT" --limit-rate 100K 127.0.0.1 "$PORT"
	tr -d '\n' <up >line
	INPUT=line listener filtered -C --limit-rate 100K 127.0.0.1 0
	began=$(microseconds)
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >got
	slow_enough "$began"
	finish filtered
	same line got
	finish sends
	finish receiver
	same up receiver.out
	finish receives
	finish sender
	same down receives.out
}

# --- limits ------------------------------------------------------------------

@test "--max-conns: the rest wait in the listen queue, and are served in time" {
	need ss
	echo_server
	forwarder --max-conns 2
	hold one 1
	hold two 1
	INPUT=/proc/version spawn three "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true queued 1
	"$PEERS/idle.py" "${PID[forwarder]}"
	accepted 2
	queued 1
	leave one
	finish three
	same /proc/version three.out
	until_true accepted 3
	leave two
}

@test "--max-conns is right after failed targets and denied clients" {
	TARGET=unix:echo.sock forwarder --max-conns 1 --deny 127.0.0.2
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	run "$SOCKCAT" -s 127.0.0.2 127.0.0.1 "$PORT" </dev/null
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	run "$SOCKCAT" -s 127.0.0.2 127.0.0.1 "$PORT" </dev/null
	[ "$(grep -c ' denied ' forwarder.err)" -eq 2 ]
	spawn echo "$PEERS/crowd.py" echo unix:echo.sock
	until_true has_line echo.out .
	hold clients 1
	leave clients
	echoes
}

@test "--max-conns is right after killed commands" {
	# shellcheck disable=SC2016 # for the command
	listener a -k --max-conns 1 \
	    --sh-exec 'if [ -e well ]; then exec cat; fi; kill -9 $$' 127.0.0.1 0
	run "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	run "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	run "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	: >well
	echoes
}

@test "--max-accepts: ends 0 after the last is done" {
	echo_server
	forwarder --max-accepts 3
	echoes
	hold clients 2
	until_true refused
	accepted 3
	kill -0 "${PID[forwarder]}"
	leave clients
	finish forwarder
}

@test "--accept-timeout: status 3; who is served gets all" {
	echo_server
	forwarder --accept-timeout 200ms
	finish forwarder 3
	random_file data 200K
	forwarder --accept-timeout 1 --limit-rate 150K
	"$SOCKCAT" 127.0.0.1 "$PORT" <data >got
	same data got
	finish forwarder 3
}

@test "--accept-timeout begins anew when there is room again" {
	need ss
	echo_server
	silent_input
	forwarder --max-conns 1 --accept-timeout 1
	INPUT=silent spawn one "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true accepted 1
	until_true over $(($(microseconds) + 1200000))
	INPUT=/proc/version spawn next "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true queued 1
	leave one
	finish next
	same /proc/version next.out
	finish forwarder 3
}

@test "--max-accepts is exact, with clients of two sockets at once" {
	need_ipv6
	need_strace
	echo_server
	cat >clients.py <<-'END'
	import socket, sys, threading
	def go(host):
	    try:
	        with socket.create_connection((host, int(sys.argv[1]))) as s:
	            s.sendall(b"x")
	            s.recv(1)
	    except OSError:
	        pass
	go("127.0.0.1")
	go("127.0.0.1")
	both = [threading.Thread(target=go, args=(host,))
	        for host in ("127.0.0.1", "::1")]
	for thread in both:
	    thread.start()
	for thread in both:
	    thread.join()
	END
	# Time for two threads to be there at once.
	spawn forwarder strace -f -o trace -e trace=accept4 \
	    -e inject=accept4:delay_enter=200000 "$SOCKCAT" -lk -v \
	    --timeout 20 --max-accepts 3 --port-file port --forward "$TARGET" 0
	until_true test -s port
	spawn clients python3 -S clients.py "$(cat port)"
	finish forwarder
	accepted 3
	finish clients
}

@test "--timeout: ends clients, too, status 3" {
	echo_server
	forwarder --timeout 500ms
	spawn client "$SOCKCAT" -d 127.0.0.1 "$PORT"
	finish forwarder 3
	finish client any
}

@test "few descriptors: nobody is dropped, no time is used, all are served" {
	echo_server
	ulimit -n 40
	forwarder
	hold one 1
	spawn clients "$PEERS/crowd.py" clients 20 5000 "127.0.0.1:$PORT"
	"$PEERS/idle.py" "${PID[forwarder]}"
	leave one
	finish clients
	echoes
}

@test "TERM: at once, with clients; nobody may come" {
	echo_server
	forwarder
	hold clients 3
	stop forwarder
	refused
}

@test "--drain: nobody may come, what runs is finished" {
	local signum
	random_file data 300K
	for signum in TERM INT; do
		: >late
		peer target listen 127.0.0.1:0 recvn:1000:begun say:begun \
		    recv:late await:go send:data
		forwarder --drain 60
		INPUT=data spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
		until_true has_line target.out begun
		kill "-$signum" "${PID[forwarder]}"
		until_true refused
		: >go
		finish client
		same data client.out
		same data <(cat begun late)
		finish target
		finish forwarder $((128 + $(kill -l "$signum")))
		rm -f go
	done
}

@test "--drain: standard input and output, too" {
	listener a -k -v --drain 60 127.0.0.1 0
	peer client connect "127.0.0.1:$PORT" sendn:1000 await:go sendn:200000
	until_true test -s a.out
	kill -TERM "${PID[a]}"
	until_true refused
	: >go
	finish client
	finish a 143
	[ "$(wc -c <a.out)" -eq 201000 ]
}

@test "--drain: over, or a second signal: at once" {
	echo_server
	forwarder --drain 200ms
	hold clients 1
	stop forwarder
	leave clients
	forwarder --drain 600
	hold clients 1
	kill -TERM "${PID[forwarder]}"
	until_true refused
	stop forwarder
}
