#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Peers and users of the same host that mean harm; SECURITY CONSIDERATIONS of
# the manual says the same in prose.

# shellcheck disable=SC2030,SC2031 # each test has a PORT of its own
load helpers
load tls
load dtls

setup_file() {
	certificates
	can_tls || return 0
	"${CC:-cc}" -o "$BATS_FILE_TMPDIR/tlsflood" "$PEERS/tlsflood.c" \
	    -lssl -lcrypto 2>"$BATS_FILE_TMPDIR/cc.err" || true
}

# flood NAME WORD...: tlsflood in the background.
flood() {
	local name=$1
	shift
	[ -x "$BATS_FILE_TMPDIR/tlsflood" ] || skip "tlsflood.c can't be built here"
	spawn "$name" "$BATS_FILE_TMPDIR/tlsflood" "$@"
}

# controls FILE: whether it has any, ends of lines excepted, of C0, C1 or those
# that turn the direction of text.
controls() {
	LC_ALL=C grep -q \
	    $'[\001-\010\013-\037\177]\|\302[\200-\237]\|\342\200\256' "$1"
}

# --- records without data ----------------------------------------------------

NOTHING='the peer sends nothing but records without data'

@test "updates of keys: a few hundred are no harm" {
	tls_listener server 127.0.0.1 0
	flood client connect "$PORT" keyupdate 500
	finish server
	finish client
	[ "$(<server.out)" = after ]
	has_line client.out all
}

@test "a flood of updates of keys: cut off, in either role" {
	tls_listener server 127.0.0.1 0
	flood client connect "$PORT" keyupdate 1000000
	finish server 1
	has_line server.err "$NOTHING"
	finish client
	has_line client.out cut

	flood server listen "$CERTS/server.pem" keyupdate 1000000
	until_true has_line server.out .
	read -r PORT <server.out
	run -1 client </dev/null
	[[ $output == *"$NOTHING"* ]]
	finish server
	has_line server.out cut
}

@test "a flood of tickets: cut off" {
	flood server listen "$CERTS/server.pem" ticket 5000
	until_true has_line server.out .
	read -r PORT <server.out
	run -1 client </dev/null
	[[ $output == *"$NOTHING"* ]]
	finish server any
}

@test "a flood of updates of keys in a broker: the others are served" {
	local i
	tls_listener server -k --broker 127.0.0.1 0
	silent_input
	for i in 1 2; do
		INPUT=silent spawn "c$i" "$SOCKCAT" "${TRUSTING[@]}" -v \
		    127.0.0.1 "$PORT"
		until_true has_line "c$i.err" 'TLS: TLSv'
	done
	for i in 1 2 3; do
		flood "flood$i" connect "$PORT" keyupdate 1000000
	done
	echo hello >&"$SILENT"
	until_true grep -qx hello c1.out c2.out
	for i in 1 2 3; do
		finish "flood$i"
		has_line "flood$i.out" cut
	done
	stop server
}

# --- many clients -------------------------------------------------------------

# greeted NAME: has heard what is said to all, again; for until_true.
greeted() {
	echo welcome >&"$IN"
	has_line "$1.out" welcome
}

# empty_lines FILE N: there are so many; for until_true.
empty_lines() {
	[ "$(grep -c '^<user[0-9]*> $' "$1")" -eq "$2" ]
}

@test "--chat: a flood of empty lines does not cost a message a line" {
	local i
	need_strace
	cat >traced <<-EOF
		#!/bin/sh
		exec strace -D -f -o trace -e trace=sendmsg "$SOCKCAT" "\$@"
	EOF
	chmod +x traced
	mkfifo in
	exec {IN}<>in
	SOCKCAT=./traced INPUT=in listener room --chat 127.0.0.1 0
	spawn door "$SOCKCAT" -d 127.0.0.1 "$PORT"
	until_true greeted door
	for i in 1 2; do
		echo "here $i" >here
		INPUT=here spawn "c$i" "$SOCKCAT" --no-shutdown 127.0.0.1 "$PORT"
		until_true has_line door.out "here $i"
	done
	head -c 100000 /dev/zero | tr '\0' '\n' >lines
	"$SOCKCAT" --send-only 127.0.0.1 "$PORT" <lines
	for i in door c1 c2; do
		until_true empty_lines "$i.out" 100000
	done
	stop room
	[ "$(grep -c 'sendmsg(.* = ' trace)" -lt 1000 ]
}

