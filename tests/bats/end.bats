#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# When does it end?  And nothing is lost on the way there.

load helpers

@test "the peer ends at once and goes on reading 200 MB: all arrive, both end 0" {
	random_file data 200M
	listener server 127.0.0.1 0
	run -0 "$SOCKCAT" 127.0.0.1 "$PORT" <data
	finish server
	same data server.out
}

@test "96 MB from a pipe into a listener with </dev/null: complete, both 0" {
	random_file data 96M
	listener server 127.0.0.1 0
	cat data | "$SOCKCAT" 127.0.0.1 "$PORT" >client.out
	[ ! -s client.out ]
	finish server
	same data server.out
}

@test "the listener sends a file to a client with </dev/null" {
	random_file data 20M
	INPUT=data listener server 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >client.out
	finish server
	same data client.out
}

@test "an empty file: both end, both 0" {
	: >empty
	listener server 127.0.0.1 0
	run -0 "$SOCKCAT" 127.0.0.1 "$PORT" <empty
	assert_output ""
	finish server
	[ ! -s server.out ]
}

@test "256 MB each way at once, random chunk sizes, slow readers" {
	local n=$((256 << 20))
	mkfifo in1 in2 out1 out2
	spawn write1 sh -c '"$0" write one '$n' >in1' "$PEERS/chunks.py"
	spawn write2 sh -c '"$0" write two '$n' >in2' "$PEERS/chunks.py"
	spawn read1 sh -c '"$0" read one '$n' <out1' "$PEERS/chunks.py"
	spawn read2 sh -c '"$0" read two '$n' <out2' "$PEERS/chunks.py"
	INPUT=in1 OUTPUT=out2 listener server 127.0.0.1 0
	INPUT=in2 OUTPUT=out1 spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	finish read1
	finish read2
	finish client
	finish server
}

@test "300 times a writer that exits at once: never a byte is missing" {
	seq -f 'data %g' 0 299 >expected
	listener server -k --max-accepts 300 127.0.0.1 0
	# By a shell that is small: it starts 600 processes.
	sh -ec 'for i in $(seq 0 299); do
		printf "data %d\n" "$i" | "$SOCKCAT" 127.0.0.1 "$0"
	done' "$PORT"
	finish server
	same expected server.out
}

@test "replies that come long after standard input's end are not lost" {
	peer server listen 127.0.0.1:0 recv:got await:go sendn:100000
	spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true test -e got
	: >go
	finish client
	finish server
	[ "$(wc -c <client.out)" -eq 100000 ]
}

@test "a killed receiver: the sender ends 1 and says how much is in doubt" {
	random_file data 64M
	silent_input
	INPUT=silent
	OUTPUT=/dev/null listener server 127.0.0.1 0
	kill -STOP "${PID[server]}"
	INPUT=data spawn client "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line client.err connected
	"$PEERS/idle.py" "${PID[client]}"
	kill -KILL "${PID[server]}"
	finish server 137
	finish client 1
	grep -Eq 'sent [0-9]+ bytes, at least [1-9][0-9]* of them in doubt' client.err
}

@test "a killed receiver: the same when the listener is the sender" {
	random_file data 64M
	INPUT=data listener server 127.0.0.1 0
	peer client connect "127.0.0.1:$PORT" recvn:1000:got say:ready park
	silent_input
	INPUT=silent
	finish client
	finish server 1
	grep -Eq 'sent [0-9]+ bytes, at least [1-9][0-9]* of them in doubt' server.err
}

@test "a reset is status 1, what came before it is written, and it is said" {
	peer server listen 127.0.0.1:0 sendn:1000 await:go reset
	silent_input
	INPUT=silent
	spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true test -s client.out
	: >go
	finish client 1
	[ "$(wc -c <client.out)" -eq 1000 ]
	grep -q 'Connection reset by peer' client.err
	grep -q 'received 1000 bytes' client.err
}

