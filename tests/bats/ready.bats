#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# How a listener says that it is ready: --ready-fd, --port-file, NOTIFY_SOCKET.

load helpers
load listen

@test "--ready-fd: one write, and closed afterwards" {
	cat >ready.py <<-'END'
	import os, subprocess, sys
	# A pipe in packet mode gives back one write at a time.
	r, w = os.pipe2(os.O_DIRECT)
	p = subprocess.Popen([sys.argv[1], "-l", "--ready-fd", str(w), "0"],
	    stdin=subprocess.DEVNULL, pass_fds=(w,))
	os.close(w)
	first, rest = os.read(r, 4096), os.read(r, 4096)
	alive = p.poll() is None
	p.kill()
	p.wait()
	print(first, rest, alive)
	lines = first.decode().splitlines()
	assert first.endswith(b"\n") and len(lines) >= 1
	assert all(int(line.split(" ")[1]) > 0 for line in lines)
	assert rest == b"", "more than one write"
	assert alive, "closed only by its death"
	END
	python3 -S ready.py "$SOCKCAT" 3>&-
}

@test "--ready-fd: that its reader has gone is no failure" {
	local r w
	mkfifo gone
	exec {r}<>gone
	exec {w}>gone
	exec {r}>&-
	spawn a "$SOCKCAT" -l --port-file port --ready-fd 4 0 4>&"$w"
	exec {w}>&-
	until_true [ -s port ]
	tell "$(<port)" hello
	finish a
	[ "$(cat a.out)" = hello ]
}

@test "--ready-fd: a descriptor that is not open is status 2" {
	run -2 "$SOCKCAT" -l --ready-fd 9 0 9>&-
	[[ $output == *"--ready-fd"*9* ]]
	run -2 "$SOCKCAT" --ready-fd 1 127.0.0.1 1
}

@test "--ready-fd that can't be written: status 6" {
	[ -w /dev/full ] || skip "no /dev/full"
	run -6 "$SOCKCAT" -l --ready-fd 9 0 9>/dev/full
	[[ $output == *"--ready-fd 9"*"No space left"* ]]
}

@test "--port-file: the port, put there by a rename, readable as the umask says" {
	echo old >port
	ln port before
	umask 027
	listener a --port-file port 127.0.0.1 0
	[ "$(cat port)" = "$PORT" ]
	[ "$(wc -l <port)" -eq 1 ]
	[ "$(cat before)" = old ]
	[ "$(stat -c %a port)" = 640 ]
	[ -z "$(find . -name 'port?*')" ]
}

@test "--port-file: whoever sees it can connect" {
	local i
	for i in 1 2 3 4 5 6 7 8; do
		spawn a "$SOCKCAT" -l --port-file port 127.0.0.1 0
		until [ -e port ]; do :; done
		tell "$(<port)" "$i"
		finish a
		[ "$(cat a.out)" = "$i" ]
		rm port
	done
}

@test "--port-file that can't be written: status 6, nothing left behind" {
	run -6 "$SOCKCAT" -l --port-file no/such/port 0 </dev/null
	[[ $output == *no/such/port* ]]
	mkdir port
	run -6 "$SOCKCAT" -l --port-file port 0 </dev/null
	[ "$(find . -name 'port*' -o -path './port/*')" = ./port ]
}

# notified ADDRESS: a service manager at NOTIFY_SOCKET=ADDRESS hears READY=1 and
# can connect by then.
notified() {
	cat >manager.py <<-'END'
	import socket, sys
	address = sys.argv[1]
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(address.replace("@", "\0", 1))
	print("bound", flush=True)
	print(s.recv(4096).decode(), flush=True)
	with open("port") as f:
	    port = int(f.read())
	socket.create_connection(("127.0.0.1", port)).close()
	print(s.recv(4096).decode(), flush=True)
	END
	rm -f port
	spawn manager python3 -S manager.py "$1"
	until_true has_line manager.out bound
	NOTIFY_SOCKET=$1 spawn a "$SOCKCAT" -l --port-file port 127.0.0.1 0
	finish manager
	finish a
	[ "$(paste -sd' ' manager.out)" = "bound READY=1 STOPPING=1" ]
}

@test "NOTIFY_SOCKET: READY=1 once listening, to a path and to an abstract name" {
	notified "$PWD/notify"
	notified "@sockcat-test-$$-$RANDOM$RANDOM"
}

@test "NOTIFY_SOCKET: no READY=1 when it can't listen, no failure without a manager" {
	listener a -k 127.0.0.1 0
	cat >manager.py <<-'END'
	import os, socket, subprocess, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind("notify")
	env = dict(os.environ, NOTIFY_SOCKET=os.path.abspath("notify"))
	status = subprocess.run(sys.argv[1:], env=env, stdin=subprocess.DEVNULL,
	    timeout=30).returncode
	s.setblocking(False)
	try:
	    sys.exit("got %r" % s.recv(4096))
	except BlockingIOError:
	    sys.exit(0 if status == 6 else "status %d" % status)
	END
	python3 -S manager.py "$SOCKCAT" -l 127.0.0.1 "$PORT" 3>&-
	NOTIFY_SOCKET=$PWD/nobody listener b 127.0.0.1 0
	tell "$PORT" hello
	finish b
}
