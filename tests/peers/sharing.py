#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Several sockcats that share one open file, and so its offset.

usage: sharing.py write|read ROUNDS

write  each receives into the file: all of that has to be in it, in its order
read   each sends what it reads of the file: everything has to be sent, once

Says what is missing, and fails, at the first round that is not right.
"""
import collections
import os
import socket
import subprocess
import sys
import threading

COUNT = 5
PIECES = 200
INPUT = os.urandom(4_000_000)


def alphabet(peer):
    """Bytes that no other peer sends."""
    return bytes(range(50 * peer, 50 * peer + 50))


def piece(peer, n):
    """All of them are different, and as long."""
    digits = alphabet(peer)
    return bytes((digits[n // 50], digits[n % 50])) + digits[::-1]


def send_pieces(listener, peer, _):
    connection, _ = listener.accept()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for n in range(PIECES):
            connection.sendall(piece(peer, n))


def receive_all(listener, peer, got):
    connection, _ = listener.accept()
    with connection, connection.makefile("rb") as stream:
        got[peer] = stream.read()


def together(shared, part, options, **standard):
    """A sockcat for each peer, all with the same open file."""
    listeners, got = [], [b""] * COUNT
    for _ in range(COUNT):
        listeners.append(socket.create_server(("127.0.0.1", 0)))
    threads = [threading.Thread(target=part, args=(listener, peer, got))
               for peer, listener in enumerate(listeners)]
    for thread in threads:
        thread.start()
    clients = [subprocess.Popen([os.environ["SOCKCAT"], *options, "127.0.0.1",
                                 str(listener.getsockname()[1])], **standard)
               for listener in listeners]
    for client in clients:
        if client.wait() != 0:
            sys.exit(f"status {client.returncode}")
    for thread in threads:
        thread.join()
    for listener in listeners:
        listener.close()
    return got, os.lseek(shared.fileno(), 0, os.SEEK_CUR)


def check_write():
    with open("shared", "wb") as shared:
        together(shared, send_pieces, ["-d"], stdout=shared)
    with open("shared", "rb") as shared:
        found = shared.read()
    # Where they are cut is nobody's promise.
    for peer in range(COUNT):
        others = bytes(set(range(256)) - set(alphabet(peer)))
        sent = b"".join(piece(peer, n) for n in range(PIECES))
        if found.translate(None, others) != sent:
            return f"not all of peer {peer}'s bytes are there"
    wanted = COUNT * PIECES * len(piece(0, 0))
    if len(found) != wanted:
        return f"{len(found)} bytes instead of {wanted}"
    return None


def check_read():
    with open("shared", "rb") as shared:
        got, offset = together(shared, receive_all, [], stdin=shared,
                               stdout=subprocess.DEVNULL)
    size = sum(map(len, got))
    if size != len(INPUT) or offset != len(INPUT):
        return f"{size} of {len(INPUT)} bytes, the offset is {offset}"
    # Cut anywhere; a piece that is there twice, instead of another one, shows.
    if collections.Counter(b"".join(got)) != collections.Counter(INPUT):
        return "other bytes"
    return None


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("write", "read"):
        sys.exit(__doc__)
    with open("shared", "wb") as shared:
        shared.write(INPUT)
    for number in range(int(sys.argv[2])):
        wrong = check_write() if sys.argv[1] == "write" else check_read()
        if wrong:
            sys.exit(f"round {number}: {wrong}")


main()
