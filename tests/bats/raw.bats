#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --raw: our terminal in raw mode, and as it was at every exit.

load helpers
load screen

# The terminal, its modes in `before', and a shell on one of its own that listens.
setup_shells() {
	screen_open 80
	screen_type "stty -a >before; clear"
	until_true test -s before
	listener server --pty --sh-exec \
	    "PS1='far> ' exec bash --norc --noprofile -i" 127.0.0.1 0
}

# raw_runs ARGUMENT...: sockcat on the terminal, in raw mode, to the listener.
raw_runs() {
	screen_run "\$SOCKCAT $* 127.0.0.1 $PORT"
	until_true has_line pid .
	read -r RAW <pid
}

# The shell is back, and the terminal as it was.
terminal_is_restored() {
	screen_type "clear; stty -a >after"
	until_true test -s after
	# The size is there, too.
	same before after
}

@test "--raw: a shell on the other side; each key goes there, also Ctrl-C and Ctrl-Z; ^] leaves" {
	setup_shells
	raw_runs --raw
	screen_await '^far> *$'
	# Once, by the other side's terminal alone.
	screen_type "echo one"
	screen_await '^far> echo one$'
	screen_await '^one$'
	run -0 grep -c 'echo one' screen.txt
	assert_output 1
	# Not for us, but for what runs there.
	screen_type "sleep 600"
	screen_await 'sleep 600'
	screen_key C-z
	screen_await 'Stopped +sleep 600'
	screen_type "fg"
	screen_await '^sleep 600$'
	screen_key C-c
	screen_type "echo status \$?"
	screen_await '^status 130$'
	screen_key C-]
	screen_await '^\$ *$'
	terminal_is_restored
	finish server any
}

@test "--raw: the window's size goes there by stty, and the other side's end is ours" {
	setup_shells
	raw_runs --raw
	screen_await '^far> *$'
	screen_type "stty rows 20 columns 80; stty size"
	screen_await '^20 80$'
	screen_type "exit 0"
	screen_await '^\$ *$'
	terminal_is_restored
	finish server
}

@test "--raw=KEY: another key leaves, and ^] does not" {
	setup_shells
	raw_runs --raw=^A
	screen_await '^far> *$'
	screen_type "stty -echo; read -rn1 x; printf 'got %d\\n' \"'\$x\""
	screen_key C-]
	screen_await '^got 29'
	screen_key C-a
	screen_await '^\$ *$'
	terminal_is_restored
	finish server any
}

@test "--raw: the terminal is restored when a signal ends it, or the peer is killed" {
	local signal
	screen_open 80
	screen_type "stty -a >before; clear"
	until_true test -s before
	for signal in TERM HUP INT QUIT ABRT peer; do
		rm -f after
		listener server 127.0.0.1 0
		raw_runs --raw
		until_true terminal_is_raw
		if [ "$signal" = peer ]; then
			kill -KILL "${PID[server]}"
		else
			kill -"$signal" "$RAW"
		fi
		finish server any
		screen_key Enter
		screen_await '^\$ *$'
		terminal_is_restored
	done
}

# For until_true.
terminal_is_raw() {
	[[ $(stty -a -F "/proc/$RAW/fd/0" 2>/dev/null) == *-icanon* ]]
}

@test "--raw: while it is stopped the shell has the terminal as it was" {
	setup_shells
	raw_runs --raw
	screen_await '^far> *$'
	kill -TSTP "$RAW"
	screen_await 'Stopped'
	terminal_is_restored
	rm -f after
	screen_type "fg"
	until_true terminal_is_raw
	screen_type "clear; echo ba''ck"
	screen_await '^back$'
	kill -STOP "$RAW"
	screen_await '^\$ *$'
	screen_type "fg"
	until_true terminal_is_raw
	screen_key C-]
	screen_await '^\$ *$'
	terminal_is_restored
	finish server any
}

@test "--raw: a message begins its line" {
	setup_shells
	raw_runs --raw -v
	screen_await '^far> *$'
	kill -USR1 "$RAW"
	screen_await '^(far> )?sockcat: 127.*received'
	kill -USR1 "$RAW"
	screen_await '^sockcat: 127.*received'
	screen_key C-]
	screen_await '^sockcat: closed 127'
	finish server any
}

@test "--raw: a terminal of another session is one, too, and is restored" {
	screen_open 80
	screen_type "stty -a >before; clear"
	until_true test -s before
	listener server 127.0.0.1 0
	screen_run "setsid -w \$SOCKCAT --raw 127.0.0.1 $PORT"
	until_true has_line pid .
	read -r RAW <pid
	until_true terminal_is_raw
	screen_key C-c C-z
	until_true has_bytes server.out 2
	screen_key C-]
	screen_await '^\$ *$'
	finish server
	same server.out <(printf '\003\032')
	terminal_is_restored
}

@test "--raw: when the shell is killed and the terminal hangs up, it ends" {
	screen_open 80
	listener server 127.0.0.1 0
	screen_type "echo \$\$ >shell; \$SOCKCAT --raw 127.0.0.1 $PORT"
	until_true has_line shell .
	screen_key a
	until_true has_line server.out a
	kill -KILL "$(<shell)"
	finish server any
}

@test "--raw: what is no terminal, and what is no key" {
	run -2 --separate-stderr "$SOCKCAT" --raw 127.0.0.1 1 </dev/null
	[[ $stderr == *"--raw: standard input is no terminal"* ]]
	run -2 --separate-stderr "$SOCKCAT" --raw=ab 127.0.0.1 1 </dev/null
	[[ $stderr == *"--raw: 'ab' is not a key (as ^], ^A or one character)"* ]]
}
