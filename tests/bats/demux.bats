#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Many clients of DTLS at one port: whose datagram is whose, who comes once more,
# and what each of them is told.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load dtls
load demux

@test "-k: a greeting that comes twice is one client" {
	dtls server -k -v --exec cat 127.0.0.1 0
	greetings
	python3 -S - "$PORT" "${PID[server]}" <<-'EOF'
		from greetings import *
		pid = int(sys.argv[2])
		sock = connected()
		hello = greet(cookie_for(sock))
		os.kill(pid, signal.SIGSTOP)
		while "\nState:\tT" not in open(f"/proc/{pid}/status").read():
		    pass
		sock.send(hello)
		sock.send(hello)
		os.kill(pid, signal.SIGCONT)
		answer = sock.recv(65536)
		assert answer[13] == 2, answer
	EOF
	hello
	[ "$(grep -c accepted server.err)" -eq 2 ]
	stop server
}

@test "-k: greetings that come twice, or late, on the way" {
	local harm
	for harm in twice:up:1 twice:up:2 again:up:1 again:up:2 again:up:3 \
	    hold:up:2; do
		dtls server -k -v --exec cat 127.0.0.1 0
		relay relay "$harm"
		hello
		[ "$(grep -c accepted server.err)" -eq 1 ] ||
		    fail "$harm: $(<server.err)"
		stop server
		kill "${PID[relay]}"
		finish relay any
	done
}

@test "-k: a client that died, and the next one from its port" {
	input
	dtls server -k -v --exec cat 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.err 'TLS: DTLS'
	kill -KILL "${PID[client]}"
	finish client 137
	hello -p "$(port_of client)"
	until_true count server.err 'closed 127.0.0.1:.*: the command ended' 1
	grep -q "closed 127.0.0.1:$(port_of client): .*refused" server.err
	stop server
}

@test "-k: greetings from a client's address, of one who can't hear, end nothing" {
	input
	dtls server -k -v --exec cat 127.0.0.1 0
	relay relay
	INPUT=in spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo one >&"$IN"
	until_true has_line client.out one
	# As they were seen by the listener: its client is the relay's far end.
	greetings
	python3 -S - "${PID[relay]}" <<-'EOF'
		import socket, sys
		sys.argv[1:] = ["0"] + sys.argv[1:]
		from greetings import *
		def sockets_of(pid):
		    for fd in os.listdir(f"/proc/{pid}/fd"):
		        if os.readlink(f"/proc/{pid}/fd/{fd}").startswith("sock"):
		            yield int(fd)
		pidfd = os.pidfd_open(int(sys.argv[2]))
		import ctypes
		libc = ctypes.CDLL(None, use_errno=True)
		sent = 0
		for fd in sockets_of(sys.argv[2]):
		    copy = libc.syscall(438, pidfd, fd, 0)	# pidfd_getfd
		    sock = socket.socket(fileno=copy)
		    try:
		        sock.send(greet(nonce=os.urandom(32)))
		        sock.send(greet(cookie=bytes(32), nonce=os.urandom(32)))
		        sent += 1
		    except OSError:
		        pass		# it is not connected
		assert sent > 0
	EOF
	echo two >&"$IN"
	until_true has_line client.out two
	[ "$(grep -c accepted server.err)" -eq 1 ]
	exec {IN}>&-
	finish client
	stop server
}

@test "asked at an address the kernel would not choose, with -k and without" {
	local given
	for given in '-k --exec cat' '--exec cat'; do
		# shellcheck disable=SC2086 # options and their values
		dtls server $given 0.0.0.0 0
		echo hello | timeout 10 "$SOCKCAT" -u "${TRUSTING[@]}" \
		    -e localhost 127.0.0.5 "$PORT" >out
		assert_equal "$(<out)" hello
		case $given in
		-k*) stop server ;;
		*) finish server ;;
		esac
	done
}

