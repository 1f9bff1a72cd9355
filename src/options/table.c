/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "options/options.h"
#include "options/table.h"

/* Behind the help there may be what is named below: .value, .also. */
#define AT(member)	offsetof(struct options, member)
#define SPEC(kind_, repeat_, letter_, word_, arg_, member, min_, max_, ...) \
	{ .kind = (kind_), .repeat = (repeat_), .letter = (letter_), \
	    .word = (word_), .arg = (arg_), .offset = AT(member), \
	    .size = sizeof(((struct options *)0)->member), \
	    .min = (min_), .max = (max_), .help = __VA_ARGS__ }
#define HEADING(text)	{ .kind = KIND_HEADING, .help = (text) }
#define FLAG(letter, word, member, ...) \
	SPEC(KIND_FLAG, REPEAT_LAST, letter, word, NULL, member, 0, 0, \
	    __VA_ARGS__)
#define CLEAR(letter, word, member, ...) \
	SPEC(KIND_CLEAR, REPEAT_LAST, letter, word, NULL, member, 0, 0, \
	    __VA_ARGS__)
#define SET(letter, word, member, value_, ...) \
	SPEC(KIND_SET, REPEAT_LAST, letter, word, NULL, member, 0, 0, \
	    __VA_ARGS__, .value = (value_))
#define ARG(kind, letter, word, arg, member, min, max, ...) \
	SPEC(kind, REPEAT_LAST, letter, word, arg, member, min, max, \
	    __VA_ARGS__)
/* One that keeps somebody out. */
#define GUARD(kind, letter, word, arg, member, min, max, ...) \
	SPEC(kind, REPEAT_TOLD, letter, word, arg, member, min, max, \
	    __VA_ARGS__)
#define LIST(letter, word, arg, member, ...) \
	SPEC(KIND_TEXT, REPEAT_LIST, letter, word, arg, member, 0, 0, \
	    __VA_ARGS__)
/* It holds for the sockets of --forward, too. */
#define OF_TARGET(member)	.also = { AT(forward.member) }

