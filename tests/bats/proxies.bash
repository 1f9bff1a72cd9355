# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about --proxy share: proxies of others, each an instance of the
# test's own, and what is sent through them.

# Daemons are in directories of the administrator's.
PATH=$PATH:/usr/sbin:/sbin

# What goes up and what comes down, 3 MB each, in $BATS_FILE_TMPDIR.
up=$BATS_FILE_TMPDIR/up
down=$BATS_FILE_TMPDIR/down

setup_file() {
	certificates
	random_file "$BATS_FILE_TMPDIR/up" 3000000
	random_file "$BATS_FILE_TMPDIR/down" 3000000
}

# --- proxies -----------------------------------------------------------------

# free_port [ADDRESS]: sets FREE to a port that nobody has now.
free_port() {
	FREE=$(python3 -S -c 'import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
s.bind((sys.argv[1], 0))
print(s.getsockname()[1])' "${1:-127.0.0.1}")
}

# is_up NAME ADDRESS PORT: somebody listens there, or NAME has ended; for
# until_true.
is_up() {
	! lives "$1" || (exec {s}<>"/dev/tcp/$2/$3") 2>/dev/null
}

lives() {
	state_of "${PID[$1]}" && [ "$STATE" != Z ]
}

# on_free_port NAME ADDRESS WORD...: a program that has to be told its port, which
# is FREE: WORD... is a function that writes its configuration and sets COMMAND.
# Again, when somebody else was faster.  Sets PROXY to where it is.
on_free_port() {
	local name=$1 address=$2 try
	shift 2
	for try in 1 2 3 4 5; do
		free_port "$address"
		"$@"
		spawn "$name" "${COMMAND[@]}"
		until_true is_up "$name" "$address" "$FREE"
		if lives "$name"; then
			PROXY=$address:$FREE
			[[ $address != *:* ]] || PROXY="[$address]:$FREE"
			return 0
		fi
		finish "$name" any
	done
	cat "$name.err" "$name.out" >&2
	fail "$name did not start, $try times"
}

# end NAME: of what has no manners.
end() {
	kill -KILL "${PID[$1]}"
	finish "$1" any
}

# microsocks [OPTION...], at $MICROSOCKS or 127.0.0.1: SOCKS 5.
microsocks() {
	need microsocks
	on_free_port microsocks "${MICROSOCKS:-127.0.0.1}" microsocks_at "$@"
}

microsocks_at() {
	COMMAND=(microsocks -i "${MICROSOCKS:-127.0.0.1}" -p "$FREE" "$@")
}

# dante: SOCKS 4 and 5.
dante() {
	need danted
	[ "$EUID" -eq 0 ] || skip "dante wants to be root"
	on_free_port dante 127.0.0.1 dante_at
}

dante_at() {
	cat >dante.conf <<-EOF
		logoutput: stderr
		internal: 127.0.0.1 port = $FREE
		external: 127.0.0.1
		clientmethod: none
		socksmethod: none
		user.privileged: root
		user.unprivileged: nobody
		client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
		socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
	EOF
	COMMAND=(danted -N 1 -f "$PWD/dante.conf" -p "$PWD/dante.pid")
}

# ours OPTION...: a sockcat.
ours() {
	listener ours -k "$@" 127.0.0.1 0
	PROXY=127.0.0.1:$PORT
}

# ssh_proxy: ssh -D, SOCKS 4, 4A and 5.
ssh_proxy() {
	free_port
	ssh_server
	# The connection is one, and so is the try.
	spawn ssh "${SSH[@]}" -N -o ExitOnForwardFailure=yes \
	    -D "127.0.0.1:$FREE" 127.0.0.1
	until_true is_up ssh 127.0.0.1 "$FREE"
	lives ssh || fail "no ssh -D: $(<ssh.err)"
	PROXY=127.0.0.1:$FREE
}

# --- what is sent through them -----------------------------------------------

# through WORD...: a client with these words, to the destination, after `waits' or
# `serves'.
through() {
	"$SOCKCAT" "$@" "${HOST:-127.0.0.1}" "$PORT" <"$up" >got 2>client.err ||
	    fail "status $?: $(<client.err)"
	finish dest
	same "$up" dest.got
	same "$down" got
}

# carries WORD...: 3 MB each way, at once, and the ends of both.
carries() {
	OUTPUT=dest.got INPUT=$down listener dest "${DEST:-127.0.0.1}" 0
	through "$@"
}

# carries_in_turn WORD...: up, and then down, for proxies that take the end of one
# direction for that of both.
carries_in_turn() {
	peer dest listen "${DEST:-127.0.0.1}:0" recvn:3000000:dest.got \
	    "send:$down" recv:rest
	through "$@"
	[ ! -s rest ]
}
