#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# Headers of the PROXY protocol, with who else speaks it: HAProxy, nginx, curl.

# shellcheck disable=SC2016,SC2030,SC2031,SC2034,SC2154

load helpers
load proxyheader

# haproxy COUNT: with the configuration on standard input, behind what all have.
haproxy() {
	PATH=$PATH:/usr/sbin need haproxy
	{
		cat <<-'END'
			defaults
				mode tcp
				timeout connect 20s
				timeout client 20s
				timeout server 20s
		END
		cat
	} >haproxy.cfg
	service haproxy haproxy haproxy.cfg "$1"
}

# ask PORT ARGUMENT...: an HTTP server; its answer goes to `reply'.
ask() {
	local port=$1
	shift
	printf 'GET / HTTP/1.0\r\n\r\n' |
	    "$SOCKCAT" "$@" 127.0.0.1 "$port" >reply
}

# body: of that answer.
body() {
	LC_ALL=C sed '1,/^\r$/d' reply
}

# port_of: that of the client, in what it says by -v.
port_of() {
	sed -n 's/.*connected .*:\([0-9]*\) -> .*/\1/p' "$1"
}

# --- HAProxy -----------------------------------------------------------------

@test "HAProxy: send-proxy, send-proxy-v2, with a checksum: its client is ours" {
	local i
	teller server -k 127.0.0.1 0
	haproxy 3 <<-END
		listen one
			bind fd@@FD1@
			server a 127.0.0.1:$PORT send-proxy
		listen two
			bind fd@@FD2@
			server a 127.0.0.1:$PORT send-proxy-v2
		listen three
			bind fd@@FD3@
			server a 127.0.0.1:$PORT send-proxy-v2 proxy-v2-options crc32c,unique-id
	END
	for i in 0 1 2; do
		"$SOCKCAT" -v -s "127.0.0.1$i" 127.0.0.1 "${PORTS[i]}" \
		    </dev/null >reply 2>err
		assert_equal "$(told reply)" \
		    "TCP 127.0.0.1$i $(port_of err) 127.0.0.1 ${PORTS[i]}"
	done
	stop server
}

@test "HAProxy: its health checks, by LOCAL, are good connections" {
	listener server -v -k --accept-proxy --sh-exec 'echo hello' 127.0.0.1 0
	haproxy 1 <<-END
		listen one
			bind fd@@FD1@
			server a 127.0.0.1:$PORT send-proxy-v2 check inter 100ms fall 1
	END
	until_true count server.err 'PROXY header from .*: no addresses' 3
	assert_equal "$("$SOCKCAT" 127.0.0.1 "${PORTS[0]}" </dev/null)" hello
	stop server
	refute grep -q 'not a PROXY header' server.err
}

@test "HAProxy: accept-proxy: our connection, and the client of --forward" {
	local version
	haproxy 1 <<-'END'
		listen one
			mode http
			bind fd@@FD1@ accept-proxy
			http-request return status 200 content-type text/plain lf-string "%[src] %[src_port] %[dst] %[dst_port]"
	END
	for version in 1 2; do
		until_true ask "${PORTS[0]}" --send-proxy="$version" -v \
		    -s 127.0.0.5 2>err
		assert_equal "$(body)" \
		    "127.0.0.5 $(port_of err) 127.0.0.1 ${PORTS[0]}"
		listener first --send-proxy="$version" \
		    --forward "127.0.0.1:${PORTS[0]}" 127.0.0.1 0
		ask "$PORT" -v -s 127.0.0.6 2>err
		finish first
		assert_equal "$(body)" "127.0.0.6 $(port_of err) 127.0.0.1 $PORT"
	done
	# Without a header, HAProxy ends it.
	ask "${PORTS[0]}" || true
	[[ $(head -n 1 reply) != *" 200 "* ]]
}

