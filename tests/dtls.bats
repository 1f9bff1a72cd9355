#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# DTLS: datagrams that nobody else reads, on networks that lose, repeat and
# invent some.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

# dtls NAME ARGUMENT...: a listener with the certificate of server.pem.
dtls() {
	local name=$1
	shift
	tls_listener "$name" -u "$@"
}

# relay HARM...: relay.py in front of PORT, which becomes its port.
relay() {
	spawn relay "$TESTS/relay.py" "127.0.0.1:$PORT" "$@"
	until_true test -s relay.out
	PORT=$(head -n 1 relay.out)
}

# client_to PORT ARGUMENT...: with nothing to send.
client_to() {
	local port=$1
	shift
	"$SOCKCAT" -u "${TRUSTING[@]}" "$@" 127.0.0.1 "$port" </dev/null
}

# input: a fifo, `in`, that stays open; what is written to descriptor $IN goes in.
input() {
	rm -f in
	mkfifo in
	exec {IN}<>in
}

# s_server: openssl's, for one client; sets PORT.
s_server() {
	INPUT=in spawn server openssl s_server -dtls1_2 -accept 127.0.0.1:0 \
	    -cert "$CERTS/server.pem" -naccept 1
	until_true has_line server.out '^ACCEPT '
	PORT=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' server.out)
}

# --- two instances -----------------------------------------------------------

@test "both ways, with a CA and with a pin" {
	printf 'from the server\n' >theirs
	INPUT=theirs dtls server 127.0.0.1 0
	echo 'from the client' | client -u >out
	finish server
	assert_equal "$(<out)" 'from the server'
	assert_equal "$(<server.out)" 'from the client'
	INPUT=theirs listener server -u -c --pin-file pin 127.0.0.1 0
	echo 'from the client' |
	    "$SOCKCAT" -u -c -H "$(<pin)" 127.0.0.1 "$PORT" >out
	finish server
	assert_equal "$(<out)" 'from the server'
	assert_equal "$(<server.out)" 'from the client'
}

@test "over IPv6" {
	need_ipv6
	dtls server ::1 0
	echo hello | "$SOCKCAT" -u "${TRUSTING[@]}" ::1 "$PORT"
	finish server
	assert_equal "$(<server.out)" hello
}

@test "what can't be believed is a 5, and not a byte is sent" {
	dtls server -k --exec cat 127.0.0.1 0
	refused 5 'not trusted.*--tls-pin sha256:' \
	    "$SOCKCAT" -u -c -e localhost 127.0.0.1 "$PORT"
	refused 5 'names in the certificate: localhost' \
	    "$SOCKCAT" -u "${TRUSTING[@]}" -e other.test 127.0.0.1 "$PORT"
	refused 5 'another one than the pin says: sha256:' \
	    "$SOCKCAT" -u -c -H "$(printf '%064d' 0)" 127.0.0.1 "$PORT"
	# It still serves.
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	stop server
}

# sizes WAY: how often the relay has got which length, as "N LENGTH".
sizes() {
	awk -v way="$1" '$1 == way { print $3 }' relay.out | sort -n | uniq -c |
	    sed 's/^ *//'
}

@test "each message is one datagram" {
	random_file data 30000
	dtls server --tls-ciphers ECDHE-ECDSA-AES128-GCM-SHA256 127.0.0.1 0
	relay
	"$TESTS/messages.py" data 1000x10 1 7 1200x5 2x40 -- "$SOCKCAT" -u \
	    "${TRUSTING[@]}" --send-only 127.0.0.1 "$PORT"
	finish server
	same server.out <(head -c 16088 data)
	# A record is 37 bytes longer, and the end is one of two bytes, too.
	for expected in '10 1037' '1 38' '1 44' '5 1237' '41 39'; do
		sizes up >sizes
		grep -qx "$expected" sizes || fail "no $expected: $(<sizes)"
	done
}

@test "what is longer than a datagram goes into several, and none is too long" {
	random_file data 100K
	dtls server 127.0.0.1 0
	relay
	"$SOCKCAT" -u "${TRUSTING[@]}" --send-only 127.0.0.1 "$PORT" <data
	finish server
	same data server.out
	[ "$(awk '$1 == "up" { print $3 }' relay.out | sort -n |
	    tail -n 1)" -le 1400 ]
}

