#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --proxy-server, as the programs use it that know proxies.

# shellcheck disable=SC2030,SC2031,SC2153,SC2154

load helpers
load sshd
load proxyserver

setup_file() {
	certificates
}

# What curl calls the types of proxies that there are.
SCHEMES=(http socks4 socks4a socks5 socks5h)

# curl, wget and the others obey it.
unset http_proxy https_proxy all_proxy HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY
unset GIT_SSL_CAINFO CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR

# secure_origin: origin.py, over TLS.
secure_origin() {
	need_tls
	origin -t "$CERTS/server.pem"
}

# --- curl --------------------------------------------------------------------

@test "curl: HTTP, 5 MB both ways, by all types" {
	local scheme
	need curl
	random_file big 5M
	random_file up 5M
	origin
	proxy
	for scheme in "${SCHEMES[@]}"; do
		curls -x "$scheme://$PROXY" -o got "http://$ORIGIN/big"
		same big got
		curls -x "$scheme://$PROXY" -T up -o got "http://$ORIGIN/up"
		[ "$(<got)" -eq 5242880 ]
		same up put
		curls -p -x "$scheme://$PROXY" -o got "http://$ORIGIN/big"
		same big got
	done
	stop proxy
}

@test "curl: HTTPS, 5 MB both ways, by all types" {
	local scheme
	need curl
	random_file big 5M
	random_file up 5M
	secure_origin
	proxy
	for scheme in "${SCHEMES[@]}"; do
		curls -x "$scheme://$PROXY" --cacert "$CERTS/ca.pem" -o got \
		    "https://localhost:$ORIGIN_PORT/big"
		same big got
		curls -x "$scheme://$PROXY" --cacert "$CERTS/ca.pem" -T up \
		    -o got "https://localhost:$ORIGIN_PORT/up"
		same up put
	done
	stop proxy
}

@test "curl: GET of chunks, GET up to the end, HEAD, PUT, DELETE, OPTIONS" {
	need curl
	random_file big 1M
	origin
	proxy http
	curls -x "$PROXY" -o got "http://$ORIGIN/chunked/big"
	same big got
	curls -x "$PROXY" -o got "http://$ORIGIN/old/big"
	same big got
	curls -x "$PROXY" --http1.0 -o got "http://$ORIGIN/big"
	same big got
	curls -x "$PROXY" --http1.0 -o got "http://$ORIGIN/chunked/big"
	same big got
	curls -x "$PROXY" -I -o got "http://$ORIGIN/big"
	grep -q '^Content-Length: 1048576' got
	curls -x "$PROXY" -X DELETE -o got "http://$ORIGIN/big"
	[ "$(<got)" = 0 ]
	run -0 curls -x "$PROXY" -o /dev/null -w '%{http_code}' \
	    "http://$ORIGIN/missing"
	assert_output 404
	run -0 curls -x "$PROXY" -X OPTIONS -H 'Max-Forwards: 0' -o /dev/null \
	    -w '%{http_code}' "http://$ORIGIN/"
	assert_output 200
}

@test "curl: POST in chunks, and with 100-continue" {
	need curl
	random_file up 3M
	origin
	proxy
	curls -x "http://$PROXY" -H 'Transfer-Encoding: chunked' \
	    --data-binary @up -o got "http://$ORIGIN/"
	same up put
	grep -q '^POST / chunked:3145728 ' origin.out
	rm put
	curls -x "http://$PROXY" -H 'Transfer-Encoding: chunked' \
	    -H 'Expect: 100-continue' -T - -o got "http://$ORIGIN/in" <up
	same up put
	rm put
	curls -v -x "http://$PROXY" -H 'Expect: 100-continue' \
	    --expect100-timeout 20 --data-binary @up -o got \
	    "http://$ORIGIN/" 2>said
	same up put
	grep -q '100 Continue' said
	[ "$(<got)" = 3145728 ]
}

