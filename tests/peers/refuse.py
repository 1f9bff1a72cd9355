#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A refusal on the datagram socket of a process, at a moment that is sure.

usage: refuse.py PID HOST:PORT

Sends an empty datagram to HOST:PORT, where nobody may be, through the IP socket
of datagrams that PID has (the one that is connected there, or to nobody), and leaves when the socket has got the refusal.  Status
77: the kernel, or its policy, does not lend sockets (pidfd_getfd(2)).
"""
import ctypes
import os
import select
import socket
import sys

PIDFD_GETFD = 438  # on every architecture


def leads_to(sock, target):
    """2: connected there, 1: not connected."""
    try:
        return 2 if sock.getpeername()[:2] == target else 0
    except OSError:
        return 1


def borrowed(pid, target):
    """The socket."""
    found = []
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(pid)
    for name in os.listdir(f"/proc/{pid}/fd"):
        if not os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:"):
            continue
        fd = libc.syscall(PIDFD_GETFD, process, int(name), 0)
        if fd == -1:
            sys.exit(77)
        sock = socket.socket(fileno=fd)
        if (sock.type == socket.SOCK_DGRAM and
                sock.family in (socket.AF_INET, socket.AF_INET6)):
            found.append((leads_to(sock, target), fd, sock))
    if not found or max(found)[0] == 0:
        sys.exit(f"refuse: {pid} has no such socket")
    return max(found)[2]


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    host, port = sys.argv[2].rsplit(":", 1)
    target = host.strip("[]"), int(port)
    sock = borrowed(int(sys.argv[1]), target)
    sock.sendto(b"", target)
    poll = select.poll()
    poll.register(sock, 0)
    if not poll.poll(10000):
        sys.exit("refuse: it is not refused")


if __name__ == "__main__":
    main()
