#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# An option that is given twice: lists grow, of the others the last one counts,
# and nothing that keeps somebody out is dropped silently.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers

setup_file() {
	certificates
}

# The options whose arguments add up; each has its test below.
growing='allow
allow-dest
allowfile
deny
deny-dest
denyfile
multicast
proxy
proxy-auth
proxy-type
tls-ca
tls-pin'

# Those that keep somebody out, of which the last one counts, and two values.
guarding='chroot / /tmp
interface lo eth7
md5sig one two
min-ttl 5 1
mode 600 666
source 127.0.0.1 127.0.0.2
tls-ciphers HIGH ALL
tls-client-ca one two
tls-min 1.3 1.2
tls-name one.test two.test
user root daemon'

# in_source MACRO: the words of such options in src/options/table.c.
in_source() {
	sed -n "s/^	$1(.*\"\(.*\)\", \"[A-Z]*\",.*/\1/p" \
	    "$top_srcdir/src/options/table.c" | sort
}

# guard ARGUMENT...: a listener that tells those who are let in.
guard() {
	listener guard -k -v --exec 'echo welcome' "$@" 127.0.0.1 0
}

# let_in SOURCE..., turned_away SOURCE...: all of these are.
let_in() {
	local from
	for from; do
		[ "$("$SOCKCAT" -s "$from" 127.0.0.1 "$PORT" </dev/null)" = welcome ] ||
		    fail "$from was not let in"
	done
}

turned_away() {
	local from
	for from; do
		[ -z "$("$SOCKCAT" -s "$from" 127.0.0.1 "$PORT" </dev/null 2>/dev/null)" ] ||
		    fail "$from was let in"
	done
}

@test "these are all options that grow, and all that keep somebody out" {
	[ -e "$top_srcdir/src/options/table.c" ] || skip "the source is not here"
	assert_equal "$(in_source LIST)" "$growing"
	assert_equal "$(in_source GUARD)" "$(cut -d' ' -f1 <<<"$guarding")"
}

# --- lists -------------------------------------------------------------------

@test "--deny: each of them, in any order and beside the others" {
	guard --deny 127.0.0.1 --deny 192.0.2.1
	turned_away 127.0.0.1
	let_in 127.0.0.2
	stop guard
	guard --deny 192.0.2.1 --deny=127.0.0.1 --deny 127.0.0.2,127.0.0.3 \
	    --allow 127.0.0.0/8
	turned_away 127.0.0.1 127.0.0.2 127.0.0.3
	let_in 127.0.0.4
}

@test "--deny: UDP, too" {
	listener guard -ukv --deny 127.0.0.1 --deny 192.0.2.1 127.0.0.1 0
	"$SOCKCAT" -u --send-only -s 127.0.0.1 127.0.0.1 "$PORT" <<<no
	"$SOCKCAT" -u --send-only -s 127.0.0.2 127.0.0.1 "$PORT" <<<yes
	until_true has_line guard.out yes
	assert_equal "$(<guard.out)" yes
}

@test "--allow: each of them, and nobody else" {
	guard --allow 127.0.0.1 --allow 127.0.0.3,127.0.0.4
	let_in 127.0.0.1 127.0.0.3 127.0.0.4
	turned_away 127.0.0.2 127.0.0.5
}

@test "--denyfile and --allowfile: each of them, also after HUP" {
	echo 127.0.0.1 >one
	echo 127.0.0.2 >two
	guard --denyfile one --denyfile two
	turned_away 127.0.0.1 127.0.0.2
	let_in 127.0.0.3
	echo 127.0.0.3 >one
	kill -HUP "${PID[guard]}"
	until_true has_line guard.err 'read again'
	turned_away 127.0.0.2 127.0.0.3
	let_in 127.0.0.1
	stop guard
	guard --allowfile one --allowfile two
	let_in 127.0.0.2 127.0.0.3
	turned_away 127.0.0.1
	run -6 "$SOCKCAT" -l --denyfile missing --denyfile two 127.0.0.1 0
	assert_output --partial missing
}

@test "a mistake in the first of several is found" {
	run -2 "$SOCKCAT" -l --deny 1.2.3.4/33 --deny 192.0.2.1 127.0.0.1 0
	assert_output --partial "--deny: '1.2.3.4/33'"
	run -2 "$SOCKCAT" -l --allow 1.2.3 --allow 192.0.2.1 127.0.0.1 0
	assert_output --partial "--allow: '1.2.3'"
	run -2 "$SOCKCAT" -lu --multicast 10.0.0.1 --multicast 239.1.2.3 0
	assert_output --partial "--multicast: '10.0.0.1'"
	run -2 "$SOCKCAT" -c -H 00 -H "$(printf '%064d' 0)" 127.0.0.1 1
	assert_output --partial "--tls-pin: '00'"
}

# sent_to GROUP TEXT: to port 4711 of it.
sent_to() {
	"$SOCKCAT" -u --send-only --interface eth "$1" 4711 <<<"$2"
}

@test "--multicast: every group, of both families, and no other" {
	need_ipv6
	in_net 'ip link add eth type veth peer name peer
		ip link set eth multicast on up
		ip link set peer up
		ip addr add 10.9.0.1/24 dev eth
		ip addr add fd09::1/64 dev eth nodad'
	listener member -u -k -v --interface eth --multicast 239.1.2.3 \
	    --multicast 239.1.2.4 --multicast ff05::4711 4711
	[ "$(grep -c 'joined multicast group' member.err)" -eq 3 ]
	sent_to 239.1.2.5 none
	sent_to 239.1.2.3 one
	sent_to 239.1.2.4 two
	sent_to ff05::4711 three
	until_true has_line member.out three
	until_true has_line member.out two
	assert_equal "$(sort member.out | paste -sd' ')" "one three two"
	stop member
	# A group that no socket can join is not left out.
	run -6 timeout 20 "$SOCKCAT" -l -u --interface eth --multicast 239.1.2.3 \
	    --multicast ff05::4711 127.0.0.1 0
	assert_output --partial 'group ff05::4711'
}

