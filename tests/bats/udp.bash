# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about UDP share.

# peer NAME HOST VERB...: dgram.py on a port of its own.  Sets THEIRS to it.
peer() {
	local name=$1 host=$2
	shift 2
	spawn "$name" "$PEERS/dgram.py" "$host:0" "$@"
	until_true has_line "$name.out" .
	read -r THEIRS <"$name.out"
}

# input: a fifo, `in`, that stays open; what is written to descriptor $IN goes in.
input() {
	mkfifo in
	exec {IN}<>in
}

# taken: everything in the fifo has been read; for until_true.
taken() {
	python3 -S -c 'import fcntl, struct, sys, termios
n = fcntl.ioctl(int(sys.argv[1]), termios.FIONREAD, bytes(4))
sys.exit(struct.unpack("i", n)[0] != 0)' "$IN"
}

# gots FILE N: at least N datagrams; for until_true.
gots() {
	[ "$(grep -c '^got ' "$1")" -ge "$2" ]
}