@test "curl: several requests on one connection, plain ones and of users" {
	local auth
	need curl
	random_file big 100K
	origin
	guarded http
	for auth in --proxy-basic --proxy-digest --proxy-anyauth; do
		curls -x "http://$PROXY" $auth -U "$USER_OF_PROXY" \
		    -w '%{num_connects}\n' -o got1 "http://$ORIGIN/big" \
		    -o got2 "http://$ORIGIN/chunked/big" \
		    -o got3 "http://$ORIGIN/big" >connects
		same big got1
		same big got2
		same big got3
		[ "$(awk '{ n += $1 } END { print n }' connects)" -eq 1 ] ||
		    fail "$auth: $(<connects)"
	done
}

@test "curl: who may use it, by Basic, Digest and RFC 1929, with all types" {
	local auth scheme wrong
	need curl
	random_file big 100K
	origin
	guarded
	for auth in --proxy-basic --proxy-digest --proxy-anyauth; do
		for scheme in -p --no-proxytunnel; do
			curls $scheme -x "http://$PROXY" $auth \
			    -U "$USER_OF_PROXY" -o got "http://$ORIGIN/big"
			same big got
			for wrong in "${WRONG[@]}"; do
				run -22 curls -f --no-proxytunnel \
				    -x "http://$PROXY" $auth -U "$wrong" \
				    "http://$ORIGIN/big"
			done
		done
		run -56 curls -p -x "http://$PROXY" $auth -U "ann:x" \
		    "http://$ORIGIN/big"
	done
	for scheme in socks5 socks5h; do
		curls -x "$scheme://$PROXY" -U "$USER_OF_PROXY" -o got \
		    "http://$ORIGIN/big"
		same big got
		for wrong in "${WRONG[@]}"; do
			run -97 curls -x "$scheme://$PROXY" -U "$wrong" \
			    "http://$ORIGIN/big"
		done
		run -97 curls -x "$scheme://$PROXY" "http://$ORIGIN/big"
	done
	run -97 curls -x "socks4://$PROXY" -U "$USER_OF_PROXY" \
	    "http://$ORIGIN/big"
	run -22 curls -f -x "http://$PROXY" "http://$ORIGIN/big"
	# The origin is told nothing of all that.
	run ! grep -i 'proxy-auth\|ann' origin.out
}

@test "curl: each type says what it could not do" {
	need curl
	proxy
	sockets none closed@127.0.0.1
	run -97 curls -x "socks5h://$PROXY" "http://127.0.0.1:${PORTS[0]}/"
	assert_output --partial '(5)'
	run -97 curls -x "socks5h://$PROXY" "http://nobody.invalid/"
	assert_output --partial '(4)'
	run -97 curls -x "socks4a://$PROXY" "http://nobody.invalid/"
	run -56 curls -p -x "http://$PROXY" "http://127.0.0.1:${PORTS[0]}/"
	assert_output --partial 502
	run -0 curls -x "http://$PROXY" -w '%{http_code}' -o answer \
	    "http://127.0.0.1:${PORTS[0]}/"
	assert_output 502
	run -0 curls -x "http://$PROXY" -w '%{http_code}' -o answer \
	    "http://nobody.invalid/"
	assert_output 502
}

# --- over TLS, and on a UNIX-domain socket -----------------------------------

@test "curl: https:// proxies, which prove who they are" {
	local wrong
	need curl
	need_tls
	curl --version | grep -q HTTPS-proxy || skip "this curl has none"
	random_file big 3M
	origin
	guarded -c --tls-cert "$CERTS/server.pem"
	for wrong in --proxy-basic --proxy-digest; do
		curls --proxy-cacert "$CERTS/ca.pem" $wrong -U "$USER_OF_PROXY" \
		    -x "https://localhost:$PORT" -o got "http://$ORIGIN/big"
		same big got
		curls --proxy-cacert "$CERTS/ca.pem" $wrong -U "$USER_OF_PROXY" \
		    -p -x "https://localhost:$PORT" -o got "http://$ORIGIN/big"
		same big got
	done
	run -60 curls -x "https://localhost:$PORT" "http://$ORIGIN/big"
	run -22 curls -f --proxy-cacert "$CERTS/ca.pem" \
	    -x "https://localhost:$PORT" "http://$ORIGIN/big"
	secure_origin
	curls --proxy-cacert "$CERTS/ca.pem" --cacert "$CERTS/ca.pem" -o got \
	    -U "$USER_OF_PROXY" -x "https://localhost:$PORT" \
	    "https://localhost:$ORIGIN_PORT/big"
	same big got
	stop proxy
}

