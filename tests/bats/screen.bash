# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# A terminal with a shell in it, by tmux(1): what is typed, and what can be seen.

# screen_open COLUMNS: one of 20 lines, and its shell has said "$ ".
screen_open() {
	need tmux
	# In the foreground, so that it ends with the test.
	spawn tmux env -u TMUX TERM=screen tmux -S tmux.socket -f /dev/null -D
	until_true test -S tmux.socket
	screen_tmux new-session -d -x "$1" -y 20 -e "SOCKCAT=$SOCKCAT" \
	    "exec env PS1='\$ ' bash --norc --noprofile -i"
	screen_await '^\$ *$'
}

screen_tmux() {
	(close_others && unset TMUX && exec tmux -S tmux.socket "$@")
}

# screen_key KEY...: as tmux names them (C-c, Enter).
screen_key() {
	screen_tmux send-keys "$@"
}

# screen_type TEXT: and Enter.
screen_type() {
	screen_tmux send-keys -l -- "$1"
	screen_tmux send-keys Enter
}

# screen_run COMMAND...: by a shell that becomes it, its number in the file pid;
# above it there is nothing to be seen.
screen_run() {
	printf 'clear; echo $$ >pid; exec %s\n' "$*" >go
	rm -f pid
	screen_type "sh go"
	until_true test -s pid
}

# screen_shows REGEX: an extended one, in one line; for until_true.
screen_shows() {
	screen_tmux capture-pane -p >screen.txt && screen_has "$1"
}

# screen_has REGEX: the same, of what was seen last.
screen_has() {
	local line
	local -a shown
	mapfile -t shown <screen.txt
	for line in "${shown[@]}"; do
		[[ ! $line =~ $1 ]] || return 0
	done
	return 1
}

# screen_lacks REGEX: for until_true.
screen_lacks() {
	screen_tmux capture-pane -p >screen.txt && ! screen_has "$1"
}

# screen_await REGEX: wait until it is seen.
screen_await() {
	until_true screen_shows "$1"
}

# screen_resize COLUMNS
screen_resize() {
	screen_tmux resize-window -x "$1"
}
