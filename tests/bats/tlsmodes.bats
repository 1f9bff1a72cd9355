#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS in each mode of the program: what a client that is slow, silent, killed or
# wrong does to others, and what the end of the listener does to clients.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

# input: a fifo, `in`, that stays open; what is written to descriptor $IN goes in.
input() {
	rm -f in
	mkfifo in
	exec {IN}<>in
}

# said NAME TEXT: TEXT is in what it said on standard error.
said() {
	grep -q -- "$2" "$1.err" || fail "$1 did not say: $2, but: $(<"$1.err")"
}

# peer NAME listen|connect ADDRESS VERB...: tlspeer.py in the background; PORT is
# set for a listening one.
peer() {
	local name=$1
	shift
	spawn "$name" "$PEERS/tlspeer.py" "$@"
	if [ "$1" = listen ]; then
		until_true test -s "$name.out"
		PORT=$(head -n 1 "$name.out")
	fi
}

# quiet N: so many connections to PORT that say nothing, until the test is over.
quiet() {
	local i fd
	for ((i = 0; i < $1; i++)); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
	done
}

# So long that a test which needs it to pass is over before.
LONG=(--connect-timeout 5m)

# What is no ClientHello: cut short, too long, an alert, too short within, SSLv2,
# data of a session, and no TLS at all.
NONSENSE=('\x16\x03\x01' '\x16\x03\x01\xff\xff\x01\x00\x00'
    '\x15\x03\x03\x00\x02\x02\x28' '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00'
    '\x80\x2e\x01\x00\x02' '\x17\x03\x03\x00\x04abcd' '\x00\x00\x00\x00\x00')

# babble: one client after the other that says such a thing, to PORT, and leaves.
babble() {
	local text
	for text in "${NONSENSE[@]}"; do
		# shellcheck disable=SC2059 # it is a format
		printf "$text" >"/dev/tcp/127.0.0.1/$PORT"
	done
}

# asked OPTION... COMMAND...: terminal.py, that answers the prompt for the
# passphrase; standard input is not its terminal.  What hangs there is in a session
# of its own, which bats would not end.
asked() {
	timeout 20 "$PEERS/terminal.py" --prompt 'key: ' "$@" </dev/null
}

