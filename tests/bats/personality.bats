#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Who sockcat is: by --compat, or else by the name that it was called by.

# bats and helpers.bash set status, stderr ...
# shellcheck disable=SC2154

load helpers

# is WHO COMMAND...: -h of COMMAND is that of sockcat, nc or ncat.
is() {
	local who=$1
	shift
	run --separate-stderr "$@" -h
	case $who in
	sockcat) [[ $status = 0 && ${lines[0]} = 'usage: sockcat '* ]] ;;
	nc) [[ $status = 0 && ${stderr_lines[0]} = *'OpenBSD netcat'* ]] ;;
	ncat) [[ $status = 0 && $output = *'--sh-exec'* ]] ;;
	esac || fail "$* is not $who: $status, $output, $stderr"
}

@test "the name in argv[0], with or without a path, says who it is" {
	local name
	mkdir bin
	for name in nc nc.sockcat netcat ncat ncat.sockcat sockcat anything \
	    nc.old; do
		ln -s "$SOCKCAT" "bin/$name"
	done
	for name in nc nc.sockcat netcat; do
		is nc "bin/$name"
		PATH="$PWD/bin:$PATH" is nc "$name"
	done
	is ncat bin/ncat
	is ncat bin/ncat.sockcat
	is sockcat bin/sockcat
	is sockcat bin/anything
	is sockcat bin/nc.old
}

@test "--compat says who it is, under any name, and the last one counts" {
	mkdir bin
	ln -s "$SOCKCAT" bin/nc
	is nc "$SOCKCAT" --compat nc
	is nc "$SOCKCAT" --compat=nc
	is ncat "$SOCKCAT" --compat=ncat
	is sockcat bin/nc --compat=none
	is sockcat bin/nc --compat none
	is ncat bin/nc --compat nc --compat ncat
}

@test "--compat: a name that is none of these, none, and one cut short" {
	run -2 --separate-stderr "$SOCKCAT" --compat telnet -h
	assert_equal "$stderr" \
	    "sockcat: --compat: 'telnet' is not none, nc or ncat"
	run -2 --separate-stderr "$SOCKCAT" --compat
	[[ $stderr = 'sockcat: --compat'* ]] || fail "$stderr"
	run -2 --separate-stderr "$SOCKCAT" --comp nc 127.0.0.1 1
	assert_equal "$stderr" \
	    'sockcat: --compat has to be written out: --compat=nc'
	# What follows -- is no option.
	run -2 "$SOCKCAT" -- --compat=nc
}

@test "as nc, several ports are connected to, one after another" {
	mkdir bin
	ln -s "$SOCKCAT" bin/nc
	listener one --sh-exec 'echo one; cat' 127.0.0.1 0
	first=$PORT
	listener two -k --sh-exec 'echo two; cat' 127.0.0.1 0
	second=$PORT
	listener three 127.0.0.1 0
	stop three
	echo hello >in
	run -0 bin/nc -N 127.0.0.1 "$first" "$PORT" "$second" <in
	assert_output $'one\nhello\ntwo'
	# Nobody is there any more at the first one.
	run -0 bin/nc -N 127.0.0.1 "$first" "$second" <in
	assert_output $'two\nhello'
	run -1 bin/nc -N 127.0.0.1 "$first" "$PORT" <in
	stop two
	run -2 "$SOCKCAT" 127.0.0.1 "$first" "$second"
}

@test "messages begin with the name of who it is" {
	mkdir bin
	ln -s "$SOCKCAT" bin/nc
	ln -s "$SOCKCAT" bin/ncat
	run -1 --separate-stderr bin/nc -q
	assert_equal "${stderr_lines[0]}" \
	    "nc: option requires an argument -- 'q'"
	run -2 --separate-stderr bin/ncat -g 1 localhost
	[[ $stderr = 'Ncat: '* ]] || fail "$stderr"
}
