#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Run a command in a kernel that does not have a family or a protocol.

usage: without.py family|protocol NUMBER COMMAND [ARGUMENT ...]

socket(2) says that it has never heard of it.  77: that can't be had here.
"""
import ctypes
import errno
import os
import platform
import struct
import sys

SOCKET = {"x86_64": 41, "aarch64": 198, "riscv64": 198}
ARGUMENT = {"family": (16, errno.EAFNOSUPPORT),
            "protocol": (32, errno.EPROTONOSUPPORT)}


def op(code, if_true, if_false, k):
    return struct.pack("HBBI", code, if_true, if_false, k)


def main():
    if platform.machine() not in SOCKET:
        sys.exit(77)
    at, error = ARGUMENT[sys.argv[1]]
    bpf = b"".join((
        op(0x20, 0, 0, 0),                            # load the number
        op(0x15, 0, 3, SOCKET[platform.machine()]),   # socket(2)?
        op(0x20, 0, 0, at),                           # load the argument
        op(0x15, 0, 1, int(sys.argv[2])),
        op(0x06, 0, 0, 0x00050000 | error),
        op(0x06, 0, 0, 0x7fff0000)))                  # allow
    code = ctypes.create_string_buffer(bpf)
    prog = struct.pack("HxxxxxxP", len(bpf) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, prog):
        sys.exit(77)
    os.execvp(sys.argv[3], sys.argv[3:])


main()
