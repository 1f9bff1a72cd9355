#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The table of layers, by two that are made up (tests/layers): a cipher and a
# handshake, each one file and one row.  Above all other layers and below them
# they work for whoever dials, listens, forwards, has a command or many clients.
# The table of ways in the same manner, by one that gives back what comes.

load helpers
load tls

# As `above' or `below' in the name says.
needs() {
	PLAIN=$SOCKCAT
	SOCKCAT=${SOCKCAT%/*}/tests/layers/${BATS_TEST_DESCRIPTION%% *}
	[ -x "$SOCKCAT" ] || skip "$SOCKCAT was not built"
	export MADE_UP="caesar password"
}

# both_ways ARGUMENT...: of a client; bytes go to a listener that was started as
# `a' with an input, and come back from there, as they were.
both_ways() {
	random_file there 3M
	random_file back 2M
	INPUT=back listener a "$@" 127.0.0.1 0
	"$SOCKCAT" "${AS_CLIENT[@]}" 127.0.0.1 "$PORT" <there >back.got
	finish a
	same there a.out
	same back back.got
}

# echo_many N: so many clients at once, each with bytes of its own, of a listener
# that gives them back.
echo_many() {
	local i
	for ((i = 0; i < $1; i++)); do
		random_file "many.$i" 200000
		INPUT=many.$i spawn "client$i" "$SOCKCAT" "${AS_CLIENT[@]}" \
		    127.0.0.1 "$PORT"
	done
	for ((i = 0; i < $1; i++)); do
		finish "client$i"
		same "many.$i" "client$i.out"
	done
}

# forwards_tls: to a target that has TLS, in clear here.
forwards_tls() {
	need_tls
	listener target -k "${SERVING[@]}" --exec cat 127.0.0.1 0
	listener a -k --forward "tls:127.0.0.1:$PORT" -R "$CERTS/ca.pem" \
	    -e localhost 127.0.0.1 0
	echo_many 4
	stop a
	stop target
}

AS_CLIENT=()

@test "below all others: bytes both ways" {
	both_ways
}

@test "above all others: bytes both ways" {
	both_ways
}

@test "below TLS: bytes both ways" {
	need_tls
	AS_CLIENT=("${TRUSTING[@]}" -e localhost)
	both_ways "${SERVING[@]}"
}

@test "above TLS: bytes both ways" {
	need_tls
	AS_CLIENT=("${TRUSTING[@]}" -e localhost)
	both_ways "${SERVING[@]}"
}

@test "below all others: it is on the wire" {
	MADE_UP=caesar listener a 127.0.0.1 0
	"$PLAIN" 127.0.0.1 "$PORT" <<<"Khoor, zruog"
	finish a
	[ "$(cat a.out)" = "Hello, world" ]
}

@test "below TLS: the greeting is turned, and only who turns it back is heard" {
	need_tls
	MADE_UP=caesar listener a "${SERVING[@]}" 127.0.0.1 0
	run -5 "$PLAIN" "${TRUSTING[@]}" -e localhost 127.0.0.1 "$PORT" \
	    <<<"hello"
	finish a any
	[ ! -s a.out ]
}

@test "below all others: with the handshake alone a command has the socket itself" {
	local program='import socket
print(socket.socket(fileno=0).family.name)'
	for what in password caesar; do
		MADE_UP=$what listener a --exec "python3 -S -c '$program'" \
		    127.0.0.1 0
		MADE_UP=$what "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >"$what"
		finish a
	done
	[ "$(cat password)" = AF_INET ]
	[ "$(cat caesar)" = AF_UNIX ]
}

@test "below all others: bytes glued to the handshake are the first data" {
	local word
	for word in --exec=cat --sh-exec=cat; do
		MADE_UP=password listener a "$word" 127.0.0.1 0
		[ "$(printf 'sesame\nfirst\n' | "$PLAIN" 127.0.0.1 "$PORT")" = \
		    $'welcome\nfirst' ]
		finish a
	done
	MADE_UP=password listener a 127.0.0.1 0
	[ "$(printf 'sesame\nfirst\n' | "$PLAIN" 127.0.0.1 "$PORT")" = welcome ]
	finish a
	[ "$(cat a.out)" = first ]
}

@test "below all others: a wrong word is refused, and the next client served" {
	MADE_UP=password listener a -k -v 127.0.0.1 0
	MADE_UP=password MADE_UP_WORD=wrong run -5 "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	[[ $output == *"password: the peer says no"* ]]
	"$PLAIN" 127.0.0.1 "$PORT" <<<$'sesame\nright' >reply
	until_true has_line a.out right
	has_line a.err "password: that is not the word"
	stop a
}

@test "below all others: who says nothing holds up nobody" {
	local silent
	MADE_UP=password listener a -k -v 127.0.0.1 0
	exec {silent}<>"/dev/tcp/127.0.0.1/$PORT"
	until_true has_line a.err accepted
	MADE_UP=password "$SOCKCAT" 127.0.0.1 "$PORT" <<<"hello"
	until_true has_line a.out hello
	exec {silent}>&-
	until_true has_line a.err "password: the peer ended the connection"
	stop a
}

@test "below all others: many clients of a command at once" {
	listener a -k --exec cat 127.0.0.1 0
	echo_many 8
	stop a
}

@test "above TLS: many clients of a command at once" {
	need_tls
	AS_CLIENT=("${TRUSTING[@]}" -e localhost)
	listener a -k "${SERVING[@]}" --exec cat 127.0.0.1 0
	echo_many 8
	stop a
}

@test "below TLS: many clients of a command at once" {
	need_tls
	AS_CLIENT=("${TRUSTING[@]}" -e localhost)
	listener a -k "${SERVING[@]}" --exec cat 127.0.0.1 0
	echo_many 8
	stop a
}

@test "below all others: the target of --forward, many at once, in threads" {
	listener target -k --exec cat 127.0.0.1 0
	listener a -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	echo_many 8
	stop a
	stop target
}

@test "below all others: with the handshake alone --forward leaves bytes to the kernel" {
	need_strace
	export MADE_UP=password
	listener target -k --exec cat 127.0.0.1 0
	listener a -k -vvv --forward "127.0.0.1:$PORT" 127.0.0.1 0
	echo_many 4
	stop a
	grep -q splice a.err
	stop target
}

@test "below all others: with the handshake alone --merge takes the lines of all" {
	export MADE_UP=password
	listener a --merge --max-accepts 2 127.0.0.1 0
	echo one | "$SOCKCAT" 127.0.0.1 "$PORT"
	echo two | "$SOCKCAT" 127.0.0.1 "$PORT"
	finish a
	[ "$(sort a.out | paste -sd' ')" = "one two" ]
}

@test "below TLS: the target of --forward tls:" {
	forwards_tls
}

@test "above TLS: the target of --forward tls:" {
	forwards_tls
}

@test "below all others: -F does not pass a socket whose bytes are changed" {
	listener a 127.0.0.1 0
	MADE_UP="caesar password" run -6 "$SOCKCAT" -F 127.0.0.1 "$PORT"
	[[ $output == *"would not see the bytes as they are"* ]]
	finish a any
}

@test "below all others: a way that echoes, for a listener" {
	export MADE_UP=echo
	random_file there 3M
	listener a -v 127.0.0.1 0
	"$PLAIN" 127.0.0.1 "$PORT" <there >back
	finish a
	same there back
}

@test "below all others: a way that echoes, for an initiator" {
	random_file there 3M
	SOCKCAT=$PLAIN INPUT=there listener a 127.0.0.1 0
	MADE_UP="echo" "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	finish a
	same there a.out
}

@test "below all others: a way that echoes, for many clients at once" {
	export MADE_UP=echo
	listener a -k 127.0.0.1 0
	SOCKCAT=$PLAIN echo_many 8
	stop a
}

@test "below TLS: a way that echoes, for many clients at once" {
	need_tls
	AS_CLIENT=("${TRUSTING[@]}" -e localhost)
	MADE_UP="caesar password echo" listener a -k "${SERVING[@]}" \
	    127.0.0.1 0
	echo_many 4
	stop a
}
