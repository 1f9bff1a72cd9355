#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Copies of sessions: --output, --hex-dump, --dump.

load helpers
load tls
load tap

needs() {
	:
}

# exchange WORD...: of a listener with these; 100000 bytes from it, and 200000
# from who connects.
exchange() {
	random_file back 100000
	random_file there 200000
	INPUT=back listener server "$@" 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <there >back.got
	finish server
	same there server.out
	same back back.got
}

@test "--output has the bytes that came" {
	random_file there 3M
	listener server --output copy --no-stdin 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <there
	finish server
	same there copy
	same there server.out
}

@test "--output has the bytes of both directions, in the order in which they passed" {
	listener server --exec cat -k 127.0.0.1 0
	mkfifo in
	exec {in}<>in
	INPUT=in spawn client "$SOCKCAT" --output copy 127.0.0.1 "$PORT"
	for i in 1 2 3; do
		echo "line $i" >&"$in"
		until_true has_line client.out "line $i"
	done
	stop client
	stop server
	[ "$(cat copy)" = "$(printf 'line %d\nline %d\n' 1 1 2 2 3 3)" ]
}

@test "--output, another time: what was there is gone" {
	echo old >copy
	exchange --output copy
	[ "$(wc -c <copy)" = 300000 ]
}

@test "--append-output: it stays, and the copy is behind it" {
	echo old >copy
	listener server --output copy --append-output 127.0.0.1 0
	echo new | "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	[ "$(cat copy)" = $'old\nnew' ]
}

@test "a copy is for the user alone, one that is there stays as it is" {
	touch there
	chmod 644 there
	listener server --output new --hex-dump there 127.0.0.1 0
	echo x | "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	[ "$(stat -c %a new there | xargs)" = "600 644" ]
}

@test "--hex-dump: each direction has its bytes, at their offsets" {
	exchange --hex-dump dump
	undump dump
	same there received
	same back sent
}

@test "--hex-dump: direction, offset, time, and text that reads as its lines" {
	local lines
	listener server --hex-dump dump 127.0.0.1 0
	printf 'EHLO me\r\nMAIL FROM:<a@b>\r\n\0\e[1m\xff\tx' |
	    "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	mapfile -t lines <dump
	[[ ${lines[0]} =~ ^20[0-9-]+T[0-9:]+\.[0-9]{6}Z\ \<\ 00000000 ]]
	[ "${lines[0]#*Z }" = "< 00000000  45 48 4c 4f 20 6d 65 0d  0a$(printf \
	    '%23s' '')EHLO me\\r\\n" ]
	[ "${lines[1]#*Z }" = "< 00000009  4d 41 49 4c 20 46 52 4f  4d 3a 3c 61 \
40 62 3e 0d  MAIL FROM:<a@b>\\r" ]
	[ "${lines[2]#*Z }" = "< 00000019  0a 00 1b 5b 31 6d ff 09  78$(printf \
	    '%23s' '')\\n..[1m.\\tx" ]
	[ "${#lines[@]}" = 3 ]
}

@test "--dump is the same on standard error, in 80 columns" {
	listener server 127.0.0.1 0
	printf 'GET / HTTP/1.1\r\n\r\n' |
	    "$SOCKCAT" --dump 127.0.0.1 "$PORT" 2>dump
	finish server
	[ "$(head -n 1 dump)" = "> 00000000  47 45 54 20 2f 20 48 54  54 50 2f \
31 2e 31 0d 0a  GET / HTTP/1.1\\r\\n" ]
	[ "$(wc -l <dump)" = 2 ]
}

@test "--dump with -vv has times" {
	listener server 127.0.0.1 0
	echo x | "$SOCKCAT" --dump -vv 127.0.0.1 "$PORT" 2>dump
	finish server
	grep -q '^20[^ ]*Z > 00000000  78 0a ' dump
}

