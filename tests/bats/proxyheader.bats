#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --send-proxy and --accept-proxy: headers of HAProxy's PROXY protocol.

# A test is a subshell; bats and helpers.bash set status, PID, PORT ...
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

load helpers
load proxyheader

setup_file() {
	certificates
}

# The words of a listener with a certificate, and of a client that believes it.
SERVING=(-c --tls-cert "${CERTS:-}/server.pem")
TRUSTING=(-c -R "${CERTS:-}/ca.pem" -e server.test)

# refuses TEXT WHY: who says TEXT (a format) is refused, and has no answer.
refuses() {
	listener server -v --accept-proxy --exec 'echo welcome' 127.0.0.1 0
	says "$1" || true
	finish server 5
	[ ! -s reply ] || fail "it was answered: $(cat reply)"
	grep -qF -- "--accept-proxy: $2" server.err ||
	    fail "not said: $2, but: $(cat server.err)"
}

# --- what is received --------------------------------------------------------

@test "--accept-proxy: a command sees the addresses that a header names" {
	local row
	local -a words
	while read -r -a words; do
		teller server 127.0.0.1 0
		says "${words[0]//_/ }"
		finish server
		assert_equal "$(told reply)" "${words[*]:1}"
	done <<-END
		PROXY_TCP4_192.0.2.1_198.51.100.7_5555_443\r\n TCP 192.0.2.1 5555 198.51.100.7 443
		PROXY_TCP6_2001:db8::1_2001:db8::2_5555_443\r\n TCP 2001:db8::1 5555 2001:db8::2 443
		$SIGNATURE\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\7\x15\xb3\1\xbb TCP 192.0.2.1 5555 198.51.100.7 443
		$SIGNATURE\x21\x31\0\xd8$(paths /run/from @to) UNIX /run/from @to
		$SIGNATURE\x21\x31\0\xde$(paths /run/from /run/to)\4\0\3abc UNIX /run/from /run/to
	END
}

@test "--accept-proxy: -v says who has sent the header, and what it names" {
	teller server 127.0.0.1 0
	"$SOCKCAT" -s 127.0.0.3 127.0.0.1 "$PORT" >/dev/null \
	    <<<$'PROXY TCP4 192.0.2.1 198.51.100.7 5555 443\r'
	finish server
	grep -Eq 'PROXY header from 127\.0\.0\.3:[0-9]+: 192\.0\.2\.1:5555 -> 198\.51\.100\.7:443$' server.err
	grep -q 'closed 192\.0\.2\.1:5555: ' server.err
}

@test "--accept-proxy: UNKNOWN, LOCAL and UNSPEC leave the addresses of the connection" {
	local text
	for text in 'PROXY UNKNOWN\r\n' \
	    'PROXY UNKNOWN 192.0.2.1 198.51.100.7 1 2\r\n' \
	    "$SIGNATURE\\x20\\0\\0\\0" \
	    "$SIGNATURE\\x20\\x11\\0\\x0c\\xc0\\0\\2\\1\\xc6\\x33\\x64\\7\\0\\1\\0\\2" \
	    "$SIGNATURE\\x21\\0\\0\\3abc"; do
		teller server 127.0.0.1 0
		says "$text" -s 127.0.0.4
		finish server
		[[ $(told reply) == "TCP 127.0.0.4 "*" 127.0.0.1 $PORT" ]] ||
		    fail "$text: $(told reply)"
		grep -q 'PROXY header from 127\.0\.0\.4:[0-9]*: no addresses' \
		    server.err
	done
}

@test "--accept-proxy: what is behind the header are the data, in one piece or byte by byte" {
	local header
	random_file data 30
	for header in 'PROXY TCP6 ::1 2001:db8::2 65535 0\r\n' \
	    "$SIGNATURE\\x21\\x11\\0\\x18\\xc0\\0\\2\\1\\xc6\\x33\\x64\\7\\x15\\xb3\\1\\xbb\\1\\0\\2h2\\4\\0\\0\\xe0\\0\\1x"; do
		# shellcheck disable=SC2059
		{ printf "$header"; cat data; } >sent
		listener server --accept-proxy 127.0.0.1 0
		"$SOCKCAT" 127.0.0.1 "$PORT" <sent
		finish server
		same data server.out
		listener server --accept-proxy 127.0.0.1 0
		peer client connect "127.0.0.1:$PORT" bytes:sent
		finish client
		finish server
		same data server.out
	done
}

