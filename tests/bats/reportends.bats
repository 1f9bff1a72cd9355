#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --report: each cause of each exit status, and who is said to have ended it.

# bats and helpers.bash set output, PORT ...
# shellcheck disable=SC2154

load helpers
load tls
load proxypeer
load report

# That of tls.bash, too.
setup_file() {
	certificates
	reporter
}

PEER_PROGRAM=peer.py

# A line for each cause: the status that the program ends with, as a shell shows it;
# the result; who has ended it, and how ("-": no connection was there to speak of,
# and only the run has a report); what is run.
TABLE='
standard input ends        | 0   ok      local  fin          | says x report 127.0.0.1 "$ECHO"
the peer ends              | 0   ok      peer   fin          | quiet report --exit-on-eof 127.0.0.1 "$HELLO"
--recv-limit, datagrams    | 0   ok      local  quit         | asks report -u -W 1 -q -1 127.0.0.1 "$ANSWERS"
a command ends             | 0   ok      local  command      | report 127.0.0.1 "$ECHO" --exec true
datagrams, all were sent   | 0   ok      local  input        | says x report -u -q 0 127.0.0.1 "$MUTE"
a target ends              | 0   ok      target fin          | served --forward "127.0.0.1:$HELLO"
the proxy refused          | 1   refused peer   refused      | report -x "127.0.0.1:$FREE" 127.0.0.1 7
the target refused         | 1   refused target refused      | served --forward "127.0.0.1:$FREE"
a reset                    | 1   broken  peer   reset        | resets reset
a scan finds nothing       | 1   refused -      -            | report -z 127.0.0.1 "$FREE"
no name to say            | 2   usage   local  error        | report -c --tls-insecure --starttls xmpp -U "$PWD/s"
--idle-timeout             | 3   timeout local  time_limit   | quiet report --idle-timeout 100ms 127.0.0.1 "$SILENT_PORT"
--timeout                  | 3   timeout local  time_limit   | quiet report --timeout 100ms 127.0.0.1 "$SILENT_PORT"
--user-timeout             | 3   timeout network lost        | floods report --user-timeout 300ms 127.0.0.1 "$SILENT_PORT"
--accept-timeout           | 3   timeout -      -            | report -l --accept-timeout 100ms 127.0.0.1 0
--timeout, nobody came     | 3   timeout -      -            | report -l --timeout 100ms 127.0.0.1 0
a scan waits in vain       | 3   timeout -      -            | report -z --retry 100ms 127.0.0.1 "$FREE"
no such name               | 4   name    local  name         | report does-not-exist.invalid 80
no such name, of a proxy   | 4   name    local  name         | report -x does-not-exist.invalid 127.0.0.1 7
no such name, to listen    | 4   name    -      -            | report -l does-not-exist.invalid 0
no such name, a target     | 4   name    local  name         | served --forward does-not-exist.invalid:7
--deny                     | 0   denied  local  denied       | denied
an address that is not ours| 6   local   local  error        | report -s 192.0.2.7 127.0.0.1 "$FREE"
a port that is taken       | 6   local   -      -            | report -l 127.0.0.1 "$ECHO"
no certificate in the file | 6   local   -      -            | report -c --tls-cert /none 127.0.0.1 7
the disk is full           | 6   local   local  error        | says x full report 127.0.0.1 "$ECHO"
a copy can not be opened   | 6   local   -      -            | report --output /none/file 127.0.0.1 7
a command says 7           | 7   command local  command      | report 127.0.0.1 "$ECHO" --sh-exec "exit 7"
a command can not be run   | 126 command -      -            | report 127.0.0.1 "$ECHO" --exec /dev/null
there is no such command   | 127 command -      -            | report 127.0.0.1 "$ECHO" --exec /none
a command is killed        | 137 command local  command      | report 127.0.0.1 "$ECHO" --sh-exec "kill -KILL \$\$"
HUP                        | 129 signal  local  signal       | signalled HUP
INT                        | 130 signal  local  signal       | signalled INT
the reader has gone        | 141 pipe    local  pipe         | unread
TERM                       | 143 signal  local  signal       | signalled TERM
TERM, a command runs       | 143 signal  local  signal       | signalled TERM --exec cat
TERM, nobody came          | 143 signal  -      -            | signalled_listener TERM
'

