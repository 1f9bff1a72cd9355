# SPDX-License-Identifier: ISC
"""Those around the program that a case runs, each a thread with a script of
verbs: see compare.py."""
import os
import random
import re
import select
import signal
import socket
import ssl
import struct
import threading
import time

import cases

PAUSE = 0.5
EARLY = 0.3             # s: an end so long before the program's is not its exit
SLICE = 0.02


class Over(Exception):
    """The program has ended, or the other side has."""


def meaningless(count):
    return random.Random(count).randbytes(count)


class Actor(threading.Thread):
    def __init__(self, stage, verbs):
        super().__init__(daemon=True)
        self.stage = stage
        self.verbs = list(verbs)
        self.idle = threading.Event()   # nothing more is done by itself

    def run(self):
        try:
            for verb in self.verbs:
                name, _, value = verb.partition(':')
                getattr(self, 'do_' + name)(value)
            self.do_hold('')
        except Over:
            pass
        finally:
            self.idle.set()
            self.leave()

    def leave(self):
        pass

    def check(self):
        if self.stage.over.is_set():
            raise Over

    def do_wait(self, value):
        until = time.monotonic() + float(value or PAUSE)
        self.idle.clear()
        while time.monotonic() < until:
            self.check()
            time.sleep(SLICE)

    def do_mark(self, value):
        self.stage.mark(value)

    def do_await(self, value):
        self.idle.set()
        self.stage.await_mark(value)
        self.idle.clear()
        self.check()

    def do_kill(self, value):
        self.stage.deed('kill')
        self.stage.process.send_signal(getattr(signal, 'SIG' + value))

    def do_hold(self, _):
        self.idle.set()
        self.stage.over.wait()

    def do_say(self, value):
        self.send(cases.text(value))

    def do_data(self, value):
        self.send(meaningless(int(value)))


class Keys(Actor):
    """Standard input, or the terminal."""

    def __init__(self, stage, fd, verbs):
        super().__init__(stage, [v for v in verbs if v != 'tty'])
        self.fd = fd
        os.set_blocking(fd, False)

    def send(self, data):
        while data:
            self.check()
            if not select.select([], [self.fd], [], SLICE)[1]:
                self.idle.set()
                continue
            self.idle.clear()
            try:
                data = data[os.write(self.fd, data):]
            except BlockingIOError:
                continue
            except OSError as e:
                raise Over from e

    def do_end(self, _):
        self.stage.deed('end')
        os.close(self.fd)
        self.fd = None

    def leave(self):
        if self.fd is not None:
            os.close(self.fd)


class Nobody(Actor):
    def seen(self, _):
        return ''


