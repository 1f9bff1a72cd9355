# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# The completions of three shells, asked what they offer.

# completion FILE: where that one is, in the build directory or in the tarball.
completion() {
	local directory
	for directory in "$top_builddir" "$top_srcdir"; do
		[ ! -e "$directory/completions/$1" ] || {
			echo "$directory/completions/$1"
			return
		}
	done
	fail "no completions/$1"
}

# bash-completion's own file.
bash_completion() {
	local file
	for file in /usr/share/bash-completion/bash_completion \
	    /usr/local/share/bash-completion/bash_completion; do
		[ ! -e "$file" ] || {
			echo "$file"
			return
		}
	done
	return 1
}

# need_shell SHELL
need_shell() {
	need "$1"
	[ "$1" != bash ] || bash_completion >/dev/null ||
		skip "no bash-completion"
	# None of these is on PATH, and fish completes for what is there.
	mkdir -p bin home
	for name in sockcat nc.sockcat ncat.sockcat; do
		ln -sf "$SOCKCAT" "bin/$name"
	done
	PATH=$PWD/bin:$PATH
	export HOME=$PWD/home XDG_CONFIG_HOME=$PWD/home XDG_DATA_HOME=$PWD/home
	mkdir -p home/.ssh fish
	for name in sockcat nc.sockcat ncat.sockcat; do
		ln -sf "$(completion fish/sockcat.fish)" "fish/$name.fish"
	done
	# bash-completion and zsh look at lists of known hosts, too.
	echo 'known.example.com ssh-ed25519 AAAA' >home/.ssh/known_hosts
}

# asked SHELL LINE: what that one offers behind the line is in the file `offered',
# one a line, without what is in front of it in the same word, and sorted.
asked() {
	case $1 in
	bash) asked_bash "$2" ;;
	fish) asked_fish "$2" ;;
	zsh)
		"$PEERS/zsh-complete" "$(dirname "$(completion zsh/_sockcat)")" \
		    "$2" >offered
		;;
	esac
	# A directory's name, and what is kept of the word.
	sed -i 's,/$,,; s,^\(--[a-z-]*=\)\(..*\),\2,; s,.*/,,' offered
	sort -uo offered offered
}

asked_bash() {
	BASH_COMPLETION=$(bash_completion) "$PEERS/bash-complete" \
	    "$(completion bash/sockcat)" "$1" >offered
}

asked_fish() {
	fish --no-config -c "set -g fish_complete_path $PWD/fish \$fish_complete_path
	    complete -C \"\$argv[1]\"" "$1" | sed 's/	.*//' >offered
}

# offers SHELL LINE WORD...: these, among others.
offers() {
	local shell=$1 line=$2 word
	shift 2
	asked "$shell" "$line"
	for word in "$@"; do
		grep -qxF -e "$word" offered ||
			fail "$shell: $line: no $word: $(cat offered)"
	done
}

# offers_only SHELL LINE WORD...: these, and nothing else; fish has --report= as
# well as --report, as bash has.
offers_only() {
	local shell=$1 line=$2
	shift 2
	asked "$shell" "$line"
	diff <(sort -u <(for word; do echo "$word"; done)) \
	    <(sed '/^--.*=$/d' offered) || fail "$shell: $line"
}

# offers_no SHELL LINE WORD...: none of these.
offers_no() {
	local shell=$1 line=$2 word
	shift 2
	asked "$shell" "$line"
	for word in "$@"; do
		! grep -qxF -e "$word" offered ||
			fail "$shell: $line: $word: $(cat offered)"
	done
}
