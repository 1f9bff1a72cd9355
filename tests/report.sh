# SPDX-License-Identifier: ISC
# shellcheck shell=sh
# What the tests share that look at the tree.  TAP, whose plan comes last: "1..N"
# with $count.

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
