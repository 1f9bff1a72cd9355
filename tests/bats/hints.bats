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
	# Not by `run', which takes several times as long as the program.
	local got=0
	"$SOCKCAT" "$@" </dev/null >hint.out 2>&1 || got=$?
	IFS= read -r -d '' output <hint.out || true
	output=${output%$'\n'}
	[ "$got" -eq "$status" ] || fail "status $got, not $status, of: $*"
	[[ $output == *"$text"* ]] || fail "$*: $output"
}

@test "a URL in the place of a host" {
	hint 2 "'http://localhost:80/': this is a URL, and no HTTP is spoken\
 here: write localhost 80" http://localhost:80/
	hint 2 "this is a URL, and no HTTP is spoken here: write -c ::1 443" \
	    'https://me@[::1]:443/x?y'
	hint 2 "write -c www.example.com 443" https://www.example.com
	hint 2 "this is a URL: write -u localhost 53" udp://localhost:53
	hint 2 "this is a URL: write -U /run/x" unix:///run/x
	hint 2 "host 'https://www.example.com/': this is a URL; what is wanted\
 of it is the host alone: www.example.com, with -c" https://www.example.com/ 443
	hint 2 "this is a URL; what is wanted of it is the host alone:\
 www.example.com" -z http://www.example.com/ 80 443
	hint 2 "write localhost 8080" -l http://localhost:8080
	hint 2 "--forward: 'http://a:80': this is a URL, and no HTTP is spoken\
 here: write a:80" -l 0 --forward http://a:80
	hint 2 "--forward: 'https://a': this is a URL, and no HTTP is spoken\
 here: write tls:a:443" -l 0 --forward https://a
	hint 2 "--forward: 'tls://a:443': this is a URL" \
	    -l 0 --forward tls://a:443
}

@test "an address of socat" {
	hint 2 "'TCP:localhost:80': this is an address of socat: write\
 localhost 80" TCP:localhost:80
	hint 2 "write localhost 80 (standard input and output need no name)" \
	    - TCP4:localhost:80,nodelay
	hint 2 "write localhost 80 (standard" TCP-CONNECT:localhost:80 -
	hint 2 "write -c localhost 443" OPENSSL:localhost:443,verify=0
	hint 2 "write -u localhost 53" - UDP:localhost:53
	hint 2 "write -U /run/x" UNIX-CONNECT:/run/x
	hint 2 "write -U @x" - ABSTRACT-CONNECT:x
	hint 2 "write -l 8080" TCP-LISTEN:8080,fork
	hint 2 "write 8080" -l TCP-LISTEN:8080,fork,reuseaddr
	hint 2 "write --sh-exec 'date'" EXEC:date
	hint 2 "these are addresses of socat: write -lk --forward localhost:80\
 8080" TCP-LISTEN:8080,fork TCP:localhost:80
	hint 2 "write -lk --forward tls:host:443 -U /run/x" \
	    UNIX-LISTEN:/run/x OPENSSL:host:443
	hint 2 "write -lk --sh-exec 'cat' 8080" TCP-LISTEN:8080 EXEC:cat
	hint 2 "--forward: 'TCP:localhost:80': this is an address of socat:\
 write localhost:80" -l 0 --forward TCP:localhost:80
	hint 2 "write tls:localhost:443" -l 0 --forward ssl:localhost:443
	hint 2 "write /run/x" -l 0 --forward UNIX-CONNECT:/run/x
	hint 2 "with -U the path stands alone: -U /run/x" -U UNIX:/run/x
	hint 2 "with -U the path stands alone: -U x" -l -U unix:x
	hint 2 "'-': standard input and output need no name" - 8080
}

