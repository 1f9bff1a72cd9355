#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A service that can't work says so without -v: at the start where that can be
# seen, else when it comes up, and then it is counted.

# A test is a subshell; bats and helpers.bash set status, PID, PORT ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers

# unable STATUS TEXT OPTION...: it says TEXT, leaves with STATUS, and has opened
# nothing.
unable() {
	local status=$1 text=$2
	shift 2
	rm -f port
	run "-$status" --separate-stderr "$SOCKCAT" --timeout 20 \
	    --port-file port "$@" 0
	assert_equal "$stderr" "sockcat: $text"
	[ ! -e port ]
}

# --- at the start ------------------------------------------------------------

@test "a command that is not there is said at the start, before anything is bound" {
	local mode none='No such file or directory'
	: >plain
	mkdir directory
	for mode in '-l' '-lk' '-lu' '-lku' '-lk --pty'; do
		# shellcheck disable=SC2086
		unable 127 "--exec /no/such/command: $none" $mode \
		    --exec '/no/such/command with words'
	done
	unable 127 "--exec no-such-command: $none" -lk --exec no-such-command
	unable 127 "--exec plain/x: $none" -lk --exec plain/x
	unable 126 '--exec ./plain: Permission denied' -lk --exec ./plain
	unable 126 '--exec ./directory: Permission denied' -l --exec ./directory
	run -127 "$SOCKCAT" --timeout 20 -lU --exec /no/such/command path
	[ ! -e path ]
	chmod +x plain
	listener a --exec ./plain 127.0.0.1 0
	stop a
}

@test "an initiator says it before it connects; where a command is looked for" {
	sockets held closed@127.0.0.1
	run -127 --separate-stderr "$SOCKCAT" -v --exec /no/such/command \
	    127.0.0.1 "${PORTS[0]}"
	assert_equal "$stderr" \
	    'sockcat: --exec /no/such/command: No such file or directory'
	: >plain
	chmod +x plain
	for path in "PATH=/nowhere:$PWD" PATH=/nowhere::/none PATH= -uPATH; do
		expected=1
		[ "$path" != -uPATH ] || expected=127
		run "-$expected" env "$path" "$SOCKCAT" --exec plain \
		    127.0.0.1 "${PORTS[0]}"
	done
	run -1 env -uPATH "$SOCKCAT" --exec cat 127.0.0.1 "${PORTS[0]}"
}

@test "a command is looked for as the user, and below the root, that it will have" {
	need_root
	local program root
	program=$(type -P true)
	root=$(mktemp -d /tmp/sockcat-test.XXXXXX)
	chmod 755 "$root"
	mkdir "$root/bin"
	cp "$program" "$root/bin/only-here"
	cp "$program" "$root/bin/not-for-all"
	chmod 700 "$root/bin/not-for-all"
	unable 127 "--exec env, below $root: No such file or directory" \
	    -lk --chroot "$root" --exec env
	unable 127 "--sh-exec /bin/sh, below $root: No such file or directory" \
	    -lk --chroot "$root" --sh-exec true
	unable 126 "--exec not-for-all, as nobody, below $root: Permission denied" \
	    -lk --user nobody --chroot "$root" --exec not-for-all
	unable 126 "--exec $root/bin/not-for-all, as nobody: Permission denied" \
	    -l --user nobody --exec "$root/bin/not-for-all"
	PATH=/bin:$PATH listener a --user nobody --chroot "$root" \
	    --exec only-here 127.0.0.1 0
	stop a
	rm -r "$root"
}

# --- when it comes up --------------------------------------------------------

# ask N [OPTION...]: so many clients of the listener, one after the other.
ask() {
	local n=$1
	shift
	while [ "$n" -gt 0 ]; do
		echo hello | "$SOCKCAT" -w 20 "$@" "$ADDR" "$PORT" \
		    >reply 2>&1 || true
		n=$((n - 1))
	done
}

