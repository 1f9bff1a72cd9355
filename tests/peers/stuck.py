#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Run a program whose standard error is full once there is a file `fill'.

usage: stuck.py pipe|fifo|socket|terminal COMMAND...

Becomes the command.  Another process holds the other end, reads nothing, and
makes the file `full' when nothing more fits.
"""
import fcntl
import os
import socket
import sys
import time


def ends(kind):
    """The reading and the writing end."""
    if kind == "pipe":
        return os.pipe()
    if kind == "fifo":
        os.mkfifo("stuck.fifo")
        fd = os.open("stuck.fifo", os.O_RDWR)
        return fd, os.open("stuck.fifo", os.O_WRONLY)
    if kind == "socket":
        one, two = socket.socketpair()
        return one.detach(), two.detach()
    return os.openpty()


def fill(kind, fd):
    """Until nothing fits any more; what O_NONBLOCK is set on is ours alone."""
    if kind == "socket":
        other = socket.socket(fileno=os.dup(fd))
        write = lambda data: other.send(data, socket.MSG_DONTWAIT)
    else:
        own = os.open(f"/proc/self/fd/{fd}",
                      os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        write = lambda data: os.write(own, data)
    for size in (4096, 1):
        try:
            while True:
                write(b"x" * size)
        except BlockingIOError:
            pass


def main():
    kind, command = sys.argv[1], sys.argv[2:]
    reader, writer = ends(kind)
    program = os.getpid()
    if os.fork() != 0:
        os.dup2(writer, 2)
        os.close(reader)
        os.close(writer)
        os.execvp(command[0], command)
    while os.getppid() == program:
        if os.path.exists("fill") and not os.path.exists("full"):
            fill(kind, writer)
            open("full", "w", encoding="ascii").close()
        time.sleep(0.02)


if __name__ == "__main__":
    main()
