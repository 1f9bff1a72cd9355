#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Flood a listener that is stopped.

flood.py PID PORT COUNT [OUTPUT]

From one address a datagram goes to the port of 127.0.0.1, then COUNT of them,
while the process PID is stopped, and one when the queue is empty again; the
first and the last one again where that was lost.  Each is
a line, and a call of its own, so that no datagram travels as a part of another.
PID is a number, or a file that has it after the first one.
Where there is an OUTPUT of the listener, the first and the last line are waited
for there; otherwise each of them is, as an answer.  Prints how many were sent.
"""

import os
import signal
import socket
import sys
import time

PORT, COUNT = (int(word) for word in sys.argv[2:4])
OUTPUT = sys.argv[4] if len(sys.argv) > 4 else None


def until(what, true):
    """Or the test is not to go on."""
    end = time.monotonic() + 30
    while not true():
        if time.monotonic() > end:
            sys.exit(f'{what}: not in time')
        time.sleep(0.01)


def process():
    """Known when it has answered."""
    if sys.argv[1].isdigit():
        return int(sys.argv[1])
    with open(sys.argv[1], encoding='ascii') as file:
        return int(file.read())


def is_stopped(pid):
    with open(f'/proc/{pid}/stat', encoding='ascii') as file:
        return file.read().rsplit(')', 1)[1].split()[0] == 'T'


def is_drained():
    """Nothing waits in the queue of the port."""
    with open('/proc/net/udp', encoding='ascii') as file:
        rows = [line.split() for line in file][1:]
    queues = [row[4] for row in rows if row[1].endswith(f':{PORT:04X}')]
    return queues and all(queue.endswith(':00000000') for queue in queues)


def has(line):
    """The output has it, within a second."""
    for _ in range(100):
        with open(OUTPUT, 'rb') as file:
            if line in file.read():
                return True
        time.sleep(0.01)
    return False


def main():
    sent = COUNT
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        def ask(line):
            nonlocal sent
            heard = has if OUTPUT else answered
            for _ in range(30):
                one.send(line)
                sent += 1
                if heard(line):
                    return
            sys.exit(f'{line}: nobody has it')

        def answered(line):
            try:
                while one.recv(65536) != line:
                    pass
            except TimeoutError:
                return False
            return True

        one.settimeout(1)
        one.connect(('127.0.0.1', PORT))
        ask(b'first\n')
        pid = process()
        os.kill(pid, signal.SIGSTOP)
        until('stopped', lambda: is_stopped(pid))
        for number in range(COUNT):
            one.send(b'%099d\n' % number)
        os.kill(pid, signal.SIGCONT)
        until('drained', is_drained)
        ask(b'last\n')
    print(sent)


if __name__ == '__main__':
    main()
