#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --report: what is said of connections and runs when they have ended.

# bats and helpers.bash set output, PORT ...
# shellcheck disable=SC2154

load helpers
load report

@test "a transfer: both sides count what was sent" {
	random_file in 300000
	listener server -4 --report=json --report-file server 127.0.0.1 0
	run -0 "$SOCKCAT" --report=json --report-file client localhost "$PORT" \
	    <in
	finish server
	same in server.out
	reported client "c['role'] == 'initiator'" "c['transport'] == 'tcp'" \
	    "c['number'] == 1" "c['name'] == 'localhost'" \
	    "c['port'] == c['remote']['port'] == $PORT" \
	    "c['sent']['bytes'] == 300000" "c['received']['bytes'] == 0" \
	    "c['in_doubt'] == 0" "c['end']['by'] == 'local'" \
	    "c['end']['how'] == 'fin'" "c['status'] == 0" \
	    "c['time']['resolve'] + c['time']['connect'] <= \
c['time']['first_sent'] <= c['time']['total'] <= run['time']['total']" \
	    "c['tcp']['retransmits'] >= 0" "c['tcp']['rtt'] > 0" \
	    "c['tcp']['snd_mss'] > 500" "c['tcp']['congestion']" \
	    "run['sent'] == 300000" "run['records'] == 1" \
	    "run['failed'] == 0" "'listen' not in run"
	reported server "c['role'] == 'listener'" \
	    "c['received']['bytes'] == 300000" "c['name'] is None" \
	    "c['end']['by'] == 'local'" "run['received'] == 300000" \
	    "run['listen'][0]['local'] == {'address': '127.0.0.1', 'port': $PORT}" \
	    "run['namespace_listen_overflows'] >= 0"
}

@test "who ends first is told apart" {
	silent_input
	listener server --sh-exec 'echo hello' 127.0.0.1 0
	run -0 "$SOCKCAT" --report=json --report-file r --exit-on-eof \
	    127.0.0.1 "$PORT" <&"$SILENT"
	reported r "c['end']['by'] == 'peer'" "c['end']['how'] == 'fin'" \
	    "c['received']['bytes'] == 6" "c['end']['local_ended'] is False"
}

@test "with -k an object for each client, and one of the run" {
	listener server -k --max-accepts 3 -B 7 --report=json \
	    --report-file r --exec cat 127.0.0.1 0
	for number in 1 2 3; do
		run -0 "$SOCKCAT" 127.0.0.1 "$PORT" <<<"number $number"
		assert_output "number $number"
	done
	finish server
	reported r "len(conns) == 3" \
	    "sorted(x['number'] for x in conns) == [1, 2, 3]" \
	    "all(x['sent']['bytes'] == x['received']['bytes'] == 9 for x in conns)" \
	    "all(x['end']['how'] == 'command' for x in conns)" \
	    "run['sent'] == run['received'] == 27" "run['records'] == 3" \
	    "run['listen'][0]['backlog_asked'] == 7" \
	    "run['listen'][0]['backlog_granted'] == 7" \
	    "1 <= run['listen'][0]['queue_deepest'] <= 7" \
	    "run['listen'][0]['queue_depth'] == 0"
}

@test "--forward: both connections" {
	listener target --exec cat 127.0.0.1 0
	target=$PORT
	listener server --report=json --report-file r \
	    --forward "localhost:$target" 127.0.0.1 0
	run -0 "$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
	assert_output hello
	finish server
	reported r "len(conns) == 1" "c['local']['port'] == $PORT" \
	    "c['target']['remote']['port'] == $target" \
	    "c['target']['name'] == 'localhost'" \
	    "c['target']['transport'] == 'tcp'" \
	    "c['target']['tcp']['rtt'] > 0" \
	    "c['target']['time']['connect'] >= 0" \
	    "c['sent']['bytes'] == c['received']['bytes'] == 6"
}

