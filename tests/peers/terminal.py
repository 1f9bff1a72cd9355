#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Run a program on a terminal of its own.

usage: terminal.py [--stop] [--columns N] [--prompt TEXT] [--type TEXT]...
           COMMAND...

Types each TEXT (with \\n, \\x04 and so on), one after each line of output, and
prints what appears on the terminal.  --prompt: types nothing before that text.
--stop: never reads the terminal, which fills up, until standard input ends.
--columns: how wide it says that it is, 0 if it does not know.  Exits with the command's status, 128+n for
a signal.
"""
import fcntl
import os
import pty
import struct
import sys
import termios


def parse(words):
    stop, columns, prompt, typed = False, 0, b"", []
    while words and words[0].startswith("--"):
        word = words.pop(0)
        if word == "--stop":
            stop = True
        elif word == "--columns":
            columns = int(words.pop(0))
        elif word == "--prompt":
            prompt = words.pop(0).encode()
        elif word == "--type":
            typed.append(words.pop(0).encode().decode("unicode_escape"))
        else:
            sys.exit(__doc__)
    return stop, columns, prompt, typed, words


def main():
    stop, columns, prompt, typed, command = parse(sys.argv[1:])
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
        os.execvp(command[0], command)
    if stop:
        sys.stdin.buffer.read()
    if typed and not prompt:
        os.write(fd, typed.pop(0).encode())
    seen = b""
    while True:
        try:
            data = os.read(fd, 65536)
        except OSError:
            break
        if not data:
            break
        os.write(1, data)
        seen += data
        if prompt and prompt not in seen:
            continue
        if typed and (prompt or b"\n" in data):
            prompt = b""
            os.write(fd, typed.pop(0).encode())
    _, status = os.waitpid(pid, 0)
    sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status)
             else 128 + os.WTERMSIG(status))


if __name__ == "__main__":
    main()