# trickled STATUS PAUSE VERB... -- [OPTION...]: small segments, more of them than
# a pipe has buffers for, come while the client is stopped for at least PAUSE
# seconds.  All are written in the end, and the client ends with that status.
trickled() {
	local status=$1 pause=$2
	local -a verbs=()
	shift 2
	while [ "$1" != -- ]; do
		verbs+=("$1")
		shift
	done
	shift
	rm -f go left got
	peer server listen 127.0.0.1:0 sendn:10 await:go \
	    trickle:9990 "${verbs[@]}"
	OUTPUT=out spawn client "$SOCKCAT" "$@" 127.0.0.1 "$PORT"
	INPUT=out OUTPUT=got spawn reader cat
	until_true test -s got
	kill -STOP "${PID[client]}"
	until_true is_stopped client
	: >go
	until_true has_line server.out sent
	[ "$pause" = 0 ] || sleep "$pause"
	kill -CONT "${PID[client]}"
	finish client "$status"
	: >left
	finish reader
	[ "$(wc -c <got)" -eq 10000 ]
	finish server
}

# both_ways COMMAND...: with the bytes in the kernel, and copied.
both_ways() {
	"$@"
	SOCKCAT_ZERO_COPY=no "$@"
}

@test "many small segments before a reset, or before the end, are all written" {
	silent_input
	INPUT=silent
	mkfifo out
	both_ways trickled 1 0 reset say:sent --
	both_ways trickled 1 0 reset say:sent -- -t
	both_ways trickled 0 0 close say:sent -- -d
}

@test "many small segments that came before -q was over are all written" {
	mkfifo out
	# That the pause is longer than -q is the point.
	both_ways trickled 0 1.2 say:sent await:left -- -q 1
}

@test "a reset after the peer's end, with standard input silent, is noticed" {
	peer server listen 127.0.0.1:0 sendn:10 fin await:go reset
	silent_input
	INPUT=silent
	spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true test -s client.out
	: >go
	finish client 1
	grep -Eq 'Connection reset by peer|Broken pipe' client.err
}

@test "a peer that has gone after its end is noticed by probes" {
	need_netns
	cat >inside.sh <<-'EOF'
		set -e
		ip link set lo up
		sysctl -qw net.ipv4.tcp_fin_timeout=1
		mkfifo silent
		exec 8<>silent
		python3 -S "$PEERS/peer.py" listen 127.0.0.1:0 sendn:10 close >port &
		until [ -s port ]; do :; done
		status=0
		"$SOCKCAT" 127.0.0.1 "$(cat port)" <silent >got || status=$?
		wait $!
		exit $status
	EOF
	run -1 timeout 60 unshare -rn sh inside.sh
	[ "$(wc -c <got)" -eq 10 ]
}

@test "a full device: status 6, and the peer sees a reset" {
	random_file data 40M
	OUTPUT=/dev/full listener server 127.0.0.1 0
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" <data
	assert_output --regexp "Connection reset by peer|Broken pipe"
	finish server 6
	grep -q 'standard output: No space left on device' server.err
}

@test "a full file system: status 6, and the peer sees a reset" {
	need_netns
	random_file data 40M
	cat >inside.sh <<-'EOF'
		set -e
		ip link set lo up
		mkdir small
		mount -t tmpfs -o size=1m none small
		mkfifo ready
		"$SOCKCAT" -l --ready-fd 4 127.0.0.1 0 4>ready >small/file </dev/null &
		read -r _ port <ready
		client=0
		"$SOCKCAT" 127.0.0.1 "$port" <data || client=$?
		server=0
		wait $! || server=$?
		echo "client $client server $server"
	EOF
	run -0 unshare -rnm sh inside.sh
	assert_output --partial "client 1 server 6"
	assert_output --partial "No space left on device"
}

@test "a file size limit: status 6, not death by SIGXFSZ" {
	random_file data 40M
	mkfifo ready
	(ulimit -f 1024; exec "$SOCKCAT" -l --ready-fd 4 127.0.0.1 0 4>ready \
	    >server.out 2>server.err </dev/null) 3>&- &
	PID[server]=$!
	read -r _ PORT <ready
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" <data
	finish server 6
	grep -q 'File too large' server.err
}

@test "standard input that can't be read is status 6, and the peer sees a reset" {
	listener server 127.0.0.1 0
	run -6 "$SOCKCAT" 127.0.0.1 "$PORT" </
	assert_output --partial "standard input: Is a directory"
	finish server 1
}

@test "the reader goes away while a streaming server sends: gone, by SIGPIPE" {
	mkfifo silent
	exec {silent}<>silent
	INPUT=/dev/zero listener server 127.0.0.1 0
	run -0 bash -c '"$SOCKCAT" 127.0.0.1 '"$PORT"' <silent | head -c 1 >/dev/null
		echo "${PIPESTATUS[0]}"'
	assert_output 141
	finish server 1
}

