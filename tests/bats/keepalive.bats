#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# A peer's host that vanishes: nothing is heard of it ever again.

# A test is a subshell; bats and helpers.bash set NS, PID, PORT ...
# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

load helpers

# two_hosts: two network namespaces with a cable in between.  Words behind
# "${NS[@]}" run in the one, 192.0.2.1, and behind "${FAR[@]}" in the other,
# 192.0.2.2.  Hardware addresses are known for good: a host that has gone is not
# told from one that does not answer.
two_hosts() {
	netns "ip link add near address 02:00:00:00:00:01 type veth \\
		    peer name far address 02:00:00:00:00:02
		ip address add 192.0.2.1/24 dev near
		ip link set near up
		ip neighbour add 192.0.2.2 lladdr 02:00:00:00:00:02 dev near" ||
	    return
	spawn far "${NS[@]}" unshare -n sh -c 'echo ready; exec "$PEERS/sockets.py"'
	until_true has_line far.out ready
	FAR=(nsenter -t "${PID[far]}" -U -n -m --wd --preserve-credentials)
	"${NS[@]}" ip link set far netns "${PID[far]}"
	"${FAR[@]}" ip address add 192.0.2.2/24 dev far
	"${FAR[@]}" ip link set far up
}

# cut_cable: the other host vanishes.
cut_cable() {
	"${FAR[@]}" ip link set far down
}

mend_cable() {
	"${FAR[@]}" ip link set far up
}

# here NAME OPTION...: a listener on 192.0.2.1.  Sets PORT.
here() {
	local name=$1
	shift
	rm -f port
	spawn "$name" "${NS[@]}" "$SOCKCAT" -l -v "$@" --port-file port \
	    192.0.2.1 0
	until_true test -s port
	PORT=$(cat port)
}

# probed ADDRESS:PORT: how long until the first probe, seconds, of connections
# to there.
probed() {
	ss -Htno state established "dst $1" |
	    sed -n 's/.*timer:(keepalive,\([^,]*\),0).*/\1/p'
}

# soon SPAN: it is what one minute has become in a short time, or in a long one.
soon() {
	[[ $1 =~ ^(1min|5[0-9]sec|[34][0-9]sec)$ ]] || fail "not a minute: '$1'"
}

@test "a collector does not wait for ever for a host that vanished" {
	two_hosts
	silent_input
	here server -k --keepalive=1
	INPUT=silent spawn client "${FAR[@]}" "$SOCKCAT" 192.0.2.1 "$PORT"
	until_true has_line server.err accepted
	cut_cable
	until_true has_line server.err 'closed 192.0.2.2:.*timed out'
	mend_cable
	run -0 "${FAR[@]}" "$SOCKCAT" 192.0.2.1 "$PORT" <<<next
	until_true has_line server.out next
}

@test "--forward: the client that vanished is given up, and so is the target" {
	two_hosts
	silent_input
	spawn target "${NS[@]}" "$SOCKCAT" -l --port-file target.port 127.0.0.1 0
	until_true test -s target.port
	here server -k --keepalive=1 --forward "127.0.0.1:$(cat target.port)"
	INPUT=silent spawn client "${FAR[@]}" "$SOCKCAT" 192.0.2.1 "$PORT"
	until_true has_line server.err connected
	# The other way round: the target is there.
	spawn mute "${FAR[@]}" "$SOCKCAT" -l --port-file mute.port 192.0.2.2 0
	until_true test -s mute.port
	rm -f port
	spawn other "${NS[@]}" "$SOCKCAT" -l -v -k --keepalive=1 --forward \
	    "192.0.2.2:$(cat mute.port)" --port-file port 127.0.0.1 0
	until_true test -s port
	INPUT=silent spawn second "${NS[@]}" "$SOCKCAT" 127.0.0.1 "$(cat port)"
	until_true has_line other.err connected
	cut_cable
	until_true has_line server.err 'closed 192.0.2.2:.*timed out'
	until_true has_line other.err 'closed 127.0.0.1:.*timed out'
	finish second 1
}

@test "--exec and --broker: who vanished is given up" {
	two_hosts
	silent_input
	here exec -k --keepalive=1 --exec cat
	INPUT=silent spawn one "${FAR[@]}" "$SOCKCAT" 192.0.2.1 "$PORT"
	here broker --keepalive=1 --broker
	INPUT=silent spawn two "${FAR[@]}" "$SOCKCAT" 192.0.2.1 "$PORT"
	until_true has_line exec.err started
	until_true has_line broker.err accepted
	cut_cable
	until_true has_line exec.err 'ended with status 1'
	until_true has_line broker.err 'closed .*timed out'
}

@test "an initiator whose peer vanished ends with 3" {
	two_hosts
	silent_input
	spawn server "${FAR[@]}" "$SOCKCAT" -l --port-file port 192.0.2.2 0
	until_true test -s port
	INPUT=silent spawn client "${NS[@]}" "$SOCKCAT" -v --keepalive=1s \
	    192.0.2.2 "$(cat port)"
	until_true has_line client.err connected
	cut_cable
	finish client 3
	grep -q 'timed out' client.err
}

@test "--user-timeout: with data on its way no probe is sent, but this ends it" {
	two_hosts
	spawn server "${FAR[@]}" "$SOCKCAT" -l -v --port-file port 192.0.2.2 0
	until_true test -s port
	INPUT=/dev/zero OUTPUT=/dev/null spawn client "${NS[@]}" "$SOCKCAT" -v \
	    --user-timeout 500ms --limit-rate 1M 192.0.2.2 "$(cat port)"
	here sender --no-keepalive --user-timeout 500ms --limit-rate 1M \
	    --sh-exec 'cat /dev/zero'
	OUTPUT=/dev/null spawn reader "${FAR[@]}" "$SOCKCAT" -v 192.0.2.1 "$PORT"
	until_true has_line server.err accepted
	until_true test -s server.out
	until_true has_line sender.err started
	cut_cable
	finish client 3
	finish sender 3
}

@test "probes are on by default, in both roles, for targets too, and can be off" {
	need ss
	silent_input
	INPUT=silent listener target 127.0.0.1 0
	local target=$PORT
	INPUT=silent listener server -k --forward "127.0.0.1:$target" 127.0.0.1 0
	INPUT=silent spawn client "$SOCKCAT" -v 127.0.0.1 "$PORT"
	until_true has_line client.err connected
	until_true eval '[ -n "$(probed "127.0.0.1:$target")" ]'
	soon "$(probed "127.0.0.1:$target")"
	soon "$(probed "127.0.0.1:$PORT")"
	# Their own ends are accepted sockets.
	run -0 ss -Htno state established "sport = :$PORT"
	assert_output --partial 'timer:(keepalive,'
	run -0 ss -Htno state established "sport = :$target"
	assert_output --partial 'timer:(keepalive,'
	INPUT=silent listener quiet --no-keepalive 127.0.0.1 0
	INPUT=silent spawn mute "$SOCKCAT" -v --no-keepalive 127.0.0.1 "$PORT"
	until_true has_line mute.err connected
	run -0 ss -Htno state established "sport = :$PORT or dport = :$PORT"
	refute_output --partial keepalive
}

@test "--user-timeout: a peer that does not read is given up" {
	sockets held open@127.0.0.1
	run -3 "$SOCKCAT" --user-timeout 500ms 127.0.0.1 "${PORTS[0]}" \
	    </dev/zero
	assert_output --partial 'timed out'
}