@test "--accept-proxy: a command has the socket itself, and the data glued to the header" {
	random_file data 200000
	{ printf 'PROXY UNKNOWN\r\n'; cat data; } >sent
	listener server -v --accept-proxy --sh-exec 'readlink /proc/self/fd/0 >link; cat' \
	    127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <sent >reply
	finish server
	same data reply
	grep -q socket: link
	listener server --accept-proxy --pty --exec 'echo hello' 127.0.0.1 0
	says 'PROXY UNKNOWN\r\n'
	finish server
	grep -q hello reply
}

@test "--accept-proxy: a header of 64 KiB is taken, and nothing of it is data" {
	listener server --accept-proxy 127.0.0.1 0
	{
		# shellcheck disable=SC2059
		printf "$SIGNATURE\\x21\\x11\\xff\\xff\\xc0\\0\\2\\1\\xc6\\x33\\x64\\7\\x15\\xb3\\1\\xbb\\4\\xff\\xf0"
		head -c 65520 /dev/zero
		echo hello
	} | "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	assert_equal "$(cat server.out)" hello
}

@test "--accept-proxy: a path that is not fit to be shown is kept from a command" {
	teller server 127.0.0.1 0
	says "$SIGNATURE\\x21\\x31\\0\\xd8$(paths $'/bad\e[31m' $'/worse\n')"
	finish server
	assert_equal "$(told reply)" "UNIX  "
	refute grep -q 'EUID\|PEERCRED' reply
	LC_ALL=C grep -qF '/bad\x1b[31m' server.err
}

# --- who is refused ----------------------------------------------------------

@test "--accept-proxy: who sends no header, or a wrong one, is refused: status 5" {
	refuses 'GET / HTTP/1.1\r\n\r\n' 'not a PROXY header'
	refuses '\x16\x03\x01\x00\xc8' 'not a PROXY header'
	refuses 'PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n' \
	    'the PROXY header has no good destination port'
	refuses 'PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n' 'the PROXY header is not of'
	refuses 'PROXY UNKNOWN\n' 'the line of the PROXY header does not end'
	refuses "PROXY UNKNOWN $(printf '%0100d' 0)" \
	    'the line of the PROXY header has no end'
	refuses "$SIGNATURE\\x31" 'the PROXY header is of an unknown version'
	refuses "$SIGNATURE\\x21\\x12\\0\\x0c" 'the PROXY header is that of datagrams'
	refuses "$SIGNATURE\\x21\\x11\\0\\x05" 'the PROXY header is too short'
	refuses "$SIGNATURE\\x21\\x11\\0\\x13abcdabcdabcd\\3\\0\\4abcd" \
	    'the checksum of the PROXY header is wrong'
}

@test "--accept-proxy: a client that ends within its header was none: status 1" {
	listener server -v --accept-proxy --exec 'echo welcome' 127.0.0.1 0
	says 'PROXY TCP4 1.2.3.4'
	finish server 1
	[ ! -s reply ]
	grep -q -- '--accept-proxy: the peer ended the connection' server.err
}

@test "--accept-proxy: a client that says nothing is given up after the time for connecting" {
	listener server --accept-proxy --connect-timeout 200ms 127.0.0.1 0
	spawn client "$PEERS/peer.py" connect "127.0.0.1:$PORT" recv:got
	finish server 3
	finish client
	grep -q 'no PROXY header came in time' server.err
	listener server --accept-proxy -w 200ms 127.0.0.1 0
	printf PROXY >half
	spawn client "$PEERS/peer.py" connect "127.0.0.1:$PORT" send:half recv:got
	finish server 3
	finish client
}

@test "-k --accept-proxy: who says nothing, or nonsense, is in nobody's way" {
	local i fd
	teller server -k 127.0.0.1 0
	for ((i = 0; i < 20; i++)); do
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
		((i % 2)) || printf 'PROXY ' >&"$fd"
	done
	says 'nonsense' || true
	for ((i = 1; i <= 5; i++)); do
		says "PROXY TCP4 192.0.2.$i 198.51.100.7 1 2\\r\\n"
		assert_equal "$(told reply)" "TCP 192.0.2.$i 1 198.51.100.7 2"
	done
	stop server
	grep -q 'not a PROXY header' server.err
}

@test "-k --accept-proxy, one after another: who is refused keeps nobody out, and is in the status" {
	INPUT=/dev/null listener server -k --accept-proxy --max-accepts 3 127.0.0.1 0
	says 'PROXY UNKNOWN\r\none\n'
	says 'nonsense' || true
	says 'PROXY UNKNOWN\r\ntwo\n'
	finish server 5
	assert_equal "$(cat server.out)" $'one\ntwo'
}