@test "on a UNIX-domain socket: all types" {
	local scheme
	need curl
	random_file big 3M
	origin
	listener proxy -k -v --proxy-server any -U "$PWD/socket"
	listener front -k --forward "$PWD/socket" 127.0.0.1 0
	for scheme in "${SCHEMES[@]}"; do
		curls -x "$scheme://127.0.0.1:$PORT" -o got "http://$ORIGIN/big"
		same big got
		curls -p -x "$scheme://127.0.0.1:$PORT" -o got \
		    "http://$ORIGIN/big"
		same big got
	done
	curl --version | grep -q ' 7\.' || curls \
	    -x "socks5h://localhost$PWD/socket" -o got "http://$ORIGIN/big"
	same big got
}

# --- other programs ----------------------------------------------------------

@test "wget: HTTP and HTTPS, and who may" {
	need wget
	random_file big 3M
	origin
	guarded
	export http_proxy=http://$PROXY https_proxy=http://$PROXY
	wget -q --no-config --tries 1 -O got --proxy-user ann \
	    --proxy-password s3c:ret "http://$ORIGIN/big"
	same big got
	run -8 wget -q --no-config --tries 1 -O got --proxy-user ann \
	    --proxy-password s3c "http://$ORIGIN/big"
	wget -q --no-config --tries 1 -O got --proxy-user ann \
	    --proxy-password s3c:ret --post-file big "http://$ORIGIN/big"
	same big put
	stop origin
	secure_origin
	wget -q --no-config --tries 1 -O got --proxy-user ann \
	    --proxy-password s3c:ret --ca-certificate "$CERTS/ca.pem" \
	    "https://localhost:$ORIGIN_PORT/big"
	same big got
	run ! wget -q --no-config --tries 1 -O got \
	    --ca-certificate "$CERTS/ca.pem" \
	    "https://localhost:$ORIGIN_PORT/big"
}

@test "python's urllib: HTTP and HTTPS, by Basic and Digest" {
	random_file big 1M
	origin
	local plain=http://$ORIGIN/big
	cat >get.py <<-'END'
	import sys, urllib.request as u
	how, proxy, url = sys.argv[1:]
	words = u.HTTPPasswordMgrWithDefaultRealm()
	words.add_password(None, "http://" + proxy.split("@")[-1], "ann", "s3c:ret")
	words.add_password(None, url, "ann", "s3c:ret")
	handlers = [u.ProxyHandler({"http": "http://" + proxy,
	                            "https": "http://" + proxy})]
	if how == "digest":
	    handlers.append(u.ProxyDigestAuthHandler(words))
	sys.stdout.buffer.write(u.build_opener(*handlers).open(url).read())
	END
	proxy
	python3 -S get.py basic "$PROXY" "$plain" >got
	same big got
	stop proxy
	guarded
	python3 -S get.py basic "ann:s3c%3Aret@$PROXY" "$plain" >got
	same big got
	python3 -S get.py digest "$PROXY" "$plain" >got
	same big got
	run ! python3 -S get.py basic "ann:s3c@$PROXY" "$plain"
	assert_output --partial 'HTTP Error 407'
	stop origin
	secure_origin
	export SSL_CERT_FILE=$CERTS/ca.pem
	python3 -S get.py basic "ann:s3c%3Aret@$PROXY" \
	    "https://localhost:$ORIGIN_PORT/big" >got
	same big got
}

# brings COMMAND...: a connection by it carries `up' there, and what comes back is
# the same.
brings() {
	timeout 30 "$@" <up >got 2>said.err || true
	same up got || fail "$* said: $(<said.err)"
}

