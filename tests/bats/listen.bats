#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TCP listeners: what they bind, how they say that they are ready, whom they
# serve in which order, and how they end.

load helpers

# tell PORT TEXT: connect, send a line, close.
tell() {
	echo "$2" >"/dev/tcp/127.0.0.1/$1"
}

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

# listening PORT: the inodes of the sockets that listen there.
listening() {
	local port
	printf -v port ':%04X' "$1"
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$port" \
	    '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' |
	    sort
}

# closed PORT: nobody listens there; for until_true.
closed() {
	[ -z "$(listening "$1")" ]
}

# without_ipv6 COMMAND...: socket(2) knows no AF_INET6 for it.
without_ipv6() {
	cat >without_ipv6.py <<-'END'
	import ctypes, errno, os, platform, socket, struct, sys
	calls = {"x86_64": 41, "aarch64": 198, "riscv64": 198}
	if platform.machine() not in calls:
	    sys.exit(77)
	def op(code, jt, jf, k):
	    return struct.pack("HBBI", code, jt, jf, k)
	bpf = b"".join((
	    op(0x20, 0, 0, 0),                          # load the number
	    op(0x15, 0, 3, calls[platform.machine()]),  # socket(2)?
	    op(0x20, 0, 0, 16),                         # load the family
	    op(0x15, 0, 1, socket.AF_INET6),
	    op(0x06, 0, 0, 0x00050000 | errno.EAFNOSUPPORT),
	    op(0x06, 0, 0, 0x7fff0000)))                # allow
	code = ctypes.create_string_buffer(bpf)
	prog = struct.pack("HxxxxxxP", len(bpf) // 8, ctypes.addressof(code))
	libc = ctypes.CDLL(None, use_errno=True)
	if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, prog):
	    sys.exit(77)
	os.execvp(sys.argv[1], sys.argv[1:])
	END
	python3 without_ipv6.py true || skip "no seccomp filters here"
	printf '#!/bin/sh\nexec python3 "%s" "%s" "$@"\n' \
	    "$PWD/without_ipv6.py" "$SOCKCAT" >without_ipv6
	chmod +x without_ipv6
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
	without_ipv6
	SOCKCAT=$PWD/without_ipv6 listener a 0
	[ "$ADDR" = "0.0.0.0" ]
	tell "$PORT" four
	finish a
	[ "$(cat a.out)" = four ]
	run -6 ./without_ipv6 -l -6 0 </dev/null
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

# --- readiness ---------------------------------------------------------------

@test "--ready-fd: one write, and closed afterwards" {
	cat >ready.py <<-'END'
	import os, subprocess, sys
	# A pipe in packet mode gives back one write at a time.
	r, w = os.pipe2(os.O_DIRECT)
	p = subprocess.Popen([sys.argv[1], "-l", "--ready-fd", str(w), "0"],
	    stdin=subprocess.DEVNULL, pass_fds=(w,))
	os.close(w)
	first, rest = os.read(r, 4096), os.read(r, 4096)
	alive = p.poll() is None
	p.kill()
	p.wait()
	print(first, rest, alive)
	lines = first.decode().splitlines()
	assert first.endswith(b"\n") and len(lines) >= 1
	assert all(int(line.split(" ")[1]) > 0 for line in lines)
	assert rest == b"", "more than one write"
	assert alive, "closed only by its death"
	END
	python3 ready.py "$SOCKCAT" 3>&-
}

@test "--ready-fd: that its reader has gone is no failure" {
	local r w
	mkfifo gone
	exec {r}<>gone
	exec {w}>gone
	exec {r}>&-
	spawn a "$SOCKCAT" -l --port-file port --ready-fd 4 0 4>&"$w"
	exec {w}>&-
	until_true [ -s port ]
	tell "$(<port)" hello
	finish a
	[ "$(cat a.out)" = hello ]
}

@test "--ready-fd: a descriptor that is not open is status 2" {
	run -2 "$SOCKCAT" -l --ready-fd 9 0 9>&-
	[[ $output == *"--ready-fd"*9* ]]
	run -2 "$SOCKCAT" --ready-fd 1 127.0.0.1 1
}

@test "--ready-fd that can't be written: status 6" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -6 "$SOCKCAT" -l --ready-fd 9 0 9>/dev/full
	[[ $output == *"--ready-fd 9"*"No space left"* ]]
}

