#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS to the destination through proxies: they carry it, and see none of it.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load tls
load proxypeer
load proxies

# setup_file() is that of proxies.bash: it has certificates, too.

# What a proxy has to hear and say of each kind before it carries.
declare -gA heard=(
	[4]="$REQUEST4 put:$GRANTED4"
	[5]="$GREETING put:$METHOD $REQUEST put:$GRANTED"
	[connect]='head put:HTTP/1.1_200_OK\r\n\r\n'
)

# recording TYPE: a proxy of that kind, to $PORT, that writes down all that passes.
recording() {
	local -a verbs
	read -r -a verbs <<<"${heard[$1]}"
	proxy "${verbs[@]//_/ }" "relay:$PORT"
}

# What passed has neither secret.
saw_nothing() {
	[ -s seen ] && [ -s back ] || fail "nothing has passed"
	if grep -q 'secret' seen back; then
		fail "a plain byte has passed"
	fi
}

@test "without TLS the recording has it all, or it would show nothing" {
	echo 'a secret down' >downward
	INPUT=downward listener dest 127.0.0.1 0
	recording 5
	"$SOCKCAT" -x "$PROXY" 127.0.0.1 "$PORT" <<<'a secret up' >got
	finish proxy
	grep -q 'a secret up' seen
	grep -q 'a secret down' back
}

@test "TLS through each kind of proxy: no plain byte passes, both ways are whole" {
	local type
	echo 'a secret down' >downward
	for type in 4 5 connect; do
		INPUT=downward OUTPUT=dest.got tls_listener dest 127.0.0.1 0
		recording "$type"
		"$SOCKCAT" "${TRUSTING[@]}" -X "$type" -x "$PROXY" 127.0.0.1 \
		    "$PORT" <<<'a secret up' >got
		finish proxy
		finish dest
		saw_nothing
		assert_equal "$(<got)" 'a secret down'
		assert_equal "$(<dest.got)" 'a secret up'
	done
}

@test "--starttls through each kind of proxy: no plain byte passes after the dialogue" {
	local type
	for type in 5 connect; do
		peer dest listen 127.0.0.1:0 'put:220 hello\r\n' 'until:\n' \
		    'put:250-x\r\n250 STARTTLS\r\n' 'until:\n' \
		    'put:220 go\r\n' "tls:cert=$CERTS/server.pem" \
		    recv:dest.got notify
		recording "$type"
		"$SOCKCAT" "${TRUSTING[@]}" --starttls smtp -X "$type" \
		    -x "$PROXY" 127.0.0.1 "$PORT" <<<'a secret up'
		finish proxy
		finish dest
		grep -q STARTTLS seen
		saw_nothing
		assert_equal "$(<dest.got)" 'a secret up'
	done
}

@test "it is the destination that proves its name, not the proxy" {
	ours --proxy-server any
	listener dest -c --tls-cert "$CERTS/named.pem" 127.0.0.1 0
	refused 5 'server.test' "$SOCKCAT" "${TRUSTING[@]}" -x "$PROXY" \
	    localhost "$PORT"
	finish dest any
	listener dest -c --tls-cert "$CERTS/named.pem" 127.0.0.1 0
	run -0 "$SOCKCAT" "${TRUSTING[@]}" -e server.test -x "$PROXY" \
	    localhost "$PORT" </dev/null
	finish dest
}

@test "TLS with the proxy and with the destination: a pin, -e and the certificate are the destination's" {
	listener ours -k -c --tls-cert "$CERTS/server.pem" \
	    --proxy-server any 127.0.0.1 0
	PROXY=tls:localhost:$PORT
	SERVING=(-c --tls-cert "$CERTS/named.pem" --tls-client-ca "$CERTS/ca.pem")
	INPUT=$down OUTPUT=dest.got tls_listener dest 127.0.0.1 0
	"$SOCKCAT" "${TRUSTING[@]}" -e server.test \
	    -H "$(pin_of "$CERTS/named.pem")" --tls-cert "$CERTS/client.pem" \
	    -x "$PROXY" localhost "$PORT" <"$up" >got
	finish dest
	same "$up" dest.got
	same "$down" got
	refused 5 certificate "$SOCKCAT" -c -H "$(pin_of "$CERTS/named.pem")" \
	    -x "$PROXY" localhost 9
}

@test "a proxy that speaks plain text where TLS is expected: it is told nothing" {
	proxy rest
	run -3 "$SOCKCAT" -w 200ms -R "$CERTS/ca.pem" -X connect \
	    -x "tls:localhost:${PROXY#*:}" 127.0.0.1 9 <<<secret
	[ -s seen ]
	refute grep -q secret seen
	refute grep -q CONNECT seen
}

@test "3 MB each way over TLS, through two proxies that close both ways at once" {
	local first
	microsocks
	first=$PROXY
	PID[first]=${PID[microsocks]}
	microsocks
	peer dest listen 127.0.0.1:0 "tls:cert=$CERTS/server.pem" \
	    recvn:3000000:dest.got "send:$down" notify close
	through "${TRUSTING[@]}" -x "$first" -x "$PROXY"
}
