#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS where there are many, or others have made the socket: --forward, brokers, chats,
# managers; and where it listens.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load tlsclients

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
		before=$(grep -c ' accepted ' server.err)
		echo second >second
		INPUT=second spawn next "$SOCKCAT" -v "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
		until_true has_line next.err connected
		assert_equal "$(grep -c ' accepted ' server.err)" "$before"
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
	read -r PORT <manager.out
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
