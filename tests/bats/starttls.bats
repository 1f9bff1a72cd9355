#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The dialogues before TLS (--starttls).

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

# peer NAME VERB...: tlspeer.py listens, at PORT.
peer() {
	local name=$1
	shift
	spawn "$name" "$PEERS/tlspeer.py" listen 127.0.0.1:0 "$@"
	until_true test -s "$name.out"
	read -r PORT <"$name.out"
}

# dialogue PROTOCOL VERB...: the verbs are what the server says and awaits up to
# TLS; then it sends the client's data back.
dialogue() {
	local protocol=$1
	shift
	rm -f got
	peer server "$@" "tls:cert=$CERTS/server.pem" recv:got send:got notify
	echo "over $protocol" | client --starttls "$protocol" -e server.test >out
	finish server
	assert_equal "$(<out)" "over $protocol"
}

@test "--starttls: smtp, imap, pop3 and ftp" {
	dialogue smtp 'put:220-a\r\n220 b\r\n' 'until:\r\n' \
	    'put:250-a\r\n250-STARTTLS\r\n250 c\r\n' 'until:STARTTLS\r\n' \
	    'put:220 go\r\n'
	dialogue imap 'put:* OK hello\r\n' 'until:a1 STARTTLS\r\n' \
	    'put:* CAPABILITY IMAP4rev1\r\na1 OK go\r\n'
	dialogue pop3 'put:+OK hello\r\n' 'until:STLS\r\n' 'put:+OK go\r\n'
	dialogue ftp 'put:220 hello\r\n' 'until:AUTH TLS\r\n' \
	    'put:234 go\r\n'
}

# What an XMPP server says up to TLS, before which it waits for <starttls/>.
XMPP=("until:to='server.test'>"
    "put:<?xml version='1.0'?><stream:stream id='1' version='1.0'"
    "put: xmlns='jabber:client'"
    "put: xmlns:stream='http://etherx.jabber.org/streams'>")
XMPP_TLS="xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
XMPP_OFFERS=("${XMPP[@]}"
    "put:<stream:features><starttls $XMPP_TLS</stream:features>"
    'until:<starttls' 'until:/>')
LDAP_GOES='put:\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00'

@test "--starttls: xmpp, ldap and postgres" {
	dialogue xmpp "${XMPP_OFFERS[@]}" "put:<proceed $XMPP_TLS"
	dialogue ldap 'until:1.3.6.1.4.1.1466.20037' "$LDAP_GOES"
	dialogue postgres 'until:\x04\xd2\x16\x2f' 'put:S'
}

# no_dialogue PROTOCOL TEXT VERB...: after that, the client says TEXT and sends
# no more: neither TLS nor its standard input.
no_dialogue() {
	local protocol=$1 text=$2
	shift 2
	peer server "$@" plain:rest
	run -5 --separate-stderr client --starttls "$protocol" \
	    -e server.test <<<secret
	finish server
	[ ! -s rest ] || fail "$protocol: sent on: $(od -c rest)"
	[[ $stderr =~ $text ]] || fail "$protocol: not said: $text, but $stderr"
}

@test "--starttls: a peer that refuses TLS, or does not offer it" {
	no_dialogue smtp 'not offer' 'put:220 a\r\n' 'until:\r\n' \
	    'put:250 nothing\r\n'
	no_dialogue smtp 'refuses.*454 not now' 'put:220 a\r\n' 'until:\r\n' \
	    'put:250-a\r\n250 STARTTLS\r\n' 'until:STARTTLS\r\n' 'put:454 not now\r\n'
	no_dialogue imap 'refuses.*a1 NO' 'put:* OK a\r\n' 'until:\r\n' \
	    'put:a1 NO\r\n'
	no_dialogue pop3 'refuses.*ERR no' 'put:+OK a\r\n' 'until:STLS\r\n' \
	    'put:-ERR no\r\n'
	no_dialogue ftp 'refuses.*502' 'put:220 a\r\n' 'until:TLS\r\n' \
	    'put:502 no\r\n'
	no_dialogue ldap 'refuses.*resultCode 2' 'until:20037' \
	    'put:\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x02\x04\x00\x04\x00'
	no_dialogue xmpp 'not offer' "${XMPP[@]}" \
	    'put:<stream:features></stream:features>'
	no_dialogue xmpp 'refuses' "${XMPP_OFFERS[@]}" \
	    "put:<failure $XMPP_TLS"
	no_dialogue postgres 'refuses' 'until:\x04\xd2\x16\x2f' 'put:N'
	no_dialogue smtp 'not of that protocol' 'put:+OK pop\r\n'
}

