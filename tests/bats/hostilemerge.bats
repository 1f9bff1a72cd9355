#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What clients of --merge that mean harm can't do: take all memory, keep others
# waiting, or write in another's name.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers

needs() {
	cat >flood.py <<-'EOF'
		import resource, socket, sys, time
		n, size, address = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
		most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
		resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
		socks = [socket.create_connection(address) for i in range(n)]
		for sock in socks:
		    sock.setblocking(False)
		left = dict.fromkeys(socks, size)
		# Until they are done, or nobody takes any more.
		until = time.monotonic() + 2
		while left and time.monotonic() < until:
		    time.sleep(0.01)
		    for sock in list(left):
		        try:
		            left[sock] -= sock.send(b"x" * min(left[sock], 65536))
		            until = time.monotonic() + 2
		        except BlockingIOError:
		            pass
		        if left[sock] == 0:
		            del left[sock]
		print("done", flush=True)
		sys.stdin.read()
	EOF
}

# peak NAME: the most memory that it has had, in MiB; 0 where a sanitizer has its
# own.
peak() {
	if [ "${SOCKCAT_SANITIZERS:-no}" != no ]; then
		echo 0
		return
	fi
	awk '/^VmHWM/ { print int($2 / 1024) }' "/proc/${PID[$1]}/status"
}

# flood N SIZE: so many clients, each with a line of SIZE that does not end.
flood() {
	mkfifo stay
	exec {stay}<>stay
	INPUT=stay spawn flood python3 -S flood.py "$1" "$2" "$ADDR" "$PORT"
	until_true has_line flood.out 'done'
}

@test "400 lines that never end, of 1 MB each: memory is bounded, others are served" {
	listener log -k --merge 127.0.0.1 0
	flood 400 1000000
	echo good | "$SOCKCAT" --send-only "$ADDR" "$PORT"
	until_true has_line log.out '^good$'
	[ "$(peak log)" -lt 128 ]
	kill "${PID[flood]}"
	finish flood 143
	until_true eval '[ "$(tr -dc x <log.out | wc -c)" -eq 400000000 ]'
	stop log
}

@test "... and nobody reads standard output: memory is bounded" {
	mkfifo pipe
	exec {hold}<>pipe
	OUTPUT=pipe listener log -k --merge 127.0.0.1 0
	flood 400 1000000
	[ "$(peak log)" -lt 160 ]
	stop log
}

@test "short lines that wait for a reader take no more than what they are in" {
	mkfifo pipe
	exec {hold}<>pipe
	OUTPUT=pipe listener log -k --merge --mark 127.0.0.1 0
	sed -i 's/b"x"/b"\\n"/' flood.py
	flood 100 1000000
	[ "$(peak log)" -lt 64 ]
	stop log
}

@test "one that sends without an end keeps nobody waiting for a turn" {
	mkfifo pipe
	exec {hold}<>pipe
	OUTPUT=pipe listener log -k --merge 127.0.0.1 0
	spawn greedy sh -c 'yes greedy | "$SOCKCAT" "$0" "$1"' "$ADDR" "$PORT"
	until_true is_asleep log
	echo modest | "$SOCKCAT" --send-only "$ADDR" "$PORT" &
	timeout 30 grep -q -m 1 '^modest$' <pipe
	stop log
	finish greedy any
}

@test "datagrams full of ends of lines, marked: memory is bounded" {
	listener log -k -u --merge --mark 127.0.0.1 0
	cat >burst.py <<-'EOF'
		import socket, sys
		sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		for i in range(200):
		    sock.sendto(b"\n" * 65000, (sys.argv[1], int(sys.argv[2])))
		sock.sendto(b"last", (sys.argv[1], int(sys.argv[2])))
	EOF
	python3 -S burst.py "$ADDR" "$PORT"
	until_true test -s log.out
	[ "$(peak log)" -lt 64 ]
	stop log
	! grep -qvE '^127\.0\.0\.1:[0-9]+ (last)?$' log.out
}