@test "the reader goes away while the server is silent: gone, by SIGPIPE" {
	mkfifo silent go
	exec {silent}<>silent
	peer server listen 127.0.0.1:0 send:line recv:got
	echo one line >line
	peer server2 listen 127.0.0.1:0 send:line recv:got2
	run -0 bash -c '"$SOCKCAT" 127.0.0.1 '"$PORT"' <silent | head -n 1
		echo "${PIPESTATUS[0]}"'
	assert_output "one line
141"
	finish server2 1
}

@test "a listener whose reader goes away ends too" {
	mkfifo silent out
	exec {silent}<>silent
	exec {reader}<>out
	INPUT=silent OUTPUT=out listener server 127.0.0.1 0
	peer client connect "127.0.0.1:$PORT" sendn:3 recv:got
	until_true test -e got
	exec {reader}<&-
	finish server 141
	finish client any
}

@test "started with SIGPIPE ignored, a reader that goes away is status 6" {
	mkfifo silent
	exec {silent}<>silent
	INPUT=/dev/zero listener server 127.0.0.1 0
	run -0 bash -c 'trap "" PIPE
		{ "$SOCKCAT" 127.0.0.1 '"$PORT"' <silent; echo "$?" >status; } | head -c 1 >/dev/null
		cat status'
	assert_output --partial 6
	finish server 1
}

@test "standard output is closed at the peer's end, while sending goes on" {
	mkfifo in out
	exec {in}<>in
	peer server listen 127.0.0.1:0 sendn:5 fin recv:got
	INPUT=in OUTPUT=out spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	[ "$(wc -c <out)" -eq 5 ]
	echo more >in
	exec {in}>&-
	finish client
	finish server
	[ "$(cat got)" = more ]
}

@test "a terminal: leaves at the peer's end" {
	peer server listen 127.0.0.1:0 sendn:5 fin recv:got
	run -0 "$PEERS/terminal.py" "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
}

@test "a terminal: what is typed is sent, its end half-closes" {
	peer server listen 127.0.0.1:0 recv:got send:got
	run -0 "$PEERS/terminal.py" --type 'hello\n\x04' "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	[ "$(cat got)" = hello ]
}

@test "a stopped terminal does not stop sending" {
	mkfifo hold
	exec {hold}<>hold
	random_file data 3M
	peer server listen 127.0.0.1:0 flood recv:got
	cat >inside.sh <<-EOF
		exec "$SOCKCAT" 127.0.0.1 $PORT <data
	EOF
	INPUT=hold spawn terminal "$PEERS/terminal.py" --stop sh inside.sh
	until_true cmp -s data got
	kill -KILL "${PID[server]}" "${PID[terminal]}"
	finish server any
	finish terminal any
}

@test "SIGSTOP and SIGCONT on both sides in mid-transfer: nothing is lost" {
	local i
	random_file data 64M
	mkfifo in
	OUTPUT=server.out listener server 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	exec {in}>in
	for ((i = 0; i < 8; i++)); do
		dd if=data bs=4M skip="$i" count=1 status=none >&"$in"
		kill -STOP "${PID[client]}" "${PID[server]}"
		kill -CONT "${PID[server]}" "${PID[client]}"
	done
	dd if=data bs=4M skip=8 status=none >&"$in"
	exec {in}>&-
	finish client
	finish server
	same data server.out
}

@test "the sender waits until its last byte is acknowledged" {
	random_file data 300K
	listener server 127.0.0.1 0
	kill -STOP "${PID[server]}"
	INPUT=data spawn client "$SOCKCAT" -vv 127.0.0.1 "$PORT"
	until_true has_line client.err half-closed
	kill -0 "${PID[client]}"
	kill -CONT "${PID[server]}"
	finish client
	finish server
	same data server.out
}

@test "a reset before the acknowledgement is status 1" {
	random_file data 300K
	peer server listen 127.0.0.1:0 fin await:go reset
	INPUT=data spawn client "$SOCKCAT" -vv 127.0.0.1 "$PORT"
	until_true has_line client.err 'half-closed\|waiting for the peer'
	: >go
	finish client 1
	grep -q 'in doubt' client.err
}

