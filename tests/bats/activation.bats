#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --socket-activation: the sockets are a service manager's.  They are served, and
# neither bound again nor removed.

load helpers

# activated WORD... -- ARGUMENT...: a listener that manager.py has passed sockets
# to.  Sets WHERE to their ports and paths.
activated() {
	local -a words=()
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	# shellcheck disable=SC2016 # for the shell that it starts
	spawn manager "$PEERS/manager.py" "${words[@]}" -- sh -c \
	    'echo $$ >pid; exec "$@"' sh "$SOCKCAT" -l -v --socket-activation \
	    "$@"
	until_true has_line manager.err 'listening on'
	read -r -a WHERE <manager.out
	PID[listener]=$(cat pid)
}

# stop_listener: TERM, of which it dies; the manager has its status.
stop_listener() {
	kill -TERM "${PID[listener]}"
	finish manager 143
	unset "PID[listener]"
}

# refused TEXT WORD...: the listener leaves with status 6 and says TEXT.
refused() {
	local text=$1
	shift
	run -6 timeout 20 "$PEERS/manager.py" "$@" </dev/null
	[[ $output == *"$text"* ]] || fail "no '$text' in: $output"
	[ "${#lines[@]}" -eq 2 ]	# the manager's, and one of sockcat's
}

# echoes WORD...: to a client there, what it sends comes back.
echoes() {
	[ "$(timeout 20 "$SOCKCAT" "$@" <<<"hello $*")" = "hello $*" ] ||
	    fail "no echo from $*"
}

# by_systemd ARGUMENT... -- ARGUMENT...: run by systemd-socket-activate.
by_systemd() {
	need systemd-socket-activate
	local -a words=()
	while [ "$1" != -- ]; do
		words+=("$1")
		shift
	done
	shift
	spawn systemd systemd-socket-activate "${words[@]}" \
	    "$SOCKCAT" -l -v --socket-activation "$@"
	until_true has_line systemd.err 'Listening on'
}

# --- sockets that are passed --------------------------------------------------

@test "TCP: one client, on standard input and output; -v has the socket's name" {
	echo answer >answer
	INPUT=answer activated LISTEN_FDNAMES=web tcp --
	grep -q "listening on 127.0.0.1 port ${WHERE[0]} (descriptor 3, web)" \
	    manager.err
	[ "$("$SOCKCAT" 127.0.0.1 "${WHERE[0]}" <<<question)" = answer ]
	finish manager
	[ "$(tail -n 1 manager.out)" = question ]
}

@test "UNIX: many clients; the path is still there after the end" {
	local before
	activated unix:sock -- -k --exec cat
	before=$(stat -c %i sock)
	echoes -U sock
	echoes -U sock
	stop_listener
	[ "$(stat -c %i sock)" = "$before" ]
}

@test "UDP, and a UNIX datagram socket" {
	activated udp -- -u -k --exec cat
	grep -q "listening on 127.0.0.1 port ${WHERE[0]} (descriptor 3" \
	    manager.err
	echoes -u -W 1 -q -1 127.0.0.1 "${WHERE[0]}"
	stop_listener
	activated unixgram:gram -- -u -q -1
	echo datagram | "$SOCKCAT" -u -U --send-only gram
	until_true has_line manager.out datagram
	stop_listener
	[ -S gram ]
}

@test "several at once: TCP, UNIX, TCP again; each has its name" {
	local i
	activated LISTEN_FDNAMES=one::third tcp unix:sock tcp -- -k --exec cat
	grep -q "port ${WHERE[0]} (descriptor 3, one)" manager.err
	grep -q 'sock (descriptor 4)' manager.err
	grep -q "port ${WHERE[2]} (descriptor 5, third)" manager.err
	for i in 1 2; do
		echoes 127.0.0.1 "${WHERE[0]}"
		echoes -U sock
		echoes 127.0.0.1 "${WHERE[2]}"
	done
	stop_listener
	[ -S sock ]
}

@test "IPv6" {
	need_ipv6
	activated tcp6 -- -k --exec cat
	echoes ::1 "${WHERE[0]}"
}

@test "fewer names than sockets, or what no name should have" {
	activated LISTEN_FDNAMES=only tcp tcp -- -k
	until_true has_line manager.err "descriptor 4)"
	grep -q "descriptor 3, only)" manager.err
	stop_listener
	activated $'LISTEN_FDNAMES=a\033[31m' tcp -- -k
	grep -qF 'descriptor 3, a\x1b[31m)' manager.err
}

