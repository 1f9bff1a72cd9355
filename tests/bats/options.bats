#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Options: what is wrong is refused before anything is opened, what is right
# takes effect.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers

# --- what is refused ---------------------------------------------------------

# refused FRAGMENT|FRAGMENT WORD...: status 2, and the message has all fragments.
refused() {
	local fragments fragment
	IFS='|' read -r -a fragments <<<"$1"
	shift
	# Not by `run', which takes several times as long as the program.
	status=0
	"$SOCKCAT" "$@" >refused.out 2>refused.err || status=$?
	IFS= read -r -d '' stderr <refused.err || true
	stderr=${stderr%$'\n'}
	[ "$status" -eq 2 ] || fail "status $status, not 2, of: $* ($stderr)"
	[ ! -s refused.out ] ||
		fail "on standard output, of $*: $(<refused.out)"
	[[ -n $stderr && $stderr != *$'\n'* ]] ||
		fail "not one line, of $*: $stderr"
	for fragment in "${fragments[@]}"; do
		[[ $stderr == *"$fragment"* ]] ||
			fail "'$fragment' is not in what $* says: $stderr"
	done
}

@test "a wrong number: the message has the option, the word, and what it can be" {
	local row option value expected
	for row in \
	    '-B/--backlog|0|from 1 to 2147483647' \
	    '-B/--backlog|-1|from 1 to 2147483647' \
	    '-B/--backlog|2147483648|from 1 to 2147483647' \
	    '-B/--backlog|9223372036854775808|from 1 to 2147483647' \
	    '-B/--backlog|99999999999999999999|from 1 to 2147483647' \
	    '-B/--backlog|5x|from 1 to 2147483647' \
	    '-B/--backlog|+5|from 1 to 2147483647' \
	    '-B/--backlog| 5|from 1 to 2147483647' \
	    '-B/--backlog|0x5|from 1 to 2147483647' \
	    '-B/--backlog||from 1 to 2147483647' \
	    '-M/--ttl|0|from 1 to 255' \
	    '-M/--ttl|256|from 1 to 255' \
	    '-m/--min-ttl|0|from 1 to 255' \
	    '-m/--min-ttl|256|from 1 to 255' \
	    '-W/--recv-limit|0|from 1 up' \
	    '-W/--recv-limit|-3|from 1 up' \
	    '-W/--recv-limit|many|from 1 up' \
	    '/--max-accepts|0|from 1 up' \
	    '/--max-accepts|x|from 1 up' \
	    '/--ready-fd|-1|from 3 to 2147483647' \
	    '/--ready-fd|2|from 3 to 2147483647' \
	    '/--so-mark|-1|from 0 to 4294967295' \
	    '/--so-mark|4294967296|from 0 to 4294967295' \
	    '/--so-mark|0x100000000|from 0 to 4294967295' \
	    '/--so-mark|0x|from 0 to 4294967295' \
	    '-T/--tos|256|a number from 0 to 255' \
	    '-T/--tos|-1|a DSCP name' \
	    '-T/--tos|af15|a DSCP name' \
	    '-T/--tos|nonsense|a keyword' \
	    '-T/--tos||a DSCP name'; do
		IFS='|' read -r option value expected <<<"$row"
		wrong_value "$option" "$value" "$expected"
	done
	for value in 0 999ms 32768 10h '' 1x; do
		refused "--keepalive|'$value'|from 1.0 s to 32767" \
		    "--keepalive=$value" host 80
	done
	refused "--user-timeout|'0'|from 1.0 ms" --user-timeout 0 host 80
}

# wrong_value -X/--word VALUE EXPECTED: in each way of writing it.
wrong_value() {
	local letter=${1%%/*} word=${1#*/}
	refused "$word|'$2'|$3" "$word=$2" host 80
	refused "$word|'$2'|$3" host 80 "$word" "$2"
	[ -z "$letter" ] || refused "$letter|'$2'|$3" "$letter" "$2" host 80
	[ -z "$letter" ] || [ -z "$2" ] ||
		refused "$letter|'$2'|$3" "$letter$2" host 80
}

