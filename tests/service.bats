#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A service that can't work says so without -v: at the start where that can be
# seen, else when it comes up, and then it is counted.

# A test is a subshell; bats and helpers.bash set status, PID, PORT ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers

need_root() {
	[ "$(id -u)" -eq 0 ] || skip "only root can become somebody else"
	id -u nobody >/dev/null 2>&1 || skip "there is no user nobody"
	setpriv --reuid 65534 true 2>/dev/null || skip "no rights to give up"
}

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
