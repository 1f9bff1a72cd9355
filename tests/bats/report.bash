# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about --report share.

needs() {
	python3 -c 'import jsonschema' 2>/dev/null ||
	    skip "there is no python3-jsonschema"
}

# reported FILE EXPRESSION...: what FILE has is as the schema says, and the
# expressions of Python are true of it; see report.py.
reported() {
	"$PEERS/report.py" "$BATS_TEST_DIRNAME/../../docs/report.schema.json" \
	    "$@" || fail "the report in $1 is not as expected: $(<"$1")"
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
