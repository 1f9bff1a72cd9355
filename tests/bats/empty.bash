# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about empty inputs share.

# What an empty standard input can be.
KINDS=(null file pipe closed unreadable)

# With these, a listener waits for its peer's end alone.
NOTHING=(null closed unreadable)

SIZE=3000000

# ./empty is sockcat with such a standard input: that which $EMPTY says.
needs() {
	write_empty
}

write_empty() {
	cat >empty <<-EOF
		#!/usr/bin/env bash
		case \$EMPTY in
		null) exec "$SOCKCAT" "\$@" </dev/null ;;
		file) : >empty.file && exec "$SOCKCAT" "\$@" <empty.file ;;
		pipe) exec "$SOCKCAT" "\$@" < <(:) ;;
		closed) exec "$SOCKCAT" "\$@" <&- ;;
		unreadable) exec "$SOCKCAT" "\$@" 0>/dev/null ;;
		esac
	EOF
	chmod +x empty
}

# empty_listener KIND NAME ARGUMENT...: as listener(), with such an input.
empty_listener() {
	EMPTY=$1 SOCKCAT=./empty listener "${@:2}"
}

# empty_client KIND NAME ARGUMENT...: as spawn(), with such an input.
empty_client() {
	EMPTY=$1 spawn "$2" ./empty "${@:3}"
}

# port_of NAME: PORT is the one that it listens at, once it does.
port_of() {
	until_true listens "$1"
}

listens() {
	local address user
	while read -r _ _ _ address _ user; do
		[[ $user == *"pid=${PID[$1]},"* ]] || continue
		PORT=${address##*:}
		return 0
	done < <(ss -Hltnp)
	return 1
}

# with_port WORD...: WORDS are these, with the port in the place of @.
with_port() {
	WORDS=("${@//@/$PORT}")
}

# listener_gets STATUS KIND PROGRAM...: all of what the program sends, and that
# is the listener's status then.  $WITH: more words for the listener.
listener_gets() {
	local status=$1 kind=$2
	shift 2
	empty_listener "$kind" server "${WITH[@]}" 127.0.0.1 0
	with_port "$@"
	INPUT=data spawn client "${WORDS[@]}"
	finish client
	finish server "$status"
	same data server.out
}

# ... the half of it, and the rest when that has arrived and a while is over: the
# program is in mid-transfer, and longer than others wait after an end.
listener_gets_halves() {
	local status=$1 kind=$2 feed
	shift 2
	rm -f feed
	mkfifo feed
	exec {feed}<>feed
	empty_listener "$kind" server "${WITH[@]}" 127.0.0.1 0
	with_port "$@"
	INPUT=feed spawn client "${WORDS[@]}"
	head -c $((SIZE / 2)) data >&"$feed" 3>&- &
	until_true has_bytes server.out $((SIZE / 2))
	read -r -t 0.3 -u "$tick" || true
	tail -c $((SIZE / 2)) data >&"$feed" 3>&- &
	exec {feed}>&-
	finish client
	finish server "$status"
	same data server.out
}

# all_kinds STATUS PROGRAM...
all_kinds() {
	local kind
	need "$2"
	random_file data "$SIZE"
	for kind in "${KINDS[@]}"; do
		echo "input: $kind"
		listener_gets "$1" "$kind" "${@:2}"
	done
	echo "input: null, in halves"
	listener_gets_halves "$1" null "${@:2}"
}

# initiator_gets KIND PROGRAM...: $WITH: more words for the initiator.
initiator_gets() {
	local kind=$1
	shift
	INPUT=data spawn server "$@"
	port_of server
	empty_client "$kind" client "${WITH[@]}" localhost -4 "$PORT"
	finish client
	finish server
	same data client.out
}

# all_initiators PROGRAM...
all_initiators() {
	local kind
	need "$1"
	need ss
	random_file data "$SIZE"
	for kind in "${KINDS[@]}"; do
		echo "input: $kind"
		initiator_gets "$kind" "$@"
	done
}

# program_gets FILE PROGRAM...: what an initiator sends of FILE arrives; the
# program's own input is silent.
program_gets() {
	local file=$1
	shift
	[ -p silent ] || silent_input
	INPUT=silent spawn server "$@"
	port_of server
	INPUT=$file spawn client "$SOCKCAT" "${WITH[@]}" 127.0.0.1 "$PORT"
	finish client
	finish server
	same "$file" server.out
}

# receives PROGRAM...: a long file, and an empty one.
receives() {
	need "$1"
	need ss
	random_file data "$SIZE"
	: >nothing
	program_gets data "$@"
	program_gets nothing "$@"
}

# client_gets FILE PROGRAM...: what a listener sends.
client_gets() {
	local file=$1
	shift
	[ -p silent ] || silent_input
	INPUT=$file listener server "${WITH[@]}" 127.0.0.1 0
	with_port "$@"
	INPUT=silent spawn client "${WORDS[@]}"
	finish client
	finish server
	same "$file" client.out
}
