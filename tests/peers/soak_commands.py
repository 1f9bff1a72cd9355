# SPDX-License-Identifier: ISC
"""The commands of soak.py."""
import asyncio
import collections
import os
import random
import signal
import tempfile
import time

from soak_server import (Client, Cut, LIMIT, MANY, Server, Wrong, parent, say,
                         until)

MOST = 20               # --max-conns

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