@test "--no-wait leaves without waiting for the acknowledgement" {
	random_file data 300K
	peer server listen 127.0.0.1:0 fin await:go recv:got
	"$SOCKCAT" --no-wait 127.0.0.1 "$PORT" <data
	: >go
	finish server
	same data got
}

@test "input that nobody wants does not become a reset that destroys data" {
	random_file data 2M
	peer server listen 127.0.0.1:0 sendn:100000 say:sent recv:got
	"$SOCKCAT" --send-only 127.0.0.1 "$PORT" <data >client.out
	finish server
	same data got
	[ ! -s client.out ]
}

@test "-w: idleness is status 3, and it is said" {
	peer server listen 127.0.0.1:0 recv:got
	silent_input
	INPUT=silent
	spawn client "$SOCKCAT" -w 300ms 127.0.0.1 "$PORT"
	finish client 3
	grep -q 'nothing moved for' client.err
	finish server 1
}

@test "-w: what was sent and not acknowledged is status 3, and it is said" {
	sockets held open@127.0.0.1
	random_file data 500k
	run -3 "$SOCKCAT" --send-only -w 300ms 127.0.0.1 "${PORTS[0]}" <data
	assert_output --regexp ': [0-9]+ bytes were not acknowledged in time'
}

@test "-w does not kill a transfer that is slow because of its reader" {
	mkfifo out
	exec {out}<>out
	peer server listen 127.0.0.1:0 sendn:8000000
	INPUT=/dev/null OUTPUT=out spawn client "$SOCKCAT" -w 300ms 127.0.0.1 "$PORT"
	until_true over $(($(microseconds) + 1500000))
	kill -0 "${PID[client]}"
	head -c 8000000 <&"$out" >got
	finish client
	finish server
	[ "$(wc -c <got)" -eq 8000000 ]
}

@test "-w does not kill a transfer that the network takes slowly" {
	random_file data 3M
	peer server listen 127.0.0.1:0 slow:got
	"$SOCKCAT" -w 300ms -O 4M 127.0.0.1 "$PORT" <data
	finish server
	same data got
}

@test "--timeout ends the whole run with status 3" {
	peer server listen 127.0.0.1:0 recv:got
	INPUT=/dev/zero spawn client "$SOCKCAT" --timeout 300ms 127.0.0.1 "$PORT"
	finish client 3
	finish server any
}

@test "a signal ends it, by that signal" {
	local signal
	silent_input
	INPUT=silent
	for signal in INT TERM HUP; do
		peer server listen 127.0.0.1:0 say:accepted recv:got
		spawn client env --default-signal=INT,TERM,HUP "$SOCKCAT" -v 127.0.0.1 "$PORT"
		until_true has_line client.err connected
		kill "-$signal" "${PID[client]}"
		finish client $((128 + $(kill -l "$signal")))
		finish server 1
	done
}

@test "inetd: one socket as standard input and output" {
	cat >inetd.py <<-'EOF'
		import os, socket, subprocess, sys
		ours, theirs = socket.socketpair()
		process = subprocess.Popen([os.environ["SOCKCAT"], "127.0.0.1", sys.argv[1]],
		                           stdin=theirs, stdout=theirs)
		theirs.close()
		ours.sendall(b"question")
		ours.shutdown(socket.SHUT_WR)
		answer = b""
		while piece := ours.recv(4096):
		    answer += piece
		print(answer.decode())
		sys.exit(process.wait())
	EOF
	peer server listen 127.0.0.1:0 recv:got send:got
	run -0 python3 -S inetd.py "$PORT"
	assert_output question
	finish server
}

@test "descriptors 0, 1 and 2 keep their O_NONBLOCK flag" {
	cat >flags.py <<-'EOF'
		import fcntl, os, subprocess, sys
		inside, outside = os.pipe()
		result, answer = os.pipe()
		process = subprocess.Popen([os.environ["SOCKCAT"], "127.0.0.1", sys.argv[1]],
		                           stdin=inside, stdout=answer)
		os.write(outside, b"hello")
		assert os.read(result, 5) == b"hello"
		for fd in inside, outside, result, answer:
		    assert not fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_NONBLOCK
		os.close(inside)
		os.close(outside)
		sys.exit(process.wait())
	EOF
	peer server listen 127.0.0.1:0 recvn:5:got send:got fin recv:rest
	run -0 python3 -S flags.py "$PORT"
	finish server
}
