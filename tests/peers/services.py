#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Servers that sockcat is a client of, on ports that the kernel chooses.

usage: services.py nginx CONFIG COUNT
       services.py haproxy CONFIG COUNT
       services.py http FILE [CERT VERSION]
       services.py backend SECONDS
       services.py smtp CERT VERSION DIRECTORY

nginx    becomes nginx(8) with that configuration, in which @PORT1@ and so on
         stand for COUNT ports to listen at with `reuseport'.
haproxy  becomes haproxy(1) with that configuration, in which @FD1@ and so on
         stand for the descriptors of COUNT sockets that listen at the ports.
http     Python's server of http.server answers each GET with the file; with
         CERT over TLS of that VERSION, 1.2 or 1.3.
backend  answers each GET with 1,000 bytes, SECONDS later.
smtp     aiosmtpd with STARTTLS; each mail becomes a file in DIRECTORY, written
         before it is acknowledged.

Prints the ports, alone on the first line of standard output; all but nginx
and haproxy listen by then.
"""
import asyncio
import http.server
import os
import site
import socket
import ssl
import sys
import time

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def say(text):
    """A line, in one write: whoever waits for it never sees half of it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tls_context(cert, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert)
    context.minimum_version = context.maximum_version = VERSIONS[version]
    return context


def fill_in(config, words):
    """Put words, by their names, into the file."""
    with open(config, encoding="ascii") as source:
        text = source.read()
    for name, value in words.items():
        text = text.replace(f"@{name}@", str(value))
    with open(config, "w", encoding="ascii") as target:
        target.write(text)
    os.environ["PATH"] += ":/usr/sbin"


def haproxy(config, count):
    words = {}
    ports = []
    for number in range(1, int(count) + 1):
        sock = socket.socket()
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        sock.set_inheritable(True)
        ports.append(str(sock.getsockname()[1]))
        words[f"FD{number}"] = sock.detach()
    fill_in(config, words)
    say(" ".join(ports))
    os.execvp("haproxy", ["haproxy", "-db", "-f", config])


def nginx(config, count):
    # Bound, though not listening, a port is nobody's but nginx's, which shares
    # it (reuseport) and inherits our sockets without knowing.
    sockets = []
    for _ in range(int(count)):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("127.0.0.1", 0))
        sock.set_inheritable(True)
        sockets.append(sock)
    ports = [str(sock.getsockname()[1]) for sock in sockets]
    fill_in(config, {f"PORT{number}": port
                     for number, port in enumerate(ports, 1)})
    say(" ".join(ports))
    os.execvp("nginx", ["nginx", "-p", os.getcwd(), "-c",
                        os.path.abspath(config), "-e", "stderr"])


class Answer(http.server.BaseHTTPRequestHandler):
    """The same for each GET: `body', `pause' seconds later."""
    body = b""
    pause = 0

    def do_GET(self):   # pylint: disable=invalid-name
        time.sleep(self.pause)
        self.send_response(200)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    """It does not look its own name up, and takes leavers as a matter of
    course."""

    def server_bind(self):
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = self.server_address

    def handle_error(self, *_):
        pass


def serve_http(body, pause=0, context=None):
    Answer.body, Answer.pause = body, pause
    server = Server(("127.0.0.1", 0), Answer)
    if context:
        # The handshake is then made in the client's own thread.
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
    say(server.server_port)
    server.serve_forever()


def smtp(cert, version, directory):
    site.main()     # this one is not Python's own
    from aiosmtpd.smtp import SMTP  # pylint: disable=import-outside-toplevel

    class Keep:
        """Each mail is a file."""
        count = 0

        async def handle_DATA(self, _server, _session, envelope):
            Keep.count += 1
            with open(os.path.join(directory, str(Keep.count)), "wb") as mail:
                mail.write(envelope.content)
            return "250 kept"

    async def run():
        loop = asyncio.get_running_loop()
        context = tls_context(cert, version)
        server = await loop.create_server(
            lambda: SMTP(Keep(), hostname="localhost", tls_context=context,
                         require_starttls=True), "127.0.0.1", 0)
        say(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(run())


def main():
    kind, words = (sys.argv + [""])[1], sys.argv[2:]
    if kind in ("nginx", "haproxy"):
        {"nginx": nginx, "haproxy": haproxy}[kind](*words)
    elif kind == "http":
        with open(words[0], "rb") as source:
            body = source.read()
        serve_http(body, context=tls_context(*words[1:])
                   if words[1:] else None)
    elif kind == "backend":
        serve_http(b"x" * 999 + b"\n", pause=float(words[0]))
    elif kind == "smtp":
        smtp(*words)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
