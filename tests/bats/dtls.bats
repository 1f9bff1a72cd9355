#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# DTLS: datagrams that nobody else reads, on networks that lose, repeat and
# invent some.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load dtls

# talker FILE SIZE...: a listener, `server', that sends the bytes of FILE in
# messages, as messages.py has it.  Sets PORT.
talker() {
	rm -f port
	spawn server "$PEERS/messages.py" "$@" -- "$SOCKCAT" -l -u \
	    "${SERVING[@]}" --port-file port 127.0.0.1 0
	until_true test -s port
	PORT=$(<port)
}

# greeters NAME N [wait]: so many at PORT show their cookies, and say nothing more;
# with "wait" they have had an answer.
greeters() {
	greetings
	spawn "$1" python3 -c 'from greetings import *
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

# s_server ARGUMENT...: openssl's, for one client; sets PORT.
s_server() {
	INPUT=in spawn server openssl s_server -dtls1_2 -accept 127.0.0.1:0 \
	    -cert "$CERTS/server.pem" -naccept 1 "$@"
	until_true has_line server.out '^ACCEPT '
	PORT=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' server.out)
}

# --- two instances -----------------------------------------------------------

@test "both ways, with a CA and with a pin" {
	printf 'from the server\n' >theirs
	INPUT=theirs dtls server -v 127.0.0.1 0
	echo 'from the client' | client -u -v >out 2>err
	finish server
	assert_equal "$(<out)" 'from the server'
	assert_equal "$(<server.out)" 'from the client'
	grep -q 'TLS: DTLSv1.2, cipher ECDHE-ECDSA-.*, ALPN none$' err
	grep -q 'TLS: certificate 0: CN=Test Server, names localhost' err
	grep -q 'closed .*: done, sent 16 bytes, received 16 bytes$' err
	grep -q 'TLS: DTLSv1.2, cipher ECDHE-ECDSA-.*, ALPN none$' server.err
	grep -q 'closed .*: done, sent 16 bytes, received 16 bytes$' server.err
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

@test "no host: one port for both families, and the listener stays" {
	local host
	need_ipv6
	dtls server -k -v --exec cat 0
	assert_equal "$ADDR" ::
	for host in ::1 127.0.0.1 ::1; do
		echo "to $host" | "$SOCKCAT" -u "${TRUSTING[@]}" "$host" \
		    "$PORT" >out
		assert_equal "$(<out)" "to $host"
	done
	[ "$(grep -c accepted server.err)" -eq 3 ]
	stop server
}

@test "-s and -p: where a client is" {
	local port
	dtls server -k -v 127.0.0.1 0
	spawn free "$PEERS/dgram.py" 127.0.0.3:0
	finish free
	port=$(<free.out)	# it was free a moment ago
	echo hello | client -u -s 127.0.0.3 -p "$port"
	until_true has_line server.err "accepted 127.0.0.3:$port on "
	# Once more from the same port.
	echo again | client -u -s 127.0.0.3 -p "$port"
	until_true has_line server.out again
	stop server
}

@test "a second listener on the port is a 6, and the first one keeps it" {
	local i
	dtls server -k --exec cat 127.0.0.1 0
	for i in 1 2; do
		run -6 "$SOCKCAT" -l -u "${SERVING[@]}" 127.0.0.1 "$PORT" \
		    </dev/null
		assert_output --partial 'Address already in use'
		echo "hello $i" | client -u >out
		assert_equal "$(<out)" "hello $i"
	done
	stop server
}

@test "what can't be believed is a 5 for a listener, too, who has got nothing" {
	local given
	for given in "-R $CERTS/other.pem" "-R $CERTS/ca.pem -e other.test" \
	    "-H $(printf '%064d' 0)"; do
		dtls server 127.0.0.1 0
		# shellcheck disable=SC2086 # options and their values
		refused 5 "^sockcat: 127.0.0.1:$PORT: TLS: " "$SOCKCAT" -u -c \
		    $given 127.0.0.1 "$PORT"
		finish server 5
		[ ! -s server.out ]
		grep -q 'the peer said no' server.err
	done
	# The pin that is said is the one that passes.
	dtls server -v 127.0.0.1 0
	echo hello | "$SOCKCAT" -u -c -H "$(pin_said server)" 127.0.0.1 "$PORT"
	finish server
	assert_equal "$(<server.out)" hello
	dtls server 127.0.0.1 0
	echo hello | "$SOCKCAT" -u -c --tls-insecure 127.0.0.1 "$PORT"
	finish server
	assert_equal "$(<server.out)" hello
}

@test "somebody without DTLS at the port is a 5, and nothing is sent" {
	listener server -u -k --exec cat 127.0.0.1 0
	refused 5 'TLS: ' client -u
	stop server
}

@test "a listener with a pin wants just that client" {
	local pin given
	pin=$(pin_of "$CERTS/client.pem")
	dtls server -H "$pin" 127.0.0.1 0
	echo hello | client -u --tls-cert "$CERTS/client.pem"
	finish server
	assert_equal "$(<server.out)" hello
	for given in '' "--tls-cert $CERTS/stranger.pem"; do
		dtls server -H "$pin" 127.0.0.1 0
		# shellcheck disable=SC2086 # an option and its value
		refused 5 'the peer said no' client -u $given
		finish server 5
		[ ! -s server.out ]
	done
}

# sizes WAY: how often the relay has got which length, as "N LENGTH".
sizes() {
	awk -v way="$1" '$1 == way { print $3 }' relay.out | sort -n | uniq -c |
	    sed 's/^ *//'
}

@test "each message is one datagram" {
	random_file data 30000
	dtls server --tls-ciphers ECDHE-ECDSA-AES128-GCM-SHA256 127.0.0.1 0
	relay relay
	"$PEERS/messages.py" data 1000x10 1 7 1200x5 2x40 -- "$SOCKCAT" -u \
	    "${TRUSTING[@]}" --send-only 127.0.0.1 "$PORT"
	finish server
	same server.out <(head -c 16088 data)
	# A record is 37 bytes longer, and the end is one of two bytes, too.
	for expected in '10 1037' '1 38' '1 44' '5 1237' '41 39'; do
		sizes up >sizes
		grep -qx "$expected" sizes || fail "no $expected: $(<sizes)"
	done
}

@test "each message is one datagram, the other way, too; -W counts them" {
	random_file data 30000
	talker data 1000x10 1 7 1200x5 2x40
	relay relay
	"$SOCKCAT" -u "${TRUSTING[@]}" --tls-ciphers \
	    ECDHE-ECDSA-AES128-GCM-SHA256 127.0.0.1 "$PORT" </dev/null >out
	finish server
	same out <(head -c 16088 data)
	for expected in '10 1037' '1 38' '1 44' '5 1237' '41 39'; do
		sizes down >sizes
		grep -qx "$expected" sizes || fail "no $expected: $(<sizes)"
	done
	talker data 1000x10
	client -u -d -W 4 >out
	finish server any
	same out <(head -c 4000 data)
}

@test "a message too long for a datagram goes into several, in order" {
	random_file data 20000
	dtls server 127.0.0.1 0
	relay relay
	"$PEERS/messages.py" data 5000x4 -- "$SOCKCAT" -u "${TRUSTING[@]}" \
	    --send-only 127.0.0.1 "$PORT"
	finish server
	same data server.out
	# Four of each message, the last of them short.
	[ "$(awk '$1 == "up" && $3 > 1300' relay.out | wc -l)" -eq 12 ]
}

@test "what is longer than a datagram goes into several, and none is too long" {
	random_file data 100K
	dtls server 127.0.0.1 0
	relay relay
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
	relay relay drop:up:5
	echo hello | "$SOCKCAT" -u "${TRUSTING[@]}" -q 300ms 127.0.0.1 "$PORT"
	until_true has_line server.out hello
	until_true has_line relay.out '^up 5 '
	stop server
}

@test "a peer that has died: a 1 for who sends to it" {
	input
	output
	INPUT=in dtls server 127.0.0.1 0
	INPUT=up spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -v 127.0.0.1 "$PORT"
	until_true has_line client.err 'TLS: DTLS'
	kill -KILL "${PID[client]}"
	finish client 137
	echo hello >&"$IN"
	finish server 1
	grep -q 'refused (sent 6 bytes, received 0 bytes)' server.err
	INPUT=in dtls server 127.0.0.1 0
	INPUT=up spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -v 127.0.0.1 "$PORT"
	until_true has_line client.err 'TLS: DTLS'
	kill -KILL "${PID[server]}"
	finish server 137
	echo hello >&"$UP"
	finish client 1
	grep -q 'refused (sent 6 bytes, received 0 bytes)' client.err
}

@test "a silent session: --idle-timeout, -w and --timeout are a 3, in either role" {
	local limit
	input
	for limit in '--idle-timeout 100ms' '-w 200ms' '--timeout 300ms'; do
		INPUT=in dtls server 127.0.0.1 0
		# shellcheck disable=SC2086 # two words
		INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" $limit \
		    127.0.0.1 "$PORT"
		finish client 3
		stop server
		# shellcheck disable=SC2086 # two words
		INPUT=in dtls server $limit 127.0.0.1 0
		INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
		finish server 3
		kill "${PID[client]}" 2>/dev/null || true
		finish client any
	done
}

@test "standard output: a full disk is a 6, a reader that left a SIGPIPE" {
	input
	output
	INPUT=in dtls server -k 127.0.0.1 0
	INPUT=up OUTPUT=/dev/full spawn client "$SOCKCAT" -u "${TRUSTING[@]}" \
	    127.0.0.1 "$PORT"
	echo hello >&"$IN"
	finish client 6
	stop server
	mkfifo hold
	INPUT=in dtls server 127.0.0.1 0
	# shellcheck disable=SC2016 # the other bash's
	INPUT=hold spawn client bash -c '"$@" | head -n 1
	    exit "${PIPESTATUS[0]}"' bash "$SOCKCAT" -u "${TRUSTING[@]}" \
	    127.0.0.1 "$PORT"
	exec {hold}>hold
	echo first >&"$IN"
	finish client 141
	assert_equal "$(<client.out)" first
	exec {hold}>&-
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

@test "-k: standard input and output are of one peer after the other" {
	input
	output
	INPUT=in dtls server -k -v 127.0.0.1 0
	INPUT=up spawn one "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo 'from one' >&"$UP"
	until_true has_line server.out 'from one'
	echo 'to one' >&"$IN"
	until_true has_line one.out 'to one'
	exec {UP}>&-
	# It has ended its direction: the next one is due.
	until_true has_line server.err 'peer ended its direction after 9 bytes'
	output
	INPUT=up spawn two "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo 'from two' >&"$UP"
	until_true has_line server.out 'from two'
	echo 'to two' >&"$IN"
	until_true has_line two.out 'to two'
	exec {UP}>&-
	finish one
	stop server
	assert_equal "$(<one.out)" 'to one'
	assert_equal "$(<two.out)" 'to two'
	assert_equal "$(<server.out)" $'from one\nfrom two'
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

@test "a command for each peer, with its environment, and one of the client" {
	local i
	dtls server -k --sh-exec 'echo "$UDPREMOTEPORT $SSL_PROTOCOL"; cat' \
	    127.0.0.1 0
	for i in 1 2 3; do
		echo "hello $i" >"hello$i"
		INPUT=hello$i spawn "client$i" "$SOCKCAT" -u -v \
		    "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	done
	for i in 1 2 3; do
		finish "client$i"
		printf '%s DTLSv1.2\nhello %d\n' "$(port_of "client$i")" "$i" |
		    cmp - "client$i.out"
	done
	stop server
	# The status of the client's is that of the client.
	dtls server 127.0.0.1 0
	run -7 client -u --sh-exec 'env; exit 7'
	finish server
	grep -qx 'SSL_PROTOCOL=DTLSv1.2' server.out
	grep -q '^SSL_PEER_CERT_SUBJECT=.*Test Server' server.out
	grep -qx "UDPREMOTEPORT=$PORT" server.out
}

@test "--forward to who speaks plainly" {
	input
	listener target -u -k --exec cat 127.0.0.1 0
	dtls server -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo hello >&"$IN"
	until_true has_line client.out hello
	exec {IN}>&-
	finish client
	stop server
	stop target
}

@test "--forward: what the target said before it left is passed on" {
	local theirs
	spawn target "$PEERS/dgram.py" 127.0.0.1:0 recv:1:got await:go seq:1:5
	until_true has_line target.out .
	read -r theirs <target.out
	dtls server --forward "127.0.0.1:$theirs" 127.0.0.1 0
	input
	INPUT=in spawn client "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo hello >&"$IN"
	until_true has_line target.out got
	kill -STOP "${PID[server]}"
	until_true is_stopped server
	: >go
	finish target
	let_refuse server "127.0.0.1:$theirs"
	kill -CONT "${PID[server]}"
	finish server 1
	exec {IN}>&-
	finish client any
	diff <(seq 5) client.out
	grep -q 'the target: Connection refused' server.err
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
	dtls server -k --tls-alpn 'coap,other' -v --tls-keylog server.keys \
	    127.0.0.1 0
	echo hello | client -u -v --tls-alpn 'other,coap' --tls-keylog keys \
	    --tls-peer-cert saved 2>client.err
	grep -q 'DTLSv1.2.*ALPN coap' client.err
	grep -q 'DTLSv1.2.*ALPN coap' server.err
	grep -Eq '^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$' keys
	assert_equal "$(pin_of saved)" "$(pin_of "$CERTS/server.pem")"
	SSLKEYLOGFILE=variable.keys client -u </dev/null
	stop server
	same <(sort keys variable.keys) <(sort server.keys)
	dtls server --tls-alpn coap 127.0.0.1 0
	refused 5 'no application protocol' client -u --tls-alpn other
	finish server 5
	[ ! -s server.out ]
}

# --- networks ----------------------------------------------------------------

@test "a greeting without a cookie: a small answer, and nothing is kept" {
	local before
	dtls server -k --exec cat 127.0.0.1 0
	before=$(find "/proc/${PID[server]}/fd" | wc -l)
	greetings
	python3 - "$PORT" <<-'EOF'
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
	python3 - "$PORT" <<-'EOF'
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
	python3 - "$PORT" <<-'EOF'
		from greetings import *
		random.seed(6347)
		sock = connected()
		cookie = cookie_for(sock)
		for i in range(1000):
		    record = bytearray(greet(cookie if i % 4 else b""))
		    for _ in range(random.randrange(1, 4)):
		        record[random.randrange(len(record))] = \
		            random.randrange(256)
		    if i % 3 == 0:
		        del record[random.randrange(len(record)):]
		    try:
		        sock.send(record)
		    except ConnectionRefusedError:
		        pass
		    if i % 20 == 0:
		        sock = connected()
		        cookie = cookie_for(sock)
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
	INPUT=up spawn client "$SOCKCAT" -u -v "${TRUSTING[@]}" 127.0.0.1 "$PORT"
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

# --- other programs ----------------------------------------------------------

@test "openssl s_server: both ways, with cookies and without" {
	local given
	for given in -4 -listen "-Verify 1 -CAfile $CERTS/ca.pem"; do
		input
		# shellcheck disable=SC2086 # options and their values
		s_server $given
		output
		INPUT=up spawn client "$SOCKCAT" -u "${TRUSTING[@]}" -v \
		    --tls-cert "$CERTS/client.pem" 127.0.0.1 "$PORT"
		echo hello >&"$UP"
		until_true has_line server.out '^hello'
		echo 'to you' >&"$IN"
		until_true has_line client.out 'to you'
		exec {UP}>&-
		until_true has_line client.err \
		    'half-close when nothing has come for .*: the peer may'
		finish client
		exec {IN}>&-
		finish server any
	done
	grep -q 'CN *= *Client One' server.out
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

@test "openssl s_client: a record longer than ours ever are" {
	random_file noise 6000
	base64 -w 0 noise >data
	input
	output
	INPUT=up dtls server 127.0.0.1 0
	relay relay
	INPUT=in spawn client openssl s_client -dtls1_2 -quiet \
	    -connect "127.0.0.1:$PORT"
	cat data >&"$IN"
	until_true has_bytes server.out 8000
	same data server.out
	[ "$(awk '$1 == "up" { print $3 }' relay.out | sort -n |
	    tail -n 1)" -gt 4000 ]
	exec {UP}>&-
	finish client any
	finish server any
}

@test "DTLS 1.0 is refused" {
	dtls server -k -v --exec cat 127.0.0.1 0
	run openssl s_client -dtls1 -cipher ALL:@SECLEVEL=0 \
	    -connect "127.0.0.1:$PORT" </dev/null
	assert_output --partial 'protocol version'
	until_true has_line server.err 'TLS: unsupported protocol'
	echo hello | client -u >out
	assert_equal "$(<out)" hello
	stop server
}

# --- what does not go together -----------------------------------------------

@test "what can't be had with datagrams is said" {
	local words
	while read -r words; do
		# shellcheck disable=SC2086 # options and their values
		run -2 "$SOCKCAT" -u -c $words localhost 1
		assert_output --partial "${words%% *}"
		assert_output --regexp 'exclude each other|go together|goe?s? with'
	done <<-'END'
		--tls-min 1.2
		--tls-max 1.3
		--starttls smtp
		--scan
		--pass-fd
		--lines
		--broadcast
		--multicast 224.0.0.5 -l
		--broker -l
		--chat -l
		--drain 1 -l -k
		--max-accepts 2 -l -k
		--forward tls:localhost:1 -l
		--pty --exec cat
		--limit-rate 1
		--no-shutdown
		--exit-on-eof
		--no-wait
		--telnet
		--fastopen
		--keepalive
		--crlf --exec cat
		--tls-ca file -l
		--tls-insecure -l
	END
	run -2 "$SOCKCAT" -u -c -U path
	assert_output --partial 'do not go together'
}