@test "--proxy-server: where a client went" {
	listener target --exec cat 127.0.0.1 0
	target=$PORT
	listener server -k --max-accepts 1 --report=json --report-file r \
	    --proxy-server socks5 127.0.0.1 0
	run -0 "$SOCKCAT" --report=json --report-file client \
	    --proxy "127.0.0.1:$PORT" --proxy-type socks5 localhost "$target" <<<hello
	assert_output hello
	finish server
	reported r "c['target']['remote']['port'] == $target" \
	    "c['target']['name'] == 'localhost'" \
	    "c['sent']['bytes'] == c['received']['bytes'] == 6"
	reported client "c['time']['proxy'] > 0" \
	    "c['name'] == 'localhost'" "c['remote']['port'] == $PORT"
}

@test "--broker and --merge count for each client" {
	echo hello >said
	listener server -v -k --broker --report=json --report-file broker \
	    127.0.0.1 0
	silent_input
	INPUT=silent spawn reader "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true has_line server.err accepted
	INPUT=said spawn writer "$SOCKCAT" 127.0.0.1 "$PORT"
	until_true has_line reader.out hello
	stop server
	finish reader 1
	finish writer any
	reported broker "sum(x['received']['bytes'] for x in conns) == 6" \
	    "sum(x['sent']['bytes'] for x in conns) == 6" "len(conns) == 2"
	listener server -k --max-accepts 2 --merge --report=json \
	    --report-file merge 127.0.0.1 0
	run -0 "$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
	run -0 "$SOCKCAT" 127.0.0.1 "$PORT" <<<all
	finish server
	reported merge "sorted(x['received']['bytes'] for x in conns) == [4, 6]"
}

@test "a scan: an object for each port" {
	listener server -k 127.0.0.1 0
	free_port
	run -0 "$SOCKCAT" -z --report=json --report-file r 127.0.0.1 "$PORT" \
	    "$FREE"
	reported r "[x['state'] for x in all_[:-1]] == ['open', 'closed']" \
	    "all_[0]['port'] == $PORT" "run['status'] == 0"
	stop server
}

@test "datagrams are counted" {
	listener server -u -W 2 -q -1 --report=json --report-file server \
	    127.0.0.1 0
	printf 'one\nthree\n' | run -0 "$SOCKCAT" -u --lines --report=json \
	    --report-file client -q 0 127.0.0.1 "$PORT"
	finish server any
	reported client "c['transport'] == 'udp'" \
	    "c['datagrams']['sent'] == 2" "c['sent']['bytes'] == 8" \
	    "c['datagrams']['largest_sent'] == 5" \
	    "c['end']['how'] == 'input'"
	reported server "c['datagrams']['received'] == 2" \
	    "c['datagrams']['largest_received'] == 5" \
	    "c['received']['bytes'] == 8" \
	    "c['datagrams']['lost_to_full_queue'] == 0"
}

@test "UNIX-domain sockets have paths" {
	listener server --report=json --report-file r -U "$PWD/s"
	run -0 "$SOCKCAT" -U "$PWD/s" <<<hello
	finish server
	reported r "c['transport'] == 'unix'" \
	    "c['local'] == {'path': '$PWD/s'}" "'tcp' not in c" \
	    "run['listen'][0] == {'local': {'path': '$PWD/s'}, \
'backlog_asked': run['listen'][0]['backlog_asked']}"
}

@test "each exit status has its cause" {
	free_port
	ends 1 refused refused 127.0.0.1 "$FREE"
	ends 1 refused refused -U "$PWD/nobody"
	ends 4 name name does-not-exist.invalid 80
	peer server listen 127.0.0.1:0 recv:got park
	ends 3 timeout time_limit --idle-timeout 200ms 127.0.0.1 "$PORT"
	echo x >in
	peer server listen 127.0.0.1:0 recvn:2:got reset
	INPUT=in ends 1 broken reset --no-shutdown 127.0.0.1 "$PORT"
	listener server -k --exec cat 127.0.0.1 0
	ends 7 command command 127.0.0.1 "$PORT" --sh-exec 'exit 7'
	echo x >in
	# shellcheck disable=SC2016 # it is for that shell
	run -6 bash -c 'exec "$@" >/dev/full' bash "$SOCKCAT" --report=json \
	    --report-file r 127.0.0.1 "$PORT" <in
	reported r "c['result'] == 'local'" "c['end']['how'] == 'error'" \
	    "run['status'] == c['status'] == 6"
	stop server
}