@test "-k --accept-proxy: many at once, each with its own addresses" {
	local i
	teller server -k 127.0.0.1 0
	for ((i = 1; i <= 40; i++)); do
		printf 'PROXY TCP4 192.0.2.%d 198.51.100.7 %d 2\r\n' $i $i >say$i
		INPUT=say$i spawn "client$i" "$SOCKCAT" 127.0.0.1 "$PORT"
	done
	for ((i = 1; i <= 40; i++)); do
		finish "client$i"
		assert_equal "$(told "client$i.out")" "TCP 192.0.2.$i $i 198.51.100.7 2"
	done
	stop server
}

# --- who is judged -----------------------------------------------------------

@test "--accept-proxy: --allow and --deny judge the client that is named" {
	teller server -k --allow 192.0.2.0/24 --deny 192.0.2.9,198.51.100.7 127.0.0.1 0
	says 'PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\n'
	assert_equal "$(told reply)" "TCP 192.0.2.1 1 198.51.100.7 2"
	says 'PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n'
	grep -q TCPREMOTEIP=192.0.2.1 reply
	for who in 'TCP4 192.0.2.9 198.51.100.7' 'TCP4 127.0.0.1 127.0.0.1' \
	    'TCP6 2001:db8::1 ::1'; do
		says "PROXY $who 1 2\\r\\n" || true
		[ ! -s reply ] || fail "$who was let in"
	done
	says "$SIGNATURE\\x21\\x31\\0\\xd8$(paths /run/from /run/to)" || true
	[ ! -s reply ]
	stop server
	grep -q 'denied 192\.0\.2\.9:1: it is on the list of --deny' server.err
	grep -q 'denied \[2001:db8::1\]:1: it is not on the list' server.err
	grep -q 'denied /run/from: it has no address' server.err
}

@test "--accept-proxy: a header that names nobody leaves who has connected to be judged" {
	teller server -k --allow 127.0.0.2 127.0.0.1 0
	says 'PROXY UNKNOWN\r\n' -s 127.0.0.2
	grep -q TCPREMOTEIP=127.0.0.2 reply
	says 'PROXY UNKNOWN\r\n' -s 127.0.0.3 || true
	[ ! -s reply ]
	says "$SIGNATURE\\x20\\0\\0\\0" -s 127.0.0.3 || true
	[ ! -s reply ]
	stop server
}

@test "--accept-proxy: who is turned away by name does not count, nor end a listener for one" {
	listener server -v --accept-proxy --deny 192.0.2.9 127.0.0.1 0
	says 'PROXY TCP4 192.0.2.9 198.51.100.7 1 2\r\nbad\n' || true
	says 'PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\ngood\n'
	finish server
	assert_equal "$(cat server.out)" good
	listener server -k --max-accepts 2 --accept-proxy --deny 192.0.2.9 \
	    127.0.0.1 0
	says 'PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\none\n'
	says 'PROXY TCP4 192.0.2.9 198.51.100.7 1 2\r\nbad\n' || true
	says 'PROXY TCP4 192.0.2.2 198.51.100.7 1 2\r\ntwo\n'
	finish server
	assert_equal "$(cat server.out)" $'one\ntwo'
	teller server -k --max-accepts 1 --deny 192.0.2.9 127.0.0.1 0
	says 'PROXY TCP4 192.0.2.9 198.51.100.7 1 2\r\n' || true
	[ ! -s reply ]
	says 'PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\n'
	grep -q TCPREMOTEIP=192.0.2.1 reply
	finish server
}

@test "--accept-proxy: a UNIX-domain listener judges by what the header says" {
	listener server -k --accept-proxy --allow 192.0.2.1 --exec env -U path
	printf 'PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\n' |
	    "$SOCKCAT" -U path >reply
	assert_equal "$(told reply)" "TCP 192.0.2.1 1 198.51.100.7 2"
	refute grep -q ^UNIX reply
	printf 'PROXY TCP4 192.0.2.2 198.51.100.7 1 2\r\n' |
	    "$SOCKCAT" -U path >reply || true
	[ ! -s reply ]
	printf 'PROXY UNKNOWN\r\n' | "$SOCKCAT" -U path >reply || true
	[ ! -s reply ]
	stop server
}

