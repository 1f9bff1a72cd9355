#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Whom a TLS peer believes: pins beside roots, intermediates and leaves as roots,
# addresses however they are written, and what the system's policy allows.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load tls

# server ARGUMENT...: a listener for all, `server', with the words SHOWING.
server() {
	listener server -k "${SHOWING[@]}" "$@" 127.0.0.1 0
}

# believed TEXT ARGUMENT..., denied FRAGMENT ARGUMENT...: a client of it that
# sends a line, or sends nothing and ends with 5.
believed() {
	local text=$1
	shift
	"$SOCKCAT" -c "$@" 127.0.0.1 "$PORT" <<<"$text"
	until_true has_line server.out "$text"
}

denied() {
	local text=$1
	shift
	run -5 "$SOCKCAT" -c "$@" 127.0.0.1 "$PORT" <<<secret
	assert_output --partial "$text"
}

# --- pins and roots ----------------------------------------------------------

@test "a pin and --tls-ca: both must hold, and the name, too" {
	local good other
	local -a SHOWING=("${SERVING[@]}")
	good=$(pin_of "$CERTS/server.pem")
	other=$(pin_of "$CERTS/named.pem")
	server
	believed both -H "$good" -R "$CERTS/ca.pem"
	denied 'another one than the pin says' -H "$other" -R "$CERTS/ca.pem"
	denied 'missing or not trusted' -H "$good" -R "$CERTS/other.pem"
	denied 'its pin is the right one' -H "$good" -R "$CERTS/other.pem"
	denied 'not for wrong.test' -H "$good" -R "$CERTS/ca.pem" -e wrong.test
	# A pin alone asks for nothing else.
	believed alone -H "$good" -e wrong.test
	stop server
	assert_equal "$(paste -sd' ' server.out)" "both alone"
}

@test "a pin and --tls-client-ca of a listener: both must hold" {
	local client stranger one two
	local -a SHOWING=("${SERVING[@]}")
	client=$(pin_of "$CERTS/client.pem")
	stranger=$(pin_of "$CERTS/stranger.pem")
	server -H "$client" --tls-client-ca "$CERTS/ca.pem"
	believed both -R "$CERTS/ca.pem" --tls-cert "$CERTS/client.pem"
	run "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT" <<<no
	run "$SOCKCAT" "${TRUSTING[@]}" --tls-cert "$CERTS/chain.pem" \
	    127.0.0.1 "$PORT" <<<no
	stop server
	assert_equal "$(<server.out)" both
	# The right pin, signed by nobody who is trusted.
	server -H "$stranger" --tls-client-ca "$CERTS/ca.pem"
	run "$SOCKCAT" "${TRUSTING[@]}" --tls-cert "$CERTS/stranger.pem" \
	    127.0.0.1 "$PORT" <<<no
	until_true has_line server.err 'its pin is the right one'
	stop server
	[ ! -s server.out ]
}

@test "--tls-ocsp goes with a pin only where somebody is trusted to answer" {
	local pin
	pin=$(printf '%064d' 0)
	run -2 "$SOCKCAT" -c --tls-ocsp -H "$pin" 127.0.0.1 1
	assert_output --partial '--tls-ocsp: a pin alone'
	run -1 "$SOCKCAT" -c --tls-ocsp -H "$pin" -R "$CERTS/ca.pem" 127.0.0.1 1
}

# --- who is named is trusted -------------------------------------------------

@test "--tls-ca with an intermediate, a leaf, or what --tls-peer-cert saved" {
	local -a SHOWING=(-c --tls-cert "$CERTS/chain.pem")
	server
	sed '/-----END/q' "$CERTS/chain.pem" >leaf.pem
	believed intermediate -e localhost -R "$CERTS/middle.pem"
	believed leaf -e localhost -R leaf.pem
	believed saved -H "$(pin_of leaf.pem)" --tls-peer-cert saved.pem
	[ "$(grep -c BEGIN saved.pem)" -ge 2 ]
	believed 'what was saved' -e localhost -R saved.pem
	# The name has to be right all the same, and nobody else is trusted.
	denied 'not for wrong.test' -e wrong.test -R leaf.pem
	denied 'missing or not trusted' -e localhost -R "$CERTS/named.pem"
	stop server
	# Another one by the same issuer is not that leaf.
	SHOWING=("${SERVING[@]}")
	server
	denied 'missing or not trusted' -e localhost -R leaf.pem
}

@test "a made certificate that was saved is its own root" {
	local -a SHOWING=(-c)
	server
	believed first -H "$(pin_said server)" --tls-peer-cert saved.pem
	believed again -R saved.pem
	stop server
	server
	denied 'signed by itself' -R saved.pem
}

