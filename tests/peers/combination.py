#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""One of the 24 combinations of a half-duplex transfer.

usage: combination.py ROLE DIRECTION OTHER WHAT [PROGRAM...]

ROLE       client, server: what the program under test is
DIRECTION  send (its standard input to the network), receive (the network to
           its standard output): the direction that is looked at
OTHER      quiet, blocked, ended: what the other direction is doing meanwhile
WHAT       data: bytes must come through; eof: the end must come through too
PROGRAM    the program with its options, {port} for the port; a server must
           listen on 127.0.0.1 port {port}.  Without it: $SOCKCAT

Exits 0 if it was delivered.
"""
import os
import select
import socket
import subprocess
import sys
import threading
import time

LIMIT = 20
PAYLOAD = os.urandom(300000)


def start(role, program, port, ready):
    if program:
        command = [word.replace("{port}", str(port)) for word in program]
    elif role == "client":
        command = [os.environ["SOCKCAT"], "127.0.0.1", str(port)]
    else:
        command = [os.environ["SOCKCAT"], "-l", "--ready-fd", str(ready),
                   "127.0.0.1", str(port)]
    return subprocess.Popen(command, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, pass_fds=[ready])


def connect(port):
    until = time.monotonic() + LIMIT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_pair(role, program):
    """The program, and our end of the connection to it."""
    read_end, write_end = os.pipe()
    if role == "client":
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            listener.settimeout(LIMIT)
            process = start(role, program, listener.getsockname()[1],
                            write_end)
            sock, _ = listener.accept()
    elif program:
        port = free_port()
        process = start(role, program, port, write_end)
        sock = connect(port)
    else:
        process = start(role, program, 0, write_end)
        os.close(write_end)
        write_end = -1
        with os.fdopen(os.dup(read_end)) as ready:
            sock = connect(int(ready.readline().split()[1]))
    if write_end != -1:
        os.close(write_end)
    os.close(read_end)
    sock.settimeout(LIMIT)
    return process, sock


def fill(fd):
    """Write until nothing has been taken for a while; returns how much."""
    os.set_blocking(fd, False)
    total = quiet = 0
    while quiet < 3:
        _, writable, _ = select.select([], [fd], [], 0.1)
        if not writable:
            quiet += 1
            continue
        quiet = 0
        try:
            total += os.write(fd, bytes(65536))
        except BlockingIOError:
            pass
    os.set_blocking(fd, True)
    return total


def read_all(read, what, into):
    """Read in a thread until PAYLOAD is whole (data) or the end came (eof)."""
    def run():
        got = bytearray()
        while what == "eof" or len(got) < len(PAYLOAD):
            piece = read(65536)
            if not piece:
                break
            got += piece
        into.append(bytes(got))
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def prepare_other(direction, other, process, sock):
    if other == "quiet":
        return
    if direction == "send":
        if other == "blocked":
            fill(sock.fileno())
        else:
            sock.shutdown(socket.SHUT_WR)
    elif other == "blocked":
        fill(process.stdin.fileno())
    else:
        process.stdin.close()
        sock.settimeout(LIMIT)
        assert sock.recv(1) == b"", "the end of standard input did not come"


def main():
    role, direction, other, what = sys.argv[1:5]
    process, sock = make_pair(role, sys.argv[5:])
    got = []
    prepare_other(direction, other, process, sock)
    if direction == "send":
        thread = read_all(sock.recv, what, got)
        process.stdin.write(PAYLOAD)
        process.stdin.flush()
        if what == "eof":
            process.stdin.close()
    else:
        thread = read_all(lambda n: os.read(process.stdout.fileno(), n), what,
                          got)
        sock.sendall(PAYLOAD)
        if what == "eof":
            sock.shutdown(socket.SHUT_WR)
    thread.join(LIMIT)
    process.kill()
    process.wait()
    if not got:
        sys.exit("not delivered in time")
    if got[0] != PAYLOAD:
        sys.exit(f"{len(got[0])} of {len(PAYLOAD)} bytes delivered")


if __name__ == "__main__":
    main()