const struct spec specs[SPEC_MAX] = {
	HEADING("Role"),
	FLAG('l', "listen", listening, "listen, instead of connecting"),
	FLAG('k', "keep-open", server.keep_open,
	    "go on after the first client or peer"),
	FLAG('z', "scan", scan.on, "report which ports are open, send nothing"),
	FLAG('F', "pass-fd", pass_fd,
	    "pass the connected socket to standard output"),
	HEADING("Commands, forwarding, many clients"),
	ARG(KIND_TEXT, 0, "exec", "CMD", command.exec, 0, 0,
	    "run CMD (no shell) on the connection"),
	ARG(KIND_TEXT, 0, "sh-exec", "CMD", command.sh_exec, 0, 0,
	    "run CMD by /bin/sh on the connection"),
	FLAG(0, "pty", command.pty, "give the command a terminal"),
	ARG(KIND_OPTIONAL_TEXT, 0, "raw", "KEY", raw.text, 0, 0,
	    "our terminal in raw mode; KEY (^]) leaves"),
	ARG(KIND_TEXT, 0, "forward", "TARGET", forward.text, 0, 0,
	    "connect each client to host:port, /path or @name"),
	ARG(KIND_OPTIONAL_INT, 0, "send-proxy", "VERSION", header.send, 1, 2,
	    "say whose the connection is: PROXY header 1 (or 2)", .value = 1),
	FLAG(0, "accept-proxy", header.accept,
	    "clients say so, and nobody else comes in"),
	FLAG(0, "broker", broker.on, "pass what a client sends to all others"),
	FLAG(0, "chat", broker.chat,
	    "the same, each line marked by who said it"),
	FLAG(0, "merge", merge.on,
	    "whole lines of all clients to standard output"),
	FLAG(0, "mark", merge.mark,
	    "... each line behind its client's address"),
	ARG(KIND_TEXT, 0, "proxy-server", "TYPES", proxy_server.types, 0, 0,
	    "be a proxy: http, socks4, socks4a, socks5, any"),
	LIST(0, "allow-dest", "LIST", proxy_server.dest.allow,
	    "where a proxy connects to, and nowhere else"),
	LIST(0, "deny-dest", "LIST", proxy_server.dest.deny,
	    "where it does not connect to"),
	ARG(KIND_INT, 0, "max-conns", "N", server.max_conns, 1, INT32_MAX,
	    "at most N clients at a time; the rest wait"),
	LIST(0, "allow", "LIST", access.allow,
	    "let in addresses, blocks, ranges, hosts of LIST only"),
	LIST(0, "deny", "LIST", access.deny,
	    "turn those of LIST away"),
	LIST(0, "allowfile", "FILE", access.allow_file,
	    "a list of those to let in (read again on HUP)"),
	LIST(0, "denyfile", "FILE", access.deny_file,
	    "a list of those to turn away"),
	ARG(KIND_TIME, 0, "drain", "T", server.drain, 0, 0,
	    "at INT, TERM: let clients finish for up to T"),
	GUARD(KIND_TEXT, 0, "user", "USER", privileges.user, 0, 0,
	    "become USER (or USER:GROUP) once connected or listening"),
	GUARD(KIND_TEXT, 0, "chroot", "DIR", privileges.chroot_dir, 0, 0,
	    "change the root directory then"),
	HEADING("Addresses"),
	SET('4', "ipv4", socket.family, AF_INET, "IPv4 only"),
	SET('6', "ipv6", socket.family, AF_INET6, "IPv6 only"),
	SET('u', "udp", socket.type, SOCK_DGRAM, "datagrams",
	    OF_TARGET(socket.type)),
	SET('U', "unixsock", socket.family, AF_UNIX, "UNIX-domain sockets"),
	SET(0, "sctp", socket.protocol, IPPROTO_SCTP, "SCTP instead of TCP"),
	SET(0, "mptcp", socket.protocol, IPPROTO_MPTCP, "Multipath TCP"),
	SET(0, "vsock", socket.family, AF_VSOCK,
	    "sockets between a host and its guests"),
	FLAG('n', "nodns", socket.numeric, "numeric addresses only",
	    .also = { AT(forward.socket.numeric), AT(access.numeric),
	    AT(proxy_server.dest.numeric) }),
	GUARD(KIND_TEXT, 's', "source", "ADDR", dial.source, 0, 0,
	    "local address (listener: the one to bind)"),
	ARG(KIND_PORT, 'p', "source-port", "PORT", dial.source_port, 0, 65535,
	    "local port (listener: the one to bind)"),
	GUARD(KIND_TEXT, 0, "interface", "IF", socket.interface, 0, 0,
	    "bind to a network interface"),
	FLAG('r', "randomports", scan.random, "scan in random order"),
	HEADING("Listening"),
	ARG(KIND_INT, 'B', "backlog", "N", listen.backlog, 1, INT32_MAX,
	    "length of the listen queue (default: the kernel's limit)"),
	ARG(KIND_INT, 0, "max-accepts", "N", server.max_accepts, 1, INT64_MAX,
	    "leave after N clients (with -k)"),
	ARG(KIND_TIME, 0, "accept-timeout", "T", server.accept_timeout, 0, 0,
	    "give up waiting for a client after T"),
	FLAG(0, "reuseport", socket.reuseport, "SO_REUSEPORT"),
	FLAG(0, "socket-activation", listen.activation,
	    "take the sockets from the service manager"),
	GUARD(KIND_MODE, 0, "mode", "OCTAL", listen.mode, 0, 0,
	    "permissions of a UNIX-domain socket"),
	ARG(KIND_INT, 0, "ready-fd", "N", notify.ready_fd, 3, INT32_MAX,
	    "write address and port to descriptor N once listening"),
	ARG(KIND_TEXT, 0, "port-file", "FILE", notify.port_file, 0, 0,
	    "write the port to FILE once listening"),
	LIST(0, "multicast", "GROUP", socket.multicast,
	    "join a multicast group (with -l -u)"),
	HEADING("Proxies"),
	LIST('x', "proxy", "PROXY", proxy.text,
	    "go through a proxy: host[:port], /path, tls:... (also several)"),
	LIST('X', "proxy-type", "TYPE", proxy.type,
	    "4, 4A, 5 (the default) or connect; socks4 ... http"),
	LIST('P', "proxy-auth", "USER", proxy.auth,
	    "user for the proxy; USER:PASSWORD can be seen by others"),
	ARG(KIND_TEXT, 0, "proxy-auth-file", "FILE", proxy.auth_file, 0, 0,
	    "its password, or USER:PASSWORD"),
	ARG(KIND_TEXT, 0, "proxy-dns", "WHO", proxy.dns, 0, 0,
	    "who looks names up: local or remote"),
	HEADING("Time limits"),
	ARG(KIND_TIME, 'w', "wait", "T", wait, 0, 0,
	    "limit for connecting, then for idleness; 0: send and leave"),
	ARG(KIND_TIME, 0, "connect-timeout", "T", dial.timeout, 0, 0,
	    "limit for connecting", OF_TARGET(dial.timeout)),
	ARG(KIND_TIME, 0, "idle-timeout", "T", pump.idle_timeout, 0, 0,
	    "limit for idleness"),
	ARG(KIND_TIME, 0, "timeout", "T", timeout, 0, 0,
	    "limit for the whole run"),
	ARG(KIND_TIME, 0, "retry", "T", dial.retry, 0, 0,
	    "go on trying to connect for T; with -z: until open"),
	HEADING("Data"),
	FLAG('N', "shutdown", pump.half_close,
	    "half-close when standard input ends (the default)"),
	CLEAR(0, "no-shutdown", pump.half_close,
	    "do not half-close when standard input ends"),
	ARG(KIND_TIME_NEVER, 'q', "quit-after", "T", pump.quit_after, 0, 0,
	    "leave T after standard input ends (negative: never)"),
	ARG(KIND_OPTIONAL_TIME, 0, "reply", "T", reply_silence,
	    0, 0, "no half-close; leave after the answer and T (1s) of silence",
	    .value = CLOCK_SECOND),
	FLAG(0, "exit-on-eof", pump.exit_on_eof,
	    "leave when the peer ends its direction"),
	CLEAR(0, "no-wait", pump.wait_acknowledged,
	    "do not wait for the peer's acknowledgement"),
	CLEAR('d', "no-stdin", pump.send, "never read standard input"),
	CLEAR(0, "send-only", pump.receive, "only send",
	    .also = { AT(tls.receive) }),
	CLEAR(0, "recv-only", pump.send, "only receive"),
	ARG(KIND_TIME, 'i', "delay", "T", pump.line_delay, 0, 0,
	    "pause between lines sent, ports scanned"),
	FLAG('C', "crlf", pump.crlf, "send LF as CR LF"),
	FLAG('t', "telnet", pump.telnet, "answer telnet negotiation"),
	ARG(KIND_INT, 'W', "recv-limit", "N", pump.read_limit, 1, INT64_MAX,
	    "leave after N reads (datagrams) from the network"),
	FLAG(0, "lines", datagram.lines, "one line is one datagram (with -u)"),
	ARG(KIND_RATE, 0, "limit-rate", "RATE", pump.rate, 1, INT64_MAX / 2,
	    "at most RATE bytes a second, each way"),
	HEADING("TLS"),
	FLAG('c', "tls", tls.on, "TLS; a client verifies the peer"),
	GUARD(KIND_TEXT, 'e', "tls-name", "NAME", tls.name, 0, 0,
	    "name expected in the certificate (default: the host)"),
	ARG(KIND_TEXT, 0, "tls-servername", "NAME", tls.server_name, 0, 0,
	    "name asked for (SNI), if it is another one"),
	FLAG(0, "tls-insecure", tls.insecure, "do not verify the peer"),
	LIST('H', "tls-pin", "PIN", tls.pin,
	    "the only good certificate, sha256:..."),
	LIST('R', "tls-ca", "FILE", tls.ca,
	    "roots to trust instead of the system's"),
	ARG(KIND_TEXT, 0, "tls-cert", "FILE", tls.cert, 0, 0,
	    "own certificate (and its chain), PEM"),
	ARG(KIND_TEXT, 'K', "tls-key", "FILE", tls.key, 0, 0,
	    "its key (default: in the same file)"),
	ARG(KIND_TEXT, 0, "tls-key-pass-file", "FILE", tls.key_pass_file, 0, 0,
	    "the passphrase of the key"),
	ARG(KIND_TEXT, 0, "pin-file", "FILE", tls.pin_file, 0, 0,
	    "write the pin of the own certificate to FILE"),
	GUARD(KIND_TEXT, 0, "tls-client-ca", "FILE", tls.client_ca, 0, 0,
	    "clients need a certificate signed by one of these"),
	ARG(KIND_TEXT, 0, "tls-alpn", "LIST", tls.alpn, 0, 0,
	    "application protocols: h2,http/1.1"),
	GUARD(KIND_TEXT, 0, "tls-ciphers", "LIST", tls.ciphers, 0, 0,
	    "cipher suites, as in openssl-ciphers(1)"),
	GUARD(KIND_TEXT, 0, "tls-min", "VERSION", tls.min, 0, 0,
	    "least version: 1.2 (the default), 1.3"),
	ARG(KIND_TEXT, 0, "tls-max", "VERSION", tls.max, 0, 0,
	    "greatest version"),
	FLAG(0, "tls-ocsp", tls.ocsp, "need a good stapled OCSP answer"),
	ARG(KIND_TEXT, 0, "tls-keylog", "FILE", tls.keylog, 0, 0,
	    "log the keys, for packet analysers"),
	ARG(KIND_TEXT, 0, "tls-peer-cert", "FILE", tls.peer_cert, 0, 0,
	    "save the peer's certificates, PEM"),
	ARG(KIND_TEXT, 0, "starttls", "PROTO", tls.starttls, 0, 0,
	    "smtp, imap, pop3, ftp, xmpp, ldap or postgres first"),
	HEADING("Socket options"),
	ARG(KIND_SIZE, 'I', "recv-buffer", "SIZE", socket.recv_buffer, 1,
	    INT32_MAX, "SO_RCVBUF", OF_TARGET(socket.recv_buffer)),
	ARG(KIND_SIZE, 'O', "send-buffer", "SIZE", socket.send_buffer, 1,
	    INT32_MAX, "SO_SNDBUF", OF_TARGET(socket.send_buffer)),
	ARG(KIND_TOS, 'T', "tos", "NAME", socket.tos, 0, 255,
	    "DSCP name, keyword or number of the traffic class",
	    OF_TARGET(socket.tos)),
	ARG(KIND_INT, 'M', "ttl", "N", socket.ttl, 1, 255, "hop limit"),
	GUARD(KIND_INT, 'm', "min-ttl", "N", socket.min_ttl, 1, 255,
	    "least hop limit accepted"),
	FLAG('b', "broadcast", socket.broadcast, "allow broadcast addresses"),
	ARG(KIND_OPTIONAL_TIME, 0, "keepalive", "IDLE",
	    socket.keepalive_idle, CLOCK_SECOND, 32767 * CLOCK_SECOND,
	    "keepalive probes after IDLE (on by default: 60 s)",
	    .value = SOCKET_KEEPALIVE_IDLE, OF_TARGET(socket.keepalive_idle)),
	FLAG(0, "no-keepalive", socket.no_keepalive, "no keepalive probes",
	    OF_TARGET(socket.no_keepalive)),
	ARG(KIND_TIME, 0, "user-timeout", "T", socket.user_timeout,
	    CLOCK_MS, INT32_MAX * CLOCK_MS,
	    "give up when data stays unacknowledged for T",
	    OF_TARGET(socket.user_timeout)),
	FLAG(0, "nagle", socket.nagle,
	    "let TCP gather small pieces; not done by default",
	    OF_TARGET(socket.nagle)),
	FLAG(0, "no-delay", socket.no_delay, "TCP_NODELAY, the default",
	    OF_TARGET(socket.no_delay)),
	FLAG(0, "fastopen", socket.fastopen, "TCP fast open"),
	ARG(KIND_ANY_BASE, 0, "so-mark", "N", socket.mark, 0, UINT32_MAX,
	    "SO_MARK", OF_TARGET(socket.mark)),
	GUARD(KIND_OPTIONAL_TEXT, 'S', "md5sig", "FILE", md5sig_file, 0, 0,
	    "TCP MD5 signatures, the key from FILE or $" MD5_KEY_VARIABLE),
	FLAG('D', "debug-socket", socket.debug, "SO_DEBUG"),
	HEADING("Watching"),
	ARG(KIND_COUNT, 'v', "verbose", NULL, verbose, 0, 0,
	    "say what happens; twice, thrice: more"),
	ARG(KIND_OPTIONAL_TIME, 0, "progress", "T", progress.every,
	    100 * CLOCK_MS, 24 * 3600 * CLOCK_SECOND,
	    "a meter on the terminal; elsewhere a line every T", .value = 0),
	ARG(KIND_SIZE, 0, "size", "SIZE", progress.size, 1, INT64_MAX / 2,
	    "how much will go, for --progress"),
	FLAG(0, "dump", copies.dump,
	    "show all bytes, in hexadecimal, on standard error"),
	ARG(KIND_TEXT, 0, "output", "FILE", copies.output, 0, 0,
	    "copy the bytes of both directions to FILE"),
	ARG(KIND_TEXT, 0, "hex-dump", "FILE", copies.hex_dump, 0, 0,
	    "the same, in hexadecimal, with direction, offset and time"),
	ARG(KIND_TEXT, 0, "pcap", "FILE", copies.pcap, 0, 0,
	    "the same, after TLS, for Wireshark (pcapng)"),
	FLAG(0, "append-output", copies.append,
	    "... behind what is in these files"),
	FLAG(0, "output-required", copies.required,
	    "... and end when they can't be written"),
	ARG(KIND_OPTIONAL_TEXT, 0, "report", "FORMAT", report.format, 0, 0,
	    "sum up each connection and the run: text, json"),
	ARG(KIND_TEXT, 0, "report-file", "FILE", report.file, 0, 0,
	    "... into FILE, instead of standard error"),
	ARG(KIND_TEXT, 0, "compat", "NAME", compat, 0, 0,
	    "be nc or ncat, under any name; none: sockcat"),
	FLAG('h', "help", help, "this text"),
	FLAG(0, "version", version, "version and features"),
	{ .kind = KIND_END },
};