@test "without -k, a second client is refused, at each address of the port" {
	local host
	need_ipv6
	for host in 127.0.0.1 ''; do
		input
		# shellcheck disable=SC2086 # no word, if there is none
		INPUT=in dtls server $host 0
		mkfifo first
		INPUT=first spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -v \
		    127.0.0.1 "$PORT"
		exec {FIRST}>first
		echo one >&"$FIRST"
		until_true has_line server.out one
		refused 1 'refused' client -u --connect-timeout 10
		if [ -z "$host" ]; then
			refused 1 'refused' "$SOCKCAT" -u "${TRUSTING[@]}" \
			    --connect-timeout 10 ::1 "$PORT"
		fi
		echo two >&"$FIRST"
		until_true has_line server.out two
		exec {FIRST}>&- {IN}>&-
		finish client
		finish server
		rm first
	done
}

@test "-k </dev/null: a client that pauses is not left" {
	dtls server -k -v -q 200ms 127.0.0.1 0
	input
	INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo one >&"$IN"
	until_true has_line server.out one
	read -r -t 0.5 -u "$tick" || true
	run ! grep -q closed server.err
	echo two >&"$IN"
	until_true has_line server.out two
	exec {IN}>&-
	finish client
	stop server
}

@test "-k </dev/null: ... until the next one waits" {
	dtls server -k -v -q 200ms 127.0.0.1 0
	input
	INPUT=in spawn silent "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo one >&"$IN"
	until_true has_line server.out one
	echo hello | client -u
	until_true has_line server.out hello
	grep -q 'peer is silent and the next client is waiting' server.err
	exec {IN}>&-
	finish silent any
	stop server
}

@test "nobody else gets the port, after the first client either" {
	[ "$(id -u)" -eq 0 ] || skip "only root can be somebody else"
	dtls server -k --exec cat 127.0.0.1 0
	hello
	run -1 python3 -S -c 'import os, socket, sys
os.setuid(65534)
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("127.0.0.1", int(sys.argv[1])))' "$PORT"
	assert_output --partial 'Address already in use'
	stop server
}

@test "a listener that has given up root serves one client after the other" {
	[ "$(id -u)" -eq 0 ] || skip "only root can give it up"
	cp "$CERTS/server.pem" server.pem
	dtls server -k --user nobody --exec cat 127.0.0.1 0
	hello
	hello
	stop server
}

@test "the last part of a handshake gets lost, and the listener has no input" {
	local harm N=0
	echo hello >hello
	for harm in drop:down:3 'drop:down:3 drop:down:4' \
	    'drop:down:3 drop:down:4 drop:down:7'; do
		N=$((N + 1))
		dtls "server$N" 127.0.0.1 0
		# shellcheck disable=SC2086 # one or more words
		relay "relay$N" $harm
		INPUT=hello spawn "client$N" "$SOCKCAT" -u "${TRUSTING[@]}" \
		    -q 30 127.0.0.1 "$PORT"
	done
	for N in 1 2 3; do
		finish "client$N"
		finish "server$N"
		assert_equal "$(<"server$N.out")" hello
	done
}

@test "-k: a greeting of an older session, once more, ends nothing" {
	input
	dtls server -k -v --exec cat 127.0.0.1 0
	# Greeting, cookie, keys, data, the end; and then again.
	relay relay again:up:2:9
	hello
	until_true has_line relay.out '^up 5 '
	INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo one >&"$IN"
	until_true has_line client.out one
	until_true has_line relay.out '^up 9 '
	echo two >&"$IN"
	until_true has_line client.out two
	[ "$(grep -c accepted server.err)" -eq 2 ]
	exec {IN}>&-
	finish client
	stop server
}

@test "-k: who greets again and again has one place in the queue" {
	input
	dtls server -k -v 127.0.0.1 0
	INPUT=in spawn first "$SOCKCAT" -u -v "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo one >&"$IN"
	until_true has_line server.out one
	greetings
	python3 -S - "$PORT" <<-'EOF'
		from greetings import *
		sock = connected()
		for i in range(100):
		    nonce = os.urandom(32)
		    sock.send(greet(cookie_for(sock, nonce), nonce))
	EOF
	echo two | client -u --send-only
	exec {IN}>&-
	finish first
	until_true has_line server.out two
	[ "$(grep -c accepted server.err)" -le 3 ]
	stop server
}

@test "-k: one whose command does not read disturbs nobody" {
	local i
	dtls server -k --sh-exec 'test -e first && exec cat; : >first; sleep 30' \
	    127.0.0.1 0
	INPUT=/dev/zero spawn flood timeout 30 "$SOCKCAT" -u "${TRUSTING[@]}" \
	    127.0.0.1 "$PORT"
	until_true test -e first
	for i in 1 2 3; do
		hello --connect-timeout 10
	done
	kill "${PID[flood]}"
	finish flood any
	stop server
}