@test "--tls-ca: the roots of all of them" {
	need_tls
	local order
	for order in "-R $CERTS/ca.pem -R $CERTS/other.pem" \
	    "-R $CERTS/other.pem --ssl-trustfile $CERTS/ca.pem"; do
		listener server -c --tls-cert "$CERTS/server.pem" 127.0.0.1 0
		# shellcheck disable=SC2086 # options and their values
		"$SOCKCAT" -c $order 127.0.0.1 "$PORT" <<<hello
		finish server
		assert_equal "$(<server.out)" hello
	done
}

@test "--tls-pin: any one of them is good, and no other, in either role" {
	need_tls
	local good other client
	good=$(pin_of "$CERTS/server.pem")
	other=$(pin_of "$CERTS/named.pem")
	client=$(pin_of "$CERTS/client.pem")
	listener server -c -k --tls-cert "$CERTS/server.pem" 127.0.0.1 0
	"$SOCKCAT" -c -H "$good" -H "$other" 127.0.0.1 "$PORT" <<<first
	"$SOCKCAT" -c -H "$other" --tls-pin "$good" 127.0.0.1 "$PORT" <<<last
	until_true has_line server.out last
	run -5 "$SOCKCAT" -c -H "$other" -H "$client" 127.0.0.1 "$PORT" <<<no
	assert_output --partial 'another one than the pins say'
	stop server
	assert_equal "$(paste -sd' ' server.out)" "first last"
	listener server -c -k --tls-cert "$CERTS/server.pem" -H "$other" \
	    -H "$client" 127.0.0.1 0
	"$SOCKCAT" -c -H "$good" --tls-cert "$CERTS/client.pem" 127.0.0.1 \
	    "$PORT" <<<yes
	"$SOCKCAT" -c -H "$good" --tls-cert "$CERTS/stranger.pem" 127.0.0.1 \
	    "$PORT" <<<no || [ $? -eq 5 ]
	until_true has_line server.out yes
	stop server
	assert_equal "$(<server.out)" yes
}

# --- the last one ------------------------------------------------------------

@test "of the others the last one counts" {
	listener server -k -p 1 -p 0 --max-accepts 1 --max-accepts 2 \
	    --exec 'echo one' --exec 'echo two' 127.0.0.1
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" </dev/null)" = two ]
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" </dev/null)" = two ]
	finish server
	[ ! -s server.err ]
	run -3 "$SOCKCAT" -l --accept-timeout 1h --accept-timeout 10ms 127.0.0.1 0
	# A wrong one is never good.
	run -2 "$SOCKCAT" -l --accept-timeout x --accept-timeout 10ms 127.0.0.1 0
}

@test "... also if that one has no argument" {
	local silent
	mkfifo silent
	exec {silent}<>silent
	echo answer >silent
	INPUT=silent listener server 127.0.0.1 0
	[ "$("$SOCKCAT" --reply=10m --reply 127.0.0.1 "$PORT" <<<question)" = answer ]
	stop server
	run -1 "$SOCKCAT" -vv --keepalive=77 --keepalive 127.0.0.1 "$PORT"
	[[ $output == *"SO_KEEPALIVE = 1"* && $output != *" = 77"* ]]
}

@test "what keeps somebody out is dropped with a word, in any spelling" {
	local option one two said
	while read -r option one two; do
		said="--$option) is given twice: '$one' does not count, '$two' does"
		run "$SOCKCAT" --version "--$option=$one" "--$option=$two"
		[[ ${output/--$option is/--$option) is} == *"warning: "*"$said"* ]] ||
		    fail "--$option: $output"
		run "$SOCKCAT" --version "--$option=$one" "--$option=$one"
		[[ $output != *warning* ]]
	done <<<"$guarding"
	run "$SOCKCAT" --version -e one.test --tls-name two.test
	assert_output --partial "'one.test' does not count, 'two.test' does"
}

@test "an address to listen on is not given twice in two ways" {
	run -2 timeout 20 "$SOCKCAT" -l -s 127.0.0.1 0.0.0.0 0
	assert_output --partial "'0.0.0.0': -s has given the address"
	run -2 timeout 20 "$SOCKCAT" -l -s 127.0.0.1 -p 0 0.0.0.0
	assert_output --partial "'0.0.0.0': -s has given the address"
	run -2 timeout 20 "$SOCKCAT" -l -s 127.0.0.1 0.0.0.0:0
	assert_output --partial "'0.0.0.0:0': -s has given the address"
	run -3 "$SOCKCAT" -lv --accept-timeout 0 -s 127.0.0.1 :0
	assert_output --partial 'listening on 127.0.0.1 port'
	[[ $output != *"listening on 0.0.0.0"* ]]
}

# --- what can't be done ------------------------------------------------------

@test "what keeps somebody out, and can't, is refused at the start" {
	local words
	while read -r words; do
		# shellcheck disable=SC2086 # words
		run -2 --separate-stderr timeout 20 "$SOCKCAT" -l $words
		[ -n "$stderr" ]
	done <<-'END'
		-u -m 20 127.0.0.1 0
		--sctp -m 20 127.0.0.1 0
		--socket-activation -m 20
		--socket-activation -S
		--socket-activation -4
		--socket-activation -6
		-U --deny 127.0.0.1 sock
		-U --allowfile /dev/null sock
		-U --mode 600 @abstract
	END
	run -2 "$SOCKCAT" -l -U --mode 600 @abstract
	assert_output --partial "'@abstract'"
}
