#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# TLS with commands and terminals, and the passphrases of keys.

# shellcheck disable=SC2030,SC2031,SC2034,SC2154

load helpers
load tls

# asked OPTION... COMMAND...: terminal.py, that answers the prompt for the
# passphrase; standard input is not its terminal.  What hangs there is in a session
# of its own, which bats would not end.
asked() {
	timeout 20 "$PEERS/terminal.py" --prompt 'key: ' "$@" </dev/null
}

@test "--pty: a terminal, and Ctrl-C is a signal" {
	input
	tls_listener server --pty --sh-exec 'trap "echo interrupted; exit 9" INT
	    stty size; echo up; while [ $((i += 1)) -lt 600 ]; do sleep 0.1; done' 127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	grep -q '^24 80' client.out
	printf '\003' >&"$IN"
	finish server 9
	until_true has_line client.out interrupted
	exec {IN}>&-
	finish client
}

@test "--pty: as large as our own terminal" {
	timeout 20 "$PEERS/terminal.py" sh -c 'stty rows 41 cols 97; exec "$@"' sh \
	    "$SOCKCAT" -l "${SERVING[@]}" --port-file port --pty \
	    --exec 'stty size' 127.0.0.1 0 >screen </dev/null 3>&- &
	PID[screen]=$!
	until_true test -s port
	assert_equal "$(PORT=$(<port) client </dev/null | tr -d '\r')" '41 97'
	wait "${PID[screen]}"
	unset "PID[screen]"
}

@test "--pty: much, both ways, then the end of input and the status" {
	input
	random_file data 1M
	base64 <data >lines
	tls_listener server --pty --sh-exec 'stty raw -echo; echo up
	    head -c '"$(stat -c %s lines)"' >got; cat data
	    stty cooked -echo -onlcr; echo; echo cooked; cat; echo over; exit 7' \
	    127.0.0.1 0
	INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" 127.0.0.1 "$PORT"
	until_true has_line client.out up
	cat lines >&"$IN"
	until_true has_line client.out '^cooked'
	same lines got
	tail -c +4 client.out | head -c 1048576 | cmp - data
	echo 'last line' >&"$IN"
	exec {IN}>&-
	finish server 7
	finish client
	assert_equal "$(tail -n 2 client.out)" $'last line\nover'
}

@test "a command whose client is killed ends, with and without a terminal" {
	local pty
	input
	for pty in '' --pty; do
		rm -f pid
		# shellcheck disable=SC2086 # a word, or none
		tls_listener server $pty --sh-exec 'echo $$ >pid; echo up
		    while [ $((i += 1)) -lt 600 ]; do sleep 0.1; done' 127.0.0.1 0
		INPUT=in spawn client "$SOCKCAT" "${TRUSTING[@]}" \
		    127.0.0.1 "$PORT"
		until_true has_line client.out up
		kill -KILL "${PID[client]}"
		finish client 137
		finish server 1
		said server 'close_notify\|broke'
		until_true gone "$(<pid)"
	done
}

# gone PID: it is no more; for until_true.
gone() {
	[ ! -e "/proc/$1" ]
}

@test "the passphrase of a key is asked for on the terminal, and not shown" {
	timeout 20 "$PEERS/terminal.py" --prompt 'key: ' --type 'open sesame\n' sh -c 'exec "$0" "$@" 2>&1' \
	    "$SOCKCAT" -l -v -c --tls-cert "$CERTS/locked.pem" \
	    --tls-key "$CERTS/locked.key" --port-file port \
	    --exec 'echo opened' 127.0.0.1 0 </dev/null >screen 3>&- &
	PID[screen]=$!
	until_true test -s port
	PORT=$(<port) client -e localhost </dev/null >out
	assert_equal "$(<out)" opened
	wait "${PID[screen]}"
	unset "PID[screen]"
	run ! grep -q sesame screen
	# A wrong one.
	run -6 timeout 20 "$PEERS/terminal.py" --prompt 'key: ' --type 'close sesame\n' \
	    "$SOCKCAT" -l -c \
	    --tls-cert "$CERTS/locked.pem" --tls-key "$CERTS/locked.key" \
	    127.0.0.1 0
	refute_output --partial 'close sesame'
	assert_output --partial "locked.key: not with that passphrase"
}

@test "the passphrase of a client's key: standard input is for the peer" {
	tls_listener server --tls-client-ca "$CERTS/ca.pem" 127.0.0.1 0
	echo 'open barley' >data
	run -0 asked --type 'open sesame\n' sh -c 'exec "$@" <data' sh \
	    "$SOCKCAT" "${TRUSTING[@]}" --tls-cert "$CERTS/locked.pem" \
	    -K "$CERTS/locked.key" 127.0.0.1 "$PORT"
	refute_output --partial 'open'
	finish server
	assert_equal "$(<server.out)" 'open barley'
}

