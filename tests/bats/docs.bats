#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# The manual page says what the program does.

# A test is a subshell; bats and helpers.bash set status, stderr, PORTS ...
# shellcheck disable=SC2030,SC2031,SC2034,SC2153,SC2154

load helpers

page=$top_srcdir/man/sockcat.1

# Options of --help, one a line: -x or --word.
help_options() {
	"$SOCKCAT" --help=all | sed -n 's/^  \( \{0,4\}-[^ ].*\)/\1/p' |
		grep -oE '^ *(-[A-Za-z0-9])?(, +| *)(--[a-z0-9-]+)?' |
		grep -oE -- '--[a-z0-9-]+|-[A-Za-z0-9]' | sort -u
}

# Options of the page that have an entry of their own (.It Fl) in OPTIONS.
page_options() {
	sed -n '/^\.Sh OPTIONS/,/^\.Sh THE LIFE/s/^\.It \(.*Fl .*\)/\1/p' \
	    "$page" |
		grep -oE 'Fl +-?[A-Za-z0-9][A-Za-z0-9-]*' |
		sed 's/Fl */-/' | sort -u
}

@test "mandoc has nothing to say about the page" {
	need mandoc
	run -0 mandoc -T lint -W warning "$page"
	assert_output ""
}

@test "every option of --help has its entry in the page" {
	[ "$(help_options | wc -l)" -ge 80 ]
	run comm -23 <(help_options) <(page_options)
	assert_output ""
}

@test "every option of the page is in --help" {
	[ "$(page_options | wc -l)" -ge 80 ]
	run comm -13 <(help_options) <(page_options)
	assert_output ""
}

@test "every argument of an option has one name, in --help and in the page" {
	local option arg missing=0 count=0
	while read -r option arg; do
		count=$((count + 1))
		grep -qiE "^\.It .*Fl ${option#-}.*Ar ${arg}" "$page" || {
			echo "not in the page: $option $arg"
			missing=$((missing + 1))
		}
	done < <("$SOCKCAT" --help=all |
		sed -nE 's/^ .* (--[a-z0-9-]+)(\[=| )([A-Z]+)(\]|  ).*/\1 \3/p')
	[ "$count" -ge 25 ]
	[ "$missing" -eq 0 ]
}

@test "every environment variable that is read is in the page" {
	local name source=$top_srcdir/src missing=0 count=0
	[ -d "$source" ] || skip "the source is not here"
	while read -r name; do
		count=$((count + 1))
		grep -qE "^\.(It )?(Ev|.* Ev) $name" "$page" || {
			echo "not in the page: $name"
			missing=$((missing + 1))
		}
	done < <(variables "$source")
	[ "$count" -ge 3 ]
	[ "$missing" -eq 0 ]
}

# The names given to getenv(3), also by a macro.
variables() {
	local word
	grep -rhoE --include='*.c' 'getenv\(("[A-Z0-9_]+"|[A-Z0-9_]+)\)' "$1" |
		sed 's/.*(\(.*\))/\1/' | sort -u |
		while read -r word; do
			case $word in
			\"*) echo "${word//\"/}" ;;
			*)
				grep -rhE "^#define[[:space:]]+${word}[[:space:]]" "$1" |
					sed 's/.*"\(.*\)".*/\1/'
				;;
			esac
		done
}

@test "the page and README give the statuses 0 to 6" {
	local status
	sed -n '/^\.Sh EXIT STATUS/,/^\.Sh [^E]/p' "$page" >section
	sed -n '/^- The exit status tells/,/^- /p' \
	    "$top_srcdir/README" >readme
	for status in 0 1 2 3 4 5 6; do
		grep -qE "^\.It .*\b$status\b" section ||
			fail "no status $status"
		grep -qP "^\t$status\t" readme || fail "README: no $status"
	done
}

@test "the page has the sections that a page has" {
	local section
	for section in NAME SYNOPSIS DESCRIPTION ENVIRONMENT FILES 'EXIT STATUS' \
	    EXAMPLES DIAGNOSTICS COMPATIBILITY 'SEE ALSO' STANDARDS CAVEATS \
	    'SECURITY CONSIDERATIONS'; do
		grep -qx "\.Sh \"\?$section\"\?" "$page" ||
			fail "no section $section"
	done
}

@test "no configuration file is looked for, and no file is made" {
	need_strace
	listener server -k --exec cat 127.0.0.1 0
	mkdir home work
	cd work
	HOME=$PWD/../home run -0 strace -f -e trace=%file -o ../calls \
	    "$SOCKCAT" 127.0.0.1 "$PORT" <<<hello
	assert_output hello
	[ -z "$(ls -A .)" ]
	[ -z "$(ls -A ../home)" ]
	grep -q 'execve(' ../calls
	grep -v 'execve(' ../calls >others
	run ! grep -E 'O_CREAT|/home[/"]|sockcatrc|sockcat\.conf' others
}

@test "each difference from other programs has a reason" {
	sed -n '/^\.Sh COMPATIBILITY/,/^\.Sh SEE/p' "$page" >section
	[ "$(grep -c '^\.It ' section)" -ge 30 ]
	[ "$(grep -c '^\.It ' section)" -eq "$(grep -c '^Reason:' section)" ]
}

@test "README names tools/try and tools/check" {
	local readme
	for readme in "$top_srcdir"/README*; do
		grep -q 'tools/try' "$readme" && grep -q 'tools/check' "$readme" &&
			return
	done
	fail "no README names both"
}

@test "the unit files of examples/ are what systemd understands" {
	local unit
	need systemd-analyze
	for unit in "$top_srcdir"/examples/*; do
		sed "s,/usr/bin/sockcat,$SOCKCAT," "$unit" >"${unit##*/}"
	done
	[ -e sockcat-time.socket ] && [ -e sockcat-time.service ]
	run -0 systemd-analyze verify --man=no ./*.service ./*.socket
	assert_output ""
}
