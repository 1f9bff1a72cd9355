# SPDX-License-Identifier: ISC
"""Files that take a while to make, and that many tests use."""
import contextlib
import fcntl
import os
import time

DAY = 86400


def is_fresh(stamp, program):
    """Whether they are of today, and of this version of the program."""
    try:
        made = os.stat(stamp).st_mtime
    except FileNotFoundError:
        return False
    return made > max(time.time() - DAY, os.stat(program).st_mtime)


def make_once(directory, program, make):
    """Call make() in the directory, unless its files are there and fresh.

    Who comes meanwhile waits until they are there.
    """
    os.makedirs(directory, exist_ok=True)
    os.chdir(directory)
    with open("lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_fresh("made", program):
            return
        with contextlib.suppress(FileNotFoundError):
            os.unlink("made")
        make()
        with open("made", "w", encoding="ascii"):
            pass