@test "what is copied is what is inside of TLS" {
	need_tls
	random_file back 100000
	random_file there 100000
	INPUT=back tls_listener server --hex-dump dump --output copy \
	    127.0.0.1 0
	client -e localhost --hex-dump dump2 <there >back.got
	finish server
	same back back.got
	same there server.out
	undump dump
	same there received
	same back sent
	undump dump2
	same back received
	same there sent
	[ "$(wc -c <copy)" = 200000 ]
}

@test "what is copied is what is inside of DTLS" {
	need_tls
	tls_listener server -u --hex-dump dump 127.0.0.1 0
	printf 'a datagram' | client -e localhost -u -q 30 --hex-dump dump2
	finish server
	undump dump
	[ "$(<received)" = "a datagram" ]
	undump dump2
	[ "$(<sent)" = "a datagram" ]
}

@test "the bytes of a command pass through us" {
	random_file there 300000
	listener server --exec cat --hex-dump dump 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <there >back
	finish server
	same there back
	undump dump
	same there received
	same there sent
}

@test "--forward: the copy is that of the client" {
	random_file there 300000
	listener target -k --exec cat 127.0.0.1 0
	listener server --forward "127.0.0.1:$PORT" --hex-dump dump 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <there >back
	finish server
	stop target
	same there back
	undump dump
	same there received
	same there sent
}

@test "a proxy: what its client says to it is in the copy as well" {
	listener target -k --exec cat 127.0.0.1 0
	local target=$PORT
	listener server --proxy-server http --hex-dump 'dump.%n' 127.0.0.1 0
	echo hello | "$SOCKCAT" --proxy "127.0.0.1:$PORT" --proxy-type http \
	    127.0.0.1 "$target" >back
	stop server
	stop target
	[ "$(cat back)" = hello ]
	undump dump.1
	grep -q "^CONNECT 127.0.0.1:$target HTTP" received
	[ "$(tail -n 1 received)" = hello ]
	grep -q '^HTTP/1.* 200 ' sent
	[ "$(tail -n 1 sent)" = hello ]
}

@test "through a proxy: what is said to the proxy is not in the copy" {
	listener target -k --exec cat 127.0.0.1 0
	local target=$PORT
	listener server --proxy-server socks5 127.0.0.1 0
	echo hello | "$SOCKCAT" --proxy "127.0.0.1:$PORT" --output copy \
	    127.0.0.1 "$target" >back
	stop server
	stop target
	[ "$(cat copy)" = $'hello\nhello' ]
}

@test "%n: a file for each of many clients at once" {
	listener server -k --exec cat --output 'copy.%n' --hex-dump 'dump.%n' \
	    127.0.0.1 0
	for i in 1 2 3 4 5 6; do
		random_file "there.$i" 100000
		INPUT=there.$i spawn "client$i" "$SOCKCAT" 127.0.0.1 "$PORT"
	done
	for i in 1 2 3 4 5 6; do
		finish "client$i"
		same "there.$i" "client$i.out"
	done
	stop server
	for i in 1 2 3 4 5 6; do
		[ "$(wc -c <"copy.$i")" = 200000 ]
		undump "dump.$i"
		sha256sum <received
	done | sort >got
	sha256sum <there.1 >want
	for i in 2 3 4 5 6; do
		sha256sum <"there.$i" >>want
	done
	sort -o want want
	same want got
	[ ! -e 'dump.%n' ]
	[ ! -e dump.7 ]
}

@test "without %n, many clients are in one file, with their numbers" {
	listener server -k --exec cat --hex-dump dump 127.0.0.1 0
	for i in 1 2 3 4; do
		random_file "there.$i" 50000
		INPUT=there.$i spawn "client$i" "$SOCKCAT" 127.0.0.1 "$PORT"
	done
	for i in 1 2 3 4; do
		finish "client$i"
	done
	stop server
	for i in 1 2 3 4; do
		grep " #$i " dump >dump.one
		undump dump.one
		same received sent
		sha256sum <received
	done | sort >got
	for i in 1 2 3 4; do
		sha256sum <"there.$i"
	done | sort >want
	same want got
}

