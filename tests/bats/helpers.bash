# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the bats files share.  Each test works in a directory of its own; what it
# starts is named, waited for by that name, and ended when the test is over.

bats_require_minimum_version 1.5.0

# What bats-assert and bats-support have is loaded when a test calls it: loading
# takes longer than the rest of what bats does for a test.
load_assertions() {
	bats_load_library bats-support
	bats_load_library bats-assert
}

for name in assert assert_equal assert_line assert_output fail refute \
    refute_line refute_output; do
	eval "$name() { load_assertions && $name \"\$@\"; }"
done
unset name

# Whatever hangs is a failure, not a lost run.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-60}

: "${SOCKCAT:=sockcat}"
: "${top_srcdir:=$BATS_TEST_DIRNAME/../..}"
top_srcdir=$(cd "$top_srcdir" && pwd)
PEERS=$top_srcdir/tests/peers
export SOCKCAT PEERS

# Wrappers of python3 that choose a version (pyenv's) take ten times as long to
# start as python3 itself.
[ ! -x /usr/bin/python3 ] || PATH=/usr/bin:$PATH

# Unbuffered, python writes a line and its end apart, and readers see half of it.
unset PYTHONUNBUFFERED

declare -gA PID=()

# LeakSanitizer can't work in a traced program: leave it out there.
trace_without_leaks() {
	local real
	real=$(command -v strace) || return 0
	mkdir -p "$BATS_TEST_TMPDIR/.bin"
	cat >"$BATS_TEST_TMPDIR/.bin/strace" <<-EOF
		#!/bin/sh
		export ASAN_OPTIONS="\${ASAN_OPTIONS:+\$ASAN_OPTIONS:}detect_leaks=0"
		exec $real "\$@"
	EOF
	chmod +x "$BATS_TEST_TMPDIR/.bin/strace"
	PATH=$BATS_TEST_TMPDIR/.bin:$PATH
}

# needs: what each test of a file needs; files that need something redefine it.
# (Not in setup_file(): there, bats 1.8 can't skip.)
needs() {
	:
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return 1
	needs
	case ${SOCKCAT_SANITIZERS:-no} in
	*address*)
		trace_without_leaks
		;;
	esac
	mkfifo .tick
	exec {tick}<>.tick
}

teardown() {
	local name
	for name in "${!PID[@]}"; do
		kill -CONT "${PID[$name]}" 2>/dev/null || true
		kill -KILL "${PID[$name]}" 2>/dev/null || true
		wait "${PID[$name]}" 2>/dev/null || true
	done
}

# Close what a program that is started must not have: bats' descriptor 3 and
# those that the test has open (bash gives them numbers from 10 up).
close_others() {
	local fd
	exec 3>&-
	for fd in /proc/self/fd/*; do
		fd=${fd##*/}
		if [ "$fd" -ge 10 ]; then
			eval "exec $fd>&-"
		fi
	done
}

# spawn NAME COMMAND...: in the background; standard input from $INPUT (a file,
# /dev/null if unset), output to NAME.out (or $OUTPUT), errors to NAME.err.
spawn() {
	local name=$1
	shift
	rm -f "$name.out" "$name.err"
	(close_others && exec "$@") <"${INPUT:-/dev/null}" \
	    >"${OUTPUT:-$name.out}" 2>"$name.err" &
	PID[$name]=$!
}

# listener NAME ARGUMENT...: a listening sockcat, ready.  Sets ADDR and PORT to
# what it says of its first address.
listener() {
	local name=$1 ready
	shift
	rm -f "$name.ready" "$name.out" "$name.err"
	mkfifo "$name.ready"
	exec {ready}<>"$name.ready"
	(close_others && exec "$SOCKCAT" -l --ready-fd 4 "$@") \
	    <"${INPUT:-/dev/null}" >"${OUTPUT:-$name.out}" 2>"$name.err" \
	    4>"$name.ready" &
	PID[$name]=$!
	# shellcheck disable=SC2034 # ADDR and PORT are for the test
	if ! read -r -t 30 ADDR PORT <&"$ready"; then
		cat "$name.err" >&2
		fail "listener $name was not ready in time"
	fi
	exec {ready}>&-
}