# The same, before a connection stands, through proxies, in a network without ways,
# and of TLS.
BEFORE='
refused                    | 1   refused peer   refused      | report 127.0.0.1 "$FREE"
refused, after --retry     | 1   refused peer   refused      | report --retry 200ms 127.0.0.1 "$FREE"
refused, a path            | 1   refused peer   refused      | report -U "$PWD/nobody"
the proxy resets           | 1   broken  peer   reset        | proxied "" take:3 reset
the proxy ends             | 1   broken  peer   fin          | proxied "" take:3 fin rest
not a proxy                | 1   broken  peer   error        | proxied "" take:3 put:hello rest
no answer, --connect-timeout | 3 timeout local  time_limit   | report --connect-timeout 100ms 127.0.0.1 "$NO_ANSWER"
no answer, -w              | 3   timeout local  time_limit   | report -w 100ms 127.0.0.1 "$NO_ANSWER"
no answer, --timeout       | 3   timeout local  time_limit   | report --timeout 100ms 127.0.0.1 "$NO_ANSWER"
no answer of the proxy     | 3   timeout local  time_limit   | proxied "-w 200ms" take:3 rest
SOCKS5: a failure          | 5   denied  nobody denied       | proxied "" take:3 "put:$METHOD" take:10 "put:\x05\x01\x00\x01\x00\x00\x00\x00\x00\x00" rest
SOCKS5: not allowed        | 5   denied  nobody denied       | proxied "" take:3 "put:$METHOD" take:10 "put:\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00" rest
SOCKS5: no network         | 5   denied  nobody denied       | proxied "" take:3 "put:$METHOD" take:10 "put:\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00" rest
SOCKS5: no host            | 5   denied  nobody denied       | proxied "" take:3 "put:$METHOD" take:10 "put:\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00" rest
SOCKS5: refused            | 5   denied  nobody denied       | proxied "" take:3 "put:$METHOD" take:10 "put:\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00" rest
SOCKS5: TTL                | 5   denied  nobody denied       | proxied "" take:3 "put:$METHOD" take:10 "put:\x05\x06\x00\x01\x00\x00\x00\x00\x00\x00" rest
SOCKS5: no such command    | 5   denied  nobody denied       | proxied "" take:3 "put:$METHOD" take:10 "put:\x05\x07\x00\x01\x00\x00\x00\x00\x00\x00" rest
SOCKS5: no such address    | 5   denied  nobody denied       | proxied "" take:3 "put:$METHOD" take:10 "put:\x05\x08\x00\x01\x00\x00\x00\x00\x00\x00" rest
SOCKS5: no method          | 5   denied  nobody denied       | proxied "" take:3 "put:\x05\xff" rest
SOCKS4: rejected           | 5   denied  nobody denied       | proxied "-X 4" take:9 "put:\x00\x5b\x00\x00\x00\x00\x00\x00" rest
SOCKS4: no identd          | 5   denied  nobody denied       | proxied "-X 4" take:9 "put:\x00\x5c\x00\x00\x00\x00\x00\x00" rest
HTTP: forbidden            | 5   denied  nobody denied       | proxied "-X connect" head "put:HTTP/1.1 403 Forbidden\r\n\r\n" rest
HTTP: a password           | 5   denied  nobody denied       | proxied "-X connect" head "put:HTTP/1.1 407 Login\r\n\r\n" rest
HTTP: bad gateway          | 5   denied  nobody denied       | proxied "-X connect" head "put:HTTP/1.1 502 Bad Gateway\r\n\r\n" rest
'
NETWORK='
no route                   | 1   unreachable network unreachable | report 192.0.2.1 7
a route says no            | 1   unreachable network unreachable | report 203.0.113.1 7
a route forbids            | 1   unreachable network unreachable | report 203.0.113.2 7
a black hole               | 1   unreachable network unreachable | report 203.0.113.3 7
'
TLS='
close_notify               | 0   ok      peer   close_notify | quiet report -c -R "$CERTS/ca.pem" --exit-on-eof 127.0.0.1 "$TLS_HELLO"
close_notify, ours         | 0   ok      local  close_notify | says x report -c -R "$CERTS/ca.pem" 127.0.0.1 "$TLS_ECHO"
truncated                  | 1   broken  peer   fin          | tls_peer "tls:cert=$CERTS/server.pem" recvn:2:got sendn:5 close
a reset under TLS          | 1   broken  peer   reset        | tls_peer "tls:cert=$CERTS/server.pem" recvn:2:got reset
a certificate of nobody    | 5   denied  nobody denied       | report -c 127.0.0.1 "$TLS_ECHO"
another name               | 5   denied  nobody denied       | report -c -R "$CERTS/ca.pem" -e other.example 127.0.0.1 "$TLS_ECHO"
another pin                | 5   denied  nobody denied       | report -c -H "sha256:$ZEROS" 127.0.0.1 "$TLS_ECHO"
no TLS over there          | 5   denied  nobody denied       | report -c 127.0.0.1 "$HELLO"
'