@test "--accept-proxy: the lists that HUP has read judge the next header" {
	echo 192.0.2.1 >list
	teller server -k --allowfile list 127.0.0.1 0
	says 'PROXY TCP4 192.0.2.2 198.51.100.7 1 2\r\n' || true
	[ ! -s reply ]
	echo 192.0.2.2 >list
	kill -HUP "${PID[server]}"
	says 'PROXY TCP4 192.0.2.2 198.51.100.7 1 2\r\n'
	grep -q TCPREMOTEIP=192.0.2.2 reply
	says 'PROXY TCP4 192.0.2.1 198.51.100.7 1 2\r\n' || true
	[ ! -s reply ]
	stop server
}

@test "--merge --mark --accept-proxy: lines stand behind the client that is named" {
	listener server --merge --mark --accept-proxy --max-accepts 1 127.0.0.1 0
	says 'PROXY TCP4 192.0.2.1 198.51.100.7 5555 443\r\nhello\n'
	finish server
	grep -q '192\.0\.2\.1:5555.*hello' server.out
}

# --- what is sent ------------------------------------------------------------

# sends VERSION FILE ARGUMENT...: sockcat says --send-proxy=VERSION and a word to
# PORT; what arrives is in FILE, and `from' is its port.
sends() {
	local version=$1 file=$2
	shift 2
	"$SOCKCAT" -v --send-proxy="$version" "$@" <<<hello 2>err
	finish peer
	FROM=$(sed -n 's/.*connected .*:\([0-9]*\) -> .*/\1/p' err)
	[ -s "$file" ]
}

# as_header FORMAT: it and a word, as they must have arrived in `got'.
as_header() {
	# shellcheck disable=SC2059
	{ printf "$1"; echo hello; } >want
	same want got
}

# port N: its two bytes, as a format.
port() {
	printf '\\%03o\\%03o' $(($1 >> 8)) $(($1 & 255))
}

@test "--send-proxy: the header of version 1 comes first, and is the default" {
	peer peer listen 127.0.0.1:0 recv:got
	sends 1 got -s 127.0.0.5 127.0.0.1 "$PORT"
	as_header "PROXY TCP4 127.0.0.5 127.0.0.1 $FROM $PORT\\r\\n"
	grep -q "PROXY header to 127.0.0.1:$PORT: 127.0.0.5:$FROM -> 127.0.0.1:$PORT\$" err
	peer peer listen '[::1]:0' recv:got
	"$SOCKCAT" -v --send-proxy ::1 "$PORT" <<<hello 2>err
	finish peer
	FROM=$(sed -n 's/.*connected .*:\([0-9]*\) -> .*/\1/p' err)
	as_header "PROXY TCP6 ::1 ::1 $FROM $PORT\\r\\n"
}

@test "--send-proxy=2: the header of version 2, of each family" {
	peer peer listen 127.0.0.1:0 recv:got
	sends 2 got -s 127.0.0.5 127.0.0.1 "$PORT"
	as_header "$SIGNATURE\\x21\\x11\\0\\x0c\\x7f\\0\\0\\5\\x7f\\0\\0\\1$(port "$FROM")$(port "$PORT")"
	peer peer listen '[::1]:0' recv:got
	sends 2 got ::1 "$PORT"
	as_header "$SIGNATURE\\x21\\x21\\0\\x24$(printf '\\0%.0s' {1..15})\\1$(printf '\\0%.0s' {1..15})\\1$(port "$FROM")$(port "$PORT")"
	peer peer listen unix:path recv:got
	sends 2 got -U path
	as_header "$SIGNATURE\\x21\\x31\\0\\xd8$(paths '' path)"
	rm path
	peer peer listen unix:path recv:got
	sends 1 got -U path
	as_header 'PROXY UNKNOWN\r\n'
	grep -q 'PROXY header to path: no addresses' err
}

@test "--send-proxy: IPv4 that comes by an IPv6 socket is told as IPv4" {
	peer peer listen 127.0.0.1:0 recv:got
	sends 1 got ::ffff:127.0.0.1 "$PORT"
	as_header "PROXY TCP4 127.0.0.1 127.0.0.1 $FROM $PORT\\r\\n"
}

@test "--send-proxy: --starttls comes behind the header" {
	need_tls
	printf '220 ready\r\n' >greeting
	peer peer listen 127.0.0.1:0 send:greeting recvn:50:got close
	run ! "$SOCKCAT" --send-proxy --starttls smtp "${TRUSTING[@]}" \
	    127.0.0.1 "$PORT"
	finish peer
	[[ $(<got) == "PROXY TCP4 127.0.0.1 127.0.0.1 "*" $PORT"$'\r\n'E* ]]
}

