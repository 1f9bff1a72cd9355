# SPDX-License-Identifier: ISC
"""A server under test, and clients of it, for soak.py."""
import asyncio
import collections
import contextlib
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import time

SOCKCAT = os.environ.get("SOCKCAT", "sockcat")
HOST = "127.0.0.1"
LIMIT = 30              # seconds that anything may take
PIECE = 16384
MANY = 20               # for sockcat
SANITIZERS = "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"


class Wrong(Exception):
    """What must never happen."""


class Cut(Exception):
    """An end too early: wrong, unless the client was too slow itself."""


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


async def until(true, what, limit=LIMIT):
    end = time.monotonic() + limit
    while not true():
        if time.monotonic() > end:
            raise Wrong(f"{what}: not so within {limit} s")
        await asyncio.sleep(0.01)


# --- sockcat -----------------------------------------------------------------

def parent(pid):
    """Of a process, which may be a zombie.  None: there is no such process."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return None


class Server:
    """A listener, in a directory of its own."""

    def __init__(self, where, words):
        ready, theirs = os.pipe()
        env = dict(os.environ)
        self.report = os.path.join(where, "report")
        for name in SANITIZERS:
            env[name] = ":".join(filter(None, [
                env.get(name), f"log_path={self.report}"]))
        self.errors = os.path.join(where, "errors")
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                [SOCKCAT, "-l", "-v", "--ready-fd", str(theirs), *words, HOST,
                 "0"], pass_fds=[theirs], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=errors, env=env)
        os.close(theirs)
        self.pid = self.process.pid
        with open(ready, encoding="ascii") as file:
            line = select.select([file], [], [], LIMIT)[0] and file.readline()
        if not line:
            self.clear()
            raise Wrong("not ready: " + self.said())
        self.address = HOST, int(line.split()[1])
        self.descriptors = self.settle()

    def settle(self):
        """The number of descriptors, once all that it needs is open."""
        count = 0
        while count != (count := self.count_descriptors()) or \
                "eventpoll" not in self.list_descriptors():
            time.sleep(0.1)
        return count

    def count_descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def list_descriptors(self):
        """What they are, and how many of each kind."""
        where = f"/proc/{self.pid}/fd"
        kinds = collections.Counter(
            re.sub(r":\[[0-9]+\]", "", os.readlink(f"{where}/{fd}"))
            for fd in os.listdir(where))
        return ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))

    def children(self):
        return [int(pid) for pid in os.listdir("/proc")
                if pid.isdigit() and parent(pid) == self.pid]

    def said(self):
        with open(self.errors, encoding="utf-8", errors="replace") as file:
            return file.read()

    async def must_be_as_before(self):
        """Without clients."""
        try:
            await until(lambda: not self.children() and
                        self.count_descriptors() == self.descriptors, "", 20)
        except Wrong:
            self.must_have_no_report()      # which may be the cause
            raise Wrong(
                f"left: {len(self.children())} children, descriptors "
                f"{self.count_descriptors()} instead of {self.descriptors}: "
                f"{self.list_descriptors()}") from None

    async def must_end(self, signum):
        await until(lambda: self.process.poll() is not None, "the end")
        if self.process.returncode != -signum:
            raise Wrong(f"ended with {self.process.returncode}, not by signal "
                        f"{signum}: {self.said()[-2000:]}")

    def reports(self):
        """What sanitizers have said."""
        text = ""
        where, name = os.path.split(self.report)
        for file in os.listdir(where):
            if file.startswith(name):
                with open(os.path.join(where, file), encoding="utf-8",
                          errors="replace") as report:
                    text += "\n" + report.read()
        return text

    def must_have_no_report(self):
        if self.reports():
            raise Wrong("a sanitizer reports")

    def clear(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()


# --- a client ----------------------------------------------------------------

class Client:
    def __init__(self, server, source=None, small=False):
        self.loop = asyncio.get_running_loop()
        self.address = server.address
        self.sock = socket.socket()
        self.sock.setblocking(False)
        if source:
            self.sock.bind((source, 0))
        if small:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.seen = b""
        self.pause = 0          # the longest in which nothing moved
        self.moved = time.monotonic()

    def move(self):
        now = time.monotonic()
        self.pause = max(self.pause, now - self.moved)
        self.moved = now

    async def connect(self):
        self.moved = time.monotonic()
        await self.loop.sock_connect(self.sock, self.address)

    async def send(self, data):
        for at in range(0, len(data), PIECE):
            await self.loop.sock_sendall(self.sock, data[at:at + PIECE])
            self.move()

    async def receive(self):
        data = await self.loop.sock_recv(self.sock, 4 * PIECE)
        self.move()
        return data

    async def expect(self, data, pause=0):
        """Just that; `pause' before each piece."""
        at = 0
        while at < len(data):
            await asyncio.sleep(pause)
            got = await self.receive()
            if not got:
                raise Cut(f"an end after {at} of {len(data)} bytes")
            if got != data[at:at + len(got)]:
                raise Wrong(f"other bytes after {at} of {len(data)}")
            at += len(got)

    async def find(self, data):
        """In what others say, too."""
        while (at := self.seen.find(data)) == -1:
            got = await self.receive()
            if not got:
                raise Cut("an end instead of an answer")
            self.seen = self.seen[-len(data):] + got
        self.seen = self.seen[at + len(data):]

    async def expect_end(self):
        if got := await self.receive():
            raise Wrong(f"{len(got)} bytes instead of the end")

    async def drop(self):
        """What comes, up to any end."""
        with contextlib.suppress(OSError):
            while await self.receive():
                pass

    def half_close(self):
        self.sock.shutdown(socket.SHUT_WR)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.close()

    def close(self):
        self.sock.close()


async def meanwhile(other, this):
    """Both, until the second is over."""
    task = asyncio.ensure_future(other)
    try:
        await this
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
