#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Many clients of DTLS at one port: whose datagram is whose, who comes once more,
# and what each of them is told.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load dtls

# hello OPTION...: a client that says hello and has to hear the same.
hello() {
	echo hello | timeout 20 "$SOCKCAT" -u "${TRUSTING[@]}" "$@" \
	    127.0.0.1 "$PORT" >out
	assert_equal "$(<out)" hello
}

# lengths FILE: the lengths of the messages that dgram.py got.
lengths() {
	sed -n 's/^got \([0-9]*\) .*/\1/p' "$1" | paste -sd' '
}

# message_command: a command that answers each message with its length.
message_command() {
	cat >measure <<-'EOF'
		#!/usr/bin/env python3
		import os
		open("pid", "w").write(f"{os.getpid()}\n")
		while data := os.read(0, 65536):
		    os.write(1, b"%d\n" % len(data))
	EOF
	chmod +x measure
}

@test "-k: a greeting that comes twice is one client" {
	dtls server -k -v --exec cat 127.0.0.1 0
	greetings
	python3 - "$PORT" "${PID[server]}" <<-'EOF'
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
	python3 - "${PID[relay]}" <<-'EOF'
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
	run -1 python3 -c 'import os, socket, sys
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

@test "--forward: the answer to the last question" {
	spawn target "$PEERS/dgram.py" 127.0.0.1:0 recv:1:got pause:0.3 text:late
	until_true has_line target.out .
	PORT=$(<target.out)
	dtls server -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	echo hello | client -u >out
	assert_equal "$(<out)" late
	stop server
}

@test "--forward: each message is one datagram, those that wait, too" {
	local i
	input
	spawn target "$PEERS/dgram.py" 127.0.0.1:0 recv:5:got
	until_true has_line target.out .
	PORT=$(<target.out)
	dtls server -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	relay relay
	INPUT=in spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.err 'TLS: DTLS'
	echo 0 >&"$IN"
	until_true has_line target.out '^got 2'
	kill -STOP "${PID[server]}"
	until_true is_stopped server
	for i in 1 2 3 4; do
		echo "$i" >&"$IN"
		until_true has_line relay.out "^up $((i + 4)) "
	done
	kill -CONT "${PID[server]}"
	until_true has_line got 4
	assert_equal "$(lengths target.out)" '2 2 2 2 2'
	stop server
}

@test "--forward: an empty datagram of the target is no end" {
	input
	spawn target "$PEERS/dgram.py" 127.0.0.1:0 recv:1:got empty text:more park
	until_true has_line target.out .
	PORT=$(head -n 1 target.out)
	dtls server -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo hello >&"$IN"
	until_true has_line client.out more
	exec {IN}>&-
	finish client
	stop server
}

@test "a command reads one message at a time, and each of its own is one" {
	seq 1 40 >numbers
	message_command
	dtls server --exec ./measure 127.0.0.1 0
	relay relay
	"$PEERS/messages.py" numbers 2x9 3x31 -- "$SOCKCAT" -u \
	    "${TRUSTING[@]}" 127.0.0.1 "$PORT" >out
	finish server
	assert_equal "$(sort out | uniq -c | sed 's/^ *//' | paste -sd,)" \
	    '9 2,31 3'
}

@test "a command that is slow: its messages wait, and are not joined" {
	local i
	input
	message_command
	dtls server --exec ./measure 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo 0 >&"$IN"
	until_true has_line client.out '^2$'
	kill -STOP "$(<pid)"
	for i in 1 2 3 4 5 6; do
		head -c 1000 /dev/zero >&"$IN"
		until_true empty_pipe "$IN"
	done
	kill -CONT "$(<pid)"
	until_true count client.out '^1000$' 6
	exec {IN}>&-
	finish client
	finish server
	assert_equal "$(grep -c . client.out)" 7
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
	python3 - "$PORT" <<-'EOF'
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

# stalled: `out' is full.
stalled() {
	python3 - <<-'EOF'
		import os, select, sys
		poll = select.poll()
		poll.register(os.open("out", os.O_WRONLY | os.O_NONBLOCK),
		              select.POLLOUT)
		sys.exit(len(poll.poll(0)))
	EOF
}

flowing() {
	! stalled
}

# slowly: what comes through `out', after a pause that is longer than -q.
slowly() {
	until_true stalled
	read -r -t 2.3 -u "$tick" || true
	cat out >got {OUT}>&- &
	PID[reader]=$!
	until_true flowing
	exec {OUT}>&-
}

@test "a slow reader of ours is no silence, and loses nothing" {
	random_file data 200K
	mkfifo out
	# The initiator's.
	exec {OUT}<>out
	rm -f port
	spawn server "$PEERS/messages.py" data 1000x205 -- "$SOCKCAT" -l -u \
	    "${SERVING[@]}" --port-file port 127.0.0.1 0
	until_true test -s port
	PORT=$(<port)
	OUTPUT=out spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -q 2 \
	    127.0.0.1 "$PORT"
	slowly
	finish client
	finish reader
	finish server any
	same data got
	# A listener's.
	exec {OUT}<>out
	OUTPUT=out dtls server -q 2 127.0.0.1 0
	spawn client "$PEERS/messages.py" data 1000x205 -- "$SOCKCAT" -u \
	    "${TRUSTING[@]}" --send-only 127.0.0.1 "$PORT"
	slowly
	finish server
	finish reader
	finish client
	same data got
}

# is_zombie FILE: the process whose number is in it has ended; for until_true.
is_zombie() {
	grep -q '^State:.*Z' "/proc/$(<"$1")/status"
}

@test "a command that leaves its input unread: all of its output arrives" {
	# It writes and ends while nobody reads.
	cat >five <<-'EOF'
		#!/usr/bin/env python3
		import os, select, signal
		open("pid", "w").write(f"{os.getpid()}\n")
		select.select([0], [], [])
		os.kill(os.getppid(), signal.SIGSTOP)
		for i in range(1, 6):
		    os.write(1, b"%d\n" % i)
	EOF
	chmod +x five
	dtls server --exec ./five 127.0.0.1 0
	echo hello >hello
	INPUT=hello spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true is_stopped server
	until_true is_zombie pid
	kill -CONT "${PID[server]}"
	finish client
	finish server
	assert_equal "$(xargs <client.out)" '1 2 3 4 5'
}

@test "a command's message that is too long fails there" {
	cat >long <<-'EOF'
		#!/usr/bin/env python3
		import os
		for size in 131041, 131040:
		    try:
		        os.write(1, bytes(size))
		    except OSError as error:
		        open("error", "w").write(str(error))
	EOF
	chmod +x long
	dtls server --exec ./long 127.0.0.1 0
	client -u -d >out
	finish server
	same out <(head -c 131040 /dev/zero)
	grep -q 'Message too long' error
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
	timeout 30 python3 - "$PORT" "${PID[server]}" <<-'EOF'
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

# descriptors PID N: it has so many; for until_true.
descriptors() {
	[ "$(ls "/proc/$1/fd" | wc -l)" -eq "$2" ]
}

@test "-k: a client that died: what it had sent before is written" {
	local n
	random_file data 200K
	mkfifo out
	exec {OUT}<>out
	input
	output
	INPUT=in OUTPUT=out dtls server -k 127.0.0.1 0
	INPUT=up spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.err 'TLS: DTLS'
	cat data >&"$UP"
	until_true empty_pipe "$UP"
	until_true is_asleep client
	until_true stalled
	kill -KILL "${PID[client]}"
	finish client 137
	n=$(ls "/proc/${PID[server]}/fd" | wc -l)
	echo one >&"$IN"
	until_true descriptors "${PID[server]}" $((n - 1))
	echo two >&"$IN"
	until_true empty_pipe "$IN"
	cat out >got {OUT}>&- &
	PID[reader]=$!
	until_true has_bytes got 204800
	same data got
	until_true has_line server.err 'refused'
	stop server
	exec {OUT}>&-
	finish reader
}

# empty_pipe FD: for until_true.
empty_pipe() {
	! read -r -t 0 -u "$1"
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

@test "--socket-activation: what came before a refusal is written" {
	input
	spawn manager "$PEERS/manager.py" udp -- "$SOCKCAT" -l -v -u \
	    "${SERVING[@]}" --socket-activation
	until_true has_line manager.err 'listening on'
	PORT=$(<manager.out)
	INPUT=in spawn client "$SOCKCAT" -u -v -q 0 "${TRUSTING[@]}" \
	    127.0.0.1 "$PORT"
	until_true has_line manager.err 'half-close when'
	until_true has_line client.err 'TLS: DTLS'
	PID[server]=$(($(cat /proc/"${PID[manager]}"/task/*/children)))
	kill -STOP "${PID[server]}"
	until_true is_stopped server
	echo hello >&"$IN"
	exec {IN}>&-
	finish client
	let_refuse server "127.0.0.1:$(port_of client)"
	kill -CONT "${PID[server]}"
	unset "PID[server]"
	finish manager
	grep -qx hello manager.out
}
