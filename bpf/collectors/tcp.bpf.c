// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What becomes of TCP connections, and how far away their other ends are.
 *
 * Round-trip times. The kernel has one smoothed time for each connection and corrects it with each acknowledgement. Observing it with
 * each segment (tcp_probe alone) would cost the most where most is sent, and would show what the busiest connections have and nothing
 * else; observing it at the end alone would never show connections that are kept. So each connection is observed at its end, and before
 * that in each period of 256 jiffies (a quarter of a second to 2.6 s, as the kernel is configured) in which something it sent was
 * acknowledged. Whether that is the first acknowledgement of a period is told by the socket, which knows when it had the last one; so
 * nothing need be stored, and all others cost two comparisons.
 */
#include "rstat.h"
#include "socket.h"

struct tcp {
	u64 connects RSTAT_METRIC("cgroup_tcp_connects_total", "counter", "", "TCP connections established by connecting.");
	u64 failed_connects RSTAT_METRIC("cgroup_tcp_failed_connects_total", "counter", "",
					 "TCP connects that were refused, timed out, or were given up.");
	u64 accepts RSTAT_METRIC("cgroup_tcp_accepts_total", "counter", "", "TCP connections established by listeners.");
	u64 resets_sent RSTAT_METRIC("cgroup_tcp_resets_sent_total", "counter", "", "TCP resets sent for sockets.");
	u64 resets_received RSTAT_METRIC("cgroup_tcp_resets_received_total", "counter", "",
					 "TCP resets that ended connections, or refused them.");
	u64 retransmits RSTAT_METRIC("cgroup_tcp_retransmitted_segments_total", "counter", "",
				     "TCP segments sent again, SYNs and SYN-ACKs included.");
	struct rstat_histogram rtt RSTAT_METRIC(
		"cgroup_tcp_round_trip_seconds", "histogram", "ns",
		"Smoothed round-trip time of TCP connections, at their end and about once a second while they are acknowledged.");
};
RSTAT_COLLECTOR(tcp, "TCP connections, resets, retransmissions and round-trip times");

#define RTT_PERIOD_SHIFT 8

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct tcp_sock {
	u32 rcv_tstamp; /* jiffies at the last acknowledgement */
	u32 snd_una;	/* what was not acknowledged yet starts here */
	u32 srtt_us;	/* in eighths of a microsecond; 0 before the first measurement */
};

struct sk_buff {
	char cb[48];
};

struct tcp_skb_cb {
	__u16 tcp_gso_segs;
	u32 ack_seq;
};

#pragma clang attribute pop

static __always_inline const struct tcp_skb_cb *control_block(const struct sk_buff *skb)
{
	return (const struct tcp_skb_cb *)skb->cb;
}

static __always_inline void observe_rtt(const struct sock *sk, const struct tcp_sock *tcp)
{
	u64 eighths = tcp->srtt_us;

	if (eighths)
		rstat_update_walked(socket_cgroup(sk), value)
			rstat_observe_ns(&value->rtt, eighths * 125);
}

/*
 * Two programs for changes of state: the kernel skips a program that it has interrupted on the same CPU. Connections open in softirqs,
 * which may interrupt tasks that close others.
 */
SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(opened, const struct sock *sk, int from, int to)
{
	if (to != TCP_ESTABLISHED || sk->sk_protocol != IPPROTO_TCP)
		return 0;
	rstat_update_walked(socket_cgroup(sk), value) {
		if (from == TCP_SYN_SENT)
			value->connects++;
		else
			value->accepts++;
	}
	return 0;
}

SEC("tp_btf/inet_sock_set_state")
int BPF_PROG(ended, const struct sock *sk, int from, int to)
{
	struct tcp_sock *tcp;

	if (to != TCP_FIN_WAIT1 && to != TCP_LAST_ACK && to != TCP_CLOSE)
		return 0;
	tcp = bpf_skc_to_tcp_sock((void *)sk);
	if (!tcp)
		return 0;
	if (from == TCP_ESTABLISHED || from == TCP_CLOSE_WAIT)
		observe_rtt(sk, tcp);
	else if (from == TCP_SYN_SENT)
		rstat_update_walked(socket_cgroup(sk), value)
			value->failed_connects++;
	return 0;
}

SEC("tp_btf/tcp_probe")
int BPF_PROG(acknowledged, struct sock *sk, const struct sk_buff *skb)
{
	struct tcp_sock *tcp = bpf_skc_to_tcp_sock(sk);

	if (!tcp || !(((u32)bpf_jiffies64() ^ tcp->rcv_tstamp) >> RTT_PERIOD_SHIFT))
		return 0;
	/* Segments that acknowledge nothing new leave rcv_tstamp as it is. */
	if ((int)(BPF_CORE_READ(control_block(skb), ack_seq) - tcp->snd_una) > 0)
		observe_rtt(sk, tcp);
	return 0;
}

/*
 * As RetransSegs in /proc/net/snmp: one event may be many segments. Since 6.17 the tracepoint tells of those, too, that this host itself
 * failed to send, which RetransSegs has always counted; older kernels tell of none of them, so they are missing here.
 */
static __always_inline int retransmit(u32 which, const struct sock *sk, const struct sk_buff *skb)
{
	u32 segments;

	socket_begin(which);
	segments = BPF_CORE_READ(control_block(skb), tcp_gso_segs);
	if (!socket_taken(which, skb, socket_serial(sk), socket_sent_by_task(sk)))
		rstat_update_walked(socket_cgroup(sk), value)
			__sync_fetch_and_add(&value->retransmits, segments);
	socket_end(which);
	return 0;
}

/* Three programs in one place: see socket.h. */
#define RETRANSMITTED(name, which)                                                                                             \
	SEC("tp_btf/tcp_retransmit_skb")                                                                                       \
	int BPF_PROG(name, const struct sock *sk, const struct sk_buff *skb)                                                   \
	{                                                                                                                      \
		return retransmit(which, sk, skb);                                                                             \
	}

RETRANSMITTED(retransmitted_0, 0)
RETRANSMITTED(retransmitted_1, 1)
RETRANSMITTED(retransmitted_2, 2)

SEC("tp_btf/tcp_retransmit_synack")
int BPF_PROG(synack_retransmitted, const struct sock *listener)
{
	rstat_update_walked(socket_cgroup(listener), value)
		value->retransmits++;
	return 0;
}

/*
 * Since 6.10 the tracepoint tells of resets for which there is no socket, too, such as those that closed ports answer with: they are
 * nobody's. Between that and 6.13 the verifier believes that there always is a socket, and drops a comparison with NULL; what decides
 * there is that reading the state of none gives 0.
 */
SEC("tp_btf/tcp_send_reset")
int BPF_PROG(reset_sent, const struct sock *sk)
{
	u8 state;

	if (!sk)
		return 0;
	state = BPF_CORE_READ(sk, __sk_common.skc_state);
	if (state && socket_is_full(state))
		rstat_update_walked(socket_cgroup(sk), value)
			value->resets_sent++;
	return 0;
}

SEC("tp_btf/tcp_receive_reset")
int BPF_PROG(reset_received, struct sock *sk)
{
	rstat_update_walked(socket_cgroup(sk), value)
		value->resets_received++;
	return 0;
}