@test "one after another on standard output, and the broker" {
	activated tcp -- -k
	"$SOCKCAT" 127.0.0.1 "${WHERE[0]}" <<<one
	"$SOCKCAT" 127.0.0.1 "${WHERE[0]}" <<<two
	until_true has_line manager.out two
	stop_listener
	echo hello >hello
	INPUT=hello activated unix:sock -- --broker
	spawn one "$SOCKCAT" -d -U sock
	until_true has_line one.out hello
	stop_listener
	finish one
	[ -S sock ]
}

@test "without -k, the socket itself goes on: the manager's next client is served" {
	touch after
	activated tcp -- --exec cat
	echoes 127.0.0.1 "${WHERE[0]}"
	[ "$("$SOCKCAT" 127.0.0.1 "${WHERE[0]}" </dev/null)" = held ]
	finish manager
}

@test "with -k, after TERM, too" {
	touch after
	activated tcp -- -k --exec cat
	echoes 127.0.0.1 "${WHERE[0]}"
	kill -TERM "${PID[listener]}"
	# Until it has gone it may take one more.
	until_true [ ! -e "/proc/${PID[listener]}" ]
	[ "$("$SOCKCAT" 127.0.0.1 "${WHERE[0]}" </dev/null)" = held ]
	finish manager 143
	unset "PID[listener]"
}

@test "the variables do not reach a command, nor do the sockets" {
	activated LISTEN_FDNAMES=web tcp unix:sock -- -k --sh-exec \
	    'env | grep "^LISTEN_"; ls /proc/self/fd; echo end'
	"$SOCKCAT" -d 127.0.0.1 "${WHERE[0]}" >seen
	# ls has a descriptor of the directory itself.
	[ "$(paste -sd' ' seen)" = "0 1 2 3 end" ]
}

@test "READY=1 and STOPPING=1" {
	cat >notified.py <<-'END'
	import socket
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind("notify")
	print("bound", flush=True)
	for _ in range(2):
	    print(s.recv(4096).decode(), flush=True)
	END
	spawn notified python3 -S notified.py
	until_true has_line notified.out bound
	activated NOTIFY_SOCKET="$PWD/notify" tcp -- -k --exec cat
	until_true has_line notified.out READY=1
	echoes 127.0.0.1 "${WHERE[0]}"
	run ! grep -q STOPPING notified.out
	stop_listener
	finish notified
	[ "$(paste -sd' ' notified.out)" = "bound READY=1 STOPPING=1" ]
}

@test "--port-file and --ready-fd tell where they are" {
	activated tcp -- -k --port-file port
	until_true test -s port
	[ "$(cat port)" = "${WHERE[0]}" ]
	stop_listener
	touch told
	# shellcheck disable=SC2016 # for the shell that it starts
	spawn manager "$PEERS/manager.py" tcp -- sh -c \
	    'exec "$@" 9>told' sh "$SOCKCAT" -l --socket-activation --ready-fd 9
	until_true test -s told
	read -r -a WHERE <manager.out
	[ "$(cat told)" = "127.0.0.1 ${WHERE[0]}" ]
	"$SOCKCAT" 127.0.0.1 "${WHERE[0]}" </dev/null
	finish manager
}

# --- what is wrong with them --------------------------------------------------

@test "nothing passed: status 6" {
	local -a listen=("$SOCKCAT" -l --socket-activation)
	run -6 env -u LISTEN_PID -u LISTEN_FDS "${listen[@]}" </dev/null
	[[ $output == *"no service manager"*LISTEN_PID*LISTEN_FDS* ]]
	refused 'no service manager' LISTEN_PID= tcp -- "${listen[@]}"
	refused 'no service manager' LISTEN_FDS= tcp -- "${listen[@]}"
}

@test "for another process, or not even numbers: status 6" {
	local value
	local -a listen=("$SOCKCAT" -l --socket-activation)
	for value in 1 0 -1 x 99999999999999999999; do
		refused "for process $value" LISTEN_PID="$value" tcp -- \
		    "${listen[@]}"
	done
	for value in 0 -1 x 1x 1000000 99999999999999999999; do
		refused "LISTEN_FDS is $value" LISTEN_FDS="$value" tcp -- \
		    "${listen[@]}"
	done
	refused 'descriptor 4: ' LISTEN_FDS=2 tcp -- \
	    "${listen[@]}"
}

@test "sockets of another kind than is served: status 6" {
	local -a listen=("$SOCKCAT" -l --socket-activation)
	refused 'descriptor 3 is a datagram socket (-u' udp -- "${listen[@]}"
	refused 'descriptor 4 is a datagram socket (-u' tcp unixgram:gram -- \
	    "${listen[@]}"
	refused 'descriptor 3 is a stream socket' tcp -- "${listen[@]}" -u
	refused 'descriptor 3 does not listen' mute-tcp -- "${listen[@]}"
	refused 'descriptor 3 does not listen' mute-unix:mute -- "${listen[@]}"
	refused 'descriptor 3: Socket operation on non-socket' file -- \
	    "${listen[@]}"
	# It is neither a stream nor what -u takes.
	refused 'descriptor 3 is a ' seqpacket:seq -- "${listen[@]}"
	[[ $output != *datagram* ]]
	[ -S gram ]
	[ -S mute ]
	[ -S seq ]
}

