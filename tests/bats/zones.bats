#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The interface behind an address, fe80::1%eth0: it counts, or is refused.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers

# cable: a network with a cable between its interfaces b1 and b2, and routes that
# send groups to b2; $SOCKCAT runs in it.
cable() {
	in_net 'ip link add b1 type veth peer name b2
		ip link set b1 up
		ip link set b2 up
		ip -6 addr add fe80::b1/64 dev b1 nodad
		ip -6 addr add fe80::b2/64 dev b2 nodad
		ip -6 route add multicast ff00::/8 dev b2 table local metric 1'
}

# joined GROUP: the interface where it is joined, of its 32 digits.
joined() {
	"${NS[@]}" cat /proc/net/igmp6 | awk -v group="$1" \
	    '$3 == group { print $2 }'
}

# says STATUS TEXT ARGUMENT...
says() {
	local status=$1 text=$2
	shift 2
	run "-$status" --separate-stderr "$SOCKCAT" "$@" </dev/null
	[[ $stderr = *"$text"* ]] || fail "$stderr"
}

@test "--multicast: the interface of the group is the one that is joined" {
	local group
	cable
	for group in ff02::4242 ff05::4242 ff15::4242; do
		listener a -u -d --multicast "$group%b1" 0
		[ "$(joined "${group%%::*}000000000000000000000000""4242")" = b1 ]
		stop a
	done
	listener a -u -d --multicast ff05::4242 --interface b2 0
	[ "$(joined ff050000000000000000000000004242)" = b2 ]
	stop a
}

@test "--multicast: an interface that is not there, or another one" {
	cable
	says 2 "there is no interface 'nosuch'" -l -u --multicast \
	    ff02::4242%nosuch 0
	says 2 "'ff02::4242%b1' is not on --interface b2" -l -u --multicast \
	    ff02::4242%b1 --interface b2 0
	says 2 "an interface goes with an IPv6 address alone" -l -u \
	    --multicast 239.1.2.3%b1 0
}

@test "a datagram to a group leaves by the interface that is named" {
	cable
	listener a -u -v -d -W 1 --multicast ff05::4242%b2 5000
	"$SOCKCAT" -u --send-only ff05::4242%b1 5000 <<<hello
	finish a
	[ "$(cat a.out)" = hello ]
	grep -q 'accepted \[fe80::b1%b2\]:' a.err
}

@test "a listener at a group hears the interface that is named" {
	cable
	listener a -u -v -d -W 1 --multicast ff05::4242%b2 ff05::4242%b2 5000
	"$SOCKCAT" -u --send-only ff05::4242%b1 5000 <<<hello
	finish a
	[ "$(cat a.out)" = hello ]
}

@test "an interface behind an address that has none is refused" {
	local word='means the same on every interface: leave out'
	cable
	says 4 "::1 $word %lo" ::1%lo 5000
	says 4 "::1 $word %1" ::1%1 5000
	says 4 "::1 $word %1" -u ::1%1 5000
	says 4 "::1 $word %1" -z ::1%1 5000
	says 4 "::1 $word %1" -s ::1%1 ::1 5000
	says 4 "::1 $word %1" -l ::1%1 0
	says 4 "an interface goes with an IPv6 address" 127.0.0.1%lo 5000
	says 4 "an interface goes with an IPv6 address" -4 fe80::1%lo 5000
	says 4 "there is no interface '99'" fe80::1%99 5000
	says 2 "neither an address nor a name" -l --allow fe80::1%b1 ::1 0
	says 6 "fe80::b2%b1 is not on --interface b2" --interface b2 \
	    fe80::b2%b1 5000
	listener server -u --forward '[::1%1]:5000' 127.0.0.1 0
	"$SOCKCAT" -u --send-only 127.0.0.1 "$PORT" <<<hello
	finish server 4
	grep -q "::1 $word %1" server.err
}
