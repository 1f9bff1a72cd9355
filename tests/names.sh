#!/bin/sh
# SPDX-License-Identifier: ISC
# TAP: files, functions, options and types that the pages for programmers name
# are there.  In names, NAME stands for any.
set -u
cd "${top_srcdir:?is set by make check}" || exit 1

pages="HACKING tests/README $(echo docs/internals/*)"
code='src tests/unit tests/fuzz tests/layers'
texts="$code tests/bats tests/peers Makefile.am configure.ac"

# shellcheck source=tests/report.sh
. tests/report.sh

# usage: named REGEX: each that the pages have, once.
# shellcheck disable=SC2086
named() {
	grep -ohE "$1" $pages | sort -u
}

# usage: missing WORDS: those of the words, a line each, that standard input does
# not have.
missing() {
	words=$1 awk '
		BEGIN {
			n = split(ENVIRON["words"], word, "\n")
		}
		{ there[$0] = 1 }
		END {
			for (i = 1; i <= n; i++) if (!(word[i] in there))
				print word[i]
		}'
}

# Paths from the top, or below src/ without the suffix.
paths() {
	rooms=$(cd src && echo -- */ | sed 's/^-- //; s,/,,g; s/ /|/g')
	{
		named "(^|[^[:alnum:]_/-])(src|tests|docs|tools|bench|man)/[[:alnum:]_./*-]+"
		named "(^|[^[:alnum:]_/-])($rooms)/[[:alnum:]_.]+"
	} | sed 's/^[^[:alnum:]]//; s/[.,:]*$//' | sort -u |
	    while read -r path; do
		glob=$(echo "$path" | sed 's/NAME/*/')
		# shellcheck disable=SC2231
		for file in $glob src/$glob src/$glob.[ch]; do
			[ ! -e "$file" ] || continue 2
		done
		echo "$path"
	done
}

# Files without a directory; <header.h> is the system's.
files() {
	named '(^|[^[:alnum:]_./*<-])[[:alnum:]_]+\.(c|h|bats|bash|py|sh|dict)([^[:alnum:](]|$)' |
	    sed 's/^[^[:alnum:]]//; s/[^[:alnum:]]$//' | sort -u |
	    while read -r file; do
		[ "$file" = config.h ] || [ -n "$(find src tests bench -name \
		    "$(echo "$file" | sed 's/NAME/*/')")" ] || echo "$file"
	done
}

# Functions and macros: where one is defined, its name begins a line.
# shellcheck disable=SC2086
functions() {
	grep -rohE '^(#define[[:space:]]+)?[[:alnum:]_]+\(' $code |
	    sed 's/.*[[:space:]]//' |
	    missing "$(named '[[:alnum:]_]+\(\)' | sed 's/)$//')" |
	    sed 's/$/)/'
}

# Of sockcat, configure, programs for the tests and bats.
options() {
	named '(^|[^[:alnum:]-])--[a-z][a-z-]+' | sed 's/^[^-]//; s/^--//' |
	    sort -u | while read -r word; do
		grep -qE "\"$word\"" src/options/table.c ||
		    grep -qE "'--$word'" tests/*.py ||
		    grep -qE "^	run .*--$word" tests/bats/*.bats ||
		    grep -qE "^AC_ARG_(ENABLE|WITH)\\(\\[${word#*-}\\]" \
		    configure.ac || echo "--$word"
	done
}

# They are in quotes, perhaps with a line's end in between.
# shellcheck disable=SC2086
types() {
	cat $pages | tr '\n' ' ' | grep -oE "\`(struct|enum) +[^ ]+'" |
	    tr -d "\`'" | sort -u | while read -r kind name; do
		grep -rqE "(^|[^[:alnum:]_])$kind $name( \{|;|$)" src ||
		    echo "$kind $name"
	done
}

# Constants, members, functions: whatever has an underscore, or is in quotes as
# one word.
# shellcheck disable=SC2086
identifiers() {
	grep -rohE --exclude-dir=corpus '[[:alnum:]_]+' $texts | missing "$({
		named '[[:alnum:]]+(_[[:alnum:]]+)+'
		named "\`[[:alpha:]][[:alnum:]]+'" | tr -d "\`'"
	} | grep -v NAME)"
}

targets() {
	named "(\`|^	)make [a-z-]+" | sed 's/.*make //' | sort -u |
	    grep -vxE 'check|distcheck|all' | while read -r target; do
		grep -qE "^$target:" Makefile.am || echo "make $target"
	done
}

unlisted() {
	for page in $pages; do
		grep -qE "(^|[[:space:]])$page(\$|[[:space:]])" Makefile.am ||
		    echo "$page in Makefile.am"
	done
}

report "files that the pages name" "$(paths; files)"
report "functions that the pages name" "$(functions)"
report "options that the pages name" "$(options)"
report "types that the pages name" "$(types)"
report "constants and members that the pages name" "$(identifiers)"
report "targets of make that the pages name" "$(targets)"
report "the tarball has the pages" "$(unlisted)"
echo "1..$count"