# report ARGUMENT...: it ends, with $status.
report() {
	status=0
	timeout 30 "$SOCKCAT" --report=json --report-file r "$@" <"${INPUT:-/dev/null}" \
	    >"${OUTPUT:-out}" 2>err || status=$?
}

says() {
	printf '%s\n' "$1" >in
	shift
	INPUT=in "$@"
}

quiet() {
	silent_input
	INPUT=silent "$@"
}

floods() {
	INPUT=/dev/zero "$@"
}

full() {
	OUTPUT=/dev/full "$@"
}

# served ARGUMENT...: a listener, to which somebody comes.
served() {
	listener server --report=json --report-file r "$@" 127.0.0.1 0
	quiet "$SOCKCAT" --exit-on-eof 127.0.0.1 "$PORT" >out 2>err \
	    <&"$SILENT" || true
	finish server any
	status=$finish_status
}

denied() {
	listener server -k --max-accepts 1 --deny 127.0.0.2 --report=json \
	    --report-file r --exec cat 127.0.0.1 0
	"$SOCKCAT" -s 127.0.0.2 127.0.0.1 "$PORT" </dev/null >out 2>err || true
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	finish server any
	status=$finish_status
}

# resets VERB: the peer does that after two bytes.
resets() {
	peer server listen 127.0.0.1:0 recvn:2:got "$1"
	says x report --no-shutdown 127.0.0.1 "$PORT"
}

# asks COMMAND...: one line, and no end.
asks() {
	silent_input
	echo question >&"$SILENT"
	INPUT=silent "$@"
}

# proxied OPTIONS VERB...: through a proxy that does so.
proxied() {
	local options=$1
	shift
	proxy "$@"
	# shellcheck disable=SC2086 # they are words
	quiet report $options -x "$PROXY" 127.0.0.1 7
}

tls_peer() {
	PEER_PROGRAM=tlspeer.py peer server listen 127.0.0.1:0 "$@"
	says x report -c -R "$CERTS/ca.pem" --no-shutdown 127.0.0.1 "$PORT"
}

# signalled SIGNAL ARGUMENT...: while it is connected.
signalled() {
	local signal=$1
	shift
	peer server listen 127.0.0.1:0 sendn:5 say:sent recv:got
	silent_input
	INPUT=silent spawn client env --default-signal=INT,TERM,HUP \
	    "$SOCKCAT" -v --report=json --report-file r \
	    127.0.0.1 "$PORT" "$@"
	until_true has_line server.out sent
	until_true has_line client.err 'connected\|started'
	kill "-$signal" "${PID[client]}"
	finish client any
	status=$finish_status
}

