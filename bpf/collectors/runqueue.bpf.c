// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How long tasks that could run waited for a CPU, and how often they were switched to and away from. */
#include "rstat.h"

struct runqueue {
	struct rstat_histogram wait RSTAT_METRIC("cgroup_runqueue_latency_seconds", "histogram", "ns",
						 "Time tasks were runnable before they ran.");
	u64 switches RSTAT_METRIC("cgroup_context_switches_total", "counter", "", "Switches to a task.");
	u64 preemptions RSTAT_METRIC("cgroup_preemptions_total", "counter", "",
				     "Switches away from a task that could have gone on running.");
};
RSTAT_COLLECTOR(runqueue, "Run-queue latency, context switches and preemptions");

/* When a task became runnable, in ktime nanoseconds; 0 while it runs or sleeps. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} runnable_since SEC(".maps");

static __always_inline u64 *runnable(struct task_struct *task, u64 flags)
{
	return bpf_task_storage_get(&runnable_since, task, NULL, flags);
}

/* A wakeup of a task that waits already, or that runs and had only announced its sleep, starts no new wait. */
static __always_inline int woken(struct task_struct *task)
{
	u64 *since = runnable(task, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!since)
		rstat_lost_event();
	else if (!*since)
		*since = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/sched_wakeup")
int BPF_PROG(wakeup, struct task_struct *task)
{
	return woken(task);
}

SEC("tp_btf/sched_wakeup_new")
int BPF_PROG(wakeup_new, struct task_struct *task)
{
	return woken(task);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(run, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
{
	u64 now = bpf_ktime_get_ns();
	bool preempted = preempt || !prev_state;

	/* Process 0 is each CPU's idle task: nobody waits for it, nor is it preempted. */
	if (prev->pid) {
		u64 *since = runnable(prev, preempted ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);

		if (since)
			*since = preempted ? now : 0;
		else if (preempted)
			rstat_lost_event();
		if (preempted)
			rstat_update(task_cgroup(prev), value)
				value->preemptions++;
	}
	if (next->pid) {
		u64 *since = runnable(next, 0);
		u64 start = since ? *since : 0;

		if (since)
			*since = 0;
		rstat_update(task_cgroup(next), value) {
			value->switches++;
			if (start)
				rstat_observe_ns(&value->wait, now - start);
		}
	}
	return 0;
}
