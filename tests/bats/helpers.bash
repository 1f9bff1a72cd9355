# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the bats files share.  Each test works in a directory of its own; what it
# starts is named, waited for by that name, and ended when the test is over.

bats_require_minimum_version 1.5.0

# The assertions of bats-assert, as far as they hold: its own are loaded when one
# has something to say, for that takes longer than the rest of what bats does for
# a test.
explain() {
	bats_load_library bats-support
	bats_load_library bats-assert
	"$@"
}

assert_equal() {
	[ $# -eq 2 ] && [ "$1" = "$2" ] || explain assert_equal "$@"
}

# assert_output [--partial] TEXT
assert_output() {
	case $#,${1-} in
	2,--partial) [[ $output == *"$2"* ]] ;;
	1,[!-]* | 1,) [ "$output" = "$1" ] ;;
	*) false ;;
	esac || explain assert_output "$@"
}

# refute_output --partial TEXT
refute_output() {
	case $#,${1-} in
	2,--partial) [[ $output != *"$2"* ]] ;;
	*) false ;;
	esac || explain refute_output "$@"
}

# assert_line [--partial] TEXT
assert_line() {
	local line
	case $#,${1-} in
	2,--partial)
		for line in "${lines[@]}"; do
			[[ $line != *"$2"* ]] || return 0
		done
		;;
	1,[!-]*)
		for line in "${lines[@]}"; do
			[ "$line" != "$1" ] || return 0
		done
		;;
	esac
	explain assert_line "$@"
}

refute_line() {
	explain refute_line "$@"
}

# assert COMMAND...: it succeeds.
assert() {
	"$@" || fail "failed: $*"
}

# refute COMMAND...: it fails.
refute() {
	! "$@" || fail "did not fail: $*"
}

# fail TEXT
fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# Whatever hangs is a failure, not a lost run.  Seconds; sanitizers are slow.
case ${SOCKCAT_SANITIZERS:-no} in
no) export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-60} ;;
*) export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-300} ;;
esac

: "${SOCKCAT:=sockcat}"
: "${top_srcdir:=$BATS_TEST_DIRNAME/../..}"
case $top_srcdir in
*..* | [!/]*) top_srcdir=$(cd "$top_srcdir" && pwd) ;;
esac
PEERS=$top_srcdir/tests/peers
export SOCKCAT PEERS top_srcdir

# Wrappers of python3 that choose a version (pyenv's) take ten times as long to
# start as python3 itself.
[ ! -x /usr/bin/python3 ] || PATH=/usr/bin:$PATH

# Unbuffered, python writes a line and its end apart, and readers see half of it.
unset PYTHONUNBUFFERED

# The source tree stays as it is.
export PYTHONDONTWRITEBYTECODE=1

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

# bats looks at each command before it runs, to know which one has failed, and that
# takes longer than most commands do.  It is enough to look at those of the test
# itself: where in a function something failed, say_where says.
watch_the_test_alone() {
	[ "${BATS_TRACE_LEVEL:-0}" -eq 0 ] || return 0
	declare -F bats_error_trap bats_timeout_trap >/dev/null || return 0
	set +T
	trap 'bats_error_trap; has_failed; trap - DEBUG' ERR
	trap is_late ABRT
}

