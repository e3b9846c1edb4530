// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Packets and bytes of IP, as they cross between sockets and the network: those that a firewall of a cgroup (BPF_CGROUP_INET_EGRESS and
 * _INGRESS) would be asked about, at the same places. A packet is therefore counted once each way, however many devices, bridges and
 * tunnels it passes below; what is forwarded and what nobody listens for is not counted. Bytes are those of IP packets with all their
 * headers. Where the stack handles many segments as one (GSO, GRO) they are counted as the segments that are on the wire.
 *
 * There are no tracepoints at these places: those of devices see a packet once for each device and do not know the receiver, those of
 * sockets (since 6.3) know the payload only. Hence functions, which not every kernel lets programs attach to.
 */
#include "rstat.h"
#include "socket.h"

#define PACKETS(way, help) RSTAT_METRIC("cgroup_network_" way "_packets_total", "counter", "", help)
#define BYTES(way, help) RSTAT_METRIC("cgroup_network_" way "_bytes_total", "counter", "bytes", help)

struct network {
	u64 received_packets PACKETS("receive", "IP packets received by sockets.");
	u64 received_bytes BYTES("receive", "Bytes of IP packets received by sockets, headers included.");
	u64 sent_packets PACKETS("transmit", "IP packets sent by sockets.");
	u64 sent_bytes BYTES("transmit", "Bytes of IP packets sent by sockets, headers included.");
};
RSTAT_COLLECTOR(network, "IP packets and bytes, both ways");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sk_buff {
	struct sock *sk;
	u32 len;
	__u16 network_header;   /* these three count from `head` */
	__u16 transport_header;
	u32 end;
	unsigned char *head;
	unsigned char *data;
};

/* What follows a packet's data, at `end`. */
struct skb_shared_info {
	__u16 gso_size; /* payload of each segment but the last; 0 of a packet that is none of many */
};

struct request_sock {
	struct sock_common __req_common;
};

#pragma clang attribute pop

#define AF_INET 2
#define AF_INET6 10

#define TCP_SYNACK_FASTOPEN 1

#define IPV4_HEADER 20
#define IPV6_HEADER 40
#define UDP_HEADER 8
/* The upper half of this byte of a TCP header is the header's length in words of 4 bytes. */
#define TCP_HEADER_LENGTH 12

struct size {
	u64 packets;
	u64 bytes;
};

/* `length` is that of all that the stack handles as one, from the IP header on. */
static __always_inline struct size on_the_wire(const struct sock *sk, const struct sk_buff *skb, u32 length)
{
	const unsigned char *head = skb->head;
	const struct skb_shared_info *shared = (const void *)(head + skb->end);
	u32 payload = BPF_CORE_READ(shared, gso_size);
	u32 headers = skb->transport_header - skb->network_header;
	struct size size = { 1, length };

	if (!payload)
		return size;
	if (sk->sk_protocol == IPPROTO_TCP) {
		u8 words = 0;

		bpf_probe_read_kernel(&words, sizeof(words), head + skb->transport_header + TCP_HEADER_LENGTH);
		headers += words >> 4 << 2;
	} else {
		headers += UDP_HEADER;
	}
	if (length > headers + payload) {
		size.packets = (length - headers + payload - 1) / payload;
		size.bytes += (size.packets - 1) * headers;
	}
	return size;
}

/*
 * Is the packet this socket's? Where it goes through a tunnel, the tunnel sends it once more: `sk` is the tunnel's then, or none, but
 * the packet still belongs to the first.
 */
static __always_inline bool sends(const struct sock *sk, const struct sk_buff *skb)
{
	return sk && sk == skb->sk && socket_is_full(sk->__sk_common.skc_state);
}

static __always_inline void count_sent(const struct sock *sk, struct size size)
{
	rstat_update_walked(socket_cgroup(sk), value) {
		__sync_fetch_and_add(&value->sent_packets, size.packets);
		__sync_fetch_and_add(&value->sent_bytes, size.bytes);
	}
}

static __always_inline int sent(u32 which, const struct sock *sk, const struct sk_buff *skb)
{
	socket_begin(which);
	if (sends(sk, skb) && !socket_taken(which, skb, socket_serial(sk), socket_sent_by_task(sk)))
		count_sent(sk, on_the_wire(sk, skb, skb->len));
	socket_end(which);
	return 0;
}

/* Three programs in each place: see socket.h. */
#define SENT(name, which, section)                                                                                             \
	SEC(section)                                                                                                           \
	int BPF_PROG(name, void *net, struct sock *sk, struct sk_buff *skb)                                                    \
	{                                                                                                                      \
		return sent(which, sk, skb);                                                                                   \
	}

SENT(sent_4_0, 0, "fentry/ip_output")
SENT(sent_4_1, 1, "fentry/ip_output")
SENT(sent_4_2, 2, "fentry/ip_output")
SENT(sent_to_many_0, 3, "fentry/ip_mc_output")
SENT(sent_to_many_1, 4, "fentry/ip_mc_output")
SENT(sent_to_many_2, 5, "fentry/ip_mc_output")
SENT(sent_6_0, 6, "?fentry/ip6_output")
SENT(sent_6_1, 7, "?fentry/ip6_output")
SENT(sent_6_2, 8, "?fentry/ip6_output")

/*
 * A SYN-ACK is the listener's, but belongs to the request when it is sent, or to nobody where many come; the verifier does not follow
 * from a request to its listener. A fast open one belongs to a socket already. The IP header is yet to come.
 */
SEC("fexit/tcp_make_synack")
int BPF_PROG(synack_sent, const struct sock *listener, void *dst, const struct request_sock *request, void *cookie, int type,
	     void *syn, const struct sk_buff *synack)
{
	struct size size = { 1, 0 };

	if (!synack || type == TCP_SYNACK_FASTOPEN)
		return 0;
	size.bytes = synack->len + (request->__req_common.skc_family == AF_INET ? IPV4_HEADER : IPV6_HEADER);
	count_sent(listener, size);
	return 0;
}

/* Every socket asks its filter about every packet before it takes it. Those of IP do so in softirqs, other families' in tasks. */
static __always_inline int receive(u32 which, const struct sock *sk, const struct sk_buff *skb)
{
	__u16 family = sk->__sk_common.skc_family;
	struct size size;

	if (family != AF_INET && family != AF_INET6)
		return 0;
	socket_begin(which);
	if (!socket_taken(which, skb, 0, false)) {
		/* The IP header has been taken off already. */
		size = on_the_wire(sk, skb, skb->len + (u32)(skb->data - skb->head) - skb->network_header);
		rstat_update_walked(socket_cgroup(sk), value) {
			value->received_packets += size.packets;
			value->received_bytes += size.bytes;
		}
	}
	socket_end(which);
	return 0;
}

#define RECEIVED(name, which)                                                                                                  \
	SEC("fentry/sk_filter_trim_cap")                                                                                       \
	int BPF_PROG(name, struct sock *sk, struct sk_buff *skb)                                                               \
	{                                                                                                                      \
		return receive(which, sk, skb);                                                                                \
	}

RECEIVED(received_0, 9)
RECEIVED(received_1, 10)
RECEIVED(received_2, 11)
