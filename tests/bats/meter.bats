#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --progress: a meter on a terminal, lines elsewhere; SIGUSR1.

load helpers
load screen

# A connection whose both ends say what they are told to: what is written to $SILENT
# is sent on the terminal, where sockcat runs with the arguments.
meter_runs() {
	silent_input
	listener server 127.0.0.1 0
	screen_run "\$SOCKCAT $* 127.0.0.1 $PORT <silent"
	until_true has_line pid .
	read -r METER <pid
}

@test "--progress: bytes, rate, time, percent, a bar and what is left; the last line stays" {
	screen_open 80
	head -c 4194304 /dev/zero >file
	listener server 127.0.0.1 0
	# What is left of the file where the shell stands in it.
	echo "head -c 1048576 >/dev/null; clear
	exec \$SOCKCAT --progress --limit-rate 1M 127.0.0.1 $PORT" >go
	screen_type "sh go <file"
	screen_await '^sent [0-9. ]+[KM]iB [0-9. ]+[KMG]iB/s 0:0[0-9] \[=*> *\] +[0-9]+% 0:[0-9]+ left$'
	finish server
	screen_await '^sent 3\.00MiB [0-9. ]+[KMG]iB/s 0:0[0-9] \[=+\] 100%$'
	screen_await '^\$ *$'
	# One line alone, and the shell below it.
	run -0 cat screen.txt
	assert_equal "${#lines[@]}" 2
	[ "$(stat -c %s server.out)" = 3145728 ]
}

@test "--progress: the line fits the terminal, also when that changes, and 20 columns" {
	screen_open 80
	meter_runs --progress --size 100k
	head -c 51200 /dev/zero >&"$SILENT"
	screen_await '^sent 50\.0KiB .* \[=+> +\]  50% .*left *$'
	screen_resize 20
	screen_await '^50\.0KiB 0:[0-9]+  50%$'
	screen_resize 120
	screen_await '^sent 50\.0KiB .* \[={20,}> {20,}\]  50% .*left *$'
}

@test "--progress: both directions when both move; --size is that of what more goes of" {
	screen_open 100
	head -c 3000000 /dev/zero >answer
	INPUT=answer listener server 127.0.0.1 0
	silent_input
	echo hello >&"$SILENT"
	screen_run "\$SOCKCAT --progress --size 4000000 127.0.0.1 $PORT <silent >received"
	screen_await '^received 2\.86MiB .*/s  sent +6B .*/s 0:.*  75% .*left$'
}

@test "--progress: a message stands above the meter, whole" {
	screen_open 100
	meter_runs -v --progress
	screen_await '^sent +0B .*/s 0:[0-9]+$'
	run -0 cat screen.txt
	assert_line --partial 'sockcat: connected 127.0.0.1:'
	assert_line --regexp '^sent '
	kill -USR1 "$METER"
	screen_await '^sockcat: 127\.0\.0\.1:[0-9]+: sent 0 bytes \(0B/s\), received 0 bytes \(0B/s\) in 0:[0-9]+$'
	stop server
	screen_await '^sockcat: the peer ended its direction after 0 bytes$'
	kill -TERM "$METER"
	screen_await '^Terminated'
	# Once only, and last.
	run -0 grep -c '^sent ' screen.txt
	assert_output 1
	[[ $(tr -d '\n' <screen.txt) =~ :[0-9][0-9]Terminated ]]
}

@test "--progress: Ctrl-C leaves the last line, and the shell in one of its own" {
	screen_open 80
	meter_runs --progress
	screen_await '^sent +0B .*/s 0:[0-9]+$'
	screen_key C-c
	screen_await '^\$ *$'
	run -0 cat screen.txt
	assert_line --regexp '^sent +0B .*/s 0:[0-9]+'
	assert_line '$'
}

