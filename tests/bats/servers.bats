#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A client of real servers: what they do when they are told the end, and how to
# ask them all the same.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

# Each server is asked so many times.
: "${SERVER_ROUNDS:=3}"

# A long run has its time.
BATS_TEST_TIMEOUT=$((60 + 10 * SERVER_ROUNDS))

# Not all of this is about TLS.
needs() {
	:
}

# rounds COMMAND...: SERVER_ROUNDS times.
rounds() {
	local round
	for ((round = 1; round <= SERVER_ROUNDS; round++)); do
		echo "round $round"
		"$@"
	done
}

# peer NAME VERB...: peer.py listens, at PORT; tls_peer: tlspeer.py.
peer() {
	local name=$1
	shift
	spawn "$name" "$PEERS/${PEER:-peer.py}" listen 127.0.0.1:0 "$@"
	until_true test -s "$name.out"
	read -r PORT <"$name.out"
}

tls_peer() {
	PEER=tlspeer.py peer "$@"
}

# ask QUESTION ARGUMENT...: sockcat with that as its standard input, a pipe; the
# answer goes to `got', its status to STATUS.
ask() {
	local question=$1
	shift
	STATUS=0
	# shellcheck disable=SC2059 # it has \r\n
	printf "$question" | "$SOCKCAT" "$@" >got 2>err || STATUS=$?
}

# gives STATUS FILE QUESTION ARGUMENT...: an HTTP server answers 200 with FILE,
# whole, and sockcat ends with that status.
gives() {
	local status=$1 file=$2
	shift 2
	ask "$@"
	if [ "$STATUS" != "$status" ]; then
		cat err
		fail "status $STATUS, not $status, $(wc -c <got) bytes"
	fi
	head -n 1 got | grep -q '^HTTP/1.[01] 200 ' ||
	    fail "no answer, but: $(head -n 1 got)"
	LC_ALL=C sed '1,/^\r$/d' got >body
	same "$file" body
}

# The words that trust the certificate of all of these servers.
TLS=(-c -R "${CERTS:-}/ca.pem" -e server.test)

BIG='GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
SLOW='GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'

# the_files: what is asked for: `big', and `slow', which a backend gives.
the_files() {
	random_file big 3000000
	{ head -c 999 /dev/zero | tr '\0' x; echo; } >slow
}

# --- nginx -------------------------------------------------------------------