@test "--send-proxy: the header goes through a proxy, and says nothing of the way to it" {
	local proxy
	listener proxy --proxy-server socks5 127.0.0.1 0
	proxy=$PORT
	peer peer listen 127.0.0.1:0 recv:got
	"$SOCKCAT" -v --send-proxy -x "127.0.0.1:$proxy" 127.0.0.1 "$PORT" \
	    <<<hello 2>err
	finish peer
	stop proxy
	as_header 'PROXY UNKNOWN\r\n'
	grep -q 'PROXY header to .*: no addresses' err
}

@test "--forward --send-proxy through a proxy: the target hears of the client" {
	local target
	teller last 127.0.0.1 0
	target=$PORT
	listener proxy --proxy-server socks5 127.0.0.1 0
	listener first --send-proxy -x "127.0.0.1:$PORT" \
	    --forward "127.0.0.1:$target" 127.0.0.1 0
	says '' -s 127.0.0.6
	finish first
	stop proxy
	finish last
	[[ $(told reply) == "TCP 127.0.0.6 "*" 127.0.0.1 $PORT" ]]
}

@test "--accept-proxy: a proxy server sees the client that is named" {
	local target
	listener target 127.0.0.1 0
	target=$PORT
	listener proxy -v --accept-proxy --allow 127.0.0.6 \
	    --proxy-server socks5 127.0.0.1 0
	listener first --send-proxy=2 --forward "127.0.0.1:$PORT" 127.0.0.1 0
	"$SOCKCAT" -s 127.0.0.6 -x "127.0.0.1:$PORT" 127.0.0.1 "$target" \
	    <<<hello
	finish first
	stop proxy
	finish target
	assert_equal "$(cat target.out)" hello
	grep -q 'closed 127\.0\.0\.6:' proxy.err
}

@test "--forward --send-proxy: the target hears of the client, through a chain of both versions" {
	teller last 127.0.0.1 0
	listener middle --accept-proxy --send-proxy=2 \
	    --forward "127.0.0.1:$PORT" 127.0.0.1 0
	listener first --send-proxy --forward "127.0.0.1:$PORT" 127.0.0.1 0
	"$SOCKCAT" -v -s 127.0.0.6 127.0.0.1 "$PORT" </dev/null >reply 2>err
	finish first
	finish middle
	finish last
	FROM=$(sed -n 's/.*connected .*:\([0-9]*\) -> .*/\1/p' err)
	assert_equal "$(told reply)" "TCP 127.0.0.6 $FROM 127.0.0.1 $PORT"
}

@test "--forward --send-proxy: many clients at once, each told as itself, their bytes as they are" {
	local i
	random_file data 300000
	listener last -k --accept-proxy --sh-exec 'echo $TCPREMOTEIP; cat' \
	    127.0.0.1 0
	listener first -k --send-proxy=2 --forward "127.0.0.1:$PORT" 127.0.0.1 0
	for ((i = 1; i <= 30; i++)); do
		INPUT=data spawn "client$i" "$SOCKCAT" -s "127.0.1.$i" \
		    127.0.0.1 "$PORT"
	done
	for ((i = 1; i <= 30; i++)); do
		finish "client$i"
		{ echo "127.0.1.$i"; cat data; } >want
		same want "client$i.out"
	done
	stop first
	stop last
}

@test "--forward --send-proxy: clients and targets of other families" {
	teller last -k -U target
	listener first -k --send-proxy=2 --forward "$PWD/target" 127.0.0.1 0
	says '' -s 127.0.0.8
	[[ $(told reply) == "TCP 127.0.0.8 "*" 127.0.0.1 $PORT" ]]
	stop first
	listener first -k --send-proxy=2 --forward "$PWD/target" -U path
	"$SOCKCAT" -U -s @me path </dev/null >reply
	assert_equal "$(told reply)" "UNIX @me path"
	stop first
	rm -f path
	listener first -k --send-proxy=1 --forward "$PWD/target" -U path
	"$SOCKCAT" -U -s @me path </dev/null >reply
	grep -q ^PROTO=UNIX reply
	grep -q 'PROXY header from .*: no addresses' last.err
	stop first
	stop last
}

