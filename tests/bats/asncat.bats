#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# In the place of ncat: programs that call it, and Ncat itself on the other side.

# bats and helpers.bash set status, stderr, PORT, PID ...
# shellcheck disable=SC2154

load helpers
load sshd

setup_file() {
	certificates
}

# ours: `ncat', first in PATH, is sockcat.
ours() {
	mkdir -p bin
	ln -sf "$SOCKCAT" bin/ncat
	NCAT=$PWD/bin/ncat
	PATH=$PWD/bin:$PATH
}

# both: `real' is Ncat, `ours' is sockcat in its place; in a network of their own,
# where 4001 is free.
both() {
	real=$(command -v ncat) || skip "ncat is not installed"
	"$real" --version 2>&1 | grep -q nmap.org || skip "that is not Ncat"
	ours
	in_net
	declare -gA they=([real]="${NS[*]} $real" [ours]="${NS[*]} $NCAT")
}

# listens: somebody listens on 4001; for until_true.
listens() {
	"${NS[@]}" ss -ltn | grep -q ':4001 '
}

# server NAME WHO ARGUMENT...: that ncat listens on 4001.
server() {
	local name=$1 who=$2
	shift 2
	# shellcheck disable=SC2086 # they are words
	spawn "$name" ${they[$who]} -l 127.0.0.1 4001 "$@"
	until_true listens
}

# --- real callers ------------------------------------------------------------

@test "ssh by ProxyCommand, through an HTTP proxy that wants a password" {
	ours
	ssh_server_for_all
	listener proxy --compat=ncat --proxy-type http --proxy-auth u:secret \
	    127.0.0.1 0
	run -0 --separate-stderr "${SSH[@]}" -o "ProxyCommand=ncat \
--proxy 127.0.0.1:$PORT --proxy-type http --proxy-auth u:secret %h %p" \
	    root@127.0.0.1 echo hello
	assert_output hello
}

@test "NCAT_PROXY_AUTH is user and password, on both sides" {
	ours
	listener target -k --sh-exec 'echo hello' 127.0.0.1 0
	target=$PORT
	NCAT_PROXY_AUTH=u:secret listener proxy --compat=ncat \
	    --proxy-type http 127.0.0.1 0
	NCAT_PROXY_AUTH=u:secret run -0 --separate-stderr ncat \
	    --proxy "127.0.0.1:$PORT" 127.0.0.1 "$target" </dev/null
	assert_output hello
	NCAT_PROXY_AUTH=u:wrong run -1 --separate-stderr ncat \
	    --proxy "127.0.0.1:$PORT" 127.0.0.1 "$target" </dev/null
	assert_equal "$stderr" 'Ncat: Proxy returned status code 407.'
}

@test "ssh by ProxyCommand, and --proxy-type socks5" {
	ours
	ssh_server_for_all
	listener proxy --proxy-server socks5 127.0.0.1 0
	run -0 --separate-stderr "${SSH[@]}" -o "ProxyCommand=ncat \
--proxy 127.0.0.1:$PORT --proxy-type socks5 %h %p" root@127.0.0.1 echo hello
	assert_output hello
}

@test "git by core.gitProxy" {
	need git
	ours
	git init -q --bare repo.git
	git init -q work
	git -C work -c user.name=n -c user.email=e commit -q --allow-empty -m one
	git -C work push -q "$PWD/repo.git" HEAD:refs/heads/main
	listener daemon --compat=ncat -k --exec "git daemon --inetd \
--export-all --base-path=$PWD" 127.0.0.1 0
	printf '#!/bin/sh\nexec ncat "$1" "$2"\n' >through
	chmod +x through
	run -0 git -c core.gitProxy="$PWD/through" ls-remote \
	    "git://127.0.0.1:$PORT/repo.git"
	[[ $output = *refs/heads/main* ]] || fail "$output"
}

