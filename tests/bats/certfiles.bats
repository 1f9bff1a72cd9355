#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Files of certificates and keys: what is no PEM, or broken, is named as what it
# is; and with -k HUP reads them again.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load tls

# refused_file OPTION TEXT [ARGUMENT...]: with the file `bad' for that option it
# does not start, and says TEXT.
refused_file() {
	local option=$1 text=$2
	local -a role=(-l)
	shift 2
	[ "$option" != --tls-ca ] || role=()
	run -6 --separate-stderr timeout 20 "$SOCKCAT" "${role[@]}" -c "$@" \
	    "$option" bad 127.0.0.1 1
	[[ $stderr == "sockcat: $option bad: $text"* ]] ||
	    fail "$option: not '$text' but: $stderr"
	[ "${#stderr_lines[@]}" -eq 1 ] || fail "$stderr"
}

# refused_everywhere TEXT: as any file of certificates.
refused_everywhere() {
	refused_file --tls-ca "$1"
	refused_file --tls-client-ca "$1"
	refused_file --tls-cert "$1"
}

# without_end FILE: all but its last two lines.
without_end() {
	head -n -2 "$1"
}

# certificate FILE: the first one in it; key FILE: the key.
certificate() {
	openssl x509 -in "$1"
}

key() {
	openssl pkey -in "$1"
}

# --- formats -----------------------------------------------------------------

@test "certificates that are DER, PKCS#12 or PKCS#7" {
	openssl x509 -in "$CERTS/server.pem" -outform DER -out bad
	refused_everywhere 'no certificate: it is DER, PEM is needed (openssl x509'
	openssl pkcs12 -export -in "$CERTS/server.pem" -passout pass:x -out bad
	refused_everywhere 'no certificate: it is PKCS#12, PEM is needed (openssl pkcs12'
	openssl crl2pkcs7 -nocrl -certfile "$CERTS/server.pem" -outform DER -out bad
	refused_everywhere 'no certificate: it is PKCS#7, PEM is needed (openssl pkcs7'
	openssl crl2pkcs7 -nocrl -certfile "$CERTS/server.pem" -out bad
	refused_everywhere 'no certificate that can be used: what is in it is a PKCS7'
}

@test "certificates that are none" {
	: >bad
	refused_everywhere 'no certificate: it is empty'
	echo 'some text' >bad
	refused_everywhere 'no certificate: it is no PEM'
	key "$CERTS/server.pem" >bad
	refused_everywhere 'no certificate that can be used: what is in it is a PRIVATE KEY'
	printf '0' >bad
	refused_everywhere 'no certificate: it is no PEM'
	rm bad
	refused_everywhere 'No such file or directory'
	mkdir bad
	refused_file --tls-cert 'Is a directory'
}

@test "a good certificate, then a broken one: which, and at which line" {
	local n
	certificate "$CERTS/server.pem" >good
	n=$(wc -l <good)
	without_end good >bad
	refused_everywhere "a broken certificate at line 1 (it has no end)"
	cat good <(without_end "$CERTS/ca.pem") >bad
	refused_everywhere \
	    "a good certificate, then a broken one at line $((n + 1)) (it has no end)"
	# One that loses a line in the middle, and one more behind it.
	cat good <(certificate "$CERTS/ca.pem" | sed 4d) good >bad
	refused_everywhere \
	    "a good certificate, then a broken one at line $((n + 1)) ("
	cat good good <(echo '# and') <(sed '3s/./!/' good) >bad
	refused_everywhere \
	    "2 good certificates, then a broken one at line $((2 * n + 2)) ("
	# The next one begins where this one should end.
	cat <(without_end good) good >bad
	refused_everywhere "a broken certificate at line 1 (it has no end)"
}

@test "what is around the blocks does not matter: CR, text, the mark of UTF-8" {
	local form
	for form in 's/$/\r/' '1i some text' '1s/^/\xef\xbb\xbf/'; do
		sed "$form" "$CERTS/ca.pem" >ca
		sed "$form" "$CERTS/server.pem" >server
		chmod 600 server
		listener server -c --tls-cert server 127.0.0.1 0
		"$SOCKCAT" -c -R ca 127.0.0.1 "$PORT" <<<"$form"
		finish server
		assert_equal "$(<server.out)" "$form"
	done
}

