# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# What the files about headers of the PROXY protocol share.

SIGNATURE='\r\n\r\n\0\r\nQUIT\n'

# teller NAME ARGUMENT...: a listener that takes headers and tells each client
# what a command sees of its addresses.
teller() {
	local name=$1
	shift
	listener "$name" -v --accept-proxy --exec 'env' "$@"
}

# told FILE: "PROTO REMOTE PORT LOCAL PORT", as the environment of a command in
# FILE has them.
told() {
	local line name of
	local -A said=()
	while IFS= read -r line; do
		name=${line%%=*}
		[[ $name =~ ^[A-Z0-9]+$ ]] || continue
		said[$name]+=${said[$name]+$'\n'}${line#*=}
	done <"$1"
	of=${said[PROTO]}
	if [ "$of" = UNIX ]; then
		echo "UNIX ${said[UNIXREMOTEPATH]} ${said[UNIXLOCALPATH]}"
	else
		echo "$of ${said[${of}REMOTEIP]} ${said[${of}REMOTEPORT]} ${said[${of}LOCALIP]} ${said[${of}LOCALPORT]}"
	fi
}

# says TEXT [ARGUMENT...]: TEXT (a format of printf) to PORT; the answer goes to
# `reply'.
says() {
	local text=$1
	shift
	# shellcheck disable=SC2059 # it is one
	printf "$text" | "$SOCKCAT" "$@" 127.0.0.1 "$PORT" >reply 2>says.err
}

# paths SOURCE DESTINATION: the part of a header that has them, as a format.
paths() {
	python3 -S - "$1" "$2" <<-'END'
	import sys
	for path in sys.argv[1:]:
	    path = path.encode()
	    if path.startswith(b"@"):
	        path = b"\0" + path[1:]
	    print("".join(f"\\{byte:03o}" for byte in path.ljust(108, b"\0")),
	          end="")
	END
}
