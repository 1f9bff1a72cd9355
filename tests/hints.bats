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

@test "a host that is empty, or has brackets where they do not belong" {
	local host
	hint 2 "the host is empty" '' 80
	hint 2 "the host is empty" -l '' 0
	for host in '[::1' '::1]' '[]' '[[::1]]' 'x[1]'; do
		hint 2 "the brackets are out of place ([address]:port)" \
		    "$host" 80
		hint 2 "the brackets are out of place ([address]:port)" \
		    -l "$host" 0
	done
}

@test "a path without -U" {
	hint 2 "-U is for paths" /run/x
	hint 2 "-U is for paths" @name
	hint 2 "-U is for paths" /run/x 80
	hint 2 "-U is for paths" -l ./x 80
	hint 2 "-U is for paths" -l /run/x
	hint 2 "-U is for paths" -l @name
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

# --- what would be taken and have no effect ------------------------------------

@test "numbers, times and sizes: what is too much is told so" {
	hint 2 "'9223372036854775808' is not a number from 1 up (to\
 9223372036854775807)" -W 9223372036854775808 127.0.0.1 1
	hint 2 "a hundred years at most" -w 99999999999999999999 127.0.0.1 1
	hint 2 "'0' is not a size (1 to less than 2G" -I 0 127.0.0.1 1
	hint 2 "'0' is not a rate (bytes a second, from 1 up" --limit-rate 0 \
	    127.0.0.1 1
}

@test "an empty text is said to be that" {
	hint 2 "--exec: the CMD '' is empty" -l --exec '' 0
	hint 2 "-s (--source): the ADDR '' is empty" -s '' 127.0.0.1 1
}

@test "--interface: a name that is too long is none that the kernel cuts" {
	netns 'ip link set lo down; ip link set lo name abcdefghijklmno
		ip link set abcdefghijklmno up'
	run -3 "${NS[@]}" "$SOCKCAT" -l --interface abcdefghijklmno \
	    --accept-timeout 1ms 127.0.0.1 0 </dev/null
	run -2 "${NS[@]}" "$SOCKCAT" -l --interface abcdefghijklmnoX \
	    --accept-timeout 1ms 127.0.0.1 0 </dev/null
	assert_output --partial "longer than the name of an interface, 15 bytes"
}

@test "--allow and --deny of a list without anybody in it" {
	local list
	for list in ',' ' ' ',, '; do
		hint 2 "--allow: '$list' names nobody" -l --allow "$list" \
		    127.0.0.1 0
		hint 2 "--deny: '$list' names nobody" -l --deny 192.0.2.1 \
		    --deny "$list" 127.0.0.1 0
	done
}

@test "--md5sig: a key with a NUL in it is not cut" {
	printf 'key\0rest\n' >key
	hint 2 "needs a key of 1 to 80 bytes" --md5sig=key 127.0.0.1 1
}

@test "--tls-servername: addresses are never asked for" {
	local address
	need_tls
	for address in 192.0.2.1 ::1 127.1 0x7f.1; do
		hint 2 "--tls-servername: '$address' is an address" -c \
		    --tls-servername "$address" 127.0.0.1 1
	done
}

@test "--connect-timeout of a listener that connects to nobody" {
	hint 2 "--connect-timeout of a listener goes with -c (--tls) or" \
	    -l --connect-timeout 1 127.0.0.1 0
	run -3 "$SOCKCAT" -l --connect-timeout 1 --accept-timeout 1ms \
	    --forward 127.0.0.1:1 127.0.0.1 0 </dev/null
}

@test "datagrams that are passed on, or taken from everybody, as they come" {
	local option
	for option in --crlf --delay=1 --lines --recv-limit=1 --send-only \
	    --recv-only; do
		hint 2 "${option%=*} does not go with --forward and -u" -l -u \
		    "$option" --forward 127.0.0.1:1 127.0.0.1 0
	done
	hint 2 "--max-conns and -u go with" -l -k -u --max-conns 1 127.0.0.1 0
}

@test "--socket-activation: what the sockets are like is the manager's" {
	local option
	for option in --tos=ef --recv-buffer=5000 --send-buffer=5000 --mark=1; do
		run -2 "$SOCKCAT" -l --socket-activation "$option" </dev/null
		[[ $output == *"${option%=*}"*"and --socket-activation"* ]]
		# With --forward, it is the target's.
		run -6 "$SOCKCAT" -l --socket-activation "$option" \
		    --forward 127.0.0.1:1 </dev/null
		assert_output --partial "LISTEN_FDS"
	done
}

@test "-z with --fastopen would call a closed port open" {
	# The first packet leaves with the first byte, of which there is none.
	hint 2 "-z (--scan) and --fastopen exclude each other" -z --fastopen \
	    127.0.0.1 1
}
