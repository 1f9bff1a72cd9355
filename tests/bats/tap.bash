# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about copies of sessions share.

# undump FILE DIRECTION: the bytes of a hex dump that went that way, < or >, if
# each line says the offset at which it is.
undump() {
	python3 - "$1" "$2" <<-'EOF'
		import re
		import sys
		out = bytearray()
		for text in open(sys.argv[1]):
		    way, rest = re.search(r"([<>]) (.*)$", text).groups()
		    offset, rest = rest.split("  ", 1)
		    data = bytes.fromhex(rest[:49])
		    if way == sys.argv[2]:
		        if int(offset, 16) != len(out):
		            sys.exit("offset " + offset)
		        out += data
		sys.stdout.buffer.write(out)
	EOF
}

# expert FILE OPTION...: tshark has no warning about it, all checksums hold.
expert() {
	local file=$1
	shift
	tshark -r "$file" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE \
	    -o udp.check_checksum:TRUE -q -z expert "$@" >expert.out \
	    2>expert.err || fail "tshark: $(<expert.err)"
	if grep -qE '^(Errors|Warns|Warnings) ' expert.out ||
	    grep -qiE 'cut short|malformed|damaged' expert.err; then
		fail "$file: $(cat expert.out expert.err)"
	fi
}

# fields FILE FILTER FIELD...: of its packets that pass, one a line.
fields() {
	local file=$1 filter=$2 field
	local -a words=()
	shift 2
	for field; do
		words+=(-e "$field")
	done
	tshark -r "$file" -Y "$filter" -T fields "${words[@]}" 2>/dev/null
}

# unhex: of what tshark prints of payloads, the bytes.
unhex() {
	python3 -c 'import sys
text = sys.stdin.read().replace(":", "")
sys.stdout.buffer.write(bytes.fromhex(text))'
}
