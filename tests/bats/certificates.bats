#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Certificates in order, and each thing that can be wrong with one: whom a client
# believes, what it says of the others, and that those get nothing.

load helpers
load certificates

# names_of MESSAGE: sets NAMES to the names that it says are in the certificate,
# one a line.
names_of() {
	NAMES=
	[[ $1 == *"names in the certificate: "* ]] || return 0
	NAMES=${1##*names in the certificate: }
	NAMES=${NAMES%%; --tls-pin*}
	NAMES=${NAMES//, /$'\n'}
}

# pin_accepted PIN TEXT: that pin is enough, and that of another certificate with
# the same key and issuer is not.
pin_accepted() {
	local pin=$1 text=$2
	tell "$text" --tls-pin "$pin"
	until_true has_line server.out "$text"
	: "${OTHER_PIN:=sha256:$(pin_of "$CERTS/clientserver.pem")}"
	denied --tls-pin "$OTHER_PIN"
	[[ $MESSAGE == *"pin"*"$pin"* ]] || fail "$MESSAGE"
}

# refused CERTIFICATE NAME TEXT [ROOTS]: status 5, the message has TEXT (extended)
# and what would accept it, and just that does.  The server receives nothing but
# what is sent then.
refused() {
	local certificate=$1 name=$2 text=$3 roots=${4:-ca.pem} pin said
	serve "$certificate"
	denied_by_both -R "$CERTS/$roots" -e "$name"
	said=$MESSAGE
	[[ $said =~ $text ]] || fail "$certificate: $said"
	pin=sha256:$(pin_of "$CERTS/$certificate.pem")
	[[ $said == *"--tls-pin $pin would accept exactly this"* ]] ||
	    fail "$certificate, no pin: $said"
	pin_accepted "$pin" "to $certificate"
	stop server
	assert_equal "$(<server.out)" "to $certificate"
	# It can't be refused for a name that is said to be in it.
	names_of "$said"
	[[ $'\n'$NAMES$'\n' != *$'\n'"$name"$'\n'* ]] ||
	    fail "$certificate: not for $name, which it has? $said"
	MESSAGE=$said
}

# accepted CERTIFICATE NAME [ROOTS]: and nothing is said.
accepted() {
	local certificate=$1 name=$2 roots=${3:-ca.pem} max
	serve "$certificate"
	for max in 1.2 1.3; do
		run -0 tell "by $max" -R "$CERTS/$roots" -e "$name" \
		    --tls-max "$max"
		assert_equal "$output" ""
		until_true has_line server.out "by $max"
	done
	stop server
}

# --- names -------------------------------------------------------------------

@test "names: the one in the certificate, whatever the case, with the root's dot" {
	accepted good localhost
	accepted good LocalHost
	accepted good localhost.
	accepted wrong wrong.test
	accepted wrong www.wrong.test
	accepted many name499.example.test
	accepted nosubject localhost
	accepted escapes real.test
}

@test "names: any other is refused, and those in the certificate are said" {
	refused wrong localhost \
	    '^certificate is not for localhost; .*: www.wrong.test, wrong.test, 192.0.2.7;'
	refused good localhost.test '^certificate is not for localhost.test; .*: localhost;'
	refused good host '^certificate is not for host; .*: localhost;'
	refused nosubject other.test 'not for other.test; .*: localhost;'
	refused nameless localhost 'not for localhost; .*: none \(a common name, CN=Nameless, '
}

@test "wildcards: one whole label, the leftmost" {
	accepted wildcard a.example.test
	accepted wildcard A.EXAMPLE.TEST
	refused wildcard a.b.example.test 'not for a.b.example.test; .*: \*.example.test;'
	refused wildcard example.test 'not for example.test; .*: \*.example.test;'
	refused partial foo.example.test 'not for foo.example.test; .*: DNS:f\*.example.test;'
	refused star localhost 'not for localhost; .*: DNS:\*, DNS:\*.\*.test;'
	refused star a.b.test 'not for a.b.test; .*: DNS:\*, DNS:\*.\*.test;'
}

@test "a name with a dot in front is none, not all those below it" {
	serve wildcard
	run tell secret -R "$CERTS/ca.pem" -e .example.test
	[[ $status == [25] ]] || fail "status $status"
	stop server
	assert_equal "$(<server.out)" ""
}

@test "a common name is no name of the server (RFC 9525)" {
	refused cnonly localhost \
	    'not for localhost; names in the certificate: none \(a common name, CN=localhost, does not count: a subjectAltName is needed\);'
}

@test "addresses: those in the certificate, however they are written" {
	accepted ip4 127.0.0.1
	accepted wrong 192.0.2.7
	accepted ip6 ::1
	accepted ip6 0:0:0:0:0:0:0:1
	accepted ip6 ::1%lo
}

@test "addresses: no other, no name instead of one, and not instead of a name" {
	refused ip4 127.0.0.2 'not for 127.0.0.2; .*: 127.0.0.1;'
	refused ip4 ::1 'not for ::1; .*: 127.0.0.1;'
	refused ip4 ::ffff:127.0.0.1 'not for ::ffff:127.0.0.1; .*: 127.0.0.1;'
	refused ip6 ::2 'not for ::2; .*: ::1;'
	refused ip6 127.0.0.1 'not for 127.0.0.1; .*: ::1;'
	refused ip4 localhost 'not for localhost; .*: 127.0.0.1;'
	refused ip6 localhost 'not for localhost; .*: ::1;'
	refused good 127.0.0.1 'not for 127.0.0.1; .*: localhost;'
}

@test "addresses: a name that looks like one is not one, nor is a common name" {
	refused dnsip 127.0.0.1 'not for 127.0.0.1; '
}

@test "names: without -e the host is the one" {
	serve ip4
	tell "by address" -R "$CERTS/ca.pem"
	until_true has_line server.out "by address"
	run -5 "$SOCKCAT" -c -4 -R "$CERTS/ca.pem" localhost "$PORT" </dev/null
	assert_output --partial 'not for localhost;'
	stop server
	serve good
	"$SOCKCAT" -c -4 -R "$CERTS/ca.pem" localhost "$PORT" <<<"by name"
	until_true has_line server.out "by name"
	denied -R "$CERTS/ca.pem"
	[[ $MESSAGE == *'not for 127.0.0.1;'* ]]
	stop server
	assert_equal "$(<server.out)" "by name"
}

@test "a name with a NUL in it is not what is in front of that" {
	refused nul localhost 'not for localhost; .*: DNS:localhost.x00.evil.test;'
	refused nulcn localhost 'not for localhost; '
}

@test "names and subjects can't make the terminal do things, nor lines of their own" {
	refused escapes localhost \
	    'DNS:.x1b.x5d0.x3bgotcha.x07.x1b.x5b2J, DNS:a.+sockcat:.x20lie, .*, real.test;'
	serve escapes
	run -0 tell hello -v -R "$CERTS/ca.pem" -e real.test
	assert_output --partial '1B[31m'
	assert_output --partial 'gotcha'
	for line in "${lines[@]}"; do
		[[ $line == 'sockcat: '* && $line != 'sockcat: lie'* ]] ||
		    fail "whose line? $line"
	done
	all_printable "$output"
	stop server
}

@test "hundreds of names: what is left out is seen, and the pin is not lost" {
	local name
	refused many localhost 'not for localhost; .*: name000.example.test, name001'
	names_of "$MESSAGE"
	# None is cut short to another one.
	while read -r name; do
		[[ $name =~ ^name[0-9]{3}\.example\.test$ || $name == *...* ]] ||
		    fail "no such name: $name"
	done <<<"$NAMES"
	[[ $MESSAGE == *...* ]] || fail "as if that were all: $MESSAGE"
}

@test "a name of 3000 bytes: what is left out is seen, and the pin is not lost" {
	refused long localhost 'not for localhost; '
	[[ $MESSAGE == *...* ]] || fail "as if that were all: $MESSAGE"
	accepted long b.test
}

# --- time --------------------------------------------------------------------

@test "expired and not yet valid: the date, and which one of the chain" {
	refused expired localhost '^certificate expired 2020-01-31; '
	refused future localhost '^certificate is not valid before 2090-01-01; '
	refused byexpired localhost \
	    '^certificate expired 2020-01-31 \(number 1 of the chain: CN=Old Middle\)'
	refused ofold localhost \
	    '^certificate expired 2020-01-31 \(number 1 of the chain: CN=Old Root\)' \
	    old.pem
}

# --- who signed it -----------------------------------------------------------

@test "an intermediate: sent it is good, missing it is named" {
	accepted chained localhost
	refused orphan localhost \
	    '^certificate of its issuer is missing or not trusted: CN=Middle; '
}

@test "roots: of a file, of a directory; others are named" {
	accepted good localhost both.pem
	accepted good localhost hashed
	accepted foreign localhost other.pem
	accepted foreignfull localhost other.pem
	refused foreign localhost 'missing or not trusted: CN=Other Root; ' hashed
	refused foreignfull localhost \
	    'root that is not trusted \(number 1 of the chain: CN=Other Root\)'
	accepted orphan localhost middle.pem
}

@test "signed by itself: good as its own root only" {
	accepted self localhost self.pem
	refused self localhost '^certificate signed by itself; '
	refused self other.test 'not for other.test; .*: localhost;' self.pem
}

@test "a signature that is wrong, and issuers that may not issue it" {
	refused forged localhost '^certificate signature failure; '
	refused byleaf localhost \
	    '^invalid CA certificate \(number 1 of the chain: CN=No Issuer\)'
	refused outside localhost '^permitted subtree violation; '
}

# --- what it is good for -----------------------------------------------------

@test "a certificate for clients, or for issuing only, is none of a server" {
	refused clientonly localhost '^unsuitable certificate purpose; '
	refused caonly localhost '^unsuitable certificate purpose; '
}

@test "weak keys and digests are refused, and the pin takes even them" {
	local name key pin
	for name in weakkey weakdigest; do
		key=leaf
		[ "$name" != weakkey ] || key=rsa
		serve_by_openssl "$name" "$key" -cipher DEFAULT@SECLEVEL=0
		denied_by_both -R "$CERTS/ca.pem" -e localhost
		[[ $MESSAGE == *' too weak; '* ]] || fail "$MESSAGE"
		pin=sha256:$(pin_of "$CERTS/$name.pem")
		[[ $MESSAGE == *"--tls-pin $pin would"* ]] || fail "$MESSAGE"
		run ! grep -q secret server.out
		pin_accepted "$pin" "to $name"
		stop server
		run ! grep -q secret server.out
	done
}

@test "a listener with a weak certificate does not begin, and says why" {
	run -6 "$SOCKCAT" -l -c --tls-cert "$CERTS/weakkey.pem" \
	    --tls-key "$CERTS/rsa.key" 127.0.0.1 0
	assert_output --partial "weakkey.pem"
	assert_output --partial "key too small"
	run -6 "$SOCKCAT" -l -c --tls-cert "$CERTS/weakdigest.pem" \
	    --tls-key "$CERTS/leaf.key" 127.0.0.1 0
	assert_output --partial "weakdigest.pem"
	assert_output --partial "md too weak"
}

# --- stapled answers ---------------------------------------------------------

# stapled NAME [ROOTS]: a server with that answer, none if it is empty.
stapled() {
	serve_by_openssl good leaf ${1:+-status_file "$CERTS/staple-$1.der"}
}

# not_needed ROOTS TEXT: without --tls-ocsp the answer does no harm, and -v says
# what is the matter with it.
not_needed() {
	local max
	for max in 1.2 1.3; do
		run -0 tell "not needed $max" -v -R "$CERTS/$1" -e localhost \
		    --tls-max "$max"
		assert_output --partial "stapled OCSP answer: $2"
		until_true has_line server.out "not needed $max"
	done
}

# useless NAME TEXT [ROOTS]: an answer that does not do for --tls-ocsp.
useless() {
	local roots=${3:-ca.pem}
	stapled "$1"
	not_needed "$roots" "$2"
	denied_by_both --tls-ocsp -R "$CERTS/$roots" -e localhost
	[[ $MESSAGE =~ "--tls-ocsp: no good stapled OCSP answer: "$2 ]] ||
	    fail "$1: $MESSAGE"
	stop server
	run ! grep -q secret server.out
}

@test "a good answer, of the issuer or of whom it appointed" {
	local answer max
	for answer in good delegated; do
		stapled "$answer"
		not_needed ca.pem good
		for max in 1.2 1.3; do
			run -0 tell "needed $max" --tls-ocsp -e localhost \
			    -R "$CERTS/ca.pem" --tls-max "$max"
			assert_equal "$output" ""
			until_true has_line server.out "needed $max"
		done
		stop server
	done
}

@test "revoked: refused with --tls-ocsp and without, and the pin takes it" {
	local pin option
	pin=sha256:$(pin_of "$CERTS/good.pem")
	stapled revoked
	for option in "" --tls-ocsp; do
		denied_by_both ${option:+"$option"} -R "$CERTS/ca.pem" -e localhost
		[[ $MESSAGE == *"revoked"*"--tls-pin $pin would"* ]] ||
		    fail "$MESSAGE"
	done
	pin_accepted "$pin" "to the revoked one"
	stop server
	run ! grep -q secret server.out
}

@test "no answer, one that knows nothing, and one that says to come later" {
	useless "" none
	useless unknown unknown
	useless later trylater
}

@test "an answer of another time" {
	useless stale 'it is not of today'
	useless early 'it is not of today'
}

@test "an answer of years ago that does not say until when" {
	useless dateless 'it '
}

@test "an answer about another certificate" {
	useless other 'it is about another certificate'
}

@test "an answer about the certificate of another issuer with the same number" {
	[ "$(openssl x509 -noout -serial -in "$CERTS/good.pem")" = \
	    "$(openssl x509 -noout -serial -in "$CERTS/twin.pem")" ]
	useless twin 'it is about another certificate' both.pem
}

@test "an answer of somebody who may not say" {
	useless unauthorized 'its signature is not valid'
	# Nor one by a root that is not trusted.
	useless twin 'it'
}
