#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Run a command whose standard input is a socket that keeps the borders of
messages (SOCK_SEQPACKET), with all of them in it before the command starts.

usage: messages.py FILE SIZE... -- COMMAND...

SIZE      the length of a message, or LENGTHxCOUNT for several; they are the
          bytes of FILE, one after the other
"""
import os
import socket
import sys


def main():
    border = sys.argv.index("--")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    ours.setblocking(False)
    with open(sys.argv[1], "rb") as source:
        for size in sys.argv[2:border]:
            length, _, count = size.partition("x")
            for _ in range(int(count or 1)):
                ours.send(source.read(int(length)))
    ours.close()
    os.dup2(theirs.fileno(), 0)
    command = sys.argv[border + 1:]
    os.execvp(command[0], command)


main()
