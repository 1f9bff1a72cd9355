#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Systems with little in them: no /dev, /proc, /tmp, /etc; one family of
# addresses, or none.

# A test is a subshell; bats and helpers.bash set output, NS, PID ...
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

load helpers

# bare: a network of its own, and words in BARE that run sockcat there with a root
# directory that holds libraries and itself, as /sockcat.
bare() {
	case ${SOCKCAT_SANITIZERS:-no} in
	no) ;;
	*) skip "sanitizers need /proc" ;;
	esac
	mkdir jail
	cp "$(command -v "$SOCKCAT")" sockcat
	netns 'mount -t tmpfs none jail
		cp sockcat jail
		for dir in /usr/lib /lib /lib32 /lib64 /libx32; do
			[ -d $dir ] || continue
			mkdir -p jail$dir
			mount --rbind $dir jail$dir
		done'
	BARE=("${NS[@]}" chroot "$PWD/jail" /sockcat)
	"${BARE[@]}" --version >/dev/null ||
	    skip "the program does not run in a directory of its own"
}

# bare_listener NAME ARGUMENT...: one of BARE; sets PORT.
bare_listener() {
	local name=$1 ready
	shift
	mkfifo "$name.ready"
	exec {ready}<>"$name.ready"
	(close_others && exec "${BARE[@]}" -l --ready-fd 4 "$@") \
	    <"${INPUT:-/dev/null}" >"$name.out" 2>"$name.err" 4>"$name.ready" &
	PID[$name]=$!
	read -r -t 30 ADDR PORT <&"$ready" ||
	    fail "listener $name was not ready in time"
	exec {ready}>&-
}

@test "no /dev/null, and 0, 1, 2 closed in every combination" {
	local set status
	bare
	echo hello >data
	for set in 0 1 2 01 02 12 012; do
		rm -f peer.out got
		spawn peer "${NS[@]}" "$PEERS/peer.py" listen 127.0.0.1:0 \
		    send:data recv:got
		until_true test -s peer.out
		status=0
		echo sent | without "$set" "${BARE[@]}" 127.0.0.1 \
		    "$(head -n 1 peer.out)" >out 2>err || status=$?
		if [[ $set == *1* ]]; then
			[ "$status" -eq 6 ] || fail "$set: status $status"
			[[ $set == *2* ]] ||
			    grep -q '^sockcat: .*standard output: ' err
			finish peer any
			continue
		fi
		[ "$status" -eq 0 ] || fail "$set: status $status $(cat err)"
		[ "$(cat out)" = hello ] || fail "$set: $(cat out)"
		finish peer
		if [[ $set == *0* ]]; then
			[ ! -s got ] || fail "$set: $(cat got)"
		else
			[ "$(cat got)" = sent ] || fail "$set: $(cat got)"
		fi
	done
}

@test "no /dev/null: a closed input is none at all, for a listener" {
	bare
	mkfifo ready
	exec {ready}<>ready
	"${BARE[@]}" -l -v --ready-fd 4 127.0.0.1 0 <&- >server.out \
	    2>server.err 4>ready {ready}>&- 3>&- &
	PID[server]=$!
	read -r -t 30 _ PORT <&"$ready"
	echo hello | "${BARE[@]}" 127.0.0.1 "$PORT"
	finish server
	[ "$(cat server.out)" = hello ]
	# The half-close came after the peer's.
	[ "$(grep -n half-closed server.err | cut -d: -f1)" -gt \
	    "$(grep -n 'ended its direction' server.err | cut -d: -f1)" ]
}

@test "no /dev/null, and nothing to take its place: why, and status 6" {
	need_strace
	bare
	run -6 strace -o trace -e trace=memfd_create \
	    -e inject=memfd_create:error=ENOSYS \
	    sh -c 'exec "$@" <&-' sh "${BARE[@]}" 127.0.0.1 1
	assert_output "sockcat: descriptor 0 is closed, and /dev/null: No such\
 file or directory"
}