@test "failures before there is a connection: of the run" {
	listener server -k 127.0.0.1 0
	run -6 "$SOCKCAT" -l --report=json --report-file r 127.0.0.1 "$PORT"
	stop server
	reported r "conns == []" "run['status'] == 6" \
	    "run['result'] == 'local'" "'bind' in run['message']"
	run -127 "$SOCKCAT" --report=json --report-file r 127.0.0.1 9 \
	    --exec does-not-exist
	reported r "conns == []" "run['status'] == 127" \
	    "run['result'] == 'command'"
	run -3 "$SOCKCAT" -l --accept-timeout 100ms --report=json \
	    --report-file r 127.0.0.1 0
	reported r "conns == []" "run['result'] == 'timeout'"
}

@test "a signal: of the connection and the run" {
	peer server listen 127.0.0.1:0 sendn:5 recv:got
	silent_input
	INPUT=silent spawn client "$SOCKCAT" --report=json \
	    --report-file r 127.0.0.1 "$PORT"
	until_true has_bytes client.out 5
	stop client
	reported r "c['result'] == run['result'] == 'signal'" \
	    "c['status'] == run['status'] == 143" \
	    "c['end'] == {'by': 'local', 'how': 'signal', \
'peer_ended': False, 'local_ended': False}"
}

@test "what a peer controls can't get out" {
	name=$(printf 'x\n{"schema":1}\033[2J\377')
	listener server -U "$PWD/s" --report=json --report-file r
	run -0 "$SOCKCAT" -U -s "$PWD/$name" "$PWD/s" <<<hello
	finish server
	reported r "c['remote']['path'].endswith('x\\n{\"schema\":1}\\x1b[2J\\\\xff')"
	listener server -U "$PWD/s" --report --report-file r
	run -0 "$SOCKCAT" -U -s "$PWD/$name" "$PWD/s" <<<hello
	finish server
	run -1 grep -aq "$(printf '\033')" r
	run -1 grep -q '^{' r
}

@test "to standard error, among messages; as text, too" {
	listener server -k --exec cat 127.0.0.1 0
	run -0 --separate-stderr "$SOCKCAT" -v --report=json 127.0.0.1 \
	    "$PORT" <<<hello
	assert_equal "$output" hello
	printf '%s\n' "$stderr" >r
	reported r "c['received']['bytes'] == 6"
	grep -q '^sockcat: closed' r
	run -0 --separate-stderr "$SOCKCAT" --report 127.0.0.1 "$PORT" \
	    <<<hello
	[[ $stderr =~ ^"connection  1, dialled, tcp, to 127.0.0.1" ]]
	[[ $stderr == *"  received  6 bytes, "*" a second, the first after "* ]]
	[[ $stderr == *"run         1 records, 0 failed, sent 6 bytes, received 6 bytes"* ]]
	run -0 "$SOCKCAT" --report=text 127.0.0.1 "$PORT" <<<hello
	stop server
}

@test "the file is emptied, and several may append to it" {
	echo before >r
	listener one --report=json --report-file r --exec cat 127.0.0.1 0
	first=$PORT
	echo between >>r
	run -0 "$SOCKCAT" 127.0.0.1 "$first" <<<hello
	finish one
	run -1 grep -q before r
	run -0 grep -c between r
	sed -i 1d r
	reported r "c['received']['bytes'] == 6"
}