class Peer(Actor):
    """At a stream."""

    def __init__(self, stage, verbs, listener=None, connect=None):
        super().__init__(stage, verbs)
        self.listener = listener
        self.connect = connect
        self.socket = None
        self.got = [b'']
        self.ends = []              # (time, word)

    def run(self):
        try:
            while self.listener is None and self.verbs and \
                    self.verbs[0].partition(':')[0] in ('await', 'wait'):
                name, _, value = self.verbs.pop(0).partition(':')
                getattr(self, 'do_' + name)(value)
            if self.listener is not None:
                self.do_accept('')
            else:
                self.do_connect('')
        except Over:
            self.idle.set()
            return
        super().run()

    def seen(self, ended):
        words = []
        for when, word in self.ends:
            if ended is None and when > self.stage.ended:
                continue
            early = ended is not None and when < ended - EARLY
            words.append(word + (' before' if early else ''))
        got = re.sub(rb'sockcat-[0-9a-f]{16}', b'sockcat-X',
                     b'|'.join(self.got))
        return ' '.join([cases.shown(got)] + words)

    # -- Connections

    def do_accept(self, _):
        if self.socket is not None:
            self.do_close('')
            self.got.append(b'')
        self.idle.set()
        self.listener.settimeout(SLICE)
        while True:
            try:
                self.socket, _ = self.listener.accept()
                break
            except TimeoutError:
                self.check()
        self.idle.clear()
        self.socket.settimeout(SLICE)

    def do_connect(self, _):
        if self.socket is not None:
            self.do_close('')
            self.got.append(b'')
        self.idle.set()
        while True:
            self.check()
            try:
                self.socket = self.connect()
                break
            except OSError:
                time.sleep(SLICE)
        self.idle.clear()
        self.socket.settimeout(SLICE)
        self.stage.deed('connect')

    def do_unlisten(self, _):
        self.listener.close()

    def do_shut(self, _):
        self.stage.deed('shut')
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def do_close(self, _):
        if self.socket is not None:
            self.stage.deed('close')
            self.socket.close()
            self.socket = None

    def do_reset(self, _):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack('ii', 1, 0))
        self.stage.deed('reset')
        self.socket.close()
        self.socket = None

    # -- Bytes

    def take(self, count=65536):
        """What comes, or b'' at the end."""
        while True:
            late = self.stage.over.is_set()
            try:
                data = self.socket.recv(count)
            except TimeoutError:
                if late:
                    raise Over from None
                continue
            except OSError:
                self.ends.append((time.monotonic(), 'reset'))
                raise Over from None
            if data:
                self.got[-1] += data
            else:
                self.ends.append((time.monotonic(), 'eof'))
            return data

    def send(self, data):
        view = memoryview(data)
        while view:
            self.check()
            try:
                view = view[self.socket.send(view):]
                self.idle.clear()
            except TimeoutError:
                self.idle.set()
            except OSError:
                self.ends.append((time.monotonic(), 'reset'))
                raise Over from None

    def do_recv(self, value):
        self.idle.set()
        left = int(value or 1)
        while left > 0:
            data = self.take(left if value else 65536)
            if not data:
                raise Over
            left -= len(data)
        self.idle.clear()

    def do_line(self, _):
        self.idle.set()
        while True:
            data = self.take(1)
            if not data:
                raise Over
            if data == b'\n':
                break
        self.idle.clear()

    def do_head(self, _):
        self.idle.set()
        while not self.got[-1].endswith(b'\r\n\r\n'):
            if not self.take(1):
                raise Over
        self.idle.clear()

    def do_eof(self, _):
        self.idle.set()
        while self.take():
            pass
        self.idle.clear()

    def do_echo(self, _):
        self.idle.set()
        while True:
            data = self.take()
            if not data:
                break
            self.send(data)
            self.idle.set()
        self.idle.clear()

    def do_hold(self, _):
        self.idle.set()
        if self.socket is None:
            self.stage.over.wait()
            return
        if self.ends:
            self.stage.over.wait()
        else:
            while self.take():
                pass
            self.stage.over.wait()

    def leave(self):
        for s in (self.socket, self.listener):
            if s is not None:
                s.close()


class Tls(Peer):
    """At a stream inside of TLS."""

    def wrap(self, server):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else
                                 ssl.PROTOCOL_TLS_CLIENT)
        if server:
            context.load_cert_chain(at(self.stage, 'certs/' +
                                       self.certificate + '.pem'))
        else:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        self.socket.settimeout(5)
        try:
            self.socket = context.wrap_socket(self.socket, server_side=server)
        except OSError as e:
            self.ends.append((time.monotonic(), 'no handshake'))
            raise Over from e
        self.socket.settimeout(SLICE)

    def do_accept(self, value):
        super().do_accept(value)
        self.wrap(True)

    def do_connect(self, value):
        super().do_connect(value)
        self.wrap(False)

    def do_shut(self, _):
        self.stage.deed('shut')
        self.socket.settimeout(PAUSE)
        try:
            self.socket.unwrap()
        except OSError:
            pass
        self.socket.settimeout(SLICE)


class Datagrams(Peer):
    """At a socket of datagrams; each that comes is told apart."""

    def __init__(self, stage, verbs, bound=None, connect=None):
        super().__init__(stage, verbs, None, connect)
        self.got = []
        self.last = None
        self.socket = bound
        if bound is not None:
            bound.settimeout(SLICE)

    def run(self):
        if self.socket is not None:
            Actor.run(self)
        else:
            super().run()

    def take(self, count=65536):
        while True:
            late = self.stage.over.is_set()
            try:
                data, self.last = self.socket.recvfrom(65536)
                self.got.append(data)
                return data or b'empty'
            except TimeoutError:
                if late:
                    raise Over from None
            except OSError:
                self.ends.append((time.monotonic(), 'refused'))

    def send(self, data):
        try:
            if self.connect is not None:
                self.socket.send(data)
            elif self.last:
                self.socket.sendto(data, self.place(self.last))
        except OSError:
            self.ends.append((time.monotonic(), 'refused'))

    def do_recv(self, value):
        self.idle.set()
        for _ in range(int(value or 1)):
            self.take()
        self.idle.clear()

    def do_hold(self, _):
        self.idle.set()
        while True:
            self.take()

    def place(self, address):
        """Paths are those of the program."""
        return os.path.join(self.stage.directory, address) \
            if isinstance(address, str) else address


