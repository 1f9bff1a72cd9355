#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""The twelve combinations of a half-duplex transfer, for each role.

usage: combination.py ROLE [PROGRAM...]

ROLE       client, server: what the program under test is
PROGRAM    the program with its options, {port} for the port; a server must
           listen on 127.0.0.1 port {port}.  Without it: $SOCKCAT

They run side by side (but where a port is only thought to be free), each in a
directory of its own, and are DIRECTION, OTHER and WHAT of

DIRECTION  send (its standard input to the network), receive (the network to
           its standard output): the direction that is looked at
OTHER      quiet, blocked, ended: what the other direction is doing meanwhile
WHAT       data: bytes must come through; eof: the end must come through too

Prints a line for each: the three words and "delivered", or what went wrong.
"""
import itertools
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


def run(role, program, direction, other, what):
    """What became of one of them."""
    process, sock = make_pair(role, program)
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
        return "not in time"
    if got[0] != PAYLOAD:
        return f"{len(got[0])} of {len(PAYLOAD)} bytes"
    return "delivered"


def fork(role, program, row):
    """One of them, in a process of its own, which is returned."""
    child = os.fork()
    if child == 0:
        os.makedirs("-".join(row), exist_ok=True)
        os.chdir("-".join(row))
        try:
            result = run(role, program, *row)
        except (AssertionError, OSError) as error:
            result = repr(error)
        os.write(1, f"{' '.join(row)}: {result}\n".encode())
        os._exit(result != "delivered")
    return child


def main():
    role, *program = sys.argv[1:]
    alone = role == "server" and program
    children = []
    for row in itertools.product(("send", "receive"),
                                 ("quiet", "blocked", "ended"),
                                 ("data", "eof")):
        children.append(fork(role, program, row))
        if alone:
            os.waitid(os.P_PID, children[-1], os.WEXITED | os.WNOWAIT)
    sys.exit(any([os.waitpid(child, 0)[1] for child in children]))


if __name__ == "__main__":
    main()
