#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Who may come: --allow, --deny and their files.

load helpers

# echo_server ADDRESS: everybody gets back what they send.  Sets TARGET.
echo_server() {
	spawn echo "$PEERS/crowd.py" echo "$1"
	until_true has_line echo.out .
	TARGET=127.0.0.1:$(head -n 1 echo.out)
}

# guard ARGUMENT...: a listener that tells those who are let in.
guard() {
	listener guard -k -v --exec 'echo welcome' "$@" "${HOST:-127.0.0.1}" 0
}

# let_in SOURCE...: all of these are.
let_in() {
	local from
	for from; do
		[ "$("$SOCKCAT" -s "$from" "${HOST:-127.0.0.1}" "$PORT" </dev/null)" = welcome ] ||
		    fail "$from was not let in"
	done
}

# turned_away SOURCE...: all of these are, and -v says why.
turned_away() {
	local from
	for from; do
		[ -z "$("$SOCKCAT" -s "$from" "${HOST:-127.0.0.1}" "$PORT" </dev/null 2>/dev/null)" ] ||
		    fail "$from was let in"
		grep -qF "denied ${from/#*:*/[$from]}:" guard.err ||
		    fail "nothing about $from in: $(cat guard.err)"
	done
}

# says ADDRESS TEXT: a line from there, to a UDP listener.
says() {
	"$SOCKCAT" -u --send-only -s "$1" 127.0.0.1 "$PORT" <<<"$2"
}

# activated ARGUMENT...: a guard on an IPv6 socket that is for IPv4, too.
activated() {
	cat >activate.py <<-'END'
	import os, socket, sys
	stream = "-u" not in sys.argv
	s = socket.socket(socket.AF_INET6,
	                  socket.SOCK_STREAM if stream else socket.SOCK_DGRAM)
	s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
	s.bind(("::", 0))
	if stream:
	    s.listen()
	with open("port", "w") as out:
	    out.write(f"{s.getsockname()[1]}\n")
	if s.fileno() != 3:
	    os.dup2(s.fileno(), 3)
	os.set_inheritable(3, True)
	os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1"}
	os.execv(sys.argv[1], sys.argv[1:])
	END
	spawn guard python3 -S activate.py "$SOCKCAT" -lk -v --socket-activation \
	    --exec 'echo welcome' "$@"
	until_true has_line guard.err 'listening on'
	read -r PORT <port
}

# --- lists -------------------------------------------------------------------

@test "addresses, blocks and ranges" {
	guard --allow 127.0.0.2
	let_in 127.0.0.2
	turned_away 127.0.0.1 127.0.0.3
	grep -q 'denied 127.0.0.1:.*not on the list of --allow' guard.err
	stop guard
	guard --allow 127.0.0.0/30
	let_in 127.0.0.1 127.0.0.3
	turned_away 127.0.0.4
	stop guard
	guard --allow 127.0.0.2-127.0.0.4
	let_in 127.0.0.2 127.0.0.3 127.0.0.4
	turned_away 127.0.0.1 127.0.0.5
	stop guard
	guard --deny '127.0.0.2, 127.0.0.4/31 127.0.0.8-9'
	let_in 127.0.0.1 127.0.0.3 127.0.0.6 127.0.0.7 127.0.0.10
	turned_away 127.0.0.2 127.0.0.4 127.0.0.5 127.0.0.8 127.0.0.9
	grep -q 'denied 127.0.0.2:.*on the list of --deny' guard.err
}

@test "deny wins" {
	guard --allow 127.0.0.0/8 --deny 127.0.0.2
	let_in 127.0.0.1
	turned_away 127.0.0.2
	stop guard
	echo 127.0.0.2 >allow
	guard --deny 127.0.0.0/8 --allowfile allow --allow 127.0.0.1
	turned_away 127.0.0.1 127.0.0.2
}

@test "files, with comments; they add to what is on the command line" {
	printf '# these\r\n127.0.0.2\r\n\n  127.0.0.4-6,127.0.0.8 # not .9\n127.0.0.10' >allow
	printf '127.0.0.5\n' >deny
	guard --allowfile allow --denyfile deny --allow 127.0.0.12 \
	    --deny 127.0.0.8
	let_in 127.0.0.2 127.0.0.4 127.0.0.6 127.0.0.10 127.0.0.12
	turned_away 127.0.0.1 127.0.0.5 127.0.0.8 127.0.0.9
}

