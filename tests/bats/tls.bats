#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS over streams: whom each side believes, what goes through and how it ends,
# and that whatever works over TCP works over TLS.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

# peer NAME listen|connect ADDRESS VERB...: tlspeer.py in the background; PORT is
# set for a listening one.
peer() {
	local name=$1
	shift
	spawn "$name" "$PEERS/tlspeer.py" "$@"
	if [ "$1" = listen ]; then
		until_true test -s "$name.out"
		PORT=$(head -n 1 "$name.out")
	fi
}

# --- whom to believe ---------------------------------------------------------

@test "the pin of a listener is on standard error and in --pin-file" {
	local pin
	listener server -c --pin-file pin 127.0.0.1 0
	pin=$(pin_said server)
	[[ $pin =~ ^sha256:[0-9a-f]{64}$ ]]
	assert_equal "$(<pin)" "$pin"
	echo hello | "$SOCKCAT" -c -H "$pin" 127.0.0.1 "$PORT"
	finish server
	assert_equal "$(<server.out)" hello
	# The next one has another.
	listener server -c --pin-file pin2 127.0.0.1 0
	run ! cmp -s pin pin2
	stop server
}

@test "a pin is taken with and without sha256: and colons, in any case" {
	local hex colons form
	tls_listener server -k 127.0.0.1 0
	hex=$(pin_of "$CERTS/server.pem")
	colons=$(sed 's/../&:/g; s/:$//' <<<"${hex^^}")
	for form in "$hex" "sha256:$hex" "${hex^^}" "$colons" "sha256:$colons"; do
		echo "$form" | "$SOCKCAT" -c --tls-pin "$form" 127.0.0.1 "$PORT"
		until_true has_line server.out "$form"
	done
	run -2 --separate-stderr "$SOCKCAT" -c -H "${hex:1}" 127.0.0.1 "$PORT"
	stop server
}

@test "a wrong pin: 5 on both sides, and nothing of standard input is sent" {
	local max pin
	for max in 1.2 1.3; do
		listener server -c --tls-max "$max" 127.0.0.1 0
		pin=$(pin_said server)
		refused 5 "${pin#sha256:}" "$SOCKCAT" -c \
		    -H "$(printf '0%.0s' {1..64})" 127.0.0.1 "$PORT"
		finish server 5
		[ ! -s server.out ]
		grep -q 'peer said no' server.err
	done
}

@test "a peer that nobody vouches for: 5, and what would make it pass" {
	local pin
	listener server -c 127.0.0.1 0
	pin=$(pin_said server)
	refused 5 "--tls-pin $pin" "$SOCKCAT" -c 127.0.0.1 "$PORT"
	finish server 5
	[ ! -s server.out ]
	# With the wrong roots, too.
	tls_listener server 127.0.0.1 0
	refused 5 'Test Root' "$SOCKCAT" -c -R "$CERTS/other.pem" 127.0.0.1 "$PORT"
	finish server 5
	[ ! -s server.out ]
	# --tls-insecure takes it.
	listener server -c 127.0.0.1 0
	echo hello | "$SOCKCAT" -c --tls-insecure 127.0.0.1 "$PORT"
	finish server
	assert_equal "$(<server.out)" hello
}

@test "names: the host, -e, and addresses in the certificate" {
	local host
	need_ipv6
	tls_listener server -k 0
	for host in 127.0.0.1 ::1 localhost; do
		echo "by $host" |
		    "$SOCKCAT" -c -R "$CERTS/ca.pem" "$host" "$PORT"
		until_true has_line server.out "by $host"
	done
	echo "by -e" | client -e server.test
	until_true has_line server.out "by -e"
	refused 5 'not for wrong.test.*server.test' "$SOCKCAT" -c \
	    -R "$CERTS/ca.pem" -e wrong.test 127.0.0.1 "$PORT"
	refused 5 'not for 192.0.2.1' "$SOCKCAT" -c \
	    -R "$CERTS/ca.pem" -e 192.0.2.1 127.0.0.1 "$PORT"
	stop server
	# A certificate without addresses is for none.
	listener server -k -c --tls-cert "$CERTS/named.pem" 127.0.0.1 0
	refused 5 'not for 127.0.0.1.*server.test' "$SOCKCAT" "${TRUSTING[@]}" \
	    127.0.0.1 "$PORT"
	echo named | client -e server.test
	until_true has_line server.out named
	stop server
	run ! grep -q secret server.out
}