@test "ncat, nc, socat: by all that they speak" {
	local word
	need ncat
	need nc.openbsd
	need socat
	random_file up 1M
	spawn echo "$PEERS/crowd.py" echo 127.0.0.1:0
	until_true has_line echo.out .
	read -r ECHO <echo.out
	proxy
	for word in http socks4 socks5; do
		brings ncat --proxy "$PROXY" --proxy-type $word 127.0.0.1 "$ECHO"
	done
	for word in connect 4 5; do
		brings nc.openbsd -N -X $word -x "$PROXY" 127.0.0.1 "$ECHO"
	done
	brings nc.openbsd -N -X 5 -x "$PROXY" localhost "$ECHO"
	brings nc.openbsd -N -X connect -x "$PROXY" localhost "$ECHO"
	brings socat -t 20 - \
	    "PROXY:127.0.0.1:127.0.0.1:$ECHO,proxyport=$PORT"
	brings socat -t 20 - \
	    "SOCKS4:127.0.0.1:127.0.0.1:$ECHO,socksport=$PORT"
	brings socat -t 20 - \
	    "SOCKS4A:127.0.0.1:localhost:$ECHO,socksport=$PORT"
	stop proxy
	guarded
	brings ncat --proxy "$PROXY" --proxy-type http --proxy-auth \
	    "$USER_OF_PROXY" 127.0.0.1 "$ECHO"
	brings ncat --proxy "$PROXY" --proxy-type socks5 --proxy-auth \
	    "$USER_OF_PROXY" 127.0.0.1 "$ECHO"
	brings socat -t 20 - "PROXY:127.0.0.1:127.0.0.1:$ECHO,proxyport=$PORT,proxyauth=$USER_OF_PROXY"
	run ! nc.openbsd -N -X 5 -x "$PROXY" 127.0.0.1 "$ECHO" </dev/null
	run ! nc.openbsd -N -X connect -x "$PROXY" 127.0.0.1 "$ECHO" </dev/null
	run ! socat - "PROXY:127.0.0.1:127.0.0.1:$ECHO,proxyport=$PORT" </dev/null
}

@test "sockcat: by all that it speaks, with TLS to the proxy, and two in a row" {
	local word
	random_file up 1M
	spawn echo "$PEERS/crowd.py" echo 127.0.0.1:0
	until_true has_line echo.out .
	read -r ECHO <echo.out
	proxy
	for word in connect 4 4a 5; do
		"$SOCKCAT" -X $word -x "$PROXY" localhost "$ECHO" <up >got
		same up got
	done
	local first=$PROXY
	listener second -k --proxy-server any 127.0.0.1 0
	"$SOCKCAT" -X connect -x "$first" -X 5 -x "127.0.0.1:$PORT" localhost \
	    "$ECHO" <up >got
	same up got
	stop proxy
	need_tls
	guarded -c --tls-cert "$CERTS/server.pem"
	echo s3c:ret >password
	for word in connect 5; do
		"$SOCKCAT" -P ann --proxy-auth-file password -X $word \
		    -R "$CERTS/ca.pem" -x "tls:localhost:$PORT" localhost \
		    "$ECHO" <up >got
		same up got
	done
}

@test "proxychains4: by all types, names too" {
	local type
	need proxychains4
	need curl
	random_file big 1M
	origin
	guarded
	for type in http socks5; do
		printf '%s\n' strict_chain proxy_dns 'remote_dns_subnet 224' \
		    '[ProxyList]' "$type 127.0.0.1 $PORT ann s3c:ret" >chain
		for host in 127.0.0.1 localhost; do
			proxychains4 -q -f chain curl -q -sS -m 20 -o got \
			    "http://$host:$ORIGIN_PORT/big"
			same big got
		done
	done
	stop proxy
	proxy
	for type in http socks4 socks5; do
		printf '%s\n' strict_chain proxy_dns 'remote_dns_subnet 224' \
		    '[ProxyList]' "$type 127.0.0.1 $PORT" >chain
		proxychains4 -q -f chain curl -q -sS -m 20 -o got \
		    "http://$host:$ORIGIN_PORT/big"
		same big got
	done
}

# repository: `work.git', with a commit whose file is random.
repository() {
	export HOME=$PWD GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
	git -c init.defaultBranch=trunk init -q work
	random_file work/data 1M
	git -C work add data
	git -C work -c user.name=a -c user.email=a@example.com commit -qm one
	git clone -q --bare work work.git
	git -C work.git update-server-info
}

