# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about UNIX-domain sockets share.

# abstract: a name that nobody else has.
abstract() {
	echo "@sockcat-test-$$-$BATS_TEST_NUMBER-$RANDOM$RANDOM"
}

# stale PATH [dgram]: a socket file that nobody serves.
stale() {
	python3 -S -c 'import socket, sys
kind = socket.SOCK_DGRAM if "dgram" in sys.argv else socket.SOCK_STREAM
socket.socket(socket.AF_UNIX, kind).bind(sys.argv[1])' "$@"
	[ -S "$1" ]
}

# gone PATH: for until_true.
gone() {
	[ ! -e "$1" ] && [ ! -L "$1" ]
}

# full PATH: it has a listener whose queue is full, until the file `go` is there;
# then it takes N clients, whose bytes it prints.
full() {
	cat >full.py <<-'END'
	import os, socket, sys, time
	path, count = sys.argv[1], int(sys.argv[2])
	if path.startswith("@"):
	    path = "\0" + path[1:]
	s = socket.socket(socket.AF_UNIX)
	s.bind(path)
	s.listen(0)
	first = socket.socket(socket.AF_UNIX)
	first.connect(path)
	print("full", flush=True)
	while not os.path.exists("go"):
	    time.sleep(0.01)
	s.accept()[0].close()
	for _ in range(count):
	    connection, _ = s.accept()
	    with connection.makefile("rb") as f:
	        sys.stdout.buffer.write(f.read())
	    connection.close()
	END
	spawn full python3 -S full.py "$@"
	until_true has_line full.out full
}
