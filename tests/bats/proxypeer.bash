# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about proxies that are told what to do share: proxypeer.py.

# proxy VERB...: it.  Sets PROXY.
proxy() {
	rm -f seen back
	spawn proxy "$PEERS/proxypeer.py" "$@"
	until_true has_line proxy.out .
	read -r PROXY <proxy.out
	PROXY=127.0.0.1:$PROXY
}

# What it says in SOCKS: no password is wanted; it is; that one will do; granted.
METHOD='\x05\x00'
LOGIN='\x05\x02'
WELCOME='\x01\x00'
GRANTED='\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x07'
GRANTED4='\x00\x5a\x00\x07\x7f\x00\x00\x01'

# A client's greeting without a user, and the length of its request for
# 127.0.0.1, in SOCKS 5; of that in SOCKS 4, without a user.
# shellcheck disable=SC2034 # they are for the tests
GREETING=take:3 REQUEST=take:10 REQUEST4=take:9

# hex FILE: sets HEX to what it has.
hex() {
	HEX=$(od -An -v -tx1 "$1")
	HEX=${HEX//[ $'\n']/}
}

# hex_of TEXT: sets HEX.
hex_of() {
	printf '%s' "$1" >hex_of
	hex hex_of
}

# saw HEX: that is all that the client has sent.
saw() {
	local expected=$1
	hex seen
	assert_equal "$HEX" "$expected"
}

# fails STATUS TEXT WORD...: a client with these words, to 127.0.0.1:7, fails so,
# and nothing of its standard input is sent.
fails() {
	local status=$1 text=$2
	shift 2
	run "-$status" --separate-stderr "$SOCKCAT" "$@" 127.0.0.1 7 <<<secret
	assert_equal "$output" ""
	[[ $stderr == *"$text"* ]] || fail "not said: $text, but: $stderr"
	[ "${#stderr_lines[@]}" -eq 1 ] || fail "more than a line: $stderr"
	! grep -q secret seen || fail "it was told the secret"
}
