#!/bin/sh
# SPDX-License-Identifier: ISC
# TAP: no test and no file is left out without anybody noticing.
set -u
cd "${top_srcdir:?is set by make check}" || exit 1

count=0

# usage: report DESCRIPTION FAULTS
report() {
	count=$((count + 1))
	if [ -z "$2" ]; then
		echo "ok $count - $1"
	else
		echo "not ok $count - $1"
		echo "$2" | sed 's/^/# not so: /'
	fi
}

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

report "each .bats file holds a test" "$(without_test)"
report "each source file, test and tool is in Makefile.am" "$(unlisted)"
echo "1..$count"
