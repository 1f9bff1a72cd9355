#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Programs and scripts that call nc, with ours in its place.

# bats and helpers.bash set status, stderr ...
# shellcheck disable=SC2154

load helpers
load sshd

needs() {
	mkdir bin
	ln -s "$SOCKCAT" bin/nc
	PATH=$PWD/bin:$PATH
}

@test "libvirt's line finds that -q takes an argument, and speaks to its socket" {
	listener server -U sock
	printf 'call\n' >call
	# What libvirt and virt-manager run by ssh.
	run -0 sh -c 'if nc -q 2>&1 | grep "requires an argument" \
	    >/dev/null 2>&1; then ARG=-q0; else ARG=; fi; \
	    nc $ARG -U sock <call'
	finish server
	same call server.out
}

@test "-zv says what scripts look for, and wait loops end when it is open" {
	listener server -k 127.0.0.1 0
	nc -zv 127.0.0.1 "$PORT" 2>&1 | grep -q succeeded
	while ! nc -z 127.0.0.1 "$PORT"; do
		:
	done
	stop server
	run -1 nc -zv 127.0.0.1 "$PORT"
	assert_line --partial 'Connection refused'
}

@test "tar by nc -N arrives, and a listener by nc -l ends with it" {
	mkdir tree
	random_file tree/file 300k
	spawn server sh -c 'nc -lv 127.0.0.1 0 2>port | tar xf - -C to'
	mkdir to
	until_true grep -qs Listening port
	tar cf - tree | nc -N 127.0.0.1 "$(sed -n 's/.* //p' port | head -n 1)"
	finish server
	same tree/file to/tree/file
}

@test "a request by printf gets its answer, also from a UNIX-domain socket" {
	printf 'HTTP/1.0 200 OK\r\n\r\nhello' >answer
	peer server listen 127.0.0.1:0 recvn:18:request bytes:answer close
	run -0 sh -c "printf 'GET / HTTP/1.0\r\n\r\n' | nc 127.0.0.1 $PORT"
	[[ $output = *hello ]]
	finish server
	printf '/_ping' >question
	INPUT=answer listener docker -U docker.sock
	run -0 sh -c 'nc -U docker.sock <question'
	[[ $output = *hello ]]
}

@test "an input that is larger than the peer wants to hear is sent all the same" {
	random_file sent 4M
	spawn server "$SOCKCAT" -l --ready-fd 7 127.0.0.1 0 7>ready
	until_true test -s ready
	read -r _ port <ready
	nc -N 127.0.0.1 "$port" <sent
	finish server
	same sent server.out
}

@test "standard input keeps its flags, and a reader that leaves is noticed" {
	listener server 127.0.0.1 0
	run -0 sh -c "nc -N 127.0.0.1 $PORT <&0; \
	    grep flags /proc/self/fdinfo/0" </dev/null
	refute_output --partial 04000
	finish server
}

@test "-G, --exec and -e say what to use" {
	run -1 nc -G 5 127.0.0.1 1
	assert_line --partial --connect-timeout
	run -1 nc --exec /bin/sh 127.0.0.1 1
	assert_line --partial 'sockcat --exec'
	run -1 nc -e /bin/sh 127.0.0.1 1
	assert_line --partial 'sockcat --exec'
}

@test "-c speaks TLS, as OpenBSD's does, and -T noverify verifies nobody" {
	need_tls
	printf 'secret\n' >sent
	listener server -c 127.0.0.1 0
	run -0 nc -c -N -T noverify 127.0.0.1 "$PORT" <sent
	finish server
	same sent server.out
	listener other -c 127.0.0.1 0
	run -1 nc -c -N 127.0.0.1 "$PORT" <sent
	finish other 5
}

# --- programs that run it ----------------------------------------------------

@test "ssh by ProxyCommand, and by ProxyUseFdpass, for a command and for a file" {
	ssh_server_for_all
	random_file big 3000000
	for how in 'ProxyCommand=nc %h %p' 'ProxyCommand=nc -q0 %h %p'; do
		run -0 --separate-stderr "${SSH[@]}" -o "$how" root@127.0.0.1 \
		    echo hello
		assert_output hello
		"${SSH[@]}" -o "$how" root@127.0.0.1 cat <big >back
		same big back
	done
	"${SSH[@]}" -o ProxyUseFdpass=yes -o 'ProxyCommand=nc -F %h %p' \
	    root@127.0.0.1 cat <big >back
	same big back
}

@test "ssh by ProxyCommand, through a SOCKS proxy and by HTTP CONNECT" {
	ssh_server_for_all
	listener proxy --proxy-server any 127.0.0.1 0
	for type in 4 5 connect; do
		run -0 --separate-stderr "${SSH[@]}" -o "ProxyCommand=nc \
-X $type -x 127.0.0.1:$PORT %h %p" root@127.0.0.1 echo hello
		assert_output hello
	done
}

@test "rsync over ssh by ProxyCommand" {
	need rsync
	ssh_server_for_all
	mkdir from
	random_file from/big 3000000
	echo small >from/small
	run -0 rsync -a -e "${SSH[*]} -o 'ProxyCommand=nc %h %p'" from/ \
	    "root@127.0.0.1:$PWD/to/"
	same from/big to/big
	same from/small to/small
}

@test "git by core.gitProxy" {
	need git
	git init -q --bare repo.git
	git init -q work
	git -C work -c user.name=n -c user.email=e commit -q --allow-empty -m one
	git -C work push -q "$PWD/repo.git" HEAD:refs/heads/main
	listener daemon -k --exec "git daemon --inetd --export-all \
--base-path=$PWD" 127.0.0.1 0
	printf '#!/bin/sh\nexec nc "$1" "$2"\n' >through
	chmod +x through
	run -0 git -c core.gitProxy="$PWD/through" ls-remote \
	    "git://127.0.0.1:$PORT/repo.git"
	[[ $output = *refs/heads/main* ]] || fail "$output"
	run -0 git -c core.gitProxy="$PWD/through" clone -q \
	    "git://127.0.0.1:$PORT/repo.git" copy
	[ -n "$(git -C copy log --oneline --all)" ]
}

@test "socat runs it, and curl asks it" {
	need socat
	need curl
	listener server -k --sh-exec 'read -r line; echo "got $line"' \
	    127.0.0.1 0
	run -0 sh -c 'echo word | socat -t 10 - EXEC:"nc -N 127.0.0.1 $1"' \
	    sh "$PORT"
	assert_output 'got word'
	printf 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello' >page
	spawn page sh -c 'nc -lvN 127.0.0.1 0 <page 2>port >asked'
	until_true grep -qs Listening port
	run -0 curl -s --max-time 20 \
	    "http://127.0.0.1:$(sed -n 's/.* //p' port | head -n 1)/"
	assert_output hello
	finish page
	grep -q '^GET / HTTP' asked
}