# finish NAME [STATUS]: wait for what was spawned, which must end with STATUS
# (0 if not given; a number, or "any").
finish() {
	local name=$1 expected=${2:-0} got=0
	wait "${PID[$name]}" || got=$?
	unset "PID[$name]"
	finish_status=$got
	if [ "$expected" != any ] && [ "$got" != "$expected" ]; then
		cat "$name.err" >&2
		fail "$name ended with status $got, not $expected"
	fi
}

# same FILE FILE: equal by checksum.
same() {
	local a b
	a=$(sha256sum <"$1")
	b=$(sha256sum <"$2")
	[ "$a" = "$b" ] || fail "$1 ($(wc -c <"$1") bytes) and $2 ($(wc -c <"$2") bytes) differ"
}

# stop NAME: TERM, of which it must die.
stop() {
	kill -TERM "${PID[$1]}"
	finish "$1" 143
}

# is_stopped NAME: by SIGSTOP; for until_true.
is_stopped() {
	grep -q '^State:.T' "/proc/${PID[$1]}/status"
}

# is_asleep NAME: it waits for something; for until_true.
is_asleep() {
	grep -q '^State:.*S' "/proc/${PID[$1]}/status"
}

# let_refuse NAME ADDRESS: once it is stopped: a refusal from ADDRESS, where nobody
# is, waits at its socket.
let_refuse() {
	local status=0
	"$PEERS/refuse.py" "${PID[$1]}" "$2" || status=$?
	[ "$status" != 77 ] || skip "no socket can be borrowed here"
	return "$status"
}

# random_file NAME SIZE (as head -c): bytes that compress to nothing.
random_file() {
	head -c "$2" /dev/urandom >"$1"
}

# until_true COMMAND...: look again and again, for at most half a minute.
until_true() {
	local deadline=$((SECONDS + 30))
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || fail "never came true: $*"
		read -r -t 0.02 -u "$tick" || true
	done
}

# has_line FILE TEXT: for until_true.
has_line() {
	grep -q -- "$2" "$1" 2>/dev/null
}

# need COMMAND: skip, saying so, where a program is not installed.
need() {
	command -v "$1" >/dev/null || skip "$1 is not installed"
}

# need_strace: skip where a program can't be traced.
need_strace() {
	need strace
	strace -o /dev/null true 2>/dev/null || skip "strace can't trace here"
}

# need_root: skip where we can't become somebody else.
need_root() {
	[ "$(id -u)" -eq 0 ] || skip "only root can become somebody else"
	id -u nobody >/dev/null 2>&1 || skip "there is no user nobody"
	setpriv --reuid 65534 true 2>/dev/null || skip "no rights to give up"
}

# can_tls: whether the program is built with it, and there is an openssl(1).
can_tls() {
	"$SOCKCAT" --version | grep -q OpenSSL && command -v openssl >/dev/null
}

# need_tls: skip where it is not.
need_tls() {
	"$SOCKCAT" --version | grep -q OpenSSL || skip "built --without-openssl"
	need openssl
}

# need_netns: skip where no network namespace can be made.
need_netns() {
	unshare -rn true 2>/dev/null || skip "no network namespaces here"
}

# sockets NAME WORD...: sockets.py in the background.  Sets PORTS to its ports.
sockets() {
	local name=$1
	shift
	spawn "$name" "$PEERS/sockets.py" "$@"
	until_true has_line "$name.out" .
	# shellcheck disable=SC2034 # PORTS is for the test
	read -r -a PORTS <"$name.out"
}

# netns [COMMAND]: a network namespace with nothing but loopback, after COMMAND
# (for the shell) has run in it.  It has its own mounts, too.  Words behind
# "${NS[@]}" run there.
netns() {
	unshare -rnm true 2>/dev/null || skip "no network namespaces here"
	need ip
	need nsenter
	spawn netns unshare -rnm sh -ec "ip link set lo up
		${1:-}
		echo ready
		exec \"\$PEERS/sockets.py\""
	until_true has_line netns.out ready
	NS=(nsenter -t "${PID[netns]}" -U -n -m --wd --preserve-credentials)
}

# in_net [COMMAND]: a network of its own (netns) after COMMAND, where any port may
# be taken; $SOCKCAT runs in it from here on.
in_net() {
	netns "$@"
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${NS[*]}" "$SOCKCAT" >in_net
	chmod +x in_net
	SOCKCAT=$PWD/in_net
}

# need_ipv6: skip where ::1 is not there.
need_ipv6() {
	grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null ||
	    skip "::1 is not there"
}
