#!/usr/bin/env -S python3 -S
# SPDX-License-Identifier: ISC
"""Certificates and keys for the tests of TLS, made with openssl(1).

usage: certificates.py DIRECTORY

Those that are there already, of today, are left as they are.

ca.pem                  a root; ca.key is its key
other.pem               another root
server.pem              for localhost, server.test, 127.0.0.1 and ::1; with key
named.pem               for server.test only; with key
wild.pem                for *.server.test; with key
chain.pem               for localhost, by an intermediate, which is in it; with
                        key
expired.pem             for localhost, of the year 2020; with key
client.pem              of a client, "CN=Client One"; with key
stranger.pem            of a client, signed by the other root; with key
bare.pem                for localhost, an empty subject; with key
nasty.pem               for localhost, a subject with control characters; with
                        key
sly.pem                 for localhost, and a name that is none; a subject with
                        controls of Unicode; with key
long.pem                for localhost, a subject of 2,000 bytes; with key
longer.pem              ... of 6,000 bytes; with key
locked.pem, locked.key  for localhost, the key encrypted with "open sesame"
"""
import os
import subprocess
import sys

import kept

CURVE = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
LOCAL = "subjectAltName=DNS:localhost"

CA_CONFIG = """
[ca]
default_ca = one
[one]
database = index.txt
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
copy_extensions = copy
[any]
commonName = supplied
"""


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"openssl {' '.join(arguments)}\n{done.stdout.decode()}")


def make(name, subject, *extensions, signer="ca", lock=None):
    """NAME.pem and NAME.key; the signer None: by itself."""
    words = ["req", "-x509", *CURVE, "-utf8", "-days", "30", "-subj", subject,
             "-keyout", f"{name}.key", "-out", f"{name}.pem"]
    words += ["-passout", f"pass:{lock}"] if lock else ["-nodes"]
    if signer:
        words += ["-CA", f"{signer}.pem", "-CAkey", f"{signer}.key"]
    for extension in extensions:
        words += ["-addext", extension]
    openssl(*words)


def sly_names():
    """localhost, and what would be more words of a message."""
    names = b""
    for name in (b"localhost", b"sly.test, issued by CN=Root"):
        names += bytes([0x82, len(name)]) + name
    return "subjectAltName=DER:" + (bytes([0x30, len(names)]) + names).hex(":")


def append(target, *sources):
    with open(target, "a", encoding="ascii") as to:
        for source in sources:
            with open(source, encoding="ascii") as text:
                to.write(text.read())


def make_expired():
    with open("ca.conf", "w", encoding="ascii") as config:
        config.write(CA_CONFIG)
    with open("serial", "w", encoding="ascii") as serial:
        serial.write("01\n")
    with open("index.txt", "w", encoding="ascii"):
        pass
    openssl("req", "-new", *CURVE, "-nodes", "-subj", "/CN=localhost",
            "-addext", LOCAL, "-keyout", "expired.key", "-out", "expired.csr")
    openssl("ca", "-batch", "-notext", "-config", "ca.conf",
            "-cert", "ca.pem", "-keyfile", "ca.key",
            "-startdate", "20200101000000Z", "-enddate", "20200131000000Z",
            "-in", "expired.csr", "-out", "expired.pem")


def make_all():
    root = "basicConstraints=critical,CA:TRUE"
    leaf = "basicConstraints=critical,CA:FALSE"
    make("ca", "/CN=Test Root", root, signer=None)
    make("other", "/CN=Other Root", root, signer=None)
    make("server", "/CN=Test Server", leaf, LOCAL +
         ",DNS:server.test,IP:127.0.0.1,IP:::1")
    make("named", "/CN=Named", leaf, "subjectAltName=DNS:server.test")
    make("wild", "/CN=Wild", leaf, "subjectAltName=DNS:*.server.test")
    make("middle", "/CN=Middle", root)
    make("chain", "/CN=Chained", leaf, LOCAL, signer="middle")
    make("client", "/CN=Client One", leaf)
    make("stranger", "/CN=Stranger", leaf, signer="other")
    make("bare", "/", leaf, LOCAL)
    make("nasty", "/CN=no\x1b[31mred\x07", leaf, LOCAL)
    make("sly", "/CN=sly\u009b31m\u202egnp", leaf, sly_names())
    make("long", "/CN=Long" + 28 * f"/OU={64 * 'x'}", leaf, LOCAL)
    make("longer", "/CN=Longer" + 85 * f"/OU={64 * 'x'}", leaf, LOCAL)
    make("locked", "/CN=Locked", leaf, LOCAL, lock="open sesame")
    make_expired()
    append("chain.pem", "middle.pem")
    for name in ("server", "named", "wild", "chain", "expired", "client",
                 "stranger", "bare", "nasty", "sly", "long", "longer"):
        append(f"{name}.pem", f"{name}.key")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    program = os.path.abspath(__file__)
    os.umask(0o077)
    kept.make_once(sys.argv[1], program, make_all)


if __name__ == "__main__":
    main()
