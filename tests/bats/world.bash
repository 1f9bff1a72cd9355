# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# A network of its own, with the names and addresses that the texts have, so
# that the lines of a text can be run as they stand there.

# world [COMMAND]: make it; COMMAND is for the shell there.  All names of the
# texts are this machine.  sockcat is the one under test.
world() {
	# shellcheck disable=SC2154 # helpers.bash sets it
	[ -d "$top_srcdir/docs" ] || skip "the texts are not here"
	{
		echo 127.0.0.1 localhost
		printf '192.0.2.1 %s.example.com\n' server receiver collector \
		    www mail
	} >hosts
	# shellcheck disable=SC2016 # for the shell in the namespace
	netns 'mount --bind hosts /etc/hosts
		mount -t tmpfs tmpfs /run
		printf "address add %s/24 dev lo\n" 192.0.2.1 192.0.2.7 \
		    198.51.100.1 | ip -batch -
		'"${1:-}"
	mkdir -p .bin
	ln -sf "$(command -v "$SOCKCAT")" .bin/sockcat
	PATH=$PWD/.bin:$PATH
}

# in_background NAME: the lines of the file NAME.lines, with all that they start.
# (They don't see themselves in /proc, where LeakSanitizer looks for threads.)
in_background() {
	local ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
	export ASAN_OPTIONS
	# shellcheck disable=SC2154 # netns sets NS
	spawn "$1" "${NS[@]}" unshare --pid --fork --kill-child sh "$1.lines"
}

# in_world WORD...: there, by hand.
in_world() {
	"${NS[@]}" "$@"
}

# listens PROTOCOL PORT: for until_true.
listens() {
	local line net=/proc/${PID[netns]}/net
	printf -v line '^ *[0-9]*: [0-9A-F]*:%04X [0-9A-F]*:0000 ' "$2"
	has_line "$net/$1" "$line" || has_line "$net/${1}6" "$line"
}