@test "curl against -lk --exec and --sh-exec" {
	need curl
	listener one --compat=ncat -k --sh-exec \
	    'printf "HTTP/1.0 200 OK\r\n\r\nhello $NCAT_PROTO"' 127.0.0.1 0
	for i in 1 2 3; do
		run -0 curl -s --max-time 20 "http://127.0.0.1:$PORT/$i"
		assert_output 'hello TCP'
	done
	printf 'HTTP/1.0 200 OK\r\n\r\nhello' >page
	listener two --compat=ncat -k --exec "cat $PWD/page" 127.0.0.1 0
	run -0 curl -s --max-time 20 "http://127.0.0.1:$PORT/"
	assert_output hello
}

@test "scripts that look for what it says: refused, connected, its version" {
	ours
	listener one 127.0.0.1 0
	stop one
	run -1 --separate-stderr ncat 127.0.0.1 "$PORT" </dev/null
	assert_equal "$stderr" 'Ncat: Connection refused.'
	run -1 --separate-stderr ncat -z 127.0.0.1 "$PORT"
	assert_equal "$output$stderr" ''
	listener one -k 127.0.0.1 0
	run -0 --separate-stderr ncat -zv 127.0.0.1 "$PORT"
	[[ $stderr = *"Ncat: Connected to 127.0.0.1:$PORT."* ]] ||
		fail "$stderr"
	run -0 --separate-stderr ncat -z 127.0.0.1 "$PORT"
	assert_equal "$output$stderr" ''
	run -0 --separate-stderr ncat --version
	[[ $stderr = 'Ncat: Version 7.'* ]] || fail "$stderr"
	run -2 --separate-stderr ncat --lua-exec x 127.0.0.1 "$PORT"
	assert_equal "${#stderr_lines[@]}" 1
	run -2 --separate-stderr ncat -g 127.0.0.1 127.0.0.1 "$PORT"
	assert_equal "${#stderr_lines[@]}" 1
}

@test "what was asked is answered, whichever of the two ends first" {
	ours
	random_file big 3M
	listener echo --exec cat 127.0.0.1 0
	run -0 ncat 127.0.0.1 "$PORT" <big >/dev/null
	listener echo -k --exec cat 127.0.0.1 0
	ncat 127.0.0.1 "$PORT" <big >back
	same big back
	# A peer that has said all, and an input that stays open.
	silent_input
	INPUT=big listener says --send-only 127.0.0.1 0
	ncat 127.0.0.1 "$PORT" <&"$SILENT" >back
	same big back
}

# --- Ncat on the other side --------------------------------------------------

@test "a file each way, ours and Ncat on either side" {
	both
	random_file there 2M
	random_file back 1M
	for pair in 'real ours' 'ours real' 'ours ours'; do
		read -r one two <<<"$pair"
		INPUT=back server one "$one"
		# shellcheck disable=SC2086 # they are words
		${they[$two]} 127.0.0.1 4001 <there >two.out ||
			fail "$pair: $?"
		finish one
		same there one.out
		same back two.out
	done
}

# whole ONE TWO [OPTION]: what one sends arrives at the other, who says at once
# that there is nothing to come.
whole() {
	local one=$1 two=$2
	shift 2
	INPUT=/dev/null server one "$one" "$@"
	# shellcheck disable=SC2086 # they are words
	${they[$two]} "$@" 127.0.0.1 4001 <there || fail "$one $two $*: $?"
	finish one
	same there one.out
	INPUT=there server one "$one" --send-only "$@"
	# shellcheck disable=SC2086 # they are words
	${they[$two]} "$@" 127.0.0.1 4001 </dev/null >two.out ||
		fail "$one $two --send-only $*: $?"
	finish one
	same there two.out
}

@test "what is larger than all buffers arrives whole at who has nothing to say" {
	both
	random_file there 9M
	whole real ours
	whole ours real
	whole ours ours
	! can_tls || whole ours ours --ssl
}

@test "--ssl, ours and Ncat on either side" {
	need_tls
	both
	random_file there 2M
	for pair in 'real ours' 'ours real'; do
		read -r one two <<<"$pair"
		server one "$one" --ssl --recv-only
		# shellcheck disable=SC2086 # they are words
		${they[$two]} --ssl --send-only 127.0.0.1 4001 <there ||
			fail "$pair: $?"
		# Ncat leaves without close_notify.
		finish one any
		same there one.out
	done
}

