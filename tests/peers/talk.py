#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""A talker that is never silent: a line each 20 ms, until it hears the end.

usage: talk.py [COUNT]

Writes lines to standard output.  When standard input ends, it writes `ended'
and leaves; after COUNT lines it writes `not ended' and leaves anyway.  So it
shows whether the one that it talks to has ended while it was spoken to.
"""
import os
import select
import sys


def main():
    count = int(sys.argv[1]) if sys.argv[1:] else -1
    while count != 0:
        count -= 1
        os.write(1, b"and then\n")
        if select.select([0], [], [], 0.02)[0] and not os.read(0, 65536):
            os.write(1, b"ended\n")
            return
    os.write(1, b"not ended\n")


if __name__ == "__main__":
    main()