@test "--port-file: the port, put there by a rename, readable as the umask says" {
	echo old >port
	ln port before
	umask 027
	listener a --port-file port 127.0.0.1 0
	[ "$(cat port)" = "$PORT" ]
	[ "$(wc -l <port)" -eq 1 ]
	[ "$(cat before)" = old ]
	[ "$(stat -c %a port)" = 640 ]
	[ -z "$(find . -name 'port?*')" ]
}

@test "--port-file: whoever sees it can connect" {
	local i
	for i in 1 2 3 4 5 6 7 8; do
		spawn a "$SOCKCAT" -l --port-file port 127.0.0.1 0
		until [ -e port ]; do :; done
		tell "$(<port)" "$i"
		finish a
		[ "$(cat a.out)" = "$i" ]
		rm port
	done
}

@test "--port-file that can't be written: status 6, nothing left behind" {
	run -6 "$SOCKCAT" -l --port-file no/such/port 0 </dev/null
	[[ $output == *no/such/port* ]]
	mkdir port
	run -6 "$SOCKCAT" -l --port-file port 0 </dev/null
	[ "$(find . -name 'port*' -o -path './port/*')" = ./port ]
}

# notified ADDRESS: a service manager at NOTIFY_SOCKET=ADDRESS hears READY=1 and
# can connect by then.
notified() {
	cat >manager.py <<-'END'
	import socket, sys
	address = sys.argv[1]
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(address.replace("@", "\0", 1))
	print("bound", flush=True)
	print(s.recv(4096).decode(), flush=True)
	with open("port") as f:
	    port = int(f.read())
	socket.create_connection(("127.0.0.1", port)).close()
	print(s.recv(4096).decode(), flush=True)
	END
	rm -f port
	spawn manager python3 manager.py "$1"
	until_true has_line manager.out bound
	NOTIFY_SOCKET=$1 spawn a "$SOCKCAT" -l --port-file port 127.0.0.1 0
	finish manager
	finish a
	[ "$(paste -sd' ' manager.out)" = "bound READY=1 STOPPING=1" ]
}

@test "NOTIFY_SOCKET: READY=1 once listening, to a path and to an abstract name" {
	notified "$PWD/notify"
	notified "@sockcat-test-$$-$RANDOM$RANDOM"
}

