# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about copies of sessions share.

# undump FILE: its hex dump in bytes, those that went one way in the file
# `received', the others in `sent', if each line says the offset at which it is.
undump() {
	python3 -S - "$1" <<-'EOF'
		import re
		import sys
		ways = {"<": bytearray(), ">": bytearray()}
		for text in open(sys.argv[1]):
		    way, rest = re.search(r"([<>]) (.*)$", text).groups()
		    offset, rest = rest.split("  ", 1)
		    if int(offset, 16) != len(ways[way]):
		        sys.exit("offset " + offset)
		    ways[way] += bytes.fromhex(rest[:49])
		open("received", "wb").write(ways["<"])
		open("sent", "wb").write(ways[">"])
	EOF
}

# What tshark says of each packet; a name comes behind those that begin with it.
FIELDS=(frame.number frame.comment frame.packet_flags_direction ip.src ip.dst
    ipv6.src ipv6.dst tcp.srcport tcp.dstport tcp.stream tcp.seq tcp.len
    tcp.flags.syn tcp.flags.ack tcp.flags.reset tcp.flags.str tcp.payload tcp
    udp.srcport udp.dstport udp.stream udp.length udp.payload udp
    http.request.uri http.request http.response.code http.response)

# look FILE: tshark looks at it, once, for it takes long to start: FILE.fields are
# its packets, one a line, and what its experts say of all.
look() {
	local field
	local -a words=()
	[ ! "$1.fields" -nt "$1" ] || return 0
	for field in "${FIELDS[@]}"; do
		words+=(-e "$field")
	done
	tshark -r "$1" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE \
	    -o udp.check_checksum:TRUE -z expert -T fields "${words[@]}" \
	    >"$1.fields" 2>"$1.said" || echo "tshark failed: $?" >>"$1.said"
}

# expert FILE: tshark has no warning about it, all checksums hold.
expert() {
	look "$1"
	if grep -qE '^(Errors|Warns|Warnings) ' "$1.fields" ||
	    grep -qiE '^tshark failed|cut short|malformed|damaged' "$1.said"; then
		fail "$1: $(grep -v '^[0-9]' "$1.fields"; cat "$1.said")"
	fi
}

# fields FILE CONDITION FIELD...: of the packets for which that is so, one a line.
fields() {
	local file=$1 columns="${*:3}" program i
	look "$file"
	program="if ($2) print ${columns// /, }"
	for i in "${!FIELDS[@]}"; do
		program=${program//"${FIELDS[i]}"/\$$((i + 1))}
	done
	awk -F '\t' -v OFS='\t' "/^[0-9]/ {
		for (i = 1; i <= NF; i++)	# since tshark 4.2
			if (\$i ~ /^(True|False)$/)
				\$i = \$i == \"True\"
		$program
	}" "$file.fields"
}

# unhex: of what tshark prints of payloads, the bytes.
unhex() {
	python3 -S -c 'import sys
text = sys.stdin.read().replace(":", "")
sys.stdout.buffer.write(bytes.fromhex(text))'
}
