# SPDX-License-Identifier: ISC
"""One run of a command line in its surroundings: see compare.py."""
import array
import ctypes
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import actors
import cases

CLONE_NEWNET, CLONE_NEWNS = 0x40000000, 0x20000
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1

LIMIT = 20              # s: no run lasts longer

libc = ctypes.CDLL(None, use_errno=True)


# What names mean does not depend on the machine, nor on a resolver.
NAMES = {
    'hosts': '127.0.0.1 localhost\n::1 localhost ip6-localhost\n'
             '192.0.2.9 faraway.example\n',
    'nsswitch.conf': 'hosts: files\nservices: files\n',
    'services': 'domain 53/tcp\ndomain 53/udp\nhttp 80/tcp\n'
                'socks 1080/tcp\n',
}


# Of the machine's roots, which Ncat reads each time, none is needed.
ROOTS = '/etc/ssl/certs/ca-certificates.crt'


def rights():
    """To make networks and mounts."""
    return libc.unshare(CLONE_NEWNET | CLONE_NEWNS) == 0 and \
        libc.mount(None, b'/', None, MS_REC | MS_PRIVATE, None) == 0


def enter_namespace(directory):
    """Whether what is done from now on is nobody else's."""
    if rights():
        for name, content in NAMES.items():
            path = os.path.join(directory, name)
            with open(path, 'w', encoding='ascii') as file:
                file.write(content)
            if libc.mount(path.encode(), f'/etc/{name}'.encode(), None,
                          MS_BIND, None) != 0:
                return False
        if os.path.exists(ROOTS):
            libc.mount(b'/dev/null', ROOTS.encode(), None, MS_BIND, None)
        return True
    if os.environ.get('COMPAT_UNSHARED') or not shutil.which('unshare'):
        return False
    os.environ['COMPAT_UNSHARED'] = '1'
    with open('/proc/self/cmdline', 'rb') as line:
        argv = [os.fsdecode(a) for a in line.read().split(b'\0')[:-1]]
    probe = subprocess.run(['unshare', '-rnm', 'true'], check=False,
                           stderr=subprocess.DEVNULL)
    if probe.returncode != 0:
        return False
    shutil.rmtree(directory)
    os.execvp('unshare', ['unshare', '-rnm', *argv])


def new_network():
    """For this thread, and what it starts."""
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), 'unshare')
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        request = struct.pack('16sh14x', b'lo', 0)
        flags = struct.unpack('16sh14x', fcntl.ioctl(s, SIOCGIFFLAGS,
                                                     request))[1]
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack('16sh14x', b'lo',
                                                 flags | IFF_UP))


def normalised(data, directory, name):
    words = data.decode('latin-1').replace(directory, 'DIR')
    words = re.sub(r'(?m)^\S*/' + name + r'(?=[:\s])', name, words)
    words = re.sub(r'\bsha256:[0-9a-f]{64}\b', 'sha256:X', words)
    words = re.sub(r'(?m)^Ncat: Version .*', 'Ncat: Version V', words)
    words = re.sub(r'\b\d+\.\d\d seconds', 'T seconds', words)
    words = re.sub(r'(?<=SHA-1 fingerprint: )[0-9A-F ]+', 'X', words)
    words = re.sub(r'\b(3[2-9]\d{3}|[4-6]\d{4})\b', 'N', words)
    return re.sub(r'/tmp/nc-\w{6}/', '/tmp/nc-X/', words)


class Stage:
    """What the scripts of a run share."""

    def __init__(self, directory):
        self.directory = directory
        self.lock = threading.Condition()
        self.marks = set()
        self.deeds = []             # (time, name)
        self.over = threading.Event()
        self.process = None
        self.ended = None       # when, by itself or by us

    def deed(self, name):
        with self.lock:
            self.deeds.append((time.monotonic(), name))

    def mark(self, name):
        with self.lock:
            self.marks.add(name)
            self.lock.notify_all()

    def await_mark(self, name):
        with self.lock:
            self.lock.wait_for(lambda: name in self.marks or
                               self.over.is_set(), LIMIT)

    def stop(self):
        self.over.set()
        with self.lock:
            self.lock.notify_all()


