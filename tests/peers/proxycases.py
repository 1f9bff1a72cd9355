#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Clients of a proxy server, and what they are connected to, in one process: so
that each step waits for the one before.

usage: proxycases.py CASE PORT

CASE is a function below; PORT is that of the proxy, on 127.0.0.1 (0: the case is
the proxy, of $SOCKCAT).  What does not hold is an exception.
"""
import os
import signal
import socket
import struct
import subprocess
import sys
import time

TIME = 30


def listen():
    """A socket that listens, and its port."""
    server = socket.create_server(("127.0.0.1", 0), backlog=512)
    server.settimeout(TIME)
    return server, server.getsockname()[1]


def nobody():
    """A port where nobody listens."""
    server, port = listen()
    server.close()
    return port


def client(port):
    return socket.create_connection(("127.0.0.1", port), timeout=TIME)


def accept(server):
    peer, _ = server.accept()
    peer.settimeout(TIME)
    return peer


def socks5(port):
    """SOCKS5: no user, CONNECT to 127.0.0.1."""
    return (b"\5\1\0" + b"\5\1\0\1\x7f\0\0\1" + struct.pack(">H", port))


def request(port, fields="", method="GET"):
    return (f"{method} http://127.0.0.1:{port}/ HTTP/1.1\r\nHost: x\r\n"
            f"{fields}\r\n").encode()


def receive(peer, n):
    """Just n bytes."""
    data = b""
    while len(data) < n:
        more = peer.recv(n - len(data))
        assert more, f"the end after {data!r}"
        data += more
    return data


def receive_until(peer, what):
    """All, until it ends with this."""
    data = b""
    while not data.endswith(what):
        more = peer.recv(65536)
        assert more, f"the end after {data!r}"
        data += more
    return data


def refused_stay(port):
    """Clients whose targets refused them do not end; others are served."""
    dead, (server, alive) = nobody(), listen()
    refused = [client(port) for _ in range(32 * (os.cpu_count() or 1))]
    for peer in refused:
        peer.sendall(socks5(dead))
    begun = time.monotonic()
    good = client(port)
    good.sendall(socks5(alive))
    assert receive(good, 12)[:4] == b"\5\0\5\0"
    accept(server).sendall(b"here")
    assert receive(good, 4) == b"here"
    # One after another they would keep each thread for 16 seconds.
    assert time.monotonic() - begun < 8, "others had to wait"
    for peer in refused:
        assert receive(peer, 12)[:4] == b"\5\0\5\5"


def late_end(port):
    """A response's bytes are with the client before its end comes."""
    server, origin = listen()
    peer = client(port)
    for _ in range(10):
        peer.sendall(request(origin))
        answering = accept(server)
        receive_until(answering, b"\r\n\r\n")
        answering.sendall(b"HTTP/1.0 200 OK\r\n\r\nbody")
        receive_until(peer, b"4\r\nbody\r\n")
        answering.close()
        assert receive(peer, 5) == b"0\r\n\r\n"


def wait_until_closed(port):
    """Nobody is let in any more."""
    until = time.monotonic() + TIME
    while time.monotonic() < until:
        try:
            client(port).close()
        except OSError:
            return
    raise AssertionError("clients are let in")


def leaving(port):
    """The proxy, whose process is $PROXY_PID, is told to leave while it waits for
    a response: that is the last one of this connection."""
    server, origin = listen()
    peer = client(port)
    for fields in (b"", b"Connection: close\r\n"):
        peer.sendall(request(origin))
        answering = accept(server)
        receive_until(answering, b"\r\n\r\n")
        if fields:
            os.kill(int(os.environ["PROXY_PID"]), signal.SIGTERM)
            wait_until_closed(port)
        answering.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        head = receive_until(peer, b"\r\n\r\nok")
        assert fields in head and (fields or b"Connection" not in head), head
    assert peer.recv(1) == b""


def slow_questions(_):
    """A proxy that asks again and again, on new connections, in good time each:
    all of them have one limit."""
    server, port = listen()
    client = subprocess.Popen(
        [os.environ["SOCKCAT"], "-X", "http", "-x", f"127.0.0.1:{port}",
         "-P", "me", "--connect-timeout", "2", "127.0.0.1", "9"],
        env={**os.environ, "SOCKCAT_PROXY_AUTH": "sesame"},
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    for nonce in range(2):
        peer = accept(server)
        receive_until(peer, b"\r\n\r\n")
        time.sleep(1.2)
        peer.sendall(b"HTTP/1.1 407 Who?\r\nConnection: close\r\n"
                     b"Proxy-Authenticate: Digest realm=x, qop=\"auth\", "
                     b"stale=true, nonce=n%d\r\n\r\n" % nonce)
        peer.close()
    _, told = client.communicate(timeout=TIME)
    assert client.returncode == 3 and "no answer in time" in told, told
    server.settimeout(0)
    try:
        server.accept()
    except BlockingIOError:
        return
    raise AssertionError("it asked a third time")


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]))