@test "the clients of a broker, and of --merge" {
	listener server --broker --hex-dump 'dump.%n' 127.0.0.1 0
	mkfifo in
	exec {in}<>in
	INPUT=in spawn one "$SOCKCAT" 127.0.0.1 "$PORT"
	echo begin >&"$in"
	until_true has_line dump.1 begin
	echo hello | "$SOCKCAT" -N 127.0.0.1 "$PORT" >/dev/null &
	until_true has_line one.out hello
	stop one
	stop server
	undump dump.1
	[ "$(<sent)" = hello ]
	undump dump.2
	[ "$(<received)" = hello ]
	listener server --merge --output copy 127.0.0.1 0
	echo line | "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true has_line server.out line
	stop server
	[ "$(cat copy)" = line ]
}

@test "a full disk is said once, and the session goes on" {
	random_file there 1M
	listener server --output /dev/full --hex-dump dump 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <there
	finish server
	same there server.out
	undump dump
	same there received
	[ "$(wc -l <server.err)" = 1 ]
	grep -q -- '--output /dev/full: No space left on device (there is' \
	    server.err
}

@test "--output-required: a full disk ends the run" {
	random_file there 1M
	listener server --output /dev/full --output-required 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <there || true
	finish server 6
	[ "$(wc -l <server.err)" = 1 ]
	grep -q -- '--output /dev/full: No space left on device (it is req' \
	    server.err
}

# A file may have 3 MB, and the session brings more, fast.
limited_listener() {
	random_file there 16M
	mkfifo out
	sha256sum <out >sum &
	summer=$!
	OUTPUT=out listener server --output copy "$@" 127.0.0.1 0
	prlimit --pid "${PID[server]}" --fsize=3000000
}

@test "a disk that fills while much passes is said once, and that goes on" {
	limited_listener
	"$SOCKCAT" 127.0.0.1 "$PORT" <there
	finish server
	wait "$summer"
	[ "$(cat sum)" = "$(sha256sum <there)" ]
	[ "$(wc -l <server.err)" = 1 ]
	grep -q -- '--output copy: File too large (there is no' server.err
	cmp -n 3000000 copy there
	[ "$(stat -c %s copy)" = 3000000 ]
}

@test "--output-required: a disk that fills while much passes ends the run" {
	limited_listener --output-required
	"$SOCKCAT" 127.0.0.1 "$PORT" <there || true
	finish server 6
	wait "$summer"
	grep -q -- '--output copy: File too large (it is required)' server.err
}

@test "copies of much that passes fast are whole when the run has ended" {
	random_file there 40M
	OUTPUT=/dev/null listener server --output copy 127.0.0.1 0
	"$SOCKCAT" --output sent 127.0.0.1 "$PORT" <there
	finish server
	same there sent
	same there copy
}

@test "--output-required: ... also of many clients" {
	listener server -k --exec cat --hex-dump /dev/full --output-required \
	    127.0.0.1 0
	echo x | "$SOCKCAT" 127.0.0.1 "$PORT" || true
	finish server 6
	[ "$(grep -c -- '--hex-dump /dev/full' server.err)" = 1 ]
}

@test "a reader that leaves is said once, and the session goes on" {
	random_file there 1M
	mkfifo copy
	head -c 10 copy >head.out &
	local reader=$!
	listener server --output copy 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <there
	finish server
	wait "$reader"
	same there server.out
	[ "$(wc -l <server.err)" = 1 ]
	grep -q -- '--output copy: Broken pipe' server.err
}

@test "a reader that is slow does not keep us from leaving" {
	mkfifo copy
	exec {slow}<>copy
	listener server --output copy 127.0.0.1 0
	INPUT=/dev/zero spawn client "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true is_asleep server
	stop server
	finish client any
}

@test "a file that can't be written: nothing is listened on" {
	run -6 "$SOCKCAT" -l --output no/such/directory 127.0.0.1 0
	assert_output --partial "--output no/such/directory: No such file"
}