@test "the end of either side is the end of that direction" {
	input
	printf 'last words\n' >theirs
	# The listener's input ends first; the client goes on.
	INPUT=theirs dtls server 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -v 127.0.0.1 \
	    "$PORT"
	until_true has_line client.out 'last words'
	until_true has_line client.err 'peer ended its direction'
	echo 'still here' >&"$IN"
	until_true has_line server.out 'still here'
	exec {IN}>&-
	finish client
	finish server
	# The client's does.
	input
	INPUT=in dtls server -v 127.0.0.1 0
	INPUT=theirs spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -q 30 \
	    127.0.0.1 "$PORT"
	until_true has_line server.err 'peer ended its direction'
	echo 'still here' >&"$IN"
	until_true has_line client.out 'still here'
	exec {IN}>&-
	finish client
	finish server
	assert_equal "$(<server.out)" 'last words'
}

@test "an end that gets lost: -q, and then 0" {
	input
	INPUT=in dtls server -w 30 127.0.0.1 0
	# Greeting, cookie, keys; data; the end.
	relay drop:up:5
	echo hello | "$SOCKCAT" -u "${TRUSTING[@]}" -q 300ms 127.0.0.1 "$PORT"
	until_true has_line server.out hello
	until_true has_line relay.out '^up 5 '
	stop server
}

@test "-k: a connection for each peer, at once" {
	local i
	dtls server -k --exec cat 127.0.0.1 0
	for i in 1 2 3 4 5; do
		random_file "data$i" 20K
		INPUT=data$i spawn "client$i" "$SOCKCAT" -u "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
	done
	for i in 1 2 3 4 5; do
		finish "client$i"
		same "data$i" "client$i.out"
	done
	stop server
}

@test "-k: one that never speaks, and one that leaves, disturb nobody" {
	input
	dtls server -k --exec cat 127.0.0.1 0
	INPUT=in spawn quiet "$SOCKCAT" -u "${TRUSTING[@]}" -v 127.0.0.1 "$PORT"
	until_true has_line quiet.err 'TLS: DTLS'
	INPUT=in spawn dead "$SOCKCAT" -u "${TRUSTING[@]}" -v 127.0.0.1 "$PORT"
	until_true has_line dead.err 'TLS: DTLS'
	kill -KILL "${PID[dead]}"
	finish dead 137
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	echo 'at last' >&"$IN"
	until_true has_line quiet.out 'at last'
	exec {IN}>&-
	finish quiet
	stop server
}

@test "client certificates, and what a command is told" {
	dtls server -k --tls-client-ca "$CERTS/ca.pem" --sh-exec env 127.0.0.1 0
	client -u --tls-cert "$CERTS/client.pem" -e server.test </dev/null >out
	grep -qx 'PROTO=UDP' out
	grep -qx 'SSL_PROTOCOL=DTLSv1.2' out
	grep -q '^SSL_CIPHER=.' out
	grep -qx 'SSL_TLS_SNI_SERVERNAME=server.test' out
	grep -q '^SSL_PEER_CERT_SUBJECT=.*Client One' out
	grep -qx "SSL_PEER_CERT_HASH=sha256:$(pin_of "$CERTS/client.pem")" out
	refused 5 'the peer said no' client -u
	refused 5 'the peer said no' client -u --tls-cert "$CERTS/stranger.pem"
	stop server
}

@test "ALPN, and the key log" {
	dtls server --tls-alpn 'coap,other' -v 127.0.0.1 0
	echo hello | client -u -v --tls-alpn 'other,coap' --tls-keylog keys \
	    2>client.err
	finish server
	grep -q 'DTLSv1.2.*ALPN coap' client.err
	grep -q 'DTLSv1.2.*ALPN coap' server.err
	grep -Eq '^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$' keys
}

# --- networks ----------------------------------------------------------------