@test "--chat: nobody writes to the terminals of others, or in another's name" {
	mkfifo in
	exec {IN}<>in
	INPUT=in listener room --chat 127.0.0.1 0
	spawn door "$SOCKCAT" -d 127.0.0.1 "$PORT"
	until_true greeted door
	printf 'a\e[2J\302\2331m\342\200\256b\r<user0> c\0d\n' >line
	"$SOCKCAT" --send-only 127.0.0.1 "$PORT" <line
	until_true grep -qF 'a\x1b[2J\xc2\x9b1m\xe2\x80\xaeb\x0d<user0> c\x00d' door.out
	[ "$(grep -c '^<user0> c' door.out)" -eq 0 ]
	run ! controls door.out
	stop room
}

# --- who has proven nothing ---------------------------------------------------

# So long that a test which needs it to pass is over before.
LONG=(--connect-timeout 5m)

# unproven NAME N KIND: unproven.py to PORT; they are there.
unproven() {
	spawn "$1" "$PEERS/unproven.py" "$2" "$3" 127.0.0.1 "$PORT"
	until_true has_line "$1.out" there
}

# sanitized: whether sockcat is, which takes memory.
sanitized() {
	grep -qE '__[at]san_init' "$SOCKCAT"
}

# status_of NAME FIELD: the number in its /proc/PID/status.
status_of() {
	sed -n "s/^$2:[^0-9]*\([0-9]*\).*/\1/p" "/proc/${PID[$1]}/status"
}

@test "--max-conns: who has proven nothing takes no place" {
	local kind mode
	listener target -k --exec cat 127.0.0.1 0
	for mode in '--exec cat' "--forward 127.0.0.1:$PORT"; do
		# shellcheck disable=SC2086 # two words
		tls_listener server -k -v "${LONG[@]}" --max-conns 2 \
		    --tls-client-ca "$CERTS/ca.pem" $mode 127.0.0.1 0
		for kind in silent begun greeted; do
			unproven "$kind" 10 "$kind"
		done
		assert_equal "$(echo hello | client -w 20 --tls-cert \
		    "$CERTS/client.pem")" hello
		until_true count server.err ' accepted ' 31
		assert_equal "$(grep -c ' closed ' server.err)" 1
		# Places are for those who have.
		run -5 client </dev/null
		for kind in silent begun greeted; do
			kill "${PID[$kind]}"
			finish "$kind" any
		done
		stop server
	done
	stop target
}

@test "--max-conns: many that have proven it at once have their places in turn" {
	local i
	tls_listener server -k "${LONG[@]}" --max-conns 1 --exec cat 127.0.0.1 0
	unproven silent 3 silent
	for i in {1..12}; do
		echo "hello $i" >"in$i"
		INPUT=in$i spawn "c$i" "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
	done
	for i in {1..12}; do
		finish "c$i"
		assert_equal "$(<"c$i.out")" "hello $i"
	done
	stop server
}

@test "who has proven nothing makes room for others, the oldest first" {
	local mode
	for mode in '' '--exec cat' --broker; do
		ulimit -n 320	# a quarter of what is left of it: 64 of them
		# shellcheck disable=SC2086 # several words, or none
		tls_listener server -k -v "${LONG[@]}" $mode 127.0.0.1 0
		unproven silent 70 silent
		spawn client "$SOCKCAT" "${TRUSTING[@]}" -v 127.0.0.1 "$PORT"
		until_true has_line client.err 'TLS: TLSv'
		until_true count server.err 'closed .*given up in its handshake' 7
		assert_equal "$(grep -c 'closed .*given up in' server.err)" 7
		stop server
		finish client any
		kill "${PID[silent]}"
		finish silent any
	done
}

