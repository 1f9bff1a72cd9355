#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Terminals that are narrow, stopped, somebody else's or not there at all: what is
# watched may not be seen then, but the bytes arrive, and nothing else does.

load helpers
load screen

# What there is to be seen.
watching=(--progress --progress=100ms --dump --report --report=json -v -vvv)

# on_terminal WORD... -- OPTION...: sends `sent' from a terminal.py with these
# words; what was seen is in `seen'.
on_terminal() {
	local -a words=()
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	listener server 127.0.0.1 0
	"$PEERS/terminal.py" "${words[@]}" env -u TERM sh -c \
	    "exec $SOCKCAT $* 127.0.0.1 $PORT <sent" >seen </dev/null
	finish server
	same sent server.out
}

@test "a narrow terminal: no number is cut, and what has no room is not there" {
	local columns line
	local -A shows=(
		[0]='^sent 97\.6KiB .* \[=+\] 100%$'
		[1]='^$'
		[4]='^$'
		[5]='^100%$'
		[7]='^100%$'
		[8]='^97\.6KiB$'
		[20]='^97\.6KiB 0:0[0-9] 100%$'
	)
	head -c 100000 /dev/zero >sent
	for columns in "${!shows[@]}"; do
		on_terminal --columns "$columns" -- --progress --limit-rate 200k
		line=$(tr -d '\n' <seen | sed 's/\r$//; s/.*\r//; s/ *$//')
		[[ $line =~ ${shows[$columns]} ]] ||
		    fail "$columns columns: $line"
	done
	# What else there is does not care.
	for option in --dump --report -v; do
		on_terminal --columns 1 -- --progress "$option"
		grep -q '^.*sockcat: closed\|status\|0001869[0-9]' seen
	done
}

@test "standard error closed: nothing of what is watched lands anywhere else" {
	local option
	random_file sent 100k
	for option in "${watching[@]}"; do
		listener server 127.0.0.1 0
		without 2 "$SOCKCAT" "$option" --output copy --pcap capture \
		    --report-file report 127.0.0.1 "$PORT" <sent >out ||
		    without 2 "$SOCKCAT" "$option" --output copy \
		    --pcap capture 127.0.0.1 "$PORT" <sent >out
		finish server
		same sent server.out
		same sent copy
		[ ! -s out ]
		# ... at a listener, too.
		: >server.err
		exec {ready}<> <(:)
		(close_others && exec "$SOCKCAT" -l "$option" --ready-fd 4 \
		    --output copy 127.0.0.1 0) </dev/null >server.out 2>&- \
		    4>&"$ready" &
		PID[server]=$!
		read -r -t 30 ADDR PORT <&"$ready"
		exec {ready}>&-
		"$SOCKCAT" 127.0.0.1 "$PORT" <sent
		finish server
		same sent server.out
		same sent copy
	done
}

@test "no terminal and no environment, as under cron: whole lines, or nothing" {
	local option
	random_file sent 100k
	for option in "${watching[@]}"; do
		listener server 127.0.0.1 0
		setsid -w env -i "$SOCKCAT" "$option" 127.0.0.1 "$PORT" \
		    <sent >out 2>err
		finish server
		same sent server.out
		[ ! -s out ]
		[ -z "$(tr -d '\n -~' <err)" ]
		[ -z "$(tail -c 1 err)" ]
		[ "$option" = --progress ] || [ -s err ]
	done
	listener server 127.0.0.1 0
	run -2 setsid -w env -i "$SOCKCAT" --raw 127.0.0.1 "$PORT" </dev/null
	stop server
}

@test "a terminal that was stopped does not hold up the meter, and TERM ends all" {
	local option
	screen_open 80
	head -c 8M /dev/zero >sent
	for option in --progress --dump --report -v; do
		screen_type "clear; stty ixon; echo rea''dy"
		screen_await '^ready$'
		listener server 127.0.0.1 0
		mkfifo "in$option"
		screen_run "\$SOCKCAT $option 127.0.0.1 $PORT <in$option"
		exec {in}>"in$option"
		until_true has_line pid .
		read -r pid <pid
		echo x >&"$in"
		until_true has_bytes server.out 2
		screen_key C-s
		OUTPUT=in$option spawn writer cat sent
		if [ "$option" = --progress ]; then
			until_true has_bytes server.out 8388610
		fi
		kill -TERM "$pid"
		finish server any
		until_true has_left "$pid"
		exec {in}>&-
		screen_key C-q
		screen_await 'Terminated'
	done
}

# has_left PID: for until_true.
has_left() {
	[ ! -e "/proc/$1" ]
}

@test "a job in the background whose terminal stops who writes: the meter does not" {
	screen_open 80
	random_file sent 300k
	listener server 127.0.0.1 0
	screen_type "clear; stty tostop; \$SOCKCAT --progress --limit-rate 300k 127.0.0.1 $PORT <sent &"
	finish server
	same sent server.out
	screen_type ""
	screen_await 'Done'
	screen_lacks 'Stopped|KiB/s'
}

@test "--raw: the lines of a dump and of the report begin at its left" {
	local option
	screen_open 100
	for option in --dump --report -vv; do
		rm -f pid
		listener server --pty --sh-exec 'read x; echo over' 127.0.0.1 0
		screen_run "\$SOCKCAT --raw $option 127.0.0.1 $PORT"
		until_true is_raw
		screen_key Enter
		finish server
		screen_await '^\$ *$'
		case $option in
		--dump) screen_await '^< 0000000[0-9]  ' ;;
		--report) screen_await '^  addresses 127' &&
		    screen_await '^  status    0' ;;
		*) screen_await '^sockcat: .*closed 127' ;;
		esac
		# None is in the middle.
		screen_lacks '  (<|>) 0000|.  (addresses|status) |.sockcat: '
	done
}

# For until_true.
is_raw() {
	local pid
	read -r pid <pid &&
	    [[ $(stty -a -F "/proc/$pid/fd/0" 2>/dev/null) == *-icanon* ]]
}
