#!/usr/bin/env python3
# SPDX-License-Identifier: ISC
"""Runs command lines with another netcat and with ours in its place, in the same
surroundings, and compares what can be seen: TAP, one result a command line.

usage: compare.py [options] NAME.cases

	--real PATH	the program that sockcat stands in for; its name in
			the command lines is that of the table (nc.cases: nc)
	--ours PATH	sockcat; $SOCKCAT
	--only TEXT	command lines that have it in them
	--jobs N	so many runs side by side
	--again		real against real: is the table itself steady?
	--show		what was seen, even where nothing differs

The table
=========

Cases are parted by empty lines.  The first line of each is the command line, in
shell's words (no shell runs it), and the title of the test; lines below begin
with a tab and say what surrounds it.  # begins a comment.

	nc -N 127.0.0.1 4001
		peer: tcp 4001: eof say:bye close
		in: say:hello\\n end

Each run has a directory of its own, in which it starts, and a network of its
own with nothing but loopback: ports and paths are written as they are, and 4001
is never taken.  Names are looked for in files only: localhost is of both
families, faraway.example is 192.0.2.9, and others are not known; of services
there are http, domain and socks.

	in: VERBS	standard input, a pipe that stays open ("hold" is the
			default); or the word null (/dev/null), closed, or tty:
			then the program has a terminal (in, out), whose keys are
			the verbs
	out: KIND	file (default), leave (a pipe whose reader has left),
			shut (descriptor 1 closed), full (/dev/full), or socket
			(a UNIX socket; a descriptor that comes over it is told)
	peer: KIND: VERBS
			somebody on the other side; several are started in order
	file: NAME TEXT	is there before; socket: PATH as well, with nobody behind
	env: NAME=VALUE
	files: NAME...	what is in these, or that they are missing, is compared

Kinds of peers

	tcp [ADDR] PORT		listens and accepts one connection
	to [ADDR] PORT		connects, once somebody listens; an await or a
				wait that comes first is done before
	tls NAME [ADDR] PORT, to-tls [ADDR] PORT
				the same inside of TLS, with the certificate NAME
				of peers/certificates.py; these are in certs/
	unix PATH, to-unix PATH
	udp [ADDR] PORT		bound; speaks to whoever spoke last
	to-udp [ADDR] PORT	connected, once somebody is there
	unixdgram PATH, to-unixdgram PATH	... bound to PATH.peer
	full PORT		a listener whose queue is full: no answer comes
	nobody			has verbs only: wait, kill

Verbs, of standard input and of peers

	say:TEXT	with \\n, \\r, \\x00 and the like; a space is \\x20
	data:N		N bytes of no meaning, always the same
	recv:N recv	N bytes; one datagram, or what comes
	line head	up to the end of a line; to an empty line (CR LF)
	eof		everything up to its end
	echo		everything is sent back, up to the end
	accept		the next connection, also after close
	shut close reset	ends sending; everything; with a reset
	end		closes standard input
	wait wait:S	half a second, or S seconds
	mark:NAME await:NAME	one script waits for another; no two of a case may
			wait for time at the same time
	kill:NAME	the program gets a signal
	hold		nothing more is done until the program has ended; reads
			all the same.  The default at the end of a script

What is compared

	status		a number, the name of a signal, or "never": it was
			killed once nothing more was to happen
	out, err	bytes; port numbers that the kernel chose are N, what the
			program is called as is its name in the table
	end		after which of the scripts' deeds it ended, and how many
			half seconds later: "shut+0.0", "start+2.0"
	peer1 ...	what each peer received (datagrams and connections parted
			by |), whether there was an end (eof, reset), and whether
			that was long before the program's own end
	files		see above

	differs: NAME	it is known that ours differs, and why: NAME is an item
			of the list in DIFFERENCES of the manual page
			(NAME.sockcat.1).  What ours does then follows, in lines
			"ours-status: 1", "ours-err: TEXT", ...; only what is
			named there may differ, and it has to.  "ours-err: ~TEXT"
			is satisfied with a part
	patience: S	what happens on its own takes so many seconds (1.3, and
			what -w, -q and -i of the command line name)
	unsteady: FIELD...	not compared: the real one does it now so, now so.
			A comment should say why

A line "elsewhere: NAME, NAME" names items of that list which no command line
can show.

Where other work delays one of the two, they seem to differ.  What differs is run
again, both, beside few others: a field that was once as it should be is so, and
half a second is no difference in the time of ending.
"""
import argparse
import concurrent.futures
import os
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cases            # noqa: E402
import stage            # noqa: E402

AGAIN = 6               # times that a case is run again before it differs
FEW = 4                 # cases, side by side then
PATIENCE = 240          # s: after that nothing is run again
CLOSE = 0.5             # s: no difference


def same(field, one, other):
    """The same, or ends that are so close that load may have parted them."""
    if field != 'end' or one == other:
        return one == other
    (deed, after), (its_deed, its_after) = (
        w.rpartition('+')[::2] for w in (one, other))
    return deed == its_deed and deed != '' and \
        abs(float(after) - float(its_after)) <= CLOSE


def differences(case, real, ours, right=()):
    """The lines that say what is not as it should be, by their fields; `right'
    are those that need not be looked at."""
    found = {}
    for field in real:
        if field not in case.unsteady and field not in right:
            lines = field_differs(case, field, real[field], ours[field])
            if lines:
                found[field] = lines
    return found


