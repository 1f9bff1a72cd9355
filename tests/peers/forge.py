#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""ICMP errors that nobody had reason to send.

usage: forge.py TO ABOUT WHAT...

To HOST:PORT they say that its datagrams to ABOUT, HOST:PORT too, did not get
there.  They quote what everybody can guess, the heads.
WHAT      port        nobody is at the port
          protocol    nobody speaks the protocol
          prohibited  nobody may go there
          host        no way leads there
          long        the datagram is too long
Status 77: only root may do that.
"""
import socket
import struct
import sys

IPV4 = {"port": (3, 3), "protocol": (3, 2), "prohibited": (3, 13),
        "host": (3, 1), "long": (3, 4)}
IPV6 = {"port": (1, 4), "protocol": (4, 1), "prohibited": (1, 1),
        "host": (1, 3), "long": (2, 0)}


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def address_of(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


def forge4(to, about, what):
    udp = struct.pack("!HHHH", to[1], about[1], 200, 0)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 220, 1, 0x4000, 64, 17, 0,
                       socket.inet_aton(to[0]), socket.inet_aton(about[0]))
    kind, code = IPV4[what]
    rest = 1280 if what == "long" else 0
    icmp = struct.pack("!BBHI", kind, code, 0, rest) + head + udp
    return icmp[:2] + struct.pack("!H", checksum(icmp)) + icmp[4:]


def forge6(to, about, what):
    udp = struct.pack("!HHHH", to[1], about[1], 200, 0)
    head = struct.pack("!IHBB16s16s", 6 << 28, 200, 17, 64,
                       socket.inet_pton(socket.AF_INET6, to[0]),
                       socket.inet_pton(socket.AF_INET6, about[0]))
    kind, code = IPV6[what]
    rest = {"long": 1280, "protocol": 6}.get(what, 0)
    return struct.pack("!BBHI", kind, code, 0, rest) + head + udp


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    to, about = address_of(sys.argv[1]), address_of(sys.argv[2])
    six = ":" in to[0]
    try:
        sock = socket.socket(socket.AF_INET6 if six else socket.AF_INET,
                             socket.SOCK_RAW, socket.IPPROTO_ICMPV6 if six
                             else socket.IPPROTO_ICMP)
    except PermissionError:
        sys.exit(77)
    for what in sys.argv[3:]:
        sock.sendto((forge6 if six else forge4)(to, about, what), (to[0], 0))


if __name__ == "__main__":
    main()
