#compdef sockcat nc.sockcat ncat.sockcat
# SPDX-License-Identifier: ISC
# zsh completion of sockcat, also where it is nc or ncat; for other names that
# it has: compdef _sockcat nc ncat

# @OPTIONS@

# host:port, tls:host:port, or the path of a socket.
_sockcat_target() {
	compset -P tls:
	if [[ $PREFIX == */* ]]; then
		_files
	else
		_hosts -S :
	fi
}

# What --help=WORD can be about.
_sockcat_words() {
	local -a options option_words
	_sockcat_options_sockcat
	_wanted options expl 'option' compadd -- all $option_words
}

_sockcat_given() {
	local name
	for name; do
		(( ! ${+opt_args[$name]} )) || return 0
	done
	return 1
}

_sockcat_first() {
	if _sockcat_given -U --unixsock; then
		_files
	elif _sockcat_given -l --listen; then
		_alternative 'hosts:host:_hosts' 'ports:port:_ports'
	else
		_hosts
	fi
}

_sockcat_others() {
	_sockcat_given -U --unixsock || _ports
}

_sockcat() {
	local -a options option_words line
	local -A opt_args
	local context state state_descr expl
	case ${service:t} in
	nc | nc.* | netcat) _sockcat_options_nc ;;
	ncat | ncat.*) _sockcat_options_ncat ;;
	*) _sockcat_options_sockcat ;;
	esac
	_arguments -s -S -C $options '1:host or port:_sockcat_first' \
	    '*:port:_sockcat_others'
}

_sockcat "$@"
