#!/bin/sh
# SPDX-License-Identifier: ISC
# TAP: Ncat's command lines, run with Ncat and with ours in its place.
case $(ncat --version 2>&1) in
"Ncat: Version 7.93 ( https://nmap.org"*) ;;
*)
	echo '1..0 # SKIP the differences are those from Ncat 7.93'
	exit 0
	;;
esac
exec python3 "${top_srcdir:?is set by make check}/tests/compat/compare.py" \
    "$top_srcdir/tests/compat/ncat.cases"
