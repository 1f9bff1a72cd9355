#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Clients of TLS that prove nothing.

usage: unproven.py N KIND HOST PORT

N connections, each of which says what KIND is, and no more; then `there` is
printed, and they stay until killed.

silent    nothing
begun     the first byte of a greeting
greeted   a greeting
long      more than 100 KiB of one

KIND may also be `pieces': each client sends its greeting byte by byte, goes on
with its handshake and prints `done'.
"""
import signal
import socket
import ssl
import sys

TIME = 60
RECORD = 16384


def engine():
    """A client's, and what it reads and writes."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    got, said = ssl.MemoryBIO(), ssl.MemoryBIO()
    return context.wrap_bio(got, said), got, said


def greeting():
    client, _, said = engine()
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return said.read()


def long_greeting():
    """In records, without its last bytes."""
    length = 120000
    message = b"\x01" + length.to_bytes(3, "big") + bytes(length - 100)
    parts = [message[i:i + RECORD] for i in range(0, len(message), RECORD)]
    return b"".join(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part
                    for part in parts)


SAID = {
    "silent": lambda: b"",
    "begun": lambda: b"\x16",
    "greeted": greeting,
    "long": long_greeting,
}


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def in_pieces(address):
    client, got, said = engine()
    with socket.create_connection(address, TIME) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                for byte in said.read():
                    s.sendall(bytes([byte]))
                data = s.recv(65536)
                if not data:
                    sys.exit("ended")
                got.write(data)
        s.sendall(said.read())
    say("done")


def main():
    count, kind, host, port = sys.argv[1:]
    address = host, int(port)
    if kind == "pieces":
        for _ in range(int(count)):
            in_pieces(address)
        return
    data = SAID[kind]()
    clients = []
    for _ in range(int(count)):
        clients.append(socket.create_connection(address, TIME))
        try:
            clients[-1].sendall(data)
        except ConnectionError:
            pass    # it did not want to hear all of it
    say("there")
    signal.pause()


if __name__ == "__main__":
    main()
