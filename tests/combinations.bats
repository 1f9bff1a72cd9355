#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Data and the end are delivered each way whatever the other direction does.

load helpers

# ROLE DIRECTION OTHER WHAT, see combination.py.
combinations() {
	local role direction other what
	for role in client server; do
		for direction in send receive; do
			for other in quiet blocked ended; do
				for what in data eof; do
					echo "$role $direction $other $what"
				done
			done
		done
	done
}

# Run those of the table that begin with $1, and say which fail.
check() {
	local row failed=0 count=0
	local -a words
	while read -r row; do
		count=$((count + 1))
		read -r -a words <<<"$row"
		if ! "$TESTS/combination.py" "${words[@]}"; then
			echo "failed: $row"
			failed=$((failed + 1))
		fi
	done < <(combinations | grep "^$1")
	[ "$count" -eq 12 ]
	[ "$failed" -eq 0 ]
}

@test "client: data and end, both ways, the other direction quiet, blocked, ended" {
	check client
}

@test "server: data and end, both ways, the other direction quiet, blocked, ended" {
	check server
}

@test "client, without zero copy: the same" {
	SOCKCAT_ZERO_COPY=no check client
}

@test "server, without zero copy: the same" {
	SOCKCAT_ZERO_COPY=no check server
}
