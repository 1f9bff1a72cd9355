#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS with other programs, both ways.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

# input FIFO: it stays open as $FIFO, for what is spawned with INPUT=FIFO.
input() {
	rm -f "$1"
	mkfifo "$1"
	exec {FIFO}<>"$1"
}

# s_server ARGUMENT...: openssl's; what is written to $FIFO is its input, where
# lines that begin with a letter are commands.  Sets PORT.
s_server() {
	input in
	INPUT=in spawn server openssl s_server -accept 127.0.0.1:0 \
	    -cert "$CERTS/server.pem" -naccept 1 "$@"
	until_true has_line server.out '^ACCEPT '
	PORT=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' server.out)
}

# s_client ARGUMENT...: openssl's, likewise.
s_client() {
	input in
	INPUT=in spawn client openssl s_client -connect "127.0.0.1:$PORT" "$@"
}

# updates NAME N: so many times the keys were changed; for until_true.
updates() {
	[ "$(cat "$1.out" "$1.err" | grep -c KEYUPDATE)" -ge "$2" ]
}

# handshakes N FIFO: so many times s_server changed the keys.  That it says so
# is seen when it has received the next line.  For until_true.
handshakes() {
	echo again >&"$2"
	[ "$(grep -c 'SSL_do_handshake -> 1' server.out)" -ge "$1" ]
}

# --- openssl -----------------------------------------------------------------

@test "openssl s_client: data both ways, and the end, with TLS 1.2 and 1.3" {
	local version down
	random_file data 2M
	for version in tls1_2 tls1_3; do
		input down
		down=$FIFO
		INPUT=down tls_listener server 127.0.0.1 0
		s_client -quiet "-$version" -verify_return_error \
		    -CAfile "$CERTS/ca.pem" -verify_ip 127.0.0.1
		cat data >&"$FIFO"
		until_true cmp -s data server.out
		cat data >&"$down"
		exec {down}>&-
		finish client any
		finish server
		same data client.out
		exec {FIFO}>&-
	done
}

@test "openssl s_client with a certificate, and without" {
	# shellcheck disable=SC2016 # the command's
	tls_listener server -k --tls-client-ca "$CERTS/ca.pem" \
	    --sh-exec 'echo "it is $SSL_PEER_CERT_SUBJECT"' 127.0.0.1 0
	run openssl s_client -quiet -connect "127.0.0.1:$PORT" \
	    -cert "$CERTS/client.pem" </dev/null
	assert_output --partial 'it is CN=Client One'
	run openssl s_client -quiet -connect "127.0.0.1:$PORT" </dev/null
	refute_output --partial 'it is'
	stop server
}

@test "openssl s_server: data both ways, and the end, with TLS 1.2 and 1.3" {
	local version down
	seq 200000 >data
	for version in tls1_2 tls1_3; do
		s_server "-$version" -Verify 1 -CAfile "$CERTS/ca.pem"
		down=$FIFO
		input up
		INPUT=up spawn client "$SOCKCAT" "${TRUSTING[@]}" \
		    --tls-cert "$CERTS/client.pem" 127.0.0.1 "$PORT"
		cat data >&"$FIFO"
		cat data >&"$down"
		until_true has_bytes client.out "$(stat -c %s data)"
		exec {FIFO}>&-
		finish client
		finish server any
		same data client.out
		same data <(grep -x '[0-9]*' server.out)
		exec {down}>&-
	done
}

@test "keys are changed in mid-transfer, as openssl s_client wants" {
	local i down
	seq 200000 >data
	input down
	down=$FIFO
	INPUT=down tls_listener server 127.0.0.1 0
	s_client -tls1_3
	cat data >&"$down" &
	PID[writer]=$!
	for i in 1 2 3 4 5; do
		echo "line $i" >&"$FIFO"
		until_true has_line server.out "line $i"
		# k: its own keys; K: the listener's, too.
		echo k >&"$FIFO"
		until_true updates client $((2 * i - 1))
		echo K >&"$FIFO"
		until_true updates client $((2 * i))
	done
	finish writer
	until_true grep -qx 200000 client.out
	same data <(grep -x '[0-9]*' client.out)
	echo Q >&"$FIFO"
	finish client any
	exec {down}>&-
	finish server any
	assert_equal "$(<server.out)" "$(printf 'line %d\n' 1 2 3 4 5)"
	exec {FIFO}>&-
}