@test "--ssl-verify, ours to Ncat and the reverse: by names, and wildcards" {
	need_tls
	both
	local cert=$CERTS/named.pem
	for pair in 'real ours' 'ours real'; do
		read -r one two <<<"$pair"
		server one "$one" -k --ssl --ssl-cert "$cert" --ssl-key "$cert"
		# shellcheck disable=SC2086 # they are words
		try() {
			${they[$two]} --ssl-verify --ssl-trustfile \
			    "$CERTS/ca.pem" "$@" 127.0.0.1 4001 -z </dev/null
		}
		try --ssl-servername server.test || fail "$pair: $?"
		! try --ssl-servername other.test || fail "$pair: other.test"
		stop one
	done
}

@test "--broker, with ours and Ncat among the clients" {
	both
	for one in real ours; do
		server one "$one" --broker
		mkfifo a.in b.in
		exec {a}<>a.in {b}<>b.in
		# shellcheck disable=SC2086 # they are words
		INPUT=a.in spawn a ${they[real]} 127.0.0.1 4001
		# shellcheck disable=SC2086 # they are words
		INPUT=b.in spawn b ${they[ours]} 127.0.0.1 4001
		said() {
			echo "$1" >&"$a"
			grep -qx "$1" b.out
		}
		until_true said hello
		echo bye >&"$b"
		until_true has_line a.out bye
		exec {a}>&- {b}>&-
		kill "${PID[a]}" "${PID[b]}" "${PID[one]}"
		finish a any
		finish b any
		finish one any
		rm a.in b.in
	done
}

@test "datagrams, ours and Ncat on either side" {
	both
	for pair in 'real ours' 'ours real'; do
		read -r one two <<<"$pair"
		# shellcheck disable=SC2086 # they are words
		spawn one ${they[$one]} -u -l 127.0.0.1 4001
		bound() { "${NS[@]}" ss -uln | grep -q ':4001 '; }
		until_true bound
		mkfifo in
		exec {in}<>in
		# shellcheck disable=SC2086 # they are words
		INPUT=in spawn two ${they[$two]} -u 127.0.0.1 4001
		echo hello >&"$in"
		until_true has_line one.out hello
		exec {in}>&-
		kill "${PID[one]}" "${PID[two]}"
		finish one any
		finish two any
		rm in
	done
}

# --- what only shows when it is looked at closely ----------------------------

@test "what a command says after its input has ended arrives" {
	ours
	printf hello >sent
	for kind in -e -c; do
		peer one listen 127.0.0.1:0 send:sent fin recv:got
		run -0 ncat "$kind" /bin/cat 127.0.0.1 "$PORT"
		finish one
		same sent got
	done
}

@test "-m 1: the first one gets in, always, and the next when that has gone" {
	for _ in {1..20}; do
		listener one --compat=ncat -k -v --broker -m 1 127.0.0.1 0
		echo hello | "$SOCKCAT" 127.0.0.1 "$PORT" || fail "status $?"
		! grep denied one.err || fail "not let in"
		stop one
	done
	listener one --compat=ncat -k --broker -m 1 127.0.0.1 0
	lets_in() {
		echo hello | "$SOCKCAT" 127.0.0.1 "$PORT"
	}
	for _ in {1..10}; do
		until_true lets_in
	done
	stop one
}

@test "--chat: who comes, who is there and who goes is announced" {
	listener one --compat=ncat --chat 127.0.0.1 0
	mkfifo a.in b.in
	exec {a}<>a.in {b}<>b.in
	INPUT=a.in spawn a "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true has_line a.out '<announce> already connected: nobody.'
	INPUT=b.in spawn b "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true has_line b.out \
	    '<announce> already connected: 127.0.0.1 as <user1>.'
	until_true has_line a.out '<announce> 127.0.0.1 is connected as <user2>.'
	echo hello >&"$b"
	until_true has_line a.out '<user2> hello'
	stop b
	until_true has_line a.out '<announce> <user2> is disconnected.'
	stop a
	stop one
	# Not without its name.
	listener two --chat 127.0.0.1 0
	echo hello | "$SOCKCAT" 127.0.0.1 "$PORT" >out
	[ ! -s out ]
	stop two
}