@test "a report that can't be written" {
	listener server -k --exec cat 127.0.0.1 0
	run -0 --separate-stderr "$SOCKCAT" --report=json --report-file \
	    /dev/full 127.0.0.1 "$PORT" <<<hello
	assert_equal "$output" hello
	assert_equal "$stderr" "sockcat: --report-file /dev/full: No space left\
 on device (what follows is missing there)"
	# shellcheck disable=SC2016 # it is for that shell
	run -0 bash -c 'exec "$@" 2>&-' bash "$SOCKCAT" --report=json \
	    127.0.0.1 "$PORT" <<<hello
	assert_output hello
	run -6 --separate-stderr "$SOCKCAT" --report=json --report-file \
	    no/where 127.0.0.1 "$PORT" <<<hello
	assert_equal "$output" ""
	assert_equal "$stderr" \
	    "sockcat: --report-file no/where: No such file or directory"
	stop server
}

@test "words that are wrong" {
	run -2 "$SOCKCAT" --report=xml 127.0.0.1 9
	assert_output "sockcat: --report: 'xml' is not text or json"
	run -2 "$SOCKCAT" --report-file r 127.0.0.1 9
	[ ! -e r ]
}

@test "without it the kernel is not asked" {
	need_strace
	listener server -k --exec cat 127.0.0.1 0
	run -0 strace -f -o trace -e trace=getsockopt "$SOCKCAT" 127.0.0.1 \
	    "$PORT" <<<hello
	run -1 grep -q TCP_INFO trace
	stop server
}

@test "whom --deny keeps out, and who has done it" {
	listener server -k --max-accepts 1 --deny 127.0.0.2 --report=json \
	    --report-file r --exec cat 127.0.0.1 0
	run "$SOCKCAT" -s 127.0.0.2 127.0.0.1 "$PORT" </dev/null
	run -0 "$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
	finish server
	reported r "len(conns) == 2" "c['status'] == 5" \
	    "c['remote']['address'] == '127.0.0.2'" \
	    "c['end']['by'] == 'local'" "c['end']['how'] == 'denied'" \
	    "run['failed'] == 1"
}

@test "a target that fails is told from the client" {
	free_port
	listener server -k --max-accepts 1 --report=json --report-file r \
	    --forward "127.0.0.1:$FREE" 127.0.0.1 0
	run "$SOCKCAT" 127.0.0.1 "$PORT" </dev/null
	finish server any
	reported r "c['end']['by'] == 'target'" "c['end']['how'] == 'refused'"
	peer target listen 127.0.0.1:0 recvn:2:got reset
	listener server -k --max-accepts 1 --report=json --report-file r \
	    --forward "127.0.0.1:$PORT" 127.0.0.1 0
	run "$SOCKCAT" --no-shutdown 127.0.0.1 "$PORT" <<<x
	finish server any
	reported r "c['end']['by'] == 'target'" "c['end']['how'] == 'reset'" \
	    "c['target']['port'] == c['target']['remote']['port']"
	listener target --sh-exec 'echo hello' 127.0.0.1 0
	listener server --report=json --report-file r \
	    --forward "127.0.0.1:$PORT" 127.0.0.1 0
	silent_input
	run -0 "$SOCKCAT" --exit-on-eof 127.0.0.1 "$PORT" <&"$SILENT"
	finish server any
	reported r "c['end']['by'] == 'target'" "c['end']['how'] == 'fin'"
}

@test "sums of the kernel: what was sent is delivered, and how long that took" {
	random_file in 300000
	listener server 127.0.0.1 0
	run -0 "$SOCKCAT" --report=json --report-file r 127.0.0.1 "$PORT" <in
	finish server
	[[ $(<r) == *'"busy":'* ]] || skip "this kernel has no such sums"
	reported r "c['tcp']['delivered'] >= 300000 / c['tcp']['snd_mss']" \
	    "c['tcp']['segs_out'] > 0" "c['tcp']['segs_in'] > 0" \
	    "(c['tcp']['bytes_retrans'] > 0) == (c['tcp']['retransmits'] > 0)" \
	    "c['tcp']['busy'] <= c['time']['total'] + 0.02" \
	    "c['tcp']['rwnd_limited'] + c['tcp']['sndbuf_limited'] <= c['tcp']['busy']"
}
