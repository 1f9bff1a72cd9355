#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Many connections at a time.

usage: crowd.py echo ADDRESS...
       crowd.py clients N BYTES ADDRESS
       crowd.py hold N ADDRESS

echo      send everybody what they sent; prints the ports (unix: -), on one line
clients   N clients; when all of them are connected, each sends BYTES bytes of
          its own and its end, and has to get just those back, and an end
hold      N clients; each sends a byte and gets it back; then `served` is
          printed, and they stay until killed
ADDRESS   HOST:PORT, unix:PATH, unix:@NAME, for echo also udp:HOST:PORT
"""
import asyncio
import random
import sys

TIME = 60


def say(text):
    """A line, in one write: whoever waits for it never sees half of it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def parse(text):
    """The kind, tcp, unix or udp, and the address."""
    kind = "tcp"
    if text.startswith("unix:"):
        path = text[5:]
        return "unix", "\0" + path[1:] if path.startswith("@") else path
    if text.startswith("udp:"):
        kind, text = "udp", text[4:]
    host, port = text.rsplit(":", 1)
    return kind, (host.strip("[]"), int(port))


async def connect(text):
    kind, address = parse(text)
    if kind == "unix":
        return await asyncio.open_unix_connection(address)
    return await asyncio.open_connection(*address)


class Datagrams(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        say(f"got {len(data)} from {addr[0]}:{addr[1]}")
        self.transport.sendto(data, addr)


async def serve(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    writer.close()


async def echo(texts):
    loop = asyncio.get_running_loop()
    ports, keep = [], []
    for text in texts:
        kind, address = parse(text)
        if kind == "udp":
            transport, _ = await loop.create_datagram_endpoint(
                Datagrams, local_addr=address)
            keep.append(transport)
            ports.append(transport.get_extra_info("sockname")[1])
            continue
        if kind == "unix":
            server = await asyncio.start_unix_server(serve, address)
            ports.append("-")
        else:
            server = await asyncio.start_server(serve, *address, backlog=4096)
            ports.append(server.sockets[0].getsockname()[1])
        keep.append(server)
    say(" ".join(map(str, ports)))
    await asyncio.Event().wait()


async def client(reader, writer, data):
    writer.write(data)
    writer.write_eof()
    got = await reader.read(-1)
    writer.close()
    if got != data:
        sys.exit(f"crowd: {len(got)} of {len(data)} bytes, or others, came")


async def clients(count, size, text):
    streams = await asyncio.gather(*(connect(text) for _ in range(count)))
    await asyncio.gather(*(client(*stream, random.randbytes(size))
                           for stream in streams))


async def hold(count, text):
    streams = await asyncio.gather(*(connect(text) for _ in range(count)))
    for _, writer in streams:
        writer.write(b"!")
    for reader, _ in streams:
        await reader.readexactly(1)
    say("served")
    await asyncio.Event().wait()


async def main():
    if len(sys.argv) >= 3 and sys.argv[1] == "echo":
        await echo(sys.argv[2:])
    elif len(sys.argv) == 5 and sys.argv[1] == "clients":
        await asyncio.wait_for(clients(int(sys.argv[2]), int(sys.argv[3]),
                                       sys.argv[4]), TIME)
    elif len(sys.argv) == 4 and sys.argv[1] == "hold":
        await hold(int(sys.argv[2]), sys.argv[3])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    asyncio.run(main())