@test "--tls-client-ca with an intermediate, or with the client itself" {
	local -a SHOWING=("${SERVING[@]}")
	sed '/-----END/q' "$CERTS/client.pem" >one.pem
	server --tls-client-ca one.pem
	believed yes -R "$CERTS/ca.pem" --tls-cert "$CERTS/client.pem"
	run "$SOCKCAT" "${TRUSTING[@]}" --tls-cert "$CERTS/server.pem" \
	    127.0.0.1 "$PORT" <<<no
	stop server
	assert_equal "$(<server.out)" yes
}

@test "a list of revoked certificates would not be looked at: refused at the start" {
	{
		cat "$CERTS/ca.pem"
		printf -- '-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n'
	} >list.pem
	run -6 "$SOCKCAT" -c -R list.pem 127.0.0.1 1
	assert_output --partial "--tls-ca list.pem: a list of revoked certificates at line "
	run -6 "$SOCKCAT" -l "${SERVING[@]}" --tls-client-ca list.pem 127.0.0.1 0
	assert_output --partial "--tls-client-ca list.pem: a list of revoked"
}

@test "a command is told an empty subject as one" {
	listener server -c --tls-cert "$CERTS/bare.pem" 127.0.0.1 0
	"$SOCKCAT" "${TRUSTING[@]}" -e localhost --sh-exec 'env >seen' \
	    127.0.0.1 "$PORT"
	finish server
	grep -qx SSL_PEER_CERT_SUBJECT= seen
	grep -qx "SSL_PEER_CERT_HASH=sha256:$(pin_of "$CERTS/bare.pem")" seen
}

# --- addresses ---------------------------------------------------------------

@test "an address in any spelling is an address: asked for by nobody, checked as one" {
	local host
	listener server -k "${SERVING[@]}" --sh-exec \
	    'cat; echo "asked for: $SSL_TLS_SNI_SERVERNAME"' 127.0.0.1 0
	for host in 127.1 0x7f.1 2130706433 0177.0.0.1 127.0.0.1 127.0.0.1.; do
		[ "$("$SOCKCAT" "${TRUSTING[@]}" -e "$host" 127.0.0.1 "$PORT" <<<hi)" = \
		    $'hi\nasked for: ' ] || fail "-e $host"
	done
	for host in 127.1 0x7f.1 2130706433; do
		run -2 "$SOCKCAT" "${TRUSTING[@]}" --tls-servername "$host" \
		    127.0.0.1 "$PORT" <<<no
		[ "$("$SOCKCAT" "${TRUSTING[@]}" "$host" "$PORT" <<<hi)" = \
		    $'hi\nasked for: ' ] || fail "host $host"
	done
	[ "$("$SOCKCAT" "${TRUSTING[@]}" -e '[::1]' 127.0.0.1 "$PORT" <<<hi)" = \
	    $'hi\nasked for: ' ]
	for host in localhost server.test; do
		[ "$("$SOCKCAT" "${TRUSTING[@]}" -e "$host" 127.0.0.1 "$PORT" <<<hi)" = \
		    $'hi\n'"asked for: $host" ] || fail "-e $host"
	done
	run -5 "$SOCKCAT" "${TRUSTING[@]}" -e 127.2 127.0.0.1 "$PORT" <<<no
	assert_output --partial 'not for 127.0.0.2; names in the certificate: '
}

@test "SSL_CERT_FILE and SSL_CERT_DIR: roots instead of the system's" {
	local -a SHOWING=("${SERVING[@]}")
	server
	denied 'missing or not trusted'
	SSL_CERT_FILE=$CERTS/ca.pem believed file
	mkdir roots
	cp "$CERTS/ca.pem" roots
	openssl rehash roots
	SSL_CERT_DIR=$PWD/roots believed dir
	SSL_CERT_FILE=$CERTS/other.pem denied 'missing or not trusted'
	stop server
	assert_equal "$(paste -sd' ' server.out)" 'file dir'
}

# --- the system's policy -----------------------------------------------------

# policy LINE...: what the system's configuration says of TLS.
policy() {
	{
		printf '%s\n' 'openssl_conf = init' '[init]' 'ssl_conf = ssl' \
		    '[ssl]' 'system_default = system' '[system]'
		printf '%s\n' "$@"
	} >policy.cnf
	export OPENSSL_CONF=$PWD/policy.cnf
}

# no_policy COMMAND...: without it.
no_policy() {
	env -u OPENSSL_CONF "$@"
}

# agreed ARGUMENT...: the version and the suite that a client with them gets.
agreed() {
	"$SOCKCAT" "${TRUSTING[@]}" -v "$@" 127.0.0.1 "$PORT" </dev/null 2>&1 |
	    sed -n 's/.*TLS: \(TLSv[0-9.]*\), cipher \([^,]*\),.*/\1 \2/p'
}

