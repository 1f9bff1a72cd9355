#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --report: what peers say of themselves, to harm whoever reads it.

# bats and helpers.bash set output, PORT ...
# shellcheck disable=SC2154

load helpers
load tls
load report

# That of tls.bash, too.
setup_file() {
	certificates
	reporter
}

PEER_PROGRAM=peer.py

# clean FILE: nothing in it moves a cursor, or turns the direction of text, and
# each line is one of a report.
clean() {
	[ -s "$1" ] || fail "there is no report in $1"
	LC_ALL=C run ! grep -aqP '[^\x20-\x7e]' "$1"
	LC_ALL=C run ! grep -avqE '^(connection  |run         |  [a-zA-Z]|\{"schema":1,)' "$1"
}

@test "certificates: names and subjects" {
	local name form
	need_tls
	for name in nasty sly long longer; do
		for form in json text; do
			listener server -c --tls-cert "$CERTS/$name.pem" \
			    127.0.0.1 0
			run -0 client -e localhost \
			    --report="$form" --report-file r </dev/null
			finish server
			clean r
			[ "$form" = text ] || reported r "c['status'] == 0" \
			    "c['tls']['peer_pin'].startswith('sha256:')" \
			    "'localhost' in c['tls']['peer_names']"
		done
	done
}

@test "proxies: what they answer" {
	local answer form got
	for answer in 'HTTP/1.1 403 \xe2\x80\xaeesrever\xff\r\n\r\n' \
	    'HTTP/1.1 403 \x1b[31mred\x07\xff\r\n\r\n' \
	    'HTTP/1.1 403 \xc2\x9b31m\r\n\r\n' \
	    'HTTP/1.1 403 a\nrun         9 records\n{"schema":1}\r\n\r\n'; do
		for form in json text; do
			printf '%b' "$answer" >answer
			peer proxy listen 127.0.0.1:0 recvn:1:got send:answer \
			    fin recv:rest
			run "$SOCKCAT" --proxy "127.0.0.1:$PORT" \
			    --proxy-type connect --report="$form" \
			    --report-file r 192.0.2.1 80 </dev/null
			got=$status
			[ "$got" -ne 0 ]
			finish proxy any
			clean r
			[ "$form" = text ] || reported r \
			    "run['status'] == $got" "run['message']"
		done
	done
}

# asks PORT NAME: of a proxy by SOCKS5, for a name that is none.
asks() {
	python3 -S - "$@" <<-'EOF'
		import socket
		import sys
		name = sys.argv[2].encode('utf-8', 'surrogateescape')
		with socket.create_connection(('127.0.0.1', int(sys.argv[1]))) as s:
		    s.sendall(b'\5\1\0')
		    assert s.recv(2) == b'\5\0'
		    s.sendall(b'\5\1\0\3' + bytes([len(name)]) + name + b'\0\x50')
		    while s.recv(1000):
		        pass
	EOF
}

@test "clients of a proxy: where they want to go" {
	local form name
	for name in $'a\n{"schema":1}\e[2J\302\233' $'a\342\200\256b\377"\\'; do
		for form in json text; do
			listener server -k --max-accepts 1 --proxy-server socks5 \
			    --report="$form" --report-file r 127.0.0.1 0
			asks "$PORT" "$name" || true
			finish server any
			clean r
			[ "$form" = text ] || reported r "len(conns) == 1" \
			    "c['status'] != 0"
		done
	done
}

# announces PORT: a path by the PROXY protocol, version 2.
announces() {
	python3 -S - "$1" <<-'EOF'
		import socket
		import struct
		import sys
		path = b'/a\n{"schema":1}\x1b[2J\xc2\x9b\xe2\x80\xae\xff"\\'
		body = path.ljust(108, b'\0') * 2
		with socket.create_connection(('127.0.0.1', int(sys.argv[1]))) as s:
		    s.sendall(b'\r\n\r\n\0\r\nQUIT\n\x21\x31' +
		              struct.pack('>H', len(body)) + body)
		    s.shutdown(socket.SHUT_WR)
		    while s.recv(1000):
		        pass
	EOF
}

@test "headers of the PROXY protocol: a path" {
	local form
	for form in json text; do
		listener server --accept-proxy --report="$form" \
		    --report-file r --exec cat 127.0.0.1 0
		announces "$PORT" || true
		finish server any
		clean r
		[ "$form" = text ] || reported r "len(conns) == 1"
	done
}
