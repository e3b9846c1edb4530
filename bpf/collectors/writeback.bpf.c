// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How long tasks were made to sleep because more memory is dirty than is being written back. balance_dirty_pages() says how long a pause it
 * has decided on: nothing or less than nothing when it lets the task go on, and more when it sleeps, but for io_uring, which it asks
 * to come back. So a pause counts when it is slept, and as long as it was.
 */
#include "rstat.h"

struct writeback {
	struct rstat_histogram throttled RSTAT_METRIC("cgroup_dirty_throttle_seconds", "histogram", "ns",
						      "Time tasks slept because they had made too much memory dirty.");
};
RSTAT_COLLECTOR(writeback, "Dirty throttling");

RSTAT_ARGS(balance_dirty_pages);

/* The pause that a task was told to make, and when, in ktime nanoseconds. */
struct pause {
	s64 jiffies; /* 0 when there is none */
	u64 at;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct pause);
} pauses SEC(".maps");

SEC("tp_btf/balance_dirty_pages")
int decide(unsigned long long *ctx)
{
	s64 jiffies = ctx[6];
	struct pause *pause;

	/* 6.1 and 6.12 have five numbers where later kernels have the struct that they are in. */
	if (args_balance_dirty_pages == 12) {
		barrier_var(ctx); /* or the compiler makes it one load, from an address that is none of the context */
		jiffies = ctx[10];
	}
	if (jiffies <= 0)
		return 0;
	pause = bpf_task_storage_get(&pauses, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (pause) {
		pause->jiffies = jiffies;
		pause->at = bpf_ktime_get_ns();
	} else {
		rstat_lost_event();
	}
	return 0;
}

SEC("fexit/io_schedule_timeout")
int BPF_PROG(slept, s64 timeout)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pause *pause = bpf_task_storage_get(&pauses, task, NULL, 0);
	u64 ns;

	if (!pause || !pause->jiffies)
		return 0;
	/* Of another length: it is not that sleep, which io_uring did not make. */
	if (pause->jiffies == timeout) {
		ns = bpf_ktime_get_ns() - pause->at;
		rstat_update(task_cgroup(task), value)
			rstat_observe_ns(&value->throttled, ns);
	}
	pause->jiffies = 0;
	return 0;
}
