#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A service manager that passes sockets, as sd_listen_fds(3) says.

usage: manager.py [VAR=VALUE|VAR=]... KIND... -- COMMAND...

VAR=VALUE  for the command's environment, VAR= takes it out; the rest of it is
           what is right: LISTEN_PID, LISTEN_FDS
KIND       tcp, tcp6, udp, udp6: on loopback, the kernel chooses the port;
           unix:PATH, unixgram:PATH, seqpacket:PATH; file (no socket at all).
           Streams listen unless it begins with `mute-'.

Opens the sockets and prints their ports or paths, on one line.  Runs the command
and leaves with its status.  The sockets are held until then: if there is a file
`after', the first of them gets one client more, to which it says `held'; if there
is a file `quiet', those of datagrams must report no errors, then or later.
"""
import fcntl
import os
import select
import socket
import sys

IP_RECVERR = 11  # ip(7)

KINDS = {
    "tcp": (socket.AF_INET, socket.SOCK_STREAM),
    "tcp6": (socket.AF_INET6, socket.SOCK_STREAM),
    "udp": (socket.AF_INET, socket.SOCK_DGRAM),
    "udp6": (socket.AF_INET6, socket.SOCK_DGRAM),
    "unix": (socket.AF_UNIX, socket.SOCK_STREAM),
    "unixgram": (socket.AF_UNIX, socket.SOCK_DGRAM),
    "seqpacket": (socket.AF_UNIX, socket.SOCK_SEQPACKET),
}


def open_one(text):
    """What is to be passed, and where it is."""
    kind, _, path = text.removeprefix("mute-").partition(":")
    if kind == "file":
        return open("/dev/null", "rb"), "-"
    family, form = KINDS[kind]
    sock = socket.socket(family, form)
    if family == socket.AF_UNIX:
        sock.bind(path)
    else:
        sock.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    if form != socket.SOCK_DGRAM and not text.startswith("mute-"):
        sock.listen()
    return sock, path or str(sock.getsockname()[1])


def run(passed, changes, command):
    """The command's status, as in the shell."""
    pid = os.fork()
    if pid == 0:
        os.environ["LISTEN_PID"] = str(os.getpid())
        os.environ["LISTEN_FDS"] = str(len(passed))
        for change in changes:
            name, _, value = change.partition("=")
            os.environ.pop(name, None)
            if value:
                os.environ[name] = value.replace("$PID", str(os.getpid()))
        # Out of each other's way first.
        high = [fcntl.fcntl(one.fileno(), fcntl.F_DUPFD, 100)
                for one in passed]
        for number, fd in enumerate(high, 3):
            os.dup2(fd, number)
        os.closerange(3 + len(high), 200)
        os.execvp(command[0], command)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return status if status >= 0 else 128 - status


def check_quiet(sock):
    poll = select.poll()
    poll.register(sock, 0)
    if poll.poll(0) or sock.getsockopt(socket.IPPROTO_IP, IP_RECVERR) != 0:
        sys.exit("the socket is not what it was")


def main():
    at = sys.argv.index("--")
    words, command = sys.argv[1:at], sys.argv[at + 1:]
    changes = [word for word in words if "=" in word]
    opened = [open_one(word) for word in words if "=" not in word]
    sys.stdout.write(" ".join(where for _, where in opened) + "\n")
    sys.stdout.flush()
    status = run([one for one, _ in opened], changes, command)
    if os.path.exists("after"):
        opened[0][0].setblocking(True)
        client, _ = opened[0][0].accept()
        client.sendall(b"held\n")
        client.close()
    if os.path.exists("quiet"):
        for sock, _ in opened:
            check_quiet(sock)
    sys.exit(status)


if __name__ == "__main__":
    main()
