#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Whoever is left before we had said all can tell that from an end.

load helpers

SIGNALS=(INT TERM HUP)

# input: a fifo, `in', that stays open and has something to say: for INPUT.
input() {
	local fifo
	rm -f in
	mkfifo in
	exec {fifo}<>in
	echo something >&"$fifo"
	INPUT=in
}

# heard NAME [TEXT]: NAME has received the line (`something' if none is given).
heard() {
	until_true has_line "$1.out" "${2:-something}"
}

# was_cut NAME: it has seen a reset.
was_cut() {
	finish "$1" 1
	grep -q 'Connection reset by peer' "$1.err" ||
	    fail "$1 saw no reset: $(<"$1.err")"
}

# reader NAME [ARGUMENT...]: a client of PORT that has nothing to say.
reader() {
	local name=$1
	shift
	INPUT='' spawn "$name" "$SOCKCAT" -d "$@" 127.0.0.1 "$PORT"
}

# signalled NAME SIGNAL: it gets that, and dies of it.
signalled() {
	kill -s "$2" "${PID[$1]}"
	finish "$1" $((128 + $(kill -l "$2")))
}

# --- signals -----------------------------------------------------------------

@test "a signal ends a listener: its client is cut" {
	local signal many
	for signal in "${SIGNALS[@]}"; do
		for many in "" -k "-k --drain 200ms"; do
			input
			# shellcheck disable=SC2086 # words
			listener server $many 127.0.0.1 0
			reader client
			heard client
			signalled server "$signal"
			was_cut client
		done
	done
}

@test "a second signal ends a drain: its client is cut" {
	input
	listener server -k --drain 600 127.0.0.1 0
	reader client
	heard client
	kill -TERM "${PID[server]}"
	until_true refused
	signalled server TERM
	was_cut client
}

# refused: nobody listens any more; for until_true.
refused() {
	! (: <"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}

@test "a signal ends an initiator: its peer is cut" {
	local signal
	for signal in "${SIGNALS[@]}"; do
		INPUT=/dev/null listener server 127.0.0.1 0
		input
		spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
		heard server
		signalled client "$signal"
		was_cut server
	done
}

@test "a signal, and all was said: the peer has an end" {
	echo all >all
	# Nobody has said anything; and somebody has said it all.
	listener server -k -v 127.0.0.1 0
	peer client connect "127.0.0.1:$PORT" sendn:3 recv:got
	until_true test -s server.out
	signalled server TERM
	finish client
	INPUT=all listener server -k 127.0.0.1 0
	reader client --no-shutdown
	heard client all
	signalled server TERM
	finish client
}

@test "a signal: TLS says no farewell" {
	need_tls
	input
	listener server -k -c 127.0.0.1 0
	reader client -c --tls-insecure
	heard client
	signalled server TERM
	finish client 1
	grep -q 'without close_notify' client.err
}

@test "a UNIX-domain socket knows no reset, and KILL leaves none: an end" {
	input
	listener server -k -U socket
	spawn client "$SOCKCAT" -d -U socket
	heard client
	signalled server TERM
	finish client
	input
	listener server -k 127.0.0.1 0
	reader client
	heard client
	signalled server KILL
	finish client
}

@test "a signal ends a broker, a chat: members are cut" {
	local what
	for what in --broker --chat; do
		input
		listener server -k "$what" 127.0.0.1 0
		reader one	# whoever comes first gets what there is
		until_true grep -q something one.out
		reader two
		signalled server TERM
		was_cut one
		finish two any
	done
}

@test "a signal ends a forwarder, a proxy: both sides are cut" {
	local how
	for how in forward proxy; do
		input
		listener target 127.0.0.1 0
		to=127.0.0.1:$PORT
		INPUT=silent
		silent_input
		case $how in
		forward)
			listener server -k --forward "$to" 127.0.0.1 0
			spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
			;;
		proxy)
			listener server -k --proxy-server http \
			    --allow-dest 127.0.0.1 127.0.0.1 0
			spawn client "$SOCKCAT" -X connect -x "127.0.0.1:$PORT" \
			    127.0.0.1 "${to#*:}"
			;;
		esac
		heard client
		signalled server TERM
		was_cut client
		was_cut target
	done
}

@test "a signal ends a command: its client is cut" {
	listener server -k --sh-exec 'echo something; sleep 600' 127.0.0.1 0
	reader client
	heard client
	signalled server TERM
	was_cut client
}