@test "who has proven nothing has no thread, and little memory" {
	local kind mode before threads
	for mode in '' '--exec cat'; do
		# shellcheck disable=SC2086 # several words, or none
		tls_listener server -k "${LONG[@]}" $mode 127.0.0.1 0
		unproven warm 10 greeted
		: | client -w 20
		for kind in silent begun greeted long; do
			threads=$(status_of server Threads)
			before=$(status_of server RssAnon)
			unproven "$kind" 50 "$kind"
			: | client -w 20
			[ "$(status_of server Threads)" -le $((threads + 5)) ]
			sanitized || [ $((($(status_of server RssAnon) - before) /
			    50)) -le 40 ]
			kill "${PID[$kind]}"
			finish "$kind" any
		done
		kill "${PID[warm]}"
		finish warm any
		stop server
	done
}

@test "a greeting: byte by byte is good, too long is not" {
	local mode fd
	for mode in '' '--exec cat'; do
		# shellcheck disable=SC2086 # several words, or none
		tls_listener server -k -v $mode 127.0.0.1 0
		run -0 "$PEERS/unproven.py" 1 pieces 127.0.0.1 "$PORT"
		assert_equal "$output" 'done'
		exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
		printf '\x16\x03\x01\x40\x00\x01\x00\x3f\xfd' >&"$fd"
		assert_equal "$(od -An -tx1 <&"$fd")" ' 15 03 03 00 02 02 2f'
		exec {fd}>&-
		until_true has_line server.err 'the greeting is too long'
		stop server
	done
}

# --- sessions that were before ------------------------------------------------

# reused NAME: whether openssl(1) says that it went on with a session.
reused() {
	grep -q '^Reused, ' "$1"
}

@test "no session is resumed, in any version" {
	local i version again
	tls_listener server -k --exec cat 127.0.0.1 0
	for version in tls1_2 tls1_3; do
		rm -f session
		again=()
		for i in 1 2; do
			openssl s_client "-$version" -CAfile "$CERTS/ca.pem" \
			    -connect "127.0.0.1:$PORT" -sess_out session \
			    "${again[@]}" \
			    <<<Q >said 2>&1
			run ! reused said
			grep -q '^New, ' said
			[ -e session ] || break
			again=(-sess_in session)
		done
	done
	stop server
}

@test "no session is resumed over DTLS" {
	local i again=()
	listener server -u "${SERVING[@]}" -k --exec cat 127.0.0.1 0
	for i in 1 2; do
		openssl s_client -dtls1_2 -CAfile "$CERTS/ca.pem" -connect \
		    "127.0.0.1:$PORT" -sess_out session \
		    "${again[@]}" <<<Q >said 2>&1
		run ! reused said
		grep -q '^New, ' said
		[ -e session ] || break
		again=(-sess_in session)
	done
	stop server
}

@test "--tls-client-ca: a client that keeps its session is served again" {
	local i again=()
	tls_listener server -k --exec cat --tls-client-ca "$CERTS/ca.pem" \
	    127.0.0.1 0
	for i in 1 2; do
		openssl s_client -tls1_2 -CAfile "$CERTS/ca.pem" -connect \
		    "127.0.0.1:$PORT" -sess_out session -cert \
		    "$CERTS/client.pem" -ign_eof \
		    "${again[@]}" \
		    <<<"hello $i" >said 2>&1 &
		PID["client"]=$!
		until_true has_line said "hello $i"
		kill "${PID[client]}"
		finish client any
		[ ! -e session ] || again=(-sess_in session)
	done
	stop server
}

# --- forged addresses ---------------------------------------------------------

@test "DTLS: who is denied gets no answer to a greeting" {
	listener server -u "${SERVING[@]}" -k -v --exec cat --deny 127.0.0.2 \
	    127.0.0.1 0
	greetings
	python3 -S - "$PORT" <<-'EOF'
		from greetings import *
		denied = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		denied.bind(("127.0.0.2", 0))
		denied.setblocking(False)
		denied.connect(("127.0.0.1", int(sys.argv[1])))
		for _ in range(10):
		    denied.send(greet())
		cookie_for(connected())
		try:
		    sys.exit(f"an answer: {denied.recv(65536)}")
		except BlockingIOError:
		    pass
	EOF
	has_line server.err 'denied 127.0.0.2:'
	stop server
}

# --- what a peer chose --------------------------------------------------------

