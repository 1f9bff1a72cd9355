#!/bin/sh
# SPDX-License-Identifier: ISC
# TAP: no test and no file is left out without anybody noticing.
set -u
cd "${top_srcdir:?is set by make check}" || exit 1

# shellcheck source=tests/report.sh
. tests/report.sh

without_test() {
	for file in tests/bats/*.bats; do
		grep -qE '^[[:space:]]*@test[[:space:]]' "$file" || echo "$file"
	done
}

unlisted() {
	find src tools tests -type f ! -path 'tests/fuzz/corpus/*' \
	    \( -name '*.[ch]' -o -name '*.bats' -o -name '*.bash' \
	    -o -name '*.dict' -o -name '*.sh' -o -name '*.py' -o -path 'tools/*' \) |
	    while IFS= read -r file; do
		grep -qE "(^|[[:space:]])$file(\$|[[:space:]])" Makefile.am ||
		    echo "$file"
	done
}

# Who waits does it by base/wait.  Files that call poll(2) themselves:
#	log		a signal cuts its patience with a stuck reader short
#	screen		in a handler, and waits for nothing
#	signals		waits for nothing: ThreadSanitizer wants such a call
#	pump_wait	keeps its slots from turn to turn, that of signals, too
polls='
src/base/log.c
src/base/screen.c
src/base/signals.c
src/base/wait.c
src/io/pump_wait.c
'

waiting() {
	grep -rlE '(^|[^_[:alnum:]])p?poll\([^2]' src |
	    grep -vxF "$polls"
}

# Modules have options of their own, that of the whole run are for those above.
knowing_options() {
	for room in base wire net io tls report guard; do
		[ ! -d "src/$room" ] ||
		    grep -rlE '^#include "options/|struct options([^_[:alnum:]]|$)' \
		    "src/$room"
	done
}

report "each .bats file holds a test" "$(without_test)"
report "each source file, test and tool is in Makefile.am" "$(unlisted)"
report "who waits does it by base/wait" "$(waiting)"
report "nothing below options knows those of the run" "$(knowing_options)"
echo "1..$count"
