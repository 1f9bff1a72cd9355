#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Rights that are given up (--user, --chroot), the permissions of a UNIX-domain
# socket (--mode), the other transports, and letters that mean something else in
# other netcats.

load helpers

# bats' own directories are for their owner alone.
setup_file() {
	mktemp -d /tmp/sockcat-test.XXXXXX >"$BATS_FILE_TMPDIR/open"
	chmod 777 "$(cat "$BATS_FILE_TMPDIR/open")"
}

teardown_file() {
	rm -rf "$(cat "$BATS_FILE_TMPDIR/open")"
}

# identity: the four uids, gids and the groups out of a status of proc(5).
identity() {
	sed -n 's/^\(Uid\|Gid\|Groups\):[[:space:]]*/\1 /p' "$1" |
	    tr -s '\t ' ' ' | sed 's/ *$//' | paste -sd,
}

# nobody: what identity says of that user.
nobody() {
	local uid gid
	uid=$(id -u nobody)
	gid=$(id -g nobody)
	echo "Uid $uid $uid $uid $uid,Gid $gid $gid $gid $gid,Groups $(id -G nobody |
	    tr ' ' '\n' | sort -n | paste -sd' ')"
}

# is FILE TEXT: identity; for until_true.
is() {
	[ "$(identity "$1")" = "$2" ]
}

# all_threads NAME TEXT: of a process.
all_threads() {
	local task
	for task in "/proc/${PID[$1]}/task/"*/status; do
		[ "$(identity "$task")" = "$2" ] ||
		    fail "$task: $(identity "$task"), not $2"
	done
}

# open_directory: sets OPEN to one where everybody may do everything.
open_directory() {
	read -r OPEN <"$BATS_FILE_TMPDIR/open"
	as_nobody test -w "$OPEN" || skip "nobody can't get to $OPEN"
}

# as_nobody COMMAND...: the tree may lie where only its owner can read it, as the
# tests' own directories do: COMMAND has to be of the system or in $OPEN.
as_nobody() {
	setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
}

# open_copy FILE: sets COPY to one that everybody may run.
open_copy() {
	COPY=$OPEN/${1##*/}
	[ -e "$COPY" ] || install -m 755 "$1" "$COPY"
}

# has FAMILY PROTOCOL: the kernel makes such stream sockets.
has() {
	python3 -S -c "import socket; socket.socket($1, socket.SOCK_STREAM, $2)" \
	    2>/dev/null
}

# --- --user -------------------------------------------------------------------

@test "--user nobody: uid, gid and groups of the process and of a command" {
	need_root
	listener a -k -v --user nobody --exec 'cat /proc/self/status' \
	    127.0.0.1 0
	"$SOCKCAT" -d 127.0.0.1 "$PORT" >status
	is status "$(nobody)"
	# No right is left to get anything back.
	run ! grep '^Cap\(Inh\|Prm\|Eff\|Amb\):.*[1-9a-f]' status
	all_threads a "$(nobody)"
	grep -q "user $(id -u nobody), group $(id -g nobody), root directory /" \
	    a.err
}

@test "--user NAME:GROUP" {
	need_root
	listener a --user nobody:daemon --exec 'cat /proc/self/status' \
	    127.0.0.1 0
	"$SOCKCAT" -d 127.0.0.1 "$PORT" >status
	grep -qE "^Uid:	$(id -u nobody)	" status
	grep -qE "^Gid:	$(id -g daemon)	" status
	finish a
	run -2 "$SOCKCAT" -l --user nobody:no-such-group 127.0.0.1 0
	[[ $output == *no-such-group* ]]
}

@test "--user, the other ways of serving, and the initiator" {
	need_root
	listener target -k --exec cat 127.0.0.1 0
	listener forward -k --user nobody --forward "127.0.0.1:$PORT" \
	    127.0.0.1 0
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" <<<hello)" = hello ]
	all_threads forward "$(nobody)"
	listener broker --broker --user nobody 127.0.0.1 0
	all_threads broker "$(nobody)"
	listener plain --user nobody 127.0.0.1 0
	all_threads plain "$(nobody)"
	"$SOCKCAT" --user nobody --exec 'cat /proc/self/status' \
	    127.0.0.1 "$PORT"
	finish plain
	is plain.out "$(nobody)"
	listener udp -u -k --user nobody 127.0.0.1 0
	all_threads udp "$(nobody)"
}

