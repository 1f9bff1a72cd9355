#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What the report says of a connection through a narrow place is what ss(8) and a
# capture say.

load helpers

@test "--report through a narrow queue agrees with ss and with a capture" {
	need_netns
	need tc
	need ss
	need tshark
	random_file data 3000000
	cat >inside.sh <<-'EOF2'
		set -e
		ip link set lo up mtu 1500
		tc qdisc add dev lo root tbf rate 40mbit burst 10k limit 12k ||
		    exit 77
		tshark -q -B 64 -s 128 -i lo -w capture 2>tshark.err &
		tshark=$!
		until [ -s capture ]; do
			kill -0 $tshark || exit 77
		done
		mkfifo ready
		"$SOCKCAT" -l --ready-fd 4 127.0.0.1 0 4>ready >got </dev/null &
		server=$!
		read -r _ port <ready
		echo "$port" >port
		"$SOCKCAT" --no-shutdown --report=json --report-file report \
		    127.0.0.1 "$port" <data &
		client=$!
		# All is acknowledged, and nothing moves.
		until ss -tieHnO state established "dport = :$port" >ss.out &&
		    grep -q 'bytes_acked:3000001' ss.out &&
		    [ "$(stat -c %s got)" -eq 3000000 ]; do
			kill -0 $client
		done
		kill -TERM $server
		wait $client
		wait $server || true
		# The capture is written a little later.
		until tshark -r capture -Y "tcp.dstport == $port &&
		    tcp.flags.fin == 1" 2>/dev/null | grep -q .; do
			kill -0 $tshark
		done
		kill -INT $tshark
		wait $tshark || true
	EOF2
	run timeout 50 unshare -rn sh inside.sh
	[ "$status" -ne 77 ] || skip "no tbf, or no capture, here"
	[ "$status" -eq 0 ] || fail "$output"
	tshark -r capture -Y "tcp.dstport == $(<port) && tcp.len > 0" \
	    -T fields -e tcp.len -e tcp.analysis.retransmission \
	    -e tcp.analysis.out_of_order >segments 2>/dev/null
	run python3 - <<-'EOF2'
		import json, re
		tcp = json.loads(open("report").readline())["tcp"]
		text = open("ss.out").read()
		def ss(pattern, default="0"):
		    found = re.search(r"\s" + pattern, text)
		    return found.group(1) if found else default
		number = r":(\d+)"
		seen = {"snd_mss": int(ss("mss" + number)),
		        "rcv_mss": int(ss("rcvmss" + number)),
		        "pmtu": int(ss("pmtu" + number)),
		        "cwnd": int(ss("cwnd" + number)),
		        "retransmits": int(ss(r"retrans:\d+/(\d+)")),
		        "bytes_retrans": int(ss("bytes_retrans" + number)),
		        "delivery_rate": int(ss(r"delivery_rate (\d+)bps")) // 8}
		for name, value in seen.items():
		    assert tcp[name] == value, (name, tcp[name], value)
		# An acknowledgement of the peer's end may be behind the look.
		assert 0 <= tcp["segs_out"] - int(ss("segs_out" + number)) <= 2, text
		if "ssthresh" in text.replace("rcv_ssthresh", ""):
		    assert tcp["ssthresh"] == int(ss("ssthresh" + number)), text
		for name, word in (("rtt", r"rtt:([\d.]+)/"),
		                   ("rttvar", r"rtt:[\d.]+/([\d.]+)"),
		                   ("min_rtt", r"minrtt:([\d.]+)")):
		    assert abs(tcp[name] * 1000 - float(ss(word))) < 0.002, name
		assert tcp["retransmits"] > 0, tcp
		# Behind the queue: what it has dropped is not there.
		lines = [line.rstrip("\n").split("\t") for line in open("segments")]
		again = sum(any(line[1:]) for line in lines)
		twice = sum(int(line[0]) for line in lines) - 3000000
		assert 0 < again <= tcp["retransmits"], (again, tcp)
		assert 0 <= twice <= tcp["bytes_retrans"], (twice, tcp)
	EOF2
	[ "$status" -eq 0 ] || fail "$output"
}