const char *const spec_conflicts[][2] = {
	{ "listen", "scan" },
	{ "listen", "pass-fd" },
	{ "listen", "retry" },
	{ "scan", "pass-fd" },
	{ "ipv4", "ipv6" },
	{ "unixsock", "ipv4" },
	{ "unixsock", "ipv6" },
	{ "unixsock", "source-port" },
	{ "unixsock", "interface" },
	{ "unixsock", "port-file" },
	{ "unixsock", "multicast" },
	{ "send-only", "recv-only" },
	{ "send-only", "no-stdin" },
	{ "send-only", "recv-limit" },
	{ "shutdown", "no-shutdown" },
	{ "reply", "shutdown" },
	{ "reply", "quit-after" },
	{ "reply", "keep-open" },
	{ "reply", "scan" },
	{ "reply", "pass-fd" },
	{ "reply", "exec" },
	{ "reply", "sh-exec" },
	{ "reply", "forward" },
	{ "reply", "broker" },
	{ "reply", "chat" },
	{ "reply", "send-only" },
	{ "pass-fd", "udp" },
	{ "pass-fd", "send-only" },
	{ "pass-fd", "recv-only" },
	{ "lines", "crlf" },
	{ "udp", "telnet" },
	{ "udp", "fastopen" },
	{ "udp", "md5sig" },
	{ "udp", "min-ttl" },
	{ "sctp", "min-ttl" },
	{ "udp", "backlog" },
	{ "udp", "exit-on-eof" },
	{ "keepalive", "no-keepalive" },
	{ "udp", "keepalive" },
	{ "udp", "no-keepalive" },
	{ "udp", "user-timeout" },
	{ "nagle", "no-delay" },
	{ "udp", "nagle" },
	{ "udp", "no-delay" },
	{ "udp", "no-wait" },
	{ "udp", "no-shutdown" },
	{ "unixsock", "keepalive" },
	{ "unixsock", "no-keepalive" },
	{ "unixsock", "user-timeout" },
	{ "unixsock", "nagle" },
	{ "unixsock", "no-delay" },
	{ "unixsock", "fastopen" },
	{ "unixsock", "md5sig" },
	{ "unixsock", "tos" },
	{ "unixsock", "ttl" },
	{ "unixsock", "min-ttl" },
	{ "unixsock", "reuseport" },
	{ "unixsock", "broadcast" },
	{ "scan", "send-only" },
	{ "scan", "recv-only" },
	{ "scan", "crlf" },
	{ "scan", "telnet" },
	{ "scan", "recv-limit" },
	{ "udp", "max-accepts" },
	{ "exec", "sh-exec" },
	{ "exec", "forward" },
	{ "exec", "broker" },
	{ "exec", "chat" },
	{ "exec", "scan" },
	{ "exec", "pass-fd" },
	{ "exec", "no-stdin" },
	{ "sh-exec", "forward" },
	{ "sh-exec", "broker" },
	{ "sh-exec", "chat" },
	{ "sh-exec", "scan" },
	{ "sh-exec", "pass-fd" },
	{ "sh-exec", "no-stdin" },
	{ "forward", "broker" },
	{ "forward", "chat" },
	{ "forward", "no-stdin" },
	{ "broker", "crlf" },
	{ "broker", "telnet" },
	{ "broker", "delay" },
	{ "broker", "limit-rate" },
	{ "broker", "recv-limit" },
	{ "chat", "crlf" },
	{ "chat", "telnet" },
	{ "chat", "delay" },
	{ "chat", "limit-rate" },
	{ "chat", "recv-limit" },
	{ "broker", "no-shutdown" },
	{ "broker", "quit-after" },
	{ "broker", "exit-on-eof" },
	{ "broker", "no-wait" },
	{ "chat", "no-shutdown" },
	{ "chat", "quit-after" },
	{ "chat", "exit-on-eof" },
	{ "chat", "no-wait" },
	{ "merge", "send-only" },
	{ "merge", "exec" },
	{ "merge", "sh-exec" },
	{ "merge", "forward" },
	{ "merge", "broker" },
	{ "merge", "chat" },
	{ "merge", "reply" },
	{ "merge", "crlf" },
	{ "merge", "delay" },
	{ "merge", "no-shutdown" },
	{ "merge", "shutdown" },
	{ "merge", "quit-after" },
	{ "merge", "exit-on-eof" },
	{ "merge", "no-wait" },
	{ "udp", "pty" },
	{ "udp", "broker" },
	{ "udp", "chat" },
	{ "udp", "limit-rate" },
	{ "udp", "drain" },
	{ "udp", "sctp" },
	{ "udp", "mptcp" },
	{ "unixsock", "sctp" },
	{ "unixsock", "mptcp" },
	{ "unixsock", "vsock" },
	{ "sctp", "mptcp" },
	{ "sctp", "vsock" },
	{ "mptcp", "vsock" },
	{ "vsock", "ipv4" },
	{ "vsock", "ipv6" },
	{ "vsock", "udp" },
	{ "vsock", "scan" },
	{ "vsock", "tos" },
	{ "vsock", "ttl" },
	{ "vsock", "min-ttl" },
	{ "vsock", "keepalive" },
	{ "vsock", "no-keepalive" },
	{ "vsock", "user-timeout" },
	{ "vsock", "nagle" },
	{ "vsock", "no-delay" },
	{ "vsock", "fastopen" },
	{ "vsock", "md5sig" },
	{ "vsock", "interface" },
	{ "sctp", "keepalive" },
	{ "sctp", "no-keepalive" },
	{ "sctp", "user-timeout" },
	{ "sctp", "fastopen" },
	{ "sctp", "md5sig" },
	{ "sctp", "scan" },
	{ "scan", "limit-rate" },
	{ "pass-fd", "limit-rate" },
	{ "pass-fd", "crlf" },
	{ "pass-fd", "telnet" },
	{ "pass-fd", "delay" },
	{ "pass-fd", "recv-limit" },
	{ "pass-fd", "no-shutdown" },
	{ "pass-fd", "exit-on-eof" },
	{ "pass-fd", "no-wait" },
	{ "scan", "fastopen" },
	{ "scan", "lines" },
	{ "scan", "no-shutdown" },
	{ "scan", "exit-on-eof" },
	{ "scan", "no-wait" },
	{ "socket-activation", "backlog" },
	{ "socket-activation", "source" },
	{ "socket-activation", "source-port" },
	{ "socket-activation", "reuseport" },
	{ "socket-activation", "multicast" },
	{ "socket-activation", "interface" },
	{ "socket-activation", "mode" },
	{ "socket-activation", "ipv4" },
	{ "socket-activation", "ipv6" },
	{ "socket-activation", "broadcast" },
	{ "socket-activation", "debug-socket" },
	{ "socket-activation", "fastopen" },
	{ "socket-activation", "ttl" },
	{ "socket-activation", "min-ttl" },
	{ "socket-activation", "md5sig" },
	{ "socket-activation", "sctp" },
	{ "socket-activation", "mptcp" },
	{ "socket-activation", "vsock" },
	{ "scan", "user" },
	{ "scan", "chroot" },
	{ "proxy", "udp" },
	{ "proxy", "unixsock" },
	{ "proxy", "scan" },
	{ "proxy", "fastopen" },
	{ "proxy", "sctp" },
	{ "proxy", "vsock" },
	{ "proxy-server", "udp" },
	{ "proxy-server", "proxy" },
	{ "proxy-server", "exec" },
	{ "proxy-server", "sh-exec" },
	{ "proxy-server", "forward" },
	{ "proxy-server", "broker" },
	{ "proxy-server", "chat" },
	{ "proxy-server", "merge" },
	{ "proxy-server", "reply" },
	{ "proxy-server", "crlf" },
	{ "proxy-server", "telnet" },
	{ "proxy-server", "delay" },
	{ "proxy-server", "recv-limit" },
	{ "proxy-server", "no-stdin" },
	{ "proxy-server", "send-only" },
	{ "proxy-server", "recv-only" },
	{ "proxy-server", "no-shutdown" },
	{ "proxy-server", "quit-after" },
	{ "proxy-server", "exit-on-eof" },
	{ "proxy-server", "sctp" },
	{ "proxy-server", "vsock" },
	{ "tls", "scan" },
	{ "tls", "pass-fd" },
	{ "tls", "fastopen" },
	{ "tls", "lines" },
	{ "tls", "broadcast" },
	{ "tls", "multicast" },
	{ "starttls", "udp" },
	{ "tls-min", "udp" },
	{ "tls-max", "udp" },
	{ "listen", "starttls" },
	{ "tls-insecure", "tls-pin" },
	{ "tls-insecure", "tls-ca" },
	{ "tls-insecure", "tls-ocsp" },
	{ "tls-insecure", "tls-client-ca" },
	{ "raw", "udp" },
	{ "raw", "scan" },
	{ "raw", "pass-fd" },
	{ "raw", "exec" },
	{ "raw", "sh-exec" },
	{ "raw", "forward" },
	{ "raw", "broker" },
	{ "raw", "chat" },
	{ "raw", "merge" },
	{ "raw", "proxy-server" },
	{ "raw", "no-stdin" },
	{ "raw", "recv-only" },
	{ "raw", "reply" },
	{ "raw", "quit-after" },
	{ "raw", "keep-open" },
	{ "raw", "progress" },
	{ "progress", "scan" },
	{ "progress", "pass-fd" },
	{ "send-proxy", "udp" },
	{ "send-proxy", "scan" },
	{ "accept-proxy", "udp" },
	{ "dump", "scan" },
	{ "dump", "pass-fd" },
	{ "dump", "fastopen" },
	{ "output", "scan" },
	{ "output", "pass-fd" },
	{ "output", "fastopen" },
	{ "hex-dump", "scan" },
	{ "hex-dump", "pass-fd" },
	{ "hex-dump", "fastopen" },
	{ "pcap", "scan" },
	{ "pcap", "pass-fd" },
	{ "pcap", "fastopen" },
	{ NULL, NULL },
};