@test "expired, by an intermediate, without a subject, with a nasty one" {
	listener server -c --tls-cert "$CERTS/expired.pem" 127.0.0.1 0
	refused 5 'expired 2020' "$SOCKCAT" "${TRUSTING[@]}" -e localhost \
	    127.0.0.1 "$PORT"
	finish server 5
	listener server -c --tls-cert "$CERTS/chain.pem" 127.0.0.1 0
	echo chained | client -e localhost -v --tls-peer-cert saved 2>client.err
	finish server
	assert_equal "$(<server.out)" chained
	[ "$(grep -c 'BEGIN CERTIFICATE' saved)" -eq 2 ]
	grep -q Middle client.err
	listener server -c --tls-cert "$CERTS/bare.pem" 127.0.0.1 0
	echo bare | client -e localhost -v
	finish server
	assert_equal "$(<server.out)" bare
	listener server -c --tls-cert "$CERTS/nasty.pem" 127.0.0.1 0
	echo nasty | client -e localhost -v 2>client.err
	finish server
	grep -q 'red' client.err
	LC_ALL=C run ! grep -q "[$(printf '\001-\010\016-\037')]" client.err
}

@test "--tls-peer-cert is PEM, of which openssl makes the same pin" {
	local pin
	listener server -c 127.0.0.1 0
	pin=$(pin_said server)
	"$SOCKCAT" -c -H "$pin" --tls-peer-cert saved 127.0.0.1 "$PORT" </dev/null
	finish server
	assert_equal "sha256:$(pin_of saved)" "$pin"
	run -0 openssl x509 -in saved -noout -ext subjectAltName
	assert_output --partial 'IP Address:127.0.0.1'
	run -0 openssl verify -x509_strict -CAfile saved saved
}

@test "client certificates: needed, by the right root, and what a command sees" {
	listener server -kv "${SERVING[@]}" --tls-client-ca "$CERTS/ca.pem" \
	    --sh-exec 'env; cat' 127.0.0.1 0
	echo hello | client --tls-cert "$CERTS/client.pem" >out
	grep -qx hello out
	grep -qx 'SSL_PEER_CERT_SUBJECT=.*Client One' out
	grep -qx "SSL_PEER_CERT_HASH=.*$(pin_of "$CERTS/client.pem")" out
	local max
	# In TLS 1.3 a client hears it only after its part of the handshake.
	for max in 1.2 1.3; do
		run -5 client --tls-max "$max" </dev/null
		run -5 client --tls-max "$max" --tls-cert "$CERTS/stranger.pem" \
		    </dev/null
	done
	stop server
	grep -q 'did not return a certificate' server.err
	grep -q 'Other Root' server.err
}

@test "a listener with a pin wants just that client" {
	local pin
	pin=$(pin_of "$CERTS/client.pem")
	tls_listener server -H "$pin" 127.0.0.1 0
	echo hello | client --tls-cert "$CERTS/client.pem"
	finish server
	assert_equal "$(<server.out)" hello
	tls_listener server -H "$pin" 127.0.0.1 0
	echo hello | client --tls-cert "$CERTS/stranger.pem" || [ $? -eq 5 ]
	finish server 5
	[ ! -s server.out ]
}

# --- keys --------------------------------------------------------------------

