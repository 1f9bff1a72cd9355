#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Bytes in pieces of random sizes, with pauses, from a seed.

usage: chunks.py write SEED BYTES     write pseudo-random bytes to stdout
       chunks.py read SEED BYTES      read them from stdin slowly, and check
                                      each; exits 0 if all came and no more
"""
import hashlib
import os
import random
import sys
import time

BLOCK = 1 << 20


def blocks(seed, total):
    """The bytes that belong to seed, in blocks."""
    counter = 0
    while total > 0:
        block = hashlib.shake_128(f"{seed}:{counter}".encode()).digest(4096)
        block = (block * (BLOCK // len(block)))[:min(BLOCK, total)]
        counter += 1
        total -= len(block)
        yield block


def size(rng):
    return rng.choice((1, 7, 511, 4096, 5000, 65536, 100000, 1 << 19))


def write(rng, seed, total):
    for block in blocks(seed, total):
        view = memoryview(block)
        while view:
            view = view[os.write(1, view[:size(rng)]):]


def read(rng, seed, total):
    got = bytearray(BLOCK)
    for block in blocks(seed, total):
        rest = memoryview(got)[:len(block)]
        while rest:
            n = os.readv(0, [rest[:size(rng)]])
            if not n:
                sys.exit("the end came too early")
            rest = rest[n:]
        if not got.startswith(block):
            sys.exit("other bytes than were sent")
        if rng.random() < 0.2:
            time.sleep(0.005)
    if os.read(0, 1):
        sys.exit("more bytes than were sent")


def main():
    mode, seed, total = sys.argv[1], sys.argv[2], int(sys.argv[3])
    rng = random.Random(seed + mode)
    (write if mode == "write" else read)(rng, seed, total)


if __name__ == "__main__":
    main()