@test "a wrong time" {
	local value option
	for value in '' x 1x 1d -1 +1 1.s . 1..2 '1 s' 1e3 0x10 99999999999h; do
		refused "--wait|'$value'|a time" --wait "$value" host 80
	done
	wrong_value -w/--wait 5y "a time"
	wrong_value -i/--delay 5y "a time"
	for option in --connect-timeout --idle-timeout --timeout --retry \
	    --accept-timeout; do
		wrong_value "/$option" 5y "a time"
		wrong_value "/$option" -5 "a time"
	done
	wrong_value -q/--quit-after never "a time"
	wrong_value -q/--quit-after -x "a time"
	wrong_value -q/--quit-after - "a time"
}

@test "a wrong size" {
	local value
	for value in '' 0 x 1T -1 1kk 3G 99999999999; do
		refused "--recv-buffer|'$value'|a size" --recv-buffer="$value" \
		    host 80
	done
	wrong_value -I/--recv-buffer 5x "a size"
	wrong_value -O/--send-buffer 5x "a size"
}

@test "a wrong source port" {
	local value
	for value in '' 65536 -1 1-2 1,2 0x50 nosuchservice; do
		wrong_value -p/--source-port "$value" "a port"
	done
}

@test "an empty text where a text is needed" {
	local option
	for option in --source --interface --port-file --multicast; do
		refused "$option|''" -l -u "$option=" 127.0.0.1 0
	done
	refused "-s|''" -s '' 127.0.0.1 80
}

@test "an argument that is missing, or not wanted" {
	local option
	for option in -s -p -B -w -q -i -W -I -O -T -M -m --source \
	    --source-port --interface --backlog --max-accepts \
	    --accept-timeout --ready-fd --port-file --multicast --wait \
	    --connect-timeout --idle-timeout --timeout --retry --quit-after \
	    --delay --recv-limit --recv-buffer --send-buffer --tos --ttl \
	    --min-ttl --so-mark; do
		refused "$option|needs an argument" host 80 "$option"
	done
	for option in --listen --scan --udp --crlf --verbose --no-delay; do
		refused "$option=1|takes no argument" "$option=1" host 80
	done
}

@test "an option that does not exist" {
	refused "--nonsense" --nonsense host 80
	refused "--nonsense" host 80 --nonsense=5
	refused "-Y" -Y host 80
	refused "-Y" -nYv host 80
	refused "--no" --no host 80
}

@test "wrong operands" {
	refused "no host"
	refused "no host" -v
	refused "'host'|port is missing" host
	refused "'host:'|port is missing" host:
	refused "':80'|host is missing" :80
	refused "host is empty" '' 80
	refused "'::1'|brackets" ::1
	refused "'::1:80'|brackets" ::1:80
	refused "'[::1]'|port is missing" '[::1]'
	refused "'[::1'|brackets" '[::1'
	refused "'[::1]80'|brackets" '[::1]80'
	refused "'65536'|0 to 65535" host 65536
	refused "'-1'|0 to 65535" -- host -1
	refused "''|0 to 65535" host ''
	refused "'80x'|0 to 65535" host 80x
	refused "'nosuchservice'|0 to 65535|tcp" host nosuchservice
	refused "'nosuchservice'|0 to 65535|udp" -u host nosuchservice
	refused "'65536'" host:65536
	refused "more than one port|-z" host 1 2
	refused "more than one port|-z" host 1-2
	refused "more than one port|-z" host:1,2
	refused "port 0" host 0
	refused "port 0|-l" -u host:0
	refused "'1-65536'" -z host 1-65536
	refused "'2-x'" -z host 1,2-x
	refused "''" -z host 1,,2
	refused "listener needs a port" -l
	refused "'extra'|[host] port" -l 127.0.0.1 0 extra
	refused "'extra'|-p" -l -p 0 127.0.0.1 extra
	refused "more than one port" -l 1-2
	refused "'65536'" -l 65536
	refused "-U needs a path" -U
	refused "-U needs a path" -l -U
	refused "'80'|one path" -U path 80
	refused "path ''|1 to 107" -U ''
	refused "1 to 107" -U "$(printf '%0200d' 0)"
}

