#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A network for datagrams, between a client and HOST:PORT, that does badly what
it is told to.

usage: relay.py HOST:PORT [HARM:WAY:N[:M]]...

It listens on a port of its own, and prints it, alone on the first line.  Each
datagram it has got is a line: WAY N LENGTH.
HARM      drop    lose it
          twice   deliver it two times
          again   deliver it once more, behind the one that comes next, or
                  behind number M
          noise   deliver it, and then bytes that mean nothing, from the same
                  address
          spoil   change its last byte
          hold    deliver it behind the one that comes next
          long    lose each that is longer than N
WAY       up      from the client
          down    to the client
N         the number of the datagram on that way, from 1; its length
"""
import os
import select
import socket
import sys


def address_of(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def main():
    target = address_of(sys.argv[1])
    family = socket.AF_INET6 if ":" in target[0] else socket.AF_INET
    harms = {}
    behinds = {}
    later = {}
    longest = {"up": 65536, "down": 65536}
    for text in sys.argv[2:]:
        harm, way, number, *behind = text.split(":")
        if harm == "long":
            longest[way] = int(number)
            continue
        harms[way, int(number)] = harm
        if behind:
            behinds[way, int(number)] = int(behind[0])
    near = socket.socket(family, socket.SOCK_DGRAM)
    near.bind((target[0], 0))
    far = socket.socket(family, socket.SOCK_DGRAM)
    far.connect(target)
    os.write(1, f"{near.getsockname()[1]}\n".encode())
    client = None
    counts = {"up": 0, "down": 0}
    late = {"up": [], "down": []}
    while True:
        for sock in select.select([near, far], [], [])[0]:
            way = "up" if sock is near else "down"
            try:
                data, source = sock.recvfrom(65536)
            except ConnectionRefusedError:
                continue
            if sock is near:
                client = source
            counts[way] += 1
            number = counts[way]
            os.write(1, f"{way} {number} {len(data)}\n".encode())
            harm = harms.get((way, number))
            out = [data]
            if harm in ("drop", "hold") or len(data) > longest[way]:
                out = []
            elif harm == "twice":
                out = [data, data]
            elif harm == "noise":
                out = [data, b"\x17\xfe\xfd" + bytes(range(60))]
            elif harm == "spoil":
                out = [data[:-1] + bytes([data[-1] ^ 1])]
            out += late[way] + later.pop((way, number), [])
            late[way] = []
            if (way, number) in behinds:
                later[way, behinds[way, number]] = [data]
            elif harm in ("again", "hold"):
                late[way] = [data]
            for item in out:
                try:
                    if way == "up":
                        far.send(item)
                    else:
                        near.sendto(item, client)
                except ConnectionRefusedError:
                    pass


if __name__ == "__main__":
    main()
