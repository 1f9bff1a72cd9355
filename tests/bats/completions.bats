#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# What bash, zsh and fish offer for sockcat, and for its names as nc and ncat.

# A test is a subshell; bats and helpers.bash set output ...
# shellcheck disable=SC2030,SC2031,SC2154

load helpers
load completions
load screen

# names [PREFIX]: of the options that --help=all has, one a line.
names() {
	"$SOCKCAT" --help=all | sed -nE 's/^ {2,6}((-., )?--[a-z0-9-]+).*/\1/p' |
		tr -s ', ' '\n\n' | grep -e "^${1-}" | sort -u
}

every_option() {
	local shell=$1
	need_shell "$shell"
	mapfile -t wanted < <(names --)
	[ "${#wanted[@]}" -ge 100 ]
	offers "$shell" "sockcat --" "${wanted[@]}" --ssl-cert
	# A shell may give up on letters where there are words.
	[ "$shell" = fish ] || {
		mapfile -t wanted < <(names '-[^-]')
		offers "$shell" "sockcat -" "${wanted[@]}"
	}
}

@test "completions are made of the options as they are" {
	local shell file
	[ -x "$top_builddir/completions/generate" ] || skip "it was not built"
	for file in bash/sockcat zsh/_sockcat fish/sockcat.fish; do
		shell=${file%%/*}
		"$top_builddir/completions/generate" "$shell" \
		    <"$top_srcdir/completions/engine.$shell" >made
		cmp made "$(completion "$file")"
	done
}

@test "completions are good to their shells" {
	run -0 bash -n "$(completion bash/sockcat)"
	need zsh
	run -0 zsh -n "$(completion zsh/_sockcat)"
	need fish
	run -0 fish --no-execute "$(completion fish/sockcat.fish)"
}

@test "bash: every option is offered" {
	every_option bash
}

@test "zsh: every option is offered" {
	every_option zsh
}

@test "fish: every option is offered" {
	every_option fish
}

# The letters of nc's usage, [-46b...] and [-I length], and Ncat's words.
as_nc() {
	local shell=$1 letters
	need_shell "$shell"
	letters=$("$PWD/bin/nc.sockcat" -h 2>&1 | grep -oE '\[-[[:alnum:]]+' |
		tr -d '\n[VZ-')		# -V, -Z: only refused
	[ "${#letters}" -ge 30 ]
	mapfile -t wanted < <(sed 's/./-&\n/g' <<<"$letters" | grep .)
	offers "$shell" "nc.sockcat -" "${wanted[@]}"
	offers_no "$shell" "nc.sockcat -" --listen
	offers_no "$shell" "nc.sockcat -lp 1 -" -z -l
	offers "$shell" "nc.sockcat -X " connect 5
	offers "$shell" "ncat.sockcat --sh" --sh-exec
	offers_no "$shell" "ncat.sockcat --" --sh-exec=
	offers_no "$shell" "ncat.sockcat --" --tls-pin
}

@test "bash: nc's letters, and Ncat's words" {
	as_nc bash
}

@test "zsh: nc's letters, and Ncat's words" {
	as_nc zsh
}

@test "fish: nc's letters, and Ncat's words" {
	as_nc fish
}

values() {
	local shell=$1
	need_shell "$shell"
	offers_only "$shell" "sockcat --report=" text json
	offers_only "$shell" "sockcat --report=j" json
	# It would not be its value.
	offers_no "$shell" "sockcat --report j" json
	offers_only "$shell" "sockcat --proxy-dns " local remote
	offers_only "$shell" "sockcat --proxy-dns=l" local
	offers_only "$shell" "sockcat --starttls " smtp imap pop3 ftp xmpp ldap \
	    postgres
	offers_only "$shell" "sockcat -c --tls-min 1.2 --tls-max=1." \
	    1.0 1.1 1.2 1.3
	offers_only "$shell" "sockcat -X " 4 4A 5 connect socks4 socks4a socks5 \
	    http
	mapfile -t classes < <("$SOCKCAT" --help=-T | tr -s ', \n' '\n' |
		grep -xE 'le|ef|va|cs.|af..|.*lity|low.*|.*put|.*control|critical')
	[ "${#classes[@]}" -gt 0 ]
	offers_only "$shell" "sockcat -uT " "${classes[@]}"
}

@test "bash: the values that an option has" {
	values bash
}

@test "zsh: the values that an option has" {
	values zsh
}

@test "fish: the values that an option has" {
	values fish
}

lists() {
	local shell=$1
	need_shell "$shell"
	offers_only "$shell" "sockcat --proxy-server " http socks4 socks4a socks5 \
	    any
	offers_only "$shell" "sockcat --proxy-server=http,socks4," \
	    http,socks4,socks4a http,socks4,socks5 http,socks4,any
	offers_only "$shell" "sockcat --proxy-server http,so" \
	    http,socks4 http,socks4a http,socks5
}

@test "bash: values with commas in between, each once" {
	lists bash
}

@test "zsh: values with commas in between, each once" {
	lists zsh
}

@test "fish: values with commas in between, each once" {
	lists fish
}

excluded() {
	local shell=$1
	need_shell "$shell"
	offers "$shell" "sockcat --s" --scan --sctp --starttls
	offers_no "$shell" "sockcat -l --s" --scan --starttls
	offers_no "$shell" "sockcat --listen --s" --scan --starttls
	offers "$shell" "sockcat -l --s" --sctp
	offers_no "$shell" "sockcat -vlk --s" --scan
	offers_no "$shell" "sockcat --exec cat --" --sh-exec --forward --broker
	offers_no "$shell" "sockcat --exec=cat --" --sh-exec --forward --broker
	# Once is enough; of some, it is not.
	offers_no "$shell" "sockcat --timeout 5 --t" --timeout
	offers "$shell" "sockcat -v --v" --verbose --version
	offers "$shell" "sockcat --allow a --al" --allow
	offers_no "$shell" "sockcat --ssl --" --tls --ssl --scan
	# A value is no option: -4 is a port here, and -z a command.
	offers "$shell" "sockcat -p4 --ipv" --ipv4 --ipv6
	offers "$shell" "sockcat --exec=-z --li" --listen
	offers_no "$shell" "sockcat -4 --ipv" --ipv4 --ipv6
	# Nor is what is behind --.
	offers_no "$shell" "sockcat -- --" --listen
}

@test "bash: what excludes what was given is not offered" {
	excluded bash
}

@test "zsh: what excludes what was given is not offered" {
	excluded zsh
}

@test "fish: what excludes what was given is not offered" {
	excluded fish
}

things() {
	local shell=$1
	need_shell "$shell"
	mkdir -p place/directory
	: >place/certificate.pem
	offers "$shell" "sockcat --tls-cert place/" certificate.pem directory
	offers "$shell" "sockcat --tls-cert=place/c" certificate.pem
	offers "$shell" "sockcat -K place/c" certificate.pem
	offers "$shell" "sockcat --output place/c" certificate.pem
	offers_only "$shell" "sockcat --chroot place/" directory
	offers "$shell" "sockcat --interface " lo
	offers "$shell" "sockcat --user ro" root
	offers "$shell" "sockcat --exec en" env
	offers "$shell" "sockcat --forward place/c" certificate.pem
	offers "$shell" "sockcat -U place/c" certificate.pem
	offers "$shell" "sockcat -lU place/c" certificate.pem
	offers_no "$shell" "sockcat place/c" certificate.pem
	offers "$shell" "sockcat --help=tls-pi" tls-pin
	offers "$shell" "sockcat --help=al" all allow
	offers "$shell" "sockcat known" known.example.com
	offers "$shell" "sockcat -x known" known.example.com
	offers "$shell" "sockcat -l --forward tls:known" \
	    "$([ "$shell" = bash ] || echo tls:)known.example.com"
	offers "$shell" "sockcat --tls-name=known" known.example.com
	offers "$shell" "sockcat -w 5 known" known.example.com
	if grep -q '^https[[:space:]]' /etc/services; then
		offers "$shell" "sockcat -w 5 localhost htt" https
		offers "$shell" "sockcat -l htt" https
		offers "$shell" "sockcat -p htt" https
		offers_no "$shell" "sockcat htt" https
	fi
	# A number is anything.
	offers_only "$shell" "sockcat --timeout "
	offers_only "$shell" "sockcat --ttl="
}

@test "bash: files, directories, hosts, users, interfaces, commands, services" {
	things bash
}

@test "zsh: files, directories, hosts, users, interfaces, commands, services" {
	things zsh
}

@test "fish: files, directories, hosts, users, interfaces, commands, services" {
	things fish
}

@test "bash: a value that sticks to its letter" {
	need_shell bash
	offers_only bash "sockcat -Xsocks4" -Xsocks4 -Xsocks4a
	offers_only bash "sockcat -vXsocks5" -vXsocks5
}

@test "bash: without bash-completion, and with = and : in words" {
	need_shell bash
	bash_completion() {
		:
	}
	offers_only bash "sockcat --report=" text json
	offers bash "sockcat --tls-cert /et" etc
	offers bash "sockcat --rep" --report --report= --report-file
	echo '127.0.0.1 world.example.com' >hosts
	BREAKS='' whole "sockcat --report=j" --report=json
	BREAKS='' whole "sockcat --user=roo" --user=root
	# readline replaces what is behind the last one of these.
	export HOSTFILE=$PWD/hosts
	BREAKS=":" whole "sockcat --forward tls:wo" world.example.com
	BREAKS="=:" whole "sockcat --forward=tls:wo" world.example.com
	BREAKS='' whole "sockcat --forward tls:wo" tls:world.example.com
}

# whole LINE WORD: with those BREAKS, that alone is offered.
whole() {
	[ "$(BREAKS=$BREAKS "$PEERS/bash-complete" \
	    "$(completion bash/sockcat)" <<<"$1")" = "$2"$'\n<end>' ]
}

@test "bash: on a terminal" {
	need_shell bash
	echo ". $(bash_completion); . $(completion bash/sockcat)" >sourced
	screen_open 80
	screen_type ". ./sourced"
	screen_await '^\$ *$'
	screen_key C-l
	screen_keys "sockcat -l --report=j"
	screen_await '^\$ sockcat -l --report=json *$'
	screen_key C-u
	screen_keys "sockcat -c --tls-na"
	screen_await '^\$ sockcat -c --tls-name *$'
	screen_key C-u
	screen_keys "sockcat -lk --forward=tls:known"
	screen_await '^\$ sockcat -lk --forward=tls:known.example.com *$'
	screen_key C-u
	screen_keys "sockcat --proxy-server=http,socks5,a"
	screen_await '^\$ sockcat --proxy-server=http,socks5,any *$'
}

# screen_keys TEXT: and a tab.
screen_keys() {
	screen_tmux send-keys -l -- "$1"
	screen_key Tab
}

@test "a link to the file of bash, and of fish, completes for that name" {
	need_shell bash
	ln -s "$(completion bash/sockcat)" ncat
	[ "$("$PEERS/bash-complete" ./ncat <<<"ncat --sh-")" = \
	    $'--sh-exec\n<end>' ]
	need_shell fish
	ln -s "$SOCKCAT" bin/netcat
	ln -s "$(completion fish/sockcat.fish)" fish/netcat.fish
	offers fish "netcat -" -W
	offers_no fish "netcat -" --listen
}
