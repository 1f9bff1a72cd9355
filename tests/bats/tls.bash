# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about TLS share: their certificates (certificates.py, in
# $CERTS), and who shows and believes them.

setup_file() {
	certificates
}

needs() {
	need_tls
}

# What peer() starts.
PEER_PROGRAM=tlspeer.py

# The words of a listener with a certificate, and of a client that believes it.
# shellcheck disable=SC2034 # they are for the tests
SERVING=(-c --tls-cert "${CERTS:-}/server.pem")
TRUSTING=(-c -R "${CERTS:-}/ca.pem")

# tls_listener NAME ARGUMENT...: with the certificate of server.pem.
tls_listener() {
	local name=$1
	shift
	listener "$name" "${SERVING[@]}" "$@"
}

# client ARGUMENT...: sockcat, that trusts the root, to PORT.
client() {
	"$SOCKCAT" "${TRUSTING[@]}" "$@" 127.0.0.1 "$PORT"
}

# pin_said NAME: the pin in what the listener NAME said.
pin_said() {
	sed -n 's/.*tls pin \(sha256:[0-9a-f]*\)$/\1/p' "$1.err"
}

# refused STATUS TEXT COMMAND...: ends with it, says it, sends nothing of its
# standard input.
refused() {
	local status=$1 text=$2
	shift 2
	printf 'a secret\n' >secret
	run "-$status" --separate-stderr "$@" <secret
	assert_equal "$output" ""
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr =~ $text ]] || fail "not said: $text, but: $stderr"
}

# input: a fifo, `in`, that stays open; what is written to descriptor $IN goes in.
input() {
	rm -f in
	mkfifo in
	exec {IN}<>in
}

# said NAME TEXT: TEXT is in what it said on standard error.
said() {
	grep -q -- "$2" "$1.err" || fail "$1 did not say: $2, but: $(<"$1.err")"
}

# ends_with FILE FILE: the last bytes of one are the other; for until_true.
ends_with() {
	tail -c "$(stat -c %s "$2")" "$1" | cmp -s - "$2"
}
