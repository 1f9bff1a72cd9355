#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A proxy that does exactly what it is told, one verb after the other.

usage: proxypeer.py VERB... [next VERB...]...

It listens on a port of 127.0.0.1, which it prints, alone on the first line, and
serves one client after another: `next' ends the verbs of one.  All that clients
send goes to the file `seen', what goes to them by `relay' to `back'.
VERBs     take:N          receive N bytes
          head            receive up to an empty line
          put:TEXT        send TEXT, with \\r, \\n, \\x00 and so on in it
          putn:N:TEXT     send it N times, or until nobody takes any more
          drip:TEXT       send it byte by byte, each acknowledged before the next
          relay:PORT      connect to that port of 127.0.0.1, and carry both ways
                          up to both ends
          fin             end our direction
          rest            receive up to the end
          reset           close with a reset
          say:TEXT        print TEXT
          await:FILE      wait until FILE exists
"""
import fcntl
import os
import socket
import struct
import sys
import termios
import threading
import time

LIMIT = 50      # seconds, for each step: a test that failed leaves nobody here


def say(text):
    """A line, in one write: whoever waits for it never sees half of it."""
    os.write(1, f"{text}\n".encode())


def bytes_of(text):
    return text.encode().decode("unicode_escape").encode("latin-1")


def receive(sock, seen, most):
    """Up to `most' bytes; none: the end."""
    data = sock.recv(most)
    seen.write(data)
    seen.flush()
    return data


def take(sock, seen, count):
    while count > 0:
        data = receive(sock, seen, count)
        if not data:
            sys.exit(f"the client ended {count} bytes too early")
        count -= len(data)


def head(sock, seen):
    text = b""
    while not text.endswith(b"\r\n\r\n"):
        data = receive(sock, seen, 1)
        if not data:
            sys.exit(f"no whole head: {text!r}")
        text += data


def drip(sock, data):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in data:
        sock.sendall(bytes([byte]))
        while struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ,
                                             bytes(4)))[0]:
            time.sleep(0.001)


def carry(source, sink, copy):
    while data := source.recv(65536):
        copy.write(data)
        copy.flush()
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)


def relay(sock, seen, port):
    target = socket.create_connection(("127.0.0.1", port), LIMIT)
    with open("back", "ab") as back:
        up = threading.Thread(target=carry, args=(sock, target, seen))
        up.start()
        carry(target, sock, back)
        up.join()
    target.close()


def flood(sock, text):
    count, _, text = text.partition(":")
    try:
        for _ in range(int(count)):
            sock.sendall(bytes_of(text))
    except OSError:
        pass


def perform(sock, seen, verb):
    name, _, rest = verb.partition(":")
    if name == "take":
        take(sock, seen, int(rest))
    elif name == "head":
        head(sock, seen)
    elif name == "put":
        sock.sendall(bytes_of(rest))
    elif name == "putn":
        flood(sock, rest)
    elif name == "drip":
        drip(sock, bytes_of(rest))
    elif name == "relay":
        relay(sock, seen, int(rest))
    elif name == "fin":
        sock.shutdown(socket.SHUT_WR)
    elif name == "rest":
        while receive(sock, seen, 65536):
            pass
    elif name == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
    elif name == "say":
        say(rest)
    elif name == "await":
        while not os.path.exists(rest):
            time.sleep(0.01)
    else:
        sys.exit(f"no such verb: {verb}")


def main():
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(LIMIT)
    say(server.getsockname()[1])
    verbs = sys.argv[1:]
    with open("seen", "ab") as seen:
        while verbs:
            end = verbs.index("next") if "next" in verbs else len(verbs)
            sock, _ = server.accept()
            sock.settimeout(LIMIT)
            for verb in verbs[:end]:
                perform(sock, seen, verb)
            sock.close()
            verbs = verbs[end + 1:]


if __name__ == "__main__":
    main()
