#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The bytes stay in the kernel; where they can't, they are copied, none lost.

load helpers

setup_file() {
	command -v strace >/dev/null || skip "strace is not installed"
	strace -o /dev/null true || skip "strace does not work here"
}

CALLS=trace=read,write,readv,writev,recvfrom,sendto,recvmsg,sendmsg,preadv2,pwritev2,splice,sendfile

# traced_listener: its calls go to server.trace.  Sets PORT.
traced_listener() {
	rm -f port
	spawn server strace -o server.trace -e "$CALLS" "$SOCKCAT" -l \
	    --port-file port 127.0.0.1 0
	until_true test -s port
	PORT=$(cat port)
}

# moved FILE CALL: how many bytes calls of that name moved, by the trace.
moved() {
	awk -v call="$2" 'index($0, call "(") == 1 && $NF + 0 > 0 { n += $NF }
		END { print n + 0 }' "$1"
}

# copied FILE: how many calls read or wrote more than a small transfer has, for which
# reading and writing costs less.
copied() {
	awk '/^(read|write|readv|writev|recvfrom|sendto|recvmsg|sendmsg|preadv2|pwritev2)\(/ &&
		$NF + 0 > 16384 { n++ } END { print n + 0 }' "$1"
}

@test "file -> network -> /dev/null: sendfile and splice, no payload is copied" {
	random_file data 8M
	OUTPUT=/dev/null traced_listener
	strace -o client.trace -e "$CALLS" "$SOCKCAT" 127.0.0.1 "$PORT" <data
	finish server
	[ "$(moved client.trace sendfile)" -eq $((8 << 20)) ]
	[ "$(moved server.trace splice)" -ge $((7 << 20)) ]
	[ "$(copied client.trace)" -eq 0 ]
	[ "$(copied server.trace)" -eq 0 ]
}

@test "pipe -> network -> pipe: splice, no payload is copied" {
	random_file data 8M
	mkfifo out
	spawn reader sh -c 'cat out >got'
	OUTPUT=out traced_listener
	# shellcheck disable=SC2002 # a pipe is what is wanted
	cat data | strace -o client.trace -e "$CALLS" "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	finish reader
	same data got
	[ "$(moved client.trace splice)" -ge $((7 << 20)) ]
	[ "$(moved server.trace splice)" -ge $((7 << 20)) ]
	[ "$(copied client.trace)" -eq 0 ]
	[ "$(copied server.trace)" -eq 0 ]
}

@test "small transfers are read and written, which costs less" {
	local i answer
	listener echo --exec cat 127.0.0.1 0
	coproc strace -o client.trace -e "$CALLS" "$SOCKCAT" 127.0.0.1 "$PORT"
	PID[client]=$COPROC_PID
	for i in $(seq 100); do
		echo "line $i" >&"${COPROC[1]}"
		read -r -t 20 -u "${COPROC[0]}" answer
		[ "$answer" = "line $i" ]
	done
	# shellcheck disable=SC1083,SC2093 # a descriptor, not a word
	eval "exec ${COPROC[1]}>&-"
	finish client
	finish echo
	[ "$(moved client.trace splice)" -eq 0 ]
}

@test "network -> network: splice over a private pipe" {
	random_file data 8M
	listener target 127.0.0.1 0
	rm -f port
	spawn server strace -f -o server.trace -e "$CALLS" "$SOCKCAT" -l \
	    --port-file port --forward "127.0.0.1:$PORT" 127.0.0.1 0
	until_true test -s port
	"$SOCKCAT" 127.0.0.1 "$(cat port)" <data
	finish server
	finish target
	same data target.out
	[ "$(copied server.trace)" -eq 0 ]
}

@test "SOCKCAT_ZERO_COPY=no copies" {
	export SOCKCAT_ZERO_COPY=no
	random_file data 8M
	traced_listener
	strace -o client.trace -e "$CALLS" "$SOCKCAT" 127.0.0.1 "$PORT" <data
	finish server
	same data server.out
	[ "$(copied client.trace)" -gt 10 ]
	[ "$(copied server.trace)" -gt 10 ]
	[ "$(moved client.trace sendfile)" -eq 0 ]
}