@test "an empty root directory: all that needs nothing of it works" {
	bare
	random_file up 1M
	random_file down 1M
	INPUT=down bare_listener tcp 127.0.0.1 0
	"${BARE[@]}" 127.0.0.1 "$PORT" <up >client.out
	finish tcp
	same up tcp.out
	same down client.out
	bare_listener udp -u --lines 127.0.0.1 0
	echo hello | "${BARE[@]}" -u -q 0 127.0.0.1 "$PORT"
	finish udp
	[ "$(cat udp.out)" = hello ]
	bare_listener path -U /path
	"${BARE[@]}" -U /path <up
	finish path
	same up path.out
	bare_listener command -k --exec '/sockcat --version' 127.0.0.1 0
	[[ "$("${BARE[@]}" -d 127.0.0.1 "$PORT")" == "sockcat "* ]]
	bare_listener forward -k --forward "127.0.0.1:$PORT" 127.0.0.1 0
	[[ "$("${BARE[@]}" -d 127.0.0.1 "$PORT")" == "sockcat "* ]]
}

@test "an empty root directory: what is missing is named" {
	bare
	run -2 "${BARE[@]}" 127.0.0.1 http </dev/null
	assert_output --partial "port 'http'"
	run -4 "${BARE[@]}" nosuch.test 80 </dev/null
	assert_output --partial "resolve nosuch.test"
	run -2 "${BARE[@]}" -l --user nobody 0 </dev/null
	assert_output --partial "--user: there is no user 'nobody'"
	run -127 "${BARE[@]}" -l --sh-exec true 127.0.0.1 0 </dev/null
	assert_output "sockcat: --sh-exec /bin/sh: No such file or directory"
	bare_listener terminal --pty --exec /sockcat 127.0.0.1 0
	run "${BARE[@]}" 127.0.0.1 "$PORT" </dev/null
	finish terminal 6
	grep -q 'pseudo-terminal (/dev/ptmx): No such file' terminal.err
}

@test "an empty root directory: TLS" {
	need_tls
	bare
	bare_listener server -c --pin-file /pin 127.0.0.1 0
	echo hello | "${BARE[@]}" -c --tls-insecure 127.0.0.1 "$PORT"
	finish server
	[ "$(cat server.out)" = hello ]
}

# --- one family of addresses --------------------------------------------------

# only FAMILY: a network where localhost means 127.0.0.1 and ::1, of which one
# alone is there, and mixed.test means that and one of nobody's.
only() {
	local other
	printf '%s localhost\n' 127.0.0.1 ::1 >hosts
	if [ "$1" = -4 ]; then
		other='ip -6 addr del ::1/128 dev lo'
		printf '%s mixed.test\n' 127.0.0.1 192.0.2.1 >>hosts
	else
		need_ipv6
		other='ip -4 addr del 127.0.0.1/8 dev lo'
		printf '%s mixed.test\n' ::1 2001:db8::1 >>hosts
	fi
	netns "mount --bind hosts /etc/hosts
		$other || true"
}

@test "-l localhost where only one of 127.0.0.1 and ::1 is there" {
	local family other address udp
	local -A there=([-4]=127.0.0.1 [-6]=::1)
	for family in -4 -6; do
		address=${there[$family]}
		[ "$family" = -4 ] && other=-6 || other=-4
		only "$family"
		for udp in '' -u; do
			# shellcheck disable=SC2086 # nothing, or a word
			run -3 "${NS[@]}" "$SOCKCAT" -l -v $udp \
			    --accept-timeout 10ms localhost 0 </dev/null
			assert_output --partial "bound to $address port "
			assert_output --partial "not listening on "
		done
		# The other family was asked for.
		run -6 "${NS[@]}" "$SOCKCAT" -l "${there[$other]}" 0 </dev/null
		assert_output --partial "Cannot assign requested address"
		run -6 "${NS[@]}" "$SOCKCAT" -l "$other" localhost 0 </dev/null
		assert_output --partial "Cannot assign requested address"
		# It is not the family that is missing.
		run -6 "${NS[@]}" "$SOCKCAT" -l mixed.test 0 </dev/null
		assert_output --partial "Cannot assign requested address"
		stop netns
	done
}

@test "-l localhost where neither is there: status 6, and why" {
	printf '%s localhost\n' 127.0.0.1 ::1 >hosts
	netns 'mount --bind hosts /etc/hosts
		ip addr flush dev lo'
	run -6 "${NS[@]}" "$SOCKCAT" -l localhost 0 </dev/null
	assert_output --partial "Cannot assign requested address"
}