# --- time limits -------------------------------------------------------------

@test "a time limit ends it before all was said: the peer is cut" {
	local limit
	for limit in "--timeout 500ms" "-w 500ms" "--idle-timeout 500ms"; do
		INPUT=/dev/null listener server 127.0.0.1 0
		input
		# shellcheck disable=SC2086 # words
		spawn client "$SOCKCAT" $limit 127.0.0.1 "$PORT"
		finish client 3
		was_cut server
		[ "$(<server.out)" = something ]
	done
}

@test "a time limit, and all was said: the peer has an end" {
	local limit
	echo all >all
	for limit in "--timeout 500ms" "-w 500ms"; do
		silent_input
		INPUT=silent listener server 127.0.0.1 0
		INPUT=all
		# shellcheck disable=SC2086 # words
		spawn client "$SOCKCAT" $limit 127.0.0.1 "$PORT"
		finish client 3
		heard server all
		kill -TERM "${PID[server]}"
		finish server 143
		refute grep -q reset server.err
	done
}

@test "leaving by choice is an end: -q 0, --exit-on-eof, --reply, a reader's count" {
	local choice
	for choice in "-q 0" --exit-on-eof --reply "-W 1"; do
		peer server listen 127.0.0.1:0 recvn:10:got sendn:5 fin recv:rest
		input
		[ "$choice" != "-q 0" ] && [ "$choice" != --reply ] || {
			echo something >said
			INPUT=said
		}
		# shellcheck disable=SC2086 # words
		spawn client "$SOCKCAT" $choice 127.0.0.1 "$PORT"
		finish client
		finish server
	done
}

# --- what can't be kept ------------------------------------------------------

@test "--output-required: a copy that can't be written cuts the peer" {
	local end
	input
	listener server -k --output /dev/full --output-required 127.0.0.1 0
	reader client
	finish server 6
	was_cut client
	# Also one who had all that was for it: what it said is not kept.
	INPUT=/dev/null
	listener server -k --output /dev/full --output-required 127.0.0.1 0
	peer client connect "127.0.0.1:$PORT" sendn:10 recv:got
	finish server 6
	finish client 1
	grep -q ConnectionResetError client.err
}

# --- commands ----------------------------------------------------------------

# killed WORD...: a listener whose command is killed when it has said a megabyte:
# the client has that, and is cut.
killed() {
	listener server "$@" --sh-exec 'cat data; kill -KILL $$' 127.0.0.1 0
	spawn client "$SOCKCAT" -d "${trusting[@]}" 127.0.0.1 "$PORT"
	finish server 137
}

@test "a command that was killed: all that it said arrives, then a reset" {
	local -a trusting=()
	random_file data 1M
	# With the socket itself, and by us.
	killed
	was_cut client
	same data client.out
	killed --idle-timeout 600
	was_cut client
	same data client.out
	need_tls
	trusting=(-c --tls-insecure)
	killed -c
	finish client 1
	grep -q 'without close_notify' client.err
	same data client.out
}

@test "a command on a terminal that was killed: a reset" {
	listener server --pty --sh-exec 'echo something; kill -KILL $$' \
	    127.0.0.1 0
	reader client
	finish server 137
	was_cut client
	grep -q something client.out
}

@test "a command that fails has said what it had to say: an end" {
	local option
	for option in "" "--idle-timeout 600" --pty; do
		# shellcheck disable=SC2086 # words
		listener server $option --sh-exec 'echo something; exit 3' \
		    127.0.0.1 0
		reader client
		finish server 3
		finish client
		grep -q something client.out
	done
}

# --- a person ----------------------------------------------------------------

@test "at a terminal, what was typed is all: a signal is an end for the peer" {
	echo hello >line
	INPUT=line listener server --no-shutdown 127.0.0.1 0
	# shellcheck disable=SC2016 # sh's
	spawn client "$PEERS/terminal.py" --prompt hello --type 'typed\n' \
	    sh -c 'echo $$ >pid; exec env --default-signal=INT "$SOCKCAT" "$@"' \
	    sh 127.0.0.1 "$PORT"
	heard server typed
	kill -INT "$(<pid)"
	finish client 130
	finish server
}

@test "what came before a reset is not lost, be that as fast as the connection" {
	listener server -k --pty --sh-exec 'echo something; kill -KILL $$' \
	    127.0.0.1 0
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do
		run -1 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
		[[ $output = something* ]] || fail "$i: $output"
	done
	stop server
}
