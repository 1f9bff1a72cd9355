#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The lines of docs/TASKS do what they are said to, as they stand there: in a
# network of its own, where the ports, names and addresses are those of the text.

# A test is a subshell; bats and helpers.bash set output, NS, PID ...
# shellcheck disable=SC2030,SC2031,SC2154

load helpers
load world

# lines TITLE N: the N-th piece of indented lines below that title.
lines() {
	awk -v title="$1" -v wanted="$2" '
		/^=+$/ { found = before == title; n = 0 }
		{ before = $0 }
		!found { next }
		!/^\t/ { inside = 0; next }
		!inside { inside = 1; n++ }
		n == wanted { print substr($0, 2) }' "$top_srcdir/docs/TASKS"
}

# task TITLE N: run them.
task() {
	lines "$1" "$2" >lines
	[ -s lines ] || fail "'$1' has no piece $2"
	"${NS[@]}" sh lines
}

# background NAME TITLE N: in the background, with all that they start.
background() {
	lines "$2" "$3" >"$1.lines"
	[ -s "$1.lines" ] || fail "'$2' has no piece $3"
	in_background "$1"
}

ask() {
	printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' |
		in_world sockcat --reply "$@" server.example.com 8080
}

@test "a web server of one file" {
	local title='A web server of one file'
	world
	echo '<p>hello' >page.html
	task "$title" 1
	background server "$title" 2
	until_true listens tcp 8080
	run -0 ask
	assert_output $'HTTP/1.0 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<p>hello'
	if command -v curl >/dev/null; then
		run -0 in_world curl -sS http://server.example.com:8080/
		assert_output '<p>hello'
	fi
}

@test "... with a range of clients" {
	local title='A web server of one file' from
	world
	echo '<p>hello' >page.html
	task "$title" 1
	background server "$title" 3
	until_true listens tcp 8080
	for from in 192.0.2.7 127.0.0.1; do
		run -0 ask -s "$from"
		assert_output --partial '<p>hello'
	done
	run ask -s 198.51.100.1
	[ "$status" -ne 0 ]
	refute_output --partial hello
}

@test "a socket file over TCP, for one host" {
	local title='A socket file over TCP, for one host'
	world
	background server "$title" 1
	spawn docker "${NS[@]}" sockcat -lk --sh-exec 'while read -r line
		[ ${#line} -gt 1 ]; do echo "$line" >>asked; done
		printf "HTTP/1.0 200 OK\r\n\r\n{version}"' -U /run/docker.sock
	until_true listens tcp 2375
	until_true in_world test -e /run/docker.sock
	# The address of server.example.com, from which this client comes.
	run task "$title" 2
	refute_output --partial version
	sed -i 's/--reply/& -s 192.0.2.7/' lines
	run -0 in_world sh lines
	assert_output --partial '{version}'
	[ "$(<asked)" = $'GET /version HTTP/1.0\r' ]
}

@test "a health check in a shell script" {
	local title='A health check in a shell script'
	world
	run -0 task "$title" 1
	assert_output 'the database is down, status 1'
	spawn database "${NS[@]}" sockcat -lkd 5432
	until_true listens tcp 5432
	run -0 task "$title" 1
	assert_output 'the database is up'

	run -0 --separate-stderr task "$title" 2
	assert_output 'the application is not: '
	spawn app "${NS[@]}" sockcat -lk --sh-exec 'read -r line
		printf "HTTP/1.1 %s\r\n\r\nbody" "$(cat state)"' 8080
	until_true listens tcp 8080
	echo '200 OK' >state
	run -0 task "$title" 2
	assert_output 'the application is healthy'
	echo '503 Down' >state
	run -0 task "$title" 2
	assert_output $'the application is not: HTTP/1.1 503 Down\r'
}

@test "a reverse tunnel" {
	local title='A reverse tunnel' turn
	world
	spawn inside "${NS[@]}" sockcat -lk --exec 'sed -u s/^/inside:/' \
	    127.0.0.1 22
	until_true listens tcp 22
	background client "$title" 2
	background server "$title" 1
	until_true listens tcp 2222
	for turn in 1 2; do
		run -0 in_world sockcat server.example.com 2222 <<<"hello $turn"
		assert_output "inside:hello $turn"
	done
}

@test "mutual TLS in five commands" {
	local title='Mutual TLS in five commands' commands
	world
	need_tls
	commands=$(for i in 1 2 3 4; do lines "$title" "$i"; done |
		grep -cE '^(openssl|sockcat) ')
	[ "$commands" -eq 5 ]
	task "$title" 1
	background server "$title" 2
	until_true listens tcp 4433
	run -0 task "$title" 3
	[[ $output == *20[0-9][0-9]* ]]
	# No certificate, and one that somebody else has made.
	sed 's/--tls-cert [^ ]* --tls-key [^ ]*//' lines >bare
	run -5 in_world sh bare
	refute_output --partial UTC
	sed 's,client\.,strange/&,g' lines >strange.lines
	mkdir strange
	lines "$title" 1 >strange/lines
	in_world sh -c 'cd strange && sh ./lines'
	run -5 in_world sh strange.lines
}

@test "what is wrong with a certificate?" {
	local title='What is wrong with a certificate?'
	world
	need_tls
	task 'Mutual TLS in five commands' 1
	spawn server "${NS[@]}" sockcat -lk -c --tls-cert server.crt \
	    --tls-key server.key --exec cat 443
	until_true listens tcp 443
	run -5 task "$title" 1
	assert_output --partial 'issuer is missing or not trusted: CN=our authority'
	assert_output --partial '--tls-pin sha256:'
	run -0 task "$title" 2
	assert_output --partial 'DNS:server.example.com'
	assert_output --partial 'issuer=CN = our authority'
	run -0 task "$title" 3
	assert_output ""
}

@test "a file over a slow link" {
	local title='A file over a slow link'
	world
	random_file file 150000
	background receiver "$title" 1
	until_true listens tcp 4000
	task "$title" 2
	finish receiver
	run -0 task "$title" 3
	[ "${lines[0]}" = "${lines[1]}" ]
	same file copy
}

@test "exactly one datagram each way" {
	local title='Exactly one datagram each way'
	world
	background server "$title" 1
	until_true listens udp 5000
	run -0 task "$title" 2
	assert_output answer
	finish server
	[ "$(<question)" = question ]
	# Nobody answers.
	spawn mute "${NS[@]}" "$PEERS/sockets.py" udp-mute@192.0.2.1:5000
	until_true has_line mute.out 5000
	sed -i 's/-w 2s/-w 300ms/' lines
	run -3 in_world sh lines
	until_true has_line mute.out 'got 8'
	[ "$(grep -c got mute.out)" -eq 1 ]
}

@test "each task of the text is run here" {
	[ -e "$top_srcdir/docs/TASKS" ] || skip "docs/TASKS is not here"
	run -0 grep -c '^===' "$top_srcdir/docs/TASKS"
	[ "$output" -eq 8 ]
}