@test "an empty file of those to let in: nobody" {
	: >allow
	guard --allowfile allow
	turned_away 127.0.0.1
}

@test "names" {
	printf '%s\n' '127.0.0.1 localhost' '127.0.0.2 friend' \
	    '127.0.0.3 friend' '127.0.0.4 foe-1.example' >hosts
	in_net "mount --bind '$PWD/hosts' /etc/hosts"
	guard --allow friend,127.0.0.4 --deny foe-1.example
	let_in 127.0.0.2 127.0.0.3
	turned_away 127.0.0.1 127.0.0.4
	run -4 "$SOCKCAT" -l --allow nobody.invalid 127.0.0.1 0 </dev/null
	[[ $output == *nobody.invalid* ]]
	run -4 "$SOCKCAT" -ln --allow friend 127.0.0.1 0 </dev/null
	[[ $output == *friend* ]]
}

@test "IPv6; IPv4 lists are not for it" {
	need_ipv6
	# shellcheck disable=SC2016 # for the inner shell
	in_net 'for i in 2 3 4 5; do ip addr add fd09::$i/128 dev lo; done'
	HOST=::1
	guard --allow 'fd09::2/127,[fd09::5]' --deny '0.0.0.0/0'
	let_in fd09::2 fd09::3 fd09::5
	turned_away ::1 fd09::4
	stop guard
	guard --deny fd09::3-fd09::4
	let_in ::1 fd09::2 fd09::5
	turned_away fd09::3 fd09::4
}

@test "IPv4 clients of an IPv6 socket are judged by their IPv4 address" {
	need_ipv6
	activated --allow 127.0.0.0/29,::1 --deny 127.0.0.2
	let_in 127.0.0.1 127.0.0.3
	HOST=::1 let_in ::1
	local from
	for from in 127.0.0.2 127.0.0.9; do
		[ -z "$("$SOCKCAT" -s "$from" 127.0.0.1 "$PORT" </dev/null 2>/dev/null)" ]
	done
	[ "$(grep -c ' denied ' guard.err)" -eq 2 ]
}

@test "... and are plain IPv4 for commands and in messages" {
	need_ipv6
	activated --exec env
	"$SOCKCAT" -s 127.0.0.3 127.0.0.1 "$PORT" </dev/null >seen
	grep -qx TCPREMOTEIP=127.0.0.3 seen
	grep -qx NCAT_REMOTE_ADDR=127.0.0.3 seen
	grep -qx TCPLOCALIP=127.0.0.1 seen
	grep -qx NCAT_LOCAL_ADDR=127.0.0.1 seen
	"$SOCKCAT" ::1 "$PORT" </dev/null >seen
	grep -qx TCPREMOTEIP=::1 seen
	grep -q "accepted 127.0.0.3:[0-9]* on 127.0.0.1:$PORT" guard.err
	grep -q 'accepted .::1.:[0-9]* on .::1.:' guard.err
	run ! grep ffff guard.err
	stop guard
	# All of env(1) may be more than one datagram.
	activated -u --exec "sh -c 'echo UDPREMOTEIP=\$UDPREMOTEIP'" \
	    --deny 127.0.0.2
	"$SOCKCAT" -u -q 5 -W 1 -s 127.0.0.3 127.0.0.1 "$PORT" <<<x >seen
	grep -qx UDPREMOTEIP=127.0.0.3 seen
	says 127.0.0.2 no
	until_true has_line guard.err 'denied 127.0.0.2:'
	run ! grep ffff guard.err
}

@test "bad lists: status 2, and which word" {
	local word option
	for word in 1.2.3 1.2.3.4/33 ::1/129 1.2.3.4/ 1.2.3.9-1.2.3.4 1.2.3.4-::1 \
	    01.2.3.4 'a*b' 1.2.3.4-256 fe80::1%lo; do
		for option in --allow --deny; do
			run -2 "$SOCKCAT" -lk $option "127.0.0.1,$word" 127.0.0.1 0 </dev/null
			[[ $output == *"$option"*"'$word'"* ]]
		done
	done
	printf '127.0.0.1\n1.2.3.4/33 # no\n' >list
	run -2 "$SOCKCAT" -lk --denyfile list 127.0.0.1 0 </dev/null
	[[ $output == *list*"'1.2.3.4/33'"* ]]
	run -6 "$SOCKCAT" -lk --denyfile missing 127.0.0.1 0 </dev/null
	[[ $output == *missing* ]]
}