# refuses: nobody listens at PORT any more; for until_true.
refuses() {
	! (: <"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

# --- one after the other -----------------------------------------------------

@test "-k: who says nothing, or nothing useful, holds up nobody" {
	mkfifo silent
	exec {SILENT}<>silent
	tls_listener server -k "${LONG[@]}" 127.0.0.1 0
	INPUT=silent spawn mute "$SOCKCAT" -v 127.0.0.1 "$PORT"
	INPUT=silent spawn mute2 "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line mute.err connected
	until_true has_line mute2.err connected
	echo hello | client
	until_true has_line server.out hello
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<'GET / HTTP/1.0' >answer || true
	echo again | client
	until_true has_line server.out again
	assert_equal "$(<server.out)" $'hello\nagain'
	said server 'does not speak TLS (it said "GET / HTTP'
	stop server
}

@test "-k: each client is written in whole, whoever's handshake was faster" {
	local i
	tls_listener server -k 127.0.0.1 0
	for i in 1 2 3 4 5 6; do
		yes "$i" | head -n 20000 >"data$i" || true
		INPUT=data$i spawn "client$i" "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
	done
	for i in 1 2 3 4 5 6; do
		finish "client$i"
	done
	until_true has_bytes server.out 240000
	assert_equal "$(uniq server.out | sort | xargs)" '1 2 3 4 5 6'
	stop server
}

@test "-k: more silent clients than handshakes at a time; their time is limited" {
	local before=$SECONDS
	tls_listener server -k --connect-timeout 1 127.0.0.1 0
	quiet 70
	echo hello | client
	[ $((SECONDS - before)) -lt 9 ]		# 10 s are the default
	until_true has_line server.out hello
	stop server
	assert_equal "$(<server.out)" hello
}

@test "-k: whatever a client says instead of its hello, the next one is served" {
	local mode
	for mode in '' '--exec cat' --broker; do
		# shellcheck disable=SC2086 # several words, or none
		tls_listener server -k -v $mode 127.0.0.1 0
		babble
		until_true count server.err ': closed ' "${#NONSENSE[@]}"
		run ! grep -q ' TLS: TLSv1' server.err
		echo hello | client --send-only
		until_true has_line server.err ' TLS: TLSv1'
		stop server
	done
}

@test "-k --max-accepts: who fails counts, and is the status" {
	tls_listener server -k --max-accepts 2 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<garbage >answer || true
	echo hello | client
	finish server 5
	assert_equal "$(<server.out)" hello
	said server 'does not speak TLS'
}

@test "-w limits the handshake of clients: 3, and with -k the next one is served" {
	local name before=$SECONDS
	local -A port
	listener target -k --exec cat 127.0.0.1 0
	tls_listener forward -k -v -w 1 --forward "127.0.0.1:$PORT" 127.0.0.1 0
	port[forward]=$PORT
	tls_listener exec -k -v -w 1 --exec cat 127.0.0.1 0
	port[exec]=$PORT
	tls_listener server -k -w 1 127.0.0.1 0
	port[server]=$PORT
	tls_listener once -w 200ms 127.0.0.1 0
	port[once]=$PORT
	for name in forward exec server once; do
		PORT=${port[$name]}
		quiet 1
	done
	for name in forward exec server once; do
		until_true has_line "$name.err" 'handshake was not done in time'
	done
	[ $((SECONDS - before)) -lt 9 ]		# 10 s are the default
	finish once 3
	assert_equal "$(echo hello | PORT=${port[exec]} client)" hello
	assert_equal "$(echo hello | PORT=${port[forward]} client)" hello
	echo hello | PORT=${port[server]} client
	until_true has_line server.out hello
}

@test "a sender that is killed: 1, and what came is written" {
	input
	tls_listener server 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo 'so far' >&"$IN"
	until_true has_line server.out 'so far'
	kill -KILL "${PID[client]}"
	finish client 137
	finish server 1
	said server 'close_notify\|broke'
	assert_equal "$(<server.out)" 'so far'
}

@test "a listener that is killed in mid-transfer, either way: 1, and it is said" {
	input
	INPUT=in tls_listener server 127.0.0.1 0
	INPUT=/dev/zero spawn client "$SOCKCAT" "${TRUSTING[@]}" \
	    --limit-rate 100M 127.0.0.1 "$PORT"
	until_true has_bytes server.out 1000000
	kill -KILL "${PID[server]}"
	finish server 137
	finish client 1
	said client 'sent [1-9][0-9]* bytes'
	said client 'close_notify\|broke'
	INPUT=/dev/zero tls_listener server --limit-rate 100M 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_bytes client.out 1000000
	kill -KILL "${PID[server]}"
	finish server 137
	finish client 1
	said client 'close_notify\|broke'
	said client "received $(stat -c %s client.out) bytes"
}

@test "a listener with a full disk is a 6, and the client has its 1" {
	random_file data 4M
	OUTPUT=/dev/full tls_listener server 127.0.0.1 0
	run -1 client <data
	finish server 6
	said server 'standard output: No space left'
	# With -k, that is the end as well.
	OUTPUT=/dev/full tls_listener server -k 127.0.0.1 0
	run -1 client <data
	finish server 6
}

@test "a listener whose reader leaves dies of SIGPIPE, and the client has its 1" {
	mkfifo out
	INPUT=out spawn reader head -n 1
	OUTPUT=out tls_listener server 127.0.0.1 0
	run -1 client < <(exec yes)
	finish server 141
	finish reader
	assert_equal "$(<reader.out)" y
}

@test "nothing to send, and nothing to receive, is a 0 on both sides" {
	local max
	for max in 1.2 1.3; do
		tls_listener server --tls-max "$max" 127.0.0.1 0
		run -0 client </dev/null
		assert_output ''
		finish server
		[ ! -s server.out ]
		[ "$(wc -l <server.err)" -le 1 ]	# its pin
	done
}

@test "a reader that takes a line and leaves: the writer does not hang" {
	tls_listener server --sh-exec 'yes' 127.0.0.1 0
	client </dev/null 2>client.err | head -n 1 >out
	assert_equal "$(<out)" y
	finish server any
	[ "$finish_status" -ne 0 ]
}

# --- commands and terminals --------------------------------------------------

@test "--pty: a terminal, and Ctrl-C is a signal" {
	input
	tls_listener server --pty --sh-exec 'trap "echo interrupted; exit 9" INT
	    stty size; echo up; while [ $((i += 1)) -lt 600 ]; do sleep 0.1; done' 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	grep -q '^24 80' client.out
	printf '\003' >&"$IN"
	finish server 9
	until_true has_line client.out interrupted
	exec {IN}>&-
	finish client
}

@test "--pty: as large as our own terminal" {
	timeout 20 "$PEERS/terminal.py" sh -c 'stty rows 41 cols 97; exec "$@"' sh \
	    "$SOCKCAT" -l "${SERVING[@]}" --port-file port --pty \
	    --exec 'stty size' 127.0.0.1 0 >screen </dev/null 3>&- &
	PID[screen]=$!
	until_true test -s port
	assert_equal "$(PORT=$(<port) client </dev/null | tr -d '\r')" '41 97'
	wait "${PID[screen]}"
	unset "PID[screen]"
}

@test "--pty: much, both ways, then the end of input and the status" {
	input
	random_file data 1M
	base64 <data >lines
	tls_listener server --pty --sh-exec 'stty raw -echo; echo up
	    head -c '"$(stat -c %s lines)"' >got; cat data
	    stty cooked -echo -onlcr; echo; echo cooked; cat; echo over; exit 7' \
	    127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	cat lines >&"$IN"
	until_true has_line client.out '^cooked'
	same lines got
	tail -c +4 client.out | head -c 1048576 | cmp - data
	echo 'last line' >&"$IN"
	exec {IN}>&-
	finish server 7
	finish client
	assert_equal "$(tail -n 2 client.out)" $'last line\nover'
}

@test "a command whose client is killed ends, with and without a terminal" {
	local pty
	input
	for pty in '' --pty; do
		rm -f pid
		# shellcheck disable=SC2086 # a word, or none
		tls_listener server $pty --sh-exec 'echo $$ >pid; echo up
		    while [ $((i += 1)) -lt 600 ]; do sleep 0.1; done' 127.0.0.1 0
		INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
		until_true has_line client.out up
		kill -KILL "${PID[client]}"
		finish client 137
		finish server 1
		said server 'close_notify\|broke'
		until_true gone "$(<pid)"
	done
}

# gone PID: it is no more; for until_true.
gone() {
	[ ! -e "/proc/$1" ]
}

@test "the passphrase of a key is asked for on the terminal, and not shown" {
	timeout 20 "$PEERS/terminal.py" --prompt 'key: ' --type 'open sesame\n' sh -c 'exec "$0" "$@" 2>&1' \
	    "$SOCKCAT" -l -v -c --tls-cert "$CERTS/locked.pem" \
	    --tls-key "$CERTS/locked.key" --port-file port \
	    --exec 'echo opened' 127.0.0.1 0 </dev/null >screen 3>&- &
	PID[screen]=$!
	until_true test -s port
	PORT=$(<port) client -e localhost </dev/null >out
	assert_equal "$(<out)" opened
	wait "${PID[screen]}"
	unset "PID[screen]"
	run ! grep -q sesame screen
	# A wrong one.
	run -6 timeout 20 "$PEERS/terminal.py" --prompt 'key: ' --type 'close sesame\n' \
	    "$SOCKCAT" -l -c \
	    --tls-cert "$CERTS/locked.pem" --tls-key "$CERTS/locked.key" \
	    127.0.0.1 0
	refute_output --partial 'close sesame'
	assert_output --partial "locked.key: not with that passphrase"
}

@test "the passphrase of a client's key: standard input is for the peer" {
	tls_listener server --tls-client-ca "$CERTS/ca.pem" 127.0.0.1 0
	echo 'open barley' >data
	run -0 asked --type 'open sesame\n' sh -c 'exec "$@" <data' sh \
	    "$SOCKCAT" "${TRUSTING[@]}" --tls-cert "$CERTS/locked.pem" \
	    -K "$CERTS/locked.key" 127.0.0.1 "$PORT"
	refute_output --partial 'open'
	finish server
	assert_equal "$(<server.out)" 'open barley'
}

@test "no terminal to ask for the passphrase: 6, at once, and no connection" {
	listener server -v 127.0.0.1 0
	echo 'open sesame' >pass
	INPUT=pass spawn client setsid -w "$SOCKCAT" "${TRUSTING[@]}" \
	    --tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key" \
	    127.0.0.1 "$PORT"
	finish client 6
	said client 'no terminal to ask for its passphrase (--tls-key-pass-file'
	run ! grep -q accepted server.err
	stop server
	INPUT=pass spawn server setsid -w "$SOCKCAT" -l -c --port-file port \
	    --tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key" 127.0.0.1 0
	finish server 6
	[ ! -e port ]
}

@test "an empty passphrase is a wrong one, and so is the end of the terminal" {
	local typed
	for typed in '\n' '\x04'; do
		run -6 asked --type "$typed" "$SOCKCAT" -l -c \
		    --tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key" \
		    127.0.0.1 0
		assert_output --partial 'locked.key: not with that passphrase'
		assert_equal "$(grep -c 'TLS key: ' <<<"$output")" 1
	done
}

# terminated PID: it is gone.  It may be about to read, and not notice one TERM;
# for until_true.
terminated() {
	! kill -TERM "$1" 2>/dev/null
}

@test "TERM while the passphrase is asked for: it dies of it, and asks no more" {
	local got=0
	timeout 20 "$PEERS/terminal.py" sh -c 'echo $$ >pid; exec "$@"' sh "$SOCKCAT" \
	    -l -c --tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key" \
	    127.0.0.1 0 >screen </dev/null 3>&- &
	PID[screen]=$!
	until_true has_line screen 'key: '
	until_true terminated "$(<pid)"
	wait "${PID[screen]}" || got=$?
	unset "PID[screen]"
	assert_equal "$got" 143
	assert_equal "$(grep -c 'key: ' screen)" 1
	run ! grep -q 'no terminal' screen
}

@test "no terminal to ask for the passphrase: said once, and nothing else" {
	spawn server setsid -w "$SOCKCAT" -l -c --tls-cert "$CERTS/locked.pem" \
	    -K "$CERTS/locked.key" 127.0.0.1 0
	finish server 6
	assert_equal "$(grep -c 'no terminal to ask' server.err)" 1
	run ! grep -q 'no key that can be used' server.err
}

@test "a key that is for clients and the target: its passphrase is asked for once" {
	run -3 asked --type 'open sesame\n' "$SOCKCAT" -l -k -c --timeout 1 \
	    --tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key" \
	    --forward tls:127.0.0.1:1 127.0.0.1 0
	assert_equal "$(grep -c 'key: ' <<<"$output")" 1
}

@test "both of these show that certificate, and the chain behind it" {
	listener target -k -c --tls-cert "$CERTS/server.pem" \
	    --tls-client-ca "$CERTS/ca.pem" --sh-exec \
	    'echo "$SSL_PEER_CERT_HASH"; cat' 127.0.0.1 0
	listener server -k -c --tls-cert "$CERTS/chain.pem" \
	    -K "$CERTS/chain.key" --tls-insecure \
	    --forward "tls:127.0.0.1:$PORT" 127.0.0.1 0
	echo hello | client -e localhost >out
	assert_equal "$(<out)" "sha256:$(pin_of "$CERTS/chain.pem")
hello"
	stop server
	stop target
}

# taken: what was written to $PASS has been read.
taken() {
	! read -r -t 0 -u "$PASS"
}

@test "--tls-key-pass-file: a pipe that is written in pieces" {
	mkfifo pass
	exec {PASS}<>pass
	spawn server "$SOCKCAT" -l -c --timeout 1 --tls-cert "$CERTS/locked.pem" \
	    -K "$CERTS/locked.key" --tls-key-pass-file pass 127.0.0.1 0
	printf 'open ' >&"$PASS"
	until_true taken
	echo sesame >&"$PASS"
	exec {PASS}>&-
	finish server 3
}

@test "the terminal shows what is typed again after the passphrase was asked for" {
	run -6 asked --type 'wrong\n' sh -c '"$@"; status=$?; stty -a
	    exit $status' sh "$SOCKCAT" -l -c --tls-cert "$CERTS/locked.pem" \
	    -K "$CERTS/locked.key" 127.0.0.1 0
	assert_output --regexp '[[:space:]]echo[[:space:]]'
}

@test "in a command, the end of TLS is the end, and a cut is none of its own" {
	tls_listener server -k -v --sh-exec 'cat >&2; echo "and $?"' 127.0.0.1 0
	echo 'all of it' | client >out
	assert_equal "$(<out)" 'and 0'
	until_true has_line server.err 'all of it'
	stop server
}

# --- the end of a listener ---------------------------------------------------

@test "TERM: commands end, and clients see that something is missing" {
	input
	tls_listener server -k --sh-exec 'echo up; exec cat' 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	stop server
	finish client 1
	said client 'close_notify\|broke'
}

@test "TERM: at -k, --forward and --broker, no client takes it for a clean end" {
	local mode
	input
	mkfifo silent
	exec {SILENT}<>silent
	listener target -k --exec cat 127.0.0.1 0
	for mode in '' "--forward 127.0.0.1:$PORT" --broker --chat; do
		# shellcheck disable=SC2086 # several words, or none
		INPUT=silent tls_listener server -k -v $mode 127.0.0.1 0
		INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
		echo hello >&"$SILENT"
		case $mode in
		--forward*) echo hello >&"$IN" ;;
		esac
		until_true has_line client.out hello
		stop server
		finish client 1
		said client 'close_notify\|broke'
	done
	stop target
}

@test "TERM: a client in its handshake holds up no end" {
	local mode
	listener target -k --exec cat 127.0.0.1 0
	for mode in '' '--exec cat' "--forward 127.0.0.1:$PORT" --broker \
	    '--drain 50ms'; do
		# shellcheck disable=SC2086 # several words, or none
		tls_listener server -k -v "${LONG[@]}" $mode 127.0.0.1 0
		quiet 3
		until_true count server.err ': accepted ' 3
		stop server
	done
	stop target
}

@test "TERM at a client: 143, and its listener has a 1" {
	input
	tls_listener server 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo 'so far' >&"$IN"
	until_true has_line server.out 'so far'
	stop client
	finish server 1
	said server 'close_notify\|broke'
}

@test "--drain: what is not finished in time is cut" {
	input
	tls_listener server -k --drain 200ms --sh-exec 'echo up; exec cat' \
	    127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	stop server
	finish client 1
	said client 'close_notify\|broke'
}

@test "--drain: what runs is finished with its close_notify" {
	input
	tls_listener server -k -v --drain 30 --sh-exec 'echo up; exec cat' \
	    127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	kill -TERM "${PID[server]}"
	until_true refuses
	echo 'the rest' >&"$IN"
	until_true has_line client.out 'the rest'
	exec {IN}>&-
	finish client
	finish server 143
}

# --- forwarding, rooms, managers ---------------------------------------------

@test "--forward: who says nothing or garbage reaches no target, and counts not" {
	local i
	mkfifo silent
	exec {SILENT}<>silent
	listener target -k --exec cat 127.0.0.1 0
	tls_listener front -k -v "${LONG[@]}" --forward "127.0.0.1:$PORT" \
	    127.0.0.1 0
	for i in 1 2 3; do
		INPUT=silent spawn "mute$i" "$SOCKCAT" -v 127.0.0.1 "$PORT"
		until_true has_line "mute$i.err" connected
		"$SOCKCAT" 127.0.0.1 "$PORT" <<<garbage >answer || true
	done
	for i in 1 2 3 4 5 6 7 8; do
		random_file "data$i" 200K
		INPUT=data$i spawn "client$i" "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
	done
	for i in 1 2 3 4 5 6 7 8; do
		finish "client$i"
		same "data$i" "client$i.out"
	done
	[ "$(grep -c 'closed .*does not speak TLS' front.err)" -eq 3 ]
	stop front
	stop target
}

@test "--max-conns: places of failed handshakes are free, with --exec and --forward" {
	local mode before
	listener target -k --exec cat 127.0.0.1 0
	for mode in '--exec cat' "--forward 127.0.0.1:$PORT"; do
		# shellcheck disable=SC2086 # two words
		tls_listener server -k -v --max-conns 1 $mode 127.0.0.1 0
		babble
		run -5 "$SOCKCAT" -c -R "$CERTS/other.pem" 127.0.0.1 "$PORT" \
		    </dev/null
		assert_equal "$(echo hello | client)" hello
		# And taken by those that are served: the next one waits.
		input
		INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
		echo first >&"$IN"
		until_true has_line client.out first
		before=$(grep -c ': accepted ' server.err)
		echo second >second
		INPUT=second spawn next "$SOCKCAT" -v "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
		until_true has_line next.err connected
		assert_equal "$(grep -c ': accepted ' server.err)" "$before"
		exec {IN}>&-
		finish client
		finish next
		assert_equal "$(<next.out)" second
		stop server
	done
	stop target
}

@test "a broker: everybody gets all of it, whatever others do in their handshake" {
	local i name max=1.2
	input
	INPUT=in tls_listener room -v "${LONG[@]}" --broker 127.0.0.1 0
	quiet 2
	babble
	for i in 1 2 3 4 5; do
		spawn "one$i" "$SOCKCAT" -d "${TRUSTING[@]}" --tls-max "$max" \
		    127.0.0.1 "$PORT"
		max=1.3
	done
	run -5 "$SOCKCAT" -c -R "$CERTS/other.pem" 127.0.0.1 "$PORT" </dev/null
	until_true count room.err ' TLS: TLSv1' 5
	until_true all_have welcome
	echo begin >&"$IN"
	for name in one{1..5}; do
		until_true has_line "$name.out" '^begin$'
		cp "$name.out" "$name.want"
	done
	for i in 1 2 3; do
		random_file "data$i" 700000
		client --send-only <"data$i"
		for name in one{1..5}; do
			until_true ends_with "$name.out" "data$i"
		done
		babble
	done
	random_file data4 3M
	cat data4 >&"$IN"
	for name in one{1..5}; do
		until_true ends_with "$name.out" data4
		same <(tail -c +$(($(stat -c %s "$name.want") + 1)) \
		    "$name.out") <(cat data{1..4})
	done
	stop room
}

# all_have TEXT: standard input of the room has it, and each member; for
# until_true.
all_have() {
	local i
	echo "$1" >&"$IN"
	for i in 1 2 3 4 5; do
		grep -q -a -x "$1" "one$i.out" || return 1
	done
}

# ends_with FILE FILE: the last bytes of one are the other; for until_true.
ends_with() {
	tail -c "$(stat -c %s "$2")" "$1" | cmp -s - "$2"
}

@test "a chat: lines of all, though one says nothing and one says nonsense" {
	input
	INPUT=in tls_listener room "${LONG[@]}" --chat 127.0.0.1 0
	spawn one "$SOCKCAT" -d "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo welcome >&"$IN"
	until_true has_line one.out '^<user0> welcome$'
	quiet 2
	babble
	printf 'a line\nand \033 half' | client --send-only
	until_true has_line one.out half
	# Who failed has got no number.
	assert_equal "$(<one.out)" '<user0> welcome
<user2> a line
<user2> and \x1b half'
	stop room
}

@test "a broker: a member that does not read is cut off, others get everything" {
	local i
	input
	INPUT=in tls_listener room -v --broker 127.0.0.1 0
	spawn good "$SOCKCAT" -d "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo welcome >&"$IN"	# it waits for somebody to be there
	until_true has_line good.out welcome
	spawn slow "$PEERS/tlspeer.py" connect "127.0.0.1:$PORT" tls: \
	    await:over recv:got
	until_true has_line slow.out '^tls'
	random_file piece 2000000
	for i in {1..30}; do
		client --send-only <piece
		until_true has_bytes good.out $((8 + i * 2000000))
		! grep -q 'cut off' room.err || break
	done
	said room 'cut off: .*too slowly'
	[ "$i" -lt 30 ]
	: >over
	finish slow
	grep -qx cut slow.out
	{ echo welcome; for ((; i > 0; i--)); do cat piece; done; } >want
	same good.out want
	stop room
}

# What a UNIX socket holds changes only when it is read.
@test "a broker: its queue was empty when the socket filled in mid-record" {
	local i
	random_file crumb 10000
	random_file piece 2000000
	input
	INPUT=in tls_listener room -v --broker -U room.sock
	spawn good "$SOCKCAT" -d "${TRUSTING[@]}" -e localhost -U room.sock
	echo welcome >&"$IN"
	until_true has_line good.out welcome
	spawn slow "$PEERS/tlspeer.py" connect unix:room.sock tls: await:over \
	    recv:got
	until_true has_line slow.out '^tls'
	for i in {1..40}; do	# more than it holds
		cat crumb >&"$IN"
		until_true has_bytes good.out $((8 + i * 10000))
	done
	for i in {1..12}; do
		cat piece >&"$IN"
		until_true has_bytes good.out $((400008 + i * 2000000))
		! grep -q 'cut off' room.err || break
	done
	said room 'cut off: .*too slowly'
	[ "$i" -lt 12 ]
	: >over
	finish slow
	grep -qx cut slow.out
	stop room
}

@test "sockets of a manager: TLS on what is passed" {
	spawn manager "$PEERS/manager.py" tcp -- sh -c 'echo $$ >pid
	    exec "$0" "$@"' "$SOCKCAT" -l -v --socket-activation \
	    "${SERVING[@]}" -k --exec cat
	until_true has_line manager.err 'listening on'
	PORT=$(head -n 1 manager.out)
	echo hello | client >out
	assert_equal "$(<out)" hello
	kill -TERM "$(<pid)"
	finish manager 143
}

@test "a manager's UNIX socket: TLS on what is passed, and the path stays" {
	spawn manager "$PEERS/manager.py" unix:sock -- sh -c 'echo $$ >pid
	    exec "$0" "$@"' "$SOCKCAT" -l -v --socket-activation \
	    "${SERVING[@]}" -k --exec cat
	until_true has_line manager.err 'listening on'
	echo plain | "$SOCKCAT" -U sock >answer || true
	echo hello | "$SOCKCAT" "${TRUSTING[@]}" -e localhost -U sock >out
	assert_equal "$(<out)" hello
	kill -TERM "$(<pid)"
	finish manager 143
	[ -S sock ]
}

# --- addresses, and what does not go with TLS ---------------------------------

@test "UNIX sockets: several at once, and what is said by mistake" {
	local i name=@sockcat.$$.$BATS_TEST_NUMBER
	listener server "${SERVING[@]}" -k -v --exec cat -U "$name"
	"$SOCKCAT" -U "$name" <<<'GET / HTTP/1.0' >answer || true
	until_true has_line server.err 'does not speak TLS'
	for i in 1 2 3 4; do
		random_file "data$i" 500K
		INPUT=data$i spawn "client$i" "$SOCKCAT" "${TRUSTING[@]}" \
		    -e server.test -U "$name"
	done
	for i in 1 2 3 4; do
		finish "client$i"
		same "data$i" "client$i.out"
	done
	stop server
}

@test "-4 and -6: a listener for both, a client by each" {
	need_ipv6
	local family
	tls_listener server -k --sh-exec 'echo $PROTO $TCPREMOTEIP' 0
	run -0 "$SOCKCAT" "${TRUSTING[@]}" -4 localhost "$PORT" </dev/null
	assert_output 'TCP 127.0.0.1'
	run -0 "$SOCKCAT" "${TRUSTING[@]}" -6 ::1 "$PORT" </dev/null
	assert_output 'TCP ::1'
	run -0 "$SOCKCAT" "${TRUSTING[@]}" "[::1]:$PORT" </dev/null
	assert_output 'TCP ::1'
	stop server
	tls_listener server -6 ::1 0
	run -1 "$SOCKCAT" "${TRUSTING[@]}" -4 localhost "$PORT" </dev/null
	"$SOCKCAT" "${TRUSTING[@]}" -6 ::1 "$PORT" </dev/null
	finish server
}

@test "-z, -F and --starttls of a listener do not go with TLS" {
	run -2 "$SOCKCAT" -c -z 127.0.0.1 1
	assert_output --partial '-z (--scan) exclude each other'
	run -2 "$SOCKCAT" -c --pass-fd 127.0.0.1 1
	assert_output --partial '-F (--pass-fd) exclude each other'
	run -2 "$SOCKCAT" -l -c --starttls smtp 127.0.0.1 0
	assert_output --partial '--starttls exclude each other'
}

# --- options of the session ---------------------------------------------------

@test "-v counts what is in TLS, not what goes over the wire" {
	random_file up 100000
	random_file down 70000
	INPUT=down tls_listener server -v 127.0.0.1 0
	client -v <up >got 2>client.err
	finish server
	said client ': closed .*: done, sent 100000 bytes, received 70000 bytes'
	said server ': closed .*: done, sent 70000 bytes, received 100000 bytes'
	said client ': TLS: TLSv1.3, cipher TLS_'
	said server ': TLS: TLSv1.3, cipher TLS_'
}

@test "at a listener: -C, -t, -W, --limit-rate, --send-only, --recv-only" {
	local before
	input
	printf 'a\r\nb\n' >lines
	INPUT=lines tls_listener server -C 127.0.0.1 0
	assert_equal "$(client </dev/null | od -An -c | tr -d ' ')" \
	    'a\r\nb\r\n'
	finish server
	printf 'a\377\375\001b\n' >does		# IAC DO ECHO
	printf '\377\374\001' >wont
	INPUT=in tls_listener server -t 127.0.0.1 0
	INPUT=does spawn client "$SOCKCAT" "${TRUSTING[@]}" --no-shutdown \
	    127.0.0.1 "$PORT"
	until_true cmp -s client.out wont
	until_true has_line server.out '^ab$'
	stop server
	finish client 1
	INPUT=in tls_listener server -W 1 127.0.0.1 0
	INPUT=lines spawn client "$SOCKCAT" "${TRUSTING[@]}" --no-shutdown \
	    127.0.0.1 "$PORT"
	finish server
	finish client
	same lines server.out
	INPUT=/dev/zero tls_listener server --limit-rate 120k 127.0.0.1 0
	before=${EPOCHREALTIME//[.,]/}
	client -d 2>client.err | head -c 60k >got
	[ $((${EPOCHREALTIME//[.,]/} - before)) -ge 250000 ]
	finish server any
	INPUT=lines tls_listener server --send-only 127.0.0.1 0
	client -d >got </dev/null
	finish server
	same lines got
	tls_listener server --recv-only 127.0.0.1 0
	client --send-only <lines
	finish server
	same lines server.out
}

@test "--idle-timeout at -k: the silent one is cut off, others are not" {
	input
	tls_listener server -k -v --idle-timeout 700ms --exec cat 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	finish client 1
	said client 'close_notify\|broke'
	until_true has_line server.err ': closed .*nothing moved'
	assert_equal "$(echo hello | client)" hello
	stop server
}

# --- starttls -----------------------------------------------------------------

# bounded PROTOCOL VERB...: a peer whose answer has no end: 5, and soon enough.
bounded() {
	local protocol=$1
	shift
	peer server listen 127.0.0.1:0 "$@" plain:rest
	refused 5 'too long' client --starttls "$protocol" -e server.test
	finish server any
	[ ! -e rest ] || run ! grep -q -a secret rest
}

@test "--starttls: an answer that has no end" {
	local header
	header="<?xml version='1.0'?><stream:stream id='1' version='1.0'"
	header+=" xmlns='jabber:client'"
	header+=" xmlns:stream='http://etherx.jabber.org/streams'>"
	tr '\0' x </dev/zero | head -c 1M >line
	yes '220-more' | head -c 1M >smtp || true
	{ echo '* OK'; yes '* more' | head -c 1M; } >imap || true
	{ echo "$header<stream:features>"; yes '<x/>' | head -c 1M; } >xmpp ||
	    true
	bounded smtp send:smtp
	bounded smtp 'put:220 ' send:line
	bounded ftp send:smtp
	bounded pop3 'put:+OK ' send:line
	bounded imap send:imap
	bounded imap 'put:* OK ' send:line
	bounded xmpp "until:to='server.test'>" send:xmpp
	bounded xmpp "until:to='server.test'>" "put:$header<a b='" send:line
	bounded ldap until:20037 'put:\x30\x84\x7f\xff\xff\xff\x02' send:line
}

@test "--starttls: -w is for all of an answer, whoever says nothing or too slowly" {
	local protocol protocols=(imap pop3 ftp xmpp ldap postgres)
	echo 'a secret' >secret
	for protocol in "${protocols[@]}"; do
		peer "$protocol" listen 127.0.0.1:0 "plain:$protocol.rest"
		INPUT=secret spawn "to_$protocol" "$SOCKCAT" "${TRUSTING[@]}" \
		    --starttls "$protocol" -e server.test -w 300ms \
		    127.0.0.1 "$PORT"
	done
	for protocol in "${protocols[@]}"; do
		finish "to_$protocol" 3
		said "to_$protocol" 'no answer in time'
		finish "$protocol"
		run ! grep -q -a secret "$protocol.rest"
	done
	listener server --sh-exec 'while echo 220-more; do sleep 0.02; done' \
	    127.0.0.1 0
	refused 3 'no answer in time' client --starttls smtp -e server.test \
	    -w 400ms
	finish server any
}
