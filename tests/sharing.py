#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Several sockcats that share one open file, and so its offset.

usage: sharing.py write|read ROUNDS

write  each receives lines into the file: all of them have to be in it, whole
read   each sends what it reads of the file: everything has to be sent, once

Says what is missing, and fails, at the first round that is not right.
"""
import os
import socket
import subprocess
import sys
import threading

COUNT = 5
LINES = 200
INPUT = b"".join(b"%07d\n" % n for n in range(500_000))


def line(peer, n):
    return b"%d %04d %s\n" % (peer, n, b"x" * 40)


def send_lines(listener, peer, _):
    connection, _ = listener.accept()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for n in range(LINES):
            connection.sendall(line(peer, n))


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
        together(shared, send_lines, ["-d"], stdout=shared)
    with open("shared", "rb") as shared:
        found = sorted(shared.read().splitlines(True))
    wanted = sorted(line(peer, n) for peer in range(COUNT)
                    for n in range(LINES))
    if found != wanted:
        missing = len(set(wanted) - set(found))
        return f"{missing} of {len(wanted)} lines are missing"
    return None


def check_read():
    with open("shared", "rb") as shared:
        got, offset = together(shared, receive_all, [], stdin=shared,
                               stdout=subprocess.DEVNULL)
    size = sum(map(len, got))
    if size != len(INPUT) or offset != len(INPUT):
        return f"{size} of {len(INPUT)} bytes, the offset is {offset}"
    # Whatever is taken at once is a multiple of eight bytes.
    lines = [text for part in got for text in part.splitlines(True)]
    if sorted(lines) != INPUT.splitlines(True):
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
