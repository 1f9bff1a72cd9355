#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# UDP: from which address answers come; broadcast and multicast.

load helpers
load udp

# ready6 WORD...: `eth` is ready for IPv6 where WORD... runs; for until_true.
ready6() {
	"$@" ip -6 route show table all | grep -q '^multicast ff00::/8 dev eth'
}

# ethernet: two networks with a cable between their interfaces `eth`: in_net is
# 10.9.8.1 and fd09::1; $FAR runs sockcat in the other one, 10.9.8.2 and fd09::2.
ethernet() {
	local near=$SOCKCAT
	local -a far
	unshare -rnm ip link add eth type veth peer name far 2>/dev/null ||
	    skip "no veth interfaces here"
	in_net
	# shellcheck disable=SC2016 # for the inner shell
	spawn far "${NS[@]}" unshare -n sh -ec 'echo ready
		exec "$PEERS/sockets.py"'
	until_true has_line far.out ready
	far=(nsenter -t "${PID[far]}" -U -n -m --wd --preserve-credentials)
	"${NS[@]}" sh -ec "
		ip link add eth type veth peer name eth netns ${PID[far]}
		ip addr add 10.9.8.1/24 broadcast 10.9.8.255 dev eth
		ip -6 addr add fd09::1/64 dev eth nodad || true
		ip link set eth multicast on up"
	"${far[@]}" sh -ec '
		ip addr add 10.9.8.2/24 broadcast 10.9.8.255 dev eth
		ip -6 addr add fd09::2/64 dev eth nodad || true
		ip link set eth multicast on up'
	if [ -n "$("${NS[@]}" ip -6 addr show dev eth)" ]; then
		until_true ready6 "${NS[@]}"
		until_true ready6 "${far[@]}"
	fi
	printf '#!/bin/sh\nexec %s "%s" "$@"\n' "${far[*]}" "$near" >far
	chmod +x far
	FAR=$PWD/far
}

@test "answers come from the address that was asked" {
	local k
	input
	for k in -v -k; do
		INPUT=in listener a -u "$k" 0.0.0.0 0
		echo question >question
		INPUT=question spawn c "$SOCKCAT" -u -q 20 -W 1 127.0.0.5 "$PORT"
		until_true has_line a.out question
		echo answer >&"$IN"
		finish c
		[ "$(cat c.out)" = answer ]
		kill "${PID[a]}"
		finish a any
	done
}

@test "answers come from the address that was asked: no host, IPv6 too" {
	local k
	input
	need_ipv6
	in_net 'ip -6 addr add fd09::5/128 dev lo nodad'
	echo question >question
	for k in -v -k; do
		INPUT=in listener a -u "$k" 0
		INPUT=question spawn c "$SOCKCAT" -u -s ::1 -q 20 -W 1 fd09::5 \
		    "$PORT"
		until_true has_line a.out question
		echo answer >&"$IN"
		finish c
		[ "$(cat c.out)" = answer ]
		kill "${PID[a]}"
		finish a any
	done
}

@test "broadcast needs -b: status 1 and a hint without" {
	run -1 "$SOCKCAT" -u --send-only 127.255.255.255 9 <<<hello
	[[ $output == *"needs -b"* ]]
}

@test "broadcast: it arrives, and its answer comes back" {
	ethernet
	input
	echo question >question
	INPUT=in SOCKCAT=$FAR listener a -u -v -4 4711
	INPUT=question spawn c "$SOCKCAT" -u -b -q 20 -W 1 10.9.8.255 4711
	until_true has_line a.out question
	echo answer >&"$IN"
	finish c
	[ "$(cat c.out)" = answer ]
	grep -q "accepted 10.9.8.1:[0-9]* on 10.9.8.2:4711" a.err
}

@test "broadcast: -v names the port that is used" {
	local from
	ethernet
	SOCKCAT=$FAR listener a -u -v -W 1 -4 4711
	"$SOCKCAT" -u -v -b --send-only 10.9.8.255 4711 <<<hello 2>c.err
	finish a
	from=$(sed -n 's/.*connected \([0-9.]*:[0-9]*\) -> .*/\1/p' c.err)
	grep -q "accepted $from on " a.err
}

# group GROUP: two listeners have joined it; both get the question, and one
# answers.
group() {
	input
	echo question >question
	INPUT=in SOCKCAT=$FAR listener a -u --multicast "$1" --interface eth 4711
	SOCKCAT=$FAR listener b -u -v --multicast "$1" --interface eth 4711
	grep -q "joined multicast group $1" b.err
	INPUT=question spawn c "$SOCKCAT" -u --interface eth -q 20 -W 1 "$1" 4711
	until_true has_line a.out question
	until_true has_line b.out question
	echo answer >&"$IN"
	finish c
	[ "$(cat c.out)" = answer ]
}

@test "multicast, IPv4: every listener of the group, and the answer" {
	ethernet
	"${NS[@]}" ip route add 224.0.0.0/4 dev eth
	group 239.1.2.3
}

@test "multicast, IPv6: every listener of the group, and the answer" {
	ethernet
	"${NS[@]}" ip -6 addr show dev eth | grep -q fd09::1 ||
	    skip "no IPv6 here"
	group ff15::77
}

@test "multicast: --interface is the one that is used, whatever the routes say" {
	ethernet
	"${NS[@]}" sh -ec 'ip link add other type veth peer name end
		ip link set end up
		ip addr add 10.7.7.1/24 dev other
		ip link set other multicast on up
		ip route add 224.0.0.0/4 dev other'
	SOCKCAT=$FAR listener a -u -v -W 1 --multicast 239.1.2.3 --interface eth \
	    4711
	"$SOCKCAT" -u --send-only --interface eth 239.1.2.3 4711 <<<hello
	until_true has_line a.err "accepted 10.9.8.1:"
	finish a
	[ "$(cat a.out)" = hello ]
}

@test "multicast: who has not joined gets nothing" {
	ethernet
	"${NS[@]}" ip route add 224.0.0.0/4 dev eth
	SOCKCAT=$FAR listener a -u --multicast 239.1.2.3 --interface eth 4711
	"$SOCKCAT" -u --send-only 239.1.2.4 4711 <<<others
	"$SOCKCAT" -u --send-only 239.1.2.3 4711 <<<ours
	until_true has_line a.out ours
	[ "$(cat a.out)" = ours ]
}

@test "--multicast: not a group, or not for a listener of datagrams, is status 2" {
	run -2 "$SOCKCAT" -l -u --multicast 10.0.0.1 0
	run -2 "$SOCKCAT" -l -u --multicast nonsense 0
	run -2 "$SOCKCAT" -l --multicast 239.1.2.3 0
	run -2 timeout 5 "$SOCKCAT" -l -u -6 --multicast 239.1.2.3 0 </dev/null
	run -2 timeout 5 "$SOCKCAT" -l -u -4 --multicast ff15::77 0 </dev/null
	run -2 "$SOCKCAT" -u --multicast 239.1.2.3 127.0.0.1 1
}
