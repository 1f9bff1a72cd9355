#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The examples of the manual, the first ten and EXAMPLES, do what they are said
# to, as they stand there: in a network of its own, where the ports, names and
# addresses are those of the text.

# A test is a subshell; bats and helpers.bash set output, NS, PID ...
# shellcheck disable=SC2030,SC2031,SC2154

load helpers
load world

# example TEXT: the first command there that has it in it, with all its lines, but
# for those that it says; of a script, all of that.
example() {
	sed -n '/^\.Sh .*EXAMPLES/,/^\.Sh [OD]/p' "$top_srcdir/man/sockcat.1" |
		sed 's/\\e/\\/g; s/\\&//g' |
		awk -v text="$1" '
			function out() {
				if (!found && index(all, text)) {
					printf "%s", all
					found = 1
				}
				all = ""
			}
			/^\.Bd/ { inside = 1; next }
			/^\.Ed/ { out(); inside = 0 }
			!inside || /^sockcat: / { next }
			/^\$ / { out(); $0 = substr($0, 3) }
			{ all = all $0 "\n" }
			END { out() }'
}

# shown TEXT: run it.
shown() {
	example "$1" >lines
	[ -s lines ] || fail "no example with '$1'"
	in_world sh lines
}

# behind NAME TEXT: in the background.
behind() {
	example "$2" >"$1.lines"
	[ -s "$1.lines" ] || fail "no example with '$2'"
	in_background "$1"
}

# by_hand NAME WORD...: sockcat there, in the background.
by_hand() {
	local name=$1
	shift
	spawn "$name" "${NS[@]}" sockcat "$@"
}

# --- the first ten ---------------------------------------------------------------

@test "connect and talk, by hand" {
	world
	echo 'from here' >here.in
	INPUT=here.in behind here 'sockcat -l 4000'
	until_true listens tcp 4000
	run -0 in_world sockcat localhost 4000 <<<'from there'
	assert_output 'from here'
	finish here
	[ "$(<here.out)" = 'from there' ]

	by_hand mail -l --sh-exec 'echo 220 mail; read -r x; echo "250 $x"' 25
	until_true listens tcp 25
	run -0 shown 'sockcat mail.example.com 25' <<<hello
	assert_output $'220 mail\n250 hello'
}

@test "send a file" {
	world
	random_file file 100000
	behind receiver '>copy'
	until_true listens tcp 4000
	shown '--progress'
	finish receiver
	same file copy
}

@test "copy a directory" {
	world
	mkdir directory receiver
	random_file directory/a 100000
	echo b >directory/b
	example '| tar -xf -' | sed 's/tar/tar -C receiver/' \
	    >receiver.lines
	in_background receiver
	until_true listens tcp 4000
	shown 'tar -cf - directory'
	finish receiver
	diff -r directory receiver/directory
}

@test "encrypt it: the pin that the listener says is the one for the sender" {
	local pin
	need_tls
	world
	random_file file 100000
	behind receiver 'sockcat -l -c 4000 >copy'
	until_true listens tcp 4000
	pin=$(sed -n 's/^sockcat: tls pin //p' receiver.err)
	[ -n "$pin" ]
	example 'sha256:2cf2...' | sed "s/sha256:2cf2\.\.\./$pin/" >lines
	run -0 in_world sh lines
	finish receiver
	same file copy
}

