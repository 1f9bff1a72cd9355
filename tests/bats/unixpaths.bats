#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# UNIX-domain sockets: what happens to the file at the path.

load helpers
load unix

@test "a stale socket is replaced" {
	stale sock
	listener a -U sock
	"$SOCKCAT" -U sock <<<hello
	finish a
	[ "$(cat a.out)" = hello ]
	gone sock
	stale sock dgram
	listener b -u -U -W 1 sock
	"$SOCKCAT" -u -U --send-only sock <<<hello
	finish b
	[ "$(cat b.out)" = hello ]
}

@test "a stale socket of the other type is replaced" {
	stale sock dgram
	listener a -U sock
	"$SOCKCAT" -U sock <<<hello
	finish a
	stale sock
	listener b -u -U -W 1 sock
	"$SOCKCAT" -u -U --send-only sock <<<hello
	finish b
}

@test "after KILL, the path can be taken again" {
	listener a -U sock
	kill -KILL "${PID[a]}"
	finish a 137
	[ -S sock ]
	listener b -U sock
	"$SOCKCAT" -U sock <<<hello
	finish b
}

@test "a path that is served: status 6, and it is left alone" {
	local inode
	listener a -k -U sock
	inode=$(stat -c %i sock)
	run -6 "$SOCKCAT" -l -U sock </dev/null
	[[ $output == *"bind sock: Address already in use"* ]]
	run -6 "$SOCKCAT" -l -u -U sock </dev/null
	[ "$(stat -c %i sock)" = "$inode" ]
	"$SOCKCAT" -U sock <<<hello
	until_true has_line a.out hello
}

@test "a path that is served by datagrams: the same" {
	listener a -k -u -U sock
	run -6 "$SOCKCAT" -l -u -U sock </dev/null
	[[ $output == *"Address already in use"* ]]
	run -6 "$SOCKCAT" -l -U sock </dev/null
	"$SOCKCAT" -u -U --send-only sock <<<hello
	until_true has_line a.out hello
}

@test "an abstract name that is served: status 6" {
	local name
	name=$(abstract)
	listener a -k -U "$name"
	run -6 "$SOCKCAT" -l -U "$name" </dev/null
	[[ $output == *"bind $name: Address already in use"* ]]
}

@test "a served path with a full listen queue: status 6, and it is left alone" {
	full sock 1
	run -6 "$SOCKCAT" -l -U sock </dev/null
	[ -S sock ]
	touch go
	"$SOCKCAT" -U sock <<<hello
	finish full
	[ "$(tail -n 1 full.out)" = hello ]
}

@test "a file, a directory, a fifo, a link at the path: status 6, untouched" {
	local kind
	echo precious >file
	mkdir dir
	mkfifo fifo
	ln -s file link
	ln -s nowhere dangling
	stale socket
	ln -s socket tosocket
	ls -li --ignore=before --ignore=after >before
	for kind in file dir fifo link dangling tosocket; do
		run -6 "$SOCKCAT" -l -U "$kind" </dev/null
		[[ $output == *"bind $kind: "* ]]
		run -6 "$SOCKCAT" -l -u -U "$kind" </dev/null
	done
	ls -li --ignore=before --ignore=after >after
	diff before after
	[ "$(cat file)" = precious ]
}

@test "a directory that is not there: status 6" {
	run -6 "$SOCKCAT" -l -U no/such/sock </dev/null
	[[ $output == *"no/such/sock"*"No such file"* ]]
}

@test "the path is removed at the end by TERM, INT and HUP, waiting and serving" {
	local signal number kind ready
	mkfifo ready
	exec {ready}<>ready
	while read -r signal number; do
		for kind in -U -uU -kU; do
			spawn a env --default-signal="$signal" "$SOCKCAT" -l \
			    --ready-fd 4 "$kind" sock 4>&"$ready"
			read -r -t 30 -u "$ready"
			[ -S sock ]
			kill -"$signal" "${PID[a]}"
			finish a "$number"
			gone sock
		done
	done <<-END
		TERM 143
		INT 130
		HUP 129
	END
	listener b -k -v -U sock
	spawn c "$SOCKCAT" -v -U sock
	until_true has_line b.err accepted
	stop b
	gone sock
	finish c any
}

@test "a failure after bind removes the path" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -6 "$SOCKCAT" -l --ready-fd 4 -U sock 4>/dev/full
	[[ $output == *"--ready-fd"* ]]
	gone sock
	run -3 "$SOCKCAT" -l --accept-timeout 10ms -U sock </dev/null
	gone sock
	OUTPUT=/dev/full listener a -k -U sock
	"$SOCKCAT" -U sock <<<hello || true
	finish a 6
	gone sock
}

@test "a usage error creates nothing and removes nothing" {
	run -2 "$SOCKCAT" -l -U --port-file port sock
	run -2 "$SOCKCAT" -l -U sock other
	run -2 "$SOCKCAT" -l -U -4 sock
	run -2 "$SOCKCAT" -l -U -p 1 sock
	run -2 "$SOCKCAT" -l -U --ready-fd 9 sock 9>&-
	run -2 "$SOCKCAT" -l -U
	run -2 "$SOCKCAT" -l -U ''
	gone sock
	stale sock
	run -2 "$SOCKCAT" -l -U sock other
	[ -S sock ]
}

@test "somebody else's socket that took the path meanwhile is not removed" {
	listener a -k -U sock
	mv sock old
	listener b -k -U sock
	stop a
	[ -S sock ]
	"$SOCKCAT" -U sock <<<hello
	until_true has_line b.out hello
	stop b
	gone sock
	listener c -k -U sock
	rm sock
	echo precious >sock
	stop c
	[ "$(cat sock)" = precious ]
}

@test "107 bytes of path work, 108 are status 2" {
	local path
	path=$(printf '%0107d' 7)
	listener a -U "$path"
	"$SOCKCAT" -U "$path" <<<hello
	finish a
	[ "$(cat a.out)" = hello ]
	gone "$path"
	run -2 "$SOCKCAT" -l -U "${path}8" </dev/null
	[[ $output == *107* ]]
	run -2 "$SOCKCAT" -U "${path}8" </dev/null
	gone "${path}8"
	gone "$path"
	path=$(abstract)
	path=$path$(printf "%0$((107 - ${#path}))d" 7)
	listener b -U "$path"
	"$SOCKCAT" -U "$path" <<<hello
	finish b
	run -2 "$SOCKCAT" -l -U "${path}8" </dev/null
}