@test "-k: few descriptors: those who are served have theirs" {
	local i n
	for n in 24 40; do
		(ulimit -n "$n" && exec "$SOCKCAT" -l -k -u "${SERVING[@]}" \
		    --port-file "port$n" --exec cat 127.0.0.1 0 3>&-) \
		    2>"server$n.err" &
		PID[server]=$!
		until_true test -s "port$n"
		PORT=$(<"port$n")
		for i in {1..12}; do
			echo "hello $i" >"hello$i"
			INPUT=hello$i spawn "client$i" "$SOCKCAT" -u \
			    "${TRUSTING[@]}" -w 30 127.0.0.1 "$PORT"
		done
		for i in {1..12}; do
			finish "client$i"
			same "hello$i" "client$i.out"
		done
		run ! grep socketpair "server$n.err"
		stop server
	done
}

@test "--deny without -k: the next one is served" {
	dtls server -v --deny 127.0.0.2 127.0.0.1 0
	refused 3 'handshake' client -u -s 127.0.0.2 --connect-timeout 300ms
	until_true has_line server.err 'denied 127.0.0.2:'
	echo hello | client -u
	finish server
	assert_equal "$(<server.out)" hello
}

@test "-I: the receive queue of a listener, and 4 MiB without it" {
	need ss
	dtls server -k -I 16384 127.0.0.1 0
	ss -H -u -a -n -m "sport = :$PORT" >sockets
	grep -q 'rb32768,' sockets || fail "$(<sockets)"
	stop server
	[ "$(id -u)" -eq 0 ] || skip "only root is given 4 MiB"
	dtls server -k 127.0.0.1 0
	ss -H -u -a -n -m "sport = :$PORT" >sockets
	grep -q 'rb8388608,' sockets || fail "$(<sockets)"
	input
	INPUT=in spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.err 'TLS: DTLS'
	ss -H -u -a -n -m "sport = :$(port_of client)" >sockets
	grep -q 'rb8388608,' sockets || fail "$(<sockets)"
	stop server
	# Without DTLS, too.
	listener server -u -k 127.0.0.1 0
	ss -H -u -a -n -m "sport = :$PORT" >sockets
	grep -q 'rb8388608,' sockets || fail "$(<sockets)"
	stop server
}

@test "HUP: those who are let in from now on" {
	echo 127.0.0.9 >list
	dtls server -k -v --allowfile list 127.0.0.1 0
	refused 3 'handshake' client -u --connect-timeout 300ms
	until_true has_line server.err 'denied 127.0.0.1:'
	echo 127.0.0.1 >list
	kill -HUP "${PID[server]}"
	until_true has_line server.err 'were read again'
	echo hello | client -u
	until_true has_line server.out hello
	stop server
}

@test "without -k, two at once, at different addresses: the first is served" {
	dtls server --exec cat 0.0.0.0 0
	greetings
	timeout 30 python3 -S - "$PORT" "${PID[server]}" <<-'EOF'
		from greetings import *
		pid = int(sys.argv[2])
		clients = []
		for host in "127.0.0.5", "127.0.0.1":
		    sock = connected()
		    sock.connect((host, int(sys.argv[1])))
		    clients.append((sock, greet(cookie_for(sock))))
		os.kill(pid, signal.SIGSTOP)
		while "\nState:\tT" not in open(f"/proc/{pid}/status").read():
		    pass
		for sock, hello in clients:
		    sock.send(hello)
		os.kill(pid, signal.SIGCONT)
		answer = clients[0][0].recv(65536)
		assert answer[13] == 2, answer
	EOF
	stop server
}

@test "--socket-activation: the manager's socket is what it was" {
	: >quiet
	spawn manager "$PEERS/manager.py" udp -- "$SOCKCAT" -l -v -u \
	    "${SERVING[@]}" --socket-activation
	until_true has_line manager.err 'listening on'
	PORT=$(<manager.out)
	# It leaves before our end reaches it, which is then refused.
	echo hello | client -u -q 0
	finish manager
	grep -qx hello manager.out
}
