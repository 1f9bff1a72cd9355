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

# asked SHELL LINE: OFFERED is what that one offers behind the line, without what is
# in front of it in the same word.  One shell answers all that a test asks.
asked() {
	local word
	if [ -z "${ANSWERS_PID-}" ]; then
		coproc ANSWERS { close_others && answers "$1"; }
	fi
	printf '%s\n' "$2" >&"${ANSWERS[1]}"
	OFFERED=()
	while :; do
		read -r -t 30 -u "${ANSWERS[0]}" word || fail "$1 says nothing"
		[ "$word" != '<end>' ] || break
		# A directory's name, and what is kept of the word.
		word=${word%/}
		[[ ! $word =~ ^--[a-z-]*=(.+) ]] || word=${BASH_REMATCH[1]}
		OFFERED+=("${word##*/}")
	done
}

answers() {
	case $1 in
	bash)
		BASH_COMPLETION=$(bash_completion) exec "$PEERS/bash-complete" \
		    "$(completion bash/sockcat)"
		;;
	fish)
		exec fish --no-config -c '
			set -g fish_complete_path $PWD/fish $fish_complete_path
			while read line
				complete -C $line | string replace -r "\t.*" ""
				echo "<end>"
			end'
		;;
	zsh)
		exec "$PEERS/zsh-complete" \
		    "$(dirname "$(completion zsh/_sockcat)")" \
		    "$BATS_FILE_TMPDIR/zcompdump"
		;;
	esac
}

# is_among WORD WORD...: the first is one of the others.
is_among() {
	local word
	for word in "${@:2}"; do
		[ "$word" != "$1" ] || return 0
	done
	return 1
}

# offers SHELL LINE WORD...: these, among others.
offers() {
	local word
	asked "$1" "$2"
	for word in "${@:3}"; do
		is_among "$word" "${OFFERED[@]}" ||
			fail "$1: $2: no $word: ${OFFERED[*]}"
	done
}

# offers_only SHELL LINE WORD...: these, and nothing else; fish has --report= as
# well as --report, as bash has.
offers_only() {
	local word
	offers "$@"
	for word in "${OFFERED[@]}"; do
		[[ $word == --*= ]] || is_among "$word" "${@:3}" ||
			fail "$1: $2: $word"
	done
}

# offers_no SHELL LINE WORD...: none of these.
offers_no() {
	local word
	asked "$1" "$2"
	for word in "${@:3}"; do
		! is_among "$word" "${OFFERED[@]}" ||
			fail "$1: $2: $word: ${OFFERED[*]}"
	done
}
