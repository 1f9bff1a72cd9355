#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What is done with a connection through proxies: commands, -F, ssh(1), --forward.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load sshd
load proxies
load proxyhttp
load proxypeer
load forward

# --- commands ----------------------------------------------------------------

# What the command has: the family of its socket, and where that is connected to.
show='import socket
s = socket.socket(fileno=0)
print(s.family.name, s.getpeername(), flush=True)'

# runs WORD...: it, through a proxy; sets SHOWN.
runs() {
	OUTPUT=dest.got listener dest 127.0.0.1 0
	run -0 "$SOCKCAT" "$@" --exec "python3 -S -c '$show'" 127.0.0.1 "$PORT"
	finish dest
	SHOWN=$(<dest.got)
}

@test "--exec has the socket itself behind SOCKS and CONNECT" {
	local type
	ours --proxy-server any
	for type in 4 4A 5 connect; do
		runs -X "$type" -x "$PROXY"
		assert_equal "$SHOWN" "AF_INET ('127.0.0.1', ${PROXY#*:})"
	done
	runs -x "$PROXY" --limit-rate 1M
	[[ $SHOWN == AF_UNIX* ]]
}

@test "--exec has the socket itself behind two, but not behind TLS with one" {
	ours --proxy-server any
	listener second -k --proxy-server any 127.0.0.1 0
	runs -x "$PROXY" -x "127.0.0.1:$PORT"
	assert_equal "$SHOWN" "AF_INET ('127.0.0.1', ${PROXY#*:})"
	need_tls
	listener third -k -c --tls-cert "$CERTS/server.pem" \
	    --proxy-server any 127.0.0.1 0
	runs -R "$CERTS/ca.pem" -x "tls:localhost:$PORT"
	[[ $SHOWN == AF_UNIX* ]]
}

@test "--exec: what was glued to the answer is the first that it reads" {
	proxy "$GREETING" "put:$METHOD" "$REQUEST" \
	    "put:${GRANTED}the first bytes" fin rest
	run -0 "$SOCKCAT" -x "$PROXY" --exec cat 127.0.0.1 9
	finish proxy
	[ "$(tail -c 15 seen)" = "the first bytes" ]
}

@test "--exec: its environment has the proxy as the peer, and the host that was given" {
	ours --proxy-server any
	OUTPUT=dest.got listener dest 127.0.0.1 0
	run -0 "$SOCKCAT" -x "$PROXY" --exec env localhost "$PORT"
	finish dest
	has_line dest.got '^TCPREMOTEIP=127.0.0.1$'
	has_line dest.got "^TCPREMOTEPORT=${PROXY#*:}\$"
	has_line dest.got '^TCPREMOTEHOST=localhost$'
}

@test "--exec is not run when the proxy says no" {
	ours --proxy-server any
	sockets held closed@127.0.0.1
	run -5 "$SOCKCAT" -x "$PROXY" --sh-exec 'echo ran >ran' 127.0.0.1 \
	    "${PORTS[0]}"
	[ ! -e ran ]
}

# --- -F ----------------------------------------------------------------------

@test "-F: the socket is passed when the proxies have agreed, and is the destination's" {
	local type
	ours --proxy-server any
	listener second -k --proxy-server any 127.0.0.1 0
	SECOND=127.0.0.1:$PORT
	echo answer >data
	for type in 4 5 connect; do
		INPUT=data OUTPUT=dest.got listener dest 127.0.0.1 0
		run -0 python3 -S -c "$receiver" "$SOCKCAT" -F -X "$type" \
		    -x "$PROXY" -x "$SECOND" 127.0.0.1 "$PORT"
		assert_line answer
		finish dest
		assert_equal "$(<dest.got)" question
	done
}

@test "-F: what was glued to the answer is the first to be read there" {
	proxy "$GREETING" "put:$METHOD" "$REQUEST" "put:${GRANTED}glued" fin rest
	run -0 python3 -S -c "$receiver" "$SOCKCAT" -F -x "$PROXY" 127.0.0.1 9
	assert_output glued
	finish proxy
	[ "$(tail -c 8 seen)" = question ]
}

@test "-F: nothing is passed when the proxy says no, or is spoken to by TLS" {
	sockets held closed@127.0.0.1
	ours --proxy-server any
	run -1 python3 -S -c "$receiver" "$SOCKCAT" -F -x "$PROXY" 127.0.0.1 \
	    "${PORTS[0]}"
	assert_output --partial "status 5, 0 descriptors"
	run -2 "$SOCKCAT" -F -x tls:localhost:1 127.0.0.1 9
	assert_output --partial "-F"
}

# --- ssh ---------------------------------------------------------------------

@test "ssh: ProxyCommand through SOCKS and CONNECT, in the words of nc and of Ncat" {
	local words
	ours --proxy-server any
	for words in "-X 5 -x $PROXY" "-X connect -x $PROXY -P me" \
	    "--proxy-type socks4 --proxy $PROXY" \
	    "--proxy-type=http --proxy=$PROXY --proxy-auth me:x"; do
		ssh_server
		SOCKCAT_PROXY_AUTH=me:x run -0 --separate-stderr "${SSH[@]}" \
		    -o ProxyCommand="$SOCKCAT $words %h %p" \
		    127.0.0.1 'cat; echo seen' <<<"through ssh"
		assert_line "through ssh"
		assert_line seen
		finish sshd any
		rm -f host_key* user_key*
	done
}

@test "ssh: ProxyUseFdpass through a proxy" {
	local type
	ours --proxy-server any
	for type in 5 connect; do
		ssh_server
		run -0 --separate-stderr "${SSH[@]}" -o ProxyUseFdpass=yes \
		    -o ProxyCommand="$SOCKCAT -F -X $type -x $PROXY %h %p" \
		    127.0.0.1 echo hello from ssh
		assert_output "hello from ssh"
		finish sshd any
		rm -f host_key* user_key*
	done
}

# --- --forward ---------------------------------------------------------------

@test "--forward through a proxy: many clients at once, whole" {
	local type
	echo_server
	echo me:sesame >users
	listener ours -k --proxy-server any --proxy-auth-file users 127.0.0.1 0
	PROXY=127.0.0.1:$PORT
	for type in 5 connect; do
		SOCKCAT_PROXY_AUTH=me:sesame forwarder -X "$type" -x "$PROXY"
		"$PEERS/crowd.py" clients 30 200000 "127.0.0.1:$PORT"
		stop forwarder
	done
}

@test "--forward through a proxy that closes both ways at once: nothing is lost" {
	microsocks
	peer dest listen 127.0.0.1:0 recvn:3000000:dest.got \
	    "send:$down" recv:rest
	forwarder -x "$PROXY"
	"$SOCKCAT" 127.0.0.1 "$PORT" <"$up" >got
	same "$down" got
	finish dest
	same "$up" dest.got
}

@test "--forward through a proxy that says no: the client is reset, and it is said" {
	ours --proxy-server any
	sockets held closed@127.0.0.1
	TARGET=127.0.0.1:${PORTS[0]}
	forwarder -x "$PROXY"
	run -1 "$SOCKCAT" 127.0.0.1 "$PORT" <<<question
	until_true has_line forwarder.err 'the proxy says: connection refused'
	has_line forwarder.err -- '--forward: '
}
