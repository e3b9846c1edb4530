/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How much of a task's wait for a CPU was throttling: the CPU quota (cpu.max) of its cgroup, or of one above, was used up, and it might
 * not have run on a free CPU either.
 *
 * The kernel keeps, for each cgroup and CPU, how long that queue has been throttled. What this has grown by during the wait is the
 * answer: no hook where throttling begins and ends, whose functions are static, and nothing to do for who has no quota.
 */
#ifndef RSTAT_THROTTLE_H
#define RSTAT_THROTTLE_H

#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct task_group;

struct rq {
	u64 clock;
	u64 clock_pelt;
	unsigned long lost_idle_time;
};

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
	u64 sum_exec_runtime;
	struct cfs_rq *cfs_rq;
};

struct task_struct___throttle {
	int prio;
	bool throttled;
	struct sched_entity se;
	struct task_group *sched_task_group;
};

#pragma clang attribute pop

/* What a wait began with. */
struct rstat_throttle {
	u64 queue; /* the cfs_rq the task is in; 0 where it cannot be throttled */
	u64 time;  /* how long that had been throttled by then, in nanoseconds */
};

/* Loads, which fault as little as BPF_CORE_READ does and cost less, where the verifier knows what a pointer points to. */
#define RSTAT_LOAD_2(queue, field) ((queue)->field)
#define RSTAT_LOAD_3(queue, rq, field) ((queue)->rq->field)
#define RSTAT_LOAD_N(_1, _2, _3, load, ...) load
#define RSTAT_LOAD(...) RSTAT_LOAD_N(__VA_ARGS__, RSTAT_LOAD_3, RSTAT_LOAD_2)(__VA_ARGS__)

/*
 * For how long a queue has been throttled up to now. `read` is RSTAT_LOAD or BPF_CORE_READ.
 *
 * 6.6 ("sched: add throttled time stat for throttled children") counts the time there was a task to wait in it. Before that there is
 * only PELT's clock, which falls behind on a CPU that does not run at full speed and catches up when the CPU is idle.
 */
#define RSTAT_THROTTLED_TIME(queue, read)                                                                                      \
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

/* The smallest priority number of the fair scheduling classes: quotas are for those. */
#define RSTAT_MAX_RT_PRIO 100

/*
 * Up to 6.17 a queue is throttled with all that is in it. From 6.18 ("sched/fair: Switch to task based throttle model") its tasks
 * leave it one by one, each when it would return to user mode; until then they compete as any other.
 */
static __always_inline bool rstat_can_be_throttled(struct task_struct___throttle *task)
{
	if (!bpf_core_field_exists(task->se.cfs_rq) || !bpf_core_field_exists(task->sched_task_group))
		return false;
	return task->prio >= RSTAT_MAX_RT_PRIO && (!bpf_core_field_exists(task->throttled) || task->throttled);
}

/* Whether the queue that a task is in has ever been throttled: most never are, and need no more than this. */
static __always_inline bool rstat_throttled_ever(struct task_struct *running)
{
	struct task_struct___throttle *task = (void *)running;

	return bpf_core_field_exists(task->se.cfs_rq) && RSTAT_THROTTLED_TIME(task->se.cfs_rq, RSTAT_LOAD);
}

/* A task begins to wait. */
static __always_inline struct rstat_throttle rstat_throttle_begin(struct task_struct *waiting)
{
	struct task_struct___throttle *task = (void *)waiting;
	struct rstat_throttle begun = {};
	struct cfs_rq *queue;

	if (rstat_can_be_throttled(task)) {
		queue = task->se.cfs_rq;
		begun.queue = (u64)queue;
		begun.time = RSTAT_THROTTLED_TIME(queue, RSTAT_LOAD);
	}
	return begun;
}

/*
 * A task that waited runs: how much of its wait was throttled, in nanoseconds. Once it could run, it may have been moved to another
 * CPU and so to another queue: the one it waited in is still there if it is of the group the task is in.
 */
static __always_inline u64 rstat_throttle_end(const struct rstat_throttle *begun, struct task_struct *running, u64 waited)
{
	struct task_struct___throttle *task = (void *)running;
	struct cfs_rq *left = (void *)begun->queue, *queue;
	s64 throttled;
	u64 here;

	if (!left || !bpf_core_field_exists(task->se.cfs_rq) || !bpf_core_field_exists(task->sched_task_group))
		return 0;
	queue = task->se.cfs_rq;
	/* Lest the compiler take the one for the other: the verifier knows what this one points to, and not of that one. */
	here = (u64)queue;
	barrier_var(here);
	if (here == begun->queue) {
		throttled = RSTAT_THROTTLED_TIME(queue, RSTAT_LOAD) - begun->time;
	} else if (BPF_CORE_READ(left, tg) == task->sched_task_group) {
		throttled = RSTAT_THROTTLED_TIME(left, BPF_CORE_READ) - begun->time;
	} else {
		return 0;
	}
	if (throttled < 0)
		return 0;
	return (u64)throttled < waited ? throttled : waited;
}

#endif
