# SPDX-License-Identifier: ISC
# shellcheck shell=bash
# An ssh server of the test's own, and who takes a socket that is passed as ssh
# does.

# Run a command with a socket as its standard output, take the socket that it
# passes, say something on that, and print the answer; with FACTS in the
# environment, first what came.
receiver='import os, socket, subprocess, sys
ours, theirs = socket.socketpair()
p = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=theirs)
theirs.close()
data, fds, _, _ = socket.recv_fds(ours, 10, 10)
status = p.wait()
if status or len(fds) != 1:
    sys.exit(f"status {status}, {len(fds)} descriptors")
s = socket.socket(fileno=fds[0])
if "FACTS" in os.environ:
    print("blocking" if s.getblocking() else "nonblocking", ours.recv(9),
          len(data))
s.sendall(b"question")
s.shutdown(socket.SHUT_WR)
print(s.makefile().read())'

# sshd_prepare: keys and configuration.  Sets SSHD, the words that serve a
# connection, which is their standard input and output.
sshd_prepare() {
	local sshd
	local -a wrap=()
	sshd=$(PATH=$PATH:/usr/sbin:/sbin command -v sshd) ||
		skip "sshd is not installed"
	need ssh
	need ssh-keygen
	if [ "$EUID" -eq 0 ]; then
		# It wants a directory of its own, which may be missing.
		unshare -m true 2>/dev/null || skip "no mount namespaces here"
		wrap=(unshare -m sh -ec 'mount -t tmpfs none /run
			mkdir -m 755 /run/sshd
			exec "$@"' sh)
	fi
	ssh-keygen -q -t ed25519 -N '' -f host_key
	ssh-keygen -q -t ed25519 -N '' -f user_key
	chmod 755 .
	cat >sshd_config <<-EOF
		HostKey $PWD/host_key
		AuthorizedKeysFile $PWD/user_key.pub
		StrictModes no
		UsePAM no
		PermitRootLogin yes
		PasswordAuthentication no
	EOF
	SSHD=("${wrap[@]}" "$sshd" -i -e -f "$PWD/sshd_config")
}

# ssh_at PORT: that server is there.  Sets SSH_PORT and SSH, the words of a client
# that gets in.
ssh_at() {
	SSH_PORT=$1
	printf '%s %s\n' "[127.0.0.1]:$1" \
	    "$(cut -d ' ' -f 1,2 host_key.pub)" >known_hosts
	SSH=(ssh -F /dev/null -i "$PWD/user_key" -p "$1"
	    -o UserKnownHostsFile="$PWD/known_hosts" -o BatchMode=yes
	    -o IdentitiesOnly=yes -o ControlPath=none)
}

# One connection to a port that the kernel chooses.
sshd_once='import os, socket, subprocess, sys
l = socket.create_server(("127.0.0.1", 0))
print(l.getsockname()[1], flush=True)
c, _ = l.accept()
l.close()
sys.exit(subprocess.call(sys.argv[1:], stdin=c, stdout=c))'

# ssh_server: an sshd for one connection, by port.
ssh_server() {
	sshd_prepare
	spawn sshd python3 -S -c "$sshd_once" "${SSHD[@]}"
	until_true has_line sshd.out .
	ssh_at "$(<sshd.out)"
}

# ssh_server_for_all: for each who comes.  PORT stays.
ssh_server_for_all() {
	local port=$PORT
	sshd_prepare
	printf '%q ' exec "${SSHD[@]}" >start
	listener sshd -k --exec "bash $PWD/start" 127.0.0.1 0
	ssh_at "$PORT"
	PORT=$port
}