@test "descriptors, groups and keys that won't do" {
	refused "--ready-fd|descriptor 77 is not open" -l --ready-fd 77 \
	    127.0.0.1 0
	refused "--multicast|'127.0.0.1'|multicast group" -l -u \
	    --multicast 127.0.0.1 127.0.0.1 0
	refused "--multicast|'nosuch'|multicast group" -l -u \
	    --multicast nosuch 127.0.0.1 0
	refused "-S|--md5sig=FILE|SOCKCAT_MD5SIG_KEY" -S 127.0.0.1 80
	SOCKCAT_MD5SIG_KEY='' refused "1 to 80" -S 127.0.0.1 80
	SOCKCAT_MD5SIG_KEY=$(printf '%081d' 0) refused "1 to 80" \
	    -S 127.0.0.1 80
	run -6 "$SOCKCAT" --md5sig=nosuch 127.0.0.1 80
	assert_output --partial "--md5sig=nosuch: No such file"
	: >empty
	refused "1 to 80" --md5sig=empty 127.0.0.1 80
}

# Each pair excludes each other.
exclusive='listen scan
listen pass-fd
listen retry
scan pass-fd
ipv4 ipv6
unixsock ipv4
unixsock ipv6
unixsock source-port
unixsock interface
unixsock port-file
unixsock multicast
send-only recv-only
send-only no-stdin
send-only recv-limit
shutdown no-shutdown
pass-fd udp
pass-fd send-only
pass-fd recv-only
udp telnet
udp fastopen
udp md5sig
udp backlog
udp exit-on-eof
udp max-accepts
udp keepalive
nagle no-delay
udp nagle
udp no-delay
udp no-wait
udp no-shutdown
lines crlf
unixsock keepalive
unixsock nagle
unixsock no-delay
unixsock fastopen
unixsock md5sig
unixsock tos
unixsock ttl
unixsock min-ttl
unixsock reuseport
unixsock broadcast
scan send-only
scan recv-only
scan crlf
scan telnet
scan recv-limit
exec sh-exec
exec forward
exec broker
forward broker
forward chat
sh-exec scan
udp broker
udp pty
udp drain
send-proxy udp
accept-proxy udp
sctp mptcp
socket-activation backlog
socket-activation mode'

# Each pair excludes each other, unless the third is given.
exclusive_without='unixsock allow accept-proxy
unixsock denyfile accept-proxy
listen send-proxy forward
send-proxy fastopen listen'

# The first goes with the second only.
dependent='keep-open listen
backlog listen
max-accepts keep-open
accept-timeout listen
reuseport listen
ready-fd listen
port-file listen
multicast listen
multicast udp
lines udp
broadcast udp
randomports scan
forward listen
broker listen
chat listen
accept-proxy listen
allow listen
denyfile listen
max-conns keep-open
drain keep-open
mode unixsock
size progress
socket-activation listen'

# in_source TABLE: its pairs in src/options/conflicts.c.
in_source() {
	local source=$top_srcdir/src/options/conflicts.c
	[ -e "$source" ] || [ ! -d "$top_srcdir/src" ] || fail "no $source"
	[ ! -e "$source" ] || sed -n "/const spec_$1\[\]\[[23]\] = {/,/^};/s/^.*{ \(\".*\"\) },.*/\1/p" "$source" |
	    tr -d '",'
}

# with_value WORD: the option with some good argument.
with_value() {
	case $1 in
	source) echo --source=127.0.0.1 ;;
	interface) echo --interface=lo ;;
	port-file) echo --port-file=port ;;
	multicast) echo --multicast=224.0.0.1 ;;
	tos) echo --tos=ef ;;
	ready-fd) echo --ready-fd=9 ;;
	exec | sh-exec) echo "--$1=cat" ;;
	forward | proxy) echo "--$1=localhost:1" ;;
	proxy-server) echo --proxy-server=any ;;
	proxy-dns) echo --proxy-dns=local ;;
	allow | deny | allow-dest | deny-dest) echo "--$1=127.0.0.1" ;;
	allowfile | denyfile) echo "--$1=/dev/null" ;;
	mode) echo --mode=600 ;;
	tls-pin) echo "--$1=$(printf '%064d' 0)" ;;
	tls-min | tls-max) echo "--$1=1.2" ;;
	tls-name | tls-servername | tls-alpn | tls-ciphers) echo "--$1=a" ;;
	tls-ca | tls-cert | tls-key | tls-key-pass-file | pin-file | \
	    tls-client-ca | tls-keylog | tls-peer-cert | output | hex-dump | \
	    pcap | report-file) echo "--$1=/dev/null" ;;
	compat) echo --compat=none ;;
	starttls) echo --starttls=smtp ;;
	user) echo --user=root ;;
	chroot) echo --chroot=/ ;;
	source-port | backlog | max-accepts | accept-timeout | \
	    max-conns | drain | limit-rate | \
	    wait | connect-timeout | idle-timeout | timeout | retry | \
	    quit-after | delay | recv-limit | recv-buffer | send-buffer | \
	    ttl | min-ttl | so-mark | user-timeout | size)
		echo "--$1=1"
		;;
	*) echo "--$1" ;;
	esac
}

