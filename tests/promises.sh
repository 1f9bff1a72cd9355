#!/bin/sh
# SPDX-License-Identifier: ISC
# TAP: what the manual promises is in the list of tests that show it.
set -u
cd "${top_srcdir:?is set by make check}" || exit 1

for program in mandoc python3; do
	command -v "$program" >/dev/null || {
		echo "1..0 # SKIP $program is not here"
		exit 0
	}
done
exec python3 tests/promises.py
