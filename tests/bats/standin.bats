#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# nc.sockcat(1) and ncat.sockcat(1): what they say of installing it in the place
# of the other one, and their lists of differences.

# bats and helpers.bash set status, output ...
# shellcheck disable=SC2154

load helpers

# page NAME: its page.
page() {
	echo "$top_srcdir/man/$1.sockcat.1"
}

# command NAME TEXT: the first command of the page that has it in it, with its
# lines.
command_of() {
	sed 's/\\e/\\/g; s/\\&//g' "$(page "$1")" | awk -v text="$2" '
		/^\.Bd/ { inside = 1; next }
		/^\.Ed/ { inside = found = 0 }
		inside && /^[#$] / { found = index($0, text); sub(/^[#$] /, "") }
		found { print }'
}

# differences NAME: the items of DIFFERENCES.
differences() {
	sed -n '/^\.Sh DIFFERENCES/,/^\.Sh INST/s/^\.It //p' "$(page "$1")"
}

# in_root FILE: the command with a root, and tables, of its own.
in_root() {
	sed -i "s,\(^\| \)/\(usr\|bin\),\1$PWD/root/\2,g
		s,^update-alternatives,& --quiet --altdir $PWD/root/alt \
		    --admindir $PWD/root/admin --log /dev/null," "$1"
}

@test "update-alternatives as the page has it puts it in the place of nc" {
	local name
	need update-alternatives
	mkdir -p root/bin root/usr/bin root/usr/share/man/man1 root/alt \
	    root/admin
	ln -s "$SOCKCAT" root/usr/bin/nc.sockcat
	cp "$(page nc)" root/usr/share/man/man1/nc.sockcat.1.gz
	command_of nc --install >install
	command_of nc --remove >remove
	in_root install
	in_root remove
	run -0 sh install
	for name in nc netcat; do
		run -0 "root/bin/$name" -h
		[[ ${lines[0]} = *'OpenBSD netcat'* ]] || fail "$output"
		cmp "root/usr/share/man/man1/$name.1.gz" "$(page nc)"
	done
	run -0 sh remove
	[ ! -e root/bin/nc ]
	[ ! -e root/bin/netcat ]
}

@test "what the page has scripts ask: which nc is this?" {
	command_of nc 'OpenBSD netcat' >lines
	mkdir bin
	ln -s "$SOCKCAT" bin/nc.sockcat
	PATH="$PWD/bin:$PATH" run -0 sh lines
	assert_output --partial 'OpenBSD netcat'
}

@test "a link of one user, and a script of two lines" {
	local name
	mkdir -p home/bin
	for name in nc ncat; do
		command_of "$name" 'ln -s /usr/bin/sockcat' |
			sed "s,/usr/bin/sockcat,$SOCKCAT," >lines
		HOME=$PWD/home run -0 sh lines
		[ -L "home/bin/$name" ]
	done
	run -0 home/bin/nc -h
	assert_output --partial 'OpenBSD netcat'
	run -0 home/bin/ncat -h
	assert_output --partial -- --sh-exec

	sed -n '/^#!/,/^\.Ed/p' "$(page ncat)" | sed '$d' >script
	[ "$(wc -l <script)" -eq 2 ]
	ln -s "$SOCKCAT" home/bin/sockcat
	PATH="$PWD/home/bin:$PATH" run -0 sh script -h
	assert_output --partial -- --sh-exec
}

@test "each difference of the pages has a reason" {
	local name
	for name in nc ncat; do
		[ "$(differences "$name" | wc -l)" -ge 3 ]
		[ "$(differences "$name" | wc -l)" -eq \
		    "$(grep -c '^Reason: ' "$(page "$name")")" ]
	done
}

@test "each difference that the command lines show is in the page" {
	local name table
	for name in nc ncat; do
		table=$top_srcdir/tests/compat/$name.cases
		[ -e "$table" ] || continue
		run comm -13 <(differences "$name" | sort -u) \
		    <(sed -n 's/^\tdiffers: //p' "$table" | sort -u)
		assert_output ""
	done
}
