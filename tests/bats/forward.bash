# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about --forward and many clients share.

# echo_server [ADDRESS]: everybody gets back what they send.  Sets TARGET.
echo_server() {
	spawn echo "$PEERS/crowd.py" echo "${1:-127.0.0.1:0}"
	until_true has_line echo.out .
	TARGET=127.0.0.1:$(head -n 1 echo.out)
}

# forwarder ARGUMENT...: to $TARGET, many at once.
forwarder() {
	listener forwarder -k -v --forward "$TARGET" "$@" 127.0.0.1 0
}

# hold NAME N: so many clients of the forwarder, served, until `leave NAME'.
hold() {
	spawn "$1" "$PEERS/crowd.py" hold "$2" "127.0.0.1:$PORT"
	until_true has_line "$1.out" served
}

leave() {
	kill "${PID[$1]}"
	finish "$1" any
}

# echoes: the forwarder serves a client.
echoes() {
	[ "$("$SOCKCAT" 127.0.0.1 "$PORT" <<<"hello")" = hello ]
}

# accepted N: so many have been, no more and no less.
accepted() {
	[ "$(grep -c ' accepted ' forwarder.err)" -eq "$1" ]
}

# refused: nobody listens any more; for until_true.
refused() {
	! (: <"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null
}
