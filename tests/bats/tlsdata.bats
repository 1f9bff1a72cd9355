#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS over streams: what goes through, how it ends, and what is no handshake.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

# --- data, and its end -------------------------------------------------------

@test "8 MiB each way at once, with TLS 1.2 and 1.3" {
	local max
	random_file up 8M
	random_file down 8M
	for max in 1.2 1.3; do
		INPUT=down tls_listener server --tls-max "$max" 127.0.0.1 0
		client <up >client.out
		finish server
		same up server.out
		same down client.out
	done
}

# half_closed WHO MAX: that side ends its direction.  The reader of the other's
# output sees that end, and only then does the other send.
half_closed() {
	local early=server late=client fifo
	rm -f late.in late.fifo client.ready
	mkfifo late.in late.fifo
	exec {fifo}<>late.in
	INPUT=late.fifo OUTPUT=seen spawn reader cat
	if [ "$1" = client ]; then
		INPUT=late.in OUTPUT=late.fifo tls_listener server \
		    --tls-max "$2" 127.0.0.1 0
		INPUT=data spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 \
		    "$PORT"
		early=client late=server
	else
		INPUT=data tls_listener server --tls-max "$2" 127.0.0.1 0
		INPUT=late.in OUTPUT=late.fifo spawn client "$SOCKCAT" \
		    "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	fi
	finish reader
	same data seen
	[ ! -s "$early.out" ]
	cat data data >&"$fifo"
	exec {fifo}>&-
	finish "$late"
	finish "$early"
	same "$early.out" <(cat data data)
}

@test "half-close by close_notify: the other direction goes on" {
	local max who
	random_file data 30000
	for max in 1.2 1.3; do
		for who in client server; do
			half_closed "$who" "$max"
		done
	done
}

@test "half-close by and to another implementation" {
	local max fifo
	random_file data 300K
	mkfifo in out
	for max in 1.2 1.3; do
		peer peer listen 127.0.0.1:0 \
		    "tls:cert=$CERTS/server.pem,max=$max" notify recv:peer.got
		exec {fifo}<>in
			INPUT=out OUTPUT=/dev/null spawn reader cat
		INPUT=in OUTPUT=out spawn client "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
		finish reader
		cat data >&"$fifo"
		exec {fifo}>&-
		finish client
		finish peer
		grep -qx notified peer.out
		same data peer.got
		peer peer listen 127.0.0.1:0 \
		    "tls:cert=$CERTS/server.pem,max=$max" recv:peer.got \
		    send:data notify
		client <data >client.out
		finish peer
		same data peer.got
		same data client.out
	done
}

@test "a close_notify behind data in one segment, without an end of TCP" {
	local max
	silent_input
	for max in 1.2 1.3; do
		peer peer listen 127.0.0.1:0 \
		    "tls:cert=$CERTS/server.pem,max=$max" last:50 recv:peer.got
		INPUT=silent spawn client "$SOCKCAT" "${TRUSTING[@]}" \
		    --exit-on-eof 127.0.0.1 "$PORT"
		finish client
		finish peer
		[ "$(stat -c %s client.out)" -eq 50 ]
		grep -qx notified peer.out
	done
}

@test "--send-only: what the peer does with its direction does not matter" {
	local held
	mkfifo in
	exec {held}<>in
	peer peer listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem" fin say:ended \
	    recv:got
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" --send-only \
	    127.0.0.1 "$PORT"
	until_true has_line peer.out ended
	echo hello >in
	exec {held}>&-
	finish client
	finish peer
	assert_equal "$(<got)" hello
}

@test "truncation, in either role: what arrived is written, then it is a 1" {
	local max
	silent_input
	for max in 1.2 1.3; do
		rm -f over
		peer peer listen 127.0.0.1:0 \
		    "tls:cert=$CERTS/server.pem,max=$max" sendn:70000 fin \
		    await:over
		INPUT=silent spawn client "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
		finish client 1
		grep -q 'without close_notify' client.err
		grep -q 'received 70000 bytes' client.err
		[ "$(stat -c %s client.out)" -eq 70000 ]
		: >over
		finish peer
		INPUT=silent tls_listener server -v 127.0.0.1 0
		peer peer connect "127.0.0.1:$PORT" "tls:max=$max" \
		    sendn:70000 fin await:over
		finish server 1
		grep -q 'without close_notify' server.err
		[ "$(stat -c %s server.out)" -eq 70000 ]
		finish peer
	done
}

@test "a reset in mid-transfer is a 1, and what came before it is written" {
	silent_input
	peer peer listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem" sendn:50000 \
	    await:go reset
	INPUT=silent spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_bytes client.out 50000
	: >go
	finish client 1
	grep -q 'reset by peer' client.err
	finish peer
	# While the other one sends.
	rm go
	INPUT=/dev/zero tls_listener server 127.0.0.1 0
	peer peer connect "127.0.0.1:$PORT" tls: recvn:100000:got reset
	finish server 1
	finish peer
}

@test "a peer that is stopped and goes on: bytes that were decrypted, too" {
	local fifo
	random_file data 300K
	mkfifo out
	exec {fifo}<>out
	peer peer listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem" await:go \
	    send:data say:sent await:end
	OUTPUT=out spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line peer.out tls
	kill -STOP "${PID[client]}"
	until_true is_stopped client
	: >go
	until_true has_line peer.out sent
	kill -CONT "${PID[client]}"
	# Nothing more comes from the network from here on.
	head -c "$(stat -c %s data)" <&"$fifo" >got
	same data got
	: >end
	finish client 1
	finish peer
}