@test "--user with a number that nobody has" {
	need_root
	listener a -k --user 54321 127.0.0.1 0
	all_threads a 'Uid 54321 54321 54321 54321,Gid 54321 54321 54321 54321,Groups 54321'
}

@test "--user: ports that only root may have are bound before" {
	need_root
	unshare -n true 2>/dev/null || skip "no network namespaces here"
	printf '#!/bin/sh\nexec unshare -n "%s" "$@"\n' "$SOCKCAT" >apart
	chmod +x apart
	SOCKCAT=$PWD/apart listener a -k -4 --user nobody 80
	[ "$PORT" -eq 80 ]
	all_threads a "$(nobody)"
}

@test "--user, --chroot that do not exist: status 2, before anything is bound" {
	run -2 "$SOCKCAT" -l --user no-such-user -U sock </dev/null
	[[ $output == *"no user 'no-such-user'"* ]]
	run -2 "$SOCKCAT" -l --user '' -U sock </dev/null
	run -2 "$SOCKCAT" -l --user 4294967295 -U sock </dev/null
	run -2 "$SOCKCAT" -l --user -1 -U sock </dev/null
	run -2 "$SOCKCAT" -l --chroot nowhere -U sock </dev/null
	[[ $output == *nowhere* ]]
	: >file
	run -2 "$SOCKCAT" -l --chroot file -U sock </dev/null
	[[ $output == *"'file' is not a directory"* ]]
	[ ! -e sock ]
	run -2 "$SOCKCAT" --user no-such-user 127.0.0.1 1 </dev/null
}

@test "--user, --chroot without the right to: status 6, and nothing is served" {
	local user=("$SOCKCAT")
	if [ "$(id -u)" -eq 0 ]; then
		need_root
		open_directory
		open_copy "$(command -v "$SOCKCAT")"
		user=(as_nobody "$COPY")
		# It may be linked with what only its owner can read.
		"${user[@]}" --version >/dev/null 2>&1 ||
		    skip "nobody can't run the program"
	fi
	run -6 "${user[@]}" -l --user root 127.0.0.1 0 </dev/null
	[[ $output == *"--user root: Operation not permitted"* ]]
	run -6 "${user[@]}" -l --chroot / 127.0.0.1 0 </dev/null
	[[ $output == *"--chroot /: Operation not permitted"* ]]
}

# --- --chroot -----------------------------------------------------------------

@test "--chroot: the root directory, and where it is in there" {
	need_root
	mkdir jail
	listener a -k -v --chroot jail 127.0.0.1 0
	[ "$(readlink "/proc/${PID[a]}/root")" = "$PWD/jail" ]
	[ "$(readlink "/proc/${PID[a]}/cwd")" = "$PWD/jail" ]
	grep -q 'user 0, group 0, root directory jail' a.err
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
	until_true has_line a.out hello
	[ "$(is "/proc/${PID[a]}/status" "$(nobody)"; echo $?)" -eq 1 ]
}

@test "--chroot and --user: both; the user is looked up outside" {
	need_root
	mkdir jail
	listener a -k -v --chroot jail --user nobody 127.0.0.1 0
	[ "$(readlink "/proc/${PID[a]}/root")" = "$PWD/jail" ]
	all_threads a "$(nobody)"
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
	until_true has_line a.out hello
}

@test "--chroot: a command is one of those that are in there" {
	need_root
	mkdir jail
	run -127 "$SOCKCAT" -l --chroot jail --exec '/bin/sh -c true' 127.0.0.1 0
	listener b --chroot / --exec 'echo here' 127.0.0.1 0
	[ "$("$SOCKCAT" -d 127.0.0.1 "$PORT")" = here ]
	finish b
}