@test "no terminal to ask for the passphrase: 6, at once, and no connection" {
	listener server -v 127.0.0.1 0
	echo 'open sesame' >pass
	INPUT=pass spawn client setsid -w "$SOCKCAT" "${TRUSTING[@]}" \
	    --tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key" \
	    127.0.0.1 "$PORT"
	finish client 6
	said client 'no terminal to ask for its passphrase (--tls-key-pass-file'
	run ! grep -q accepted server.err
	stop server
	INPUT=pass spawn server setsid -w "$SOCKCAT" -l -c --port-file port \
	    --tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key" 127.0.0.1 0
	finish server 6
	[ ! -e port ]
}

@test "an empty passphrase is a wrong one, and so is the end of the terminal" {
	local typed
	for typed in '\n' '\x04'; do
		run -6 asked --type "$typed" "$SOCKCAT" -l -c \
		    --tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key" \
		    127.0.0.1 0
		assert_output --partial 'locked.key: not with that passphrase'
		assert_equal "$(grep -c 'TLS key: ' <<<"$output")" 1
	done
}

# terminated PID: it is gone.  It may be about to read, and not notice one TERM;
# for until_true.
terminated() {
	! kill -TERM "$1" 2>/dev/null
}

@test "TERM while the passphrase is asked for: it dies of it, and asks no more" {
	local got=0
	timeout 20 "$PEERS/terminal.py" sh -c 'echo $$ >pid; exec "$@"' sh "$SOCKCAT" \
	    -l -c --tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key" \
	    127.0.0.1 0 >screen </dev/null 3>&- &
	PID[screen]=$!
	until_true has_line screen 'key: '
	until_true terminated "$(<pid)"
	wait "${PID[screen]}" || got=$?
	unset "PID[screen]"
	assert_equal "$got" 143
	assert_equal "$(grep -c 'key: ' screen)" 1
	run ! grep -q 'no terminal' screen
}

@test "no terminal to ask for the passphrase: said once, and nothing else" {
	spawn server setsid -w "$SOCKCAT" -l -c --tls-cert "$CERTS/locked.pem" \
	    -K "$CERTS/locked.key" 127.0.0.1 0
	finish server 6
	assert_equal "$(grep -c 'no terminal to ask' server.err)" 1
	run ! grep -q 'no key that can be used' server.err
}

@test "a key that is for clients and the target: its passphrase is asked for once" {
	run -3 asked --type 'open sesame\n' "$SOCKCAT" -l -k -c --timeout 1 \
	    --tls-cert "$CERTS/locked.pem" -K "$CERTS/locked.key" \
	    --forward tls:127.0.0.1:1 127.0.0.1 0
	assert_equal "$(grep -c 'key: ' <<<"$output")" 1
}

@test "both of these show that certificate, and the chain behind it" {
	listener target -k -c --tls-cert "$CERTS/server.pem" \
	    --tls-client-ca "$CERTS/ca.pem" --sh-exec \
	    'echo "$SSL_PEER_CERT_HASH"; cat' 127.0.0.1 0
	listener server -k -c --tls-cert "$CERTS/chain.pem" \
	    -K "$CERTS/chain.key" --tls-insecure \
	    --forward "tls:127.0.0.1:$PORT" 127.0.0.1 0
	echo hello | client -e localhost >out
	assert_equal "$(<out)" "sha256:$(pin_of "$CERTS/chain.pem")
hello"
	stop server
	stop target
}

# taken: what was written to $PASS has been read.
taken() {
	! read -r -t 0 -u "$PASS"
}

@test "--tls-key-pass-file: a pipe that is written in pieces" {
	mkfifo pass
	exec {PASS}<>pass
	spawn server "$SOCKCAT" -l -c --timeout 1 --tls-cert "$CERTS/locked.pem" \
	    -K "$CERTS/locked.key" --tls-key-pass-file pass 127.0.0.1 0
	printf 'open ' >&"$PASS"
	until_true taken
	echo sesame >&"$PASS"
	exec {PASS}>&-
	finish server 3
}

@test "the terminal shows what is typed again after the passphrase was asked for" {
	run -6 asked --type 'wrong\n' sh -c '"$@"; status=$?; stty -a
	    exit $status' sh "$SOCKCAT" -l -c --tls-cert "$CERTS/locked.pem" \
	    -K "$CERTS/locked.key" 127.0.0.1 0
	assert_output --regexp '[[:space:]]echo[[:space:]]'
}

@test "in a command, the end of TLS is the end, and a cut is none of its own" {
	tls_listener server -k -v --sh-exec 'cat >&2; echo "and $?"' 127.0.0.1 0
	echo 'all of it' | client >out
	assert_equal "$(<out)" 'and 0'
	until_true has_line server.err 'all of it'
	stop server
}
