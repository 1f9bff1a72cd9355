#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A web server, in HTTP/1.1.

usage: origin.py [-b ADDRESS] [-t CERTIFICATE] [DIRECTORY]

-b  where it listens (127.0.0.1); the kernel chooses the port, which is printed,
    alone on the first line of standard output
-t  TLS, with the certificate and key in that file

GET and HEAD have the files of the directory (.); /chunked/NAME has them in
chunks, and /old/NAME up to the end of the connection, as HTTP/1.0 does.  What
PUT, POST and DELETE bring is written to the file `put', and the answer is its
length.  Each request is a line on standard output, once it is whole: method,
target, the fields that are not of the connection; with what framed its body in
front of its length.
"""
import getopt
import http.server
import os
import shutil
import ssl
import sys


def say(text):
    """A line, in one write: whoever waits for it never sees half of it."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


class Chunks:
    """A file whose writes are chunks."""

    def __init__(self, out):
        self.out = out

    def write(self, data):
        self.out.write(b"%x\r\n%b\r\n" % (len(data), data))


class Origin(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def tell(self, body):
        fields = " ".join(f"{name}: {value};" for name, value
                          in self.headers.items())
        say(f"{self.command} {self.path} {body} {fields}")

    def do_GET(self):
        self.tell("-")
        kind, _, name = self.path[1:].partition("/")
        if kind not in ("chunked", "old"):
            super().do_GET()
            return
        self.send_response(200)
        if kind == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        out = Chunks(self.wfile) if kind == "chunked" else self.wfile
        with open(name, "rb") as source:
            shutil.copyfileobj(source, out, 30000)
        if kind == "chunked":
            self.wfile.write(b"0\r\nDigest: none\r\n\r\n")

    def do_HEAD(self):
        self.tell("-")
        super().do_HEAD()

    def chunks(self):
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass

    def do_PUT(self):
        framing = "length"
        if self.headers.get("Transfer-Encoding") == "chunked":
            framing = "chunked"
            body = b"".join(self.chunks())
        else:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        with open("put", "wb") as out:
            out.write(body)
        self.tell(f"{framing}:{len(body)}")
        text = b"%d\n" % len(body)
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_DELETE = do_PUT


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 500

    def handle_error(self, *_):
        pass


def main():
    options, rest = getopt.getopt(sys.argv[1:], "b:t:")
    options = dict(options)
    if rest:
        os.chdir(rest[0])
    address = options.get("-b", "127.0.0.1")
    if ":" in address:
        Server.address_family = 10
    server = Server((address, 0), Origin)
    if "-t" in options:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options["-t"])
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
    say(str(server.server_address[1]))
    server.serve_forever()


if __name__ == "__main__":
    main()