@test "files are opened before rights are given up" {
	need_root
	mkdir closed
	chmod 700 closed
	listener server --user nobody --output closed/copy 127.0.0.1 0
	echo x | "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	[ "$(cat closed/copy)" = x ]
}

@test "those with %n are opened by the user that we have become" {
	need_root
	mkdir theirs
	chown nobody theirs
	listener server --user nobody --output "$PWD/theirs/copy.%n" 127.0.0.1 0
	chmod go+x "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" || true
	echo x | "$SOCKCAT" 127.0.0.1 "$PORT"
	finish server
	[ "$(stat -c %U theirs/copy.1)" = nobody ]
}

@test "a link of somebody else is not followed" {
	need_root
	mkdir shared
	chmod 1777 shared
	ln -s /nonexistent/target shared/copy
	chown -h nobody shared/copy
	run -6 "$SOCKCAT" -l --output shared/copy 127.0.0.1 0
	assert_output --partial "symbolic link of somebody else"
}

@test "a copy that is cut off meanwhile has no hole, whichever direction is next" {
	local in back
	mkfifo in back out
	exec {in}<>in {back}<>back
	random_file there 1M
	INPUT=back listener server 127.0.0.1 0
	spawn reader cat out
	INPUT=in OUTPUT=out spawn client "$SOCKCAT" --output copy 127.0.0.1 "$PORT"
	cat there >&"$back"
	until_true has_bytes reader.out 1048576
	: >copy
	echo sent >&"$in"
	until_true has_line server.out sent
	echo back >&"$back"
	until_true has_bytes reader.out 1048581
	printf 'sent\nback\n' >all
	same all copy
	stop client
	finish reader
	finish server any
}

@test "a copy to standard error leaves the flags of that as they are" {
	random_file there 1M
	echo first >log
	exec {log}>>log
	grep flags "/proc/self/fdinfo/$log" >before
	listener server 127.0.0.1 0
	"$SOCKCAT" --output /dev/stderr 127.0.0.1 "$PORT" <there 2>&"$log"
	finish server
	INPUT=there listener server 127.0.0.1 0
	"$SOCKCAT" --output /dev/stderr 127.0.0.1 "$PORT" </dev/null \
	    2>&"$log" | cat >got
	finish server
	grep flags "/proc/self/fdinfo/$log" >after
	same before after
	{
		echo first
		cat there there
	} >all
	same all log
}

@test "with copies, zero copy is off; without, it is not" {
	need_strace
	random_file there 1M
	listener server 127.0.0.1 0
	strace -f -o trace "$SOCKCAT" 127.0.0.1 "$PORT" <there
	finish server
	grep -q sendfile trace
	listener server 127.0.0.1 0
	strace -f -o trace "$SOCKCAT" --output copy 127.0.0.1 "$PORT" <there
	finish server
	refute grep -qE 'sendfile|splice' trace
	same there copy
}

@test "what does not go with copies" {
	local word
	for word in --dump --output=x --hex-dump=x --pcap=x; do
		run -2 "$SOCKCAT" -z "$word" 127.0.0.1 1
		assert_output --partial "exclude each other"
		run -2 "$SOCKCAT" -F "$word" 127.0.0.1 1
		assert_output --partial "exclude each other"
	done
	run -2 "$SOCKCAT" --append-output 127.0.0.1 1
	assert_output --partial "--append-output goes with"
	run -2 "$SOCKCAT" --dump --output-required 127.0.0.1 1
	assert_output --partial "--output-required goes with"
	for word in "--output x --pcap x" "--hex-dump x --output x" \
	    "--output x --report --report-file x" \
	    "--pcap x -l --port-file x"; do
		# shellcheck disable=SC2086
		run -2 "$SOCKCAT" $word 127.0.0.1 1
		assert_output --partial "'x' can't be both"
	done
	[ ! -e x ]
}