def field_differs(case, field, value, got):
    found = []
    expected = case.ours.get(field)
    if expected is None:
        if not same(field, got, value):
            found += [f'{field}: {value!r} was to be', f'{field}: {got!r}']
    elif expected.startswith('~'):
        if expected[1:] not in got:
            found += [f'{field}: {expected!r} is said in the table',
                      f'{field}: {got!r}']
        elif expected[1:] in value:
            found.append(f'{field}: {value!r}: no difference shows')
    elif not same(field, got, expected):
        found += [f'{field}: {expected!r} is said in the table',
                  f'{field}: {got!r}']
    elif value == expected:
        found.append(f'{field}: {value!r}: no difference shows')
    return found


class Comparison:
    def __init__(self, options, directory):
        self.options = options
        self.directory = directory
        self.began = time.monotonic()

    def run(self, case, program):
        directory = tempfile.mkdtemp(prefix='run', dir=self.directory)
        try:
            return stage.run(case, program, directory)
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def once(self, case, pool):
        real = pool.submit(self.run, case, self.options.programs[0])
        ours = pool.submit(self.run, case, self.options.programs[1])
        return real, ours

    def judge(self, case, real, ours):
        found = differences(case, real, ours)
        for _ in range(AGAIN):
            if not found or time.monotonic() - self.began > PATIENCE:
                break
            right = set(real) - set(found)
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                real, ours = (f.result() for f in self.once(case, pool))
            found = differences(case, real, ours, right)
        return sum(found.values(), []), real, ours

    def judge_all(self, table, results):
        """In the order of the table."""
        with concurrent.futures.ThreadPoolExecutor(FEW) as pool:
            yield from pool.map(lambda job: self.judge(job[0], *job[1]),
                                zip(table, results))


def report(number, case, found, real, ours, show):
    title = case.line.replace('#', '\\#')
    print('ok' if not found else 'not ok', number, '-', title)
    if show:
        for field in real:
            print(f'#   {field}: {real[field]!r}')
            if ours[field] != real[field]:
                print(f'#   {field}: {ours[field]!r} (ours)')
    for line in found:
        print('# ', line)
    if found:
        print(f'#  line {case.number} of the table')
    sys.stdout.flush()


def programs(options, directory):
    """Both under the same name, in directories of their own."""
    made = []
    for side, path in (('real', options.real), ('ours', options.ours)):
        place = os.path.join(directory, side)
        os.mkdir(place)
        link = os.path.join(place, options.name)
        os.symlink(os.path.abspath(path), link)
        made.append(link)
    return made


def reasons_missing(options, table, elsewhere):
    """What is only in the table, or only in the manual page."""
    page = os.path.join(os.path.dirname(os.path.abspath(options.table)),
                        f'../../man/{options.name}.sockcat.1')
    shown = {c.differs for c in table if c.differs}
    told = set(cases.reasons(page))
    return [f'{name}: not in {os.path.basename(page)}'
            for name in sorted(shown - told)] + \
        [f'{name}: shown by no case, and not said to be elsewhere'
         for name in sorted(told - shown - set(elsewhere))]


def compare(options, table, directory, unlisted):
    options.programs = programs(options, directory)
    comparison = Comparison(options, directory)
    print(f'1..{len(table) + 1}')
    failed = len(unlisted)
    print('not ok' if unlisted else 'ok', '1 - each difference stands, with '
          'its reason, in the manual page, and no other')
    for line in unlisted:
        print('# ', line)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        runs = [comparison.once(case, pool) for case in table]
        results = [tuple(f.result() for f in pair) for pair in runs]
    judged = comparison.judge_all(table, results)
    for number, (case, (found, real, ours)) in enumerate(zip(table, judged), 2):
        failed += bool(found)
        report(number, case, found, real, ours, options.show)
    return failed


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('--real')
    parser.add_argument('--ours', default=os.environ.get('SOCKCAT'))
    parser.add_argument('--only', default='')
    parser.add_argument('--jobs', type=int, default=64)
    parser.add_argument('--again', action='store_true')
    parser.add_argument('--show', action='store_true')
    parser.add_argument('table')
    options = parser.parse_args()
    options.name = os.path.splitext(os.path.basename(options.table))[0]
    options.real = options.real or shutil.which(
        {'nc': 'nc.openbsd'}.get(options.name, options.name))
    if options.real is None:
        print(f'1..0 # SKIP the other {options.name} is not here')
        return 0
    with tempfile.TemporaryDirectory(prefix='compat') as directory:
        if not stage.enter_namespace(directory):
            print('1..0 # SKIP no network of its own can be made here')
            return 0
        return compare_all(options, directory)


def compare_all(options, directory):
    table, elsewhere = cases.read(options.table)
    unlisted = [] if options.again else reasons_missing(options, table,
                                                        elsewhere)
    table = [c for c in table if options.only in c.line]
    if shutil.which('openssl'):
        stage.make_certificates(directory)
    else:
        table = [c for c in table if 'certs/' not in c.line and
                 not any('tls' in kind[0] for kind, _ in c.peers)]
    if options.again:
        options.ours = options.real
        for case in table:
            case.ours = {}
    failed = compare(options, table, directory, unlisted)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
