#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What the report says of datagrams: how many, from whom, and what was lost.

# bats and helpers.bash set output, PORT ...
# shellcheck disable=SC2154

load helpers
load report

has_lines() {
	[ "$(wc -l <"$1")" -eq "$2" ]
}

# The datagrams from here to the command or target, and back.  No silence is the
# end: before a command answers, it has to be started.
both_ways() {
	printf 'one\nthree\n' | run -0 "$SOCKCAT" -u --lines -W 2 -q -1 \
	    127.0.0.1 "$PORT"
}

@test "--report: datagrams that a full queue has lost are counted, each one" {
	listener server -u -q -1 -I 4096 --report=json --report-file r \
	    127.0.0.1 0
	run -0 "$PEERS/flood.py" "${PID[server]}" "$PORT" 2000 server.out
	stop server
	reported r "c['datagrams']['lost_to_full_queue'] > 1000" \
	    "c['datagrams']['received'] == $(wc -l <server.out) > 2" \
	    "c['datagrams']['lost_to_full_queue'] == \
$output - c['datagrams']['received']" \
	    "run['datagrams'] == {'peers': 1, 'lost_to_full_queue': \
c['datagrams']['lost_to_full_queue']}"
}

@test "--report: what was lost is counted with --exec, --forward and --merge, too" {
	listener target -u -k --exec cat 127.0.0.1 0
	for how in --exec=cat "--forward=127.0.0.1:$PORT" --merge; do
		# Of the run is also what its command or target had no room for.
		local out=() own="c['datagrams']['lost_to_full_queue']"
		[ "$how" != --merge ] || { out=(server.out) && own=0; }
		listener server -u -k -I 4096 --report=json --report-file r \
		    "$how" 127.0.0.1 0
		run -0 "$PEERS/flood.py" "${PID[server]}" "$PORT" 1000 \
		    "${out[@]}"
		stop server
		reported r "run['datagrams']['peers'] == 1" \
		    "run['datagrams']['lost_to_full_queue'] > 500" \
		    "run['datagrams']['lost_to_full_queue'] == \
$output - c['datagrams']['received'] + $own"
	done
}

@test "--report: what a command has no room for is lost, too" {
	# The command of the one address there is.
	listener server -u --report=json --report-file r \
	    --sh-exec 'echo $$ >pid; exec cat' 127.0.0.1 0
	run -0 "$PEERS/flood.py" pid "$PORT" 5000
	stop server
	reported r "c['datagrams']['lost_to_full_queue'] > 1000" \
	    "run['datagrams']['lost_to_full_queue'] == \
$output - c['datagrams']['sent']"
}

@test "--report: datagrams of --exec and --forward are counted both ways" {
	listener target -u -k --exec cat 127.0.0.1 0
	target=$PORT
	for how in --exec=cat "--forward=127.0.0.1:$target"; do
		listener server -u -k --report=json --report-file r "$how" \
		    127.0.0.1 0
		both_ways
		both_ways
		stop server
		reported r "len(conns) == 2" "run['datagrams']['peers'] == 2" \
		    "all(one['datagrams']['sent'] == 2 for one in conns)" \
		    "all(one['datagrams']['received'] == 2 for one in conns)" \
		    "c['datagrams']['largest_sent'] == 5" \
		    "c['datagrams']['largest_received'] == 5" \
		    "c['sent']['bytes'] == c['received']['bytes'] == 8" \
		    "run['sent'] == run['received'] == 16" \
		    "c['local'] == {'address': '127.0.0.1', 'port': $PORT}" \
		    "'total' in c['time']"
	done
	reported r "c['datagrams']['lost_to_full_queue'] == 0"
}

@test "--report: a peer of datagrams whose command fails, or is ended" {
	listener server -u --report=json --report-file r \
	    --sh-exec 'head -c 1 >got; exit 7' 127.0.0.1 0
	run "$SOCKCAT" -u -q 0 127.0.0.1 "$PORT" <<<hello
	finish server 7
	reported r "c['status'] == run['status'] == 7" "run['failed'] == 1" \
	    "c['datagrams']['received'] == 1"
	listener server -u -k --report=json --report-file r \
	    --sh-exec 'echo here; exec 0<&- 1>&-; exec sleep 100' 127.0.0.1 0
	run -0 "$SOCKCAT" -u -W 1 -q -1 127.0.0.1 "$PORT" <<<hello
	stop server
	reported r "len(conns) == 1" "c['datagrams']['sent'] == 1" \
	    "c['end']['how'] == 'signal'"
	listener server -u --report=json --report-file r \
	    --forward does-not-exist.invalid:9 127.0.0.1 0
	run "$SOCKCAT" -u -q 0 127.0.0.1 "$PORT" <<<hello
	finish server 4
	reported r "len(conns) == 1" "c['status'] == run['status'] == 4" \
	    "c['datagrams']['received'] == 1"
}

@test "--report: addresses are counted, not datagrams, nor who comes again" {
	listener server -u -k --report=json --report-file r 127.0.0.1 0
	for port in 1 2 3; do
		run -0 python3 -S - "$PORT" "$port" <<-'EOF2'
			import socket, sys
			one = socket.socket(type=socket.SOCK_DGRAM)
			two = socket.socket(type=socket.SOCK_DGRAM)
			for i in range(2):
			    for s in (one, two, one):
			        s.sendto(b"x\n", ("127.0.0.1", int(sys.argv[1])))
		EOF2
	done
	until_true has_lines server.out 18
	stop server
	reported r "run['datagrams']['peers'] == 6" \
	    "c['datagrams']['received'] == 18"
}