@test "a kernel that refuses: falls back at the first EINVAL" {
	local when
	mkfifo out
	for when in 1+ 2+ 5+; do
		# More than so many sendfiles can take.
		random_file data $((${when%+} * 8))M
		rm -f port
		spawn reader sh -c 'cat out >got'
		OUTPUT=out spawn server strace -o server.trace -e "$CALLS" \
		    -e "inject=splice:error=EINVAL:when=$when" "$SOCKCAT" -l \
		    --port-file port 127.0.0.1 0
		until_true test -s port
		strace -o client.trace -e "$CALLS" \
		    -e "inject=sendfile:error=EINVAL:when=$when" \
		    "$SOCKCAT" 127.0.0.1 "$(cat port)" <data
		finish server
		finish reader
		same data got
		grep -q 'recvfrom.* = [1-9]' server.trace
		[ "$(copied client.trace)" -gt 0 ]
	done
}

@test "a file opened for appending, none lost" {
	random_file data 8M
	echo before >log
	rm -f port
	(exec 3>&-; exec "$SOCKCAT" -l --port-file port 127.0.0.1 0 >>log \
	    </dev/null) &
	PID[server]=$!
	: >server.err
	until_true test -s port
	"$SOCKCAT" 127.0.0.1 "$(cat port)" <data
	finish server
	(echo before; cat data) >expected
	same expected log
}

@test "a file that claims to be empty and is not" {
	listener server 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" </proc/version
	finish server
	[ "$(cat server.out)" = "$(cat /proc/version)" ]
}

@test "a file is sent from where its offset stands" {
	seq 1 100 >data
	listener server 127.0.0.1 0
	(read -r -n 2 _; exec "$SOCKCAT" 127.0.0.1 "$PORT") <data
	finish server
	[ "$(head -n 1 server.out)" = 2 ]
}

@test "urgent data in the stream does not stop it" {
	cat >urgent.py <<-'EOF'
		import socket, sys
		s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
		s.sendall(b"before")
		s.send(b"!", socket.MSG_OOB)
		s.sendall(b"after")
		s.shutdown(socket.SHUT_WR)
		s.recv(1)
	EOF
	local out
	for out in file pipe; do
		if [ "$out" = pipe ]; then
			mkfifo out
			spawn reader sh -c 'cat out >got'
			OUTPUT=out listener server 127.0.0.1 0
		else
			OUTPUT=got listener server 127.0.0.1 0
		fi
		python3 -S urgent.py "$PORT"
		finish server
		[ "$out" = file ] || finish reader
		[ "$(cat got)" = beforeafter ]
	done
}

@test "from a socket, a terminal and a device as standard input" {
	listener server 127.0.0.1 0
	head -c 300000 /dev/zero >zeros
	cat >from_socket.py <<-'EOF'
		import os, socket, subprocess, sys
		ours, theirs = socket.socketpair()
		p = subprocess.Popen([os.environ["SOCKCAT"], "127.0.0.1", sys.argv[1]], stdin=theirs)
		theirs.close()
		ours.sendall(bytes(300000))
		ours.close()
		sys.exit(p.wait())
	EOF
	python3 -S from_socket.py "$PORT"
	finish server
	same zeros server.out
	# Not </dev/null: who sits at a terminal leaves when the peer ends first.
	listener server -d 127.0.0.1 0
	run -0 "$PEERS/terminal.py" --type 'one\n\x04' "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	[ "$(cat server.out)" = one ]
}

# pipe_size FD: how much the pipe holds.
pipe_size() {
	python3 -S -c 'import fcntl, sys; print(fcntl.fcntl(int(sys.argv[1]), 1032))' "$1"
}

