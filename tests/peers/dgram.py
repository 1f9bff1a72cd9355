#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A datagram peer that does exactly what it is told, one verb after the other.

usage: dgram.py HOST:PORT VERB...

It is bound to HOST:PORT (0: the kernel chooses) and prints the port, alone on
the first line of standard output.
VERBS     to:HOST:PORT    where to send; without it, to whoever sent last
          send:FILE       send the file as one datagram
          text:TEXT       send TEXT and LF
          empty           send an empty datagram
          seq:FROM:TO     send the numbers, each with LF, as datagrams
          recv:N:FILE     receive N datagrams, all into FILE; print for each
                          `got LENGTH from HOST:PORT`
          say:TEXT        print TEXT, for whoever waits for it
          await:FILE      wait until FILE exists
          pause:SECONDS   wait
          park            do nothing until killed
"""
import os
import signal
import socket
import sys
import time


def say(text):
    """One write, so that whoever waits for it sees the whole line."""
    os.write(1, text.encode() + b"\n")


def address_of(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


class Peer:
    def __init__(self, text):
        host, port = address_of(text)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind((host, port))
        self.target = None
        say(str(self.sock.getsockname()[1]))

    def send(self, data):
        self.sock.sendto(data, self.target)

    def receive(self, count, path):
        with open(path, "wb") as out:
            for _ in range(count):
                data, sender = self.sock.recvfrom(65536)
                out.write(data)
                out.flush()
                say(f"got {len(data)} from {sender[0]}:{sender[1]}")
                self.target = sender

    def perform(self, verb):
        name, _, rest = verb.partition(":")
        if name == "to":
            self.target = address_of(rest)
        elif name == "send":
            with open(rest, "rb") as source:
                self.send(source.read())
        elif name == "text":
            self.send(rest.encode() + b"\n")
        elif name == "empty":
            self.send(b"")
        elif name == "seq":
            first, last = rest.split(":")
            for i in range(int(first), int(last) + 1):
                self.send(b"%d\n" % i)
        elif name == "recv":
            count, _, path = rest.partition(":")
            self.receive(int(count), path)
        elif name == "say":
            say(rest)
        elif name == "await":
            while not os.path.exists(rest):
                time.sleep(0.01)
        elif name == "pause":
            time.sleep(float(rest))
        elif name == "park":
            signal.pause()
        else:
            sys.exit(f"dgram: no such verb: {verb}")


def main():
    if len(sys.argv) < 2 or ":" not in sys.argv[1]:
        sys.exit(__doc__)
    peer = Peer(sys.argv[1])
    for verb in sys.argv[2:]:
        peer.perform(verb)


if __name__ == "__main__":
    main()