@test "options that exclude each other: both are named, in either order" {
	local a b count=0
	local -A word=()
	while read -r a b; do
		[ -n "${word[$a]-}" ] || word[$a]=$(with_value "$a")
		[ -n "${word[$b]-}" ] || word[$b]=$(with_value "$b")
		refused "--$a|--$b|exclude" "${word[$a]}" "${word[$b]}" \
		    127.0.0.1 1
		refused "--$a|--$b|exclude" 127.0.0.1 1 "${word[$b]}" \
		    "${word[$a]}"
		count=$((count + 1))
	done < <({ echo "$exclusive"; in_source conflicts; } | sort -u)
	[ "$count" -ge 200 ]
}

@test "options that exclude each other without a third: all are named" {
	local a b without count=0
	while read -r a b without; do
		refused "--$a|--$b|exclude each other, without|--$without" \
		    "$(with_value "$a")" "$(with_value "$b")" 127.0.0.1 1
		count=$((count + 1))
	done < <({ echo "$exclusive_without"; in_source conflicts_without; } |
	    sort -u)
	[ "$count" -ge 4 ]
}

@test "options that go with another only: both are named" {
	local a b other also count=0 all
	all=$({ echo "$dependent"; in_source needs; } | sort -u)
	while read -r a b; do
		also=()
		while read -r other; do
			[ "$other" = "$b" ] || also+=("--$other")
		done < <(sed -n "s/^$a //p" <<<"$all")
		refused "--$a|--$b|only" "$(with_value "$a")" "${also[@]}" \
		    127.0.0.1 1
		count=$((count + 1))
	done <<<"$all"
	[ "$count" -ge 30 ]
}

@test "nothing is opened before the whole command line is understood" {
	local row
	local -a words
	need_strace
	for row in \
	    '-l 127.0.0.1 0 --port-file port --nonsense' \
	    '-l 127.0.0.1 0 --port-file port -B 0' \
	    '-l 127.0.0.1 0 --port-file port -z' \
	    '-l 127.0.0.1 0 --port-file port extra' \
	    '-l 127.0.0.1 0 --port-file port --ready-fd 99' \
	    '-l 127.0.0.1 0 --port-file port -S' \
	    '-l -u 127.0.0.1 0 --port-file port --multicast 1.2.3.4' \
	    '-l -U socket -4' \
	    '-l -U socket extra' \
	    '-z localhost 1 2 65536' \
	    'localhost 1 2' \
	    '-u localhost 1 --backlog 5'; do
		read -r -a words <<<"$row"
		run strace -f -o trace -e trace=network "$SOCKCAT" "${words[@]}"
		[ "$status" -eq 2 ] || fail "status $status of: $row"
		grep -q 'exited with 2' trace
		if grep '(' trace; then
			fail "the network was touched: $row"
		fi
		[ ! -e port ] || fail "the file was written: $row"
		[ ! -e socket ] || fail "the socket was made: $row"
	done
}

# --- what takes effect -------------------------------------------------------

# options_set EXPECTED WORD...: connect with these words; EXPECTED, a regular
# expression, matches a setsockopt(2) that succeeds, and -vv says so.
options_set() {
	local expected=$1 said=$2
	shift 2
	run strace -o trace -e trace=setsockopt "$SOCKCAT" -vv --send-only "$@" \
	    127.0.0.1 "${PORTS[0]}" </dev/null
	[ "$status" -eq 0 ] || fail "status $status of $*: $output"
	grep -Eq "$expected.* = 0\$" trace || fail "$*: $(cat trace)"
	grep -Eq "socket option $said\$" <<<"$output" || fail "$*: $output"
}

