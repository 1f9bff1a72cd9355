#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Each pair of docs/migrating.md, the line of another program and ours, does the
# same.  Both are run as they stand there, one after the other in a network of
# their own, where the ports, names and paths are those of the text.

# bats and helpers.bash set NS, finish_status ...; what is quoted is for a shell
# there; each side has a directory.
# shellcheck disable=SC2016,SC2103,SC2154,SC2164

load helpers
load world

text=$top_srcdir/docs/migrating.md

# line N: of the pair that is called as the test, the first line or the second.
line() {
	awk -v wanted="$1" -v program="${BATS_TEST_DESCRIPTION%%: *}" \
	    -v title="${BATS_TEST_DESCRIPTION#*: }" '
		/^## / { inside = $2 == program }
		/^### / { found = inside && substr($0, 5) == title; n = 0 }
		found && /^\t/ && ++n == wanted { print substr($0, 2) }' "$text"
}

# pair SCENARIO WORD...: of theirs and of ours, the same is in `result'.
pair() {
	local side number=0 files
	need "${BATS_TEST_DESCRIPTION%%: *}"
	[[ $* != *--tls* ]] || need_tls
	world 'for name in host proxy; do
		echo 192.0.2.1 $name >>/etc/hosts
	done'
	mkdir -p dir {theirs,ours}/result
	random_file file 100k
	printf 'GET / HTTP/1.0\r\n\r\n' >question
	random_file dir/one 10k
	echo two >dir/two
	[[ $* != *--tls* ]] || own_certificate
	for side in theirs ours; do
		number=$((number + 1))
		line "$number" >"$side/line.lines"
		[ -s "$side/line.lines" ] || fail "no line of $side"
		ln -s ../{file,question} ../{ca,key,server}.pem "$side"
		[[ $BATS_TEST_DESCRIPTION != *directory ]] || cp -r dir "$side"
		cd "$side"
		NS=("${NS[@]/#--wd*/--wd=$PWD}")
		"$@"
		end_all
		cd ..
	done
	files=(theirs/result/*)
	[ -e "${files[0]}" ]
	diff -r theirs/result ours/result
}

# own_certificate: for the first test that wants it, which is that of the others.
own_certificate() {
	(
		cd "$BATS_FILE_TMPDIR"
		[ -e server.pem ] || {
			openssl req -x509 -newkey ec \
			    -pkeyopt ec_paramgen_curve:P-256 -nodes \
			    -subj /CN=host -addext subjectAltName=DNS:host \
			    -keyout key.pem -out ca.pem 2>openssl.err
			cat ca.pem key.pem >server.pem
		}
	)
	cp "$BATS_FILE_TMPDIR"/{ca,key,server}.pem .
}

# end_all: what this side has started, but for the network.
end_all() {
	local name
	for name in "${!PID[@]}"; do
		[ "$name" != netns ] || continue
		kill -KILL "${PID[$name]}" 2>/dev/null || :
		finish "$name" any
	done
	[ ! -e "/proc/${PID[netns]}/root/run/app.sock" ] ||
		"${NS[@]}" rm /run/app.sock
}

# result FILE...: it is what is compared.
result() {
	cp -r "$@" result
}

# ended: the line has; its status counts.
ended() {
	finish line any
	echo "$finish_status" >result/status
}

# helper NAME WORD...: a sockcat that listens there, ready.
helper() {
	local name=$1
	shift
	spawn "$name" "${NS[@]}" sh -c 'name=$1
		shift
		exec sockcat -l --ready-fd 4 "$@" 4>"$name.ready"' sh "$name" "$@"
	until_true test -s "$name.ready"
}

# server WORD...: it hears lines up to an empty one, and answers.
server() {
	helper server -k --sh-exec 'while read -r line && [ ${#line} -gt 1 ]; do
		echo "$TCPREMOTEIP $line" >>got
	done
	echo "Hello, you"' "$@"
}

# is_there tcp|udp|path WORD...: where the last word says; for until_true.
is_there() {
	case $1 in
	path) has_line "/proc/${PID[netns]}/net/unix" " ${*: -1}$" ;;
	*) listens "$1" "${*: -1}" ;;
	esac
}

# typing NAME: a fifo as somebody's keyboard; sets the descriptor NAME.
typing() {
	mkfifo "$1"
	eval "exec {$1}<>$1"
}

# client WORD...: a sockcat there, with a keyboard.
client() {
	typing keys
	INPUT=keys spawn client "${NS[@]}" sockcat "$@"
}

# ---- Scenarios: what `line' is run for ----------------------------------------

# talk: to a server that is there.
talk() {
	local words
	typing words
	INPUT=words in_background line
	printf 'hello\n\n' >&"$words"
	until_true has_line line.out 'Hello, you'
	exec {words}>&-
	ended
	result line.out got
}

talks() {
	server "$@"
	talk
}

talks_by() {
	helper proxy --proxy-server "$1" "$2"
	server 8080
	talk
}

# converses PROTOCOL WORD...: the line listens, and its user and a client, who
# connects to WORDs, talk.
converses() {
	local words
	typing words
	INPUT=words in_background line
	until_true is_there "$@"
	client "${@:2}"
	echo hello >&"$keys"
	until_true has_line line.out hello
	echo world >&"$words"
	until_true has_line client.out world
	exec {words}>&- {keys}>&-
	# ncat closes without close_notify, which is a failure for a client.
	finish client any
	ended
	result line.out client.out
}

sends() {
	helper sink 4000
	in_background line
	ended
	finish sink
	if grep -q tar line.lines; then
		mkdir result/tree
		tar -C result/tree -xf sink.out
	else
		same file sink.out
		result sink.out
	fi
}

receives() {
	in_background line
	until_true listens tcp 4000
	"${NS[@]}" sockcat "$@" <file
	ended
	same file copy
}

receives_tree() {
	rm -r dir
	in_background line
	until_true listens tcp 4000
	tar -C .. -cf - dir | "${NS[@]}" sockcat host 4000
	ended
	diff -r dir ../dir
}

# asks WORD...: a question, and the server's answer.
asks() {
	server "$@"
	in_background line
	ended
	result line.out got
}

opens() {
	in_background line
	finish line any
	echo "$finish_status" >result/closed
	server 8080
	in_background line
	ended
}

scans() {
	server 8080
	in_background line
	ended
	cat line.out line.err | grep -E 'succeeded|open' |
		grep -oE '\b80[78][0-9]\b' >result/open
}

serves_two() {
	in_background line
	until_true listens tcp 8080
	echo one | "${NS[@]}" sockcat --send-only host 8080
	until_true has_line line.out one
	echo two | "${NS[@]}" sockcat --send-only host 8080
	until_true has_line line.out two
	result line.out
}

sends_datagram() {
	helper sink -u -k 5140
	in_background line
	ended
	until_true has_line sink.out hello
	result sink.out
}

gets_datagrams() {
	in_background line
	until_true listens udp 5140
	echo one | "${NS[@]}" sockcat -u --send-only host 5140
	until_true has_line line.out one
	echo two | "${NS[@]}" sockcat -u --send-only host 5140
	until_true has_line line.out two
	result line.out
}

# echoes WORD...: what two clients send comes back.
echoes() {
	local client
	in_background line
	until_true listens tcp 8080
	for client in one two; do
		echo "$client" | "${NS[@]}" sockcat --reply=50ms "$@" \
		    >>result/back
	done
}

# relays PROTOCOL WORD... -- SERVER...: the line stands between.
relays() {
	local -a front=()
	local protocol=$1
	shift
	while [ "$1" != -- ]; do
		front+=("$1")
		shift
	done
	shift
	server "$@"
	in_background line
	until_true is_there "$protocol" "${front[@]}"
	"${NS[@]}" sockcat --reply=50ms "${front[@]}" <question >result/answer
	"${NS[@]}" sockcat --reply=50ms "${front[@]}" <question >>result/answer
	sed 's/[^ ]* //' got >result/got
}

brokers() {
	in_background line
	until_true listens tcp 8080
	client host 8080
	spawn other "${NS[@]}" sockcat --no-shutdown host 8080
	# Until both are there, what one says is for nobody.
	until_true said_to_other
	grep -x hello other.out | uniq >result/other
}

said_to_other() {
	echo hello >&"$keys"
	has_line other.out hello
}

restricts() {
	local from
	in_background line
	until_true listens tcp 8080
	for from in 192.0.2.7 198.51.100.1; do
		echo "$from" | "${NS[@]}" sockcat --reply=50ms -s "$from" \
		    host 8080 >>result/back 2>/dev/null || echo no >>result/back
	done
}

proxies() {
	server 8080
	in_background line
	until_true listens tcp "$2"
	"${NS[@]}" sockcat --reply=50ms -X "$1" -x "proxy:$2" host 8080 \
	    <question >result/answer
}

# ---- The text ------------------------------------------------------------------

@test "each pair of the text has its test, twenty for each program" {
	local program
	awk '/^## / { program = $2 } /^### / { print program ": " substr($0, 5) }
	    ' "$text" >pairs
	for program in nc ncat socat; do
		[ "$(grep -c "^$program: " pairs)" -eq 20 ]
	done
	sed -n 's/^@test "\([a-z]*cat\|nc\): \(.*\)" {$/\1: \2/p' \
	    "$BATS_TEST_FILENAME" >tests
	diff pairs tests
}

@test "nc: connect and talk" {
	pair talks 8080
}

@test "nc: listen and talk" {
	pair converses tcp host 8080
}

@test "nc: send a file" {
	pair sends
}

@test "nc: receive a file" {
	pair receives host 4000
}

@test "nc: send a directory" {
	pair sends
}

@test "nc: receive a directory" {
	pair receives_tree
}

@test "nc: ask a web server" {
	pair asks 8080
}

@test "nc: ask and half-close" {
	pair asks 8080
}

@test "nc: is a port open?" {
	pair opens
}

@test "nc: which ports are open?" {
	pair scans
}

@test "nc: a time limit" {
	pair talks 8080
}

@test "nc: send CR LF" {
	pair talks 8080
}

@test "nc: from an address" {
	pair talks 8080
}

@test "nc: one client after another" {
	pair serves_two
}

@test "nc: connect to a UNIX socket" {
	pair talks -U /run/app.sock
}

@test "nc: listen on a UNIX socket" {
	pair converses path -U /run/app.sock
}

@test "nc: send a datagram" {
	pair sends_datagram
}

@test "nc: receive datagrams" {
	pair gets_datagrams
}

@test "nc: through a SOCKS proxy" {
	pair talks_by socks5 1080
}

@test "nc: through an HTTP proxy" {
	pair talks_by http 3128
}

@test "ncat: connect and talk" {
	pair talks 8080
}

@test "ncat: listen and talk" {
	pair converses tcp host 8080
}

@test "ncat: send a file" {
	pair sends
}

@test "ncat: receive a file" {
	pair receives host 4000
}

@test "ncat: ask a web server" {
	pair asks 8080
}

@test "ncat: send CR LF" {
	pair talks 8080
}

@test "ncat: is a port open?" {
	pair opens
}

@test "ncat: a limit for connecting" {
	pair talks 8080
}

@test "ncat: keep a copy" {
	pair talks 8080
	grep -q Hello theirs/log
	same theirs/log ours/log
}

@test "ncat: a command for each client" {
	pair echoes host 8080
}

@test "ncat: a shell command for each client" {
	pair echoes host 8080
}

@test "ncat: forward a port" {
	pair relays tcp host 8080 -- 8081
}

@test "ncat: pass on among clients" {
	pair brokers
}

@test "ncat: restrict who may connect" {
	pair restricts
}

@test "ncat: TLS with anybody" {
	pair talks -c --tls-cert server.pem 8443
}

@test "ncat: TLS, verified" {
	pair talks -c --tls-cert server.pem 8443
}

@test "ncat: listen by TLS" {
	pair converses tcp -c --tls-ca ca.pem host 8443
}

@test "ncat: through a SOCKS proxy" {
	pair talks_by socks5 1080
}

@test "ncat: be an HTTP proxy" {
	pair proxies http 3128
}

@test "ncat: connect to a UNIX socket" {
	pair talks -U /run/app.sock
}

@test "socat: connect and talk" {
	pair talks 8080
}

@test "socat: listen and talk" {
	pair converses tcp host 8080
}

@test "socat: send a file" {
	pair sends
}

@test "socat: receive a file" {
	pair receives host 4000
}

@test "socat: forward a port" {
	pair relays tcp host 8080 -- 8081
}

@test "socat: a UNIX socket over TCP" {
	pair relays tcp host 8080 -- -U /run/app.sock
}

@test "socat: a TCP port as a UNIX socket" {
	pair relays path -U /run/app.sock -- 8081
}

@test "socat: connect to a UNIX socket" {
	pair talks -U /run/app.sock
}

@test "socat: listen on a UNIX socket" {
	pair converses path -U /run/app.sock
}

@test "socat: connect to an abstract name" {
	pair talks -U @app
}

@test "socat: a command for each client" {
	pair echoes host 8080
}

@test "socat: a shell command for each client" {
	pair echoes host 8080
}

@test "socat: restrict who may connect" {
	pair restricts
}

@test "socat: send a datagram" {
	pair sends_datagram
}

@test "socat: receive datagrams" {
	pair gets_datagrams
}

@test "socat: TLS with anybody" {
	pair talks -c --tls-cert server.pem 8443
}

@test "socat: TLS, verified" {
	pair talks -c --tls-cert server.pem 8443
}

@test "socat: listen by TLS" {
	pair converses tcp -c --tls-ca ca.pem host 8443
}

@test "socat: TLS in front of a server" {
	pair relays tcp -c --tls-ca ca.pem host 8443 -- 8081
}

@test "socat: through an HTTP proxy" {
	pair talks_by http 3128
}
