// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How long tasks that could run waited for a CPU, and how often they were switched to and away from.
 *
 * A wait may be the cgroup's own doing: its quota (cpu.max) is used up and none of its tasks may run, free CPUs or not. That part of a
 * wait is counted apart, so that the latency tells of contention alone; both together are the kernel's run_delay.
 */
#include "rstat.h"
#include "throttle.h"

struct runqueue {
	struct rstat_histogram wait RSTAT_METRIC("cgroup_runqueue_latency_seconds", "histogram", "ns",
						 "Time tasks were runnable before they ran, not counting the time they were throttled.");
	u64 switches RSTAT_METRIC("cgroup_context_switches_total", "counter", "", "Switches to a task.");
	u64 preemptions RSTAT_METRIC("cgroup_preemptions_total", "counter", "",
				     "Switches away from a task that could have gone on running.");
	u64 throttled RSTAT_METRIC("cgroup_runqueue_throttled_seconds_total", "counter", "ns",
				   "Time tasks were runnable but throttled, because the CPU quota of a cgroup they are in was used up.");
	u64 longest RSTAT_METRIC("cgroup_runqueue_longest_wait_seconds", "gauge", "ns",
				 "The longest time a task was runnable before it ran, since collection began.") RSTAT_OWN_FLUSH;
	u64 longest_at RSTAT_METRIC("cgroup_runqueue_longest_wait_boot_seconds", "gauge", "ns",
				    "When the longest wait ended, in seconds since the system was booted.") RSTAT_OWN_FLUSH;
};

/* A subtree's longest wait is that of its children or its own, not their sum. To see it twice changes nothing. */
static __always_inline void runqueue_flush(struct runqueue *into, const struct runqueue *now, const struct runqueue *flushed)
{
	if (now->longest > into->longest) {
		into->longest = now->longest;
		into->longest_at = now->longest_at;
	}
}

RSTAT_COLLECTOR_FLUSH(runqueue, "Run-queue latency, throttling, context switches and preemptions", runqueue_flush);

/* A task that can run and does not. */
struct wait {
	u64 since; /* ktime nanoseconds; 0 while the task runs or sleeps */
	struct rstat_throttle throttle;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct wait);
} waits SEC(".maps");

static __always_inline void start_wait(struct wait *wait, struct task_struct *task, u64 now)
{
	wait->since = now;
	wait->throttle = rstat_throttle_begin(task);
}

static __always_inline struct wait *wait_of(struct task_struct *task, u64 flags)
{
	return bpf_task_storage_get(&waits, task, NULL, flags);
}

/* A wakeup of a task that waits already, or that runs and had only announced its sleep, starts no new wait. */
static __always_inline int woken(struct task_struct *task)
{
	struct wait *wait = wait_of(task, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!wait)
		rstat_lost_event();
	else if (!wait->since)
		start_wait(wait, task, bpf_ktime_get_ns());
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
		struct wait *wait = wait_of(prev, preempted ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);

		if (wait && preempted)
			start_wait(wait, prev, now);
		else if (wait)
			wait->since = 0;
		else if (preempted)
			rstat_lost_event();
		if (preempted)
			rstat_update(task_cgroup(prev), value)
				value->preemptions++;
	}
	if (next->pid) {
		struct wait *wait = wait_of(next, 0);
		u64 since = wait ? wait->since : 0, waited = 0, throttled = 0;

		if (since) {
			waited = now - since;
			throttled = rstat_throttle_end(&wait->throttle, next, waited);
			wait->since = 0;
		}
		rstat_update(task_cgroup(next), value) {
			value->switches++;
			if (since) {
				rstat_observe_ns(&value->wait, waited - throttled);
				value->throttled += throttled;
				if (waited - throttled > value->longest) {
					value->longest = waited - throttled;
					value->longest_at = bpf_ktime_get_boot_ns();
				}
			}
		}
	}
	return 0;
}
