# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about DTLS share, after `load tls'.

# DTLS has an end, and so no second of silence is to be one, if somebody is slow.
TRUSTING+=(-q 30)

# dtls NAME ARGUMENT...: a listener with the certificate of server.pem.
dtls() {
	local name=$1
	shift
	tls_listener "$name" -u "$@"
}

# relay NAME HARM...: relay.py in front of PORT, which becomes its port.
relay() {
	local name=$1
	shift
	spawn "$name" "$PEERS/relay.py" "127.0.0.1:$PORT" "$@"
	until_true test -s "$name.out"
	read -r PORT <"$name.out"
}

# port_of NAME: the port of a client with -v.
port_of() {
	sed -n 's/.*connected [^ ]*:\([0-9]*\) -> .*/\1/p' "$1.err"
}

# greetings: a module for python3, which makes them.
greetings() {
	cat >greetings.py <<-'EOF'
		import os, random, signal, socket, sys
		# P-256, points that are not compressed, ECDSA with SHA-256.
		EXTENSIONS = bytes.fromhex("0016 000a00040002 0017"
		                           "000b00020100 000d00040002 0403")
		def greet(cookie=b"", nonce=bytes(32)):
		    number = bytes([0, 1 if cookie else 0])
		    body = (b"\xfe\xfd" + nonce + b"\0" +
		            bytes([len(cookie)]) + cookie + b"\0\2\xc0\x2b" +
		            b"\1\0" + EXTENSIONS)
		    length = len(body).to_bytes(3, "big")
		    hello = b"\1" + length + number + bytes(3) + length + body
		    return (b"\x16\xfe\xfd" + bytes(6) + number +
		            len(hello).to_bytes(2, "big") + hello)
		def connected():
		    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		    sock.settimeout(20)
		    sock.connect(("127.0.0.1", int(sys.argv[1])))
		    return sock
		def cookie_for(sock, nonce=bytes(32)):
		    sock.send(greet(nonce=nonce))
		    answer = sock.recv(65536)
		    assert answer[0] == 22 and answer[13] == 3, answer
		    cookie = answer[28:28 + answer[27]]
		    assert len(cookie) == 32, answer
		    return cookie
	EOF
}

# output: as `input' of the files about TLS, but `up' and $UP.
output() {
	rm -f up
	mkfifo up
	exec {UP}<>up
}

# talker FILE SIZE...: a listener, `server', that sends the bytes of FILE in
# messages, as messages.py has it.  Sets PORT.
talker() {
	rm -f port
	spawn server "$PEERS/messages.py" "$@" -- "$SOCKCAT" -l -u \
	    "${SERVING[@]}" --port-file port 127.0.0.1 0
	until_true test -s port
	PORT=$(<port)
}
