# SPDX-License-Identifier: ISC
"""The clients of soak.py, in rounds."""
import asyncio
import collections
import contextlib
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time

from soak_server import Client, Cut, HOST, LIMIT, Server, Wrong, say, until
from soak_clients import Chat, Echo, Hub, KINDS

CROWD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "crowd.py")
FOE = "127.0.0.9"       # not in the lists
AT_ONCE = 48            # clients
FEW = 2000              # in a hurry, and maybe on a busy machine
IDLE, IDLE_FEW = 0.3, 1
DRAIN = 2


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