@test "--progress: a second signal kills, and the last line has its end, too" {
	silent_input
	listener server 127.0.0.1 0
	# shellcheck disable=SC2016 # it is for that shell
	spawn terminal "$PEERS/terminal.py" sh -c 'echo $$ >pid
	    exec "$SOCKCAT" --progress 127.0.0.1 "$0" <silent' "$PORT"
	until_true has_line terminal.out '0B/s'
	read -r METER <pid
	PID[meter]=$METER
	# Both are there before it goes on.
	kill -STOP "$METER"
	until_true is_stopped meter
	kill -INT "$METER"
	kill -TERM "$METER"
	kill -CONT "$METER"
	unset "PID[meter]"
	finish terminal any
	[[ $finish_status = 130 || $finish_status = 143 ]]
	[ "$(tr -cd '\n' <terminal.out | wc -c)" = 1 ]
	[[ $(tail -n 1 terminal.out) == *"0B/s"* ]]
	finish server any
}

@test "--progress: Ctrl-Z, and back; in the background nothing is drawn" {
	screen_open 80
	meter_runs --progress
	screen_await '^sent +0B .*/s 0:[0-9]+$'
	screen_key C-z
	screen_await 'Stopped'
	screen_type "clear; bg"
	echo more >&"$SILENT"
	until_true has_line server.out more
	screen_type "echo in the mean''time"
	screen_await '^in the meantime$'
	screen_lacks '^sent .*/s'
	screen_type "clear; fg"
	screen_await '^sent +5B .*/s 0:[0-9]+'
	screen_key C-c
	screen_await '^\$ *$'
}

@test "--progress: in the background it says no more than messages, and its end stops nothing" {
	screen_open 80
	meter_runs --progress
	screen_await '^sent +0B .*/s 0:[0-9]+$'
	screen_key C-z
	screen_await 'Stopped'
	screen_type "clear; bg"
	screen_await '&$'
	kill -USR1 "$METER"
	screen_await 'sockcat: 127\.0\.0\.1:[0-9]+: sent 0 bytes'
	screen_lacks '^sent .*/s'
	# One that writes to the terminal would be stopped now.
	screen_type "clear; stty tostop; touch set"
	until_true test -e set
	exec {SILENT}>&-
	finish server
	screen_type ""
	screen_await '^\[1\]\+ +Done'
}

@test "--progress: nothing where standard error is no terminal, is closed, or full" {
	random_file sent 100k
	for to in err /dev/full closed; do
		listener server 127.0.0.1 0
		if [ "$to" = closed ]; then
			"$SOCKCAT" --progress 127.0.0.1 "$PORT" <sent 2>&-
		else
			"$SOCKCAT" --progress 127.0.0.1 "$PORT" <sent 2>"$to"
		fi
		finish server
		same sent server.out
	done
	[ ! -s err ]
}

@test "--progress=T: a line every T, for logs, where there is no terminal" {
	silent_input
	listener server 127.0.0.1 0
	INPUT=silent spawn client "$SOCKCAT" --progress=100ms --size 10 \
	    127.0.0.1 "$PORT"
	echo 1234 >&"$SILENT"
	until_true count client.err '^sockcat: sent 5 bytes (.*/s), received 0 bytes (0B/s) in 0:..*, 50% of 10 bytes' 3
	stop server
	exec {SILENT}>&-
	finish client any
	run -0 tail -n 1 client.err
	assert_line --partial 'sockcat: sent 5 bytes ('
	# Nothing for a terminal.
	run -1 grep -q "$(printf '[\r\033]')" client.err
}

@test "SIGUSR1 prints a line for each connection, at any time, without --progress" {
	local name
	listener server -k --exec cat 127.0.0.1 0
	for name in one two; do
		[ -p "$name" ] || mkfifo "$name"
		exec {fd}<>"$name"
		INPUT=$name spawn "client_$name" "$SOCKCAT" 127.0.0.1 "$PORT"
		echo "$name" >&"$fd"
		until_true has_line "client_$name.out" "$name"
	done
	kill -USR1 "${PID[client_one]}"
	until_true has_line client_one.err "^sockcat: 127.0.0.1:$PORT: sent 4 bytes (.*/s), received 4 bytes (.*/s) in 0:..$"
	kill -USR1 "${PID[client_two]}"
	until_true has_line client_two.err "sent 4 bytes"
	kill -USR1 "${PID[client_two]}"
	until_true count client_two.err "sent 4 bytes" 2
	stop client_one
	stop client_two
	stop server
}

