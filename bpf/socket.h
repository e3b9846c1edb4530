/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets, and whose they are. Most of what happens to them happens in softirqs, where `current` is whoever was interrupted. */
#ifndef RSTAT_SOCKET_H
#define RSTAT_SOCKET_H

#include "state.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sock_common {
	__u16 skc_family;
	u8 skc_state;
};

struct sock_cgroup_data {
	struct cgroup *cgroup;
};

typedef struct {
	int owned;
} socket_lock_t;

struct sock {
	struct sock_common __sk_common;
	socket_lock_t sk_lock;
	__u16 sk_protocol;
	struct sock_cgroup_data sk_cgrp_data;
};

struct cgroup_subsys_state___socket {
	u32 flags;
};

struct cgroup___socket {
	struct cgroup_subsys_state___socket self;
};

#pragma clang attribute pop

#define IPPROTO_TCP 6

/* include/net/tcp_states.h; part of the ABI: `ss` and bpf_sock_ops have them. */
#define TCP_ESTABLISHED 1
#define TCP_SYN_SENT 2
#define TCP_SYN_RECV 3
#define TCP_FIN_WAIT1 4
#define TCP_TIME_WAIT 6
#define TCP_CLOSE 7
#define TCP_CLOSE_WAIT 8
#define TCP_LAST_ACK 9
#define TCP_NEW_SYN_RECV 12

#define CSS_ONLINE 2

/*
 * The cgroup of a socket is the cgroup2 cgroup in which it was made, or that of the listener it was accepted from; the kernel keeps a
 * reference. So a socket may outlive its cgroup, as the end of a connection does whose process is gone. What happens to it then is
 * counted at the nearest ancestor alive: to all totals that can still be read that makes no difference.
 */
static __always_inline struct cgroup *socket_cgroup(const struct sock *sk)
{
	struct cgroup *cgrp = sk->sk_cgrp_data.cgroup;

	for (int level = 0; level < RSTAT_MAX_DEPTH; level++) {
		struct cgroup *parent;

		if (((struct cgroup___socket *)cgrp)->self.flags & CSS_ONLINE)
			break;
		parent = cgroup_parent(cgrp);
		if (!parent)
			break;
		cgrp = parent;
	}
	return cgrp;
}

/* Is this all of a socket? What stands for it while it waits for its handshake or after its end is less, and has no cgroup. */
static __always_inline bool socket_is_full(u8 state)
{
	return state != TCP_NEW_SYN_RECV && state != TCP_TIME_WAIT;
}

/*
 * The kernel skips a program that is active on the same CPU already: in a task that was preempted there, or that a softirq interrupted,
 * either of which may send as well. So there are two of the same program in such a place, and an event is missed only if both are active
 * elsewhere. Whichever is first leaves a token for the other: what it has counted. A socket of TCP is locked meanwhile, by the task that
 * `owned` stands for or else by a softirq, which no task comes between; other protocols' sockets are sent to by tasks.
 */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} task_tokens SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} softirq_tokens SEC(".maps");

static __always_inline bool socket_taken(u64 *token, const void *skb)
{
	if (!token) {
		rstat_lost_event();
		return true;
	}
	if (*token == (u64)skb) {
		*token = 0;
		return true;
	}
	*token = (u64)skb;
	return false;
}

/* Has the other program counted what a softirq does with this? */
static __always_inline bool socket_taken_in_softirq(const void *skb)
{
	u32 zero = 0;

	return socket_taken(bpf_map_lookup_elem(&softirq_tokens, &zero), skb);
}

/* Has the other program counted this socket's sending of it? */
static __always_inline bool socket_taken_by_sender(const struct sock *sk, const void *skb)
{
	if (sk->sk_protocol == IPPROTO_TCP && !sk->sk_lock.owned)
		return socket_taken_in_softirq(skb);
	return socket_taken(bpf_task_storage_get(&task_tokens, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE),
			    skb);
}

#endif
