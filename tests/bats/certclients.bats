#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Certificates of clients: whom a listener believes, and what it says of the others.

load helpers
load certificates

# client_to CERTIFICATE ARGUMENT...: a listener of one client, `server', and a
# client with that certificate, the options CLIENT and the input FROM.  Sets MESSAGE
# to what the client said, and STATUS.
client_to() {
	local certificate=$1
	shift
	listener server -c --tls-cert "$CERTS/good.pem" \
	    --tls-key "$CERTS/leaf.key" "$@" 127.0.0.1 0
	STATUS=0
	MESSAGE=$("$SOCKCAT" -c "${CLIENT[@]}" -R "$CERTS/ca.pem" -e localhost \
	    --tls-cert "$CERTS/$certificate.pem" --tls-key "$CERTS/leaf.key" \
	    127.0.0.1 "$PORT" <"${FROM:-hello}" 2>&1) || STATUS=$?
}

# client_accepted CERTIFICATE ARGUMENT...
client_accepted() {
	local -a CLIENT=()
	echo hello >hello
	client_to "$@"
	assert_equal "$MESSAGE" ""
	assert_equal "$STATUS" 0
	finish server
	assert_equal "$(<server.out)" hello
}

# client_denied CERTIFICATE ALERT ARGUMENT...: both sides end with 5.
client_denied() {
	local certificate=$1 alert=$2
	shift 2
	client_to "$certificate" "$@"
	assert_equal "$STATUS" 5
	[[ $MESSAGE == *"the peer said no: $alert"* ]] || fail "$MESSAGE"
	finish server 5
	assert_equal "$(<server.out)" ""
}

# client_refused CERTIFICATE TEXT ALERT: by a listener with --tls-client-ca; one
# with the pin that it says takes it, and no other.
client_refused() {
	local certificate=$1 text=$2 alert=$3 pin max
	local -a CLIENT
	pin=sha256:$(pin_of "$CERTS/$certificate.pem")
	echo hello >hello
	for max in 1.2 1.3; do
		# With TLS 1.3 a client may send before it is refused; see below.
		CLIENT=()
		[ "$max" = 1.2 ] || CLIENT=(-d)
		client_denied "$certificate" "$alert" --tls-max "$max" \
		    --tls-client-ca "$CERTS/ca.pem"
		grep -qE "^sockcat: 127.0.0.1:[0-9]+: TLS: $text" server.err ||
		    fail "$certificate: $(<server.err)"
		grep -q "; --tls-pin $pin would accept exactly this" server.err
		client_denied client "" --tls-max "$max" --tls-pin "$pin"
		grep -q "pin says: sha256:$(pin_of "$CERTS/client.pem")" server.err
		client_accepted "$certificate" --tls-max "$max" --tls-pin "$pin"
	done
}

@test "client certificates: good ones, also by an intermediate" {
	local max
	for max in 1.2 1.3; do
		client_accepted client --tls-client-ca "$CERTS/ca.pem" \
		    --tls-max "$max"
		client_accepted clientchained --tls-client-ca "$CERTS/ca.pem" \
		    --tls-max "$max"
		client_accepted clientforeign --tls-client-ca "$CERTS/both.pem" \
		    --tls-max "$max"
	done
}

@test "client certificates: no name is expected of them, and -v escapes what is there" {
	client_accepted nosubject --tls-client-ca "$CERTS/ca.pem"
	client_accepted escapes -v --tls-client-ca "$CERTS/ca.pem"
	grep -qF '1B[31m' server.err
	all_printable "$(<server.err)"
}

@test "client certificates: expired" {
	client_refused clientexpired 'certificate expired 2020-01-31' \
	    'certificate expired'
}

@test "client certificates: of another root, and an issuer that was not sent" {
	client_refused clientforeign \
	    'certificate of its issuer is missing or not trusted: CN=Other Root' \
	    'unknown ca'
	client_refused clientorphan \
	    'certificate of its issuer is missing or not trusted: CN=Middle' \
	    'unknown ca'
}

@test "client certificates: one for servers" {
	client_refused clientserver 'unsuitable certificate purpose' \
	    'unsupported certificate'
}

@test "client certificates: refused while it sends, a client still learns why" {
	local i input
	local -a CLIENT=()
	echo hello >hello
	# With TLS 1.3, what it sends meets a closed socket, which resets.
	for i in 1 2 3 4; do
		for input in /dev/zero hello /dev/null; do
			FROM=$input client_denied clientforeign 'unknown ca' \
			    --tls-client-ca "$CERTS/ca.pem" --tls-min 1.3
		done
	done
}

@test "client certificates: --tls-client-ca that holds none is a 6" {
	run -6 "$SOCKCAT" -l -c --tls-client-ca "$CERTS/leaf.key" 127.0.0.1 0
	assert_output --partial '--tls-client-ca'
	run -6 "$SOCKCAT" -l -c --tls-client-ca missing.pem 127.0.0.1 0
	assert_output --partial 'missing.pem: No such file'
}