@test "-T: DSCP names, keywords and numbers" {
	local row name value
	need_strace
	sockets held open@127.0.0.1
	for row in ef:184 EF:184 va:176 le:4 cs0:0 cs7:224 af11:40 af43:152 \
	    AF21:72 critical:160 inetcontrol:192 netcontrol:224 lowcost:2 \
	    lowdelay:16 reliability:4 throughput:8 0:0 255:255 0xb8:184; do
		name=${row%:*}
		value=${row#*:}
		options_set "IP_TOS, \[$value\]" "IP_TOS = $value" -T "$name"
	done
}

@test "-M, -m, -I, -O, -D, --keepalive, --no-delay, --interface, --so-mark" {
	need_strace
	sockets held open@127.0.0.1
	options_set 'IP_TTL, \[7\]' 'IP_TTL = 7' -M 7
	options_set 'IP_MINTTL, \[1\]' 'IP_MINTTL = 1' -m 1
	options_set 'SO_RCVBUF, \[65536\]' 'SO_RCVBUF = 65536' -I 64k
	options_set 'SO_SNDBUF, \[5000\]' 'SO_SNDBUF = 5000' -O 5000
	options_set 'SO_KEEPALIVE, \[1\]' 'SO_KEEPALIVE = 1' --keepalive
	options_set 'SO_KEEPALIVE, \[1\]' 'SO_KEEPALIVE = 1' --keepalive
	options_set 'TCP_KEEPIDLE, \[60\]' \
	    'SO_KEEPALIVE = 1 \(after 60 s, then 6, 10 s apart\)'
	options_set 'TCP_KEEPINTVL, \[10\]' 'TCP_KEEPINTVL = 10 s' --keepalive=1h
	options_set 'TCP_KEEPINTVL, \[5\]' 'TCP_KEEPCNT = 6' --keepalive=30
	options_set 'TCP_KEEPIDLE, \[30\]' 'TCP_KEEPIDLE = 30 s' --keepalive=29.5
	options_set 'TCP_USER_TIMEOUT, \[1500\]' 'TCP_USER_TIMEOUT = 1500 ms' \
	    --user-timeout 1.5
	options_set 'TCP_NODELAY, \[1\]' 'TCP_NODELAY = 1' --no-delay
	options_set 'SO_BINDTODEVICE, "lo' 'SO_BINDTODEVICE = lo' \
	    --interface lo
	run "$SOCKCAT" --so-mark 1 -z 127.0.0.1 "${PORTS[0]}"
	[ "$status" -eq 0 ] || skip "no right to set marks and SO_DEBUG"
	options_set 'SO_MARK, \[16\]' 'SO_MARK = 16' --so-mark 0x10
	options_set 'SO_MARK, \[0\]' 'SO_MARK = 0' --so-mark 0
	options_set 'SO_DEBUG, \[1\]' 'SO_DEBUG = 1' -D
}

@test "the same for IPv6, under its own names" {
	need_strace
	"$SOCKCAT" -l --accept-timeout 0 ::1 0 2>/dev/null ||
		[ $? -eq 3 ] || skip "no IPv6 loopback"
	sockets held 'open@[::1]'
	run -0 strace -o trace -e trace=setsockopt "$SOCKCAT" -vv --send-only \
	    -T ef -M 7 -m 3 ::1 "${PORTS[0]}" </dev/null
	assert_line --partial 'IPV6_TCLASS = 184'
	assert_line --partial 'IPV6_UNICAST_HOPS = 7'
	assert_line --partial 'IPV6_MINHOPCOUNT = 3'
	grep -q 'IPV6_TCLASS, \[184\], 4) = 0' trace
	grep -q 'IPV6_UNICAST_HOPS, \[7\], 4) = 0' trace
	run ! grep -q IP_TOS trace
}

@test "socket options of a listener: set before listen, inherited" {
	local silent
	need ss
	mkfifo silent
	exec {silent}<>silent
	INPUT=silent listener server -vv --keepalive=30 --no-delay -I 64k \
	    -O 32k -T af11 --reuseport --interface lo 127.0.0.1 0
	INPUT=silent spawn client "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line server.err accepted
	until_true has_line client.err connected
	run -0 ss -Htmno --tos state established "sport = :$PORT"
	assert_output --partial 'timer:(keepalive,'
	assert_output --partial 'rb131072'
	assert_output --partial 'tb65536'
	assert_output --partial 'tos:0x28'
	run -0 grep 'socket option' server.err
	assert_line --partial 'SO_REUSEPORT = 1'
	assert_line --partial 'SO_REUSEADDR = 1'
	assert_line --partial 'TCP_KEEPIDLE = 30'
	kill "${PID[client]}" "${PID[server]}"
}

@test "what the kernel refuses is an error, not a shrug" {
	sockets held open@127.0.0.1
	run -6 "$SOCKCAT" --interface nosuch0 127.0.0.1 "${PORTS[0]}"
	assert_output --partial 'nosuch0'
	run -6 "$SOCKCAT" -l --interface nosuch0 127.0.0.1 0
	assert_output --partial 'nosuch0'
}

@test "marks without the right to them: which option, and status 6" {
	[ "$(id -u)" -eq 0 ] || skip "not root, and others have no such right"
	need setpriv
	sockets held open@127.0.0.1
	run -6 setpriv --inh-caps=-net_admin,-net_raw \
	    --bounding-set=-net_admin,-net_raw "$SOCKCAT" --so-mark 7 \
	    127.0.0.1 "${PORTS[0]}"
	assert_output --partial 'SO_MARK = 7: Operation not permitted'
}

@test "without --reuseport a second listener is refused, with it it is not" {
	listener one -k 127.0.0.1 0
	run -6 "$SOCKCAT" -l --accept-timeout 0 127.0.0.1 "$PORT"
	assert_output --partial 'port '
	listener two -k --reuseport 127.0.0.1 0
	run -3 "$SOCKCAT" -l --accept-timeout 0 --reuseport 127.0.0.1 "$PORT"
}

@test "-m: a listener does not answer who is too far away" {
	listener server -k -m 20 127.0.0.1 0
	run -3 "$SOCKCAT" -M 19 -w 300ms 127.0.0.1 "$PORT" <<<far
	run -0 "$SOCKCAT" -M 20 -w 20 127.0.0.1 "$PORT" <<<near
	until_true has_line server.out near
	run ! grep far server.out
}

# --- TCP MD5 signatures ------------------------------------------------------

need_md5sig() {
	sockets probe open@127.0.0.1
	SOCKCAT_MD5SIG_KEY=x run "$SOCKCAT" -S -w 50ms 127.0.0.1 "${PORTS[0]}"
	[ "$status" -ne 6 ] || skip "no TCP MD5 signatures in this kernel"
}

@test "-S: the key from the environment and from a file, both ends the same" {
	need_md5sig
	printf 'a good key\n' >key
	export SOCKCAT_MD5SIG_KEY='a good key'
	listener env -S 127.0.0.1 0
	unset SOCKCAT_MD5SIG_KEY
	run -0 "$SOCKCAT" --md5sig=key -w 20 127.0.0.1 "$PORT" <<<one
	finish env
	[ "$(cat env.out)" = one ]

	listener file --md5sig=key 127.0.0.1 0
	SOCKCAT_MD5SIG_KEY='a good key' run -0 "$SOCKCAT" -S -w 20 \
	    127.0.0.1 "$PORT" <<<two
	finish file
	[ "$(cat file.out)" = two ]
}

@test "-S: the file goes before the environment" {
	need_md5sig
	printf 'right' >key
	listener server --md5sig=key 127.0.0.1 0
	SOCKCAT_MD5SIG_KEY=wrong run -0 "$SOCKCAT" --md5sig=key -w 20 \
	    127.0.0.1 "$PORT" <<<data
	finish server
	[ "$(cat server.out)" = data ]
}

@test "-S: no connection with a wrong key, nor without one" {
	need_md5sig
	export SOCKCAT_MD5SIG_KEY=right
	listener server -k -S 127.0.0.1 0
	SOCKCAT_MD5SIG_KEY=wrong run -3 "$SOCKCAT" -S -w 200ms 127.0.0.1 \
	    "$PORT" <<<wrong
	run -3 "$SOCKCAT" -w 200ms 127.0.0.1 "$PORT" <<<none
	run -0 "$SOCKCAT" -S -w 20 127.0.0.1 "$PORT" <<<good
	until_true has_line server.out good
	[ "$(cat server.out)" = good ]
}

@test "-S: the key is nowhere to be seen" {
	need_md5sig
	printf 'secret' >key
	listener server -vvv --md5sig=key 127.0.0.1 0
	run ! grep -q secret "/proc/${PID[server]}/cmdline"
	run -0 "$SOCKCAT" -vvv --md5sig=key -w 20 127.0.0.1 "$PORT" <<<data
	refute_output --partial secret
	finish server
	run ! grep secret server.err
}