# told NAME: what commands on it get, by a listener that asks for certificates.
told() {
	tls_listener server -k -v --tls-client-ca "$CERTS/ca.pem" --exec env \
	    127.0.0.1 0
	openssl s_client -quiet -servername "$1" -cert \
	    "$CERTS/${2:-client}.pem" -CAfile "$CERTS/ca.pem" \
	    -connect "127.0.0.1:$PORT" </dev/null 2>/dev/null >told || true
	grep -qx SSL_PROTOCOL=TLSv1.3 told
	stop server
}

@test "the name that a client asks for: commands get a name, or nothing" {
	local name
	told host.example
	grep -qx SSL_TLS_SNI_SERVERNAME=host.example told
	for name in $'a\nLD_PRELOAD=/tmp/evil.so' $'a\e[2J' $'a\302\2331mb' \
	    $'a\342\200\256b' 'a b' -rf '$(id)' ../a a..b 127.0.0.1; do
		told "$name"
		run ! grep -q '^SSL_TLS_SNI\|^LD_PRELOAD' told
		run ! controls told
		has_line server.err 'which is no name of a host'
		run ! controls server.err
	done
}

@test "the subject of a client's certificate: commands get it whole, escaped" {
	local long
	told host.example sly
	grep -qxF 'SSL_PEER_CERT_SUBJECT=CN=sly\C2\9B31m\E2\80\AEgnp' told
	run ! controls told
	run ! controls server.err
	told host.example nasty
	grep -qxF 'SSL_PEER_CERT_SUBJECT=CN=no\1B[31mred\07' told

	told host.example long
	long=$(grep ^SSL_PEER_CERT_SUBJECT= told)
	[ "${#long}" -gt 1900 ]
	[[ $long == *CN=Long ]]
	grep -q 'certificate 0: OU=x*.*\.\.\., names' server.err
	told host.example longer
	grep -qxF SSL_PEER_CERT_SUBJECT= told
	grep -qx 'SSL_PEER_CERT_HASH=sha256:[0-9a-f]*' told
}

@test "names in a certificate can't be taken for other words of a message" {
	told host.example sly
	grep -qF 'names localhost, DNS:sly.test\x2c\x20issued\x20by\x20CN\x3dRoot, issued by CN=' server.err
}

# all_of ARGUMENT...: what a command of datagrams says, its last line is =, is told.
all_of() {
	echo hi >hi
	INPUT=hi spawn client "$SOCKCAT" -u -q -1 "$@"
	until_true has_line client.out '^=$'
	stop client
	cp client.out told
}

@test "the path of a client: commands get what is no more than that" {
	local path
	listener server -k -v -U --exec env sock
	for path in $'a\nLD_PRELOAD=b' $'a\e[2J' $'a\302\2331m' $'a\2331m' \
	    $'a\342\200\256b'; do
		"$SOCKCAT" -U -s "$path" sock </dev/null >told
		grep -qxF UNIXREMOTEPATH= told
		grep -qxF NCAT_REMOTE_ADDR= told
		run ! grep -q ^LD_PRELOAD told
		run ! controls told
	done
	run ! controls server.err
	grep -qF 'accepted a\x0aLD_PRELOAD=b ' server.err
	stop server
	listener server -u -k -U --sh-exec 'env; echo =' sock
	path=$'b\nLD_PRELOAD=b'
	all_of -U -s "$path" sock
	grep -qxF UNIXREMOTEPATH= told
	run ! grep -q ^LD_PRELOAD told
	stop server
}

@test "what is secret is not handed to commands" {
	export SOCKCAT_MD5SIG_KEY=hunter2 SOCKCAT_PROXY_AUTH=user:hunter2 \
	    SSLKEYLOGFILE=$PWD/keys SOCKCAT_ZERO_COPY=no
	listener server -k --exec env 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null >told
	grep -qx SOCKCAT_ZERO_COPY=no told
	run ! grep -q '^SOCKCAT_MD5\|^SOCKCAT_PROXY\|^SSLKEYLOG\|hunter2' told
	stop server
	listener server -u -k --sh-exec 'env; echo =' 127.0.0.1 0
	all_of 127.0.0.1 "$PORT"
	grep -qx SOCKCAT_ZERO_COPY=no told
	run ! grep -q '^SOCKCAT_MD5\|^SOCKCAT_PROXY\|^SSLKEYLOG\|hunter2' told
	stop server
}

# --- the file system -----------------------------------------------------------

