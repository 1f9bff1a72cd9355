#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Twenty everyday tasks, and the words by which people who have never seen the
# program look for them in its manual: as /WORD of less(1) does, one hit after the
# other.  The words were written down before anybody looked whether they are there.

# bats and helpers.bash set status, output ...
# shellcheck disable=SC2154

load helpers

hits=5		# that somebody looks at, before he tries another word
lines=9		# of each, from its own on: the upper part of the screen

# What is wanted | words for it, parted by ; | what tells how it is done.
tasks() {
	cat <<'EOF'
talk to a server by hand|connect;talk;telnet|sockcat( \[options\])? [a-z.]+ ([0-9]+|port)$
wait for somebody to connect|listen;wait for;server|sockcat -l [0-9]+
send a file or a directory|send a file;transfer;copy a;directory|sockcat .* <file|tar -cf
is a port open?|port open;ports;scan;reachable|-z
give up after some seconds|timeout;time limit;give up|-w
wait until a server is up|retry;until;not yet|--retry
send a datagram|udp;datagram;packet|-u
talk to a socket file, as Docker has one|unix socket;socket file;unix-domain;docker|-U
serve more than one client|more than one;many clients;keep listening;clients|-l?k
run a program for each client|execute;run a;program;each client|--(sh-)?exec
pass a port on to another host|forward;redirect;relay;another host|--forward
encrypt it|encrypt;ssl;tls;https|-c
take a self-signed certificate|self-signed;certificate;insecure|--tls-(ca|pin|insecure)
go through a proxy|proxy;socks;firewall|-x
let in only some|allow;restrict;only who;keep out;permit|--allow
see what is said|hex;dump;log;watch|--(hex-)?dump|--output
see how far it is|progress;percent;how much|--progress
ask a web server|http;web;request|--reply
leave when it is done, and not hang|hang;eof;never ends;quit;exit when|-q|--reply|--exit-on-eof|</dev/null
send lines that end in CR LF|crlf;line ending;newline;carriage|-C
EOF
}

rendered() {
	mandoc -T ascii -O width=78 "$top_srcdir/man/sockcat.1" |
		sed 's/.\x08//g'
}

# found WORD ANSWER: one of the first hits shows it.  Which case the word has does
# not count (less -i, as man(1) calls it).
found() {
	awk -v word="$1" -v answer="(^|[^A-Za-z-])($2)([^a-z-]|\$)" \
	    -v hits="$hits" -v lines="$lines" '
		index(tolower($0), word) && seen < hits { seen++; left = lines }
		left > 0 && $0 ~ answer { found = 1 }
		{ left-- }
		END { exit !found }' page
}

@test "each of twenty tasks is found by each of its words" {
	local task words answer word missing=0 count=0
	need mandoc
	rendered >page
	while IFS='|' read -r task words answer; do
		count=$((count + 1))
		while read -r word; do
			found "$word" "$answer" || {
				echo "$task: not by '$word'"
				missing=$((missing + 1))
			}
		done < <(tr ';' '\n' <<<"$words")
	done < <(tasks)
	[ "$count" -eq 20 ]
	[ "$missing" -eq 0 ]
}

@test "a word that is not there, and one whose answer is not near, is not found" {
	need mandoc
	rendered >page
	run ! found 'no such word' '-l'
	run ! found 'telnet' '--no-such-option'
}

@test "what is read first stands first: ten examples, then the options" {
	local section examples options
	need mandoc
	run grep '^\.Sh ' "$top_srcdir/man/sockcat.1"
	[ "${#lines[@]}" -gt 20 ]
	[ "${lines[*]:2:4}" = '.Sh DESCRIPTION .Sh TEN EXAMPLES .Sh WHICH OPTION? .Sh OPTIONS' ]
	examples=$(sed -n '/^\.Sh TEN/,/^\.Sh WHICH/p' \
	    "$top_srcdir/man/sockcat.1" | grep -c '^\.Ss ')
	[ "$examples" -eq 10 ]
}

@test "each option that WHICH OPTION? names has its entry" {
	local option
	sed -n '/^\.Sh WHICH/,/^\.Sh OPTIONS/s/^\.\(It\|Pq\)\? *Fl //p' \
	    "$top_srcdir/man/sockcat.1" |
		grep -oE '[A-Za-z0-9-]+' | grep -v '^Fl$' | sort -u >named
	[ "$(wc -l <named)" -ge 30 ]
	sed -n '/^\.Sh OPTIONS/,/^\.Sh THE/p' "$top_srcdir/man/sockcat.1" \
	    >options
	while read -r option; do
		grep -qE "^\.It .*Fl $option( |\$)" options ||
			fail "no entry for $option"
	done <named
}