class Full(Actor):
    """Listens, and nobody gets in."""

    def __init__(self, stage, listener):
        super().__init__(stage, [])
        self.inside = []
        self.listener = listener
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(listener.getsockname())
            self.inside.append(s)

    def seen(self, _):
        return ''

    def leave(self):
        for s in [*self.inside, self.listener]:
            s.close()


# ---- What a case calls them -------------------------------------------------

def inet(words, kind):
    """[ADDR] PORT: a socket, and its address."""
    host = words[0] if len(words) > 1 else '127.0.0.1'
    family = socket.AF_INET6 if ':' in host else socket.AF_INET
    s = socket.socket(family, kind)
    if family == socket.AF_INET6:
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    return s, (host, int(words[-1]))


def listening(s, address, backlog=16):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(address)
    s.listen(backlog)
    return s


def at(stage, path):
    """What a program that runs there calls PATH."""
    if path.startswith('@'):
        return '\0' + path[1:]
    return os.path.join(stage.directory, path)


def make_tcp(stage, words, verbs):
    return Peer(stage, verbs, listening(*inet(words, socket.SOCK_STREAM)))


def make_to(stage, words, verbs):
    def connect():
        s, address = inet(words, socket.SOCK_STREAM)
        try:
            s.connect(address)
        except OSError:
            s.close()
            raise
        return s
    return Peer(stage, verbs, connect=connect)


def make_tls(stage, words, verbs):
    """tls NAME [ADDR] PORT, with the certificate of that name."""
    peer = Tls(stage, verbs, listening(*inet(words[1:], socket.SOCK_STREAM)))
    peer.certificate = words[0]
    return peer


def make_to_tls(stage, words, verbs):
    peer = Tls(stage, verbs)
    peer.connect = make_to(stage, words, verbs).connect
    return peer


def make_unix(stage, words, verbs):
    s = socket.socket(socket.AF_UNIX)
    s.bind(at(stage, words[0]))
    s.listen(16)
    return Peer(stage, verbs, s)


def make_to_unix(stage, words, verbs):
    def connect():
        s = socket.socket(socket.AF_UNIX)
        try:
            s.connect(at(stage, words[0]))
        except OSError:
            s.close()
            raise
        return s
    return Peer(stage, verbs, connect=connect)


def make_udp(stage, words, verbs):
    s, address = inet(words, socket.SOCK_DGRAM)
    s.bind(address)
    return Datagrams(stage, verbs, s)


def someone_has(port):
    """Whether a UDP socket of this thread's network is bound to it."""
    for table in ('udp', 'udp6'):
        path = f'/proc/thread-self/net/{table}'
        if not os.path.exists(path):
            continue
        with open(path, encoding='ascii') as lines:
            if any(line.split()[1].endswith(f':{port:04X}')
                   for line in list(lines)[1:]):
                return True
    return False


def make_to_udp(stage, words, verbs):
    def connect():
        s, address = inet(words, socket.SOCK_DGRAM)
        if not someone_has(address[1]):
            s.close()
            raise ConnectionRefusedError
        s.connect(address)
        return s
    return Datagrams(stage, verbs, connect=connect)


def make_unixdgram(stage, words, verbs):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    s.bind(at(stage, words[0]))
    return Datagrams(stage, verbs, s)


def make_to_unixdgram(stage, words, verbs):
    def connect():
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            s.connect(at(stage, words[0]))
            s.bind(at(stage, words[0] + '.peer'))
        except OSError:
            s.close()
            raise
        return s
    return Datagrams(stage, verbs, connect=connect)


def make_full(stage, words, _):
    return Full(stage, listening(*inet(words, socket.SOCK_STREAM), 0))


def make_nobody(stage, _, verbs):
    return Nobody(stage, verbs)


def make(stage, words, verbs):
    return globals()['make_' + words[0].replace('-', '_')](stage, words[1:],
                                                           verbs)
