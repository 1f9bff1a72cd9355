#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --pcap, as tshark reads it: one clean conversation, with the bytes that passed.

load helpers
load tls
load tap

needs() {
	need tshark
}

PEER_PROGRAM=peer.py

# payload FILE SRCPORT: what came from that port, in order.
payload() {
	fields "$1" "tcp.srcport == $2 && tcp.len > 0" tcp.payload |
	    unhex
}

# flags FILE: of all packets, in order: S, SA, A, P, F, R.
flags() {
	fields "$1" tcp tcp.flags.str | tr -d '·\n\303\202\267' |
	    sed 's/AP/P/g; s/AF/F/g; s/AR/R/g; s/AS/s/g'
}

@test "a plain session: handshake, bytes, and an end each way" {
	random_file there 300000
	random_file back 200000
	INPUT=back listener server --pcap capture 127.0.0.1 0
	"$SOCKCAT" --pcap capture2 127.0.0.1 "$PORT" <there >back.got
	finish server
	same back back.got
	for file in capture capture2; do
		expert "$file"
		[[ $(flags "$file") =~ ^SsA[PA]*F[PA]*FA$ ]]
		payload "$file" "$PORT" >sent
		same back sent
		fields "$file" "tcp.dstport == $PORT && tcp.len > 0" \
		    tcp.payload | unhex >received
		same there received
		[ "$(fields "$file" tcp tcp.stream | sort -u)" = 0 ]
	done
}

@test "a session of TLS: HTTP inside of it, and what TLS is in comments" {
	need_tls
	printf 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' >answer
	INPUT=answer tls_listener server --pcap capture 127.0.0.1 0
	printf 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n' |
	    client -e localhost --pcap capture2 >got
	finish server
	same answer got
	for file in capture capture2; do
		expert "$file"
		[ "$(fields "$file" http.request http.request.uri)" = /a ]
		[ "$(fields "$file" http.response http.response.code)" = 200 ]
		fields "$file" frame.comment frame.comment >comment
		grep -q 'TLSv1' comment
		grep -q "127.0.0.1:$PORT" comment
	done
}

@test "HTTP of TLS on port 443: tshark has to be told what it is" {
	need_tls
	in_net
	printf 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok' >answer
	INPUT=answer tls_listener server --pcap capture 127.0.0.1 443
	printf 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n' |
	    client -e localhost >got
	finish server
	[ "$(tshark -r capture -d tcp.port==443,http -Y http.request -T fields \
	    -e http.request.uri 2>/dev/null)" = /a ]
}

@test "who has begun: a client's SYN is the peer's, of who connects it is ours" {
	listener server --pcap capture 127.0.0.1 0
	echo x | "$SOCKCAT" --pcap capture2 127.0.0.1 "$PORT"
	finish server
	[ "$(fields capture 'tcp.flags.syn == 1 && tcp.flags.ack == 0' \
	    tcp.dstport frame.packet_flags_direction)" = "$PORT	0x00000001" ]
	[ "$(fields capture2 'tcp.flags.syn == 1 && tcp.flags.ack == 0' \
	    tcp.dstport frame.packet_flags_direction)" = "$PORT	0x00000002" ]
}

@test "a reset of the peer is one in the capture" {
	peer server listen 127.0.0.1:0 recvn:2:head say:read await:go reset
	mkfifo in
	exec {in}<>in
	INPUT=in spawn client "$SOCKCAT" --pcap capture 127.0.0.1 "$PORT"
	echo x >&"$in"
	until_true has_line server.out read
	: >go
	finish client any
	[ "$(fields capture 'tcp.flags.reset == 1' tcp.srcport)" = "$PORT" ]
	[[ $(flags capture) =~ ^SsA[PA]*R$ ]]
}

@test "a reset of ours is one, too" {
	random_file there 200000
	OUTPUT=/dev/full listener server --pcap capture 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <there || true
	finish server 6
	[ "$(fields capture 'tcp.flags.reset == 1' tcp.srcport)" = "$PORT" ]
	[[ $(flags capture) =~ ^SsA[PAF]*R$ ]]
}

@test "IPv6" {
	need_ipv6
	random_file there 200000
	listener server --pcap capture ::1 0
	"$SOCKCAT" ::1 "$PORT" <there
	finish server
	expert capture
	[ "$(fields capture tcp ipv6.dst | sort -u)" = ::1 ]
	fields capture 'tcp.len > 0' tcp.payload | unhex >received
	same there received
}

@test "IPv4 by a socket of IPv6 is IPv4" {
	need_ipv6
	listener server --pcap capture 0
	echo x | "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	expert capture
	[ "$(fields capture 'tcp.len > 0' ip.src ip.dst)" = \
	    "127.0.0.1	127.0.0.1" ]
}

@test "a UNIX-domain socket has an address that stands for it" {
	random_file there 200000
	listener server -U --pcap capture "$PWD/socket"
	"$SOCKCAT" -U "$PWD/socket" <there
	finish server
	expert capture
	[ "$(fields capture 'tcp.flags.syn == 1 && tcp.flags.ack == 0' \
	    ip.src ip.dst tcp.dstport)" = "192.0.2.2	192.0.2.1	1" ]
	fields capture frame.comment frame.comment | grep -qF "$PWD/socket"
	fields capture 'tcp.len > 0' tcp.payload | unhex >received
	same there received
}

@test "DTLS is a conversation of UDP, a packet a datagram" {
	need_tls
	tls_listener server -u --pcap capture 127.0.0.1 0
	printf 'a datagram' | client -e localhost -u -q 30
	finish server
	expert capture
	[ "$(fields capture udp udp.dstport udp.payload)" = \
	    "$PORT	$(printf '%s' 'a datagram' | od -An -tx1 | tr -d ' \n')" ]
}

@test "many clients are as many conversations in one file, or in one each" {
	listener server -k --exec cat --pcap capture 127.0.0.1 0
	for i in 1 2 3 4 5; do
		random_file "there.$i" 100000
		INPUT=there.$i spawn "client$i" "$SOCKCAT" 127.0.0.1 "$PORT"
	done
	for i in 1 2 3 4 5; do
		finish "client$i"
		same "there.$i" "client$i.out"
	done
	stop server
	expert capture
	[ "$(fields capture tcp tcp.stream | sort -u | xargs)" = "0 1 2 3 4" ]
	listener server -k --exec cat --pcap 'capture.%n' 127.0.0.1 0
	echo x | "$SOCKCAT" 127.0.0.1 "$PORT"
	echo x | "$SOCKCAT" 127.0.0.1 "$PORT"
	stop server
	for i in 1 2; do
		expert "capture.$i"
		[ "$(fields "capture.$i" tcp tcp.stream | sort -u)" = 0 ]
	done
}

@test "--append-output: a capture goes on" {
	local i
	for i in 1 2; do
		listener server --pcap capture --append-output 127.0.0.1 0
		echo "session $i" | "$SOCKCAT" 127.0.0.1 "$PORT"
		finish server
	done
	[ "$(fields capture 'tcp.len > 0' tcp.payload | unhex)" = \
	    $'session 1\nsession 2' ]
}
