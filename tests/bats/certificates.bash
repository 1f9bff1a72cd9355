# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about certificates share: those of make-certs, in $CERTS, who shows
# them, and who believes them.

setup_file() {
	certificates make-certs
}

needs() {
	need_tls
}

# serve CERTIFICATE [ARGUMENT...]: a listener, `server', that shows it to all.
serve() {
	local certificate=$1
	shift
	listener server -k -c --tls-cert "$CERTS/$certificate.pem" \
	    --tls-key "$CERTS/leaf.key" "$@" 127.0.0.1 0
}

# serve_by_openssl CERTIFICATE KEY [ARGUMENT...]: another server, for what sockcat
# does not offer.  `server.out' has what it received, among other things.
serve_by_openssl() {
	local certificate=$1 key=$2
	shift 2
	[ -p silent ] || mkfifo silent
	[ -n "${SILENT:-}" ] || exec {SILENT}<>silent
	INPUT=silent spawn server openssl s_server -accept 127.0.0.1:0 \
	    -cert "$CERTS/$certificate.pem" -key "$CERTS/$key.key" "$@"
	until_true has_line server.out '^ACCEPT .*:[0-9]'
	PORT=$(<server.out)
	PORT=${PORT##*ACCEPT }
	PORT=${PORT%%[!0-9.:]*}
	PORT=${PORT##*:}
}

# tell TEXT ARGUMENT...: a client that sends it to PORT, which has nothing to say:
# it need not wait to learn that.
tell() {
	local text=$1
	shift
	"$SOCKCAT" -c --send-only "$@" 127.0.0.1 "$PORT" <<<"$text"
}

# all_printable TEXT
all_printable() {
	local LC_ALL=C
	[[ $1 != *[!\ -~$'\n']* ]] || fail "not escaped: $(cat -v <<<"$1")"
}

# denied ARGUMENT...: a client of PORT that must end with 5 and send nothing.  Sets
# MESSAGE to what it said, which is one line of printable characters.
denied() {
	run -5 tell secret "$@"
	assert_equal "${#lines[@]}" 1
	# shellcheck disable=SC2154 # run sets it
	[[ $output == "sockcat: 127.0.0.1:$PORT: TLS: "* ]] ||
	    fail "of whom? $output"
	all_printable "$output"
	MESSAGE=${output#*: TLS: }
}

# denied_by_both ARGUMENT...: the same with TLS 1.2 and 1.3, which part with a
# server at different points of the handshake.
denied_by_both() {
	denied --tls-max 1.2 "$@"
	denied --tls-min 1.3 "$@"
}