@test "a UNIX socket is removed at the end, also with --user and --chroot" {
	need_root
	# LeakSanitizer needs /proc.
	[[ ${SOCKCAT_SANITIZERS:-no} != *address* ]] ||
		export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
	open_directory
	listener a -k --user nobody -U "$OPEN/sock"
	[ -S "$OPEN/sock" ]
	stop a
	[ ! -e "$OPEN/sock" ]
	mkdir jail
	listener b -k --chroot jail -U sock
	[ -S sock ]
	stop b
	[ ! -e sock ]
	listener c --chroot jail -U "$PWD/sock"
	"$SOCKCAT" -U sock </dev/null
	finish c
	[ ! -e sock ]
}

# --- --mode -------------------------------------------------------------------

@test "--mode: the permissions of a UNIX socket; without it the umask's" {
	umask 027
	listener a -k --mode 600 -U one
	[ "$(stat -c %a one)" = 600 ]
	listener b -k --mode 0666 -U two
	[ "$(stat -c %a two)" = 666 ]
	listener c -k --mode 7 -U three
	[ "$(stat -c %a three)" = 7 ]
	listener d -k -U four
	[ "$(stat -c %a four)" = 750 ]
	listener e -u -k --mode 620 -U five
	[ "$(stat -c %a five)" = 620 ]
	echo hello | "$SOCKCAT" -U two
	until_true has_line b.out hello
}

@test "--mode with --user; what is started afterwards has the umask that was" {
	need_root
	open_directory
	umask 027
	listener a -k --mode 600 --user nobody --sh-exec umask -U "$OPEN/sock"
	[ "$(stat -c '%a %U' "$OPEN/sock")" = '600 root' ]
	[ "$("$SOCKCAT" -d -U "$OPEN/sock")" = 0027 ]
	open_copy "$PEERS/peer.py"
	run -1 as_nobody python3 -S "$COPY" connect "unix:$OPEN/sock" close
	[[ $output == *PermissionError* ]]
}

@test "--mode: bad values, or no UNIX socket to have it, are status 2" {
	local mode
	for mode in 8 1000 -1 0x1 +7 ' 7' 7. rw '' 77777777777777777777777; do
		run -2 "$SOCKCAT" -l --mode "$mode" -U sock </dev/null
		[[ $output == *--mode* ]]
	done
	run -2 "$SOCKCAT" -l --mode 600 127.0.0.1 0 </dev/null
	run -2 "$SOCKCAT" --mode 600 -U sock </dev/null
	[ ! -e sock ]
}

# --- other transports ---------------------------------------------------------

@test "--sctp, --vsock, --mptcp that the kernel lacks: a clear line and status 6" {
	local option kernel=$SOCKCAT
	local -A number=([--sctp]='protocol 132' [--mptcp]='protocol 262'
	    [--vsock]='family 40')
	for option in --sctp --mptcp --vsock; do
		SOCKCAT=$kernel
		# shellcheck disable=SC2086 # words
		lacking ${number[$option]}
		run -6 "$SOCKCAT" -l "$option" 1 4711 </dev/null
		[ "${lines[*]}" = "sockcat: $option: this kernel does not have it" ]
		run -6 "$SOCKCAT" "$option" 1 4711 </dev/null
		[ "${lines[*]}" = "sockcat: $option: this kernel does not have it" ]
	done
}

@test "--sctp: against itself" {
	has socket.AF_INET 132 || skip "this kernel has no SCTP"
	random_file data 1000000
	listener a --sctp 127.0.0.1 0
	"$SOCKCAT" --sctp 127.0.0.1 "$PORT" <data
	finish a
	same data a.out
}

@test "--vsock: against itself" {
	local port
	cat >probe.py <<-'END'
	import socket
	listener = socket.socket(socket.AF_VSOCK)
	listener.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
	listener.listen()
	s = socket.socket(socket.AF_VSOCK)
	s.settimeout(1)
	s.connect((1, listener.getsockname()[1]))
	free = socket.socket(socket.AF_VSOCK)
	free.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
	print(free.getsockname()[1])
	END
	port=$(python3 -S probe.py 2>/dev/null) || skip "no loopback of VSOCK here"
	random_file data 1000000
	listener a --vsock any "$port"
	"$SOCKCAT" --vsock local "$port" <data
	finish a
	same data a.out
}