@test "MinProtocol of the system holds, unless something else is asked for" {
	local -a SHOWING=("${SERVING[@]}")
	policy 'MinProtocol = TLSv1.3'
	server
	run -5 no_policy "$SOCKCAT" "${TRUSTING[@]}" --tls-max 1.2 127.0.0.1 \
	    "$PORT" <<<no
	run -2 "$SOCKCAT" "${TRUSTING[@]}" --tls-max 1.2 127.0.0.1 "$PORT" <<<no
	assert_output --partial "system's policy"
	assert_output --partial "--tls-min 1.2"
	stop server
	[ ! -s server.out ]
	unset OPENSSL_CONF
	server --tls-max 1.2
	policy 'MinProtocol = TLSv1.3'
	denied 'TLS: ' "${TRUSTING[@]:1}"
	# That is asking.
	believed 'asked for' "${TRUSTING[@]:1}" --tls-min 1.2
	run -0 "$SOCKCAT" "${TRUSTING[@]}" -v --tls-min 1.2 127.0.0.1 "$PORT" \
	    </dev/null
	assert_output --partial "--tls-min 1.2 is less than the system's policy"
	stop server
	assert_equal "$(<server.out)" 'asked for'
	# Less than what is the default here is no policy.
	policy 'MinProtocol = TLSv1.1'
	server
	run -5 no_policy "$SOCKCAT" "${TRUSTING[@]}" --tls-min 1.1 \
	    --tls-max 1.1 --tls-ciphers ALL@SECLEVEL=0 127.0.0.1 "$PORT" <<<no
}

@test "MaxProtocol of the system holds, unless something else is asked for" {
	local -a SHOWING=("${SERVING[@]}")
	server
	policy 'MaxProtocol = TLSv1.2'
	[[ $(agreed) == 'TLSv1.2 '* ]]
	[[ $(agreed --tls-max 1.3) == 'TLSv1.3 '* ]]
	run -2 "$SOCKCAT" "${TRUSTING[@]}" --tls-min 1.3 127.0.0.1 "$PORT" <<<no
	assert_output --partial "--tls-max 1.3 goes beyond"
}

@test "suites of the system hold, unless others are asked for" {
	local -a SHOWING=("${SERVING[@]}")
	server
	policy 'CipherString = ECDHE-ECDSA-AES128-GCM-SHA256' \
	    'Ciphersuites = TLS_CHACHA20_POLY1305_SHA256'
	assert_equal "$(agreed)" 'TLSv1.3 TLS_CHACHA20_POLY1305_SHA256'
	assert_equal "$(agreed --tls-max 1.2)" \
	    'TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256'
	assert_equal "$(agreed --tls-ciphers ECDHE-ECDSA-AES256-GCM-SHA384)" \
	    'TLSv1.3 TLS_CHACHA20_POLY1305_SHA256'
}

@test "--tls-ciphers with suites of TLS 1.3 only leaves no others" {
	local version
	local -a SHOWING=("${SERVING[@]}")
	server --tls-ciphers TLS_AES_256_GCM_SHA384
	assert_equal "$(agreed)" 'TLSv1.3 TLS_AES_256_GCM_SHA384'
	run -5 "$SOCKCAT" "${TRUSTING[@]}" --tls-max 1.2 127.0.0.1 "$PORT" <<<no
	stop server
	[ ! -s server.out ]
	for version in 1.2 1.3; do
		server --tls-max "$version"
		if [ "$version" = 1.2 ]; then
			denied 'TLS: ' "${TRUSTING[@]:1}" \
			    --tls-ciphers TLS_AES_256_GCM_SHA384
		else
			believed "$version" "${TRUSTING[@]:1}" \
			    --tls-ciphers TLS_AES_256_GCM_SHA384
		fi
		stop server
	done
	# Both kinds: both versions.
	server --tls-ciphers \
	    TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256
	assert_equal "$(agreed)" 'TLSv1.3 TLS_AES_128_GCM_SHA256'
	assert_equal "$(agreed --tls-max 1.2)" \
	    'TLSv1.2 ECDHE-ECDSA-AES128-GCM-SHA256'
}

@test "--tls-ciphers that can't hold is refused at the start" {
	run -2 "$SOCKCAT" -c --tls-max 1.2 --tls-ciphers TLS_AES_256_GCM_SHA384 \
	    127.0.0.1 1
	assert_output --partial 'all of them are of TLS 1.3, and 1.2'
	run -2 "$SOCKCAT" -u -c --tls-ciphers TLS_AES_256_GCM_SHA384 127.0.0.1 1
	assert_output --partial 'all of them are of TLS 1.3, and DTLS'
	run -2 "$SOCKCAT" -c --tls-ciphers 'HIGH:!TLS_AES_128_GCM_SHA256' \
	    127.0.0.1 1
	assert_output --partial "'!TLS_AES_128_GCM_SHA256'"
}

# --- as README has it --------------------------------------------------------