@test "standard output that is closed: dies of SIGPIPE, though all is silent" {
	silent_input
	INPUT=silent tls_listener server 127.0.0.1 0
	mkfifo hold
	# shellcheck disable=SC2016 # the other bash's
	INPUT=hold spawn client bash -c '"$@" | head -n 1
	    exit "${PIPESTATUS[0]}"' bash "$SOCKCAT" "${TRUSTING[@]}" \
	    127.0.0.1 "$PORT"
	exec {hold}>hold
	echo first >&"$SILENT"
	finish client 141
	assert_equal "$(<client.out)" first
	exec {hold}>&- {SILENT}>&-
	finish server 1
}

@test "a full disk is a 6, and the peer sees no end" {
	random_file data 4M
	INPUT=data tls_listener server 127.0.0.1 0
	OUTPUT=/dev/full spawn client "$SOCKCAT" "${TRUSTING[@]}" \
	    127.0.0.1 "$PORT"
	finish client 6
	finish server 1
}

@test "--idle-timeout and -w end a silent session with 3" {
	local limit
	silent_input
	for limit in "--idle-timeout 200ms" "-w 500ms"; do
		peer peer listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem" \
		    sendn:10 recv:got
			# shellcheck disable=SC2086 # two words
		INPUT=silent spawn client "$SOCKCAT" "${TRUSTING[@]}" $limit \
		    127.0.0.1 "$PORT"
		finish client 3
		[ "$(stat -c %s client.out)" -eq 10 ]
		finish peer
		grep -qx cut peer.out
	done
	INPUT=silent tls_listener server --idle-timeout 200ms 127.0.0.1 0
	INPUT=silent spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	finish server 3
	finish client 1
}

# --- what is no handshake ----------------------------------------------------

@test "a silent server: 3 after --connect-timeout or -w, 143 after TERM" {
	peer peer listen 127.0.0.1:0 plain:got
	refused 3 'handshake' client --connect-timeout 200ms
	finish peer
	peer peer listen 127.0.0.1:0 plain:got
	refused 3 'handshake' client -w 200ms
	finish peer
	run ! grep -q secret got
	peer peer listen 127.0.0.1:0 plain:got
	spawn client "$SOCKCAT" -v "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.err connected
	stop client
	finish peer
}

@test "a silent client: TERM ends a listener in the handshake" {
	tls_listener server -v 127.0.0.1 0
	exec {peer}<>"/dev/tcp/127.0.0.1/$PORT"
	until_true has_line server.err accepted
	stop server
	exec {peer}>&-
}

@test "a silent client of one connection: the listener gives up with 3" {
	tls_listener server --connect-timeout 200ms 127.0.0.1 0
	exec {peer}<>"/dev/tcp/127.0.0.1/$PORT"
	finish server 3
	exec {peer}>&-
}

@test "silent clients hold up nobody, and their slots come back" {
	local -a peers=()
	local i peer
	tls_listener server -k -v --exec cat 127.0.0.1 0
	for i in 1 2 3 4; do
		exec {peer}<>"/dev/tcp/127.0.0.1/$PORT"
		peers+=("$peer")
	done
	until_true count server.err accepted 4
	assert_equal "$(echo hello | client)" hello
	for peer in "${peers[@]}"; do
		exec {peer}>&-
	done
	stop server
	tls_listener server -k --max-conns 2 --connect-timeout 300ms --exec cat \
	    127.0.0.1 0
	exec {peer}<>"/dev/tcp/127.0.0.1/$PORT"
	exec {i}<>"/dev/tcp/127.0.0.1/$PORT"
	assert_equal "$(echo hello | client)" hello
	assert_equal "$(echo again | client)" again
	exec {peer}>&- {i}>&-
	stop server
}

@test "handshakes that fail give their slots back" {
	tls_listener server -k --max-conns 2 --exec cat 127.0.0.1 0
	for _ in 1 2 3 4 5 6; do
		run -5 "$SOCKCAT" -c -R "$CERTS/other.pem" 127.0.0.1 "$PORT" \
		    </dev/null
		echo "plain text" >"/dev/tcp/127.0.0.1/$PORT"
	done
	assert_equal "$(echo hello | client)" hello
	stop server
}

@test "plain text to a listener with TLS: said, 5, and with -k it goes on" {
	tls_listener server 127.0.0.1 0
	run "$SOCKCAT" 127.0.0.1 "$PORT" <<<'GET / HTTP/1.0'
	finish server 5
	grep -q 'does not speak TLS.*GET / HTTP' server.err
	[ ! -s server.out ]
	tls_listener server -k 127.0.0.1 0
	run "$SOCKCAT" 127.0.0.1 "$PORT" <<<'EHLO localhost'
	echo hello | client
	until_true has_line server.out hello
	grep -q 'does not speak TLS.*EHLO localhost' server.err
	stop server
	assert_equal "$(<server.out)" hello
}

@test "TLS to a server without it: said, 5, nothing of standard input sent" {
	printf '220 mail.test ESMTP\033[31m\r\n' >banner
	INPUT=banner listener server 127.0.0.1 0
	refused 5 'does not speak TLS.*220 mail.test ESMTP' client
	run ! grep -q $'\033' <<<"$stderr"
	finish server any
	run ! grep -q secret server.out
	# One that sends back what it gets.
	listener server --exec cat 127.0.0.1 0
	refused 5 'TLS' client
	finish server any
	# One that ends at once.
	peer peer listen 127.0.0.1:0 fin plain:got
	refused 1 'handshake' client
	finish peer
}