@test "clients do not change the umask, and commands have what we have" {
	local i
	umask 027
	tls_listener server -k --tls-client-ca "$CERTS/ca.pem" \
	    --tls-peer-cert peer.pem --sh-exec umask 127.0.0.1 0
	for i in {1..20}; do
		spawn "c$i" "$SOCKCAT" "${TRUSTING[@]}" --tls-cert \
		    "$CERTS/client.pem" 127.0.0.1 "$PORT"
	done
	for i in {1..20}; do
		finish "c$i"
		[ "$(<"c$i.out")" = 0027 ]
	done
	grep -q '^Umask:.*0027$' "/proc/${PID[server]}/status"
	[ "$(stat -c %a peer.pem)" = 640 ]
	stop server
}

@test "--port-file, --pin-file: a device stays a device, a fifo a fifo" {
	mkfifo fifo
	cat fifo >got &
	PID["reader"]=$!
	listener server -c --port-file fifo 127.0.0.1 0
	finish reader
	[ "$(<got)" = "$PORT" ]
	[ -p fifo ]
	stop server

	mknod null c 1 3 && echo x >null || skip "no devices can be made here"
	listener server -c --port-file null --pin-file null 127.0.0.1 0
	[ -c null ]
	stop server
}

@test "--port-file: standard output by its name, be it a pipe or a file" {
	ln -s /proc/self/fd/1 out
	listener server --port-file out 127.0.0.1 0
	[ -L out ]
	stop server
	[ "$(<server.out)" = "$PORT" ]
	listener server --port-file /proc/self/fd/1 127.0.0.1 0 </dev/null
	until_true has_line server.out "^$PORT$"
	stop server
}

@test "files: a symbolic link of somebody else is not followed" {
	local option
	[ "$(id -u)" -eq 0 ] || skip "only root can give files away"
	echo mine >mine
	ln -s mine link
	chown -h 65534 link
	for option in --port-file --pin-file --tls-keylog; do
		run -6 "$SOCKCAT" -l -c "$option" link 127.0.0.1 0
		[[ $output == *"$option link: it is a symbolic link of somebody"* ]]
	done
	[ "$(<mine)" = mine ]
	chown -h 0 link
	listener server --port-file link 127.0.0.1 0
	[ -L link ]
	[ "$(<mine)" = "$PORT" ]
	stop server
}

@test "--tls-keylog: for the user alone, and others are named" {
	tls_listener server -k --exec cat --tls-keylog keys 127.0.0.1 0
	[ "$(stat -c %a keys)" = 600 ]
	[ ! -s server.err ]
	stop server
	chmod 644 keys
	tls_listener server --tls-keylog keys 127.0.0.1 0
	has_line server.err 'warning: --tls-keylog keys can be read by others'
	stop server
	[ "$(id -u)" -eq 0 ] || return 0
	chown 65534 keys
	tls_listener server --tls-keylog keys 127.0.0.1 0
	has_line server.err 'warning: --tls-keylog keys belongs to somebody'
	stop server
}

# no_directories NAME: none of its descriptors leads out of its root.
no_directories() {
	local fd
	for fd in "/proc/${PID[$1]}"/fd/*; do
		[ ! -d "$fd" ] || fail "$fd: $(readlink "$fd")"
	done
}

@test "--chroot: no directory outside stays open, whatever was opened before" {
	[ "$(id -u)" -eq 0 ] || skip "only root can change the root"
	mkdir jail
	listener server -k -v --chroot jail --user nobody -U sock
	no_directories server
	stop server
	[ ! -e sock ]
	listener server -k -u -v --chroot jail -U sock
	no_directories server
	stop server
	[ ! -e sock ]
	tls_listener server -k --chroot jail --tls-client-ca "$CERTS/ca.pem" \
	    --tls-keylog keys --port-file port --pin-file pin 127.0.0.1 0
	no_directories server
	stop server
}

@test "--chroot: the socket is removed, too, after a SIGKILL" {
	[ "$(id -u)" -eq 0 ] || skip "only root can change the root"
	mkdir jail
	listener server -k --chroot jail -U sock
	[ -S sock ]
	kill -KILL "${PID[server]}"
	finish server 137
	until_true test ! -e sock
}
