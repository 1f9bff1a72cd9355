#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Many clients of a proxy server.

usage: proxycrowd.py [-t CA] served N BYTES PROXY TARGET
       proxycrowd.py [-t CA] hold N PROXY TARGET
       proxycrowd.py [-t CA] rude N PROXY TARGET

served   N clients, of each protocol in turn, have themselves connected to the
         target, which sends everything back; when all of them are, each sends
         BYTES bytes of its own and its end, and has to get just those back, and
         an end
hold     the same without the bytes; then `held' is printed, and they stay until
         killed
rude     N clients, 50 at a time, that stop somewhere in the middle, and leave
         by an end or a reset, at once or after a while
-t       over TLS, with a proxy that is localhost, by that authority
PROXY, TARGET   ports of 127.0.0.1
"""
import asyncio
import contextlib
import getopt
import random
import socket
import ssl
import struct
import sys

TIME = 60
HERE = socket.inet_aton("127.0.0.1")


def say(text):
    """A line, in one write: whoever waits for it never sees half of it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def requests(port):
    """Those of each protocol, with how long the answer is."""
    number = struct.pack(">H", port)
    return [
        (b"\4\1" + number + HERE + b"me\0", 8),
        (b"\4\1" + number + b"\0\0\0\1me\0localhost\0", 8),
        (b"\5\1\0\5\1\0\1" + HERE + number, 12),
        (b"\5\2\0\2\5\1\0\3\x09localhost" + number, 12),
        (b"CONNECT localhost:%d HTTP/1.1\r\nHost: x\r\n\r\n" % port, 39),
        (b"CONNECT 127.0.0.1:%d HTTP/1.0\r\n\r\n" % port, 39),
    ]


class Crowd:
    def __init__(self, proxy, target, authority):
        self.proxy = proxy
        self.requests = requests(target)
        self.tls = {}
        if authority:
            context = ssl.create_default_context(cafile=authority)
            self.tls = {"ssl": context, "server_hostname": "localhost"}

    async def connect(self):
        return await asyncio.open_connection("127.0.0.1", self.proxy,
                                             **self.tls)

    async def join(self, i):
        """One that is connected to the target."""
        request, length = self.requests[i % len(self.requests)]
        reader, writer = await self.connect()
        writer.write(request)
        answer = await reader.readexactly(length)
        if answer[:2] not in (b"\0\x5a", b"\5\0", b"HT"):
            sys.exit(f"client {i} was answered {answer}")
        return reader, writer

    async def join_all(self, count):
        return await asyncio.gather(*(self.join(i) for i in range(count)))

    async def exchange(self, reader, writer, data):
        async def send():
            writer.write(data)
            await writer.drain()
            if not self.tls:
                writer.write_eof()

        sending = asyncio.create_task(send())
        got = await reader.readexactly(len(data))
        await sending
        if got != data or (not self.tls and await reader.read(1)):
            sys.exit("not what was sent")
        writer.close()

    async def served(self, count, size):
        clients = await self.join_all(count)
        await asyncio.gather(*(self.exchange(*one, random.randbytes(size))
                               for one in clients))

    async def hold(self, count):
        clients = await self.join_all(count)
        say("held")
        await asyncio.Event().wait()
        del clients

    async def be_rude(self, room):
        request, _ = random.choice(self.requests)
        if random.random() < 0.2:
            request = random.randbytes(random.randint(1, 50))
        stop = random.randint(0, len(request) + 2000)
        async with room:
            with contextlib.suppress(OSError):
                _, writer = await self.connect()
                writer.write((request + bytes(2000))[:stop])
                await asyncio.sleep(random.choice((0, 0, 0.01, 0.1)))
                if random.random() < 0.5:
                    writer.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
                writer.close()

    async def rude(self, count):
        room = asyncio.Semaphore(50)
        await asyncio.gather(*(self.be_rude(room) for _ in range(count)))


async def main():
    options, rest = getopt.getopt(sys.argv[1:], "t:")
    what, *numbers = rest
    numbers = [int(number) for number in numbers]
    crowd = Crowd(numbers[-2], numbers[-1], dict(options).get("-t"))
    run = {"served": crowd.served, "hold": crowd.hold, "rude": crowd.rude}
    limit = None if what == "hold" else TIME
    await asyncio.wait_for(run[what](*numbers[:-2]), limit)


if __name__ == "__main__":
    asyncio.run(main())
