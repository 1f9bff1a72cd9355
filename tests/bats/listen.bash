# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about TCP listeners share.

# tell PORT TEXT: connect, send a line, close.
tell() {
	echo "$2" >"/dev/tcp/127.0.0.1/$1"
}

# listening PORT: the inodes of the sockets that listen there.
listening() {
	local port
	printf -v port ':%04X' "$1"
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$port" \
	    '$4 == "0A" && substr($2, length($2) - 4) == port { print $10 }' |
	    sort
}

# closed PORT: nobody listens there; for until_true.
closed() {
	[ -z "$(listening "$1")" ]
}
