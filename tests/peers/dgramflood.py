#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A flood of datagrams, until it is ended.

usage: dgramflood.py session PID HOST:PORT WHAT
       dgramflood.py crowd PORT

session: to HOST:PORT through the socket of the process PID (see refuse.py), so
that they come from the peer itself.
WHAT      garbage     what means nothing
          empty       empty ones
          data        records that nobody has encrypted
          future      the same, of keys that are still to come
          fragments   parts of messages of the handshake that never get whole
          hello       requests to negotiate anew
          finished    ends of the handshake that nobody has encrypted
          alert       warnings
crowd: to PORT of 127.0.0.1, each from another address and port; the IP head is
made here.
Prints `going' once a thousand were sent.  Status 77: that may not be done.
"""
import os
import socket
import struct
import sys

import refuse


def record(kind, epoch, number, body):
    return (struct.pack("!BHHHIH", kind, 0xfefd, epoch, 0, number, len(body)) +
            body)


def message(kind, total, number, offset, part):
    return (struct.pack("!B3sH3s3s", kind, total.to_bytes(3, "big"), number,
                        offset.to_bytes(3, "big"),
                        len(part).to_bytes(3, "big")) + part)


def one(what, i):
    if what == "garbage":
        return os.urandom(100)
    if what == "empty":
        return b""
    if what == "data":
        return record(23, 1, i + 1000, os.urandom(1200))
    if what == "future":
        return record(23, 2, i, os.urandom(1200))
    if what == "fragments":
        return record(22, 0, i + 1000, message(1 + i % 3 * 10, 100000,
                      2 + i % 20, i * 7 % 90000, bytes(1000)))
    if what == "hello":
        return record(22, 0, i + 1000, message(0, 0, i % 10, 0, b""))
    if what == "finished":
        return record(22, 1, i + 1000, os.urandom(40))
    if what == "alert":
        return record(21, 0, i + 1000, b"\1\x64")
    sys.exit(__doc__)


def forged(i, port):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 33, 0, 0, 64, 17, 0,
                       bytes([127, i >> 16 & 127, i >> 8 & 255, i % 250 + 1]),
                       socket.inet_aton("127.0.0.1"))
    return head + struct.pack("!HHHH", 1024 + i * 7919 % 64000, port, 13,
                              0) + b"hello"


def flood(send):
    sent = 0
    while True:
        try:
            send(sent)
        except OSError:
            pass        # refused, or no room
        sent += 1
        if sent == 1000:
            os.write(1, b"going\n")


def main():
    if len(sys.argv) == 5 and sys.argv[1] == "session":
        host, port = sys.argv[3].rsplit(":", 1)
        target = host, int(port)
        sock = refuse.borrowed(int(sys.argv[2]), target)
        batch = [one(sys.argv[4], i) for i in range(1000)]
        flood(lambda i: sock.sendto(batch[i % 1000], target))
    if len(sys.argv) == 3 and sys.argv[1] == "crowd":
        try:
            sock = socket.socket(socket.AF_INET, socket.SOCK_RAW,
                                 socket.IPPROTO_RAW)
        except PermissionError:
            sys.exit(77)
        port = int(sys.argv[2])
        flood(lambda i: sock.sendto(forged(i, port), ("127.0.0.1", 0)))
    sys.exit(__doc__)


if __name__ == "__main__":
    main()
