#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# DTLS: datagrams that nobody else reads, between two instances, and to and from
# other programs.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load dtls

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