@test "ask a web server; the same on a UNIX-domain socket" {
	world
	by_hand www -lk --sh-exec 'while read -r line
		[ ${#line} -gt 1 ]; do echo "$line" >>asked; done
		printf "HTTP/1.0 200 OK\r\n\r\nbody"' 80
	until_true listens tcp 80
	run -0 shown 'GET / HTTP'
	assert_output --partial body
	by_hand app -lk --sh-exec 'while read -r line
		[ ${#line} -gt 1 ]; do echo "$line" >>asked; done
		printf "HTTP/1.0 200 OK\r\n\r\nversion 1"' -U /run/app.sock
	until_true in_world test -e /run/app.sock
	run -0 shown 'GET /version'
	assert_output --partial 'version 1'
	[ "$(<asked)" = $'GET / HTTP/1.0\r\nHost: www.example.com\r
GET /version HTTP/1.0\r' ]
}

@test "is a port open? which of these are?" {
	world
	run -1 shown '443 && echo open'
	assert_output ""
	by_hand www -lk --exec true 443
	by_hand app -lk --exec true 8003
	until_true listens tcp 443
	until_true listens tcp 8003
	run -0 shown '443 && echo open'
	assert_output open
	run -0 shown 22,80,443
	[ "${#lines[@]}" -eq 14 ]
	assert_line 'www.example.com 443 open'
	assert_line 'www.example.com 8003 open'
	[ "$(grep -c closed <<<"$output")" -eq 12 ]
}

@test "wait until a server is up" {
	world
	behind waits 'sockcat --retry 30s'
	by_hand server -lk --exec true 5432
	until_true listens tcp 5432
	by_hand other -lk --exec true 8080
	finish waits
}

@test "ask a UDP service" {
	world
	by_hand echo -lku --exec cat 7
	until_true listens udp 7
	run -0 shown 'echo ping'
	assert_output ping
	kill -KILL "${PID[echo]}"
	spawn mute "${NS[@]}" "$PEERS/sockets.py" udp-mute@192.0.2.1:7
	until_true has_line mute.out 7
	sed -i 's/-w 5s/-w 300ms/' lines
	run -3 in_world sh lines
}

@test "a directory listing" {
	world
	behind server 'ls -l /srv'
	until_true listens tcp 4000
	run -0 in_world sockcat localhost 4000
	assert_output "$(ls -l /srv)"
}

@test "forward a port to another host" {
	world
	by_hand www -lk --exec 'sed -u s/^/www:/' -s 192.0.2.1 80
	behind front '--forward www.example.com:80'
	until_true listens tcp 80
	until_true listens tcp 8080
	run -0 in_world sockcat localhost 8080 <<<hello
	assert_output www:hello
}

@test "a database for one network" {
	world
	in_world mkdir /run/postgresql
	by_hand database -lk --exec 'echo rows' -U /run/postgresql/.s.PGSQL.5432
	behind front '.s.PGSQL.5432'
	until_true listens tcp 5432
	until_true in_world test -e /run/postgresql/.s.PGSQL.5432
	run -0 in_world sockcat -s 192.0.2.7 server.example.com 5432
	assert_output rows
	run in_world sockcat -s 198.51.100.1 server.example.com 5432
	refute_output --partial rows
}

# --- EXAMPLES --------------------------------------------------------------------

@test "the greeting of a mail server" {
	world
	by_hand mail -lk --sh-exec 'echo "220 mail.example.com"; sleep 60' 25
	until_true listens tcp 25
	run -0 shown '-d -W 1'
	assert_output '220 mail.example.com'
}

@test "a listener on a free port, and a client, without sleeping" {
	world
	random_file file 50000
	shown --ready-fd
	same file received
}

@test "collect what clients send, one after the other" {
	local turn
	world
	behind collector '</dev/null >>log'
	until_true listens tcp 4000
	for turn in 1 2; do
		in_world sockcat localhost 4000 <<<"client $turn"
	done
	until_true has_line log 'client 2'
	[ "$(<log)" = $'client 1\nclient 2' ]
}

@test "each line is a datagram" {
	world
	need vmstat
	behind collector 'sockcat -l -k -u --lines 5140'
	until_true listens udp 5140
	example vmstat | sed 's/vmstat -n 1 10/vmstat -n/' >lines
	in_world sh lines
	until_true has_line collector.out 'swpd'
	[ "$(wc -l <collector.out)" -eq 3 ]
}

@test "count something at a statsd server, and at a carbon server" {
	world
	by_hand statsd -lku --lines 8125
	by_hand carbon -lkd 2003
	until_true listens udp 8125
	until_true listens tcp 2003
	run -0 shown 'foo:1|c'
	assert_output ""
	until_true has_line statsd.out '^foo:1|c$'
	run -0 shown 'foo 1'
	assert_output ""
	until_true has_line carbon.out '^foo 1 [0-9]*$'
}

@test "pass one connection on, with a FIFO" {
	world
	by_hand www -l --exec 'sed -u s/^/www:/' 80
	until_true listens tcp 80
	example 'mkfifo back' >front.lines
	example '<back' >>front.lines
	in_background front
	until_true listens tcp 8080
	run -0 in_world sockcat localhost 8080 <<<hello
	assert_output www:hello
	finish front
}

@test "a multicast group on one interface" {
	world
	in_world sh -ec 'ip link add eth0 type veth peer name eth1
		ip address add 192.0.3.1/24 dev eth0
		ip link set eth0 up
		ip link set eth1 up' || skip "no such interfaces here"
	behind group '--multicast 239.1.2.3'
	until_true listens udp 5000
	in_world sockcat -u --send-only --interface eth0 239.1.2.3 5000 <<<hello
	until_true has_line group.out hello
}

@test "be a proxy for one network" {
	world
	behind proxy '--proxy-server any'
	until_true listens tcp 1080
	by_hand dest -l 192.0.2.1 4000
	until_true listens tcp 4000
	in_world sockcat -s 192.0.2.7 -x 192.0.2.1 www.example.com 4000 <<<hello
	finish dest
	[ "$(<dest.out)" = hello ]
	run -1 in_world sockcat -s 198.51.100.1 -x 192.0.2.1 www.example.com 4000 \
	    <<<hello
}
