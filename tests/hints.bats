#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Messages that say what to do, for what people get wrong.

# bats and helpers.bash set output, NS ...
# shellcheck disable=SC2154

load helpers

# hint STATUS TEXT ARGUMENT...: sockcat ends so, and says that.
hint() {
	local status=$1 text=$2
	shift 2
	run "-$status" "$SOCKCAT" "$@" </dev/null
	[[ $output == *"$text"* ]] || fail "$*: $output"
}

@test "a URL in the place of a host" {
	hint 2 "this is a URL; what is wanted of it is host:port" \
	    http://www.example.com/
	hint 2 "this is a URL; what is wanted of it is host:port" \
	    'https://[::1]:443/x?y'
	hint 2 "this is a URL; what is wanted of it is the host alone" \
	    http://www.example.com/ 80
	hint 2 "this is a URL; what is wanted of it is the host alone" \
	    -z http://www.example.com/ 80 443
	hint 2 "this is a URL; what is wanted of it is host:port" \
	    -l http://localhost:8080
	hint 2 "--forward: 'http://a:80': this is a URL" \
	    -l 0 --forward http://a:80
	hint 2 "--forward: 'tls://a:443': this is a URL" \
	    -l 0 --forward tls://a:443
}

@test "a path without -U" {
	hint 2 "-U is for paths" /run/x
	hint 2 "-U is for paths" @name
	hint 2 "-U is for paths" /run/x 80
	hint 2 "-U is for paths" -l ./x 80
	hint 2 "unix: is for paths" -l 0 --forward ./x:80
}

@test "a link-local address needs its interface" {
	local address
	for address in fe80::1 fe80::1:2; do
		hint 6 "(a link-local address needs its interface: fe80::1%eth0)" \
		    "$address" 80
		hint 6 "(a link-local address needs its interface: fe80::1%eth0)" \
		    -u "$address" 80
		hint 6 "(a link-local address needs its interface: fe80::1%eth0)" \
		    -z "$address" 80
		hint 6 "(a link-local address needs its interface: fe80::1%eth0)" \
		    -l "$address" 0
	done
	hint 6 "(a link-local address needs its interface: fe80::1%eth0)" \
	    -u ff02::1 80
	need_ipv6
	hint 6 "bind source fe80::1 port 0: Invalid argument (a link-local" \
	    -s fe80::1 ::1 80
}

@test "the interface of an address is not there; %25 is for URLs" {
	hint 4 "resolve fe80::1%nosuch: there is no interface 'nosuch'" \
	    fe80::1%nosuch 80
	hint 4 "there is no interface 'nosuch'" -n fe80::1%nosuch 80
	hint 4 "there is no interface 'nosuch'" -l fe80::1%nosuch 0
	hint 4 "(the %25 of a URL is a plain % here: fe80::1%eth0)" \
	    '[fe80::1%25lo]:80'
	hint 4 "(the %25 of a URL is a plain % here: fe80::1%eth0)" \
	    fe80::1%25lo 80
}

@test "what a route forbids has nothing to do with -b" {
	local address
	netns 'ip route add prohibit 203.0.113.1
		ip -6 route add prohibit 2001:db8::1
		ip route add blackhole 203.0.113.2'
	for address in 203.0.113.1 2001:db8::1; do
		run -1 "${NS[@]}" "$SOCKCAT" "$address" 80 </dev/null
		assert_output --partial "connect to $address port 80: Permission\
 denied (a route or a packet filter forbids it)"
		run -1 "${NS[@]}" "$SOCKCAT" -u "$address" 80 </dev/null
		assert_output --partial "(a route or a packet filter forbids it)"
	done
	run -1 "${NS[@]}" "$SOCKCAT" 203.0.113.2 80 </dev/null
	assert_output --partial "(the route is a black hole)"
	# A broadcast address is still told by its route, and needs -b.
	run -1 "${NS[@]}" "$SOCKCAT" -u 127.255.255.255 9 </dev/null
	assert_output --partial "(a broadcast address needs -b)"
}
