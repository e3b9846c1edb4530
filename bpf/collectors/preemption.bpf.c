// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Which cgroups' tasks ran while those of a cgroup wanted to.
 *
 * Each CPU keeps its last runs: whose tasks had it, and until when. A task that gets the CPU looks up who had it since it was queued
 * there. Since when, the kernel's own record says (sched_info, of which run_delay is made). What a task waited on another CPU before
 * it was moved is not in there.
 *
 * What nobody took is the cgroup's own: time that it was throttled because of its quota, and time the CPU was idle or waking up. Of a
 * task that slept while its quota was used up, the first part of its wait is taken for throttled, up to 6.17.
 */
#include "rstat.h"
#include "throttle.h"

struct preemption {
	struct rstat_top preempted
		RSTAT_METRIC("cgroup_preempted_by_total", "top", "",
			     "Switches away from a task that could have gone on running, by whose task was switched to.")
			RSTAT_KEY("by");
	struct rstat_top delayed RSTAT_METRIC("cgroup_delayed_by_seconds_total", "top", "ns",
					      "Time tasks were runnable on the CPU they got next, by whose task ran there meanwhile.")
		RSTAT_KEY("by");
};
RSTAT_COLLECTOR(preemption, "Preemptions and waits for a CPU by the cgroup that caused them");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct sched_info {
	unsigned long long last_queued; /* in the clock of the run queue */
};

struct task_struct___preemption {
	struct sched_info sched_info;
};

#pragma clang attribute pop

/* A power of two. Runs of one cgroup's tasks one after the other are one. */
#define RUNS 16

struct runs {
	u64 last;
	struct {
		u64 cgroup; /* 0: idle */
		u64 until;  /* in the clock of the run queue; also when the next one began */
	} run[RUNS];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct runs);
} runs SEC(".maps");

/* What a task's queue had been throttled when the task was last switched away from; of tasks whose queue ever was. */
struct left {
	struct rstat_throttle throttle;
	u64 ran; /* the time the task had run by then: if it has run on since, this is of an earlier time */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct left);
} left SEC(".maps");

static __always_inline void leave(struct task_struct *prev)
{
	struct rstat_throttle now = rstat_throttle_begin(prev);
	struct left *kept;

	if (!now.time)
		return;
	kept = bpf_task_storage_get(&left, prev, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (kept) {
		kept->throttle = now;
		kept->ran = ((struct task_struct___throttle *)prev)->se.sum_exec_runtime;
	}
}

/* How much of a wait on this CPU was throttled. */
static __always_inline u64 throttled_since_leaving(struct task_struct *next, u64 waited)
{
	struct left *kept;

	if (!rstat_throttled_ever(next))
		return 0;
	kept = bpf_task_storage_get(&left, next, NULL, 0);
	if (!kept || kept->ran != ((struct task_struct___throttle *)next)->se.sum_exec_runtime)
		return 0;
	return rstat_throttle_end(&kept->throttle, next, waited);
}

static __always_inline void end_run(struct runs *runs, u64 cgroup, u64 now)
{
	u64 last = runs->last % RUNS;

	if (runs->run[last].cgroup != cgroup) {
		last = (last + 1) % RUNS;
		runs->last = last;
		runs->run[last].cgroup = cgroup;
	}
	runs->run[last].until = now;
}

/* Shares out the time from `since` to `until` among those who had this CPU; what is older than the runs known is nobody's known. */
static __always_inline void share_out(struct rstat_top *delayed, const struct runs *runs, u64 own, u64 since, u64 until)
{
	u64 last = runs->last;

	for (u32 i = 0; i < RUNS - 1 && until > since; i++) {
		u64 by = runs->run[(last - i) % RUNS].cgroup;
		u64 began = runs->run[(last - i - 1) % RUNS].until;

		if (began < since)
			began = since;
		if (began < until) {
			rstat_top_add(delayed, by ? by : own, until - began);
			until = began;
		}
	}
	delayed->other += until - since;
}

SEC("tp_btf/sched_switch")
int BPF_PROG(switched, bool preempt, struct task_struct *prev, struct task_struct *next, unsigned int prev_state)
{
	struct cgroup *from = task_cgroup(prev), *to = task_cgroup(next);
	u64 now = ((struct task_struct___throttle *)prev)->se.cfs_rq->rq->clock, since, own, throttled;
	u32 zero = 0;
	struct runs *known = bpf_map_lookup_elem(&runs, &zero);

	if (!known)
		return 0;
	/* Process 0 is each CPU's idle task. */
	end_run(known, prev->pid ? cgroup_id(from) : 0, now);
	if (prev->pid) {
		leave(prev);
		if (preempt || !prev_state) {
			own = cgroup_id(next->pid ? to : from);
			rstat_update(from, value)
				rstat_top_add(&value->preempted, own, 1);
		}
	}
	if (!next->pid)
		return 0;
	since = ((struct task_struct___preemption *)next)->sched_info.last_queued;
	if (!since || since >= now)
		return 0;
	own = cgroup_id(to);
	throttled = throttled_since_leaving(next, now - since);
	rstat_update(to, value) {
		if (throttled)
			rstat_top_add(&value->delayed, own, throttled);
		share_out(&value->delayed, known, own, since + throttled, now);
	}
	return 0;
}