@test "HAProxy: accept-proxy: IPv6 is taken, and UNKNOWN for UNIX-domain clients" {
	haproxy 1 <<-'END'
		listen one
			mode http
			bind fd@@FD1@ accept-proxy
			http-request return status 200 content-type text/plain lf-string "%[src] %[dst]"
	END
	listener first -k --send-proxy=2 --forward "127.0.0.1:${PORTS[0]}" ::1 0
	until_true "$SOCKCAT" -z 127.0.0.1 "${PORTS[0]}" 2>/dev/null
	printf 'GET / HTTP/1.0\r\n\r\n' | "$SOCKCAT" ::1 "$PORT" >reply
	assert_equal "$(body)" "::1 ::1"
	stop first
	listener first -k --send-proxy --forward "127.0.0.1:${PORTS[0]}" -U path
	printf 'GET / HTTP/1.0\r\n\r\n' | "$SOCKCAT" -U path >reply
	[[ $(head -n 1 reply) == *" 200 "* ]]
	stop first
}

# --- nginx -------------------------------------------------------------------

# nginx COUNT: with the configuration on standard input, behind what all have.
nginx() {
	PATH=$PATH:/usr/sbin need nginx
	{
		cat <<-END
			user $(id -un);
			daemon off;
			master_process off;
			pid nginx.pid;
			error_log nginx.log;
		END
		cat
	} >nginx.conf
	service nginx nginx nginx.conf "$1"
	until_true "$SOCKCAT" -z 127.0.0.1 "${PORTS[0]}" 2>/dev/null
}

@test "nginx: listen proxy_protocol: our connection, and the client of --forward" {
	local version
	nginx 1 <<-'END'
		events { }
		http {
			access_log off;
			client_body_temp_path temp1;
			proxy_temp_path temp2;
			fastcgi_temp_path temp3;
			uwsgi_temp_path temp4;
			scgi_temp_path temp5;
			server {
				listen 127.0.0.1:@PORT1@ reuseport proxy_protocol;
				return 200 "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr";
			}
		}
	END
	for version in 1 2; do
		ask "${PORTS[0]}" --send-proxy="$version" -v -s 127.0.0.5 2>err
		assert_equal "$(body)" "127.0.0.5 $(port_of err) 127.0.0.1"
		listener first --send-proxy="$version" \
		    --forward "127.0.0.1:${PORTS[0]}" 127.0.0.1 0
		ask "$PORT" -v -s 127.0.0.6 2>err
		finish first
		assert_equal "$(body)" "127.0.0.6 $(port_of err) 127.0.0.1"
	done
}

@test "nginx: proxy_protocol on, in a stream: its client is ours" {
	local module=/usr/lib/nginx/modules/ngx_stream_module.so
	[ -e "$module" ] || skip "nginx has no module stream here"
	teller server -k 127.0.0.1 0
	nginx 1 <<-END
		load_module $module;
		events { }
		stream {
			server {
				listen 127.0.0.1:@PORT1@ reuseport;
				proxy_pass 127.0.0.1:$PORT;
				proxy_protocol on;
			}
		}
	END
	"$SOCKCAT" -v -s 127.0.0.7 127.0.0.1 "${PORTS[0]}" </dev/null >reply \
	    2>err
	assert_equal "$(told reply)" \
	    "TCP 127.0.0.7 $(port_of err) 127.0.0.1 ${PORTS[0]}"
	stop server
}

# --- curl --------------------------------------------------------------------

@test "curl --haproxy-protocol is understood" {
	need curl
	curl --help all | grep -q haproxy-protocol || skip "curl can't do that"
	listener server -v --accept-proxy --sh-exec 'read -r line
		printf "HTTP/1.0 200 OK\r\n\r\n$TCPREMOTEIP $TCPREMOTEPORT"' \
	    127.0.0.1 0
	curl -sS --noproxy '*' --haproxy-protocol --interface 127.0.0.9 \
	    -w ' %{local_port}' "http://127.0.0.1:$PORT/" >reply
	finish server
	[[ $(<reply) =~ ^127\.0\.0\.9\ ([0-9]+)\ ([0-9]+)$ ]]
	assert_equal "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}"
}

@test "curl --haproxy-clientip is understood" {
	need curl
	curl --help all | grep -q haproxy-clientip || skip "curl can't do that"
	listener server -v --accept-proxy --sh-exec 'read -r line
		printf "HTTP/1.0 200 OK\r\n\r\n$TCPREMOTEIP"' 127.0.0.1 0
	curl -sS --noproxy '*' --haproxy-clientip 192.0.2.77 \
	    "http://127.0.0.1:$PORT/" >reply
	finish server
	assert_equal "$(<reply)" 192.0.2.77
}
