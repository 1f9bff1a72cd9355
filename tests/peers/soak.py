#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Thousands of clients, well-behaved and others, and what is left of them.

usage: soak.py churn [-n CONNECTIONS]
       soak.py commands [-n COMMANDS]

churn     clients of --forward, --exec, --broker and --chat (20000 in all) that
          talk, send garbage, reset, stay silent, read slowly or are not allowed
          in; with HUP, STOP and CONT in between, and TERM while some talk
commands  commands (1000) that are killed, stopped, left and reset at random,
          with --max-conns; then exactly so many clients must be served

All that well-behaved clients are sent has to arrive.  When the clients have
left, sockcat must have the descriptors that it had before them, and no child.
It must die of TERM in time, and no sanitizer may have had anything to say.

In the environment: SOCKCAT, the program.
"""
import asyncio
import getopt
import signal
import sys

from soak_server import LIMIT, Wrong
from soak_churn import churn
from soak_commands import commands

CHURN = 20000
COMMANDS = 1000


def main():
    whats = {"churn": (churn, CHURN), "commands": (commands, COMMANDS)}
    if len(sys.argv) < 2 or sys.argv[1] not in whats:
        sys.exit(__doc__)
    run, count = whats[sys.argv[1]]
    try:
        options, rest = getopt.getopt(sys.argv[2:], "n:")
        for _, value in options:
            count = int(value)
    except (getopt.GetoptError, ValueError) as error:
        sys.exit(f"soak: {error}\n\n{__doc__}")
    if rest:
        sys.exit(__doc__)
    # So that what was started is ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        asyncio.run(asyncio.wait_for(run(count), 3 * LIMIT + count / 10))
    except Wrong as error:
        sys.exit(f"soak: {sys.argv[1]}: {error}")
    except asyncio.TimeoutError:
        sys.exit(f"soak: {sys.argv[1]}: it takes far too long")


if __name__ == "__main__":
    main()
