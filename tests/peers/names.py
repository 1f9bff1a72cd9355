#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A server of names (RFC 1035) that takes its time.

usage: names.py ADDRESS:PORT FILE IPV4...

Every name is IPV4, and nothing else.  It prints "ready", and `asked NAME` for
each question, which is answered when FILE exists.
"""
import os
import socket
import sys

TYPE_A = 1


def say(text):
    os.write(1, text.encode() + b"\n")


def name_of(query):
    """The name in the question, and where that ends."""
    labels = []
    at = 12
    while query[at] != 0:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    return ".".join(labels), at + 5


def answer(query, addresses):
    name, end = name_of(query)
    wanted = int.from_bytes(query[end - 4:end - 2], "big")
    if wanted != TYPE_A:
        addresses = []
    reply = query[:2] + b"\x81\x80\0\1" + bytes([0, len(addresses)]) + bytes(4)
    reply += query[12:end]
    for address in addresses:
        reply += b"\xc0\x0c\0\1\0\1" + bytes(4) + b"\0\4"
        reply += socket.inet_aton(address)
    return name, reply


def main():
    host, port = sys.argv[1].rsplit(":", 1)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, int(port)))
    sock.settimeout(0.01)
    say("ready")
    waiting = []
    while True:
        try:
            query, source = sock.recvfrom(4096)
            name, reply = answer(query, sys.argv[3:])
            say(f"asked {name}")
            waiting.append((reply, source))
        except socket.timeout:
            pass
        if os.path.exists(sys.argv[2]):
            for reply, source in waiting:
                sock.sendto(reply, source)
            waiting = []


if __name__ == "__main__":
    main()
