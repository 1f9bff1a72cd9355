#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# DTLS on networks that lose, repeat and invent datagrams, and among those who mean
# harm.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load dtls

# greeters NAME N [wait]: so many at PORT show their cookies, and say nothing more;
# with "wait" they have had an answer.
greeters() {
	greetings
	spawn "$1" python3 -S -c 'from greetings import *
socks = [connected() for i in range(int(sys.argv[2]))]
for sock in socks:
    sock.send(greet(cookie_for(sock)))
    if "wait" in sys.argv:
        answer = sock.recv(65536)
        assert answer[0] == 22 and answer[13] == 2, answer
print("shown", flush=True)
signal.pause()' "$PORT" "${@:2}"
	until_true has_line "$1.out" shown
}

# client_to PORT ARGUMENT...: with nothing to send.
client_to() {
	local port=$1
	shift
	"$SOCKCAT" -u "${TRUSTING[@]}" "$@" 127.0.0.1 "$port" </dev/null
}

@test "a greeting without a cookie: a small answer, and nothing is kept" {
	local before
	dtls server -k --exec cat 127.0.0.1 0
	before=$(find "/proc/${PID[server]}/fd" | wc -l)
	greetings
	python3 -S - "$PORT" <<-'EOF'
		from greetings import *
		for i in range(300):
		    sock = connected()
		    record = greet(nonce=os.urandom(32))
		    sock.send(record)
		    answer = sock.recv(65536)
		    sock.close()
		    assert answer[0] == 22 and answer[13] == 3, answer
		    assert len(answer) <= len(record), (answer, record)
	EOF
	# It may have been on the way to its first wait; not so many times.
	[ "$(find "/proc/${PID[server]}/fd" | wc -l)" -lt $((before + 10)) ]
	[ -z "$(pgrep -P "${PID[server]}")" ]
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	stop server
}

@test "a cookie is worth nothing to somebody else" {
	dtls server -k -v --exec cat 127.0.0.1 0
	# The greeting with the cookie, of another address.
	greetings
	python3 -S - "$PORT" <<-'EOF'
		from greetings import *
		one, other = connected(), connected()
		cookie = cookie_for(one)
		other.send(greet(cookie))
		answer = other.recv(65536)
		assert answer[13] == 3, answer          # a cookie of its own
		assert answer[28:60] != cookie, answer
		# Nor is it worth anything when it is not whole.
		for wrong in cookie[:31], cookie + b"x", cookie[:31] + b"x":
		    one.send(greet(wrong))
		    answer = one.recv(65536)
		    assert answer[13] == 3 and answer[28:60] == cookie, answer
	EOF
	run ! grep -q accepted server.err
	stop server
}

@test "garbage at the port is nobody" {
	dtls server -k --exec cat 127.0.0.1 0
	spawn garbage "$PEERS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" empty \
	    text:hello 'text:SSH-2.0' empty say:sent
	until_true has_line garbage.out sent
	random_file noise 1200
	spawn garbage2 "$PEERS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" \
	    send:noise send:noise say:sent
	until_true has_line garbage2.out sent
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	stop server
}

@test "greetings that are not in order are nobody, a thousand of them" {
	dtls server -k --exec cat 127.0.0.1 0
	greetings
	python3 -S - "$PORT" <<-'EOF'
		from greetings import *
		random.seed(6347)
		# All are kept: a port that comes again may have a session.
		socks = [connected()]
		cookie = cookie_for(socks[-1])
		for i in range(1000):
		    record = bytearray(greet(cookie if i % 4 else b""))
		    for _ in range(random.randrange(1, 4)):
		        record[random.randrange(len(record))] = \
		            random.randrange(256)
		    if i % 3 == 0:
		        del record[random.randrange(len(record)):]
		    try:
		        socks[-1].send(record)
		    except ConnectionRefusedError:
		        pass
		    if i % 20 == 0:
		        socks.append(connected())
		        cookie = cookie_for(socks[-1])
	EOF
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	stop server
}

@test "garbage for a session, from elsewhere" {
	local to
	input
	output
	random_file noise 1200
	printf '\027\376\375\000\001\000\000\000\000\000\011\000\005hello' >record
	printf '\025\376\375\000\000\000\000\000\000\000\011\000\002\002\050' >alert
	INPUT=in dtls server -k 127.0.0.1 0
	INPUT=up spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" -q 100ms \
	    127.0.0.1 "$PORT"
	echo one >&"$UP"
	until_true has_line server.out one
	for to in "$PORT" "$(port_of client)"; do
		spawn garbage "$PEERS/dgram.py" 127.0.0.1:0 \
		    "to:127.0.0.1:$to" send:noise send:record send:alert empty \
		    text:hello
		finish garbage any
	done
	echo two >&"$UP"
	until_true has_line server.out two
	echo three >&"$IN"
	until_true has_line client.out three
	exec {UP}>&-
	finish client
	stop server
	assert_equal "$(<server.out)" $'one\ntwo'
	assert_equal "$(<client.out)" three
}

