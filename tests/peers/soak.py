#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Thousands of clients, well-behaved and others, and what is left of them.

usage: soak.py churn [-n CONNECTIONS]
       soak.py commands [-n COMMANDS]

churn     clients of --forward, --exec, --broker and --chat (20000 in all) that
          talk, send garbage, reset, stay silent, read slowly or are not allowed
          in; with HUP, STOP and CONT in between, and TERM while some talk
commands  commands (1000) that are killed, stopped, left and reset at random,
          with --max-conns; then exactly so many clients must be served

All that well-behaved clients are sent has to arrive.  When the clients have
left, sockcat must have the descriptors that it had before them, and no child.
It must die of TERM in time, and no sanitizer may have had anything to say.

In the environment: SOCKCAT, the program.
"""
import asyncio
import collections
import contextlib
import getopt
import itertools
import os
import random
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

SOCKCAT = os.environ.get("SOCKCAT", "sockcat")
CROWD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "crowd.py")
HOST = "127.0.0.1"
FOE = "127.0.0.9"       # not in the lists
LIMIT = 30              # seconds that anything may take
AT_ONCE = 48            # clients
PIECE = 16384
MANY = 20               # for sockcat

CHURN = 20000
FEW = 2000              # in a hurry, and maybe on a busy machine
IDLE, IDLE_FEW = 0.3, 1
DRAIN = 2

COMMANDS = 1000
MOST = 20               # --max-conns

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


# --- what clients do ---------------------------------------------------------

class Echo:
    """Clients that get back what they send."""

    def __init__(self, idle=None):
        self.idle = idle        # --idle-timeout

    @contextlib.asynccontextmanager
    async def company(self, _):
        yield

    async def see_off(self, server):
        """Pipes are kept for the next clients, unless there were many."""
        clients = [Client(server) for _ in range(MANY)]
        await asyncio.gather(*(client.connect() for client in clients))
        await asyncio.gather(*(self.exchange(client, 1) for client in clients),
                             return_exceptions=True)
        for client in clients:
            client.close()

    async def exchange(self, client, size=None):
        data = random.randbytes(size or random.choice([1, 64, 5000, 100000]))
        await meanwhile(client.send(data), client.expect(data))

    async def half(self, client):
        data = random.randbytes(random.choice([0, 10, 3000, 100000]))

        async def send():
            await client.send(data)
            client.half_close()

        await meanwhile(send(), client.expect(data))
        if not data:
            client.half_close()
        await client.expect_end()

    async def slow(self, client):
        data = random.randbytes(120000)
        await meanwhile(client.send(data), client.expect(data, 0.005))

    async def silent(self, client):
        if not self.idle:
            await asyncio.sleep(0.1)
            return
        began = client.moved    # before it was connected
        with contextlib.suppress(ConnectionResetError):
            await client.expect_end()
        if time.monotonic() - began < 0.95 * self.idle:
            raise Wrong("timed out too early")

    garbage_size = 70000


class Hub:
    """Clients that hear all others.  One of them answers."""

    idle = None
    garbage_size = 6000

    @contextlib.asynccontextmanager
    async def company(self, server):
        client = Client(server)
        await client.connect()
        task = asyncio.ensure_future(self.answer(client))
        # An exchange needs it in the hub: this one asks until it is.
        try:
            await self.wait_for_answers(server)
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            client.close()

    async def wait_for_answers(self, server):
        client = Client(server)
        await client.connect()

        async def ask():
            while True:
                await client.send(b"ask 0 0;\n")
                await asyncio.sleep(0.02)

        await meanwhile(ask(), client.find(b"answer 0 0;"))
        client.close()

    async def see_off(self, server):
        """Who has closed looks like one that reads on, until something is sent
        to it."""
        client = Client(server)
        await client.connect()

        async def speak():
            while True:
                await client.send(b"is anybody there?\n")
                await asyncio.sleep(0.05)

        # Its own descriptors: a socket, an eventfd.
        await meanwhile(speak(), until(lambda: server.count_descriptors() <=
                                       server.descriptors + 2, "all leave"))
        client.reset()

    async def answer(self, client):
        left = b""
        while got := await client.receive():
            left += got
            end = 0
            for ask in re.finditer(rb"ask ([0-9a-f]+) ([0-9a-f]+);", left):
                await client.send(b"answer %s %s;\n" % ask.groups())
                end = ask.end()
            left = left[end:][-PIECE:]

    @staticmethod
    def question(size=None):
        text = f"{random.randbytes(8).hex()} " + \
            random.randbytes(size or random.choice([1, 30, 900])).hex()
        return f"ask {text};\n".encode(), f"answer {text};".encode()

    async def exchange(self, client, size=None):
        ask, answer = self.question(size and min(size, 900))
        await client.send(ask)
        await client.find(answer)

    async def half(self, client):
        ask, answer = self.question()
        await client.send(ask)
        client.half_close()
        await client.find(answer)

    async def slow(self, client):
        ask, answer = self.question()
        await client.send(ask)
        await asyncio.sleep(0.2)
        await client.find(answer)

    async def silent(self, client):
        await asyncio.sleep(0.1)


class Chat(Hub):
    """The same, but who ends its direction leaves."""

    async def half(self, client):
        await self.exchange(client)
        client.half_close()
        while await client.receive():
            pass


async def reset(mode, client):
    client.sock.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        size = random.choice([0, 0, 10, mode.garbage_size])
        client.sock.send(random.randbytes(size))
    if random.random() < 0.5:
        await asyncio.sleep(0.005)
    client.reset()


async def garbage(mode, client):
    with contextlib.suppress(OSError):
        await client.send(random.randbytes(mode.garbage_size))


async def foe(_, client):
    with contextlib.suppress(OSError):
        await client.send(b"x")
        if await client.receive():
            raise Wrong("was let in")


KINDS = {
    "exchange": (8, lambda mode, client: mode.exchange(client)),
    "half-close": (3, lambda mode, client: mode.half(client)),
    "slow": (1, lambda mode, client: mode.slow(client)),
    "silent": (1, lambda mode, client: mode.silent(client)),
    "reset": (3, reset),
    "garbage": (1, garbage),
    "foe": (1, foe),
}


# --- churn -------------------------------------------------------------------

class Round:
    """So many clients of one server, from its start to its end."""

    def __init__(self, name, server, mode, count, where):
        self.name, self.server, self.mode = name, server, mode
        self.count, self.where = count, where
        self.done = collections.Counter()
        self.faults = []

    async def one(self, turns):
        for _ in turns:
            kind = random.choices(list(KINDS),
                                  [weight for weight, _ in KINDS.values()])[0]
            client = Client(self.server, FOE if kind == "foe" else None,
                            kind == "slow")
            try:
                await client.connect()
                await asyncio.wait_for(KINDS[kind][1](self.mode, client), LIMIT)
                self.done[kind] += 1
            except (Cut, OSError, Wrong, asyncio.TimeoutError) as error:
                client.move()
                if self.mode.idle and not isinstance(error, Wrong) and \
                        client.pause > 0.8 * self.mode.idle:
                    self.done["too slow"] += 1
                else:
                    self.faults.append(f"{kind}: {error!r}")
            finally:
                client.close()

    def allow(self, text):
        with open(self.where + "/new", "w", encoding="ascii") as file:
            file.write(text)
        os.rename(self.where + "/new", self.where + "/allow")

    async def disturb(self):
        """HUP, with good lists and bad ones; and a pause in the midst."""
        good, bad = "read again", "stay as they were"
        lists = itertools.cycle([("127.0.0.0/29", good), ("127.0.0.1/99", bad),
                                 (f"{HOST}\n{HOST}", good), ("!", bad)])
        with open(self.server.errors, encoding="utf-8",
                  errors="replace") as said:
            for text, answer in lists:
                said.seek(0, os.SEEK_END)
                self.allow(text + "\n")
                self.server.process.send_signal(signal.SIGHUP)
                await until(lambda: answer in said.read(),
                            f"`{answer}' on HUP")
                self.done["HUP"] += 1
                await asyncio.sleep(random.uniform(0, 0.2))
                if not self.done["STOP"] and \
                        sum(self.done[kind] for kind in KINDS) > self.count / 2:
                    self.done["STOP"] += 1
                    self.server.process.send_signal(signal.SIGSTOP)
                    await asyncio.sleep(0.1)
                    self.server.process.send_signal(signal.SIGCONT)

    async def talk(self, times, ended):
        """Exchanges; may be cut off once `ended' says so."""
        client = Client(self.server)
        try:
            await client.connect()
            for _ in times:
                await asyncio.wait_for(self.mode.exchange(client, 2000), LIMIT)
                await asyncio.sleep(0.05)
        except (Cut, OSError):
            client.move()
            if not ended() and not (
                    self.mode.idle and client.pause > 0.8 * self.mode.idle):
                raise Wrong("cut off in --drain") from None
        finally:
            client.close()

    async def must_refuse(self):
        async def refused():
            while True:
                client = Client(self.server)
                try:
                    await client.connect()
                except ConnectionRefusedError:
                    return
                except OSError:
                    pass
                finally:
                    client.close()
                await asyncio.sleep(0.02)

        await asyncio.wait_for(refused(), LIMIT)
        if self.server.process.poll() is not None:
            raise Wrong("ended at once, in spite of --drain")

    async def end(self, how):
        """TERM while clients talk.

        drained  they have enough time: all of them are served to their end
        cut      they never leave: ended when the time for --drain is over
        twice    they never leave, and a second TERM: ended at once
        """
        server, began = self.server, None

        def ended():
            return began is not None and (how == "twice" or
                time.monotonic() - began > 0.95 * DRAIN)

        times = range(20) if how == "drained" else itertools.count()
        async with self.mode.company(server):
            talks = [asyncio.ensure_future(self.talk(times, ended))
                     for _ in range(5)]
            await asyncio.sleep(0.3)
            children = server.children()
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            await self.must_refuse()
            if how == "twice":
                server.process.send_signal(signal.SIGTERM)
            await asyncio.gather(*talks)
        await server.must_end(signal.SIGTERM)
        took = time.monotonic() - began
        if how == "cut" and took < 0.95 * DRAIN:
            raise Wrong(f"--drain {DRAIN}s was over after {took:.2f} s")
        if how == "twice" and took > 0.95 * DRAIN:
            raise Wrong(f"after a second TERM it took {took:.2f} s")
        await until(lambda: not any(os.path.exists(f"/proc/{pid}")
                                    for pid in children), "commands end")
        return took

    def check(self):
        if self.faults:
            raise Wrong(f"{len(self.faults)} clients were not served well; "
                        + "; ".join(self.faults[:5]))
        if self.done["too slow"] > 5 + self.count / 10:
            raise Wrong(f"{self.done['too slow']} clients were too slow: this "
                        "machine is too busy")

    async def run(self, how):
        began = time.monotonic()
        turns = iter(range(self.count))
        disturber = asyncio.ensure_future(self.disturb())
        try:
            async with self.mode.company(self.server):
                await asyncio.gather(*(self.one(turns)
                                       for _ in range(AT_ONCE)))
            took = time.monotonic() - began
            await until(lambda: disturber.done() or self.done["HUP"] >= 2 and
                        self.done["STOP"], "signals")
        finally:
            disturber.cancel()
            results = await asyncio.gather(disturber, return_exceptions=True)
            self.server.process.send_signal(signal.SIGCONT)
        if isinstance(results[0], Wrong):
            raise results[0]
        await self.mode.see_off(self.server)
        await self.server.must_be_as_before()
        end = await self.end(how)
        self.server.must_have_no_report()
        self.check()
        say(f"{self.name}: {self.count} clients in {took:.1f} s ("
            + ", ".join(f"{n} {kind}" for kind, n in sorted(self.done.items()))
            + f"); descriptors again {self.server.descriptors}; TERM, {how}: "
            f"{end:.2f} s")


@contextlib.contextmanager
def echo_server():
    process = subprocess.Popen([sys.executable, CROWD, "echo", f"{HOST}:0"],
                               stdout=subprocess.PIPE, text=True)
    try:
        yield f"{HOST}:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


async def churn_rounds(name, mode, words, counts, ways):
    for count in counts:
        with tempfile.TemporaryDirectory() as where:
            with open(where + "/allow", "w", encoding="ascii") as file:
                file.write(HOST + "\n")
            server = Server(where, ["--allowfile", where + "/allow",
                                    "--drain", f"{DRAIN}s", *words])
            try:
                await Round(name, server, mode, count, where).run(next(ways))
            except Wrong as error:
                raise Wrong(f"{name}: {error}{server.reports()}") from None
            finally:
                server.clear()


async def churn(count):
    few = count < FEW
    limit = IDLE_FEW if few else IDLE
    idle = ["--idle-timeout", f"{limit}s"]
    ways = itertools.cycle(["drained", "cut", "twice"])
    with echo_server() as target:
        modes = [
            # name, percent, rounds, options, what clients do
            ("--forward", 60, 4, ["-k", "--forward", target, *idle],
             Echo(limit)),
            ("--exec", 8, 2, ["-k", "--exec", "/bin/cat"], Echo()),
            ("--exec, pumped", 7, 2, ["-k", "--exec", "/bin/cat", *idle],
             Echo(limit)),
            ("--broker", 15, 3, ["--broker", "-d"], Hub()),
            ("--chat", 10, 2, ["--chat", "-d"], Chat()),
        ]
        together = []
        for name, percent, rounds, words, mode in modes:
            rounds = 1 if few else rounds
            each = max(count * percent // 100 // rounds, 1)
            run = churn_rounds(name, mode, words, [each] * rounds, ways)
            if few:     # most of the time would be spent waiting
                together.append(run)
            else:
                await run
        await asyncio.gather(*together)


# --- commands ----------------------------------------------------------------

# Says which process it is, and becomes what it is told.
SCRIPT = """echo $$
read -r what
case $what in
cat)	exec cat ;;
sleep)	exec sleep 60 ;;
yes)	exec yes ;;
loop)	while read -r line; do echo "$line"; done ;;
*)	exit 7 ;;
esac"""

SIGNALS = "TERM", "KILL", "INT", "STOP"
ENDS = (*SIGNALS, "reset", "half-close", "by itself", "at once")


class Commands:
    def __init__(self, server, pumped):
        self.server, self.pumped = server, pumped
        self.done = collections.Counter()
        self.started = 0
        self.faults = []

    async def begin(self):
        """A client that is served, and the process that serves it."""
        client = Client(self.server)
        await client.connect()
        line = b""
        while not line.endswith(b"\n"):
            try:
                got = await asyncio.wait_for(
                    client.loop.sock_recv(client.sock, 1), LIMIT)
            except asyncio.TimeoutError:
                raise Wrong("is not served") from None
            if not got:
                raise Wrong("an end instead of a process")
            line += got
        self.started += 1
        return client, int(line)

    def kill(self, pid, name):
        if parent(pid) == self.server.pid:
            os.kill(pid, getattr(signal, "SIG" + name))

    async def by_signal(self, client, pid, what, name):
        await client.send(what + b"\n")
        await asyncio.sleep(random.choice([0, 0.001, 0.02]))
        self.kill(pid, name)
        if name == "STOP":
            await asyncio.sleep(0.01)
            if self.pumped and random.random() < 0.5:
                client.reset()          # sockcat has to end it
                return
            self.kill(pid, "KILL")
        await client.drop()

    async def by_reset(self, client, pid, what):
        await client.send(what + b"\n" + b"some text\n")
        await asyncio.sleep(random.choice([0, 0.001, 0.02]))
        client.reset()
        if what == b"sleep" and not self.pumped:
            # It has the socket itself, and does not look at it.
            self.kill(pid, "TERM")

    async def by_half_close(self, client, pid, what):
        data = b"a line\n" * 2000
        await client.send(what + b"\n" + data)
        client.half_close()
        if what in (b"cat", b"loop"):
            await client.expect(data)
            await client.expect_end()
        elif what == b"sleep":
            self.kill(pid, "TERM")
            await client.drop()

    async def one(self, how):
        if how == "at once":
            client = Client(self.server)
            await client.connect()
            await asyncio.sleep(random.choice([0, 0.001, 0.02]))
            client.reset()
            return
        client, pid = await self.begin()
        try:
            what = random.choice([b"cat", b"sleep", b"yes", b"loop"])
            if how in SIGNALS:
                await self.by_signal(client, pid, what, how)
            elif how == "reset":
                await self.by_reset(client, pid, what)
            elif how == "half-close":
                await self.by_half_close(client, pid, what)
            else:
                await client.send(b"exit\n")
                await client.expect_end()
        finally:
            client.close()

    async def many(self, count):
        while self.started < count:
            how = random.choice(ENDS)
            try:
                await asyncio.wait_for(self.one(how), LIMIT)
                self.done[how] += 1
            except (Cut, OSError, Wrong, asyncio.TimeoutError) as error:
                self.faults.append(f"{how}: {error!r}")
                return

    async def must_count_right(self):
        """Just MOST are served, at once; the next one when one has left."""
        began = time.monotonic()
        some = await asyncio.gather(*(self.begin() for _ in range(MOST)))
        took = time.monotonic() - began
        if took > 5:
            raise Wrong(f"{MOST} clients had to wait for {took:.1f} s")
        waiting = asyncio.ensure_future(self.begin())
        await asyncio.sleep(0.5)
        children = self.server.children()
        if waiting.done() or len(children) != MOST:
            raise Wrong(f"{len(children)} commands instead of {MOST}")
        client, pid = some.pop()
        self.kill(pid, "KILL")
        await client.drop()
        client.close()
        some.append(await waiting)
        self.server.process.send_signal(signal.SIGTERM)
        await self.server.must_end(signal.SIGTERM)
        await until(lambda: not any(os.path.exists(f"/proc/{pid}")
                                    for _, pid in some), "commands end")
        for client, _ in some:
            client.close()

    async def run(self, count):
        began = time.monotonic()
        await asyncio.gather(*(self.many(count)
                               for _ in range(MOST + MOST // 2)))
        took = time.monotonic() - began
        if self.faults:
            raise Wrong(f"{len(self.faults)} clients were not served well; "
                        + "; ".join(self.faults[:5]))
        # Pipes are kept for the next clients, unless there were many.
        for client, _ in await asyncio.gather(*(self.begin()
                                                for _ in range(MANY))):
            await client.send(b"exit\n")
            await client.expect_end()
            client.close()
        await self.server.must_be_as_before()
        started = self.server.said().count("started /bin/sh")
        await self.must_count_right()
        self.server.must_have_no_report()
        say(f"{'pumped' if self.pumped else 'direct'}: {started} commands in "
            f"{took:.1f} s (" + ", ".join(
                f"{n} {how}" for how, n in sorted(self.done.items()))
            + f"); descriptors again {self.server.descriptors}, no child; "
            f"then {MOST} at once, and one waits")


async def commands_run(count, pumped):
    with tempfile.TemporaryDirectory() as where:
        server = Server(where, [
            "-k", "--max-conns", str(MOST), "--sh-exec", SCRIPT,
            *(["--idle-timeout", "30"] if pumped else [])])
        try:
            await Commands(server, pumped).run(count)
        except Wrong as error:
            raise Wrong(f"{error}{server.reports()}") from None
        finally:
            server.clear()


async def commands(count):
    """Half of them have the socket itself."""
    await asyncio.gather(commands_run(count // 2, False),
                         commands_run(count - count // 2, True))


def main():
    whats = {"churn": (churn, CHURN), "commands": (commands, COMMANDS)}
    if len(sys.argv) < 2 or sys.argv[1] not in whats:
        sys.exit(__doc__)
    run, count = whats[sys.argv[1]]
    try:
        options, rest = getopt.getopt(sys.argv[2:], "n:")
        for _, value in options:
            count = int(value)
    except (getopt.GetoptError, ValueError) as error:
        sys.exit(f"soak: {error}\n\n{__doc__}")
    if rest:
        sys.exit(__doc__)
    # So that what was started is ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        asyncio.run(asyncio.wait_for(run(count), 3 * LIMIT + count / 10))
    except Wrong as error:
        sys.exit(f"soak: {sys.argv[1]}: {error}")
    except asyncio.TimeoutError:
        sys.exit(f"soak: {sys.argv[1]}: it takes far too long")


if __name__ == "__main__":
    main()
