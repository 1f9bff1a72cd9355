#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# --help, --help=all, --help=WORD.

# bats and helpers.bash set output, stderr ...
# shellcheck disable=SC2154

load helpers

# options: those in the text, one a line, as "-x, --word" has them.
options() {
	sed -nE 's/^ {2,6}((-., )?--[a-z0-9-]+).*/\1/p'
}

# about WORD: what --help=WORD prints is in the file `help', its options in `found'.
about() {
	local help line
	# Not by `run', which takes several times as long as the program.
	"$SOCKCAT" "--help=$1" >help 2>help.err
	[ ! -s help.err ]
	mapfile -t help <help
	for line in "${help[@]}"; do
		[[ ! $line =~ ^\ {2,6}((-.,\ )?--[a-z0-9-]+) ]] ||
			echo "${BASH_REMATCH[1]}"
	done >found
}

has() {
	local option options
	options=$(<found)
	for option in "$@"; do
		[[ $options =~ (^|, |$'\n')--"$option"($'\n'|$) ]] ||
			fail "no --$option: $options"
	done
}

@test "--help leaves a line of 24 free, in 80 columns" {
	"$SOCKCAT" --help >help
	[ "$(wc -l <help)" -le 23 ]
	run ! grep -E '.{80}' help
	[ "$(options <help | wc -l)" -ge 15 ]
	# No word of an option is on a line that is not its own.
	[ "$(options <help | wc -l)" -eq "$(grep -c '^ .*  [^ ]' <<<"$(
	    sed '/^usage/,/^$/d' help)")" ]
}

@test "--help ends by naming what says more" {
	run -0 "$SOCKCAT" --help
	[[ ${lines[-1]} == *--help=all*--help=WORD*"man sockcat" ]]
}

@test "--help=all has each option once, below the name of its theme" {
	about all
	[ "$(wc -l <found)" -ge 100 ]
	[ -z "$(sort found | uniq -d)" ]
	run ! grep -E '.{80}' help
	for theme in Role Addresses Listening Proxies 'Time limits' Data TLS \
	    'Socket options' Watching; do
		grep -qx "$theme:" help || fail "no $theme"
	done
	[ -z "$("$SOCKCAT" --help | options | grep -vxFf found)" ]
}

@test "--help=WORD: the name of a theme, in either case" {
	about 'time limits'
	has wait timeout retry
	[ "$(head -n 1 help)" = "Time limits:" ]
	about PROXIES
	has proxy proxy-type proxy-dns
	about tls
	has tls tls-cert starttls pcap
	grep -qx TLS: help
	grep -qx Watching: help
	run ! grep -qx Data: help
}

@test "--help=WORD: the word of an option, its letter, with dashes and without" {
	local word
	for word in w -w --wait; do
		about "$word"
		[ "$(cat found)" = "-w, --wait" ] || fail "$word: $(<found)"
	done
	about -U
	[ "$(cat found)" = "-U, --unixsock" ]
	about u
	[ "$(cat found)" = "-u, --udp" ]
	about --ssl-cert
	[ "$(cat found)" = --tls-cert ]
	grep -q 'also: --ssl-cert$' help
}

@test "--help=WORD: those that need the one that has the word" {
	about udp
	has udp multicast lines broadcast
	about report
	has report report-file
}

@test "--help=WORD: a word of the text, of the values, of the argument" {
	about datagrams
	has udp recv-limit
	about imap
	has starttls
	about json
	has report
	about octal
	has mode
}

@test "--help=WORD: of one option, what it excludes, needs, and may be" {
	about broker
	grep -q 'only with: --listen$' help
	tr -s ' \n' ' ' <help | grep -q 'not with: --reply --exec'
	tr -s ' \n' ' ' <help | grep -q -- ' --proxy-server'
	about --proxy-type
	tr -s ' \n' ' ' <help |
		grep -q ': 4, 4A, 5, connect, socks4, socks4a, socks5 or http'
	about -T
	tr -s ' \n' ' ' <help | grep -q ' af43, critical, '
}

@test "--help=WORD says what T, SIZE and RATE are, if they are there" {
	about -w
	[ "$(tail -n 1 help)" = "T is a time: 500ms, 5s (or 5), 2m, 1h." ]
	about limit-rate
	grep -q '^RATE .*bytes' help
	about -k
	run ! grep -q 'is a time' help
}

@test "--help=WORD for each option finds it" {
	local word count=0
	while read -r word; do
		about "$word"
		has "$word"
		about "--$word"
		[ "$(wc -l <found)" -eq 1 ]
		has "$word"
		count=$((count + 1))
	done < <("$SOCKCAT" --help=all | options | sed 's/.*--//')
	[ "$count" -ge 100 ]
}

@test "--help=WORD that no option has to do with: one line, status 2" {
	run -2 --separate-stderr "$SOCKCAT" --help=xyzzy
	[ -z "$output" ]
	[ "$stderr" = "sockcat: --help: no option has to do with 'xyzzy' \
(--help=all lists all)" ]
	run -2 "$SOCKCAT" --help=keepalve
	assert_output "sockcat: --help: no option has to do with 'keepalve': is\
 --keepalive meant?"
	run -2 "$SOCKCAT" --help=
	assert_output --partial "do with ''"
	run -2 "$SOCKCAT" --help=--tls-x
	run -2 "$SOCKCAT" --help=-Y
	run -2 "$SOCKCAT" --help=--
	run -2 "$SOCKCAT" --help="$(printf 'a%.0s' {1..3000})"
	assert_output --partial "no option"
}