@test "--allow and --deny can't judge a UNIX socket's clients: status 6, nobody served" {
	local option
	need python3
	for option in "--allow 127.0.0.1" "--deny 127.0.0.1" \
	    "--allowfile /dev/null" "--denyfile /dev/null"; do
		rm -f sock
		# shellcheck disable=SC2086 # an option and its value
		refused "sock: --allow and --deny can't judge" tcp unix:sock -- \
		    "$SOCKCAT" -l -k --socket-activation --exec cat $option
		rm -f gram
		# shellcheck disable=SC2086
		refused "gram: --allow and --deny can't judge" unixgram:gram -- \
		    "$SOCKCAT" -l -u --socket-activation $option
	done
	rm -f sock
	activated tcp -- -k --exec cat --deny 127.0.0.2
	echoes 127.0.0.1 "${WHERE[0]}"
	[ -z "$("$SOCKCAT" -s 127.0.0.2 127.0.0.1 "${WHERE[0]}" <<<no 2>/dev/null)" ]
}

@test "addresses, ports and what else belongs to binding: status 2" {
	local option
	run -2 "$SOCKCAT" -l --socket-activation 127.0.0.1 0 </dev/null
	[[ $output == *"service manager gives the addresses"* ]]
	for option in '-p 0' '-s 127.0.0.1' '-B 5' --reuseport '--mode 600'; do
		# shellcheck disable=SC2086 # words
		run -2 "$SOCKCAT" -l --socket-activation $option </dev/null
	done
	run -2 "$SOCKCAT" --socket-activation </dev/null
}

# --- the real thing -----------------------------------------------------------

@test "systemd-socket-activate: a path" {
	by_systemd -l "$PWD/sock" --fdname=door -- -k --exec cat
	echoes -U sock
	grep -q 'descriptor 3, door)' systemd.err
	echoes -U sock
	kill -TERM "${PID[systemd]}"	# it has become sockcat
	finish systemd 143
	[ -S sock ]
}

@test "systemd-socket-activate: a port, and a path beside it" {
	local program=$SOCKCAT
	need systemd-socket-activate
	in_net
	spawn systemd "${NS[@]}" systemd-socket-activate -l 127.0.0.1:4711 \
	    -l "$PWD/sock" --fdname=a:b "$program" -l -v --socket-activation \
	    -k --exec cat
	until_true has_line systemd.err 'Listening on'
	echoes 127.0.0.1 4711
	echoes -U sock
	grep -q 'port 4711 (descriptor 3, a)' systemd.err
	grep -q 'sock (descriptor 4, b)' systemd.err
}

@test "systemd-socket-activate -d: datagrams" {
	by_systemd -d -l "$PWD/gram" -- -u -q -1
	echo datagram | "$SOCKCAT" -u -U --send-only gram
	until_true has_line systemd.out datagram
	kill -TERM "${PID[systemd]}"
	finish systemd 143
	[ -S gram ]
}

@test "clients get small pieces at once, unless with --nagle" {
	printf '%s\n' 'import socket, sys' \
	    's = socket.socket(fileno=0)' \
	    'print(s.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))' >ask.py
	for options in "" --nagle; do
		# shellcheck disable=SC2086 # of none there is no word
		activated tcp -- $options --exec 'python3 -S ask.py'
		run -0 "$SOCKCAT" 127.0.0.1 "${WHERE[0]}" </dev/null
		[ "$output" = "$((${#options} == 0))" ]
		finish manager
		unset "PID[listener]"
	done
}

@test "clients are probed, as the manager wants it or we are told" {
	need ss
	mkfifo silent
	exec {SILENT}<>silent
	for options in "" --no-keepalive --user-timeout=1m; do
		# shellcheck disable=SC2086 # of none there is no word
		INPUT=silent activated tcp -- $options
		INPUT=silent spawn client "$SOCKCAT" -v 127.0.0.1 "${WHERE[0]}"
		until_true has_line manager.err accepted
		run -0 ss -Htno state established "sport = :${WHERE[0]}"
		if [ "$options" = --no-keepalive ]; then
			refute_output --partial keepalive
		else
			assert_output --partial 'timer:(keepalive,'
		fi
		stop_listener
		kill "${PID[client]}" || true
		finish client any
	done
}