signalled_listener() {
	listener server --report=json --report-file r 127.0.0.1 0
	kill "-$1" "${PID[server]}"
	finish server any
	status=$finish_status
}

# Whoever reads it leaves after a byte.
unread() {
	peer server listen 127.0.0.1:0 flood park
	env --default-signal=PIPE "$SOCKCAT" --report=json --report-file r \
	    127.0.0.1 "$PORT" </dev/null 2>err | head -c 1 >out
	status=${PIPESTATUS[0]}
}

# What the rows speak of.
cast() {
	free_port
	listener path -k --exec cat -U "$PWD/s"
	ZEROS=$(printf '%064d' 0)
	listener echo -k --exec cat 127.0.0.1 0
	ECHO=$PORT
	listener hello -k --sh-exec 'echo hello' 127.0.0.1 0
	HELLO=$PORT
	sockets held open@127.0.0.1 silent@127.0.0.1 udp-mute@127.0.0.1 \
	    udp-answer@127.0.0.1
	SILENT_PORT=${PORTS[0]} NO_ANSWER=${PORTS[1]} MUTE=${PORTS[2]}
	ANSWERS=${PORTS[3]}
}

# holds ROWS: each.
holds() {
	local cause expected command want result by how c
	while IFS='|' read -r cause expected command; do
		[ -n "$cause" ] || continue
		read -r want result by how <<<"$expected"
		rm -f r
		c="c['result'] == '$result' and c['end']['how'] == '$how' and \
(c['end']['by'] or 'nobody') == '$by' and (c['status'] == $want or $want == 0)"
		[ "$how" != - ] || c="conns == [] and run['result'] == '$result'"
		eval "$command" </dev/null
		[ "$status" = "$want" ] ||
		    fail "$cause: status $status, and not $want: $(<err)"
		[ -s r ] || fail "$cause: no report: $(<err)"
		reported r "$c" "run['status'] == $want" ||
		    fail "$cause: not said of it"
	done <<<"$1"
}

@test "a report for each cause of each exit status" {
	cast
	holds "$TABLE"
}

@test "a report where a connection or a proxy says no, or nothing" {
	cast
	holds "$BEFORE"
}

@test "a report where there is no way" {
	cast
	in_net 'ip route add unreachable 203.0.113.1
		ip route add prohibit 203.0.113.2
		ip route add blackhole 203.0.113.3'
	holds "$NETWORK"
}

@test "a report for what ends TLS" {
	need_tls
	cast
	tls_listener tls_echo -k --exec cat 127.0.0.1 0
	TLS_ECHO=$PORT
	tls_listener tls_hello -k --sh-exec 'echo hello' 127.0.0.1 0
	TLS_HELLO=$PORT
	holds "$TLS"
}

@test "the table has each word of the schema, and each status of the manual" {
	printf '%s' "$TABLE$BEFORE$NETWORK$TLS" >table
	python3 - "$top_srcdir/docs/report.schema.json" <<-'END'
		import json
		import sys

		words = json.load(open(sys.argv[1]))["definitions"]
		rows = [line.split("|")[1].split() for line in open("table")
		        if line.strip()]
		for column, names in (
		        (1, words["result"]["enum"]),
		        (2, words["end"]["properties"]["by"]["enum"]),
		        (3, words["end"]["properties"]["how"]["enum"])):
		    seen = {row[column] for row in rows} - {"-"}
		    assert seen == {name or "nobody" for name in names}, \
		        (seen, names)
		statuses = {int(row[0]) for row in rows}
		assert statuses >= set(range(7)) | {126, 127, 137, 141, 143}
	END
}
