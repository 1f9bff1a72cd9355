#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A TLS peer that does exactly what it is told, one verb after the other.

usage: tlspeer.py listen|connect HOST:PORT VERB...
       tlspeer.py connect unix:PATH VERB...

`listen' with port 0 lets the kernel choose and prints the port, alone on the
first line of standard output.

In plain text:
    put:TEXT        send TEXT, with \\r, \\n, \\x00 and so on in it
    until:TEXT      receive up to and with TEXT
    plain:FILE      receive up to the end of TCP, into FILE
TLS:
    tls[:KEY=VALUE,...]
                    the handshake.  cert=FILE (with key) to show, ca=FILE to
                    verify the other with (a server then wants a certificate),
                    name=NAME to ask for and expect, max=1.2, alpn=A+B.
                    Prints `tls VERSION sni=NAME alpn=PROTOCOL', or `failed WHY'
                    and ends with status 1
    send:FILE       send the file
    sendn:N         send N bytes of zeros
    recv:FILE       receive up to the end into FILE; prints `notified' after a
                    close_notify and `cut' without one
    recvn:N:FILE    receive N bytes, into FILE
    last:N          send N bytes of zeros and close_notify, in one segment
    notify          send close_notify, and nothing to TCP
    talk:N          send N lines, one each 20 ms, and print whether the other
                    has sent close_notify by then: `ended' or `not ended'
Both:
    fin             end our direction of TCP
    reset           close with a reset
    close           close, without close_notify
    say:TEXT        print TEXT
    await:FILE      wait until FILE exists
    park            do nothing until standard input ends
"""
import os
import select
import socket
import ssl
import struct
import sys
import time

VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def say(text):
    """A line, in one write: whoever waits for it never sees half of it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Peer:
    """A connection, and TLS on it after `tls'."""

    def __init__(self, role, text):
        self.server = role == "listen"
        self.tls = self.sni = None
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        host, port = text.rsplit(":", 1)
        if host == "unix" and not self.server:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(port)
            return
        address = (host.strip("[]"), int(port))
        if not self.server:
            self.sock = socket.create_connection(address)
            return
        listener = socket.create_server(
            address, family=socket.AF_INET6 if ":" in address[0]
            else socket.AF_INET)
        say(listener.getsockname()[1])
        self.sock, _ = listener.accept()
        listener.close()

    def flush(self):
        if self.outgoing.pending:
            self.sock.sendall(self.outgoing.read())

    def step(self, call, *arguments):
        """What the engine says, when it needs no more from the network."""
        while True:
            try:
                result = call(*arguments)
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
            data = self.sock.recv(65536)
            if data:
                self.incoming.write(data)
            else:
                self.incoming.write_eof()

    def context(self, options):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if self.server
                                 else ssl.PROTOCOL_TLS_CLIENT)
        # Else an end without close_notify is one with it, for some versions.
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        if "name" not in options:
            context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        if "ca" in options:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(options["ca"])
        if "cert" in options:
            context.load_cert_chain(options["cert"])
        if "max" in options:
            context.maximum_version = VERSIONS[options["max"]]
        if "alpn" in options:
            context.set_alpn_protocols(options["alpn"].split("+"))

        def note_name(_tls, name, _context):
            self.sni = name
        if self.server:
            context.sni_callback = note_name
        return context

    def handshake(self, text):
        options = dict(item.split("=", 1) for item in text.split(",") if item)
        self.tls = self.context(options).wrap_bio(
            self.incoming, self.outgoing, server_side=self.server,
            server_hostname=options.get("name"))
        try:
            self.step(self.tls.do_handshake)
        except OSError as error:
            try:
                self.flush()
            except OSError:
                pass
            say(f"failed {error}")
            sys.exit(1)
        say(f"tls {self.tls.version()} sni={self.sni} "
            f"alpn={self.tls.selected_alpn_protocol()}")

    def send(self, data):
        if self.tls is None:
            self.sock.sendall(data)
            return
        while data:
            data = data[self.step(self.tls.write, data):]

    def receive(self, path, most=None):
        got = 0
        with open(path, "wb") as out:
            while most is None or got < most:
                size = 65536 if most is None else min(65536, most - got)
                try:
                    data = self.step(self.tls.read, size)
                except ssl.SSLZeroReturnError:
                    data, end = b"", "notified"
                except OSError:     # ssl.SSLError is one
                    data, end = b"", "cut"
                else:
                    end = "notified"
                if not data:
                    break
                out.write(data)
                got += len(data)
        if most is None:
            say(end)
        elif got < most:
            sys.exit(f"tlspeer: the end came after {got} of {most} bytes")

    def ended(self):
        """Whether close_notify is there.  What came before it is dropped."""
        while select.select([self.sock], [], [], 0)[0]:
            data = self.sock.recv(65536)
            if not data:
                return True
            self.incoming.write(data)
        try:
            return not self.tls.read(1 << 20)
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLZeroReturnError:
            return True

    def talk(self, count):
        ended = False
        for _ in range(count):
            self.send(b"and then\n")
            time.sleep(0.02)
            ended = ended or self.ended()
        say("ended" if ended else "not ended")

    def notify(self):
        try:
            self.tls.unwrap()
        except (ssl.SSLWantReadError, ssl.SSLSyscallError):
            pass
        self.flush()

    def until(self, text):
        got = b""
        while not got.endswith(text):
            byte = self.sock.recv(1)
            if not byte:
                sys.exit(f"tlspeer: the end came after {got!r}")
            got += byte

    def plain(self, path):
        with open(path, "wb") as out:
            while data := self.sock.recv(65536):
                out.write(data)

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))
        self.sock.close()


def unescape(text):
    return text.encode().decode("unicode_escape").encode("latin-1")


def perform(peer, verb):
    name, _, rest = verb.partition(":")
    if name == "put":
        peer.sock.sendall(unescape(rest))
    elif name == "until":
        peer.until(unescape(rest))
    elif name == "plain":
        peer.plain(rest)
    elif name == "tls":
        peer.handshake(rest)
    elif name == "send":
        with open(rest, "rb") as source:
            peer.send(source.read())
    elif name == "sendn":
        peer.send(bytes(int(rest)))
    elif name == "recv":
        peer.receive(rest)
    elif name == "recvn":
        count, _, path = rest.partition(":")
        peer.receive(path, most=int(count))
    elif name == "last":
        peer.tls.write(bytes(int(rest)))
        peer.notify()
    elif name == "talk":
        peer.talk(int(rest))
    elif name == "notify":
        peer.notify()
    elif name == "fin":
        peer.sock.shutdown(socket.SHUT_WR)
    elif name == "reset":
        peer.reset()
    elif name == "close":
        peer.sock.close()
    elif name == "say":
        say(rest)
    elif name == "await":
        while not os.path.exists(rest):
            time.sleep(0.01)
    elif name == "park":
        sys.stdin.buffer.read()
    else:
        sys.exit(f"tlspeer: no such verb: {verb}")


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("listen", "connect"):
        sys.exit(__doc__)
    peer = Peer(sys.argv[1], sys.argv[2])
    for verb in sys.argv[3:]:
        perform(peer, verb)
    peer.sock.close()


if __name__ == "__main__":
    main()
