#!/bin/sh
# SPDX-License-Identifier: ISC
# TAP: what a file needs is below it: no two files need each other, by the
# functions they call or by their headers, and no folder needs one above it.
set -u
cd "${top_srcdir:?is set by make check}" || exit 1
objects=${top_builddir:?is set by make check}

# From the bottom to the top.
rooms='base wire net io tls report guard options session serve datagram run'

# What is still to be mended: "FILE FILE" of a call that closes a circle, and
# "FILE HEADER" of an #include that points up.  One that is not needed any more
# has to go.
circles=''
upward=''

# shellcheck source=tests/report.sh
. tests/report.sh

# "FILE FILE SYMBOL": the first one uses what the second one defines.
calls() {
	find src -name '*.c' | sed 's/c$/o/' | sort | (
		cd "$objects" || exit 1
		while read -r file; do
			[ ! -f "$file" ] || echo "$file"
		done | xargs "${NM:-nm}" -A -P
	) | awk '
		{ sub(/\.o:$/, "", $1) }
		$3 ~ /^[TDBRVWC]$/ { home[$2] = $1 }
		$3 == "U" { file[++n] = $1; symbol[n] = $2 }
		END {
			for (i = 1; i <= n; i++) {
				to = home[symbol[i]]
				if (to != "" && to != file[i])
					print file[i], to, symbol[i]
			}
		}'
}

# "HEADER HEADER": the first one includes the second one.
headers() {
	grep -r '^#include "' src --include='*.h' |
	    sed 's|^src/\([^:]*\):#include "\(.*\)".*|\1 \2|'
}

# The lines "A B ..." of standard input whose A and B are in a circle, or
# between two; and those of $1, "A B", without which there would be none either.
in_circles() {
	allowed=$1 awk '
		BEGIN {
			k = split(ENVIRON["allowed"], word)
			for (i = 1; i < k; i += 2) {
				may[word[i] " " word[i + 1]] = 1
			}
		}
		($1 " " $2) in may { seen[$1 " " $2] = 1; next }
		{ from[++n] = $1; to[n] = $2; line[n] = $0; left[n] = 1 }
		# Who needs nobody, or whom nobody needs, is in no circle.
		function peel(	i, again) {
			do {
				again = 0
				split("", needs); split("", needed)
				for (i = 1; i <= n; i++) if (left[i]) {
					needs[from[i]] = needed[to[i]] = 1
				}
				for (i = 1; i <= n; i++) if (left[i] &&
				    (!(to[i] in needs) ||
				    !(from[i] in needed))) {
					left[i] = 0
					again = 1
				}
			} while (again)
		}
		function reaches(a, b,	i) {
			if (a == b)
				return 1
			been[a] = 1
			for (i = 1; i <= n; i++) {
				if (from[i] == a && !(to[i] in been) &&
				    reaches(to[i], b))
					return 1
			}
			return 0
		}
		END {
			peel()
			for (i = 1; i <= n; i++) if (left[i])
				print line[i]
			for (pair in may) {
				split(pair, end, " ")
				split("", been)
				if (!(pair in seen) || !reaches(end[2], end[1]))
					print pair " (no longer needed)"
			}
		}' | sort
}

# The includes that point up, and those of $upward that are none.
pointing_up() {
	grep -r '^#include "[^"/]*/' src --include='*.[ch]' |
	    sed 's|^\(src/[^:]*\):#include "\(.*\)".*|\1 \2|' |
	    rooms=$rooms upward=$upward awk '
		BEGIN {
			n = split(ENVIRON["rooms"], room)
			for (i = 1; i <= n; i++)
				level["src/" room[i]] = level[room[i]] = i
			level["src"] = n + 1
			n = split(ENVIRON["upward"], word)
			for (i = 1; i < n; i += 2)
				may[word[i] " " word[i + 1]] = 1
		}
		{
			own = $1; its = $2
			sub(/\/[^\/]*$/, "", own)
			sub(/\/[^\/]*$/, "", its)
			if (!(own in level) || !(its in level)) {
				print $0 " (which room is that?)"
			} else if (level[its] > level[own]) {
				if ($0 in may)
					delete may[$0]
				else
					print
			}
		}
		END {
			for (line in may)
				print line " (no longer needed)"
		}' | sort
}

report "each room includes what is below it" "$(pointing_up)"
report "no headers include each other" "$(headers | in_circles '')"
called=$(calls)
if [ -n "$called" ]; then
	report "no files call each other" \
	    "$(echo "$called" | in_circles "$circles")"
else
	count=$((count + 1))
	echo "ok $count - no files call each other # SKIP no symbols in objects"
fi
echo "1..$count"