@test "keys are changed in mid-transfer, as openssl s_server wants" {
	local i up
	s_server -tls1_3
	input up
	up=$FIFO
	exec {FIFO}<>in
	INPUT=up spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	for i in 1 2 3 4 5; do
		echo "$i up" >&"$up"
		until_true has_line server.out "$i up"
		echo k >&"$FIFO"
		until_true handshakes $((2 * i - 1)) "$up"
		echo K >&"$FIFO"
		until_true handshakes $((2 * i)) "$up"
		echo "$i down" >&"$FIFO"
		until_true has_line client.out "$i down"
	done
	exec {up}>&-
	finish client
	finish server any
}

@test "a TLS 1.2 client that wants to renegotiate is refused" {
	tls_listener server -k --exec cat 127.0.0.1 0
	s_client -tls1_2
	echo 1 >&"$FIFO"
	until_true grep -qx 1 client.out
	echo R >&"$FIFO"
	until_true has_line client.err 'no renegotiation'
	exec {FIFO}>&-
	finish client any
	# Others are served.
	assert_equal "$(echo hello | client)" hello
	stop server
}

# --- ncat, socat, curl, nginx ------------------------------------------------

@test "ncat --ssl, both ways" {
	need ncat
	random_file data 1M
	# It has no close_notify of its own.
	input silent
	INPUT=silent tls_listener server 127.0.0.1 0
	ncat --ssl --send-only localhost "$PORT" <data
	finish server any
	same data server.out
	INPUT=data tls_listener server -k 127.0.0.1 0
	ncat --ssl-verify --ssl-trustfile "$CERTS/ca.pem" --recv-only \
	    localhost "$PORT" </dev/null >out
	same data out
	stop server
	in_net
	spawn server "${NS[@]}" ncat -l --ssl --ssl-cert "$CERTS/server.pem" \
	    --ssl-key "$CERTS/server.key" --sh-exec 'head -c 5000' 127.0.0.1 4433
	until_true "${NS[@]}" sh -c 'ss -Hltn | grep -q 4433'
	# What it leaves out at the end is for us to say.
	random_file data 5000
	PORT=4433 client --exit-on-eof --no-shutdown <data >out || [ $? -eq 1 ]
	same data out
	finish server any
}

@test "socat OPENSSL, both ways" {
	local options="cafile=$CERTS/ca.pem,commonname=localhost"
	need socat
	random_file data 1M
	tls_listener server -k --exec cat 127.0.0.1 0
	socat -t 10 - "OPENSSL:localhost:$PORT,$options" <data >out
	same data out
	stop server
	spawn server socat -t 10 -dd \
	    "OPENSSL-LISTEN:0,bind=127.0.0.1,cert=$CERTS/server.pem,verify=0" \
	    EXEC:cat
	until_true has_line server.err 'listening on'
	PORT=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' server.err)
	client <data >out
	same data out
	finish server any
}

@test "curl, of a listener that answers" {
	need curl
	printf 'HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n' >answer
	tls_listener server -k --tls-alpn http/1.1 --sh-exec \
	    'sed "/^.\$/q" >request; cat answer' 127.0.0.1 0
	run -0 curl -sS --cacert "$CERTS/ca.pem" --resolve \
	    "server.test:$PORT:127.0.0.1" "https://server.test:$PORT/path"
	assert_output hello
	grep -q '^GET /path ' request
	run -60 curl -sS "https://127.0.0.1:$PORT/"
	stop server
}

@test "nginx: HTTPS with the name and the protocol that were asked for" {
	local nginx
	nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || skip "no nginx"
	in_net
	mkdir logs
	cat >nginx.conf <<-EOF
		user root;
		daemon off;
		master_process off;
		pid $PWD/nginx.pid;
		error_log $PWD/logs/error.log;
		events { }
		http {
			access_log off;
			client_body_temp_path $PWD/logs/1;
			proxy_temp_path $PWD/logs/2;
			fastcgi_temp_path $PWD/logs/3;
			uwsgi_temp_path $PWD/logs/4;
			scgi_temp_path $PWD/logs/5;
			server {
				listen 127.0.0.1:4433 ssl http2;
				ssl_certificate $CERTS/server.pem;
				ssl_certificate_key $CERTS/server.key;
				return 200 "\$ssl_server_name \$ssl_alpn_protocol\n";
			}
		}
	EOF
	spawn nginx "${NS[@]}" "$nginx" -p "$PWD" -c "$PWD/nginx.conf" -e stderr
	until_true "${NS[@]}" sh -c 'ss -Hltn | grep -q 4433'
	printf 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' >request
	PORT=4433 client -e server.test --tls-alpn http/1.1 --exit-on-eof \
	    --no-shutdown <request >out
	grep -qx 'server.test http/1.1' out
	PORT=4433 client -v --tls-alpn h2,http/1.1 </dev/null >out 2>err ||
	    [ $? -eq 1 ]
	grep -q 'ALPN h2' err
}
