/* SPDX-License-Identifier: ISC */
/* The structure of linux/tcp.h, which has what younger kernels say. */
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include "report/record_tcp.h"

/* States in which the peer's FIN has come, which the kernel counts as a byte;
 * include/net/tcp_states.h. */
#define TCP_STATE_TIME_WAIT	6
#define TCP_STATE_CLOSE		7
#define TCP_STATE_CLOSE_WAIT	8
#define TCP_STATE_LAST_ACK	9
#define TCP_STATE_CLOSING	11

/* What an older kernel does not fill. */
#define HAS(len, member)	((len) >= offsetof(struct tcp_info, member) + \
				    sizeof(((struct tcp_info *)0)->member))

/* Behind the last member of all headers: that of the window came with Linux
 * 6.2. */
#define RECEIVE_WINDOW_AT	(offsetof(struct tcp_info, tcpi_snd_wnd) + \
				    sizeof(uint32_t))

/* The structure of whatever header, with room for the member behind. */
union tcp_answer {
	struct tcp_info	 info;
	unsigned char	 bytes[512];
};

static uint64_t
tcp_received(const struct tcp_info *info)
{
	uint64_t n = info->tcpi_bytes_received;
	bool fin = info->tcpi_state == TCP_STATE_TIME_WAIT ||
	    info->tcpi_state == TCP_STATE_CLOSE_WAIT ||
	    info->tcpi_state == TCP_STATE_LAST_ACK ||
	    info->tcpi_state == TCP_STATE_CLOSING ||
	    info->tcpi_state == TCP_STATE_CLOSE;

	return fin && n > 0 ? n - 1 : n;
}

static bool
tcp_is_multipath(int fd)
{
	int yes = 0;
#ifdef TCP_IS_MPTCP
	socklen_t len = sizeof(yes);

	if (getsockopt(fd, IPPROTO_TCP, TCP_IS_MPTCP, &yes, &len) == -1)
		return false;
#else
	(void)fd;
#endif
	return yes != 0;
}

static void
tcp_fill_sums(struct record_tcp_sums *sums, const struct tcp_info *info)
{
	*sums = (struct record_tcp_sums){
		.known = true,
		.bytes_retransmitted = info->tcpi_bytes_retrans,
		.busy = info->tcpi_busy_time,
		.window_limited = info->tcpi_rwnd_limited,
		.buffer_limited = info->tcpi_sndbuf_limited,
		.segments_sent = info->tcpi_segs_out,
		.segments_received = info->tcpi_segs_in,
		.delivered = info->tcpi_delivered,
		.marked = info->tcpi_delivered_ce,
		.duplicates = info->tcpi_dsack_dups,
		.out_of_order = info->tcpi_rcv_ooopack,
	};
}

/* What has come with younger kernels. */
static void
tcp_fill_more(struct record_tcp *tcp, const union tcp_answer *answer,
    socklen_t len)
{
	const struct tcp_info *info = &answer->info;

	if (HAS(len, tcpi_min_rtt) && info->tcpi_min_rtt != UINT32_MAX)
		tcp->min_rtt = info->tcpi_min_rtt;
	if (HAS(len, tcpi_bytes_received))
		tcp->received = tcp_received(info);
	if (HAS(len, tcpi_delivery_rate)) {
		tcp->delivery_rate = info->tcpi_delivery_rate;
		tcp->application_limited =
		    info->tcpi_delivery_rate_app_limited;
	}
	if (HAS(len, tcpi_bytes_retrans))
		tcp->sent = info->tcpi_bytes_sent - info->tcpi_bytes_retrans;
	if (HAS(len, tcpi_reord_seen))
		tcp->reordered = info->tcpi_reord_seen;
	if (HAS(len, tcpi_snd_wnd))
		tcp->send_window = info->tcpi_snd_wnd;
	if (HAS(len, tcpi_rcv_ooopack))
		tcp_fill_sums(&tcp->sums, info);
	if (len >= RECEIVE_WINDOW_AT + sizeof(tcp->receive_window))
		memcpy(&tcp->receive_window, answer->bytes +
		    RECEIVE_WINDOW_AT, sizeof(tcp->receive_window));
}

void
record_tcp_measure(struct record_tcp *tcp, int fd)
{
	union tcp_answer answer;
	const struct tcp_info *info = &answer.info;
	socklen_t len = sizeof(answer), name = sizeof(tcp->congestion) - 1;

	memset(&answer, 0, sizeof(answer));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &answer, &len) == -1)
		return;
	*tcp = (struct record_tcp){
		.known = true,
		.rtt = info->tcpi_rtt,
		.rttvar = info->tcpi_rttvar,
		.retransmits = info->tcpi_total_retrans,
		.lost = info->tcpi_lost,
		.reordering = info->tcpi_reordering,
		.window = info->tcpi_snd_cwnd,
		.threshold = info->tcpi_snd_ssthresh < INT32_MAX ?
		    info->tcpi_snd_ssthresh : 0,
		.segment = info->tcpi_snd_mss,
		.segment_received = info->tcpi_rcv_mss,
		.path_mtu = info->tcpi_pmtu,
		.receive_space = info->tcpi_rcv_space,
		.multipath = tcp_is_multipath(fd),
	};
	tcp_fill_more(tcp, &answer, len);
	if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, tcp->congestion,
	    &name) == -1)
		tcp->congestion[0] = '\0';
}