@test "a greeting without a cookie: a small answer, and nothing is kept" {
	local before
	dtls server -k --exec cat 127.0.0.1 0
	before=$(find "/proc/${PID[server]}/fd" | wc -l)
	python3 - "$PORT" <<-'EOF'
		import os, socket, sys
		body = (b"\xfe\xfd" + os.urandom(32) + b"\0\0" +
		        b"\0\2\xc0\x2b" + b"\1\0")
		hello = (b"\1" + len(body).to_bytes(3, "big") + bytes(5) +
		         len(body).to_bytes(3, "big") + body)
		record = (b"\x16\xfe\xfd" + bytes(8) +
		          len(hello).to_bytes(2, "big") + hello)
		for i in range(300):
		    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    sock.settimeout(20)
		    sock.connect(("127.0.0.1", int(sys.argv[1])))
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
	python3 - "$PORT" <<-'EOF'
		import os, socket, sys
		def greet(random, cookie):
		    body = (b"\xfe\xfd" + random + b"\0" +
		            bytes([len(cookie)]) + cookie + b"\0\2\xc0\x2b" +
		            b"\1\0")
		    hello = (b"\1" + len(body).to_bytes(3, "big") + bytes(5) +
		             len(body).to_bytes(3, "big") + body)
		    return (b"\x16\xfe\xfd" + bytes(8) +
		            len(hello).to_bytes(2, "big") + hello)
		def sock():
		    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    s.settimeout(20)
		    s.connect(("127.0.0.1", int(sys.argv[1])))
		    return s
		random = os.urandom(32)
		one, other = sock(), sock()
		one.send(greet(random, b""))
		answer = one.recv(65536)
		cookie = answer[28:28 + answer[27]]
		assert len(cookie) == 32, answer
		other.send(greet(random, cookie))
		answer = other.recv(65536)
		assert answer[13] == 3, answer          # a cookie of its own
	EOF
	run ! grep -q accepted server.err
	stop server
}

@test "garbage at the port is nobody" {
	dtls server -k --exec cat 127.0.0.1 0
	spawn garbage "$TESTS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" empty \
	    text:hello 'text:SSH-2.0' empty say:sent
	until_true has_line garbage.out sent
	random_file noise 1200
	spawn garbage2 "$TESTS/dgram.py" 127.0.0.1:0 "to:127.0.0.1:$PORT" \
	    send:noise send:noise say:sent
	until_true has_line garbage2.out sent
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	stop server
}

@test "what a network does to datagrams: lost is lost, and nothing is invented" {
	local harm
	seq 1 40 >numbers
	# Two greetings, keys; data from the fourth datagram on.
	for harm in noise spoil drop twice again hold; do
		dtls server 127.0.0.1 0
		relay "$harm:up:8"
		"$TESTS/messages.py" numbers 2x9 3x31 -- "$SOCKCAT" -u \
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

@test "a handshake gets over what is lost, in order or not" {
	local harm
	for harm in drop:up:1 drop:down:1 drop:up:2 drop:down:2 drop:up:3 \
	    twice:up:2 hold:down:2 noise:down:1; do
		dtls server 127.0.0.1 0
		relay "$harm"
		echo hello | "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
		finish server
		kill "${PID[relay]}"
		finish relay any
		assert_equal "$(<server.out)" hello
	done
}

@test "nobody at the port is a 1, somebody who says nothing a 3" {
	sockets closed udp-closed@127.0.0.1
	run -1 client_to "${PORTS[0]}"
	assert_output --partial 'refused'
	sockets silent udp-mute@127.0.0.1
	run -3 client_to "${PORTS[0]}" -w 300ms
	assert_output --partial 'TLS: the handshake was not done in time'
}

# --- other programs ----------------------------------------------------------

@test "openssl s_server: both ways" {
	local out
	input
	s_server
	mkfifo out.in
	exec {out}<>out.in
	INPUT=out.in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 \
	    "$PORT"
	echo hello >&"$out"
	until_true has_line server.out '^hello'
	echo 'to you' >&"$IN"
	until_true has_line client.out 'to you'
	exec {out}>&-
	finish client
	exec {IN}>&-
	finish server any
}

@test "openssl s_client: both ways, and with -k one after the other" {
	local i
	dtls server -k --exec cat 127.0.0.1 0
	for i in 1 2; do
		input
		INPUT=in spawn client openssl s_client -dtls1_2 -quiet \
		    -verify_return_error -CAfile "$CERTS/ca.pem" \
		    -connect "127.0.0.1:$PORT"
		echo "hello $i" >&"$IN"
		until_true has_line client.out "hello $i"
		exec {IN}>&-
		kill "${PID[client]}"
		finish client any
	done
	stop server
}

# --- what does not go together -----------------------------------------------

@test "what can't be had with datagrams is said" {
	local words
	for words in '--tls-min 1.2' '--tls-max 1.3' '--starttls smtp' -U -z \
	    --lines --broadcast '--broker -l' '--forward tls:localhost:1 -l'; do
		# shellcheck disable=SC2086 # options and their values
		run -2 "$SOCKCAT" -u -c $words localhost 1
	done
}
