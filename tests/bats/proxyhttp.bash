# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# HTTP proxies of others, each an instance of the test's own; with proxies.bash.

# tiny [LINE]: tinyproxy, with one more line in its configuration.
tiny() {
	need tinyproxy
	on_free_port tiny 127.0.0.1 tiny_at "$@"
}

tiny_at() {
	printf '%s\n' "Port $FREE" 'Listen 127.0.0.1' 'Timeout 60' \
	    'MaxClients 20' "$@" >tiny.conf
	COMMAND=(tinyproxy -d -c "$PWD/tiny.conf")
}

# squid_proxy none|basic|digest: it knows me, whose password is sesame.
squid_proxy() {
	need squid
	local -a wrap=()
	if [ "$EUID" -eq 0 ]; then
		# It would become somebody who may not read here.
		wrap=(unshare -U --map-user=1000 --map-group=1000)
		"${wrap[@]}" true 2>/dev/null || skip "no user namespaces here"
	fi
	on_free_port squid 127.0.0.1 squid_at "$@"
}

squid_at() {
	{
		printf '%s\n' "http_port 127.0.0.1:$FREE" \
		    'visible_hostname localhost' 'pid_filename none' \
		    'cache_log /dev/stderr' 'access_log none' 'cache deny all' \
		    'cache_mem 0' 'shutdown_lifetime 0 seconds' \
		    'max_filedescriptors 1024' 'pinger_enable off' \
		    'netdb_filename none' 'coredump_dir none'
		"squid_$1"
		echo 'http_access deny all'
	} >squid.conf
	COMMAND=("${wrap[@]}" squid -N -f "$PWD/squid.conf")
}

squid_none() {
	echo 'http_access allow all'
}

squid_basic() {
	cat >users <<-'EOF'
		#!/bin/sh
		while read -r user password; do
			case $user:$password in
			me:sesame) echo OK ;;
			*) echo ERR ;;
			esac
		done
	EOF
	chmod +x users
	squid_wants basic "$PWD/users"
}

squid_digest() {
	local helper=/usr/lib/squid/digest_file_auth
	[ -x "$helper" ] || skip "squid has no helper for Digest here"
	echo me:sesame >users
	squid_wants digest "$helper $PWD/users"
}

# squid_wants SCHEME PROGRAM
squid_wants() {
	printf '%s\n' "auth_param $1 program $2" "auth_param $1 realm a realm" \
	    "auth_param $1 children 1" 'acl known proxy_auth REQUIRED' \
	    'http_access allow known'
}

# ncat_proxy [OPTION...]: Ncat's.
ncat_proxy() {
	need ncat
	on_free_port ncat 127.0.0.1 ncat_at "$@"
}

ncat_at() {
	COMMAND=(ncat -l -k --proxy-type http "$@" 127.0.0.1 "$FREE")
}

# behind_tls [LINE]: haproxy, which speaks TLS, with one more line, in front of the
# proxy at PROXY, which PROXY is then.  Its certificate is for localhost.
behind_tls() {
	need_tls
	need haproxy
	BEHIND=$PROXY
	on_free_port haproxy 127.0.0.1 haproxy_at "$@"
	PROXY=tls:localhost:$FREE
}

haproxy_at() {
	cat >haproxy.conf <<-EOF
		defaults
			mode tcp
			timeout connect 10s
			timeout client 60s
			timeout server 60s
		listen tls
			bind 127.0.0.1:$FREE ssl crt $CERTS/server.pem
			server one $BEHIND
			$*
	EOF
	COMMAND=(haproxy -db -f "$PWD/haproxy.conf")
}