@test "--vsock: a host that is no number of a machine, or no port: an error" {
	run -4 "$SOCKCAT" -l --vsock 127.0.0.1 4711 </dev/null
	[[ $output == *"not the number of a machine"* ]]
	run -2 "$SOCKCAT" -l --vsock any 0 </dev/null
}

@test "--mptcp: against itself, both ways" {
	has socket.AF_INET 262 || skip "this kernel has no Multipath TCP"
	random_file up 3000000
	random_file down 2000000
	INPUT=down listener a --mptcp 127.0.0.1 0
	"$SOCKCAT" --mptcp 127.0.0.1 "$PORT" <up >client.out
	finish a
	same up a.out
	same down client.out
}

@test "--mptcp is more than TCP, when both ends have it" {
	has socket.AF_INET 262 || skip "this kernel has no Multipath TCP"
	need ss
	listener a --mptcp 127.0.0.1 0
	spawn client "$PEERS/peer.py" connect "127.0.0.1:$PORT" close
	finish client
	finish a
	listener b -k --mptcp 127.0.0.1 0
	mkfifo in
	exec {w}<>in
	INPUT=in spawn c "$SOCKCAT" --mptcp 127.0.0.1 "$PORT"
	echo hello >&"$w"
	until_true has_line b.out hello
	ss -Mn state established | grep -q ":$PORT\b"
}

@test "--mptcp falls back when the peer has plain TCP" {
	has socket.AF_INET 262 || skip "this kernel has no Multipath TCP"
	random_file up 1000000
	random_file down 1000000
	INPUT=down listener a --mptcp 127.0.0.1 0
	"$SOCKCAT" 127.0.0.1 "$PORT" <up >client.out
	finish a
	same up a.out
	same down client.out
	INPUT=down listener b 127.0.0.1 0
	"$SOCKCAT" --mptcp 127.0.0.1 "$PORT" <up >client.out
	finish b
	same up b.out
	same down client.out
}

@test "--mptcp: refused is status 1, and commands and many clients work" {
	has socket.AF_INET 262 || skip "this kernel has no Multipath TCP"
	listener a -k --mptcp --exec cat 127.0.0.1 0
	[ "$("$SOCKCAT" --mptcp 127.0.0.1 "$PORT" <<<hello)" = hello ]
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" <<<hello)" = hello ]
	stop a
	run -1 "$SOCKCAT" --mptcp 127.0.0.1 "$PORT" </dev/null
	[[ $output == *refused* ]]
}

# --- letters of other netcats -------------------------------------------------

@test "-e and -c of other netcats: status 2, and what to use instead" {
	run -2 "$SOCKCAT" -l -e /bin/sh 0 </dev/null
	[[ $output == *-e*--exec* ]]
	run -2 "$SOCKCAT" -e /bin/sh 127.0.0.1 1 </dev/null
	[[ $output == *-e*--exec* ]]
	run -2 "$SOCKCAT" -l -c 'date; id' 0 </dev/null
	[[ $output == *-c*--sh-exec* ]]
	run -2 "$SOCKCAT" -lkc 'date; id' 0 </dev/null
	[[ $output == *-c*--sh-exec* ]]
}

# --- no thread to be had -----------------------------------------------------

@test "a look-up without a thread is done all the same" {
	local -a lone=()
	need prlimit
	# LeakSanitizer needs a thread.
	[[ ${SOCKCAT_SANITIZERS:-no} != *address* ]] ||
		export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0"
	if [ "$(id -u)" -eq 0 ]; then	# who has no such limit
		open_directory
		open_copy "$SOCKCAT"
		lone=(as_nobody)
	else
		COPY=$SOCKCAT
	fi
	listener server 127.0.0.1 0
	run -0 "${lone[@]}" prlimit --nproc=1 "$COPY" -4 -v localhost "$PORT" \
	    <<<text
	assert_output --partial 'resolve localhost: no thread'
	finish server
	[ "$(cat server.out)" = text ]
	run -4 "${lone[@]}" prlimit --nproc=1 "$COPY" no-such.invalid "$PORT"
	assert_output --partial 'resolve no-such.invalid'
}
