# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about many clients of DTLS share, after `load dtls'.

# hello OPTION...: a client that says hello and has to hear the same.
hello() {
	echo hello | timeout 20 "$SOCKCAT" -u "${TRUSTING[@]}" "$@" \
	    127.0.0.1 "$PORT" >out
	assert_equal "$(<out)" hello
}
