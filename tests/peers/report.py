#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Answer questions about the reports of --report=json.

report.py SCHEMA DIRECTORY

A question is what the fifo `asked' of the directory has up to an empty string:
strings that end with a NUL, which are a file and expressions of Python.  The
answer is a line in the fifo `answered': yes, or what is not as it should be.

Each line of the file that begins with `{' has to be an object that the schema
allows, and no other control than the LF may be in the file; the last one is of
the run.  Then each expression has to be true, where `all_' is the list of
objects, `run' the last one, `c' the first one of a connection, and `conns' are
all of those.  Other lines are messages.

The first line in `answered' is ready, or missing if there is no jsonschema.
"""

import json
import sys

try:
    import jsonschema
except ImportError:
    jsonschema = None


def read_objects(name, validator):
    """Read a report, which has to be as the schema says."""
    with open(name, 'rb') as file:
        data = file.read()
    for line in data.splitlines():
        if line.startswith(b'{'):
            assert all(0x20 <= byte != 0x7f for byte in line), line
    objects = [json.loads(line) for line in data.decode().split('\n')
               if line.startswith('{')]
    for one in objects:
        validator.validate(one)
    assert data.endswith(b'\n'), 'the last line has no end'
    return objects


def judge(validator, name, *expressions):
    """Answer one question."""
    objects = read_objects(name, validator)
    runs = [one for one in objects if one['type'] == 'run']
    assert len(runs) == 1 and objects[-1] is runs[0], 'one of the run, last'
    conns = [one for one in objects if one['type'] == 'connection']
    names = {'all_': objects, 'run': runs[0], 'conns': conns,
             'c': conns[0] if conns else None}
    for expression in expressions:
        if not eval(expression, names):  # pylint: disable=eval-used
            return f'not so: {expression}'
    return 'yes'


def main():
    # Who holds both ends finds neither an end nor a missing reader.
    with open(f'{sys.argv[2]}/asked', 'r+b', buffering=0) as asked, \
            open(f'{sys.argv[2]}/answered', 'r+b', buffering=0) as answered:
        if jsonschema is None:
            answered.write(b'missing\n')
            return
        with open(sys.argv[1], encoding='utf-8') as file:
            schema = json.load(file)
        kind = jsonschema.validators.validator_for(schema)
        kind.check_schema(schema)
        answered.write(b'ready\n')
        while True:
            question = b''
            while not question.endswith(b'\0\0'):
                question += asked.read(65536)
            words = question.decode('utf-8', 'surrogateescape')
            try:
                answer = judge(kind(schema), *words.split('\0')[:-2])
            except Exception as error:  # pylint: disable=broad-except
                answer = f'{type(error).__name__}: {error}'
            answered.write(' '.join(answer.split())[:1000].encode(
                'utf-8', 'replace') + b'\n')


if __name__ == '__main__':
    main()