const char *const spec_conflicts_without[][3] = {
	{ "unixsock", "allow", "accept-proxy" },
	{ "unixsock", "deny", "accept-proxy" },
	{ "unixsock", "allowfile", "accept-proxy" },
	{ "unixsock", "denyfile", "accept-proxy" },
	{ "vsock", "allow", "accept-proxy" },
	{ "vsock", "deny", "accept-proxy" },
	{ "vsock", "allowfile", "accept-proxy" },
	{ "vsock", "denyfile", "accept-proxy" },
	{ "listen", "send-proxy", "forward" },
	{ "send-proxy", "fastopen", "listen" },
	{ NULL, NULL, NULL },
};

const char *const spec_needs[][2] = {
	{ "report-file", "report" },
	{ "keep-open", "listen" },
	{ "backlog", "listen" },
	{ "forward", "listen" },
	{ "broker", "listen" },
	{ "chat", "listen" },
	{ "merge", "listen" },
	{ "mark", "merge" },
	{ "max-conns", "keep-open" },
	{ "allow", "listen" },
	{ "deny", "listen" },
	{ "allowfile", "listen" },
	{ "denyfile", "listen" },
	{ "drain", "keep-open" },
	{ "socket-activation", "listen" },
	{ "accept-proxy", "listen" },
	{ "mode", "listen" },
	{ "mode", "unixsock" },
	{ "max-accepts", "keep-open" },
	{ "accept-timeout", "listen" },
	{ "reuseport", "listen" },
	{ "ready-fd", "listen" },
	{ "port-file", "listen" },
	{ "multicast", "listen" },
	{ "multicast", "udp" },
	{ "lines", "udp" },
	{ "broadcast", "udp" },
	{ "randomports", "scan" },
	{ "proxy-server", "listen" },
	{ "allow-dest", "proxy-server" },
	{ "deny-dest", "proxy-server" },
	{ "proxy-dns", "proxy" },
	{ "tls-key", "tls-cert" },
	{ "tls-key-pass-file", "tls-cert" },
	{ "tls-client-ca", "listen" },
	{ "tls-client-ca", "tls" },
	{ "pin-file", "listen" },
	{ "pin-file", "tls" },
	{ "size", "progress" },
	{ NULL, NULL },
};

