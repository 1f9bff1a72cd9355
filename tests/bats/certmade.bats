#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The certificate that a listener makes for itself.

load helpers
load certificates

# made [COMMAND...]: into saved.pem, that of a listener that makes one (and keeps
# on, `server'), under COMMAND.
made() {
	local pin
	rm -f port pin saved.pem
	spawn server "$@" "$SOCKCAT" -l -k -c --port-file port --pin-file pin \
	    127.0.0.1 0
	until_true [ -s port ]
	PORT=$(<port)
	pin=$(<pin)
	"$SOCKCAT" -c -H "$pin" --tls-peer-cert saved.pem 127.0.0.1 "$PORT" \
	    </dev/null
	assert_equal "sha256:$(pin_of saved.pem)" "$pin"
}

@test "made: it is its own root, for openssl, however strict, and for sockcat" {
	local name
	made
	run -0 openssl verify -x509_strict -purpose sslserver -CAfile saved.pem \
	    saved.pem
	run -0 openssl verify -x509_strict -purpose sslclient -CAfile saved.pem \
	    saved.pem
	for name in localhost 127.0.0.1 ::1; do
		tell "by $name" -R saved.pem -e "$name"
		until_true has_line server.out "by $name"
	done
	denied -R saved.pem -e other.test
	[[ $MESSAGE == *'not for other.test; '*': '*'localhost, 127.0.0.1, ::1;'* ]] ||
	    fail "$MESSAGE"
	denied -R "$CERTS/ca.pem" -e localhost
	[[ $MESSAGE == *'signed by itself; --tls-pin '"$(<pin) "* ]] ||
	    fail "$MESSAGE"
	stop server
	run ! grep -q secret server.out
}

@test "made: version 3, P-256, SHA-256, for a TLS server and no issuer" {
	made
	run -0 openssl x509 -in saved.pem -noout -text
	assert_output --partial 'Version: 3 (0x2)'
	assert_output --partial 'ASN1 OID: prime256v1'
	assert_output --partial 'Signature Algorithm: ecdsa-with-SHA256'
	assert_output --partial 'CA:FALSE'
	assert_output --partial 'TLS Web Server Authentication'
	assert_output --partial 'IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1'
	assert_output --partial 'DNS:localhost'
	refute_output --partial 'Certificate Sign'
	run -0 openssl x509 -in saved.pem -noout -subject -issuer
	assert_equal "${lines[0]#subject=}" "${lines[1]#issuer=}"
	stop server
}

@test "made: valid since before now, for clocks differ, and for a month at least" {
	local from
	made
	from=$(openssl x509 -in saved.pem -noout -startdate)
	from=$(date -d "${from#*=}" +%s)
	[ "$from" -le "$((EPOCHSECONDS - 3600))" ]
	openssl x509 -in saved.pem -noout -checkend $((30 * 86400))
	run ! openssl x509 -in saved.pem -noout -checkend $((398 * 86400))
	stop server
}

@test "made: serial numbers are positive, at most 20 bytes, never the same" {
	local i serial
	for i in 1 2 3 4; do
		made
		serial=$(openssl x509 -in saved.pem -noout -serial)
		# A byte that begins with 8 or more would need one in front.
		[[ ${serial#serial=} =~ ^(0?[0-9A-F]{1,39}|[0-7][0-9A-F]{39})$ &&
		    ! ${serial#serial=} =~ ^0*$ ]] || fail "$serial"
		echo "$serial" >>serials
		stop server
	done
	assert_equal "$(sort -u serials | wc -l)" 4
}

# hostname_in NAME: what follows runs where the host has that name.
hostname_in() {
	unshare -ru sh -c 'printf x >/proc/sys/kernel/hostname' 2>/dev/null ||
	    skip "no namespaces of host names here"
	printf '#!/bin/sh\nexec unshare -ru sh -c %s %s "$@"\n' \
	    "'printf %s \"\$0\" >/proc/sys/kernel/hostname; exec \"\$@\"'" \
	    "$(printf %q "$1")" >in_host
	chmod +x in_host
}

@test "made: this host's name is in it, unless that can't be in a certificate" {
	hostname_in box.example.test
	made ./in_host
	tell hello -R saved.pem -e box.example.test
	until_true has_line server.out hello
	stop server
	hostname_in 'a,DNS:evil.test'
	made ./in_host
	run -0 openssl x509 -in saved.pem -noout -subject -ext subjectAltName
	refute_output --partial evil
	assert_output --partial 'DNS:localhost'
	stop server
}