# --- who is turned away ------------------------------------------------------

@test "turned away at once, and not counted" {
	guard --max-accepts 2 --deny 127.0.0.2
	turned_away 127.0.0.2
	let_in 127.0.0.1
	turned_away 127.0.0.2 127.0.0.2
	let_in 127.0.0.1
	finish guard
	listener guard -kv --max-accepts 1 --deny 127.0.0.2 127.0.0.1 0
	turned_away 127.0.0.2
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<one
	finish guard
	[ "$(cat guard.out)" = one ]
}

@test "one client: who is turned away is not that" {
	listener guard -v --deny 127.0.0.2 127.0.0.1 0
	turned_away 127.0.0.2 127.0.0.2
	"$SOCKCAT" 127.0.0.1 "$PORT" <<<one
	finish guard
	[ "$(cat guard.out)" = one ]

	listener guard -v --deny 127.0.0.2 --exec 'echo welcome' 127.0.0.1 0
	turned_away 127.0.0.2
	let_in 127.0.0.1
	finish guard

	echo_server 127.0.0.1:0
	listener guard -v --deny 127.0.0.2 --forward "$TARGET" 127.0.0.1 0
	turned_away 127.0.0.2
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" <<<one)" = one ]
	finish guard
}

@test "a client that is turned away gets nothing of standard input" {
	echo secret >in
	INPUT=in listener guard -v --deny 127.0.0.2 127.0.0.1 0
	turned_away 127.0.0.2
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" </dev/null)" = secret ]
	finish guard
}

@test "UDP: dropped, and not the peer" {
	INPUT=/dev/null listener guard -uv -W 1 --deny 127.0.0.2 127.0.0.1 0
	says 127.0.0.2 no
	until_true has_line guard.err 'denied 127.0.0.2:'
	says 127.0.0.1 yes
	finish guard
	[ "$(cat guard.out)" = yes ]

	listener guard -ukv --allow 127.0.0.1,127.0.0.3 127.0.0.1 0
	says 127.0.0.2 no
	says 127.0.0.1 one
	says 127.0.0.2 no
	says 127.0.0.3 three
	until_true has_line guard.out three
	[ "$(paste -sd' ' guard.out)" = "one three" ]
	stop guard

	echo_server udp:127.0.0.1:0
	listener guard -ukv --deny 127.0.0.2 --forward "$TARGET" 127.0.0.1 0
	says 127.0.0.2 no
	[ "$("$SOCKCAT" -u -W 1 -q -1 127.0.0.1 "$PORT" <<<one)" = one ]
	[ "$(grep -c '^got ' echo.out)" -eq 1 ]
	stop guard
}

# --- HUP ---------------------------------------------------------------------

# reloaded N: the guard has read its files N times, well or not.
reloaded() {
	[ "$(grep -c 'read again\|stay as they were' guard.err)" -ge "$1" ]
}

# reloads: the guard whose file `deny' has 127.0.0.2 reads it again.
reloads() {
	turned_away 127.0.0.2
	echo 127.0.0.3 >deny
	kill -HUP "${PID[guard]}"
	until_true reloaded 1
	[ "$("$SOCKCAT" -s 127.0.0.2 127.0.0.1 "$PORT" <<<welcome)" = welcome ]
	turned_away 127.0.0.3
	has_line guard.err 'read again'
	# A mistake leaves everything as it was.
	echo 127.0.0.4,127.0.0.5/33 >deny
	kill -HUP "${PID[guard]}"
	until_true reloaded 2
	[ "$("$SOCKCAT" -s 127.0.0.4 127.0.0.1 "$PORT" <<<welcome)" = welcome ]
	turned_away 127.0.0.3
	grep -q "127.0.0.5/33.*stay as they were" guard.err
	rm deny
	kill -HUP "${PID[guard]}"
	until_true reloaded 3
	turned_away 127.0.0.3
	grep -q "deny: No such file.*stay as they were" guard.err
	stop guard
}