# say_where FRAME: the functions of the test's that we are in, from that one on.
say_where() {
	local i file
	[[ " ${FUNCNAME[*]} " == *" $BATS_TEST_NAME "* ]] || return 0
	for ((i = 1; i < ${#FUNCNAME[@]}; i++)); do
		file=${BASH_SOURCE[i]}
		[ "$file" != "${BATS_TEST_SOURCE-}" ] || file=$BATS_TEST_FILENAME
		[ "$i" -lt "$1" ] || echo "in ${FUNCNAME[i]}," \
		    "${file##*/}, line ${BASH_LINENO[i - 1]}"
		[ "${FUNCNAME[i]}" != "$BATS_TEST_NAME" ] || return 0
	done >&2
}

# A command has failed, in a function, and that ends the test.
has_failed() {
	[[ $- == *e* && ${FUNCNAME[1]} != "$BATS_TEST_NAME" ]] || return 0
	say_where 2
}

# It has taken too long; bash does not know at which line of the innermost function.
is_late() {
	say_where 3
	bats_timeout_trap
}

# bats ends what a late test has started, and we what this has started, too: bash
# waits for whoever holds the pipe of a $(...), and nothing else would end it.
bats_kill_childprocesses_of() {
	end_children "$1"
}

setup() {
	BATS_WATCH=${!-}	# the shell that ends a test that hangs
	watch_the_test_alone
	begin
}

begin() {
	cd "$BATS_TEST_TMPDIR" || return 1
	needs
	case ${SOCKCAT_SANITIZERS:-no} in
	*address*)
		trace_without_leaks
		;;
	esac
	# Nobody writes there: to wait by reading starts no process.
	local fifo=$BATS_FILE_TMPDIR/.tick
	[ -p "$fifo" ] || mkfifo "$fifo" || [ -p "$fifo" ]
	exec {tick}<>"$fifo"
}

# What a test leaves behind ends with it: what it has started by name, and what with
# a bare `&', which would hold up bats.  So would the sleep(1) of bats, which goes
# on for its minute when the test was faster than the shell around it.
teardown() {
	local pid
	{
		end_children "$$"
		for pid in "$BATS_WATCH" "${PID[@]}"; do
			kill -KILL "$pid" || true
			wait "$pid" || true
		done
		disown -a	# bash would say later that they were killed
	} 2>/dev/null
}

# end_children PID: what it has started, with all that this has started.
end_children() {
	local child file
	local -a children
	for file in "/proc/$1/task/"*/children; do
		children=()
		read -r -a children <"$file" || true
		for child in "${children[@]}"; do
			[ "$child" != "$BASHPID" ] || continue
			kill -STOP "$child" || true
			end_children "$child"
			kill -KILL "$child" || true
		done
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

# forget NAME: no file has what a NAME has said before.
forget() {
	[ ! -e "$1.out" ] && [ ! -e "$1.err" ] || rm -f "$1.out" "$1.err"
}

# state_of PID: sets STATE to R, S, T and so on (proc_pid_stat(5)).
state_of() {
	local stat
	read -r stat 2>/dev/null <"/proc/$1/stat" || return 1
	stat=${stat##*) }
	STATE=${stat%% *}
}

# becomes PID: wait until it is the program, and no longer the shell that becomes
# it, where a signal would find the test's own traps; or until that shell waits
# for somebody else to open a fifo.
becomes() {
	local -a ours theirs
	mapfile -t -d '' ours </proc/$$/cmdline
	while mapfile -t -d '' theirs 2>/dev/null <"/proc/$1/cmdline" &&
	    [ "${theirs[*]}" = "${ours[*]}" ] &&
	    state_of "$1" && [ "$STATE" != S ]; do
		read -r -t 0.002 -u "$tick" || true
	done
}

# spawn NAME COMMAND...: in the background; standard input from $INPUT (a file,
# /dev/null if unset), output to NAME.out (or $OUTPUT), errors to NAME.err.
spawn() {
	local name=$1
	shift
	forget "$name"
	(close_others && exec "$@") <"${INPUT:-/dev/null}" \
	    >"${OUTPUT:-$name.out}" 2>"$name.err" &
	PID[$name]=$!
	becomes "$!"
}

# listener NAME ARGUMENT...: a listening sockcat, ready.  Sets ADDR and PORT to
# what it says of its first address.
listener() {
	local name=$1 ready
	shift
	forget "$name"
	exec {ready}<> <(:)	# a pipe, without a file
	(close_others && exec "$SOCKCAT" -l --ready-fd 4 "$@") \
	    <"${INPUT:-/dev/null}" >"${OUTPUT:-$name.out}" 2>"$name.err" \
	    4>&"$ready" &
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

# same FILE FILE: byte for byte.
same() {
	cmp "$1" "$2" ||
	    fail "$1 ($(wc -c <"$1") bytes) and $2 ($(wc -c <"$2") bytes) differ"
}

# stop NAME: TERM, of which it must die.
stop() {
	kill -TERM "${PID[$1]}"
	finish "$1" 143
}

# is_stopped NAME: by SIGSTOP; for until_true.
is_stopped() {
	state_of "${PID[$1]}" && [ "$STATE" = T ]
}

# is_asleep NAME: it waits for something; for until_true.
is_asleep() {
	state_of "${PID[$1]}" && [ "$STATE" = S ]
}

# peer NAME listen|connect ADDRESS VERB...: peer.py in the background.  Of one that
# listens, PORT is the port, and TARGET where it is.
peer() {
	local name=$1
	shift
	spawn "$name" "$PEERS/${PEER_PROGRAM:-peer.py}" "$@"
	[ "$1" = listen ] || return 0
	until_true has_line "$name.out" .
	read -r PORT <"$name.out"
	TARGET=$2
	[ "$2" != 127.0.0.1:0 ] || TARGET=127.0.0.1:$PORT
}

# let_refuse NAME ADDRESS: once it is stopped: a refusal from ADDRESS, where nobody
# is, waits at its socket.
let_refuse() {
	local status=0
	"$PEERS/refuse.py" "${PID[$1]}" "$2" || status=$?
	[ "$status" != 77 ] || skip "no socket can be borrowed here"
	return "$status"
}

# random_file NAME SIZE (as head -c): bytes that compress to nothing.  Large ones
# repeat, but at an odd length, so that no buffer is like the one beside it: what is
# copied is there five times as soon as what is random.
random_file() {
	local i
	local -a blocks=()
	case $2 in
	[1-9][0-9]M | [1-9][0-9][0-9]M)
		head -c 3000017 /dev/urandom >"$1.block"
		for ((i = 0; i < ${2%M}; i += 2)); do
			blocks+=("$1.block")
		done
		cat "${blocks[@]}" >"$1"
		truncate -s "$2" "$1"
		rm "$1.block"
		;;
	*)
		head -c "$2" /dev/urandom >"$1"
		;;
	esac
}

# until_true COMMAND...: look again and again, for at most half of a test's time.
until_true() {
	local deadline=$((SECONDS + BATS_TEST_TIMEOUT / 2)) looks=0
	local -a pauses=(0.005 0.01 0.02 0.03)
	until "$@"; do
		[ "$SECONDS" -lt "$deadline" ] || fail "never came true: $*"
		read -r -t "${pauses[looks < 3 ? looks++ : 3]}" -u "$tick" || true
	done
}

# lines_with FILE TEXT: sets COUNT to how many lines have the text, a basic regular
# expression.  It starts no process if it can: tests ask again and again.
lines_with() {
	local line text=
	local -a all
	COUNT=0
	[ -e "$1" ] || return 0
	case $2 in
	*[\\+?\(\)\{\}\|]*) ;;	# an extended one may mean something else
	*)
		# What has no NUL is read to its end, which is a failure.
		if ! IFS= read -r -d '' -n 20000 text <"$1"; then
			[ -n "$text" ] || return 0
			mapfile -t all <<<"${text%$'\n'}"
			for line in "${all[@]}"; do
				[[ ! $line =~ $2 ]] || COUNT=$((COUNT + 1))
			done
			return 0
		fi
		;;
	esac
	COUNT=$(grep -c -- "$2" "$1") || true
}

# has_line FILE TEXT: for until_true.
has_line() {
	lines_with "$1" "$2"
	[ "$COUNT" -gt 0 ]
}

# count FILE TEXT N: at least N lines of FILE have TEXT; for until_true.
count() {
	lines_with "$1" "$2"
	[ "$COUNT" -ge "$3" ]
}

# has_bytes FILE N: at least; for until_true.
has_bytes() {
	[ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -ge "$2" ]
}

# microseconds: the time.
microseconds() {
	echo "${EPOCHREALTIME//[.,]/}"
}

# over MICROSECONDS: that time has come; for until_true.
over() {
	[ "${EPOCHREALTIME//[.,]/}" -gt "$1" ]
}

# silent_input: a pipe, `silent', that stays open and has nothing: for INPUT.
silent_input() {
	[ -p silent ] || mkfifo silent
	exec {SILENT}<>silent
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
	[ "$EUID" -eq 0 ] || skip "only root can become somebody else"
	id -u nobody >/dev/null 2>&1 || skip "there is no user nobody"
	setpriv --reuid 65534 true 2>/dev/null || skip "no rights to give up"
}

# can_tls: whether the program is built with it, and there is an openssl(1).
can_tls() {
	if [ -z "${CAN_TLS-}" ]; then
		export CAN_TLS=no
		! has_openssl || CAN_TLS=yes
	fi
	[ "$CAN_TLS" = yes ]
}

has_openssl() {
	command -v openssl >/dev/null &&
	    [[ $("$SOCKCAT" --version) == *OpenSSL* ]]
}

# need_tls: skip where it is not.
need_tls() {
	can_tls || skip "built --without-openssl, or no openssl(1)"
}

# certificates [PROGRAM]: sets CERTS to where those of certificates.py are, or of
# that program.  All files of a run share them.
certificates() {
	local program=${1:-certificates.py}
	export CERTS=${top_builddir:-$BATS_RUN_TMPDIR}/tests/kept/${program%.py}
	can_tls || return 0
	"$PEERS/$program" "$CERTS"
}

# pin_of FILE: that of the first certificate in a file, the SHA-256 of its DER,
# without the sha256: in front.
pin_of() {
	local text sum
	text=$(<"$1")
	text=${text#*-----BEGIN CERTIFICATE-----}
	sum=$(base64 -d <<<"${text%%-----END CERTIFICATE-----*}" | sha256sum)
	echo "${sum%% *}"
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
		exec sleep infinity"
	until_true has_line netns.out ready
	NS=(nsenter -t "${PID[netns]}" -U -n -m --wd --preserve-credentials)
}

# without SET COMMAND...: run it with the descriptors of SET closed.
without() {
	local set=$1
	shift
	(
		[[ $set != *0* ]] || exec 0<&-
		[[ $set != *1* ]] || exec 1>&-
		[[ $set != *2* ]] || exec 2>&-
		exec "$@"
	)
}

# lacking family|protocol NUMBER: $SOCKCAT runs in a kernel that does not have it
# from here on.
lacking() {
	"$PEERS/without.py" "$1" "$2" true || skip "no seccomp filters here"
	printf '#!/bin/sh\nexec "%s" %s %s "%s" "$@"\n' "$PEERS/without.py" \
	    "$1" "$2" "$SOCKCAT" >lacking
	chmod +x lacking
	SOCKCAT=$PWD/lacking
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

# service NAME WORD...: services.py in the background.  Sets PORTS.
service() {
	local name=$1
	shift
	spawn "$name" "$PEERS/services.py" "$@"
	until_true test -s "$name.out"
	read -r -a PORTS <"$name.out"
}