@test "--starttls: bytes glued to the last answer are no part of TLS" {
	no_dialogue smtp 'before they were asked' 'put:220 a\r\n' 'until:\r\n' \
	    'put:250-a\r\n250 STARTTLS\r\n' 'until:STARTTLS\r\n' \
	    'put:220 go\r\n250 injected\r\n'
	no_dialogue imap 'before they were asked' 'put:* OK a\r\n' \
	    'until:\r\n' 'put:a1 OK go\r\n* injected\r\n'
	no_dialogue pop3 'before they were asked' 'put:+OK a\r\n' \
	    'until:STLS\r\n' 'put:+OK go\r\n+OK injected\r\n'
	no_dialogue ftp 'before they were asked' 'put:220 a\r\n' \
	    'until:TLS\r\n' 'put:234 go\r\n230 injected\r\n'
	no_dialogue xmpp 'before they were asked' "${XMPP_OFFERS[@]}" \
	    "put:<proceed $XMPP_TLS<message/>"
	no_dialogue ldap 'before they were asked' 'until:20037' \
	    "${LDAP_GOES}\\x30\\x00"
	no_dialogue postgres 'before they were asked' \
	    'until:\x04\xd2\x16\x2f' 'put:Sinjected'
}

@test "--starttls: a peer that says nothing, one that ends, and a wrong one" {
	peer server plain:got
	run -3 --separate-stderr client --starttls smtp \
	    --connect-timeout 200ms <<<secret
	[[ $stderr =~ 'no answer in time' ]]
	finish server
	[ ! -s got ]
	peer server 'put:220 a\r\n' 'until:\r\n' plain:got
	run -3 --separate-stderr client --starttls smtp -w 200ms <<<secret
	finish server
	[ ! -s got ]
	peer server 'put:220 a\r\n' 'until:\r\n' fin plain:got
	run -1 --separate-stderr client --starttls smtp <<<secret
	[[ $stderr =~ 'ended the connection' ]]
	finish server
	# TERM ends it.
	peer server 'put:220 a\r\n' 'until:\r\n' say:heard plain:got
	spawn client "$SOCKCAT" "${TRUSTING[@]}" --starttls smtp \
	    127.0.0.1 "$PORT"
	until_true has_line server.out heard
	stop client
	finish server
	# The certificate counts as ever.
	peer server 'put:+OK a\r\n' 'until:STLS\r\n' 'put:+OK go\r\n' \
	    "tls:cert=$CERTS/server.pem" recv:got
	run -5 client --starttls pop3 -e wrong.test <<<secret
	finish server any
	run ! grep -q secret got
}

# bounded PROTOCOL VERB...: a peer whose answer has no end: 5, and soon enough.
bounded() {
	local protocol=$1
	shift
	peer server "$@" plain:rest
	refused 5 'too long' client --starttls "$protocol" -e server.test
	finish server any
	[ ! -e rest ] || run ! grep -q -a secret rest
}

@test "--starttls: an answer that has no end" {
	local header
	header="<?xml version='1.0'?><stream:stream id='1' version='1.0'"
	header+=" xmlns='jabber:client'"
	header+=" xmlns:stream='http://etherx.jabber.org/streams'>"
	tr '\0' x </dev/zero | head -c 1M >line
	yes '220-more' | head -c 1M >smtp || true
	{ echo '* OK'; yes '* more' | head -c 1M; } >imap || true
	{ echo "$header<stream:features>"; yes '<x/>' | head -c 1M; } >xmpp ||
	    true
	bounded smtp send:smtp
	bounded smtp 'put:220 ' send:line
	bounded ftp send:smtp
	bounded pop3 'put:+OK ' send:line
	bounded imap send:imap
	bounded imap 'put:* OK ' send:line
	bounded xmpp "until:to='server.test'>" send:xmpp
	bounded xmpp "until:to='server.test'>" "put:$header<a b='" send:line
	bounded ldap until:20037 'put:\x30\x84\x7f\xff\xff\xff\x02' send:line
}

@test "--starttls: -w is for all of an answer, whoever says nothing or too slowly" {
	local protocol protocols=(imap pop3 ftp xmpp ldap postgres)
	echo 'a secret' >secret
	for protocol in "${protocols[@]}"; do
		peer "$protocol" "plain:$protocol.rest"
		INPUT=secret spawn "to_$protocol" "$SOCKCAT" "${TRUSTING[@]}" \
		    --starttls "$protocol" -e server.test -w 300ms \
		    127.0.0.1 "$PORT"
	done
	for protocol in "${protocols[@]}"; do
		finish "to_$protocol" 3
		said "to_$protocol" 'no answer in time'
		finish "$protocol"
		run ! grep -q -a secret "$protocol.rest"
	done
	listener server --sh-exec 'while echo 220-more; do sleep 0.02; done' \
	    127.0.0.1 0
	refused 3 'no answer in time' client --starttls smtp -e server.test \
	    -w 400ms
	finish server any
}

@test "XMPP needs a name: over a UNIX-domain socket -e gives one" {
	listener a -U sock
	run -2 "$SOCKCAT" -c --tls-insecure --starttls xmpp -U sock </dev/null
	[[ $output == *"--starttls xmpp needs the name of the host (-e NAME)"* ]]
	finish a any
}
