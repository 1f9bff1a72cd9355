# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about --report share.

# One process answers for a file: to load what knows schemas takes longer than most
# tests.
setup_file() {
	reporter
}

# reporter: start it; it ends with this shell.
reporter() {
	mkfifo "$BATS_FILE_TMPDIR/asked" "$BATS_FILE_TMPDIR/answered"
	(close_others && exec setpriv --pdeathsig KILL "$PEERS/report.py" \
	    "$top_srcdir/docs/report.schema.json" "$BATS_FILE_TMPDIR") \
	    </dev/null >&2 &
	read -r -t 30 REPORTER <>"$BATS_FILE_TMPDIR/answered"
	export REPORTER
}

needs() {
	need_reporter
}

need_reporter() {
	[ "$REPORTER" = ready ] || skip "there is no python3-jsonschema"
}

# free_port: sets FREE to a port of 127.0.0.1 where nobody listens.
free_port() {
	local ADDR PORT
	listener nobody 127.0.0.1 0
	stop nobody
	FREE=$PORT
}

# reported FILE EXPRESSION...: what FILE has is as the schema says, and the
# expressions of Python are true of it; see report.py.
reported() {
	local answer=
	printf '%s\0' "$PWD/$1" "${@:2}" '' <>"$BATS_FILE_TMPDIR/asked" \
	    1>&0
	read -r -t 30 answer <>"$BATS_FILE_TMPDIR/answered" || true
	[ "$answer" = yes ] ||
		fail "the report in $1 is not as expected: $answer: $(<"$1")"
}

# ends STATUS RESULT HOW ARGUMENT...: sockcat ends with STATUS, and its report says
# that, and RESULT, and how.
ends() {
	local status=$1 result=$2 how=$3
	shift 3
	run "-$status" "$SOCKCAT" --report=json --report-file r "$@" \
	    <"${INPUT:-/dev/null}"
	reported r "run['status'] == $status" "run['result'] == '$result'" \
	    "c['status'] == $status" "c['result'] == '$result'" \
	    "c['end']['how'] == '$how'"
}
