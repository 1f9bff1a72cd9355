#!/bin/sh
# SPDX-License-Identifier: ISC
# TAP: each fuzzer, as a plain program, takes each file of its corpus.
set -u
: "${top_srcdir:?is set by make check}"
: "${top_builddir:?is set by make check}"

fuzz="$top_srcdir/tests/fuzz"
count=0

for source in "$fuzz"/fuzz_*.c; do
	name=$(basename "$source" .c)
	name=${name#fuzz_}
	count=$((count + 1))
	set -- "$fuzz/corpus/$name"/*
	if [ ! -e "$1" ]; then
		echo "not ok $count - $name: the corpus holds no file"
	elif "$top_builddir/tests/fuzz/fuzz_$name" "$@" </dev/null >&2; then
		echo "ok $count - $name: $# files"
	else
		echo "not ok $count - $name: status $?"
	fi
done
echo "1..$count"