@test "keys that are none, broken, or of another certificate" {
	local -a with=(--tls-cert "$CERTS/server.pem")
	local alone='a certificate is in it, and no key that can be used; --tls-key FILE gives the key'
	key "$CERTS/server.pem" | openssl pkey -outform DER -out bad
	chmod 600 bad
	refused_file --tls-key 'no key: it is DER, PEM is needed' "${with[@]}"
	: >bad
	refused_file --tls-key 'no key: it is empty' "${with[@]}"
	certificate "$CERTS/server.pem" >bad
	refused_file --tls-key 'no key that can be used: what is in it is a CERTIFICATE' \
	    "${with[@]}"
	printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n' >openssh
	cat openssh >bad
	refused_file --tls-key 'no key that can be used: what is in it is a OPENSSH PRIVATE KEY' \
	    "${with[@]}"
	without_end <(key "$CERTS/server.pem") >bad
	refused_file --tls-key 'a broken key at line 1 (it has no end)' "${with[@]}"
	cat "$CERTS/ca.pem" <(key "$CERTS/server.pem" | sed '2s/./!/') >bad
	refused_file --tls-key \
	    "a broken key at line $(($(wc -l <"$CERTS/ca.pem") + 1)) (" "${with[@]}"
	key "$CERTS/named.pem" >bad
	refused_file --tls-key "not the key of $CERTS/server.pem" "${with[@]}"
	openssl genrsa -out bad 2048 2>/dev/null
	refused_file --tls-key "not the key of $CERTS/server.pem" "${with[@]}"
	# The certificate's own file, without one.
	certificate "$CERTS/server.pem" >bad
	refused_file --tls-cert "$alone"
	cat >>bad <openssh
	refused_file --tls-cert "$alone"
}

@test "the warning of a key's permissions is for keys" {
	local alone='a certificate is in it, and no key that can be used; --tls-key FILE gives the key'
	certificate "$CERTS/server.pem" >bad
	chmod 644 bad
	refused_file --tls-cert "$alone"
	refused_file --tls-key 'no key that can be used: what is in it is a CERTIFICATE' \
	    --tls-cert "$CERTS/server.pem"
	key "$CERTS/server.pem" >>bad
	listener server -c --tls-cert bad 127.0.0.1 0
	grep -q '^sockcat: warning: the key in bad can be read' server.err
}

@test "certificate and key come through a pipe" {
	mkfifo pipe
	cat "$CERTS/server.pem" >pipe &
	listener server -c --tls-cert pipe 127.0.0.1 0
	"$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT" <<<hello
	finish server
	assert_equal "$(<server.out)" hello
}

# --- HUP ---------------------------------------------------------------------

# install NAME: the identity of server.pem, named.pem ... is in `own' from now on.
install() {
	cp "$CERTS/$1.pem" own.new
	chmod 600 own.new
	mv own.new own
}

# reloaded N: the listener has read its files N times, well or not.
reloaded() {
	[ "$(grep -c 'read again\|stay as they were' server.err)" -ge "$1" ]
}

# hup N: HUP, for the Nth time, and what comes of it.
hup() {
	kill -HUP "${PID[server]}"
	until_true reloaded "$1"
}

# shows NAME [ARGUMENT...]: a client sees that certificate.
shows() {
	local pin
	pin=$(pin_of "$CERTS/$1.pem")
	shift
	"$SOCKCAT" -c -H "$pin" --send-only "$@" 127.0.0.1 "$PORT" </dev/null ||
	    fail "another certificate: $(<server.err)"
}

