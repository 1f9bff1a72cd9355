#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A peer that does exactly what it is told, one verb after the other.

usage: peer.py listen|connect ADDRESS VERB...

ADDRESS   HOST:PORT, or unix:PATH.  `listen` with port 0 lets the kernel choose
          and prints the port, alone on the first line of standard output.
VERBs     send:FILE       send the file
          bytes:FILE      send the file, each byte once the one before is
                          acknowledged
          sendn:N         send N bytes of zeros
          trickle:N       send N bytes of zeros, ten to a segment, and wait
                          until they are acknowledged
          flood           send until the connection has taken nothing for a
                          while (it is blocked), then go on to the next verb
          acked           wait until all that was sent is acknowledged
          fin             end our direction
          recv:FILE       receive up to the end, into FILE
          recvn:N:FILE    receive N bytes, into FILE
          slow:FILE       receive up to the end, in small pieces
          drip:FILE       the same with pauses and a small window: a megabyte
                          takes a second
          tls:CERT,KEY    TLS from here on, as the server
          say:TEXT        print TEXT, for whoever waits for it
          await:FILE      wait until FILE exists
          park            do nothing until standard input ends
          reset           close with a reset
          close           close
At the end the connection is closed.
"""
import fcntl
import os
import select
import socket
import struct
import sys
import termios
import time


def say(text):
    """A line, in one write: whoever waits for it never sees half of it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def address_of(text):
    if text.startswith("unix:"):
        path = text[5:]
        if path.startswith("@"):
            path = "\0" + path[1:]
        return socket.AF_UNIX, path
    host, port = text.rsplit(":", 1)
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return family, (host, int(port))


def open_connection(role, text):
    family, address = address_of(text)
    sock = socket.socket(family, socket.SOCK_STREAM)
    if role == "connect":
        sock.connect(address)
        return sock
    if family != socket.AF_UNIX:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(address)
    sock.listen()
    say(sock.getsockname()[1] if family != socket.AF_UNIX else text)
    connection, _ = sock.accept()
    sock.close()
    return connection


def flood(sock):
    """Send until nothing has been taken for half a second."""
    sock.setblocking(False)
    block = bytes(65536)
    quiet = 0
    while quiet < 5:
        _, writable, _ = select.select([], [sock], [], 0.1)
        if not writable:
            quiet += 1
            continue
        quiet = 0
        try:
            sock.send(block)
        except BlockingIOError:
            pass
    sock.setblocking(True)


def receive(sock, path, most=None, piece=65536, pause=0):
    got = 0
    with open(path, "wb") as out:
        while most is None or got < most:
            data = sock.recv(piece if most is None else min(piece, most - got))
            if not data:
                break
            out.write(data)
            got += len(data)
            if pause:
                time.sleep(pause)
    if most is not None and got < most:
        sys.exit(f"peer: the end came after {got} of {most} bytes")


def unacknowledged(sock):
    """SIOCOUTQ of tcp(7)."""
    return struct.unpack("i", fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4)))[0]


def acknowledged(sock):
    """Wait until all that was sent is."""
    while unacknowledged(sock):
        time.sleep(0.01)


def perform(sock, verb):
    """Returns the socket for the next verb, if that is another one."""
    name, _, rest = verb.partition(":")
    if name == "send":
        with open(rest, "rb") as source:
            sock.sendfile(source)
    elif name == "bytes":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with open(rest, "rb") as source:
            while byte := source.read(1):
                sock.sendall(byte)
                acknowledged(sock)
    elif name == "sendn":
        left = int(rest)
        while left > 0:
            left -= sock.send(bytes(min(left, 1 << 20)))
    elif name == "trickle":
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(int(rest) // 10):
            sock.sendall(bytes(10))
        acknowledged(sock)
    elif name == "acked":
        acknowledged(sock)
    elif name == "flood":
        flood(sock)
    elif name == "fin":
        if hasattr(sock, "unwrap"):
            return sock.unwrap()
        sock.shutdown(socket.SHUT_WR)
    elif name == "recv":
        receive(sock, rest)
    elif name == "recvn":
        count, _, path = rest.partition(":")
        receive(sock, path, most=int(count))
    elif name == "slow":
        receive(sock, rest, piece=30000, pause=0.001)
    elif name == "drip":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 100000)
        receive(sock, rest, piece=65536, pause=0.06)
    elif name == "tls":
        import ssl      # takes as long to load as all the rest
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*rest.split(","))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 100000)
        return context.wrap_socket(sock, server_side=True)
    elif name == "say":
        say(rest)
    elif name == "await":
        while not os.path.exists(rest):
            time.sleep(0.01)
    elif name == "park":
        sys.stdin.buffer.read()
    elif name == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        sock.close()
    elif name == "close":
        sock.close()
    else:
        sys.exit(f"peer: no such verb: {verb}")
    return sock


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("listen", "connect"):
        sys.exit(__doc__)
    sock = open_connection(sys.argv[1], sys.argv[2])
    for verb in sys.argv[3:]:
        sock = perform(sock, verb)
    sock.close()


if __name__ == "__main__":
    main()