@test "HUP reads the files again: commands" {
	echo 127.0.0.2 >deny
	listener guard -kv --exec cat --denyfile deny 127.0.0.1 0
	reloads
}

@test "HUP reads the files again: --forward" {
	echo 127.0.0.2 >deny
	echo_server 127.0.0.1:0
	listener guard -kv --forward "$TARGET" --denyfile deny 127.0.0.1 0
	reloads
}

@test "HUP reads the files again: standard input and output" {
	local from
	echo 127.0.0.2 >deny
	listener guard -kv --denyfile deny 127.0.0.1 0
	for from in 127.0.0.2 127.0.0.3; do
		"$SOCKCAT" -s $from 127.0.0.1 "$PORT" <<<"before $from" 2>/dev/null || true
	done
	until_true has_line guard.out 'before 127.0.0.3'
	echo 127.0.0.3 >deny
	kill -HUP "${PID[guard]}"
	for from in 127.0.0.3 127.0.0.2; do
		"$SOCKCAT" -s $from 127.0.0.1 "$PORT" <<<"after $from" 2>/dev/null || true
	done
	until_true has_line guard.out 'after 127.0.0.2'
	[ "$(paste -sd' ' guard.out)" = "before 127.0.0.3 after 127.0.0.2" ]
	echo 127.0.0.2/33 >deny
	kill -HUP "${PID[guard]}"
	"$SOCKCAT" -s 127.0.0.2 127.0.0.1 "$PORT" <<<"bad"
	until_true has_line guard.out bad
	grep -q "127.0.0.2/33.*stay as they were" guard.err
	stop guard
}

@test "HUP reads the files again: UDP" {
	echo 127.0.0.2 >deny
	listener guard -ukv --denyfile deny 127.0.0.1 0
	says 127.0.0.2 one
	says 127.0.0.3 two
	until_true has_line guard.out two
	echo 127.0.0.3 >deny
	kill -HUP "${PID[guard]}"
	says 127.0.0.3 three
	says 127.0.0.2 four
	until_true has_line guard.out four
	[ "$(paste -sd' ' guard.out)" = "two four" ]
	stop guard
}

@test "HUP reads the files again: UDP, --forward and commands" {
	local what
	echo_server udp:127.0.0.1:0
	for what in "--forward $TARGET" "--exec cat"; do
		echo 127.0.0.2 >deny
		# shellcheck disable=SC2086 # two words
		listener guard -ukv $what --denyfile deny 127.0.0.1 0
		says 127.0.0.2 one
		until_true has_line guard.err 'denied 127.0.0.2:'
		: >deny
		kill -HUP "${PID[guard]}"
		[ "$("$SOCKCAT" -u -W 1 -q -1 -s 127.0.0.2 127.0.0.1 "$PORT" <<<two)" = two ]
		has_line guard.err 'read again'
		stop guard
	done
}

@test "HUP reads the files again: peers of before, too, over UDP" {
	local what who reads
	echo_server udp:127.0.0.1:0
	for what in "--forward $TARGET" "--exec cat"; do
		: >deny
		rm -f in
		mkfifo in
		exec {IN}<>in
		# shellcheck disable=SC2086 # two words
		listener guard -ukv $what --denyfile deny 127.0.0.1 0
		INPUT=in spawn peer "$SOCKCAT" -u -s 127.0.0.2 127.0.0.1 "$PORT"
		echo one >&"$IN"
		until_true has_line peer.out one
		reads=0
		for who in 127.0.0.3 127.0.0.2; do
			echo "$who" >deny
			kill -HUP "${PID[guard]}"
			until_true reloaded $((reads += 1))
			if [ "$who" = 127.0.0.2 ]; then
				until_true has_line guard.err \
				    "closed $who:.*denied now"
			fi
			echo "$who" >&"$IN"
			until_true grep -q "^$who\$\|denied $who:" peer.out \
			    guard.err
		done
		: >deny
		kill -HUP "${PID[guard]}"
		until_true reloaded 3
		echo three >&"$IN"
		until_true has_line peer.out three
		[ "$(paste -sd' ' peer.out)" = "one 127.0.0.3 three" ]
		kill "${PID[peer]}"
		finish peer any
		stop guard
	done
}

