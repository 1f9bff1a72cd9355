# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about --proxy-server share.

# shellcheck disable=SC2034,SC2154

# The credentials of those who may; and who nearly has them.
USER_OF_PROXY=ann:s3c:ret
WRONG=(ann:s3c:re ann: :s3c:ret ann:s3c:ret2 Ann:s3c:ret bob:s3c:ret)

# proxy ARGUMENT...: a proxy server, of all types if none is said.  Sets PROXY.
# HOST is where, `all' for everywhere.
proxy() {
	local types=any
	[ $# -eq 0 ] || [[ $1 == -* ]] || { types=$1 && shift; }
	local -a where=("${HOST:-127.0.0.1}")
	[ "${where[0]}" != all ] || where=()
	listener proxy -k -v --proxy-server "$types" "$@" "${where[@]}" 0
	PROXY=$ADDR:$PORT
	[[ $ADDR != *:* ]] || PROXY=[$ADDR]:$PORT
}

# guarded ARGUMENT...: the same, for ann alone.
guarded() {
	echo "$USER_OF_PROXY" >users
	proxy "$@" --proxy-auth-file users
}

# origin [ARGUMENT...]: origin.py.  Sets ORIGIN, and ORIGIN_PORT.
origin() {
	spawn origin "${NS[@]}" "$PEERS/origin.py" "$@"
	until_true has_line origin.out .
	read -r ORIGIN_PORT <origin.out
	ORIGIN=127.0.0.1:$ORIGIN_PORT
}

# curls ARGUMENT...: curl, which asks nobody's environment or file.
curls() {
	env -u http_proxy -u https_proxy -u all_proxy -u HTTPS_PROXY \
	    -u ALL_PROXY -u no_proxy -u NO_PROXY \
	    curl -q -sS -m 20 --noproxy '' "$@"
}

# ask FORMAT [ARGUMENT...]: what the proxy answers to these bytes (a format of
# printf), up to its end.
ask() {
	# shellcheck disable=SC2059 # it is one
	printf "$@" | "$SOCKCAT" 127.0.0.1 "$PORT"
}

# hex: of standard input.
hex() {
	local bytes
	bytes=$(od -An -v -tx1)
	printf '%s' "${bytes//[ $'\n']/}"
}

# answers HEX FORMAT [ARGUMENT...]: that is just what ask gets.
answers() {
	local expected=$1 got
	shift
	got=$(ask "$@" | hex)
	[ "$got" = "$expected" ] ||
	    fail "to $1 the answer was $got, not $expected"
}

# status CODE FORMAT [ARGUMENT...]: ask gets one answer of HTTP, a whole one, with
# this code, after which the proxy has ended the connection.
status() {
	local code=$1 got
	shift
	ask "$@" >answer || true
	IFS= read -r got <answer || true
	[[ $got == "HTTP/1.1 $code "* ]] || fail "to $1 the answer was: $got"
	lines_with answer ^HTTP/
	[ "$COUNT" -eq 1 ] || fail "more than one: $(<answer)"
	whole answer
}

# whole FILE: it is a head of HTTP and as much as its Content-Length says.
whole() {
	local LC_ALL=C text='' head line lengths=''
	IFS= read -r -d '' text <"$1" || true
	head=${text%%$'\r\n\r\n'*}
	while read -r line; do
		[[ ${line,,} != content-length:* ]] || lengths+=${line#*:}
	done <<<"${head//$'\r'/}"
	[[ $text == *$'\r\n\r\n'* && ${head//$'\r\n'/} != *$'\n'* &&
	    $lengths =~ ^\ *([0-9]+)$ &&
	    $((10#${BASH_REMATCH[1]} + ${#head} + 4)) -eq ${#text} ]] ||
	    fail "not whole: $(<"$1")"
}

# octal TEXT: a byte of its length, for printf.
octal() {
	printf '\\%03o' "${#1}"
}

# port_bytes PORT: two bytes, for printf.
port_bytes() {
	printf '\\%03o\\%03o' $(($1 >> 8)) $(($1 & 255))
}

# number_of PID...: their descriptors and threads, in two numbers.
number_of() {
	local -a fds=("/proc/$1/fd/"*) tasks=("/proc/$1/task/"*)
	echo "${#fds[@]} ${#tasks[@]}"
}

# settles PID N: it has no more than so many descriptors; for until_true.
settles() {
	local -a fds=("/proc/$1/fd/"*)
	[ ${#fds[@]} -le "$2" ]
}

# slow_names: a network of its own, in which the server of names is silent, and
# names of one file are known.
slow_names() {
	printf '%s\n' 'nameserver 127.0.0.1' 'options timeout:20 attempts:1' \
	    >resolv.conf
	printf '%s\n' 'hosts: files dns' 'services: files' >nsswitch.conf
	printf '%s\n' '127.0.0.1 localhost quick.example.com' >hosts
	in_net "mount --bind '$PWD/nsswitch.conf' /etc/nsswitch.conf
		mount --bind '$PWD/hosts' /etc/hosts
		mount --bind '$PWD/resolv.conf' /etc/resolv.conf"
	spawn dns "${NS[@]}" "$PEERS/sockets.py" udp-mute@127.0.0.1:53
	until_true has_line dns.out 53
}
