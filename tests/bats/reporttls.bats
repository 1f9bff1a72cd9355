#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --report, of connections with TLS.

# bats and helpers.bash set output, PORT ...
# shellcheck disable=SC2154

load helpers
load tls
load report

# Both files have these.
setup_file() {
	certificates
	reporter
}

needs() {
	need_tls
	need_reporter
}

@test "what both agreed on, and who the peer is" {
	tls_listener server --tls-alpn echo --report=json --report-file server \
	    --exec cat 127.0.0.1 0
	run -0 client --tls-alpn echo --report=json --report-file client <<<hello
	assert_output hello
	finish server
	pin=sha256:$(pin_of "$CERTS/server.pem")
	reported client "c['tls']['version'] == 'TLSv1.3'" \
	    "c['tls']['cipher'].startswith('TLS_')" \
	    "c['tls']['alpn'] == 'echo'" "c['tls']['group']" \
	    "c['tls']['peer_pin'] == '$pin'" "c['tls']['peer_names']" \
	    "c['time']['tls'] > 0" "c['end']['how'] == 'close_notify'" \
	    "c['sent']['bytes'] == c['received']['bytes'] == 6" \
	    "c['tcp']['rtt'] > 0"
	reported server "c['tls']['alpn'] == 'echo'" \
	    "c['tls']['peer_pin'] is None" "c['tls']['peer_names'] == []"
}

@test "a certificate that is not believed" {
	tls_listener server --report=json --report-file server 127.0.0.1 0
	run -5 "$SOCKCAT" -c --report=json --report-file client 127.0.0.1 \
	    "$PORT" </dev/null
	finish server any
	reported client "c['result'] == run['result'] == 'denied'" \
	    "c['status'] == 5" "c['end']['how'] == 'denied'" \
	    "c['end']['by'] is None"
	reported server "c['status'] != 0"
}

@test "commands get no names that are for reports" {
	tls_listener server --tls-alpn echo --exec env 127.0.0.1 0
	run -0 client --tls-alpn echo </dev/null
	finish server
	[[ $output == *SSL_CIPHER=* ]]
	refute_line --regexp '^(alpn|group|name)='
}
