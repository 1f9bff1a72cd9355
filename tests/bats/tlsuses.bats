#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Whatever works over TCP works over TLS.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

@test "--exec gets what the TLS session is, and its end" {
	tls_listener server -k --sh-exec 'env; cat; echo the end' 127.0.0.1 0
	echo hello | client --tls-servername name.test --tls-max 1.2 >out
	grep -qx SSL_PROTOCOL=TLSv1.2 out
	grep -q '^SSL_CIPHER=ECDHE-ECDSA-' out
	grep -qx SSL_TLS_SNI_SERVERNAME=name.test out
	grep -qx TCPREMOTEIP=127.0.0.1 out
	run ! grep -q SSL_PEER out
	assert_equal "$(tail -n 2 out)" $'hello\nthe end'
	random_file data 4M
	"$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT" <data |
	    tail -c +1 >out
	tail -c $((4194304 + 8)) out | head -c 4194304 >back
	same data back
	stop server
	# And in the other role, where the server's certificate is told.
	tls_listener server 127.0.0.1 0
	client --sh-exec 'env; exit 3' || status=$?
	assert_equal "$status" 3
	finish server
	grep -qx SSL_PEER_CERT_SUBJECT='.*Test Server' server.out
}

@test "--forward with TLS on either side, and on both" {
	local target
	random_file data 1M
	# The target has TLS.
	tls_listener target -k --exec cat 127.0.0.1 0
	target=$PORT
	listener a -k -R "$CERTS/ca.pem" --forward "tls:localhost:$PORT" \
	    127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <data >out
	same data out
	stop a
	PORT=$target
	listener a -k -H "$(pin_of "$CERTS/server.pem")" \
	    --forward "tls:127.0.0.1:$PORT" 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <data >out
	same data out
	stop a
	# Both have it.
	PORT=$target
	listener a -k "${SERVING[@]}" -R "$CERTS/ca.pem" \
	    --forward "tls:localhost:$PORT" 127.0.0.1 0
	client <data >out
	same data out
	stop a
	# A pin is the target's, not one that clients have to show.
	PORT=$target
	listener a -k "${SERVING[@]}" -H "$(pin_of "$CERTS/server.pem")" \
	    --tls-peer-cert chain.pem --forward "tls:127.0.0.1:$PORT" \
	    127.0.0.1 0
	client <data >out
	same data out
	stop a
	assert_equal "$(pin_of chain.pem)" "$(pin_of "$CERTS/server.pem")"
	stop target
	# The clients have it.
	listener target -k --exec cat 127.0.0.1 0
	tls_listener a -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	client <data >out
	same data out
	stop a
	stop target
}

@test "a listener says what it can't use of the options that verify" {
	local given
	for given in '-e name.test' '--tls-servername name.test' \
	    --tls-insecure "-R $CERTS/ca.pem" --tls-ocsp; do
		# shellcheck disable=SC2086 # an option and its value
		run -2 "$SOCKCAT" -l -c $given 127.0.0.1 0
		assert_output --partial 'goes with a client or --forward tls:'
	done
}

@test "--forward to a target that can't be believed: not a byte, a reset" {
	listener target -c -k 127.0.0.1 0
	listener a -k -v -R "$CERTS/ca.pem" --forward "tls:localhost:$PORT" \
	    127.0.0.1 0
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" <<<secret
	until_true has_line a.err 'tls-pin'
	stop a
	stop target
	[ ! -s target.out ]
	# A client that is cut is no clean end for the target.
	tls_listener target 127.0.0.1 0
	listener a "${SERVING[@]}" -R "$CERTS/ca.pem" \
	    --forward "tls:localhost:$PORT" 127.0.0.1 0
	peer peer connect "127.0.0.1:$PORT" tls: sendn:1000 fin await:over
	finish a 1
	finish target 1
	[ "$(stat -c %s target.out)" -eq 1000 ]
	: >over
	finish peer
}

@test "a broker and a chat with TLS: everybody gets what others send" {
	local say
	mkfifo say
	exec {say}<>say
	random_file data 500K
	INPUT=say tls_listener room --broker 127.0.0.1 0
	spawn one "$SOCKCAT" "${TRUSTING[@]}" -d 127.0.0.1 "$PORT"
	spawn two "$SOCKCAT" "${TRUSTING[@]}" -d 127.0.0.1 "$PORT"
	until_true welcomed say one two
	# One that says nothing is in nobody's way.
	exec {mute}<>"/dev/tcp/127.0.0.1/$PORT"
	client --send-only <data
	until_true ends_with one.out data
	until_true ends_with two.out data
	stop room
	finish one any
	finish two any
	exec {mute}>&- {say}>&-
}

