#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --fastopen: the connection comes about with the first write (RFC 7413), whoever
# that first write is to come from.

# A test is a subshell; bats and helpers.bash set NS, PORT ...
# shellcheck disable=SC2016,SC2030,SC2031,SC2034

load helpers

# fastopen_count NAME: a counter of the namespace.
fastopen_count() {
	local -a names values
	local i
	{
		read -r -a names
		read -r -a values
	} < <("${NS[@]}" grep '^TcpExt:' /proc/net/netstat)
	for i in "${!names[@]}"; do
		[ "${names[i]}" != "TCPFastOpen$1" ] || echo "${values[i]}"
	done
}

# fastopen_server OPTION...: in a namespace that allows it, a listener that serves
# many.
fastopen_server() {
	netns 'echo 3 >/proc/sys/net/ipv4/tcp_fastopen'
	INPUT=${INPUT:-/dev/null} spawn server "${NS[@]}" "$SOCKCAT" -l -k \
	    --fastopen "$@" --port-file port 127.0.0.1 0
	until_true test -s port
	PORT=$(cat port)
}

# has_size FILE BYTES: for until_true.
has_size() {
	[ "$(stat -c %s "$1")" -eq "$2" ]
}

@test "--fastopen: data is transferred, from the second connection on in the SYN" {
	fastopen_server
	run -0 "${NS[@]}" "$SOCKCAT" --fastopen 127.0.0.1 "$PORT" <<<one
	until_true has_line server.out one
	[ "$(fastopen_count Active)" -eq 0 ]
	run -0 "${NS[@]}" "$SOCKCAT" --fastopen 127.0.0.1 "$PORT" <<<two
	until_true has_line server.out two
	[ "$(fastopen_count Active)" -eq 1 ]
	[ "$(fastopen_count Passive)" -eq 1 ]
	random_file data 5M
	run -0 "${NS[@]}" "$SOCKCAT" --fastopen 127.0.0.1 "$PORT" <data
	until_true has_size server.out $((5 * 1048576 + 8))
	tail -c +9 server.out | cmp - data
}

@test "--fastopen: with silent input, a server that speaks first is heard" {
	local silent _
	mkfifo silent
	exec {silent}<>silent
	netns 'echo 3 >/proc/sys/net/ipv4/tcp_fastopen'
	echo banner >banner
	for _ in 1 2 3; do
		rm -f port
		INPUT=banner spawn server "${NS[@]}" "$SOCKCAT" -l --fastopen \
		    --port-file port 127.0.0.1 0
		until_true test -s port
		INPUT=silent spawn client "${NS[@]}" "$SOCKCAT" --fastopen \
		    127.0.0.1 "$(cat port)"
		until_true has_line client.out banner
		kill "${PID[client]}"
		finish client 143
		finish server any
	done
}

@test "--fastopen: with an empty input the connection is made and ended" {
	local _
	fastopen_server
	for _ in 1 2 3; do
		run -0 "${NS[@]}" "$SOCKCAT" --fastopen -w 20 127.0.0.1 \
		    "$PORT" </dev/null
	done
	"${NS[@]}" "$SOCKCAT" 127.0.0.1 "$PORT" <<<last
	until_true has_line server.out last
	[ "$(cat server.out)" = last ]
}

@test "--fastopen: a refusal is status 1" {
	netns 'echo 3 >/proc/sys/net/ipv4/tcp_fastopen'
	run -1 "${NS[@]}" "$SOCKCAT" --fastopen -w 20 127.0.0.1 1 <<<data
	assert_output --partial 'refused'
	run -1 "${NS[@]}" "$SOCKCAT" --fastopen -w 20 127.0.0.1 1 </dev/null
	assert_output --partial 'refused'
}

# The second connection is the first with a cookie: it is put off.
@test "--fastopen: commands, whoever speaks first" {
	local _
	fastopen_server --exec cat
	for _ in 1 2; do
		for option in --no-delay --crlf --pty "-w 20"; do
			# shellcheck disable=SC2086 # of some there are two words
			run -0 "${NS[@]}" "$SOCKCAT" $option --fastopen \
			    --sh-exec 'stty -echo 2>/dev/null; echo ready;
			    read -r line; echo "got $line" >heard' 127.0.0.1 \
			    "$PORT"
			grep -q '^got ready' heard || fail "$option: $(cat heard)"
		done
	done
}

@test "--fastopen: a command that only reads" {
	local _
	fastopen_server --exec 'echo banner'
	for _ in 1 2 3; do
		run -0 "${NS[@]}" "$SOCKCAT" --fastopen --sh-exec 'cat >banner' \
		    127.0.0.1 "$PORT"
		[ "$(cat banner)" = banner ]
	done
	grep -q . banner
}

@test "--fastopen: a command is not started for a connection that is refused" {
	netns 'echo 3 >/proc/sys/net/ipv4/tcp_fastopen'
	run -1 "${NS[@]}" "$SOCKCAT" --fastopen -w 20 --exec 'touch started' \
	    127.0.0.1 1
	assert_output --partial 'refused'
	[ ! -e started ]
}

@test "--fastopen -F: who gets the socket may read first" {
	local _
	fastopen_server --exec 'echo banner'
	for _ in 1 2 3; do
		run -0 "${NS[@]}" python3 -S - "$SOCKCAT" --fastopen -F \
		    127.0.0.1 "$PORT" <<-EOF
			import socket, subprocess, sys
			ours, theirs = socket.socketpair()
			subprocess.run(sys.argv[1:], stdout=theirs, check=True)
			_, fds, _, _ = socket.recv_fds(ours, 10, 1)
			print(socket.socket(fileno=fds[0]).recv(100).decode(), end="")
		EOF
		assert_output banner
	done
}
