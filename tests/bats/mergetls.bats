#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --merge over TLS and DTLS.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers
load tls
load dtls

# numbered I N: N lines of client I.
numbered() {
	seq -f "client $1 has line %.0f of many" "$2"
}

@test "TLS: 20 clients at once, whole lines, in order; marked" {
	local i
	tls_listener log -k --merge --mark --max-accepts 20 127.0.0.1 0
	for i in $(seq 20); do
		numbered "$i" 3000 >"c$i.in"
		INPUT=c$i.in spawn "c$i" "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	done
	for i in $(seq 20); do
		finish "c$i"
	done
	finish log
	for i in $(seq 20); do
		grep " client $i " log.out | cut -d' ' -f2- >got
		same got "c$i.in"
	done
	[ "$(cut -d' ' -f1 log.out | sort -u | wc -l)" -eq 20 ]
	[ "$(wc -l <log.out)" -eq 60000 ]
}

@test "TLS: who is silent in its handshake, or after it, keeps nobody waiting" {
	local stay
	tls_listener log -k --merge 127.0.0.1 0
	mkfifo stay
	exec {stay}<>stay
	INPUT=stay spawn silent "$SOCKCAT" 127.0.0.1 "$PORT"
	INPUT=stay spawn mute "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	echo one | client --send-only
	until_true has_line log.out one
	stop log
}

@test "TLS: what came before an end that was cut is written, with its end" {
	local in
	tls_listener log -k --merge --max-accepts 1 -v 127.0.0.1 0
	mkfifo in
	exec {in}<>in
	INPUT=in spawn cut "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	printf 'one\ntwo' >&"$in"
	until_true has_line log.out one
	kill -KILL "${PID[cut]}"
	finish cut 137
	finish log
	printf 'one\ntwo\n' | diff - log.out
	grep -q 'closed 127.*without close_notify' log.err
}

@test "TLS: the reader goes away, a full disk" {
	local hold
	mkfifo pipe
	exec {hold}<>pipe
	OUTPUT=pipe tls_listener log -k --merge 127.0.0.1 0
	echo one | client --send-only
	read -r -t 30 line <&"$hold"
	exec {hold}>&-
	finish log 141
	[ -e /dev/full ] || return 0
	OUTPUT=/dev/full tls_listener log -k --merge 127.0.0.1 0
	echo one >said
	run -1 client <said
	finish log 6
}

@test "DTLS: each message ends its last line" {
	local i
	dtls log -k --merge --mark 127.0.0.1 0
	for i in 1 2 3; do
		echo "line $i of many" >"c$i.in"
		printf 'last %s' "$i" >>"c$i.in"
		INPUT=c$i.in spawn "c$i" "$SOCKCAT" -u "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
	done
	for i in 1 2 3; do
		finish "c$i"
		until_true has_line log.out "^127.0.0.1:[0-9]* line $i of many\$"
		until_true has_line log.out "^127.0.0.1:[0-9]* last $i\$"
	done
	[ "$(cut -d' ' -f1 log.out | sort -u | wc -l)" -eq 3 ]
	stop log
}

@test "DTLS: -w forgets who is silent" {
	local stay
	dtls log -k --merge -v -w 200ms 127.0.0.1 0
	mkfifo stay
	exec {stay}<>stay
	echo one >&"$stay"
	INPUT=stay spawn silent "$SOCKCAT" -u "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line log.out one
	until_true has_line log.err 'closed .*nothing moved for'
	stop log
}
