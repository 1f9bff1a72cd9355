#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# DTLS in each mode of the program: many peers, commands, targets, and what those
# are told.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls
load dtls

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
