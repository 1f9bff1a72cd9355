#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TCP listeners that serve one client after another: how many, how long, in which
# order, and how they end.

load helpers
load listen

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
	python3 -S signals.py "$SOCKCAT" 3>&-
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