@test "SIGUSR1: a listener with many clients, one without any, one that dials" {
	local name fd
	listener target -k --exec cat 127.0.0.1 0
	listener server -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	kill -USR1 "${PID[server]}"
	until_true has_line server.err '^sockcat: waiting for a client, 0:[0-9]* since the start$'
	for name in one two; do
		mkfifo "$name"
		exec {fd}<>"$name"
		INPUT=$name spawn "client_$name" "$SOCKCAT" 127.0.0.1 "$PORT"
		echo "$name" >&"$fd"
		until_true has_line "client_$name.out" "$name"
	done
	kill -USR1 "${PID[server]}"
	until_true count server.err '^sockcat: 127.0.0.1:[0-9]*: sent 4 bytes (.*/s), received 4 bytes' 2
	stop client_one
	stop client_two
	stop server
	stop target
}

@test "--progress: no colours, no control characters but CR, whatever the terminal" {
	local term
	random_file sent 400k
	for term in dumb xterm-256color; do
		listener server 127.0.0.1 0
		TERM=$term "$PEERS/terminal.py" sh -c \
		    "exec $SOCKCAT --progress --limit-rate 400k 127.0.0.1 $PORT <sent" >seen
		finish server
		grep -q '^.*sent  *[0-9.]*KiB .*% ' seen
		# The terminal's own CR before each LF, and ours.
		[ -z "$(tr -d '\r\n -~' <seen)" ]
		[ "$(tr -cd '\n' <seen | wc -c)" = 1 ]
	done
}

@test "--progress: many connections are one line, their sum, and how many are open" {
	local fd name
	screen_open 80
	# shellcheck disable=SC2016 # the shell there knows
	screen_run '"$SOCKCAT"' -lk --exec cat --progress --port-file port \
	    127.0.0.1 0
	until_true test -s port
	read -r PORT <port
	for name in one two; do
		mkfifo "$name"
		exec {fd}<>"$name"
		INPUT=$name spawn "client_$name" "$SOCKCAT" 127.0.0.1 "$PORT"
		echo "$name" >&"$fd"
		until_true has_line "client_$name.out" "$name"
	done
	screen_await '^sent +8B .*/s  received +8B .*/s  2 open 0:[0-9]+$'
	stop client_one
	screen_await '^sent +8B .*/s  received +8B .*/s  1 open 0:[0-9]+$'
	stop client_two
	screen_key C-c
	screen_await '^\$ *$'
}

@test "--progress: those of a command are counted, too" {
	listener server --progress=1h --exec "printf 12345" 127.0.0.1 0
	run -0 "$SOCKCAT" --no-stdin 127.0.0.1 "$PORT"
	assert_output 12345
	finish server
	has_line server.err '^sockcat: sent 5 bytes (.*/s), received 0 bytes'
}

@test "--size takes the place of the size of a file" {
	echo 1234 >sent
	listener server 127.0.0.1 0
	run -0 --separate-stderr "$SOCKCAT" --progress=1h --size 10 127.0.0.1 \
	    "$PORT" <sent
	finish server
	[[ $stderr == *", 50% of 10 bytes" ]]
	listener server 127.0.0.1 0
	run -0 --separate-stderr "$SOCKCAT" --progress=1h 127.0.0.1 "$PORT" \
	    <sent
	finish server
	[[ $stderr == *", 100% of 5 bytes" ]]
}

@test "--progress: the way the bytes are moved in stays" {
	random_file sent 1M
	listener server 127.0.0.1 0
	run -0 --separate-stderr "$SOCKCAT" -vvv --progress=1h 127.0.0.1 \
	    "$PORT" <sent
	finish server
	same sent server.out
	[[ $stderr == *"sendfile("* ]]
}
