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

#endif