# Where it listens: plain, TLS 1.2, TLS 1.3.
nginx() {
	PATH=$PATH:/usr/sbin need nginx
	the_files
	service backend backend 0.2
	cat >nginx.conf <<-EOF
		user $(id -un);
		daemon off;
		master_process off;
		pid nginx.pid;
		error_log nginx.log;
		events { }
		http {
			access_log off;
			client_body_temp_path temp1;
			proxy_temp_path temp2;
			fastcgi_temp_path temp3;
			uwsgi_temp_path temp4;
			scgi_temp_path temp5;
			root .;
			$(nginx_server 1)
	EOF
	if can_tls; then
		cat >>nginx.conf <<-EOF
			ssl_certificate $CERTS/server.pem;
			ssl_certificate_key $CERTS/server.key;
			$(nginx_server 2 ssl TLSv1.2)
			$(nginx_server 3 ssl TLSv1.3)
		EOF
	fi
	echo '}' >>nginx.conf
	service nginx nginx nginx.conf 3
	until_true "$SOCKCAT" -z 127.0.0.1 "${PORTS[0]}" 2>/dev/null
	[ "${1:-}" != tls ] ||
	    until_true "$SOCKCAT" -z 127.0.0.1 "${PORTS[2]}" 2>/dev/null
}

# nginx_server NUMBER [ssl VERSION]: one of the servers of its configuration.
nginx_server() {
	cat <<-EOF
		server {
			listen 127.0.0.1:@PORT$1@ reuseport ${2:-};
			${3:+ssl_protocols $3;}
			location /slow {
				proxy_pass http://127.0.0.1:${PORTS[0]};
			}
		}
	EOF
}

@test "nginx: 3 MB, and what a slow backend gives, with --reply" {
	nginx
	rounds gives 0 big "$BIG" 127.0.0.1 "${PORTS[0]}"
	rounds gives 0 big "$BIG" --reply 127.0.0.1 "${PORTS[0]}"
	rounds gives 0 slow "$SLOW" --reply 127.0.0.1 "${PORTS[0]}"
}

@test "nginx over TLS 1.2 and 1.3: 3 MB and a slow backend" {
	local i
	need_tls
	nginx tls
	for i in 1 2; do
		rounds gives 0 big "$BIG" "${TLS[@]}" 127.0.0.1 "${PORTS[i]}"
		rounds gives 0 slow "$SLOW" "${TLS[@]}" 127.0.0.1 "${PORTS[i]}"
	done
}

@test "nginx over TLS 1.2 and 1.3: the same with --reply" {
	local i
	need_tls
	nginx tls
	for i in 1 2; do
		rounds gives 0 big "$BIG" --reply "${TLS[@]}" 127.0.0.1 \
		    "${PORTS[i]}"
		rounds gives 0 slow "$SLOW" --reply "${TLS[@]}" 127.0.0.1 \
		    "${PORTS[i]}"
	done
}

# The connection stays open for the next question: silence ends it.
@test "nginx: one that keeps the connection open" {
	nginx
	rounds gives 0 big 'GET /big HTTP/1.1\r\nHost: x\r\n\r\n' --reply=300ms \
	    127.0.0.1 "${PORTS[0]}"
}

# --- Node --------------------------------------------------------------------

# Where it listens: plain, TLS 1.2, TLS 1.3.
node_server() {
	need node
	the_files
	cat >node.js <<-'EOF'
		const fs = require('fs');
		const big = fs.readFileSync('big'), slow = fs.readFileSync('slow');
		function answer(question, response) {
			if (question.url === '/slow')
				setTimeout(() => response.end(slow), 200);
			else
				response.end(big);
		}
		const servers = [require('http').createServer(answer)];
		if (process.argv[2]) {
			const cert = fs.readFileSync(process.argv[2]);
			for (const version of ['TLSv1.2', 'TLSv1.3'])
				servers.push(require('https').createServer({ cert, key: cert,
				    minVersion: version, maxVersion: version }, answer));
		}
		const ports = [];
		(function next() {
			if (ports.length === servers.length)
				return console.log(ports.join(' '));
			const server = servers[ports.length];
			server.listen(0, '127.0.0.1', () => {
				ports.push(server.address().port);
				next();
			});
		})();
	EOF
	spawn node node node.js "$@"
	until_true test -s node.out
	read -r -a PORTS <node.out
}

@test "node: 3 MB, and an answer that takes its time, with --reply" {
	node_server
	rounds gives 0 big "$BIG" --reply 127.0.0.1 "${PORTS[0]}"
	rounds gives 0 slow "$SLOW" --reply 127.0.0.1 "${PORTS[0]}"
}

@test "node over TLS 1.2 and 1.3: the same, and without --reply" {
	local i
	need_tls
	node_server "$CERTS/server.pem"
	for i in 1 2; do
		rounds gives 0 big "$BIG" "${TLS[@]}" 127.0.0.1 "${PORTS[i]}"
		rounds gives 0 slow "$SLOW" "${TLS[@]}" 127.0.0.1 "${PORTS[i]}"
		rounds gives 0 big "$BIG" --reply "${TLS[@]}" 127.0.0.1 \
		    "${PORTS[i]}"
		rounds gives 0 slow "$SLOW" --reply "${TLS[@]}" 127.0.0.1 \
		    "${PORTS[i]}"
	done
}

# --- Python ------------------------------------------------------------------

@test "python's server: 3 MB, with and without --reply" {
	the_files
	service http http big
	rounds gives 0 big "$BIG" 127.0.0.1 "${PORTS[0]}"
	rounds gives 0 big "$BIG" --reply 127.0.0.1 "${PORTS[0]}"
}

# It sends no close_notify: all of it is there, and that it might not be is said.
@test "python's server over TLS 1.2 and 1.3: 3 MB, with and without --reply" {
	local version option
	need_tls
	the_files
	for version in 1.2 1.3; do
		service "http$version" http big "$CERTS/server.pem" "$version"
		for option in '' --reply; do
			# shellcheck disable=SC2086 # a word or none
			rounds gives 1 big "$BIG" $option "${TLS[@]}" 127.0.0.1 \
			    "${PORTS[0]}"
			grep -q 'without close_notify' err
		done
	done
}

# --- redis -------------------------------------------------------------------

redis() {
	need redis-server
	mkdir redis
	spawn redis redis-server --port 0 --unixsocket "$PWD/redis.socket" \
	    --save '' --dir "$PWD/redis"
	until_true test -S redis.socket
	until_true "$SOCKCAT" -z -U redis.socket 2>/dev/null
}

# pongs ARGUMENT...
pongs() {
	ask 'PING\r\nPING\r\nPING\r\n' "$@" -U redis.socket
	assert_equal "$STATUS" 0
	assert_equal "$(<got)" $'+PONG\r\n+PONG\r\n+PONG\r'
}

@test "redis: three questions at once, with and without --reply" {
	redis
	rounds pongs
	rounds pongs --reply=200ms
	# A server that ends the connection itself.
	ask 'PING\r\nQUIT\r\n' --reply=1h -U redis.socket
	assert_equal "$STATUS" 0
	assert_equal "$(<got)" $'+PONG\r\n+OK\r'
}

# blocked N: redis has so many clients that wait; for until_true.
blocked() {
	redis-cli -s redis.socket info clients |
	    grep -q "^blocked_clients:$1.\$"
}

# The answer takes longer than the silence that is waited for after it.
pops() {
	printf 'BLPOP list 30\r\n' >question
	INPUT=question spawn pop "$SOCKCAT" --reply=200ms -U redis.socket
	until_true blocked 1
	ask 'LPUSH list 42\r\nQUIT\r\n' --reply -U redis.socket
	assert_equal "$STATUS" 0
	finish pop
	assert_equal "$(<pop.out)" $'*2\r\n$4\r\nlist\r\n$2\r\n42\r'
}

@test "redis: BLPOP gets what another client pushes, with --reply" {
	redis
	rounds pops
}

# --- SMTP --------------------------------------------------------------------

# delivers VERSION ARGUMENT...: a mail reaches the server, each line of it.
delivers() {
	rm -rf mail
	mkdir mail
	STATUS=0
	"$SOCKCAT" "${TLS[@]}" --starttls smtp -C "${@:2}" 127.0.0.1 "${PORTS[0]}" \
	    <dialogue >got 2>err || STATUS=$?
	[ "$STATUS" = 0 ] || { cat err got; fail "status $STATUS"; }
	[ "$(find mail -type f | wc -l)" -eq 1 ] || fail "not delivered"
	same <(tr -d '\r' <mail/*) text
	grep -q '^221 ' got || fail "the last answer is missing"
}

@test "aiosmtpd, --starttls smtp: the mail is delivered, with --reply and without" {
	local version
	need_tls
	python3 -c 'import aiosmtpd' 2>/dev/null || skip "aiosmtpd is not installed"
	{ printf 'Subject: numbers\n\n'; seq 2000; } >text
	{
		printf 'EHLO me\nMAIL FROM:<a@example.com>\n'
		printf 'RCPT TO:<b@example.com>\nDATA\n'
		cat text
		printf '.\nQUIT\n'
	} >dialogue
	for version in 1.2 1.3; do
		service "smtp$version" smtp "$CERTS/server.pem" "$version" mail
		rounds delivers "$version"
		rounds delivers "$version" --reply
	done
}

# --- What --reply does (more of it in reply.bats) ----------------------------

@test "--reply: an end without an answer, over TLS and on a UNIX-domain socket" {
	if can_tls; then
		tls_peer server "tls:cert=$CERTS/server.pem" recvn:9:heard notify
		ask 'question\n' --reply "${TLS[@]}" 127.0.0.1 "$PORT"
		assert_equal "$STATUS" 1
		[ -s err ]
		finish server
	fi
	spawn server "$PEERS/peer.py" listen unix:here recvn:9:heard close
	until_true test -s server.out
	ask 'question\n' --reply -U here
	assert_equal "$STATUS" 1
	[ -s err ]
	finish server
}

# Nothing but the answer begins to count.
@test "--reply=T: silence before the answer is no end" {
	printf 'question\n' >question
	echo answer >answer
	peer server recvn:9:heard say:heard await:go send:answer park
	INPUT=question spawn client "$SOCKCAT" --reply=50ms 127.0.0.1 "$PORT"
	until_true has_line server.out heard
	"$PEERS/idle.py" "${PID[client]}"	# a second and more
	: >go
	finish client
	assert_equal "$(<client.out)" answer
}

@test "--reply: the peer sees no end before it has ended itself" {
	mkfifo hold
	exec {hold}<>hold
	echo answer >answer
	# 60 lines last longer than the second after which close_notify is sent.
	listener server --exec "$PEERS/talk.py 60" 127.0.0.1 0
	ask 'question\n' --reply 127.0.0.1 "$PORT"
	assert_equal "$STATUS" 0
	assert_equal "$(tail -n 1 got)" 'not ended'
	finish server
	if can_tls; then
		tls_listener server --exec "$PEERS/talk.py 60" 127.0.0.1 0
		ask 'question\n' --reply "${TLS[@]}" 127.0.0.1 "$PORT"
		assert_equal "$STATUS" 0
		assert_equal "$(tail -n 1 got)" 'not ended'
		finish server
	fi
}

@test "--reply: a connection that breaks is status 1, what came is written" {
	echo answer >answer
	peer server recvn:9:heard send:answer await:go reset
	printf 'question\n' >question
	INPUT=question spawn client "$SOCKCAT" --reply=1m 127.0.0.1 "$PORT"
	until_true test -s client.out
	: >go
	finish client 1
	assert_equal "$(<client.out)" answer
}

@test "-u --reply: 3 if no answer came, 1 if it was refused" {
	sockets server udp-mute@127.0.0.1 udp-closed@127.0.0.1
	ask 'question\n' -u --reply -w 300ms 127.0.0.1 "${PORTS[0]}"
	assert_equal "$STATUS" 3
	[ -s err ]
	ask 'question\n' -u --reply --timeout 300ms 127.0.0.1 "${PORTS[0]}"
	assert_equal "$STATUS" 3
	ask 'question\n' -u --reply -w 5 127.0.0.1 "${PORTS[1]}"
	assert_equal "$STATUS" 1
	[ -s err ]
}

@test "-u --reply: silence before the answer is no end" {
	printf 'question\n' >question
	spawn server "$PEERS/dgram.py" 127.0.0.1:0 recv:1:heard await:go \
	    text:answer
	until_true test -s server.out
	read -r PORT <server.out
	INPUT=question spawn client "$SOCKCAT" -u --reply=50ms -w 60 \
	    127.0.0.1 "$PORT"
	until_true has_line server.out got
	"$PEERS/idle.py" "${PID[client]}"	# a second and more
	: >go
	finish client
	assert_equal "$(<client.out)" answer
}

@test "-v does not name --reply where there was an answer" {
	peer server recv:heard send:heard close
	ask 'question\n' -v 127.0.0.1 "$PORT"
	assert_equal "$(<got)" question
	run ! grep -q -e --reply err
	finish server
	# ... and without -v, nothing is said where there was none.
	peer server recv:heard close
	ask 'question\n' 127.0.0.1 "$PORT"
	assert_equal "$STATUS" 0
	[ ! -s err ]
	finish server
}

# --- When the half-close comes -----------------------------------------------

# The talker is never silent, and stops for nothing but the end: if it were not
# told at once, this would last for ever.
@test "over TCP, standard input's end half-closes at once" {
	listener server --exec "$PEERS/talk.py" 127.0.0.1 0
	ask 'question\n' 127.0.0.1 "$PORT"
	assert_equal "$STATUS" 0
	assert_equal "$(tail -n 1 got)" ended
	finish server
}

@test "two sockcats over TLS half-close at once: the initiator" {
	local version
	need_tls
	for version in 1.2 1.3; do
		tls_listener server --exec "$PEERS/talk.py" 127.0.0.1 0
		ask 'question\n' "${TLS[@]}" --tls-max "$version" 127.0.0.1 "$PORT"
		assert_equal "$STATUS" 0
		assert_equal "$(tail -n 1 got)" ended
		finish server
	done
}

@test "two sockcats over TLS half-close at once: the listener" {
	local version
	need_tls
	echo question >question
	for version in 1.2 1.3; do
		INPUT=question tls_listener server --tls-max "$version" 127.0.0.1 0
		"$SOCKCAT" "${TLS[@]}" --exec "$PEERS/talk.py" 127.0.0.1 "$PORT"
		finish server
		assert_equal "$(tail -n 1 server.out)" ended
	done
}

@test "two sockcats over TLS half-close at once: with --forward between them" {
	need_tls
	tls_listener server --exec "$PEERS/talk.py" 127.0.0.1 0
	listener forward -k --forward "tls:127.0.0.1:$PORT" -R "$CERTS/ca.pem" \
	    127.0.0.1 0
	ask 'question\n' 127.0.0.1 "$PORT"
	assert_equal "$STATUS" 0
	assert_equal "$(tail -n 1 got)" ended
	finish server
	stop forward
}

@test "two sockcats over TLS: a command that answers after the end only" {
	need_tls
	random_file data 3000000
	sums() {
		tls_listener server --exec sha256sum 127.0.0.1 0
		"$SOCKCAT" "${TLS[@]}" 127.0.0.1 "$PORT" <data >got
		finish server
		assert_equal "$(<got)" "$(sha256sum <data)"
	}
	rounds sums
}

@test "over TLS, one that is not sockcat hears no end while it talks" {
	local version
	need_tls
	for version in 1.2 1.3; do
		tls_peer server "tls:cert=$CERTS/server.pem,max=$version" \
		    recvn:9:heard talk:60 notify recv:rest
		ask 'question\n' "${TLS[@]}" 127.0.0.1 "$PORT"
		assert_equal "$STATUS" 0
		finish server
		grep -qx 'not ended' server.out
		grep -qx notified server.out
		[ "$(wc -l <got)" -eq 60 ]
	done
}

@test "... at a terminal, too" {
	need_tls
	tls_peer server "tls:cert=$CERTS/server.pem" recvn:9:heard talk:60 \
	    notify recv:rest
	run -0 "$PEERS/terminal.py" --type 'question\n\x04' "$SOCKCAT" \
	    "${TLS[@]}" 127.0.0.1 "$PORT"
	finish server
	grep -qx 'not ended' server.out
	grep -qx notified server.out
}

@test "over TLS, one that is not sockcat hears the end when it is silent" {
	local version
	need_tls
	echo answer >answer
	for version in 1.2 1.3; do
		# It answers after our end only.
		tls_peer server "tls:cert=$CERTS/server.pem,max=$version" \
		    recv:heard send:answer notify
		ask 'question\n' "${TLS[@]}" 127.0.0.1 "$PORT"
		assert_equal "$STATUS" 0
		assert_equal "$(<got)" answer
		finish server
		grep -qx notified server.out
	done
}

@test "-q 0: half-closes, and goes on until the peer ends" {
	peer server recv:heard await:go sendn:100000
	printf 'question\n' >question
	INPUT=question spawn client "$SOCKCAT" -q 0 -v 127.0.0.1 "$PORT"
	until_true test -s heard
	until_true has_line client.err half-closed
	: >go
	finish server
	finish client
	[ "$(wc -c <client.out)" -eq 100000 ]
}

@test "-q 0 over TLS: the same" {
	need_tls
	tls_peer server "tls:cert=$CERTS/server.pem" recv:heard sendn:100000 notify
	ask 'question\n' -q 0 "${TLS[@]}" 127.0.0.1 "$PORT"
	assert_equal "$STATUS" 0
	[ "$(wc -c <got)" -eq 100000 ]
	finish server
}
