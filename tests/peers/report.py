#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Ask about the reports of --report=json.

report.py SCHEMA FILE [EXPRESSION...]

Each line of FILE that begins with `{' has to be an object that the schema
allows, and no other control than the LF may be in the file; the last one is of
the run.  Then each EXPRESSION of Python has to be true, where `all_' is the
list of objects, `run' the last one, `c' the first one of a connection, and
`conns' are all of those.  Other lines are messages.

report.py --free: print a port of 127.0.0.1 where nobody listens.
"""

import json
import socket
import sys

try:
    import jsonschema
except ImportError:
    sys.exit(77)


def print_free():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        print(one.getsockname()[1])


def main():
    if sys.argv[1] == '--free':
        print_free()
        return 0
    with open(sys.argv[1], encoding='utf-8') as file:
        schema = json.load(file)
    with open(sys.argv[2], 'rb') as file:
        data = file.read()
    for line in data.splitlines():
        if line.startswith(b'{'):
            assert all(0x20 <= byte != 0x7f for byte in line), line
    objects = [json.loads(line) for line in data.decode().split('\n')
               if line.startswith('{')]
    for one in objects:
        jsonschema.validate(one, schema)
    assert data.endswith(b'\n'), 'the last line has no end'
    runs = [one for one in objects if one['type'] == 'run']
    assert len(runs) == 1 and objects[-1] is runs[0], 'one of the run, last'
    conns = [one for one in objects if one['type'] == 'connection']
    names = {'all_': objects, 'run': runs[0], 'conns': conns,
             'c': conns[0] if conns else None}
    for expression in sys.argv[3:]:
        if not eval(expression, names):  # pylint: disable=eval-used
            print(f'not so: {expression}', *objects, sep='\n')
            return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
