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

struct tcp_sock___sent {
	u32 segs_out;
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
 * either of which may send as well. So there are three of the same program in such a place: `which` is 0 to 2 in a collector's first
 * place, 3 to 5 in its second, since what is active in one place runs all the same in another. They turn preemption off at once, and an
 * event is missed only if all are active below it. Whichever is first leaves a token for those that will run after it: what it has
 * counted. A socket of TCP is locked meanwhile, by the task that `owned` stands for or else by a softirq, which no task comes between;
 * other protocols' sockets are sent to by tasks.
 */
#define SOCKET_PROGRAMS 3
#define SOCKET_PLACES 4 /* at most, of one collector */

struct socket_token {
	u64 packet;
	u64 serial; /* tells one sending from the next, whose packet may be at the same address */
	u64 left;   /* programs that have yet to see it */
};

struct socket_programs {
	u64 active[SOCKET_PLACES * SOCKET_PROGRAMS];
	struct socket_token token; /* of softirqs */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct socket_programs);
} socket_programs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct socket_token);
} task_tokens SEC(".maps");

static __always_inline void socket_active(u32 which, u64 active)
{
	u32 zero = 0;
	struct socket_programs *programs = bpf_map_lookup_elem(&socket_programs, &zero);

	if (programs)
		*(volatile u64 *)&programs->active[which] = active;
}

/* Around what one of them does. */
static __always_inline void socket_begin(u32 which)
{
	rstat_preempt_disable();
	socket_active(which, 1);
}

static __always_inline void socket_end(u32 which)
{
	socket_active(which, 0);
	rstat_preempt_enable();
}

/* Has another program counted this? by_task: whether a task does it, and not a softirq. */
static __always_inline bool socket_taken(u32 which, const void *packet, u64 serial, bool by_task)
{
	u32 zero = 0;
	struct socket_programs *programs = bpf_map_lookup_elem(&socket_programs, &zero);
	struct socket_token *token = NULL;

	if (programs && by_task)
		token = bpf_task_storage_get(&task_tokens, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	else if (programs)
		token = &programs->token;
	if (!token) {
		rstat_lost_event();
		return true;
	}
	if (token->left && token->packet == (u64)packet && token->serial == serial) {
		token->left--;
		return true;
	}
	token->packet = (u64)packet;
	token->serial = serial;
	token->left = SOCKET_PROGRAMS;
	for (u32 i = 0; i < SOCKET_PROGRAMS; i++)
		token->left -= *(volatile u64 *)&programs->active[which / SOCKET_PROGRAMS * SOCKET_PROGRAMS + i];
	return false;
}

static __always_inline u64 socket_serial(const struct sock *sk)
{
	return sk->sk_protocol == IPPROTO_TCP ? BPF_CORE_READ((const struct tcp_sock___sent *)sk, segs_out) : 0;
}

static __always_inline bool socket_sent_by_task(const struct sock *sk)
{
	return sk->sk_protocol != IPPROTO_TCP || sk->sk_lock.owned;
}

#endif
