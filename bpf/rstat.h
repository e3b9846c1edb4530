/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The framework: one C file is one collector.
 *
 *     struct runqueue {
 *             u64 switches RSTAT_METRIC("cgroup_context_switches_total", "counter", "", "Switches to a task.");
 *     };
 *     RSTAT_COLLECTOR(runqueue, "Scheduling");
 *
 *     SEC("tp_btf/sched_switch")
 *     int BPF_PROG(run, bool preempt, struct task_struct *prev, struct task_struct *next)
 *     {
 *             rstat_update(task_cgroup(next), value)
 *                     value->switches++;
 *             return 0;
 *     }
 *
 * The struct is the schema: u64 counters and histograms only, each with one RSTAT_METRIC. Maps, flusher, walk, stats files and
 * the clean-up after dead cgroups come from RSTAT_COLLECTOR; flush.h has the aggregation, files.h what a reader sees.
 *
 * Who owns what:
 *   percpu[cgroup] on CPU c    `now` and `updates` are written by events on c, `flushed` and `seen` by whoever flushes
 *   totals[cgroup]             written by whoever flushes: under the kernel's rstat lock in rstat mode, under cgroup_mutex in
 *                              walk mode, so never by two at once
 *   state                      the same, but for `lost_events`, which is atomic
 *
 * No update is ever stranded. An event writes its words, then executes a full barrier (the atomic add to `updates`), then asks
 * the kernel whether the cgroup is on this CPU's updated list; a flush takes the cgroup off that list, then executes a full
 * barrier (reading `updates` atomically), then reads the words. So either the flush sees the words, or the event sees that the
 * cgroup must be listed again. The kernel's own check is speculative and promises less (kernel/cgroup/rstat.c).
 */
#ifndef RSTAT_H
#define RSTAT_H

#include "files.h"
#include "flush.h"
#include "histogram.h"
#include "kernel.h"
#include "update.h"

/*
 * Describes a field. name: the metric as Prometheus has it, with its unit; type: "counter" or "histogram"; unit: what the BPF
 * side counts in, "" or "ns" or "bytes"; help: one sentence.
 */
#define RSTAT_METRIC(name, type, unit, help)                                                                                   \
	__attribute__((btf_decl_tag("rstat:name=" name), btf_decl_tag("rstat:type=" type),                                      \
		       btf_decl_tag("rstat:unit=" unit), btf_decl_tag("rstat:help=" help)))

/* Words in the collector's struct. Aggregation sees arrays of u64 and needs to know nothing of the fields. */
#define RSTAT_WORDS(type) (sizeof(struct type) / sizeof(u64))

/* An upper bound of live cgroups with events; the loader sets another on demand (--max-cgroups). */
#define RSTAT_MAX_CGROUPS 65536

/*
 * A cgroup's total is allocated when the cgroup is made, its per-CPU values when it has its first event: preallocating them for
 * every cgroup there might be, on every possible CPU, would cost gigabytes on large hosts.
 */
#define RSTAT_MAP(name, map_type, value_type)                                                                                  \
	struct {                                                                                                               \
		__uint(type, map_type);                                                                                        \
		__uint(map_flags, BPF_F_NO_PREALLOC);                                                                          \
		__uint(max_entries, RSTAT_MAX_CGROUPS);                                                                        \
		__type(key, u64);                                                                                              \
		__type(value, value_type);                                                                                     \
	} name SEC(".maps")

#define RSTAT_COLLECTOR(type, description)                                                                                     \
	_Static_assert(sizeof(struct type) % sizeof(u64) == 0, "a collector's struct holds u64 values and histograms only");   \
	struct rstat_cpu_value {                                                                                               \
		struct type now;     /* first: rstat_end() is given its address */                                             \
		u64 updates;	     /* raised after `now`, with a full barrier */                                             \
		struct type flushed; /* what of `now` is in the totals */                                                      \
		u64 seen;	     /* the value of `updates` that `flushed` belongs to */                                    \
	};                                                                                                                     \
	struct rstat_total {                                                                                                   \
		struct type total;   /* of the subtree */                                                                      \
		struct type pending; /* given by children, not yet in `total` nor in the parent */                             \
		u64 has_pending;                                                                                               \
	} __attribute__((btf_decl_tag("rstat:description=" description)));                                                     \
	RSTAT_MAP(percpu, BPF_MAP_TYPE_PERCPU_HASH, struct rstat_cpu_value);                                                   \
	RSTAT_MAP(totals, BPF_MAP_TYPE_HASH, struct rstat_total);                                                              \
	static const struct rstat_cpu_value rstat_no_cpu_value = {};                                                           \
	static const struct rstat_total rstat_no_total = {};                                                                   \
	const volatile struct rstat_key rstat_keys[RSTAT_WORDS(type)] = {};                                                    \
                                                                                                                               \
	static __always_inline struct type *rstat_begin(struct cgroup *cgrp)                                                   \
	{                                                                                                                      \
		struct rstat_cpu_value *value;                                                                                 \
		u64 id = cgroup_id(cgrp);                                                                                      \
                                                                                                                               \
		rstat_preempt_disable();                                                                                       \
		value = rstat_lookup_or_create(&percpu, &id, &rstat_no_cpu_value);                                             \
		if (value)                                                                                                     \
			return &value->now;                                                                                    \
		rstat_lost_event();                                                                                            \
		rstat_preempt_enable();                                                                                        \
		return NULL;                                                                                                   \
	}                                                                                                                      \
	static __always_inline void rstat_end(struct cgroup *cgrp, struct type *now)                                           \
	{                                                                                                                      \
		__sync_fetch_and_add(&((struct rstat_cpu_value *)now)->updates, 1);                                            \
		rstat_updated(cgrp);                                                                                           \
		rstat_preempt_enable();                                                                                        \
	}                                                                                                                      \
	RSTAT_FLUSH_PROGRAMS(RSTAT_WORDS(type))                                                                                \
	RSTAT_FILE_PROGRAMS(RSTAT_WORDS(type))                                                                                 \
	char LICENSE[] SEC("license") = "Dual BSD/GPL"

/*
 * Runs the statement that follows with `value` pointing at this CPU's struct of `cgrp`, then marks the cgroup updated. Where
 * there is no room for the cgroup's values the statement is skipped and the event counted as lost. Leave it by its end only:
 * no return, break or goto.
 */
#define rstat_update(cgrp, value)                                                                                              \
	for (typeof(rstat_begin(NULL)) value = rstat_begin(cgrp); value; rstat_end(cgrp, value), value = NULL)

#endif