const struct spec_alias spec_aliases[] = {
	{ "ssl", "tls" },
	{ "ssl-servername", "tls-servername" },
	{ "ssl-trustfile", "tls-ca" },
	{ "ssl-cert", "tls-cert" },
	{ "ssl-key", "tls-key" },
	{ "ssl-alpn", "tls-alpn" },
	{ "ssl-ciphers", "tls-ciphers" },
	{ NULL, NULL },
};

const char *
spec_name(const struct spec *s, char buf[64])
{
	if (s->letter != 0 && s->word != NULL)
		snprintf(buf, 64, "-%c (--%s)", s->letter, s->word);
	else if (s->word != NULL)
		snprintf(buf, 64, "--%s", s->word);
	else
		snprintf(buf, 64, "-%c", s->letter);
	return buf;
}

size_t
spec_find(const char *name)
{
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].word != NULL ? strcmp(specs[i].word, name) == 0 :
		    specs[i].letter != 0 && name[0] == specs[i].letter &&
		    name[1] == '\0')
			return i;
	}
	abort();	/* a table names an option that does not exist */
}

bool
spec_is_word(const char *word)
{
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].word != NULL && strcmp(specs[i].word, word) == 0)
			return true;
	}
	for (const struct spec_alias *a = spec_aliases; a->word != NULL; a++) {
		if (strcmp(a->word, word) == 0)
			return true;
	}
	return false;
}

