#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --proxy-server: every client at once, whatever others do, and nothing that stays
# behind.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154

load helpers
load proxyserver
load forward

setup_file() {
	certificates
}

# crowd WORD...: proxycrowd.py, with ARGUMENTS, at the proxy and the echo server.
crowd() {
	"$PEERS/proxycrowd.py" "${ARGUMENTS[@]}" "$@" "$PORT" "${TARGET##*:}"
}

ARGUMENTS=()

# settled: the proxy has as few descriptors as when it began; for until_true.
settled() {
	settles "${PID[proxy]}" "$BEFORE"
}

# watched: sets BEFORE to how many that are, once a client has come and gone.
watched() {
	local -a fds
	ask '' >/dev/null
	until_true has_line proxy.err 'closed 127'
	until_true is_asleep proxy
	fds=("/proc/${PID[proxy]}/fd/"*)
	BEFORE=${#fds[@]}
}

# fewer_threads N: than N; for until_true.
fewer_threads() {
	local -a tasks=("/proc/${PID[proxy]}/task/"*)
	[ ${#tasks[@]} -lt "$1" ]
}

# serves: the proxy does, by address.
serves() {
	[ "$(ask 'CONNECT %s HTTP/1.0\r\n\r\nhello\n' "$TARGET" | tail -n 1)" = \
	    hello ]
}

@test "200 clients at once, of all types, and then nothing is left of them" {
	echo_server
	proxy
	watched
	crowd served 200 5000
	until_true settled
	crowd served 60 100000
	until_true settled
	[ "$(grep -c 'closed.*done, ' proxy.err)" -eq 260 ]
	stop proxy
}

@test "over TLS: 60 clients at once" {
	need_tls
	echo_server
	proxy -c --tls-cert "$CERTS/server.pem"
	ARGUMENTS=(-t "$CERTS/ca.pem")
	watched
	crowd served 60 50000
	until_true settled
	stop proxy
}

@test "clients that stop anywhere, and leave as they like: others are served" {
	echo_server
	proxy
	watched
	crowd rude 600
	serves
	until_true settled
	crowd served 20 1000
	until_true settled
	until_true fewer_threads 40
	stop proxy
}

@test "clients that are silent keep nobody waiting" {
	local i fd
	echo_server
	proxy
	for ((i = 0; i < 100; i++)); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
		[ $((i % 2)) -eq 0 ] || printf '\005' >&"$fd"
	done
	serves
	crowd served 20 1000
}

@test "a name that is not looked up keeps nobody waiting" {
	local i
	slow_names
	spawn echo "${NS[@]}" "$PEERS/crowd.py" echo 127.0.0.1:0
	until_true has_line echo.out .
	TARGET=127.0.0.1:$(<echo.out)
	proxy --connect-timeout 50
	watched
	cat >slow.py <<-'END'
	import socket, sys
	peers = []
	for i in range(100):
	    peer = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
	    if i % 3 == 0:
	        peer.send(b"CONNECT slow.example.com:80 HTTP/1.0\r\n\r\n")
	    elif i % 3 == 1:
	        peer.send(b"\5\1\0\5\1\0\3\x10slow.example.com\0\x50")
	    else:
	        peer.send(b"GET http://slow.example.com/ HTTP/1.0\r\n\r\n")
	    peers.append(peer)
	print("asked", flush=True)
	sys.stdin.read()
	END
	silent_input
	INPUT=silent spawn slow "${NS[@]}" python3 -S slow.py "$PORT"
	until_true has_line slow.out asked
	until_true has_line dns.out got
	serves
	[ "$(ask 'CONNECT quick.example.com:%s HTTP/1.0\r\n\r\nhello\n' \
	    "${TARGET##*:}" | tail -n 1)" = hello ]
	kill "${PID[slow]}"
	finish slow any
	# Whoever does not wait for the name any more is ended by a signal at once.
	stop proxy
}

@test "targets that do not answer keep nobody waiting" {
	local i fd
	sockets held silent@127.0.0.1
	echo_server
	proxy --connect-timeout 2
	watched
	for ((i = 0; i < 60; i++)); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
		printf 'CONNECT 127.0.0.1:%s HTTP/1.0\r\n\r\n' "${PORTS[0]}" >&"$fd"
		[ $((i % 2)) -eq 0 ] || exec {fd}>&-	# it has left
	done
	serves
	crowd served 20 1000
	until_true count proxy.err 'closed.*no answer within' 60
}

@test "who leaves while a target is dialled leaves nothing" {
	local i fd
	sockets held silent@127.0.0.1
	TARGET=127.0.0.1:1
	proxy --connect-timeout 500ms
	watched
	for ((i = 0; i < 30; i++)); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
		printf '\004\001%b\177\000\000\001\000' \
		    "$(port_bytes "${PORTS[0]}")" >&"$fd"
		exec {fd}>&-
	done
	until_true count proxy.err 'closed 127' 31
	until_true settled
	until_true fewer_threads 20
}

@test "--max-conns: so many at a time, and the next one waits" {
	local answer
	echo_server
	proxy --max-conns 2
	spawn two "$PEERS/proxycrowd.py" hold 2 "$PORT" "${TARGET##*:}"
	until_true has_line two.out held
	printf 'CONNECT %s HTTP/1.0\r\n\r\nhello\n' "$TARGET" >third
	INPUT=third spawn third "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line third.err connected
	[ ! -s third.out ]
	kill "${PID[two]}"
	finish two any
	finish third
	[ "$(tail -n 1 third.out)" = hello ]
}

@test "--max-conns: who is refused, or asks for what is not there, gives the place back" {
	local i
	echo_server
	guarded --max-conns 1
	for ((i = 0; i < 3; i++)); do
		status 407 'CONNECT 127.0.0.1:1 HTTP/1.0\r\n\r\n'
		answers 05ff '\005\001\000'
		answers 05020101 '\005\001\002\001\001a\001b'
		answers 050205020100 '\005\001\002' || true
	done 2>/dev/null
	[[ $(ask '\005\001\002\001\003ann\007s3c:ret\005\001\000\001\177\000\000\001%bhello' \
	    "$(port_bytes "${TARGET##*:}")" | tail -c 5) == hello ]] 2>/dev/null
	stop proxy
	proxy --max-conns 1
	for ((i = 0; i < 3; i++)); do
		status 502 'CONNECT nobody.invalid:1 HTTP/1.0\r\n\r\n'
	done
	serves
}

@test "-4 and -6: names, and addresses, of one family alone" {
	need_ipv6
	printf '%s\n' '127.0.0.1 localhost both.example.com four.example.com' \
	    'fd09::1 both.example.com six.example.com' >hosts
	in_net "mount --bind '$PWD/hosts' /etc/hosts
		ip address add fd09::1/128 dev lo nodad"
	local host
	for host in 127.0.0.1 '[::]'; do
		spawn "echo$host" "${NS[@]}" "$PEERS/crowd.py" echo "$host:7777"
		until_true has_line "echo$host.out" .
	done
	proxy
	for host in 127.0.0.1 '[::1]' four.example.com six.example.com \
	    both.example.com; do
		[[ $(ask 'CONNECT %s:7777 HTTP/1.0\r\n\r\nhello' "$host") == *hello ]]
	done
	stop proxy
	proxy -4
	for host in 127.0.0.1 four.example.com both.example.com; do
		[[ $(ask 'CONNECT %s:7777 HTTP/1.0\r\n\r\nhello' "$host") == *hello ]]
	done
	for host in '[::1]' six.example.com; do
		status 502 'CONNECT %s:7777 HTTP/1.0\r\n\r\nhello' "$host"
	done
	stop proxy
	listener proxy -kv6 --proxy-server any ::1 0
	for host in '[::1]' six.example.com both.example.com; do
		[[ $(printf 'CONNECT %s:7777 HTTP/1.0\r\n\r\nhello' "$host" |
		    "$SOCKCAT" ::1 "$PORT") == *hello ]]
	done
	for host in 127.0.0.1 four.example.com; do
		[[ $(printf 'CONNECT %s:7777 HTTP/1.0\r\n\r\nhello' "$host" |
		    "$SOCKCAT" ::1 "$PORT") == 'HTTP/1.1 502 '* ]]
	done
}

@test "--accept-proxy: the client is who is announced, and is judged as that" {
	echo_server
	proxy --accept-proxy --deny 192.0.2.9
	printf 'PROXY TCP4 127.0.0.9 127.0.0.1 1 2\r\nCONNECT %s HTTP/1.0\r\n\r\nhello' \
	    "$TARGET" | "$SOCKCAT" 127.0.0.1 "$PORT" >answer
	[ "$(tail -c 5 answer)" = hello ]
	printf 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nCONNECT %s HTTP/1.0\r\n\r\nhello' \
	    "$TARGET" | "$SOCKCAT" 127.0.0.1 "$PORT" >answer
	[[ $(<answer) == 'HTTP/1.1 403 '* ]]
	printf 'PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n\005\001\000\005\001\000\001\177\000\000\001%b' \
	    "$(port_bytes "${TARGET##*:}")" | "$SOCKCAT" 127.0.0.1 "$PORT" |
	    hex >answer
	[ "$(<answer)" = 050005020001000000000000 ]
	printf 'PROXY UNKNOWN\r\nCONNECT %s HTTP/1.0\r\n\r\nhello' \
	    "$TARGET" | "$SOCKCAT" 127.0.0.1 "$PORT" >answer
	[[ $(<answer) == 'HTTP/1.1 403 '* ]]
	printf 'PROXY TCP4 192.0.2.9 192.0.2.2 1 2\r\nCONNECT %s HTTP/1.0\r\n\r\n' \
	    "$TARGET" | "$SOCKCAT" 127.0.0.1 "$PORT" >answer || true
	[ ! -s answer ]
	has_line proxy.err 'denied 192.0.2.9'
}

@test "it ends by a signal, while clients are served, asked for and dialled" {
	local i fd
	sockets held silent@127.0.0.1
	echo_server
	proxy
	spawn some "$PEERS/proxycrowd.py" hold 20 "$PORT" "${TARGET##*:}"
	until_true has_line some.out held
	for ((i = 0; i < 10; i++)); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
		[ $((i % 2)) -eq 0 ] || printf '\004\001%b\177\000\000\001\000' \
		    "$(port_bytes "${PORTS[0]}")" >&"$fd"
	done
	until_true count proxy.err 'connecting to' 25
	stop proxy
}

@test "no descriptor of one client is another's: a run under a limit of them" {
	echo_server
	spawn proxy sh -c 'ulimit -n 40 && exec "$@"' sh "$SOCKCAT" -l -k -v \
	    --port-file port --proxy-server any 127.0.0.1 0
	until_true test -s port
	PORT=$(tr -dc 0-9 <port)
	crowd rude 200
	until_true serves
	crowd served 1 500000
	stop proxy
}