@test "git: from a server of HTTP or HTTPS, and from its daemon" {
	local scheme
	need git
	repository
	origin
	proxy
	for scheme in "${SCHEMES[@]}"; do
		rm -rf got
		git -c "http.proxy=$scheme://$PROXY" clone -q \
		    "http://localhost:$ORIGIN_PORT/work.git" got
		same work/data got/data
	done
	stop origin
	if can_tls; then
		secure_origin
		for scheme in http socks5h; do
			rm -rf got
			git -c "http.proxy=$scheme://$PROXY" \
			    -c "http.sslCAInfo=$CERTS/ca.pem" clone -q \
			    "https://localhost:$ORIGIN_PORT/work.git" got
			same work/data got/data
		done
	fi
	[ -x "$(git --exec-path)/git-daemon" ] || skip "git has no daemon here"
	# Its daemon speaks on standard input and output, too.
	git_daemon
	need nc.openbsd
	for scheme in connect 5 4; do
		rm -rf got
		# shellcheck disable=SC2016 # for that shell
		printf '#!/bin/sh\nexec nc.openbsd -N -X %s -x %s "$1" "$2"\n' \
		    "$scheme" "$PROXY" >through
		chmod +x through
		GIT_PROXY_COMMAND=$PWD/through git clone -q \
		    "git://127.0.0.1:$GIT_PORT/work.git" got
		same work/data got/data
	done
}

# git_daemon: for the repositories here.  Sets GIT_PORT.
git_daemon() {
	local proxy=$PORT
	listener gitd -k --exec "git daemon --inetd --export-all --base-path=$PWD" \
	    127.0.0.1 0
	GIT_PORT=$PORT
	PORT=$proxy
}

@test "rsync: RSYNC_PROXY, and RSYNC_CONNECT_PROG" {
	local proxy
	need rsync
	mkdir tree
	random_file tree/one 1M
	random_file tree/two 10K
	printf '%s\n' 'use chroot = no' 'reverse lookup = no' "[tree]" \
	    "path = $PWD/tree" 'read only = no' >rsyncd.conf
	[ "$EUID" -ne 0 ] || printf '%s\n' 'uid = 0' 'gid = 0' >>rsyncd.conf
	listener rsyncd -k \
	    --exec "rsync --daemon --no-detach --config=$PWD/rsyncd.conf" \
	    127.0.0.1 0
	local to=$PORT
	guarded
	RSYNC_PROXY=$USER_OF_PROXY@$PROXY rsync -a \
	    "rsync://127.0.0.1:$to/tree/" got1
	same tree/one got1/one
	same tree/two got1/two
	random_file got1/three 3M
	RSYNC_PROXY=$USER_OF_PROXY@$PROXY rsync -a got1/ \
	    "rsync://127.0.0.1:$to/tree/"
	same tree/three got1/three
	run ! env RSYNC_PROXY="$PROXY" rsync -a \
	    "rsync://127.0.0.1:$to/tree/" got2
	echo s3c:ret >password
	RSYNC_CONNECT_PROG="$SOCKCAT -X 5 -x $PROXY -P ann --proxy-auth-file $PWD/password %H $to" \
	    rsync -a rsync://localhost/tree/ got3
	same tree/three got3/three
}

@test "ssh: ProxyCommand of nc and of ncat" {
	local word
	need ssh
	need ssh-keygen
	need ncat
	need nc.openbsd
	random_file up 1M
	proxy
	ssh_server_for_all
	for word in 'nc.openbsd -X 5 -x' 'nc.openbsd -X connect -x' \
	    'nc.openbsd -X 4 -x' 'ncat --proxy-type socks5 --proxy' \
	    'ncat --proxy-type http --proxy'; do
		"${SSH[@]}" -o "ProxyCommand=$word $PROXY %h %p" 127.0.0.1 \
		    'head -c 1000000 /dev/zero; cat' <up >got
		same got <(head -c 1000000 /dev/zero && cat up)
	done
}
