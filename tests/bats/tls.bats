#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS over streams: whom each side believes, its keys, versions and protocols.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

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
