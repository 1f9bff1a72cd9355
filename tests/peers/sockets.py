#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Hold sockets that do as their kind says, until killed.

usage: sockets.py [KIND@HOST[:PORT][*COUNT]]...

KIND  open        listens; clients stay in its queue
      closed      TCP: bound, refuses
      silent      listens with a full queue: a client gets no answer at all
      udp-answer  answers each datagram, and prints `got N` for N bytes
      udp-mute    the same, but never answers
      udp-closed  bound, refuses datagrams
PORT  0 (the default): the kernel chooses; `=`: the first one's port.
Prints all ports on the first line of standard output, once everything is ready.
"""
import errno
import select
import signal
import socket
import sys

KEEP = []


def say(text):
    """A line, in one write: whoever waits for it never sees half of it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def make(kind, host, port):
    """One socket.  Returns it."""
    udp = kind.startswith("udp-")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_DGRAM if udp
                         else socket.SOCK_STREAM)
    KEEP.append(sock)
    sock.bind((host, port))
    if kind == "open":
        sock.listen()
    elif kind == "silent":
        sock.listen(0)
        filler = socket.socket(family, socket.SOCK_STREAM)
        KEEP.append(filler)
        filler.connect(sock.getsockname()[:2])
    elif kind == "udp-closed":
        # Connected to somebody else, it is not found for our datagrams.
        sock.connect((host, 1))
    elif kind not in ("closed", "udp-answer", "udp-mute"):
        sys.exit(__doc__)
    return sock


def parse(word):
    kind, _, rest = word.partition("@")
    rest, _, count = rest.partition("*")
    host, port = rest, "0"
    if rest.startswith("["):
        host, _, port = rest[1:].partition("]")
        port = port[1:] or "0"
    elif ":" in rest:
        host, port = rest.split(":")
    return kind, host, port, int(count or 1)


def make_all(words):
    """All ports, and the sockets that read, with whether they answer."""
    ports, reading = [], {}
    for word in words:
        kind, host, port, count = parse(word)
        for _ in range(count):
            number = ports[0] if port == "=" else int(port)
            sock = make(kind, host, number)
            ports.append(sock.getsockname()[1])
            if kind in ("udp-answer", "udp-mute"):
                reading[sock] = kind == "udp-answer"
    return ports, reading


def main():
    # The port that the kernel chose first may be taken at another address.
    for tries in range(64, 0, -1):
        try:
            ports, reading = make_all(sys.argv[1:])
            break
        except OSError as error:
            if error.errno != errno.EADDRINUSE or tries == 1:
                raise
            while KEEP:
                KEEP.pop().close()
    say(" ".join(map(str, ports)))
    while reading:
        for sock in select.select(list(reading), [], [])[0]:
            data, peer = sock.recvfrom(65536)
            say(f"got {len(data)}")
            if reading[sock]:
                sock.sendto(b"answer\n", peer)
    signal.pause()


if __name__ == "__main__":
    main()