@test "HUP reads the files again: a connection that is there goes on" {
	mkfifo in
	exec {IN}<>in
	: >deny
	listener guard -kv --exec cat --denyfile deny 127.0.0.1 0
	INPUT=in spawn old "$SOCKCAT" -s 127.0.0.2 127.0.0.1 "$PORT"
	echo before >&"$IN"
	until_true has_line old.out before
	echo 127.0.0.2 >deny
	kill -HUP "${PID[guard]}"
	until_true reloaded 1
	turned_away 127.0.0.2
	echo after >&"$IN"
	until_true has_line old.out after
	stop old
	stop guard
}

@test "HUP reads the files again: standard input, over UDP" {
	local from
	: >deny
	mkfifo in
	exec {IN}<>in
	INPUT=in listener guard -ukv --denyfile deny 127.0.0.1 0
	for from in 127.0.0.2 127.0.0.3; do
		mkfifo "in$from"
		exec {fd}<>"in$from"
		INPUT=in$from spawn "peer$from" "$SOCKCAT" -u -s "$from" \
		    127.0.0.1 "$PORT"
		echo "hello of $from" >&"$fd"
		until_true has_line guard.out "hello of $from"
		echo "to $from" >&"$IN"
		until_true has_line "peer$from.out" "to $from"
		echo "$from" >deny
		kill -HUP "${PID[guard]}"
		until_true has_line guard.err "closed $from:.*denied now"
		echo "after $from" >&"$IN"
	done
	[ "$(paste -sd' ' peer127.0.0.2.out)" = "to 127.0.0.2" ]
	until_true has_line peer127.0.0.3.out "after 127.0.0.2"
	for from in 127.0.0.2 127.0.0.3; do
		kill "${PID[peer$from]}"
		finish "peer$from" any
	done
	stop guard
}

@test "UDP: many lines, in any order" {
	seq -f '10.9.8.%g' 255 -1 0 >deny
	seq -f '127.0.1.%g' 1 2 255 | shuf >>deny
	seq -f '192.0.%g.0/24' 0 255 >>deny
	echo 127.0.0.128/25 >>deny
	listener guard -ukv --denyfile deny 127.0.0.1 0
	says 127.0.0.1 one
	says 127.0.1.1 no
	says 127.0.1.255 no
	says 127.0.0.255 no
	says 127.0.1.2 two
	says 127.0.2.1 three
	until_true has_line guard.out three
	[ "$(paste -sd' ' guard.out)" = "one two three" ]
	stop guard
}

@test "HUP without lists, or without -k, ends it" {
	listener a -k 127.0.0.1 0
	kill -HUP "${PID[a]}"
	finish a 129
	listener a --deny 127.0.0.2 127.0.0.1 0
	kill -HUP "${PID[a]}"
	finish a 129
}

@test "names in a file are looked up again; a look-up without answer holds no signal up" {
	printf '%s\n' '127.0.0.2 foe' >hosts
	printf '%s\n' 'nameserver 127.0.0.1' 'options timeout:12 attempts:1' \
	    >resolv.conf
	printf '%s\n' 'hosts: files dns' 'services: files' >nsswitch.conf
	in_net "mount --bind '$PWD/nsswitch.conf' /etc/nsswitch.conf
		mount --bind '$PWD/hosts' /etc/hosts
		mount --bind '$PWD/resolv.conf' /etc/resolv.conf"
	spawn dns "${NS[@]}" "$PEERS/sockets.py" udp-mute@127.0.0.1:53
	until_true has_line dns.out 53
	echo foe >deny
	guard --denyfile deny
	turned_away 127.0.0.2
	echo '127.0.0.3 foe' >hosts
	# The list was read before.
	turned_away 127.0.0.2
	kill -HUP "${PID[guard]}"
	until_true has_line guard.err 'read again'
	let_in 127.0.0.2
	turned_away 127.0.0.3
	echo slow.example >deny
	kill -HUP "${PID[guard]}"
	until_true has_line dns.out got
	stop guard
	# It did not wait for what became of that.
	run ! grep 'stay as they were' guard.err
}
