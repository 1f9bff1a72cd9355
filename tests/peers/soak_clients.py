# SPDX-License-Identifier: ISC
"""What clients do in soak.py, the well-behaved and others."""
import asyncio
import contextlib
import random
import re
import time

from soak_server import Client, MANY, PIECE, Wrong, meanwhile, until


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