@test "what a network does to datagrams: lost is lost, and nothing is invented" {
	local harm
	seq 1 40 >numbers
	# Two greetings, keys; data from the fourth datagram on.
	for harm in noise spoil drop twice again hold; do
		dtls server 127.0.0.1 0
		relay relay "$harm:up:8"
		"$PEERS/messages.py" numbers 2x9 3x31 -- "$SOCKCAT" -u \
		    "${TRUSTING[@]}" --send-only 127.0.0.1 "$PORT"
		finish server
		kill "${PID[relay]}"
		finish relay any
		case $harm in
		spoil | drop)
			sort -n server.out | cmp - <(grep -vx 5 numbers) ||
			    fail "$harm: $(<server.out)"
			;;
		hold)
			sort -n server.out | cmp - numbers
			;;
		*)
			same server.out numbers
			;;
		esac
	done
}

@test "the same on the way to the client" {
	local harm
	seq 1 40 >numbers
	# A cookie, keys twice; data from the fourth datagram on.
	for harm in noise spoil drop twice again hold; do
		talker numbers 2x9 3x31
		relay relay "$harm:down:8"
		client_to "$PORT" >out
		finish server
		kill "${PID[relay]}"
		finish relay any
		case $harm in
		spoil | drop)
			sort -n out | cmp - <(grep -vx 5 numbers) ||
			    fail "$harm: $(<out)"
			;;
		hold)
			sort -n out | cmp - numbers
			;;
		*)
			same out numbers
			;;
		esac
	done
}

# harmed HARM...: a session behind a relay that does that, in the background; N
# counts them.  The listeners have `in'.
harmed() {
	N=$((N + 1))
	INPUT=in listener "server$N" -u "${IDENTITY[@]}" 127.0.0.1 0
	relay "relay$N" "$@"
	INPUT=hello spawn "client$N" "$SOCKCAT" -u "${TRUSTING[@]}" -q 30 \
	    127.0.0.1 "$PORT"
}

# overcome: all of them have ended well.
overcome() {
	local i
	for ((i = 1; i <= N; i++)); do
		until_true has_line "server$i.out" hello
	done
	exec {IN}>&-
	for ((i = 1; i <= N; i++)); do
		finish "client$i"
		finish "server$i"
		assert_equal "$(<"server$i.out")" hello
	done
}

@test "a handshake gets over what is lost, in order or not" {
	local harm N=0
	local -a IDENTITY=("${SERVING[@]}")
	input
	echo hello >hello
	# Several, each way.
	harmed drop:up:1 drop:up:3
	harmed drop:up:2 drop:down:2
	for harm in drop:up:1 drop:down:1 drop:up:2 drop:down:2 drop:up:3 \
	    drop:down:3 twice:up:1 twice:up:2 twice:up:3 twice:down:2 \
	    twice:down:3 hold:down:2 noise:down:1 noise:down:2 noise:up:3; do
		harmed "$harm"
	done
	overcome
}

@test "the same with certificates that need several datagrams" {
	local harm name N=0
	local -a IDENTITY
	for name in server chain middle nasty bare named; do
		cat "$CERTS/$name.pem"
	done >many.pem
	IDENTITY=(-c --tls-cert many.pem -K "$CERTS/server.key")
	input
	echo hello >hello
	for harm in drop:down:2 drop:down:3 drop:down:4 twice:down:3 \
	    hold:down:2 hold:down:3 again:down:2 noise:down:2; do
		harmed "$harm"
	done
	overcome
	[ "$(awk '$1 == "down" && $3 > 1300' relay8.out | wc -l)" -ge 2 ]
}

@test "a listener and one that shows its cookie and says no more" {
	dtls server --connect-timeout 500ms 127.0.0.1 0
	greeters silent1 1 wait
	finish server 3
	grep -q 'handshake was not done in time' server.err
	# TERM ends the wait.
	dtls server -v 127.0.0.1 0
	greeters silent2 1
	until_true has_line server.err accepted
	stop server
	# With -k, they hold up nobody.
	dtls server -k -v --exec cat 127.0.0.1 0
	greeters silent3 5 wait
	until_true count server.err accepted 5
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	stop server
	# Their slots come back.
	dtls server -k -v --max-conns 2 --connect-timeout 500ms --exec cat \
	    127.0.0.1 0
	greeters silent4 2
	until_true count server.err accepted 2
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	stop server
}

@test "handshakes that fail give their slots back" {
	dtls server -k --max-conns 2 --exec cat 127.0.0.1 0
	for _ in 1 2 3 4 5; do
		run -5 "$SOCKCAT" -u -c -R "$CERTS/other.pem" 127.0.0.1 \
		    "$PORT" </dev/null
	done
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	stop server
}

@test "--deny: not served, and others are" {
	dtls server -k -v --deny 127.0.0.2 --exec cat 127.0.0.1 0
	refused 3 'handshake' client -u -s 127.0.0.2 --connect-timeout 300ms
	until_true has_line server.err 'denied 127.0.0.2:'
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	stop server
}

@test "nobody at the port is a 1, somebody who says nothing a 3" {
	local limit
	sockets closed udp-closed@127.0.0.1
	run -1 client_to "${PORTS[0]}"
	assert_output --partial 'refused'
	sockets silent udp-mute@127.0.0.1
	for limit in -w --connect-timeout --timeout; do
		run -3 client_to "${PORTS[0]}" "$limit" 500ms
		assert_output --partial \
		    'TLS: the handshake was not done in time'
	done
	# TERM ends it.
	spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" 127.0.0.1 "${PORTS[0]}"
	until_true has_line client.err connected
	stop client
}
