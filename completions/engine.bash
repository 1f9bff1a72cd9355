# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# bash completion of sockcat, also where it is nc or ncat.
#
# What bash-completion has for files and hosts is used if it is there.  A link
# to this file completes for what it is called, too: nc, netcat or ncat.

# The program of each name; a table of options for each program.
declare -gA _sockcat_programs=() _sockcat_options=()

_sockcat_called() {
	local name
	for name in "${@:2}"; do
		_sockcat_programs[$name]=$1
	done
}

# @OPTIONS@

# The table of `program' in arrays, by names: main has the first name of each.
_sockcat_read() {
	local names argument takes excludes name
	while read -r names argument takes excludes; do
		[ -n "$names" ] || continue
		for name in ${names//,/ }; do
			main[$name]=${names%%,*}
		done
		main_argument[${names%%,*}]=$argument
		main_takes[${names%%,*}]=$takes
		main_excludes[${names%%,*}]=$excludes
	done <<<"${_sockcat_options[$program]}"
}

# The words up to the cursor, with what readline has cut at = and :.
_sockcat_words() {
	local i word
	words=()
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if [[ $word == [=:]* && ${#words[@]} -gt 0 ]] ||
		    [[ ${#words[@]} -gt 0 && ${COMP_WORDS[i - 1]} == *[=:] &&
		    $COMP_WORDBREAKS == *"${COMP_WORDS[i - 1]: -1}"* &&
		    -n $word ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
	done
	[ ${#words[@]} -gt 0 ] || words=('')
}

# Of a row of letters: letter is the one that takes what is behind it, or the
# next word, and rest what is there.  Those in front of it are given.
_sockcat_letters() {
	local i letters=$1
	letter='' rest=''
	for ((i = 1; i < ${#letters}; i++)); do
		given+=("-${letters:i:1}")
		[ "${main[-${letters:i:1}]+set}" ] || return
		if [ "${main_argument[${main[-${letters:i:1}]}]}" = needs ]; then
			letter=-${letters:i:1} rest=${letters:i+1}
			return
		fi
	done
}

# What was given in front of the cursor; value is the option whose value is
# there, or empty; operands is how many there were, or -1 if all that follows is
# one.
_sockcat_look() {
	local i word letter rest
	given=() value='' operands=0 ended=
	for ((i = 0; i < ${#words[@]} - 1; i++)); do
		word=${words[i]}
		if [ -n "$value" ]; then
			value=
		elif [ -n "$ended" ]; then
			operands=$((operands + 1))
		elif [ "$word" = -- ]; then
			ended=1
		elif [[ $word == --*=* ]]; then
			given+=("${word%%=*}")
		elif [[ $word == --* ]]; then
			given+=("$word")
			[ "${main_argument[${main[$word]-}]-}" != needs ] ||
				value=$word
		elif [[ $word == -?* ]]; then
			_sockcat_letters "$word"
			[[ -z $letter || -n $rest ]] || value=$letter
		else
			operands=$((operands + 1))
		fi
	done
}

_sockcat_is_given() {
	[[ " ${given[*]} " == *" $1 "* ]]
}

# reply WORD...: those that begin with what is there, cur, behind what is kept in
# front of it.
_sockcat_reply() {
	local word
	for word in "$@"; do
		[[ $word != "$cur"* ]] || COMPREPLY+=("$before$word")
	done
}

# ... each line of the output of a command.
_sockcat_compgen() {
	local word
	while read -r word; do
		COMPREPLY+=("$before$word")
	done < <(compgen "$@" -- "$cur")
}

_sockcat_files() {
	if [ -z "$before" ] && declare -F _filedir >/dev/null; then
		_filedir "$@"
	else
		compopt -o filenames 2>/dev/null
		_sockcat_compgen "${@:--f}"
	fi
}

_sockcat_hosts() {
	local found=("${COMPREPLY[@]}") i
	if declare -F _known_hosts_real >/dev/null; then
		_known_hosts_real -a -- "$cur"
		for i in "${!COMPREPLY[@]}"; do
			COMPREPLY[i]=$before${COMPREPLY[i]}
		done
		COMPREPLY=("${found[@]}" "${COMPREPLY[@]}")
	else
		_sockcat_compgen -A hostname
	fi
}

# Of what was typed, readline does not replace what is in front of a colon.
_sockcat_trim_colons() {
	local i kept
	[[ $COMP_WORDBREAKS == *:* && $1 == *:* ]] || return 0
	kept=${1%"${1##*:}"}
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"$kept"}
	done
}

# Several values, commas in between.
_sockcat_list() {
	local word
	if [[ $cur == *,* ]]; then
		before+=${cur%,*},
		cur=${cur##*,}
	fi
	for word in ${1//,/ }; do
		[[ ,$before == *[,=]$word,* ]] || _sockcat_reply "$word"
	done
	compopt -o nospace 2>/dev/null
}

_sockcat_interfaces() {
	local path
	for path in /sys/class/net/*; do
		_sockcat_reply "${path##*/}"
	done
}

# The value of the option of that first name.
_sockcat_value() {
	local takes=${main_takes[$1]-} names
	case $takes in
	+*) _sockcat_list "${takes#+}" ;;
	=*)
		names=${takes#=}
		# shellcheck disable=SC2086 # words
		_sockcat_reply ${names//,/ }
		;;
	file) _sockcat_files ;;
	directory) _sockcat_files -d ;;
	command) _sockcat_compgen -c ;;
	target)
		[[ $cur != tls:* ]] || before+=tls: cur=${cur#tls:}
		if [[ $cur == */* ]]; then
			_sockcat_files
		else
			_sockcat_hosts
		fi
		;;
	host) _sockcat_hosts ;;
	interface) _sockcat_interfaces ;;
	user) _sockcat_compgen -u ;;
	port) _sockcat_compgen -A service ;;
	option)
		_sockcat_reply all
		for names in "${!main[@]}"; do
			[[ $names != --* ]] || _sockcat_reply "${names#--}"
		done
		;;
	esac
}

# All options that do not exclude what was given; those whose value can be left
# out with a = as well.
_sockcat_names() {
	local name word excluded=,
	for word in "${given[@]}"; do
		[ -z "${main[$word]-}" ] ||
			excluded+=${main_excludes[${main[$word]}]},
	done
	for name in "${!main[@]}"; do
		[[ $excluded != *,"${main[$name]}",* ]] || continue
		_sockcat_reply "$name"
		[[ ${main_argument[${main[$name]}]} != may || $name != --* ]] ||
			_sockcat_reply "$name="
	done
	[[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] ||
		compopt -o nospace 2>/dev/null
}

_sockcat_operand() {
	if _sockcat_is_given -U || _sockcat_is_given --unixsock; then
		_sockcat_files
		return
	fi
	[ "$operands" -gt 0 ] || _sockcat_hosts
	if [ "$operands" -gt 0 ] || _sockcat_is_given -l ||
	    _sockcat_is_given --listen; then
		_sockcat_compgen -A service
	fi
}

_sockcat() {
	local -a words given
	local -A main=() main_argument=() main_takes=() main_excludes=()
	local program=${_sockcat_programs[${1##*/}]-sockcat} name
	local cur typed before='' value operands ended letter rest
	COMPREPLY=()
	_sockcat_read
	_sockcat_words
	_sockcat_look
	cur=${words[-1]} typed=$cur
	if [ -n "$value" ]; then
		_sockcat_value "${main[$value]}"
	elif [ -n "$ended" ]; then
		_sockcat_operand
	elif [[ $cur == --*=* ]]; then
		name=${cur%%=*} cur=${cur#*=}
		[[ $COMP_WORDBREAKS == *=* ]] || before=$name=
		typed=$before$cur
		_sockcat_value "${main[$name]-}"
	elif [[ $cur == -[!-]* ]]; then
		_sockcat_cluster
	elif [[ $cur == -* ]]; then
		_sockcat_names
	else
		_sockcat_operand
	fi
	_sockcat_trim_colons "$typed"
}

# Behind one dash: a value that sticks to its letter, or all that there is.
_sockcat_cluster() {
	_sockcat_letters "$cur"
	if [ -n "$letter" ] && [ -n "$rest" ]; then
		before=${cur%"$rest"} cur=$rest
		_sockcat_value "${main[$letter]}"
	elif [ "${main[$cur]+set}" ]; then
		COMPREPLY=("$cur")
	fi
}

complete -F _sockcat sockcat nc.sockcat ncat.sockcat
case ${BASH_SOURCE[0]##*/} in
nc | netcat | ncat) complete -F _sockcat "${BASH_SOURCE[0]##*/}" ;;
esac