int
spec_has_argument(const struct spec *s)
{
	if (s->kind == KIND_OPTIONAL_TEXT || s->kind == KIND_OPTIONAL_TIME ||
	    s->kind == KIND_OPTIONAL_INT)
		return optional_argument;
	return s->arg != NULL ? required_argument : no_argument;
}

/* --- --help -------------------------------------------------------------- */

static void
help_print_option(const struct spec *s, FILE *to)
{
	char left[64];
	int n = 0;

	if (s->letter != 0)
		n += snprintf(left, sizeof(left), "  -%c", s->letter);
	else
		n += snprintf(left, sizeof(left), "    ");
	if (s->word != NULL)
		n += snprintf(left + n, sizeof(left) - (size_t)n, "%s--%s",
		    s->letter != 0 ? ", " : "  ", s->word);
	if (s->arg != NULL)
		snprintf(left + n, sizeof(left) - (size_t)n,
		    spec_has_argument(s) == optional_argument ? "[=%s]" :
		    " %s", s->arg);
	if (strlen(left) > 28)
		fprintf(to, "%s\n%30s%s\n", left, "", s->help);
	else
		fprintf(to, "%-30s%s\n", left, s->help);
}

void
options_print_help(FILE *to)
{
	fputs("usage: sockcat [options] host port        connect\n"
	    "       sockcat [options] host:port\n"
	    "       sockcat [options] -U path\n"
	    "       sockcat -l [options] [host] port   listen\n"
	    "       sockcat -l [options] -U path\n"
	    "       sockcat -z [options] host port ... scan\n"
	    "\n"
	    "T and IDLE are times: 500ms, 5s (or 5), 2m, 1h.\n"
	    "SIZE and RATE are bytes, or with k, M or G behind as many times "
	    "1024.\n", to);
	for (size_t i = 0; specs[i].kind != KIND_END; i++) {
		if (specs[i].kind == KIND_HEADING)
			fprintf(to, "\n%s:\n", specs[i].help);
		else
			help_print_option(&specs[i], to);
	}
}
