#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The scripts of examples/ do what they say, and end as they say when something
# goes wrong.

load helpers

needs() {
	examples=$top_srcdir/examples
	[ -d "$examples" ] || skip "the examples are not here"
	mkdir bin broken
	ln -s "$(command -v "$SOCKCAT")" bin/sockcat
	# A listener whose reader leaves after its first bytes.
	cat >broken/sockcat <<-EOF2
		#!/bin/sh
		case \$1 in
		-l) "$(command -v "$SOCKCAT")" "\$@" | head -c 1000; exit ;;
		esac
		exec "$(command -v "$SOCKCAT")" "\$@"
	EOF2
	# This host, in the place of another one.
	printf '#!/bin/sh\nshift\n%s\nexec sh -c "$*"\n' \
	    '[ -e '"$PWD"'/mended ] || PATH='"$PWD/broken"':$PATH
	[ -e "$STAYS" ] || : >'"$PWD/mended" >ssh
	chmod +x broken/sockcat ssh
	PATH=$PWD/bin:$PATH
	export SSH="$PWD/ssh" STAYS=
}

# directory: with files in it.
directory() {
	mkdir -p directory/below
	head -c 30M /dev/zero >directory/a
	random_file "directory/below/b c" 1000
	: >directory/empty
}

@test "copy-directory: it arrives, and the report is told" {
	directory
	: >mended
	run -0 --separate-stderr "$examples/copy-directory" directory 127.0.0.1 "$PWD/a copy"
	diff -r directory "a copy"
	[[ $stderr =~ ^"try 1: "[0-9]+" bytes in "[0-9.]+" s, null"$ ]]
}

@test "copy-directory: a receiver that breaks is tried again" {
	directory
	run -0 --separate-stderr "$examples/copy-directory" directory 127.0.0.1 "$PWD/copy"
	diff -r directory copy
	[[ $stderr == *"try 1: "*'s, "'*"try 2: "*"s, null" ]]
}

@test "copy-directory: one that always breaks is status 1, after five" {
	directory
	touch stays
	STAYS=$PWD/stays run -1 --separate-stderr "$examples/copy-directory" directory 127.0.0.1 "$PWD/copy"
	[[ $stderr == *"try 5: "* && $stderr != *"try 6"* ]]
}

@test "copy-directory: no such directory, no such host, nothing that can be made there" {
	: >mended
	run -6 "$examples/copy-directory" nowhere 127.0.0.1 copy
	directory
	SSH=false run -1 "$examples/copy-directory" directory 127.0.0.1 copy
	: >file
	run -1 "$examples/copy-directory" directory 127.0.0.1 "$PWD/file/copy"
	run -2 "$examples/copy-directory" directory
}

@test "throughput: a row each for TCP, TLS and a UNIX-domain socket" {
	need_tls
	head -c 30M /dev/zero >file
	run -0 --separate-stderr "$examples/throughput" file
	[ "${#lines[@]}" = 4 ]
	[[ ${lines[1]} =~ ^TCP\ +0\ +[0-9]+ ]]
	[[ ${lines[2]} =~ ^TLS\ +0\ +[0-9]+ ]]
	[[ ${lines[3]} =~ ^UNIX\ +0\ +[0-9]+ ]]
}

@test "throughput: a port that is taken, a server that leaves, no such file" {
	need_tls
	head -c 30M /dev/zero >file
	listener taken 127.0.0.1 0
	run -6 --separate-stderr "$examples/throughput" file "$PORT"
	stop taken
	[[ ${lines[1]} =~ ^TCP\ +6\ .*no\ server ]]
	[[ ${lines[3]} =~ ^UNIX\ +0\  ]]
	PATH=$PWD/broken:$PATH run -1 --separate-stderr "$examples/throughput" file
	[[ ${lines[1]} =~ ^TCP\ +1\ .*127.0.0.1 ]]
	run -1 --separate-stderr "$examples/throughput" nothing
	[[ $stderr == *"nothing"* && $output != *TCP* ]]
}

# runs_tests STATUS ARGUMENT...: by make, whose own status is 0 or 2.
# shellcheck disable=SC2120
runs_tests() {
	run "-$1" make -j -k --no-print-directory -f "$examples/tests.mk" \
	    "${@:2}"
}

@test "tests.mk: all at the same time, a server each" {
	local i
	need make
	for i in 1 2 3 4; do
		random_file "$i.in" 100k
		LC_ALL=C tr a-z A-Z <"$i.in" >"$i.out"
	done
	LC_ALL=C runs_tests 0
	[ "$(grep -c '^102400 bytes in [0-9.]* s$' <<<"$output")" = 4 ]
}

@test "tests.mk: what is wrong fails with its status, and the others go on" {
	need make
	echo a >1.in
	echo A >1.out
	echo b >2.in
	echo c >2.out
	runs_tests 2
	[[ $output == *"2.json] Error 1"* && $output != *"1.json] Error"* ]]
	runs_tests 2 SERVER='cat; exit 7'
	[[ $output == *"1.json] Error 7"* ]]
	runs_tests 2 SERVER=nothing-there
	[[ $output == *"1.json] Error 127"* ]]
	rm -f ./*.in
	runs_tests 2
	[[ $output == *"there is no test here"* ]]
}