@test "a chat with TLS marks its lines" {
	tls_listener room --chat 127.0.0.1 0
	mkfifo in
	exec {say}<>in
	INPUT=in spawn one "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo hello >&"$say"
	until_true chatted
	stop room
	finish one any
	exec {say}>&-
}

# chatted: somebody has heard somebody; for until_true.
chatted() {
	printf 'x\n' | client --send-only
	has_line one.out '<user[0-9]*> x'
}

# welcomed FIFO NAME...: all of them have heard; for until_true.
welcomed() {
	local fifo=$1 name
	shift
	echo welcome >"$fifo"
	for name; do
		has_line "$name.out" welcome || return 1
	done
}

@test "options of the session: -C, -i, --limit-rate, -W" {
	local before
	tls_listener server -k 127.0.0.1 0
	printf 'one\ntwo\r\n' | client -C
	until_true has_bytes server.out 10
	assert_equal "$(od -An -c server.out | tr -d ' \n')" 'one\r\ntwo\r\n'
	before=${EPOCHREALTIME//[.,]/}
	printf '1\n2\n3\n' | client -i 200ms
	[ $((${EPOCHREALTIME//[.,]/} - before)) -ge 400000 ]
	before=${EPOCHREALTIME//[.,]/}
	head -c 60k /dev/zero | client --limit-rate 60k
	[ $((${EPOCHREALTIME//[.,]/} - before)) -ge 500000 ]
	stop server
	peer peer listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem" sendn:5 recv:got \
	    notify
	silent_input
	INPUT=silent spawn client "$SOCKCAT" "${TRUSTING[@]}" -W 1 \
	    127.0.0.1 "$PORT"
	finish client
	[ "$(stat -c %s client.out)" -eq 5 ]
	finish peer
}

@test "options of the end: --no-shutdown, --exit-on-eof, -q, -d" {
	silent_input
	# The peer ends; a client with --exit-on-eof does so as well, cleanly.
	peer peer listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem" sendn:5 \
	    await:go notify recv:got
	INPUT=silent spawn client "$SOCKCAT" "${TRUSTING[@]}" --exit-on-eof \
	    127.0.0.1 "$PORT"
	until_true has_bytes client.out 5
	: >go
	finish client
	finish peer
	grep -qx notified peer.out
	# With -q, it leaves though the peer says nothing.
	peer peer listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem" recv:got \
	    await:over
	echo hello | client -q 200ms
	: >over
	finish peer
	assert_equal "$(<got)" hello
	grep -qx notified peer.out
	# With --no-shutdown, the peer ends first.
	rm over
	peer peer listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem" recvn:6:got \
	    await:over notify
	echo hello >hello
	INPUT=hello spawn client "$SOCKCAT" "${TRUSTING[@]}" --no-shutdown \
	    127.0.0.1 "$PORT"
	until_true has_line got hello
	kill -0 "${PID[client]}"
	: >over
	finish client
	finish peer
	# Without standard input.
	echo hello >hello
	INPUT=hello tls_listener server 127.0.0.1 0
	assert_equal "$(client -d </dev/null)" hello
	finish server
}

@test "UNIX sockets: a name or a pin is needed, and then it works" {
	local pin
	listener server "${SERVING[@]}" -k --exec cat -U "$PWD/sock"
	refused 2 '-e NAME' "$SOCKCAT" "${TRUSTING[@]}" -U sock
	assert_equal "$(echo a | "$SOCKCAT" "${TRUSTING[@]}" -e server.test \
	    -U sock)" a
	refused 5 'not for wrong.test' "$SOCKCAT" "${TRUSTING[@]}" \
	    -e wrong.test -U sock
	pin=$(pin_of "$CERTS/server.pem")
	assert_equal "$(echo b | "$SOCKCAT" -c -H "$pin" -U sock)" b
	stop server
	[ ! -e sock ]
}

@test "the alert about a cut is no data in doubt" {
	silent_input
	mkfifo in
	exec {IN}<>in
	INPUT=silent tls_listener server 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo 'so far' >&"$IN"
	until_true has_line server.out 'so far'
	kill -KILL "${PID[server]}"
	finish server 137
	finish client 1
	grep -q 'sent 7 bytes, received 0 bytes' client.err ||
	    fail "$(<client.err)"
}
