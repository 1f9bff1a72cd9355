#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# As process 1 of a container, or as a subreaper, what commands leave behind
# becomes our child when they end, and its end is ours to take.

# A test is a subshell; bats and helpers.bash set PID, PORT ...
# shellcheck disable=SC2013,SC2016,SC2030,SC2031,SC2034,SC2046,SC2154

load helpers

# as_subreaper NAME OPTION...: a listener that is one.  prctl(2): 36 is
# PR_SET_CHILD_SUBREAPER, which stays behind execve(2).
as_subreaper() {
	local name=$1
	shift
	printf '#!/bin/sh\nexec python3 -S -c "%s" "%s" "$@"\n' \
	    'import ctypes, os, sys; ctypes.CDLL(None).prctl(36, 1, 0, 0, 0); os.execv(sys.argv[1], sys.argv[1:])' \
	    "$SOCKCAT" >subreaper
	chmod +x subreaper
	SOCKCAT=./subreaper listener "$name" "$@" 127.0.0.1 0
}

# children NAME STATE: how many of that state (Z, S) it has; all without.
children() {
	local pid count=0
	for pid in $(cat /proc/"${PID[$1]}"/task/*/children 2>/dev/null); do
		! grep -q "^State:.${2:-[A-Z]}" "/proc/$pid/status" 2>/dev/null ||
		    count=$((count + 1))
	done
	echo "$count"
}

has_children() {
	[ "$(children "$1")" -eq "$2" ]
}

said() {
	[ "$(grep -c "$2" "$1")" -ge "$3" ]
}

@test "a subreaper: what commands leave is no zombie for ever, and statuses are right" {
	local i
	as_subreaper a -k -v --sh-exec \
	    'sleep 0.1 <&- >&- 2>&- & setsid sleep 0.2 <&- >&- 2>&- & exit 7'
	for ((i = 0; i < 20; i++)); do
		spawn "client$i" "$SOCKCAT" 127.0.0.1 "$PORT"
	done
	for ((i = 0; i < 20; i++)); do
		finish "client$i"
	done
	until_true said a.err 'ended with status 7' 20
	until_true has_children a 0
	stop a
}

@test "a subreaper: behind a command that is a zombie itself, too" {
	mkfifo silent
	exec {SILENT}<>silent
	# It has ended, but a child of its has the connection: ours stays.
	as_subreaper a -k -v --crlf --sh-exec 'sleep 100 & echo up'
	INPUT=silent spawn one "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true has_line one.out up
	until_true eval '[ "$(children a Z)" -eq 1 ]'
	until_true eval '[ "$(children a S)" -eq 1 ]'
	orphan=$(grep -l "^State:.S" $(printf '/proc/%s/status ' \
	    $(cat /proc/"${PID[a]}"/task/*/children)))
	kill "$(sed -n 's/^Pid:.//p' "$orphan")"
	until_true has_children a 0
	kill "${PID[one]}"
	finish one any
	stop a
}

@test "a subreaper: one command, and its status" {
	local _
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		as_subreaper a --sh-exec 'sleep 0.01 <&- >&- 2>&- & exit 7'
		"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
		finish a 7
	done
}

@test "without that, it starts no thread" {
	listener a 127.0.0.1 0
	[ "$(find "/proc/${PID[a]}/task" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ]
	stop a
}

@test "as process 1: no zombies, and a signal ends it" {
	local one
	unshare -rpf --mount-proc true 2>/dev/null ||
	    skip "no process namespaces here"
	spawn init unshare -rpf --mount-proc "$SOCKCAT" -l -k --port-file port \
	    --sh-exec 'read -r what; case $what in
		leave) sleep 0.1 <&- >&- 2>&- & ;;
		*) grep -l "^State:.Z" /proc/[0-9]*/status | wc -l ;; esac' \
	    127.0.0.1 0
	until_true test -s port
	PORT=$(cat port)
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		"$SOCKCAT" 127.0.0.1 "$PORT" <<<leave
	done
	until_true eval '[ "$("$SOCKCAT" 127.0.0.1 "$PORT" <<<zombies)" = 0 ]'
	one=$(cat "/proc/${PID[init]}/task/${PID[init]}/children")
	kill -TERM "${one% }"
	finish init 143
}
