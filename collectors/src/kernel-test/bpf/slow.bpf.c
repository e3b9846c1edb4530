// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Keeps who makes a cgroup in the kernel for a while, between the word of it and the moment it can be found. */
#include "kernel.h"

#define WHILE_NS 500000000ULL
#define LOOPS (1 << 23) /* as many as the kernel allows */

static long is_over(u32 turn, void *end)
{
	return bpf_ktime_get_ns() > *(u64 *)end;
}

SEC("fentry/kernfs_activate")
int slow_activation(void *ctx)
{
	u64 end = bpf_ktime_get_ns() + WHILE_NS;

	for (u32 i = 0; i < 16 && bpf_ktime_get_ns() < end; i++)
		bpf_loop(LOOPS, is_over, &end, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