# through SIZE COMMAND...: that much by COMMAND's sockcat out of a pipe, and by a
# listener into one.  Sets sizes to those of both pipes afterwards.
through() {
	local size=$1
	shift
	rm -f in out
	mkfifo in out
	exec {in}<>in {out}<>out
	random_file data "$size"
	spawn reader sh -c "head -c $size <out >got"
	OUTPUT=out listener server 127.0.0.1 0
	INPUT=in spawn client "$@" "$SOCKCAT" 127.0.0.1 "$PORT"
	cat data >in
	finish reader
	same data got
	sizes="$(pipe_size "$in") $(pipe_size "$out")"
	exec {in}>&-
	finish client
	finish server
	exec {out}>&-
}

@test "a long transfer makes its pipes larger, a short one does not" {
	through 1M
	[ "$sizes" = "1048576 1048576" ]
	SOCKCAT_ZERO_COPY=no through 1M
	[ "$sizes" = "1048576 1048576" ]
	through 60K
	[ "$sizes" = "65536 65536" ]
}

@test "pipes that may not be larger" {
	through 1M strace -f -o trace -e trace=fcntl \
	    -e inject=fcntl:error=EPERM:when=4+
	grep -q 'F_SETPIPE_SZ.*EPERM.*INJECTED' trace
	[ "${sizes% *}" = 65536 ]
}

# misplaced FILE: the places in a page, of those that data was read to, that follow
# its beginning closely: copying to them is slow on some processors.
misplaced() {
	sed -n 's/^[0-9 ]*\(read\|recvfrom\)(0x[0-9a-f]*, 0x[0-9a-f]*\([0-9a-f]\{3\}\), 0x[0-9a-f]\{4,\}.* = 0x[0-9a-f]\{4,\}$/\2/p' \
	    "$1" | grep -E '^0(0[1-9a-f]|1)'
}

# read_to FILE: how many such places there are at all.
read_to() {
	grep -Ec '^[0-9 ]*(read|recvfrom)\(.* = 0x[0-9a-f]{4,}$' "$1"
}

@test "buffers begin where copying is fast" {
	export SOCKCAT_ZERO_COPY=no
	local raw=(-e "$CALLS" -e "raw=read,recvfrom")
	random_file data 2M
	spawn server strace -o server.trace "${raw[@]}" "$SOCKCAT" -l \
	    --port-file port 127.0.0.1 0
	until_true test -s port
	strace -o client.trace "${raw[@]}" "$SOCKCAT" 127.0.0.1 "$(cat port)" <data
	finish server
	[ "$(read_to client.trace)" -gt 0 ]
	[ "$(read_to server.trace)" -gt 0 ]
	run ! misplaced client.trace
	run ! misplaced server.trace
}

@test "TLS: buffers begin where copying is fast" {
	need_tls
	local raw=(-e "$CALLS" -e "raw=read,recvfrom")
	random_file data 2M
	spawn server strace -f -o server.trace "${raw[@]}" "$SOCKCAT" -l -c \
	    --port-file port 127.0.0.1 0
	until_true test -s port
	strace -o client.trace "${raw[@]}" "$SOCKCAT" -c --tls-insecure \
	    127.0.0.1 "$(cat port)" <data
	finish server
	same data server.out
	[ "$(read_to client.trace)" -gt 0 ]
	[ "$(read_to server.trace)" -gt 0 ]
	run ! misplaced client.trace
	run ! misplaced server.trace
}

@test "SOCKCAT_KTLS: yes tries it, no does not" {
	local say
	need_tls
	need_strace
	for say in yes no; do
		listener server -c 127.0.0.1 0
		SOCKCAT_KTLS=$say strace -f -o "trace-$say" \
		    -e trace=setsockopt "$SOCKCAT" -c --tls-insecure \
		    127.0.0.1 "$PORT" <<<hello
		finish server
		[ "$(<server.out)" = hello ]
	done
	grep -q TCP_ULP trace-yes
	run ! grep TCP_ULP trace-no
}