@test "what ssh -L takes, and other ways to say --forward" {
	hint 2 "'37020:localhost:37080': this is what ssh's -L takes: write\
 --forward localhost:37080 37020" -l 37020:localhost:37080
	hint 2 "write -lk --forward localhost:80 8080" 8080:localhost:80
	hint 2 "write --forward 10.0.0.1:80 8080" -l 127.0.0.1:8080:10.0.0.1:80
	hint 2 "write --forward /run/x 8080" -l 8080:/run/x
	hint 2 "write localhost:80 8080" -l 0 --forward 8080:localhost:80
	hint 2 "-l and --forward" -L 8080:localhost:80
	hint 2 "to connect clients to it: --forward localhost:80 8080" \
	    -l 8080 localhost:80
	hint 2 "to connect clients to another place: --forward localhost:80\
 8080" -l 8080 localhost 80
	hint 2 "--forward: '80': the host is missing" -l 0 --forward 80
}

@test "several colons, and no IPv6 address" {
	hint 2 "'localhost:80:90': there are too many colons (host:port)" \
	    localhost:80:90
	hint 2 "--forward: 'a:http:80': there are too many colons" \
	    -l 0 --forward a:http:80
	hint 2 "'::1:22': an IPv6 address needs brackets ([address]:port)" \
	    ::1:22
	hint 2 "host 'localhost:80': there is a port in it, and another one\
 behind it" localhost:80 80
	hint 2 "host 'a:b:c': no host has a ':' in its name" -l a:b:c 80
}

@test "host and port, written as others do, or in another order" {
	hint 2 "'/dev/tcp/localhost/80': this is a name for bash: write\
 localhost 80" /dev/tcp/localhost/80
	hint 2 "a port is an operand of its own: write localhost 80" \
	    localhost/80
	hint 2 "the number alone is wanted; -u is for UDP" localhost 53/udp
	hint 2 "the number alone is wanted; -u is for UDP" localhost tcp/80
	hint 2 "the host comes first: localhost 80" 80 localhost
	hint 2 "the host comes first: localhost 80" -l 80 localhost
	hint 2 "the host is missing (host port; or -l 8080, to listen)" 8080
	hint 2 "the port is missing (host:port); -p is for the local port" \
	    -p 80 localhost
	hint 2 "host 'me@localhost': nobody logs in here" me@localhost 22
	hint 2 "host '10.0.0.0/24': no host has a '/' in its name, and networks\
 are not scanned" -z 10.0.0.0/24 22
	hint 2 "host '10.0.0.1-20': this is more than one host" \
	    -z 10.0.0.1-20 22
	hint 2 "host '*': leave the host out to listen on every address" \
	    -l '*:8080'
}

