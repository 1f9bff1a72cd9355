#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Interrupted, not ready, less than asked for: never a byte wrong.

load helpers

setup_file() {
	# Built with what the program was built with; the plain name is enough.
	${CC:-cc} -shared -fPIC -O1 -D_GNU_SOURCE \
	    -o "$BATS_FILE_TMPDIR/shim.so" "$PEERS/shim.c" -ldl
}

# shimmed SEED COMMAND...: with every I/O call likely to be disturbed.
shimmed() {
	local seed=$1
	shift
	env LD_PRELOAD="$BATS_FILE_TMPDIR/shim.so" SHIM_SEED="$seed" \
	    ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" \
	    "$@"
}

# disturbed_listener NAME SEED ARGUMENT...
disturbed_listener() {
	local name=$1 seed=$2
	shift 2
	rm -f port
	spawn "$name" env LD_PRELOAD="$BATS_FILE_TMPDIR/shim.so" \
	    SHIM_SEED="$seed" \
	    ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" \
	    "$SOCKCAT" -l --port-file port "$@" 127.0.0.1 0
	until_true test -s port
	PORT=$(cat port)
}

# transfer SEED OPTION...: both ways at once, with files and with pipes.
transfer() {
	local seed=$1
	shift
	INPUT=down disturbed_listener server "$seed" "$@"
	shimmed $((seed + 1000)) "$SOCKCAT" "$@" 127.0.0.1 "$PORT" <up >client.out
	finish server
	same up server.out
	same down client.out
	OUTPUT=/dev/null disturbed_listener null "$seed" "$@"
	shimmed $((seed + 2000)) "$SOCKCAT" "$@" 127.0.0.1 "$PORT" <up
	finish null
	mkfifo in out
	spawn cat_in sh -c 'cat down >in'
	spawn cat_out sh -c 'cat out >piped'
	INPUT=in OUTPUT=out disturbed_listener server "$seed" "$@"
	# shellcheck disable=SC2002 # a pipe is what is wanted
	cat up | shimmed $((seed + 3000)) "$SOCKCAT" "$@" 127.0.0.1 "$PORT" |
	    cat >client.out
	finish server
	finish cat_in
	finish cat_out
	same up piped
	same down client.out
	rm in out piped
}

@test "EINTR, EAGAIN and short results in every call: files and pipes, both ways" {
	local seed
	random_file up 3M
	random_file down 2M
	for seed in 1 2 3 4 5 6; do
		transfer "$seed"
	done
}

@test "the same without zero copy" {
	local seed
	export SOCKCAT_ZERO_COPY=no
	random_file up 3M
	random_file down 2M
	for seed in 11 12 13 14 15 16; do
		transfer "$seed"
	done
}

@test "the same with filters: -C and -t" {
	local seed
	seq 1 200000 >plain
	sed 's/$/\r/' plain >expected
	for seed in 21 22 23; do
		disturbed_listener server "$seed" -t
		shimmed $((seed + 1000)) "$SOCKCAT" -C 127.0.0.1 "$PORT" <plain
		finish server
		same expected server.out
	done
}

@test "the same over a UNIX-domain socket" {
	local seed
	random_file up 2M
	for seed in 31 32 33; do
		spawn server env LD_PRELOAD="$BATS_FILE_TMPDIR/shim.so" \
		    SHIM_SEED="$seed" \
		    ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" \
		    "$SOCKCAT" -l -U sock
		shimmed $((seed + 1000)) "$SOCKCAT" --retry 10 -U sock <up
		finish server
		same up server.out
	done
}

@test "the same over TLS, both ways" {
	local seed
	need_tls
	random_file up 2M
	random_file down 1M
	for seed in 41 42 43 44 45 46; do
		INPUT=down disturbed_listener server "$seed" -c
		shimmed $((seed + 1000)) "$SOCKCAT" -c --tls-insecure \
		    127.0.0.1 "$PORT" <up >client.out
		finish server
		same up server.out
		same down client.out
	done
}

@test "the same over TLS, the engine on the sockets themselves" {
	local seed
	need_tls
	export SOCKCAT_KTLS=yes
	random_file up 2M
	random_file down 1M
	for seed in 51 52 53 54; do
		INPUT=down disturbed_listener server "$seed" -c
		"$SOCKCAT" -c --tls-insecure 127.0.0.1 "$PORT" <up >client.out
		finish server
		same up server.out
		same down client.out
	done
}

# inject CALL ERROR [FIRST]: by strace, in both instances, into every third call
# from the FIRST on.
inject() {
	local call=$1 error=$2 first=${3:-1}
	local -a trace=(strace -f -o /dev/null -e "trace=$call"
	    -e "inject=$call:error=$error:when=$first+3")
	rm -f port
	spawn server "${trace[@]}" "$SOCKCAT" -l --port-file port 127.0.0.1 0
	until_true test -s port
	# shellcheck disable=SC2002
	cat up | "${trace[@]}" "$SOCKCAT" 127.0.0.1 "$(cat port)"
	finish server
	same up server.out
}

@test "strace injects EINTR and EAGAIN into each call of a transfer" {
	local call
	need_strace
	random_file up 1M
	for call in splice recvfrom sendto poll accept4; do
		inject "$call" EINTR
	done
	inject splice EAGAIN
	export SOCKCAT_ZERO_COPY=no
	for call in preadv2 recvfrom sendto; do
		inject "$call" EINTR
		inject "$call" EAGAIN
	done
	inject write EINTR
	# The first ones are the dynamic linker's, and many a sanitizer's.
	[ "${SOCKCAT_SANITIZERS:-no}" != no ] || inject read EINTR 8
}
