# SPDX-License-Identifier: ISC
"""The table of command lines: see compare.py."""
import codecs
import hashlib
import shlex

PATIENCE = 1.3          # s: what happens on its own has happened by then
SHORT = 160             # bytes: what is longer is shown by its checksum


class Case:
    def __init__(self, line, number):
        self.line = line
        self.number = number        # of the line in the table
        self.argv = shlex.split(line)
        self.input = ['hold']
        self.out = 'file'
        self.peers = []             # (kind and its words, verbs)
        self.files = []             # to look at afterwards
        self.made = []              # (name, bytes), there before
        self.sockets = []
        self.env = {}
        self.differs = None
        self.ours = {}
        self.unsteady = []
        self.patience = PATIENCE

    def scripts(self):
        return [verbs for _, verbs in self.peers] + [self.input]

    def add(self, key, value):
        if key == 'in':
            self.input = value.split()
        elif key == 'out':
            self.out = value
        elif key == 'peer':
            kind, _, verbs = value.partition(': ')
            self.peers.append((kind.rstrip(':').split(), verbs.split()))
        elif key == 'file':
            name, _, content = value.partition(' ')
            self.made.append((name, text(content)))
        elif key == 'socket':
            self.sockets.append(value)
        elif key == 'files':
            self.files = value.split()
        elif key == 'env':
            name, _, content = value.partition('=')
            self.env[name] = content
        elif key == 'differs':
            self.differs = value
        elif key == 'patience':
            self.patience = float(value)
        elif key == 'unsteady':
            self.unsteady = value.split()
        elif key.startswith('ours-'):
            self.ours[key[5:]] = text(value).decode('latin-1')
        else:
            raise ValueError(f'line {self.number}: {key} is not known')


def races(script):
    """Whether it lets time pass that nothing else has begun."""
    for verb in script:
        name = verb.partition(':')[0]
        if name in ('await', 'eof', 'line', 'head'):
            break
        if name == 'wait':
            return True
    return False


def text(escaped):
    return codecs.decode(escaped.encode(), 'unicode_escape').encode('latin-1')


def shown(data):
    if len(data) <= SHORT:
        return data.decode('latin-1')
    digest = hashlib.sha256(data).hexdigest()[:16]
    return f'{len(data)} bytes {digest}'


def reasons(page):
    """The items of the list in DIFFERENCES of a manual page."""
    found, inside = [], False
    with open(page, encoding='utf-8') as lines:
        for line in lines:
            if line.startswith('.Sh '):
                inside = line.rstrip() == '.Sh DIFFERENCES'
            elif inside and line.startswith('.It '):
                found.append(line[4:].strip())
    return found


def read(path):
    """The cases, and the names of differences that they do not show."""
    found, case, elsewhere = [], None, []
    with open(path, encoding='utf-8') as table:
        for number, line in enumerate(table, 1):
            line = line.rstrip('\n')
            if line.lstrip().startswith('#'):
                continue
            if not line:
                case = None
            elif line.startswith('elsewhere: '):
                elsewhere += line.split(': ')[1].split(', ')
            elif not line.startswith('\t'):
                case = Case(line, number)
                found.append(case)
            else:
                key, _, value = line.strip().partition(': ')
                case.add(key.rstrip(':'), value)
    for case in found:
        if bool(case.ours) != bool(case.differs):
            raise ValueError(f'line {case.number}: what differs, and why?')
        if sum(races(script) for script in case.scripts()) > 1:
            raise ValueError(f'line {case.number}: which of these waits is over '
                             'first? Let one script wait for the other')
    return found, elsewhere