@test "an encrypted key: its passphrase from a file, a wrong one, and none" {
	local -a key
	key=(--tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key")
	echo 'open sesame' >pass
	echo 'open barley' >wrong
	listener server -c "${key[@]}" --tls-key-pass-file pass 127.0.0.1 0
	echo hello | client -e localhost
	finish server
	assert_equal "$(<server.out)" hello
	refused 6 tls-key "$SOCKCAT" -l -c "${key[@]}" --tls-key-pass-file wrong \
	    127.0.0.1 0
	refused 6 tls-key "$SOCKCAT" -l -c "${key[@]}" --tls-key-pass-file none \
	    127.0.0.1 0
	refused 6 passphrase setsid "$SOCKCAT" -l -c "${key[@]}" 127.0.0.1 0
}

@test "keys that others can read are warned of, others are refused" {
	cp "$CERTS/server.pem" "$CERTS/server.key" .
	chmod 644 server.key
	listener server -c --tls-cert server.pem -K server.key 127.0.0.1 0
	grep -q 'warning.*server.key' server.err
	stop server
	chmod 600 server.key
	listener server -c --tls-cert server.pem -K server.key 127.0.0.1 0
	run ! grep -q warning server.err
	stop server
	refused 6 'named.key.*(mismatch|not the key)' "$SOCKCAT" -l -c --tls-cert server.pem \
	    -K "$CERTS/named.key" 127.0.0.1 0
	refused 6 'none.pem' "$SOCKCAT" -l -c --tls-cert none.pem 127.0.0.1 0
	refused 6 'none.pem' "$SOCKCAT" -c -R none.pem 127.0.0.1 1
	: >empty.pem
	refused 6 'empty.pem' "$SOCKCAT" -c -R empty.pem 127.0.0.1 1
}

@test "--tls-keylog and SSLKEYLOGFILE get the keys of each connection" {
	tls_listener server -k --tls-keylog server.keys 127.0.0.1 0
	echo one | client --tls-keylog client.keys
	echo two | SSLKEYLOGFILE=variable.keys client
	until_true has_line server.out two
	stop server
	grep -q '^CLIENT_TRAFFIC_SECRET_0 [0-9a-f]* [0-9a-f]*$' client.keys
	same <(sort client.keys variable.keys) <(sort server.keys)
	[ "$(stat -c %a client.keys)" = 600 ]
}

# --- versions, suites, protocols ---------------------------------------------

@test "versions and suites: what is chosen, and that none in common is a 5" {
	local suite
	tls_listener server -k --tls-min 1.3 127.0.0.1 0
	refused 5 version client --tls-max 1.2
	client -v </dev/null 2>client.err
	grep -q 'TLS: TLSv1.3' client.err
	stop server
	tls_listener server -k --tls-max 1.2 127.0.0.1 0
	refused 5 version client --tls-min 1.3
	client -v --tls-ciphers ECDHE-ECDSA-CHACHA20-POLY1305 </dev/null \
	    2>client.err
	grep -q 'TLS: TLSv1.2, cipher ECDHE-ECDSA-CHACHA20-POLY1305' client.err
	stop server
	suite=TLS_CHACHA20_POLY1305_SHA256
	tls_listener server -k --tls-ciphers "$suite" 127.0.0.1 0
	client -v </dev/null 2>client.err
	grep -q "TLS: TLSv1.3, cipher $suite" client.err
	refused 5 'handshake failure' client --tls-ciphers TLS_AES_128_GCM_SHA256
	stop server
	[ ! -s server.out ]
}

@test "options of TLS that can't be right are usage errors" {
	local -a line
	while read -r -a line; do
		run -2 --separate-stderr "$SOCKCAT" "${line[@]}" 127.0.0.1 1
	done <<-'END'
		-c --tls-min 1.4
		-c --tls-min 1.3 --tls-max 1.2
		-c --tls-ciphers nonsense
		-c --tls-alpn h2,,h3
		-c --starttls gopher
		-c --tls-insecure --tls-pin 00
		--tls-pin 00
		-c --tls-key key.pem
	END
}

@test "ALPN: what is chosen, in either role, and none in common is refused" {
	tls_listener server -k -v --tls-alpn h2,http/1.1 127.0.0.1 0
	client -v --tls-alpn http/1.1,spdy/3 </dev/null 2>client.err
	grep -q 'ALPN http/1.1' client.err
	client -v --tls-alpn http/1.1,h2 </dev/null 2>client.err
	grep -q 'ALPN h2' client.err
	client -v </dev/null 2>client.err
	grep -q 'ALPN none' client.err
	refused 5 'no application protocol' client --tls-alpn imap
	stop server
	[ ! -s server.out ]
	peer peer listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem,alpn=b" recv:got notify
	client --tls-alpn a,b </dev/null
	finish peer
	grep -q 'alpn=b' peer.out
}

@test "the name that is asked for: a name, no address, --tls-servername" {
	local -a line
	while read -r -a line; do
		peer peer listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem" recv:got notify
		"$SOCKCAT" -c -R "$CERTS/ca.pem" "${line[@]:1}" "$PORT" </dev/null
		finish peer
		grep -q " sni=${line[0]} " peer.out
	done <<-'END'
		None 127.0.0.1
		localhost -4 localhost
		server.test -e server.test 127.0.0.1
		None -e ::1 127.0.0.1
		other.test --tls-servername other.test 127.0.0.1
		other.test --tls-servername other.test -e server.test 127.0.0.1
	END
}

@test "the words of Ncat: --ssl, --ssl-cert, --ssl-key, --ssl-trustfile ..." {
	listener server --ssl --ssl-cert "$CERTS/server.pem" --ssl-alpn x \
	    --ssl-key "$CERTS/server.key" --sh-exec env 127.0.0.1 0
	"$SOCKCAT" --ssl --ssl-trustfile "$CERTS/ca.pem" --ssl-servername a.test \
	    --ssl-alpn x --ssl-ciphers TLS_AES_128_GCM_SHA256 127.0.0.1 "$PORT" \
	    </dev/null >out
	finish server
	grep -qx SSL_PROTOCOL=TLSv1.3 out
	grep -qx SSL_CIPHER=TLS_AES_128_GCM_SHA256 out
	grep -qx SSL_TLS_SNI_SERVERNAME=a.test out
	run ! grep -q SSL_PEER out
}

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

# --- whatever works over TCP -------------------------------------------------

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

# ends_with FILE FILE: the last bytes of one are the other; for until_true.
ends_with() {
	tail -c "$(stat -c %s "$2")" "$1" | cmp -s - "$2"
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