# renewed ARGUMENT...: a listener with these shows, after HUP, what is in the file
# then, and what it had if that is bad.
renewed() {
	local -a client=()
	[ "$1" != -u ] || client=(-u)
	install server
	listener server -k -v -c --tls-cert own --pin-file pin "$@" 127.0.0.1 0
	shows server "${client[@]}"
	install named
	hup 1
	shows named "${client[@]}"
	assert_equal "$(<pin)" "sha256:$(pin_of "$CERTS/named.pem")"
	grep -q 'the certificates and the key for clients were read again' \
	    server.err
	certificate "$CERTS/server.pem" >own
	hup 2
	rm own
	hup 3
	sed 's/^M/!/' "$CERTS/server.pem" >own
	hup 4
	[ "$(grep -c 'certificates and the key for clients stay as they were' \
	    server.err)" -eq 3 ]
	grep -q 'no key that can be used.*stay' server.err
	grep -q 'own: No such file or directory.*stay' server.err
	grep -q 'a broken certificate at line.*stay' server.err
	shows named "${client[@]}"
	assert_equal "$(<pin)" "sha256:$(pin_of "$CERTS/named.pem")"
	install server
	hup 5
	shows server "${client[@]}"
	stop server
}

@test "HUP: a new certificate for new clients, bad ones change nothing: standard output" {
	renewed --pin-file pin
}

@test "HUP: ... commands, and a broker" {
	renewed --exec cat
	renewed --broker
}

@test "HUP: ... --forward" {
	listener target -k --exec cat 127.0.0.1 0
	renewed --forward "127.0.0.1:$PORT"
}

@test "HUP: ... datagrams" {
	renewed -u --exec cat
}

@test "HUP: a session that has begun goes on" {
	local in
	install server
	listener server -k -v -c --tls-cert own --exec cat 127.0.0.1 0
	mkfifo in
	exec {in}<>in
	INPUT=in spawn old "$SOCKCAT" "${TRUSTING[@]}" -v 127.0.0.1 "$PORT"
	echo before >&"$in"
	until_true has_line old.out before
	install named
	hup 1
	echo after >&"$in"
	until_true has_line old.out after
	shows named
	stop old
	stop server
}

@test "HUP: those whom a listener trusts are read again, its made certificate stays" {
	cp "$CERTS/ca.pem" trusted
	listener server -k -v -c --tls-client-ca trusted 127.0.0.1 0
	tell() {
		"$SOCKCAT" -c -H "$(pin_said server | head -1)" \
		    --tls-cert "$CERTS/$1.pem" 127.0.0.1 "$PORT" <<<"$2"
	}
	tell client one
	until_true has_line server.out one
	cp "$CERTS/other.pem" trusted
	hup 1
	tell stranger two
	until_true has_line server.out two
	tell client three || [ $? -eq 5 ]
	until_true has_line server.err 'missing or not trusted'
	echo nonsense >trusted
	hup 2
	tell stranger four
	until_true has_line server.out four
	stop server
	assert_equal "$(paste -sd' ' server.out)" "one two four"
}

@test "HUP: a key that was asked for is not asked for again" {
	local -a with
	cp "$CERTS/locked.pem" own
	cp "$CERTS/locked.key" own.key
	chmod 600 own.key
	echo 'open sesame' >pass
	with=(--tls-cert own --tls-key own.key)
	listener server -k -v -c "${with[@]}" --tls-key-pass-file pass 127.0.0.1 0
	hup 1
	grep -q 'were read again' server.err
	rm pass
	hup 2
	grep -q 'pass: No such file' server.err
	shows locked
	stop server
}

@test "HUP: files that --user can't read any more: they stay as they were" {
	[ "$(id -u)" -eq 0 ] || skip "only root can become somebody else"
	install server
	listener server -k -v -c --tls-cert own --user nobody 127.0.0.1 0
	install named
	hup 1
	grep -q 'own: Permission denied.*stay as they were' server.err
	shows server
	stop server
}

@test "HUP: certificates and lists at once, one bad and one good" {
	install server
	echo 127.0.0.2 >deny
	listener server -k -v -c --tls-cert own --denyfile deny --exec cat \
	    127.0.0.1 0
	install named
	echo 127.0.0.3/77 >deny
	hup 2
	grep -q 'the lists stay as they were' server.err
	shows named
	run "$SOCKCAT" -c --tls-insecure -s 127.0.0.2 127.0.0.1 "$PORT" <<<no
	[ "$status" -ne 0 ]
	stop server
}

@test "HUP without files, or without -k, ends it" {
	listener server -k -c 127.0.0.1 0
	kill -HUP "${PID[server]}"
	finish server 129
	install server
	listener server -c --tls-cert own 127.0.0.1 0
	kill -HUP "${PID[server]}"
	finish server 129
}
