// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How long tasks that could run waited for a CPU, and how often they were switched to and away from.
 *
 * A wait may be the cgroup's own doing: its quota (cpu.max) is used up and none of its tasks may run, free CPUs or not. That part of a
 * wait is counted apart, so that the latency tells of contention alone; both together are the kernel's run_delay.
 */
#include "rstat.h"

struct runqueue {
	struct rstat_histogram wait RSTAT_METRIC("cgroup_runqueue_latency_seconds", "histogram", "ns",
						 "Time tasks were runnable before they ran, not counting the time they were throttled.");
	u64 switches RSTAT_METRIC("cgroup_context_switches_total", "counter", "", "Switches to a task.");
	u64 preemptions RSTAT_METRIC("cgroup_preemptions_total", "counter", "",
				     "Switches away from a task that could have gone on running.");
	u64 throttled RSTAT_METRIC("cgroup_runqueue_throttled_seconds_total", "counter", "ns",
				   "Time tasks were runnable but throttled, because the CPU quota of a cgroup they are in was used up.");
};
RSTAT_COLLECTOR(runqueue, "Run-queue latency, throttling, context switches and preemptions");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_group;

struct rq {
	u64 clock;
	u64 clock_pelt;
	unsigned long lost_idle_time;
};

/* One for each cgroup with the cpu controller and each CPU. */
struct cfs_rq {
	struct rq *rq;
	struct task_group *tg;
	int throttle_count;
	u64 throttled_clock_self;
	u64 throttled_clock_self_time;
	u64 throttled_clock_pelt;
	u64 throttled_clock_pelt_time;
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct task_struct___runqueue {
	int prio;
	bool throttled;
	struct sched_entity se;
	struct task_group *sched_task_group;
};

#pragma clang attribute pop

/* A task that can run and does not. */
struct wait {
	u64 since;	 /* ktime nanoseconds; 0 while the task runs or sleeps */
	u64 queue;	 /* the cfs_rq it waits in; 0 where it is not to be throttled */
	u64 throttled; /* how long that had been throttled by then */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct wait);
} waits SEC(".maps");

/* The smallest priority number of the fair scheduling classes: quotas are for those. */
#define MAX_RT_PRIO 100

/*
 * For how long a queue has been throttled up to now, by its own cgroup's quota or that of one above, in nanoseconds. `read` reads a
 * field of it.
 *
 * 6.6 ("sched: add throttled time stat for throttled children") counts the time there was a task to wait in it. Before that there is
 * only PELT's clock, which falls behind on a CPU that does not run at full speed and catches up when the CPU is idle.
 */
#define THROTTLED_TIME(queue, read)                                                                                            \
	({                                                                                                                     \
		u64 time = 0, since, now;                                                                                      \
                                                                                                                               \
		if (bpf_core_field_exists(((struct cfs_rq *)0)->throttled_clock_self_time)) {                                  \
			time = read(queue, throttled_clock_self_time);                                                         \
			since = read(queue, throttled_clock_self);                                                             \
			now = since ? read(queue, rq, clock) : 0;                                                              \
			time += now - since;                                                                                   \
		} else if (bpf_core_field_exists(((struct cfs_rq *)0)->throttled_clock_pelt_time)) {                           \
			time = read(queue, throttled_clock_pelt_time);                                                         \
			if (read(queue, throttle_count)) {                                                                     \
				since = read(queue, throttled_clock_pelt);                                                     \
				now = read(queue, rq, clock_pelt) - read(queue, rq, lost_idle_time);                           \
				time += now - since;                                                                           \
			}                                                                                                      \
		}                                                                                                              \
		time;                                                                                                          \
	})

/* Loads, which fault as little as BPF_CORE_READ does and cost less, where the verifier knows what a pointer points to. */
#define LOAD_2(queue, field) ((queue)->field)
#define LOAD_3(queue, rq, field) ((queue)->rq->field)
#define LOAD_N(_1, _2, _3, load, ...) load
#define LOAD(...) LOAD_N(__VA_ARGS__, LOAD_3, LOAD_2)(__VA_ARGS__)

/*
 * Up to 6.17 a queue is throttled with all that is in it. From 6.18 ("sched/fair: Switch to task based throttle model") its tasks
 * leave it one by one, each when it would return to user mode; until then they compete as any other.
 */
static __always_inline bool can_be_throttled(struct task_struct___runqueue *task)
{
	if (task->prio < MAX_RT_PRIO)
		return false;
	return !bpf_core_field_exists(task->throttled) || task->throttled;
}

static __always_inline void start_wait(struct wait *wait, struct task_struct *waiting, u64 now)
{
	struct task_struct___runqueue *task = (void *)waiting;
	struct cfs_rq *queue = task->se.cfs_rq;

	wait->since = now;
	wait->queue = 0;
	if (can_be_throttled(task)) {
		wait->queue = (u64)queue;
		wait->throttled = THROTTLED_TIME(queue, LOAD);
	}
}

/*
 * How much of a wait that is over was throttled. Once it could run, the task may have been moved to another CPU and so to another
 * queue: the one it waited in is still there if it is of the group the task is in.
 */
static __always_inline u64 throttled_part(const struct wait *wait, struct task_struct *running, u64 waited)
{
	struct task_struct___runqueue *task = (void *)running;
	struct cfs_rq *queue = task->se.cfs_rq, *left = (void *)wait->queue;
	s64 throttled;

	if (!left)
		return 0;
	if (left == queue)
		throttled = THROTTLED_TIME(queue, LOAD) - wait->throttled;
	else if (BPF_CORE_READ(left, tg) == task->sched_task_group)
		throttled = THROTTLED_TIME(left, BPF_CORE_READ) - wait->throttled;
	else
		return 0;
	if (throttled < 0)
		return 0;
	return (u64)throttled < waited ? throttled : waited;
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
			throttled = throttled_part(wait, next, waited);
			wait->since = 0;
		}
		rstat_update(task_cgroup(next), value) {
			value->switches++;
			if (since) {
				rstat_observe_ns(&value->wait, waited - throttled);
				value->throttled += throttled;
			}
		}
	}
	return 0;
}