@test "NOTIFY_SOCKET: no READY=1 when it can't listen, no failure without a manager" {
	listener a -k 127.0.0.1 0
	cat >manager.py <<-'END'
	import os, socket, subprocess, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind("notify")
	env = dict(os.environ, NOTIFY_SOCKET=os.path.abspath("notify"))
	status = subprocess.run(sys.argv[1:], env=env, stdin=subprocess.DEVNULL,
	    timeout=30).returncode
	s.setblocking(False)
	try:
	    sys.exit("got %r" % s.recv(4096))
	except BlockingIOError:
	    sys.exit(0 if status == 6 else "status %d" % status)
	END
	python3 manager.py "$SOCKCAT" -l 127.0.0.1 "$PORT" 3>&-
	NOTIFY_SOCKET=$PWD/nobody listener b 127.0.0.1 0
	tell "$PORT" hello
	finish b
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
	[[ $output == *"another process listens there"* ]]
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

# --- how many, how long ------------------------------------------------------

@test "--max-accepts: leave after so many clients" {
	listener a -k --max-accepts 3 127.0.0.1 0
	tell "$PORT" 1
	tell "$PORT" 2
	tell "$PORT" 3
	finish a
	diff <(seq 3) a.out
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
}

@test "--max-accepts: the client that broke counts, and decides the status" {
	listener a -k --max-accepts 2 127.0.0.1 0
	spawn c "$PEERS/peer.py" connect "127.0.0.1:$PORT" reset
	finish c
	tell "$PORT" well
	finish a 1
	[ "$(cat a.out)" = well ]
}

@test "--accept-timeout: status 3 when no client comes" {
	run -3 "$SOCKCAT" -l --accept-timeout 50ms 0 </dev/null
	[[ $output == *"no client"* ]]
	run -3 "$SOCKCAT" -l -k --accept-timeout 50ms 0 </dev/null
}

@test "--accept-timeout -k: status 3 when no next client comes" {
	listener a -k --accept-timeout 1s 127.0.0.1 0
	tell "$PORT" first
	finish a 3
	[ "$(cat a.out)" = first ]
}

@test "--accept-timeout does not limit the client, -w does not limit the wait" {
	local client
	listener a --accept-timeout 700ms 127.0.0.1 0
	exec {client}<>"/dev/tcp/127.0.0.1/$PORT"
	# Meanwhile: a wait that -w must not end.
	listener b -w 100ms 127.0.0.1 0
	until_true over $((${EPOCHREALTIME//[.,]/} + 1000000))
	echo late >&"$client"
	exec {client}>&-
	finish a
	[ "$(cat a.out)" = late ]
	tell "$PORT" late
	finish b
	[ "$(cat b.out)" = late ]
}

# --- one after another -------------------------------------------------------

@test "-k: standard input is one stream, for whoever is connected" {
	local w
	mkfifo in
	exec {w}<>in
	INPUT=in listener a -k -v 127.0.0.1 0
	spawn one "$PEERS/peer.py" connect "127.0.0.1:$PORT" recvn:4:one
	until_true has_line a.err accepted
	echo one >&"$w"
	finish one
	spawn two "$PEERS/peer.py" connect "127.0.0.1:$PORT" recvn:4:two
	until_true count a.err accepted 2
	echo two >&"$w"
	finish two
	[ "$(cat one)" = one ]
	[ "$(cat two)" = two ]
	exec {w}>&-
}

@test "-k, standard input used up by the first: later clients are served" {
	echo greeting >greeting
	INPUT=greeting listener a -k --max-accepts 3 127.0.0.1 0
	echo 1 >one
	echo 2 >two
	echo 3 >three
	"$PEERS/peer.py" connect "127.0.0.1:$PORT" recv:got1 send:one fin
	"$PEERS/peer.py" connect "127.0.0.1:$PORT" send:two fin recv:got2
	"$PEERS/peer.py" connect "127.0.0.1:$PORT" send:three fin recv:got3
	finish a
	diff <(seq 3) a.out
	[ "$(cat got1)" = greeting ]
	[ ! -s got2 ]
	[ ! -s got3 ]
}

@test "-k </dev/null: clients get their half-close only when they end theirs" {
	local i client got
	listener a -k 127.0.0.1 0
	for i in 1 2; do
		exec {client}<>"/dev/tcp/127.0.0.1/$PORT"
		echo "hello $i" >&"$client"
		until_true has_line a.out "hello $i"
		got=0
		read -r -t 0.2 -u "$client" || got=$?
		[ "$got" -gt 128 ]	# the time was over; 1 would be the end
		echo "again $i" >&"$client"
		until_true has_line a.out "again $i"
		exec {client}>&-
	done
	echo bye >bye
	"$PEERS/peer.py" connect "127.0.0.1:$PORT" send:bye fin recv:end
	[ ! -s end ]
	until_true has_line a.out bye
}

@test "-k, a silent open input: who has ended is left when the next one waits" {
	local w
	mkfifo in
	exec {w}<>in
	INPUT=in listener a -k -v 127.0.0.1 0
	echo one >one
	# It stays, and would for ever.
	spawn one "$PEERS/peer.py" connect "127.0.0.1:$PORT" send:one fin \
	    say:ended recv:end
	until_true has_line a.err "ended its direction"
	kill -0 "${PID[one]}"
	tell "$PORT" two
	finish one
	until_true has_line a.out two
	[ "$(paste -sd' ' a.out)" = "one two" ]
	exec {w}>&-
}

@test "-k, a silent open input: also when the next one comes to another address" {
	local w i
	for i in {1..7}; do
		echo "127.0.0.$i many"
	done >hosts
	in_net 'mount --bind hosts /etc/hosts'
	mkfifo in
	exec {w}<>in
	INPUT=in listener a -k -v many 0
	[ "$(grep -c "listening on " a.err)" -eq 7 ]
	echo one >one
	for i in {1..7}; do
		spawn "c$i" "${NS[@]}" "$PEERS/peer.py" connect \
		    "127.0.0.$i:$PORT" send:one fin recv:end
		until_true count a.err "ended its direction" "$i"
	done
	"$SOCKCAT" --send-only 127.0.0.1 "$PORT" <<<two
	for i in {1..7}; do
		finish "c$i"
	done
	until_true has_line a.out two
	exec {w}>&-
}

@test "-k, an open input: who has not ended is not left for the next one" {
	local w client
	mkfifo in
	exec {w}<>in
	INPUT=in listener a -k 127.0.0.1 0
	exec {client}<>"/dev/tcp/127.0.0.1/$PORT"
	echo one >&"$client"
	until_true has_line a.out one
	tell "$PORT" three
	echo two >&"$client"
	until_true has_line a.out two
	exec {client}>&-
	until_true has_line a.out three
	[ "$(paste -sd' ' a.out)" = "one two three" ]
	exec {w}>&-
}

@test "-k: a reset, or any bytes at all, do not end the loop" {
	listener a -k 127.0.0.1 0
	random_file garbage 300k
	"$PEERS/peer.py" connect "127.0.0.1:$PORT" reset
	"$PEERS/peer.py" connect "127.0.0.1:$PORT" send:garbage reset
	"$PEERS/peer.py" connect "127.0.0.1:$PORT" close
	: >a.out
	"$PEERS/peer.py" connect "127.0.0.1:$PORT" send:garbage fin recv:end
	tell "$PORT" over
	until_true eval 'tail -c 5 a.out | grep -qx over'
	kill -0 "${PID[a]}"
	grep -q 'the connection broke: Connection reset' a.err
}

@test "-k: transfers of many clients, whole, in order" {
	local i
	for i in 1 2 3; do
		random_file "in$i" "$((i * 700))k"
	done
	listener a -k 127.0.0.1 0
	for i in 1 2 3; do
		"$SOCKCAT" 127.0.0.1 "$PORT" <"in$i"
	done
	stop a
	cat in1 in2 in3 >in
	same in a.out
}

@test "-k, output that can't be written: status 6, not for ever" {
	[ -w /dev/full ] || skip "no /dev/full"
	OUTPUT=/dev/full listener a -k 127.0.0.1 0
	tell "$PORT" hello
	finish a 6
}

# --- the end by a signal -----------------------------------------------------

@test "INT, TERM, HUP: it dies of them, waiting and in mid-transfer" {
	cat >signals.py <<-'END'
	import os, signal, socket, subprocess, sys
	names = ("SIGINT", "SIGTERM", "SIGHUP")
	def default():
	    for name in names:
	        signal.signal(getattr(signal, name), signal.SIG_DFL)
	def start(extra):
	    r, w = os.pipe()
	    p = subprocess.Popen([sys.argv[1], "-l", "--ready-fd", str(w)] +
	        extra + ["127.0.0.1", "0"], stdin=subprocess.DEVNULL,
	        stdout=subprocess.PIPE, pass_fds=(w,), preexec_fn=default)
	    os.close(w)
	    port = int(os.read(r, 4096).split()[1])
	    os.close(r)
	    return p, port
	def flood(port):
	    s = socket.create_connection(("127.0.0.1", port))
	    s.settimeout(0.2)
	    try:
	        while True:
	            s.send(bytes(65536))
	    except TimeoutError:
	        return s
	for name in names:
	    number = getattr(signal, name)
	    for extra in [], ["-k"]:
	        for busy in False, True:
	            p, port = start(extra)
	            s = flood(port) if busy else None
	            p.send_signal(number)
	            status = p.wait(timeout=20)
	            print(name, extra, busy, status)
	            assert status == -number
	            p.stdout.close()
	            if s:
	                s.close()
	END
	python3 signals.py "$SOCKCAT" 3>&-
}

@test "the status in the shell is 128 and the signal" {
	listener a 127.0.0.1 0
	kill -TERM "${PID[a]}"
	finish a 143
	[ ! -s a.err ]
	listener b -k 127.0.0.1 0
	kill -HUP "${PID[b]}"
	finish b 129
}

@test "HUP that was ignored, as by nohup, stays ignored" {
	spawn a sh -c 'trap "" HUP; exec "$@"' sh "$SOCKCAT" -l \
	    --port-file port 127.0.0.1 0
	until_true [ -s port ]
	kill -HUP "${PID[a]}"
	tell "$(<port)" "still here"
	finish a
	[ "$(cat a.out)" = "still here" ]
}

@test "its client sees the end when a signal ends the listener" {
	listener a -k 127.0.0.1 0
	spawn c "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line c.err connected
	stop a
	finish c any
	until_true closed "$PORT"
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

two_threads() {
	set -- "/proc/$1"/task/*
	[ $# -eq 2 ]
}

@test "no more descriptors: the client waits, and nothing spins" {
	local free=0 client
	need prlimit
	listener a -k -v 127.0.0.1 0
	until_true two_threads "${PID[a]}"	# and all its descriptors
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