# told TEXT [N]: what listener `a' has said when it is stopped: TEXT at once, of
# some client, and for N more clients (2 if not given) that it came again.
told() {
	local text=$1 n=${2:-2}
	stop a
	assert_equal "$(sed 's/^sockcat: 127\.0\.0\.1:[0-9]*: /sockcat: /' a.err)" \
	    "sockcat: $text
sockcat: $text ($n times more)"
}

@test "--forward to nobody: said at the first client, then counted" {
	sockets held closed@127.0.0.1
	local nobody=127.0.0.1:${PORTS[0]}
	local refused="connect to 127.0.0.1 port ${PORTS[0]}: Connection refused"
	listener a -k --forward "$nobody" 127.0.0.1 0
	ask 1
	until_true has_line a.err "^sockcat: 127.0.0.1:[0-9]*: --forward: $refused\$"
	ask 2
	told "--forward: $refused"
	listener a -k --forward "nosuch.invalid:80" 127.0.0.1 0
	ask 3
	stop a
	grep -q '^sockcat: 127.*: --forward: resolve nosuch.invalid: ' a.err
	grep -q '^sockcat: --forward: resolve .* (2 times more)$' a.err
	assert_equal "$(wc -l <a.err)" 2
	listener a -k --forward "$PWD/path" 127.0.0.1 0
	ask 3
	told "--forward: connect to $PWD/path: No such file or directory"
	listener a -k --connect-timeout 20 --forward "$PWD/path" -U own
	"$SOCKCAT" -U own </dev/null || true
	"$SOCKCAT" -U own </dev/null || true
	stop a
	assert_equal "$(wc -l <a.err)" 2
}

@test "--forward of datagrams to nobody: the same" {
	sockets held udp-closed@127.0.0.1
	listener a -uk --forward "127.0.0.1:${PORTS[0]}" 127.0.0.1 0
	ask 3 -u -q 100ms
	until_true has_line a.err 'target: Connection refused$'
	stop a
	assert_equal "$(grep -c 'target: Connection refused$' a.err)" 1
	[ "$(wc -l <a.err)" -le 2 ]
	listener a -uk --forward "nosuch.invalid:80" 127.0.0.1 0
	ask 1 -u -q 100ms
	until_true has_line a.err '--forward: resolve nosuch.invalid: '
	ask 2 -u -q 100ms
	stop a
	[ "$(wc -l <a.err)" -le 2 ]
}

@test "--forward to a target whose certificate is refused, and clients that refuse ours" {
	need_tls
	listener other -k -c --exec cat 127.0.0.1 0
	listener a -k --forward "tls:127.0.0.1:$PORT" 127.0.0.1 0
	ask 3
	stop a
	grep -q '^sockcat: 127.*: --forward: .*TLS: certificate signed by itself' a.err
	assert_equal "$(wc -l <a.err)" 2
	until_true has_line other.err 'TLS: the peer said no: unknown ca$'
	stop other
	assert_equal "$(grep -vc 'tls pin' other.err)" 2
	grep -q 'TLS: the peer said no: unknown ca (2 times more)$' other.err
}

@test "a command that does not start, or finds nothing: said once, then counted" {
	local none='No such file or directory (it is there; the interpreter in its first line is not)' pty
	printf '#!/no/such/interpreter\n' >script
	chmod +x script
	for pty in '' --pty; do
		# shellcheck disable=SC2086
		listener a -k $pty --exec ./script 127.0.0.1 0
		ask 3
		told "--exec ./script: $none"
	done
	listener a -uk --exec ./script 127.0.0.1 0
	ask 3 -u -q 100ms
	until_true has_line a.err "^sockcat: 127.*: --exec ./script: $none\$"
	stop a
	[ "$(wc -l <a.err)" -le 2 ]
	# It may end a bit later than its output does.
	listener a -k --drain 20 --sh-exec 'exec 2>&1; no-such-command' 127.0.0.1 0
	ask 3
	told "--sh-exec exec 2>&1; no-such-command: the command ended with status\
 127, as when something was not found"
	listener a -uk -w 1 --sh-exec 'exit 126' 127.0.0.1 0
	ask 1 -u -q 100ms
	until_true has_line a.err "status 126, as when something can't be run"
	stop a
	listener a -k --drain 20 --sh-exec 'exit 3' 127.0.0.1 0
	ask 3
	stop a
	[ ! -s a.err ]
}

