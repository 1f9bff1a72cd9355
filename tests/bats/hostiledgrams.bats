#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Datagrams of peers, and of others, that mean harm.

# shellcheck disable=SC2030,SC2031,SC2153 # each test has a PORT of its own
load helpers
load tls
load dtls

# There are many floods, and each takes a processor.
export BATS_TEST_TIMEOUT=180

# forge TO ABOUT WHAT...: as forge.py, in the network of the test: the system
# remembers some of it.
forge() {
	local status=0
	"${NS[@]}" "$PEERS/forge.py" "$@" || status=$?
	[ "$status" != 77 ] || skip "ICMP can't be forged here"
	return "$status"
}

NS=()
EVERYTHING=(port protocol prohibited host long)

# --- errors of the network that somebody has forged ----------------------------

# session HOST OPTION...: a listener with these, and a client; both have said
# something, and wait for more on $IN and $UP.
session() {
	local host=$1
	shift
	input
	output
	INPUT=in dtls server -vv "$@" "$host" 0
	INPUT=up spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -vv "$host" "$PORT"
	echo one >&"$UP"
	until_true has_line server.out one
	if [ "$host" = ::1 ]; then
		THERE="[::1]:$PORT"
		HERE="[::1]:$(port_of6)"
	else
		THERE=$host:$PORT
		HERE=$host:$(port_of client)
	fi
}

# has_ipv6: whether ::1 is there, in the network of the test.
has_ipv6() {
	"${NS[@]}" grep -q '^0\{31\}1 ' /proc/net/if_inet6
}

port_of6() {
	sed -n 's/.*connected .*\]:\([0-9]*\) -> .*/\1/p' client.err
}

# goes_on: the session does, and ends as it should.
goes_on() {
	echo two >&"$UP"
	until_true has_line server.out two
	echo three >&"$IN"
	until_true has_line client.out three
	exec {UP}>&- {IN}>&-
	finish client
	has_line client.err 'done, sent 8 bytes, received 6 bytes'
}

@test "a forged ICMP error does not end a session, whoever gets it" {
	local i host
	in_net
	for host in 127.0.0.1 ::1; do
		if [ "$host" = ::1 ] && ! has_ipv6; then
			continue
		fi
		for i in 1 2; do
			session "$host"
			case $i in
			1) forge "$HERE" "$THERE" "${EVERYTHING[@]}" ;;
			2) forge "$THERE" "$HERE" "${EVERYTHING[@]}" ;;
			esac
			until_true grep -q 'that may be forged' ./*.err
			goes_on
			finish server
		done
	done
}

@test "-k: a forged ICMP error does not end a session" {
	local what
	in_net
	session 127.0.0.1 -k
	for what in "${EVERYTHING[@]}"; do
		forge "$THERE" "$HERE" "$what"
		echo "not $what" >&"$UP"
		until_true has_line server.out "not $what"
	done
	exec {UP}>&- {IN}>&-
	finish client
	has_line client.err ': done'
	until_true has_line server.err 'closed 127.0.0.1:.*: done'
	stop server
}

@test "a forged ICMP error does not end a handshake" {
	local port
	in_net
	spawn silent "${NS[@]}" "$PEERS/sockets.py" udp-mute@127.0.0.1
	until_true has_line silent.out .
	read -r -a PORTS <silent.out
	spawn client "$SOCKCAT" -u -vv "${TRUSTING[@]}" --timeout 4 127.0.0.1 \
	    "${PORTS[0]}"
	until_true has_line client.err connected
	port=$(port_of client)
	forge "127.0.0.1:$port" "127.0.0.1:${PORTS[0]}" "${EVERYTHING[@]}"
	finish client 3
	has_line client.err 'that may be forged'
}

# gone_after_more: refused once more, a client that has sent nothing since; for
# until_true.
gone_after_more() {
	forge "$HERE" "$THERE" port
	! kill -0 "${PID[client]}" 2>/dev/null
}

@test "an ICMP error that goes on, while the peer is silent, counts" {
	in_net
	session 127.0.0.1
	until_true gone_after_more
	finish client 1
	has_line client.err 'Connection refused (sent 4 bytes, received 0 bytes)'
	exec {IN}>&-
	finish server any
}

@test "an ICMP error that may be forged, and no end of the peer: no 0" {
	in_net
	TRUSTING+=(-q 100ms)
	session 127.0.0.1
	kill -STOP "${PID[server]}"
	until_true is_stopped server
	forge "$HERE" "$THERE" port
	until_true has_line client.err 'that may be forged'
	exec {UP}>&-
	finish client 1
	has_line client.err 'the peer did not end, and may have gone'
	kill -CONT "${PID[server]}"
	exec {IN}>&-
	finish server any
}

# --- floods ---------------------------------------------------------------------

# flood WORD...: dgramflood.py in the background, going.
flood() {
	spawn flood "${NS[@]}" "$PEERS/dgramflood.py" "$@"
	until_true is_flooding
}

# is_flooding: for until_true.
is_flooding() {
	local status=0
	if ! kill -0 "${PID[flood]}" 2>/dev/null; then
		wait "${PID[flood]}" || status=$?
		[ "$status" != 77 ] || skip "there can be no such flood here"
		fail "the flood has ended: $(<flood.err)"
	fi
	has_line flood.out going
}

end_flood() {
	kill -KILL "${PID[flood]}"
	finish flood any
}

# is_small NAME: it has not much memory; sanitizers take more.
is_small() {
	[ "${SOCKCAT_SANITIZERS:-no}" = no ] || return 0
	[ "$(awk '/^VmHWM/ { print $2 }' "/proc/${PID[$1]}/status")" -lt 40000 ]
}

@test "floods of a client's own datagrams: others are served, and TERM ends it" {
	local what
	for what in garbage empty data future fragments hello finished alert; do
		input
		output
		dtls server -k --exec cat 127.0.0.1 0
		INPUT=up spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 \
		    "$PORT"
		echo one >&"$UP"
		until_true has_line client.out one
		flood session "${PID[client]}" "127.0.0.1:$PORT" "$what"
		until_true served
		is_small server
		stop server
		end_flood
		exec {UP}>&- {IN}>&-
		finish client any
	done
}

# served: another client, if its datagrams are not among those that are lost; for
# until_true.
served() {
	[ "$(client -u --connect-timeout 5 -W 1 <<<hello)" = hello ]
}

@test "floods of a server's own datagrams: TERM, or a time limit, ends a client" {
	local what i=0
	for what in garbage empty data future fragments hello finished alert; do
		input
		output
		INPUT=in dtls server 127.0.0.1 0
		INPUT=up spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -v \
		    --timeout $((i++ % 2 ? 2 : 100)) 127.0.0.1 "$PORT"
		echo one >&"$UP"
		until_true has_line server.out one
		flood session "${PID[server]}" \
		    "127.0.0.1:$(port_of client)" "$what"
		if [ $((i % 2)) = 1 ]; then
			is_small client
			stop client
		else
			finish client 3
		fi
		end_flood
		exec {UP}>&- {IN}>&-
		finish server any
	done
}

@test "UDP: a flood from many forged ports takes no memory, and TERM ends it" {
	local mode
	in_net
	listener target -u -k 127.0.0.1 0
	for mode in "--forward 127.0.0.1:$PORT" '--exec cat' '-d' '-c -d'; do
		# shellcheck disable=SC2086 # several words
		listener server -u -k $mode 127.0.0.1 0
		flood crowd "$PORT"
		is_small server
		stop server
		end_flood
	done
	stop target
}
