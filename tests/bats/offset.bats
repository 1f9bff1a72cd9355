#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# An open file has one offset, and all who have inherited it share that: bytes are
# written behind those of others, and read once; what was read and not sent is
# there for the next.

load helpers

# has_rest: the rest is what comes behind the bytes that the client said it sent.
has_rest() {
	local number
	number=$(sed -n 's/.*[( ]sent \([0-9]*\) bytes.*/\1/p' both.err | tail -n 1)
	[ "$number" -gt 0 ]
	[ "$number" -lt "$(wc -c <data)" ]
	tail -c "+$((number + 1))" data >expected
	same expected rest
}

# leaves COMMAND OPTION...: a client that leaves in the middle of a file, by TERM as
# soon as COMMAND is true, or by itself (false), and a second program that takes the
# rest.
leaves() {
	local when=$1
	shift
	rm -f pid
	INPUT=data OUTPUT=rest spawn both sh -c 'exec 5<&0
		"$SOCKCAT" -v "$@" <&5 5<&- &
		echo $! >pid
		wait $! || echo $? >status
		exec cat' - "$@"
	if [ "$when" != false ]; then
		until_true test -s pid
		until_true eval "$when"
		kill -TERM "$(cat pid)"
	fi
	finish both
}

@test "several write one file: no byte is lost" {
	"$PEERS/sharing.py" write 10
	SOCKCAT_ZERO_COPY=no "$PEERS/sharing.py" write 2
}

@test "several read one file: each byte is sent once" {
	"$PEERS/sharing.py" read 4
	SOCKCAT_ZERO_COPY=no "$PEERS/sharing.py" read 1
}

@test "what moves the offset locks it" {
	need_strace
	random_file data 8M
	rm -f port
	spawn server strace -o server.trace "$SOCKCAT" -l --port-file port \
	    127.0.0.1 0
	until_true test -s port
	strace -o client.trace -e trace=sendfile "$SOCKCAT" 127.0.0.1 \
	    "$(cat port)" <data
	finish server
	same data server.out
	run ! grep 'splice(.*, 1, ' server.trace
	run ! grep 'sendfile(.*, NULL' client.trace
}

@test "other programs before, between and behind, each with its part" {
	random_file data 5M
	random_file answer 3M
	listener server 127.0.0.1 0
	(head -c 1000 >first; "$SOCKCAT" 127.0.0.1 "$PORT"
	cat >last) <data
	finish server
	cat first server.out last >got
	same data got
	[ "$(wc -c <first)" -eq 1000 ]
	[ ! -s last ]
	INPUT=answer listener server -N 127.0.0.1 0
	(echo before; "$SOCKCAT" -d 127.0.0.1 "$PORT"; echo behind) >got
	finish server
	(echo before; cat answer; echo behind) >expected
	same expected got
}

@test "input and output that are one open file" {
	spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 recvn:6:asked \
	    send:answer fin recv:more
	printf 'hello\n' >both
	seq 1000 >answer
	until_true test -s peer.out
	"$SOCKCAT" 127.0.0.1 "$(cat peer.out)" <>both >&0
	finish peer
	(echo hello; cat answer) >expected
	same expected both
	[ ! -s more ]
}

@test "the connection breaks: the rest of the file is the next one's" {
	local zero_copy
	random_file data 40M
	for zero_copy in yes no; do
		export SOCKCAT_ZERO_COPY=$zero_copy
		spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 \
		    recvn:100000:got reset
		until_true test -s peer.out
		leaves false 127.0.0.1 "$(cat peer.out)"
		finish peer
		[ "$(cat status)" -eq 1 ]
		has_rest
	done
}

@test "a time limit passes: the rest is the next one's" {
	local zero_copy
	random_file data 40M
	for zero_copy in yes no; do
		export SOCKCAT_ZERO_COPY=$zero_copy
		rm -f gone
		spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 \
		    recvn:100000:got await:gone
		until_true test -s peer.out
		leaves false --timeout 2 127.0.0.1 "$(cat peer.out)"
		: >gone
		finish peer
		[ "$(cat status)" -eq 3 ]
		has_rest
	done
}

@test "TERM: the rest is the next one's" {
	local zero_copy
	random_file data 40M
	for zero_copy in yes no; do
		export SOCKCAT_ZERO_COPY=$zero_copy
		rm -f gone got
		spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 \
		    recvn:100000:got await:gone
		until_true test -s peer.out
		leaves "test -s got" -v 127.0.0.1 "$(cat peer.out)"
		: >gone
		finish peer
		[ "$(cat status)" -eq 143 ]
		has_rest
	done
}

@test "datagrams: lines that were read and not sent are the next one's" {
	seq 1000 >data
	sockets target udp-mute@127.0.0.1
	leaves "has_line target.out got" -u -i 1h 127.0.0.1 "${PORTS[0]}"
	[ "$(cat status)" -eq 143 ]
	tail -n +2 data >expected
	same expected rest
}

@test "killed in the middle of writing: what follows is next to it" {
	random_file data 64M
	for _ in 1 2 3 4 5; do
		spawn peer "$PEERS/peer.py" listen 127.0.0.1:0 send:data
		until_true test -s peer.out
		rm -f pid got
		spawn both sh -c '(sh -c "echo \$\$ >pid
			exec \"\$SOCKCAT\" -d 127.0.0.1 $1"; echo end) >got' \
			- "$(cat peer.out)"
		until_true test -s got
		kill -KILL "$(cat pid)"
		finish both
		finish peer any
		head -c "$(($(wc -c <got) - 4))" data >expected
		echo end >>expected
		same expected got
	done
}