@test "--send-proxy: a command, and whoever gets the socket by -F, come behind the header" {
	peer peer listen 127.0.0.1:0 recv:got
	"$SOCKCAT" --send-proxy --sh-exec 'echo hello' 127.0.0.1 "$PORT"
	finish peer
	grep -q '^PROXY TCP4 127.0.0.1 127.0.0.1 ' got
	assert_equal "$(tail -n 1 got)" hello
	peer peer listen 127.0.0.1:0 recv:got
	cat >receiver.py <<-'END'
		import socket, subprocess, sys
		ours, theirs = socket.socketpair()
		with subprocess.Popen(sys.argv[1:], stdout=theirs) as child:
		    _, fds, _, _ = socket.recv_fds(ours, 10, 1)
		socket.socket(fileno=fds[0]).sendall(b"hello\n")
	END
	python3 -S receiver.py "$SOCKCAT" --send-proxy -F 127.0.0.1 "$PORT"
	finish peer
	grep -q '^PROXY TCP4 127.0.0.1 127.0.0.1 ' got
	assert_equal "$(tail -n 1 got)" hello
}

# --- with TLS ----------------------------------------------------------------

@test "TLS comes behind the header, on both sides" {
	need_tls
	teller server "${SERVING[@]}" 127.0.0.1 0
	"$SOCKCAT" -v -s 127.0.0.5 --send-proxy=2 "${TRUSTING[@]}" 127.0.0.1 \
	    "$PORT" </dev/null >reply 2>err
	finish server
	[[ $(told reply) == "TCP 127.0.0.5 "*" 127.0.0.1 $PORT" ]]
	grep -q ^SSL_PROTOCOL= reply
	grep -q 'TLS' err
	# A header within TLS comes too late.
	listener server -v --accept-proxy "${SERVING[@]}" 127.0.0.1 0
	run ! "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT" <<<$'PROXY UNKNOWN\r'
	finish server 5
	grep -q 'not a PROXY header' server.err
}

@test "--send-proxy with TLS: nothing but the header is in plain text" {
	need_tls
	peer peer listen 127.0.0.1:0 recvn:200:got close
	run ! "$SOCKCAT" -v --send-proxy "${TRUSTING[@]}" 127.0.0.1 "$PORT" \
	    <<<'a secret'
	finish peer
	FROM=$(sed -n 's/.*connected .*:\([0-9]*\) -> .*/\1/p' <<<"$output")
	printf 'PROXY TCP4 127.0.0.1 127.0.0.1 %d %d\r\n\x16\x03\x01' "$FROM" \
	    "$PORT" >want
	cmp -n "$(stat -c %s want)" want got
	refute grep -q secret got
}

@test "--forward tls: --send-proxy: the header comes before TLS with the target" {
	need_tls
	teller server "${SERVING[@]}" 127.0.0.1 0
	listener first --send-proxy --forward "tls:127.0.0.1:$PORT" \
	    -R "$CERTS/ca.pem" -e server.test 127.0.0.1 0
	says '' -s 127.0.0.6
	finish first
	finish server
	[[ $(told reply) == "TCP 127.0.0.6 "*" 127.0.0.1 $PORT" ]]
	grep -q ^SSL_PROTOCOL= reply
}

# --- what does not go together -----------------------------------------------

@test "--send-proxy and --accept-proxy: what does not go with them is an error" {
	local row
	while read -r row; do
		# shellcheck disable=SC2086
		run -2 "$SOCKCAT" $row
	done <<-'END'
		--send-proxy=3 127.0.0.1 1
		--send-proxy=0 127.0.0.1 1
		--send-proxy=v2 127.0.0.1 1
		--send-proxy -u 127.0.0.1 1
		--send-proxy -z 127.0.0.1 1
		--send-proxy --fastopen 127.0.0.1 1
		--send-proxy -l 127.0.0.1 0
		--send-proxy -l --exec cat 127.0.0.1 0
		--accept-proxy 127.0.0.1 1
		--accept-proxy -l -u 127.0.0.1 0
		-l -U path --allow 127.0.0.1
		-l -U path --deny 127.0.0.1 --send-proxy --forward 127.0.0.1:1
	END
	run -2 "$SOCKCAT" --send-proxy 2 127.0.0.1 80
	assert_output --partial 'the argument of --send-proxy needs'
}

@test "-l --fastopen and --send-proxy, --accept-proxy go together" {
	teller last --fastopen 127.0.0.1 0
	listener first --fastopen --send-proxy --forward "127.0.0.1:$PORT" \
	    127.0.0.1 0
	says '' -s 127.0.0.6
	finish first
	finish last
	[[ $(told reply) == "TCP 127.0.0.6 "* ]]
}
