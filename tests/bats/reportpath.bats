#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --report of a transfer over a path that loses: it says what ss(8) and a capture
# say.

# bats and helpers.bash set output, PORT ...
# shellcheck disable=SC2154

load helpers
load report
load tap

# Both files have one.
needs() {
	need_reporter
	need tc
	need ss
	need dumpcap
	need tshark
}

# What the path is made of: us at 192.0.2.1, a router with a slow and short queue
# towards 198.51.100.1.  A packet that is captured here is one segment.
# shellcheck disable=SC2016 # it is for that shell
PATH_OF_LOSS='
	unshare -n sleep 300 & far=$!
	unshare -n sleep 300 & router=$!
	echo $far >far.pid
	echo $router >router.pid
	own=$(readlink /proc/self/ns/net)
	for pid in $far $router; do
		while [ "$(readlink /proc/$pid/ns/net)" = "$own" ]; do
			sleep 0.01
		done
	done
	r="nsenter -t $router -n" f="nsenter -t $far -n"
	ip link add near type veth peer name rnear netns $router
	$r ip link add rfar type veth peer name far netns $far
	ip addr add 192.0.2.1/24 dev near
	ip link set near gso_max_segs 1 up
	ip route add default via 192.0.2.2
	$r ip addr add 192.0.2.2/24 dev rnear
	$r ip addr add 198.51.100.2/24 dev rfar
	$r ip link set rnear up
	$r ip link set rfar up
	$r sh -c "echo 1 >/proc/sys/net/ipv4/ip_forward"
	$f ip addr add 198.51.100.1/24 dev far
	$f ip link set far up
	$f ip route add default via 198.51.100.2
	$r tc qdisc add dev rfar root tbf rate 20mbit burst 5kb limit 20kb'

# lossy_path: make it, or skip.
lossy_path() {
	unshare -rnm sh -c 'ip link add near type veth peer name far &&
	    ip link set near gso_max_segs 1 &&
	    tc qdisc add dev near root tbf rate 20mbit burst 5kb limit 20kb' \
	    2>/dev/null || skip "no veth(4) or tc-tbf(8) here"
	netns "$PATH_OF_LOSS"
	read -r far <far.pid
	read -r router <router.pid
}

# quiet: ss says that all is acknowledged; what it says stays in the file ss.
quiet() {
	"${NS[@]}" ss -tieHOn dst 198.51.100.1 >ss
	[ -s ss ] && ! grep -q unacked: ss
}

# ss_says NAME: the value that it gives it.
ss_says() {
	grep -oP "(?<= $1:)[^ ]+" ss
}

# ss_again: how many segments were sent again, in all; nothing is said of none.
ss_again() {
	ss_says retrans | sed 's|.*/||'
}

# sent_again FILE: how many packets with data begin before the end of what was
# sent already.  (tshark calls some of them "out of order".)
sent_again() {
	fields "$1" 'ip.src == "192.0.2.1" && tcp.len > 0' tcp.seq tcp.len |
	    awk '$1 < end { n++ } $1 + $2 > end { end = $1 + $2 }
	    END { print n + 0 }'
}

@test "over a path that loses, the report says what ss and a capture say" {
	lossy_path
	random_file data 3M
	spawn server "${NS[@]}" nsenter -t "$far" -n "$SOCKCAT" -l \
	    --port-file port 198.51.100.1 0
	until_true test -s port
	read -r port <port
	spawn capture "${NS[@]}" dumpcap -q -i near -f tcp -w capture.pcapng
	until_true test -s capture.pcapng
	mkfifo in
	INPUT=in spawn client "${NS[@]}" "$SOCKCAT" --report=json \
	    --report-file r 198.51.100.1 "$port"
	exec {in}>in
	cat data >&"$in"
	# It stands still, and has not ended.
	until_true cmp -s data server.out
	until_true quiet
	exec {in}>&-
	finish client
	finish server
	same data server.out
	kill -INT "${PID[capture]}"
	finish capture
	lost=$("${NS[@]}" nsenter -t "$router" -n tc -s qdisc show dev rfar |
	    grep -oP '(?<=dropped )[0-9]+')
	[ "$lost" -gt 0 ]
	again=$(ss_again)
	[ "$again" -ge "$lost" ]
	# Where much else is running, a capture misses packets: ss counts them.
	seen=$(sent_again capture.pcapng)
	[ "$seen" -le "$again" ]
	[ "$seen" -ge $((again / 2)) ]
	run -0 cat ss
	reported r "c['sent']['bytes'] == 3 << 20" "c['in_doubt'] == 0" \
	    "c['tcp']['retransmits'] == $again" "c['tcp']['lost'] == 0" \
	    "c['tcp']['snd_mss'] == $(ss_says mss)" \
	    "c['tcp']['rcv_mss'] == $(ss_says rcvmss)" \
	    "c['tcp']['pmtu'] == $(ss_says pmtu)" \
	    "c['tcp']['ssthresh'] == $(ss_says ssthresh || echo None)" \
	    "' ' + c['tcp']['congestion'] + ' ' in '''$output'''"
	# The end is acknowledged, too, and that is one more measure of the time
	# there and back: an eighth of it counts.
	rtt=$(ss_says rtt) least=$(ss_says minrtt)
	reported r "c['tcp']['min_rtt'] <= $least / 1000 + 1e-6" \
	    "c['tcp']['min_rtt'] > 0" \
	    "c['tcp']['rtt'] >= ${rtt%/*} / 1000 * 49 / 64 - 1e-5"
}