# readme_pair: the commands of README for pins on both sides, one a line.
readme_pair() {
	sed -n '/^of a stranger is written/,/^Short options/p' \
	    "$top_srcdir/README" |
	    sed -e ':a' -e '/\\$/{N;s/\\\n[ 	]*//;ba' -e '}' |
	    sed -n 's/^	\(sender\|receiver\)\$ *//p'
}

# readme_words COMMAND PIN: what is between "sockcat" and host and port, with the
# pin instead of the one in README.
readme_words() {
	sed -e 's/^sockcat \(-l \)\{0,1\}//' -e 's/\( receiver\)\{0,1\} 4000 .*//' \
	    -e "s/--tls-pin [^ ]*/--tls-pin $2/" <<<"$1"
}

@test "pins on both sides, as in README: each is sure, and nobody else gets in" {
	local pair mine words client
	mapfile -t pair < <(readme_pair)
	[ "${#pair[@]}" -eq 4 ] || fail "${pair[*]}"
	eval "${pair[0]}" 2>/dev/null
	mine=$(eval "${pair[1]}" | cut -d= -f2)
	[ "$(stat -c %a me.pem)" = 600 ]
	words=$(readme_words "${pair[2]}" "$mine")
	assert_equal "$words" "-c --tls-pin $mine"
	echo 'a file' >file
	# shellcheck disable=SC2086 # words
	listener receiver $words 127.0.0.1 0
	client=$(readme_words "${pair[3]}" "$(pin_said receiver)")
	assert_equal "$client" \
	    "-c --tls-cert me.pem --tls-pin $(pin_said receiver)"
	# shellcheck disable=SC2086
	"$SOCKCAT" $client 127.0.0.1 "$PORT" <file
	finish receiver
	same receiver.out file
	[ ! -s receiver.err ] || run ! grep -v 'tls pin' receiver.err
	# The uninvited, with a certificate and without, have no byte written.
	for client in "--tls-cert $CERTS/client.pem" ""; do
		# shellcheck disable=SC2086
		listener receiver $words 127.0.0.1 0
		# shellcheck disable=SC2086
		run "$SOCKCAT" -c --tls-pin "$(pin_said receiver)" $client \
		    127.0.0.1 "$PORT" <<<uninvited
		[[ $status == [15] ]] || fail "status $status"
		finish receiver 5
		[ ! -s receiver.out ]
	done
}

@test "a pin on one side: the one who listens takes what comes, as README says" {
	listener receiver -c 127.0.0.1 0
	"$SOCKCAT" -c --tls-insecure 127.0.0.1 "$PORT" <<<uninvited
	finish receiver
	assert_equal "$(<receiver.out)" uninvited
	tr -s '\n' ' ' <"$top_srcdir/README" |
	    grep -q 'whoever connects first, invited or not'
}

@test "--forward tls: in front of each kind of target" {
	local target
	tls_listener path -k --exec 'sed -u s/^/path:/' -U ./path
	tls_listener name -k --exec 'sed -u s/^/name:/' -U "@$PWD"
	tls_listener port -k --exec 'sed -u s/^/port:/' 127.0.0.1 0
	for target in "path tls:$PWD/path" "path tls:unix:./path" \
	    "name tls:@$PWD" "port tls:127.0.0.1:$PORT"; do
		listener front --forward "${target#* }" -R "$CERTS/ca.pem" \
		    -e 127.0.0.1 127.0.0.1 0
		run -0 "$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
		assert_output "${target%% *}:hello"
		finish front
	done
}

@test "files: a pin is there at once, before the listener listens, and so is a chain" {
	need_strace
	run -3 strace -o trace -e 'trace=/^rename,listen' "$SOCKCAT" -l -c \
	    --pin-file pin --accept-timeout 1ms 127.0.0.1 0
	grep -Eo '^(rename|listen)' trace | paste -sd' ' >order
	[ "$(<order)" = "rename listen" ]
	grep -q '^rename.*"pin"' trace
	local -a SHOWING=("${SERVING[@]}")
	server
	strace -f -o trace -e 'trace=/^rename' "$SOCKCAT" "${TRUSTING[@]}" \
	    --tls-peer-cert chain.pem 127.0.0.1 "$PORT" <<<hello
	stop server
	grep -q 'rename.*"chain.pem"' trace
}

@test "versions before TLS 1.2 are refused" {
	local version
	local -a SHOWING=("${SERVING[@]}")
	need openssl
	server
	for version in -tls1 -tls1_1; do
		run openssl s_client "$version" -cipher ALL:@SECLEVEL=0 \
		    -CAfile "$CERTS/ca.pem" -connect "127.0.0.1:$PORT" <<<Q
		[ "$status" -ne 0 ]
		assert_output --partial 'alert protocol version'
	done
	believed good -R "$CERTS/ca.pem"
	stop server
	assert_equal "$(<server.out)" good
}
