#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""The list of what the manual promises: is it still true?

tests/promises explains what it holds.  Without an argument, this prints TAP:
each sentence of the list is in the manual, each test that it names exists, and
each sentence has a test or a reason.  With --missing, it prints the sentences
of the manual that are not in the list; with --sentences, all of them.
"""

import difflib
import functools
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PAGE = os.path.join(TOP, 'man', 'sockcat.1')
LIST = os.path.join(TOP, 'tests', 'promises')

# As wide as mandoc does it: few lines are broken, few words at a hyphen.
WIDTH = 1000

# Names and commands, which say nothing by themselves.
SILENT = ('NAME', 'SYNOPSIS', 'SEE ALSO', 'AUTHORS')


def joined(text):
    """The text on one line, each run of blanks as one blank."""
    return ' '.join(re.sub(r'(\w-)\n +(?=\w)', r'\1', text).split())


def paragraphs():
    """Pairs of a section and a paragraph of the rendered manual."""
    text = subprocess.run(
        ['mandoc', '-T', 'ascii', '-O', f'width={WIDTH}', PAGE],
        check=True, stdout=subprocess.PIPE, text=True).stdout
    section, lines = '', []
    for line in re.sub('.\b', '', text).split('\n')[1:-2] + ['']:
        if line and not line.startswith(' '):
            section = line
        elif re.match('   [^ ]', line):
            pass        # a heading below that
        elif line.strip():
            lines.append(line)
        elif lines:
            yield section, '\n'.join(lines)
            lines = []


def sentences():
    """Pairs of a section and a sentence of the manual, in its order.

    What begins an entry of a list belongs to the first sentence there.
    """
    for section, text in paragraphs():
        if section in SILENT:
            continue
        # mandoc puts two blanks behind the end of a sentence.
        for part in re.split(r'(?<=[.?!])  (?=\S)|(?<=[.?!])\n', text):
            if joined(part):
                yield section, joined(part)


class Entry:
    """A sentence of the list, the tests that show it, reasons for none."""

    def __init__(self, line):
        self.line = line
        self.words = []
        self.tests = []
        self.reasons = []

    @functools.cached_property
    def text(self):
        return joined(' '.join(self.words))

    def covers(self, sentence):
        if self.text.endswith(' ...'):
            return sentence.startswith(self.text[:-4])
        return sentence == self.text


def entries():
    """The entries of the list."""
    found, inside = [], False
    with open(LIST, encoding='utf-8') as file:
        for number, line in enumerate(file, 1):
            line = line.rstrip()
            if not line or line.startswith('#'):
                inside = False
            elif not line[0].isspace():
                if not inside:
                    found.append(Entry(number))
                found[-1].words.append(line)
                inside = True
            elif not found:
                sys.exit(f'{LIST}:{number}: belongs to no sentence')
            else:
                inside = False
                line = line.strip()
                if line.startswith('- '):
                    found[-1].reasons.append(line[2:])
                else:
                    found[-1].tests.append((number, line))
    return found


def titles():
    """All tests, as the list names them."""
    names = set()
    folder = os.path.join(TOP, 'tests')
    bats = os.path.join(folder, 'bats')
    for name in sorted(os.listdir(bats)):
        if name.endswith('.bats'):
            with open(os.path.join(bats, name), encoding='utf-8') as file:
                for line in file:
                    match = re.match(r'\s*@test "(.*)" \{', line)
                    if match:
                        names.add(f'{name}: {match[1]}')
    for name in os.listdir(os.path.join(folder, 'unit')):
        if name.startswith('test_') and name.endswith('.c'):
            names.add(f'unit/{name[:-2]}')
    return names


def nearest(text, among):
    """What may have been meant, in words for a message."""
    near = difflib.get_close_matches(text, among, 1, 0.5)
    return f'; the nearest is: {near[0]}' if near else '; nothing is like it'


def lost_sentences(listed, manual):
    for entry in listed:
        found = {text for text in manual if entry.covers(text)}
        if not found:
            yield (f'tests/promises:{entry.line}: not in the manual (any more):'
                   f' {entry.text}{nearest(entry.text, manual)}')
        elif len(found) > 1:
            yield (f'tests/promises:{entry.line}: {len(found)} sentences begin'
                   f' like that: {entry.text}')


def lost_tests(listed, known):
    for entry in listed:
        for number, test in entry.tests:
            if test not in known:
                yield (f'tests/promises:{number}: there is no such test:'
                       f' {test}{nearest(test, known)}')


def unshown(listed):
    for entry in listed:
        if not entry.tests and not entry.reasons:
            yield (f'tests/promises:{entry.line}: neither a test nor a reason:'
                   f' {entry.text}')


def doubled(listed):
    lines = {}
    for entry in listed:
        if entry.text in lines:
            yield (f'tests/promises:{entry.line}: line {lines[entry.text]} has'
                   f' it, too: {entry.text}')
        lines[entry.text] = entry.line


def check():
    listed = entries()
    manual = [text for _, text in sentences()]
    results = (
        ('each sentence of tests/promises is in the manual',
         list(lost_sentences(listed, manual))),
        ('each test of tests/promises exists',
         list(lost_tests(listed, titles()))),
        ('each sentence of tests/promises has a test or a reason',
         list(unshown(listed))),
        ('no sentence is in tests/promises twice', list(doubled(listed))),
    )
    print(f'1..{len(results)}')
    for number, (what, faults) in enumerate(results, 1):
        print(f'{"not ok" if faults else "ok"} {number} - {what}')
        for fault in faults:
            print(f'# {fault}')
    if any(faults for _, faults in results):
        print('# HACKING, "What the manual promises", says what to do.')
        return 1
    return 0


def show(wanted):
    """Print the sentences that are wanted, below their sections."""
    last = None
    for section, text in sentences():
        if wanted(text):
            if section != last:
                print(f'# {section}')
            last = section
            print(text)


def main():
    if sys.argv[1:] == []:
        return check()
    if sys.argv[1:] == ['--sentences']:
        show(lambda text: True)
        return 0
    if sys.argv[1:] == ['--missing']:
        listed = entries()
        show(lambda text: not any(entry.covers(text) for entry in listed))
        return 0
    sys.exit('usage: promises.py [--missing | --sentences]')


if __name__ == '__main__':
    sys.exit(main())