class Descriptors:
    """The program's own, and ours behind them."""

    def __init__(self, case, directory):
        self.theirs = []            # closed once the program has started
        self.output = os.path.join(directory, '.out')
        self.keys = self.passed = None
        self.closed = []
        if case.input[0] == 'tty':
            self.terminal(case)
        else:
            self.stdin = self.input(case.input[0])
            self.stdout = self.out(case.out)
        self.stderr = os.open(os.path.join(directory, '.err'),
                              os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.theirs += [self.stdin, self.stdout, self.stderr]

    def terminal(self, case):
        self.keys, self.stdin = pty.openpty()
        self.stdout = self.out(case.out)

    def input(self, word):
        if word == 'closed':
            self.closed.append(0)
        if word in ('null', 'closed'):
            return os.open('/dev/null', os.O_RDONLY)
        read, self.keys = os.pipe()
        return read

    def out(self, kind):
        if kind == 'shut':
            self.closed.append(1)
        if kind == 'leave':
            read, write = os.pipe()
            os.close(read)
            return write
        if kind == 'socket':
            self.passed, theirs = socket.socketpair()
            return theirs.detach()
        if kind in ('full', 'shut'):
            return os.open('/dev/full', os.O_WRONLY)
        return os.open(self.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def started(self):
        for fd in self.theirs:
            os.close(fd)

    def received(self):
        """What came over the socket that standard output is."""
        self.passed.settimeout(0.2)
        got = b''
        try:
            while True:
                data, extra, _, _ = self.passed.recvmsg(4096, 1024)
                for _, _, fds in extra:
                    got += b'a descriptor'
                    for fd in array.array('i', fds[:len(fds) // 4 * 4]):
                        os.close(fd)
                if not data:
                    break
                got += b'' if data == b'\0' else data
        except OSError:
            pass
        return got

    def bytes(self):
        if self.passed is not None:
            return self.received()
        if not os.path.exists(self.output):
            return b''
        with open(self.output, 'rb') as file:
            return file.read()


def start(case, program, directory, fds):
    env = {'PATH': '/usr/bin:/bin', 'LC_ALL': 'C', 'HOME': directory,
           'TERM': 'dumb'}
    env.update({k: v for k, v in os.environ.items()
                if k.endswith('SAN_OPTIONS')})
    env.update(case.env)
    argv = case.argv
    if fds.closed:
        shut = ' '.join({0: '<&-', 1: '>&-'}[n] for n in fds.closed)
        # The name is the link's all the same.
        argv = ['/bin/sh', '-c', f'exec "$0" "$@" {shut}', program, *argv[1:]]
        program = '/bin/sh'
    else:
        argv = [program, *argv[1:]]
    return subprocess.Popen(argv, executable=program, stdin=fds.stdin,
                            stdout=fds.stdout, stderr=fds.stderr,
                            cwd=directory, env=env, start_new_session=True)


def timers(argv):
    """The longest time that an option of the command line names."""
    found = [float(m) for m in re.findall(
        r'(?:-\w*[wqi]\s?|--(?:wait|delay|idle-timeout)[ =])(\d+(?:\.\d+)?)',
        ' '.join(argv)) if float(m) < LIMIT / 2]
    return sum(found)


def effort(pid):
    """What it has done so far; None: it is at it, or may be soon."""
    try:
        with open(f'/proc/{pid}/stat', encoding='ascii') as file:
            words = file.read().rpartition(')')[2].split()
    except OSError:
        return None
    return None if words[0] in 'RD' else words[11:13]


def wait_for_end(stage, process, threads, patience):
    """Returns when it ended, or None, if it had to be ended."""
    deadline = time.monotonic() + LIMIT
    quiet = before = None
    handle = os.pidfd_open(process.pid)
    while time.monotonic() < deadline:
        if select.select([handle], [], [], 0.05)[0]:
            ended = time.monotonic()
            os.close(handle)
            process.wait()
            stage.ended = ended
            return ended
        now, last = effort(process.pid), before
        before = now
        if all(t.idle.is_set() for t in threads) and now and now == last:
            quiet = quiet or time.monotonic()
            if time.monotonic() - quiet > patience:
                break
        else:
            quiet = None
    os.close(handle)
    stage.ended = time.monotonic()
    process.kill()
    process.wait()
    return None


def status_of(process, ended):
    if ended is None:
        return 'never'
    if process.returncode < 0:
        return signal.Signals(-process.returncode).name
    return str(process.returncode)


def end_of(stage, ended):
    """The deed that it followed, and by how many half seconds."""
    if ended is None:
        return 'never'
    when, name = max((d for d in stage.deeds if d[0] <= ended), default=None)
    return f'{name}+{int((ended - when + 0.05) / 0.5) * 0.5}'


def timeless(data):
    return re.sub(rb'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+', b'TIME', data)


def look_at_files(case, directory):
    found = []
    for name in case.files:
        path = os.path.join(directory, name)
        if not os.path.lexists(path):
            found.append(f'{name} is missing')
        elif os.path.isfile(path):
            with open(path, 'rb') as file:
                found.append(f'{name}: {cases.shown(timeless(file.read()))}')
        else:
            found.append(f'{name} is there')
    return ', '.join(found)


def make_certificates(directory):
    here = os.path.dirname(os.path.abspath(__file__))
    subprocess.run([os.path.join(here, '..', 'peers', 'certificates.py'),
                    os.path.join(directory, 'certs')], check=True)


def prepare(case, directory):
    certificates = os.path.join(os.path.dirname(directory), 'certs')
    if os.path.exists(certificates):
        os.symlink(certificates, os.path.join(directory, 'certs'))
    for name, content in case.made:
        with open(os.path.join(directory, name), 'wb') as file:
            file.write(content)
    for name in case.sockets:
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(os.path.join(directory, name))


def run_scripts(case, program, directory):
    stage = Stage(directory)
    fds = Descriptors(case, directory)
    # Who listens does so before the program starts.
    peers = [actors.make(stage, kind, verbs) for kind, verbs in case.peers]
    everybody = peers[:]
    if fds.keys is not None:
        everybody.append(actors.Keys(stage, fds.keys, case.input))
    stage.deed('start')
    stage.process = process = start(case, program, directory, fds)
    fds.started()
    for actor in everybody:
        actor.start()
    ended = wait_for_end(stage, process, everybody,
                         case.patience + timers(case.argv))
    stage.stop()
    for actor in everybody:
        actor.join()
    return stage, fds, process, peers, ended


def run(case, program, directory):
    new_network()
    prepare(case, directory)
    stage, fds, process, peers, ended = run_scripts(case, program, directory)
    with open(os.path.join(directory, '.err'), 'rb') as file:
        err = file.read()
    name = os.path.basename(program)
    seen = {
        'status': status_of(process, ended),
        'out': cases.shown(fds.bytes()),
        'err': normalised(err, os.path.dirname(program), name),
        'end': end_of(stage, ended),
    }
    seen['err'] = seen['err'].replace('DIR/', '')
    for number, peer in enumerate(peers, 1):
        seen[f'peer{number}'] = peer.seen(ended)
    if case.files:
        seen['files'] = look_at_files(case, directory)
    return seen