@test "the reason changes: each is said; a flood is counted" {
	cat >script <<-'EOF'
		#!/bin/sh
		exit 127
	EOF
	chmod +x script
	listener a -k --drain 20 --exec ./script 127.0.0.1 0
	ask 2
	rm script
	ask 2
	stop a
	assert_equal "$(cat a.err)" "sockcat: --exec ./script: the command ended with status 127, as when something was not found
sockcat: 127.0.0.1:$(sed -n 's/.*127.0.0.1:\([0-9]*\): .*/\1/p' a.err): --exec ./script: No such file or directory
sockcat: --exec ./script: the command ended with status 127, as when something was not found (once more)
sockcat: --exec ./script: No such file or directory (once more)"
}

@test "what is the client's fault is said by -v alone" {
	need_tls
	listener a -k -c --exec cat 127.0.0.1 0
	for _ in 1 2 3; do
		ask 1
		"$SOCKCAT" --exec true 127.0.0.1 "$PORT"
	done
	# What the command says of it is its own.
	listener b -k --sh-exec 'head -c 1000000 /dev/zero 2>/dev/null' 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" </dev/null | head -c 1 >/dev/null
	listener c -k -v --exec cat --deny 127.0.0.1 127.0.0.1 0
	ask 2
	stop a
	stop b
	stop c
	assert_equal "$(grep -v 'tls pin' a.err)" ""
	[ ! -s b.err ]
}

# --- the log of connections --------------------------------------------------

# has_lines FILE TEXT N: for until_true.
has_lines() {
	[ "$(grep -c -- "$2" "$1")" -eq "$3" ]
}

# closed TEXT: each client that was accepted is closed once, with TEXT.
closed() {
	local ports
	ports=$(sed -n 's/.*accepted 127.0.0.1:\([0-9]*\).*/\1/p' a.err)
	[ -n "$ports" ]
	assert_equal "$(sed -n "s|.*closed 127.0.0.1:\([0-9]*\): $1\$|\1|p" \
	    a.err | sort)" "$(sort <<<"$ports")"
}

@test "-v: who was accepted is closed in the log, with the command's status" {
	listener a -kv --sh-exec 'cat; exit 3' 127.0.0.1 0
	ask 2
	until_true has_lines a.err ' closed ' 2
	stop a
	closed 'the command ended with status 3'
	# What passed us by is not counted.
	run ! grep bytes a.err
	listener a -kv --limit-rate 1M --sh-exec 'cat; exit 3' 127.0.0.1 0
	ask 2
	until_true has_lines a.err ' closed ' 2
	stop a
	closed 'the command ended with status 3, sent 6 bytes, received 6 bytes'
	listener a -v --sh-exec 'kill -KILL $$' 127.0.0.1 0
	ask 1
	finish a 137
	closed 'the command was ended by signal 9'
	listener a -ukv -w 100ms --sh-exec 'head -c 6; exit 4' 127.0.0.1 0
	ask 2 -u -q 100ms
	until_true has_lines a.err 'closed.*status 4' 2
	stop a
	closed '.*status 4, sent [0-9]* bytes, received [0-9]* bytes'
	printf '#!/no/such/interpreter\n' >script
	chmod +x script
	listener a -kv --exec ./script 127.0.0.1 0
	ask 2
	until_true has_lines a.err ' closed ' 2
	stop a
	closed '--exec ./script: No such file or directory (it is there; .*)'
	sockets held closed@127.0.0.1
	listener a -kv --forward "127.0.0.1:${PORTS[0]}" 127.0.0.1 0
	ask 2
	until_true has_lines a.err ' closed ' 2
	stop a
	closed '--forward: .*refused'
}