@test "addresses and interfaces, each in the other's place" {
	hint 2 "'127.0.0.1:8080' is an address and a port: -s 127.0.0.1 -p 8080" \
	    -s 127.0.0.1:8080 localhost 1
	hint 2 "--interface: '127.0.0.1' is an address, for -s" \
	    --interface 127.0.0.1 localhost 1
	hint 4 "(there is an interface of that name; --interface)" \
	    -s lo 127.0.0.1 1
	hint 2 "is not the address of a multicast group; the port is an operand" \
	    -u -l --multicast 239.1.2.3:5000 0
	hint 2 "a block (10.0.0.0/8) or a range (10.0.0.1-9)" -l \
	    --allow '10.0.0.*' 0
	hint 4 "(it has no IPv4 address)" -4 ::1 1
	hint 4 "(it has no IPv6 address)" -6 127.0.0.1 1
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
	hint 2 "'/run/docker.sock': this is a path: write -U /run/docker.sock" \
	    /run/docker.sock
	hint 2 "this is a path: write -U @name" @name
	hint 2 "this is a path: write -U docker.sock" docker.sock
	hint 2 "-U is for paths" /run/x 80
	hint 2 "-U is for paths" -l ./x 80
	hint 2 "this is a path: write -U ./x" -l ./x
	hint 2 "this is a path: write -U /run/x" -l /run/x
	hint 2 "this is a path: write -U @name" -l @name
	hint 2 "this is for --forward: write -U /run/x" unix:/run/x
	hint 2 "--forward: './docker.sock': this is a path: write\
 unix:./docker.sock" -l 0 --forward ./docker.sock
	hint 2 "write unix:run/docker.sock" -l 0 --forward run/docker.sock
	hint 2 "unix: is for paths" -l 0 --forward ./x:80
	# Files of such names can still be had.
	listener odd -U ./unix:x
	run -0 "$SOCKCAT" -U ./unix:x <<<hello
	finish odd
	[ "$(<odd.out)" = hello ]
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

# --- options -------------------------------------------------------------------

@test "an option that does not exist: what may be meant" {
	hint 2 "unknown option --keepalve: is --keepalive meant?" \
	    --keepalve localhost 1
	hint 2 "unknown option --timout=5: is --timeout meant?" \
	    --timout=5 localhost 1
	hint 2 "unknown option --tls-isnecure: is --tls-insecure meant?" \
	    --tls-isnecure localhost 1
	hint 2 "unknown option --cert=file: is --tls-cert or --tls-peer-cert meant?" \
	    --cert=file localhost 1
	hint 2 "unknown option --insecure: is --tls-insecure meant?" \
	    -c --insecure localhost 1
	hint 2 "unknown option --xyzzy (see --help)" --xyzzy localhost 1
	hint 2 "unknown option --$(printf 'a%.0s' {1..300}) (see --help)" \
	    "--$(printf 'a%.0s' {1..300})"
}

@test "an option that is ambiguous: which ones it may be" {
	hint 2 "ambiguous option --ke: is --keep-open or --keepalive meant?" \
	    --ke localhost 1
	hint 2 "ambiguous option --tls-c: is --tls-ca, --tls-cert,\
 --tls-client-ca or --tls-ciphers meant?" --tls-c localhost 1
}

@test "options of other programs" {
	hint 2 "a peer's certificate is verified unless --tls-insecure says" \
	    --ssl-verify localhost 1
	hint 2 "unknown option --port: the port is the last operand" \
	    --port 80 localhost
	hint 2 "unknown option --port: the port is the last operand" \
	    -l --port=80
	hint 2 "not to verify a peer is --tls-insecure" -ck localhost 443
	hint 2 "the version is --version" -V
	hint 2 "'5': -d (--no-stdin) takes no argument" -d 5 localhost 80
	hint 2 "the peer's certificates are saved by --tls-peer-cert" -Z file \
	    localhost 1
	hint 2 "-c is TLS, to run a command use --sh-exec" -c /bin/sh \
	    localhost 1
	hint 2 "'/bin/sh' is not the name of a host; to run a command use\
 --exec" -c -e /bin/sh localhost 1
	hint 2 "'localhost:443' is not the name of a host" -c \
	    -e localhost:443 localhost 1
}

@test "--starttls of what begins with TLS" {
	need_tls
	hint 2 "it begins with TLS, for which -c is enough" -c \
	    --starttls imaps localhost 993
}

@test "a word with one dash is a row of letters" {
	hint 2 "warning: '-exec' is a row of letters; the word has two dashes:\
 --exec" -exec date localhost 1
	hint 2 "the word has two dashes: --listen" -listen 80
	hint 2 "the word has two dashes: --udp" -udp 53
	hint 2 "the word has two dashes: --version" -version
	run -0 "$SOCKCAT" -help
	refute_output --partial "two dashes"
	# What is no option, and rows of letters that are no word.
	run -2 "$SOCKCAT" -lvk -- -udp -exec x
	refute_output --partial "two dashes"
}

@test "the argument of some options needs a =" {
	hint 2 "'60': the argument of --keepalive needs a '=': --keepalive=60" \
	    --keepalive 60 localhost 80
	hint 2 "'60': the argument of --keepalive needs a '=': --keepalive=60" \
	    -l --keepalive 60 localhost 80
	# 60 is an address, 0.0.0.60, and not what was meant.
	hint 2 "'60': the argument of --keepalive needs a '=': --keepalive=60" \
	    --keepalive 60 80
	hint 2 "'60': the argument of --keepalive needs a '=': --keepalive=60" \
	    -l --keepalive 60 8080
	hint 2 "'2s': the argument of --reply needs a '=': --reply=2s" \
	    --reply 2s localhost 80
	hint 2 "the argument needs a '=': --reply=..." localhost --reply 2 80
	echo key >key
	hint 2 "'key': the argument of --md5sig needs a '=': --md5sig=key" \
	    -S key localhost 80
	# No argument was meant here.
	sockets held closed@127.0.0.1
	hint 1 "refused" 127.0.0.1 --keepalive "${PORTS[0]}"
	listener a --keepalive 0
	stop a
}

@test "an argument that is missing: of which kind it is" {
	hint 2 "-w (--wait): needs an argument, T (a time: 500ms, 5s)" \
	    localhost 1 -w
	hint 2 "needs an argument, RATE (bytes a second: 65536, 64k)" \
	    localhost 1 --limit-rate
	hint 2 "needs an argument, SIZE (bytes: 65536, 64k)" localhost 1 -I
}

@test "every option of --help that takes a time names it T or IDLE" {
	"$SOCKCAT" --help=all >help
	grep -qx 'T and IDLE are times: 500ms, 5s (or 5), 2m, 1h.' help
	run grep -cE -- '--[a-z-]+(\[=| )(T|IDLE)\]? ' help
	[ "$output" -ge 11 ]
}

@test "--exec of what only a shell understands" {
	local command
	for command in 'cat >> log' 'cat >log' 'a | b' 'date; ls' 'x && y' \
	    'echo $HOME' 'echo ${HOME}' 'echo $(date)' 'echo `date`' \
	    'cat 2>&1'; do
		hint 2 "is for a shell, and there is none: use --sh-exec, or\
 quote it" -l --exec "$command" 0
		hint 2 "--exec: '$command': " --exec "$command" 127.0.0.1 1
	done
	hint 2 "'>>' is for a shell" -l --exec 'cat >> log' 0
	# Quoted, they are words.
	listener a --exec "printf %s ';' \\>\\> '\$HOME' 'a|b' a|b" 127.0.0.1 0
	run -0 "$SOCKCAT" 127.0.0.1 "$PORT"
	assert_output ";>>\$HOMEa|ba|b"
	finish a
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
	hint 2 "--connect-timeout of a listener goes with -c (--tls), --f" \
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
	for option in --tos=ef --recv-buffer=5000 --send-buffer=5000 --so-mark=1; do
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

# --- who has it already ----------------------------------------------------------

# taken NAME TEXT ARGUMENT...: status 6, and that the NAME has it.
taken() {
	local name=$1 text=$2
	shift 2
	hint 6 "Address already in use (${SOCKCAT##*/}, process ${PID[$name]},\
 $text" "$@"
}

@test "a port that is taken: by which process" {
	listener a -k 127.0.0.1 0
	taken a "listens there; choose another port, or 0 to let the system\
 choose)" -l 127.0.0.1 "$PORT"
	taken a "listens there; " -l -4 "$PORT"
	taken a "has it)" -p "$PORT" 127.0.0.1 1
	listener u -k -u 127.0.0.1 0
	taken u "has it; choose" -l -u 127.0.0.1 "$PORT"
	need_ipv6
	listener b -k -6 0
	taken b "listens there; " -l ::1 "$PORT"
}

@test "a port that somebody is connected from is not said to be listened at" {
	local from
	listener a 127.0.0.1 0
	silent_input
	INPUT=silent spawn c "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true grep -q "^sockcat: connected" c.err
	from=$(sed -n 's/.*connected 127.0.0.1:\([0-9]*\) .*/\1/p' c.err)
	taken c "has it; choose" -l 127.0.0.1 "$from"
	stop c
	finish a any
}

@test "a path, or a name, that is taken: by which process" {
	local name
	listener a -k -U ./path
	taken a "listens there)" -l -U ./path
	taken a "listens there)" -l -U path
	listener d -k -u -U dgram
	hint 6 "Address already in use (another process has it)" -l -u -U dgram
	name=@sockcat-hints-$$-$RANDOM$RANDOM
	listener b -k -U "$name"
	taken b "listens there)" -l -U "$name"
	listener c -k -u -U "$name.u"
	taken c "has it)" -l -u -U "$name.u"
}

@test "a port that is taken by a process of somebody else: of which user" {
	need_root
	# shellcheck disable=SC2154
	listener a -k 127.0.0.1 0
	run -6 setpriv --reuid 65534 --regid 65534 --clear-groups \
	    "$SOCKCAT" -l 127.0.0.1 "$PORT" </dev/null
	assert_output --partial "(a process of user 0 listens there; choose"
}

@test "a port that the kernel chooses takes no search for who has the others" {
	need_strace
	run -3 strace -f -o calls "$SOCKCAT" -l --accept-timeout 0 0 </dev/null
	run ! grep '/proc/net/\|/fd"' calls
}

# --- refused, and misunderstood ---------------------------------------------------

@test "a refusal on this host: who listens at another of its addresses" {
	local where
	need_ipv6
	listener a -k ::1 0
	where="(${SOCKCAT##*/}, process ${PID[a]}, listens at ::1 port $PORT)"
	hint 1 "connect to 127.0.0.1 port $PORT: Connection refused $where" \
	    127.0.0.1 "$PORT"
	hint 1 "$where" -4 localhost "$PORT"
	listener b -k 127.0.0.1 0
	hint 1 "listens at 127.0.0.1 port $PORT)" ::1 "$PORT"
	hint 1 "listens at 127.0.0.1 port $PORT)" 127.0.0.2 "$PORT"
	# Nobody was connected to for it.
	run ! grep accepted a.err b.err
	sockets held closed@127.0.0.1
	run -1 "$SOCKCAT" 127.0.0.1 "${PORTS[0]}" </dev/null
	refute_output --partial "listens"
}

@test "TLS spoken to who speaks none: -v names -c" {
	need_tls
	listener a -v 127.0.0.1 0
	spawn client "$SOCKCAT" -c 127.0.0.1 "$PORT"
	until_true has_line a.err 'the peer begins with TLS, .*: -c would speak it'
	stop client
	finish a any
	# A server that knows nothing but TLS answers with an alert.
	printf '\025\003\001\000\002\002\106' >alert
	INPUT=alert listener b 127.0.0.1 0
	run -0 "$SOCKCAT" -v --no-shutdown 127.0.0.1 "$PORT" <<<hello
	[[ $output == *"the peer answers with an alert of TLS: it may want TLS,\
 which is -c"* ]]
	finish b
	# It is passed on as it is.
	INPUT=alert listener c 127.0.0.1 0
	"$SOCKCAT" -v 127.0.0.1 "$PORT" </dev/null >got 2>/dev/null
	cmp alert got
	finish c
}

@test "no TLS where it was expected: what the peer speaks" {
	local said
	need_tls
	for said in 'HTTP/1.1 400 Bad Request|HTTP without TLS' \
	    'SSH-2.0-x|SSH, which has its own encryption' \
	    '220 mail ESMTP|SMTP and FTP begin TLS with --starttls smtp, ftp' \
	    '* OK ready|IMAP begins TLS with --starttls imap' \
	    '+OK ready|POP3 begins TLS with --starttls pop3'; do
		printf '%s\r\n' "${said%|*}" >said
		INPUT=said listener a 127.0.0.1 0
		hint 5 "does not speak TLS (it said \"${said%|*}" -c 127.0.0.1 \
		    "$PORT"
		[[ $output == *": ${said#*|})" ]] || fail "$output"
		wait "${PID[a]}" || true
	done
}
