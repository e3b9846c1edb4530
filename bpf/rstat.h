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
 * The struct is the schema: each field has one RSTAT_METRIC. Maps, flusher, walk, stats files and
 * the clean-up after dead cgroups come from RSTAT_COLLECTOR; flush.h has the aggregation, files.h what a reader sees.
 *
 * Who owns what:
 *   cell of a cgroup on CPU c  `now` and `updates` are written by events on c, `flushed` and `seen` by whoever flushes
 *   total of a cgroup          written by whoever flushes: under the kernel's rstat lock in rstat mode, under cgroup_mutex in
 *                              walk mode, so never by two at once
 *   state                      the same, but for the counts of events, which are atomic
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
#include "max.h"
#include "store.h"
#include "top.h"
#include "update.h"

/*
 * Describes a field. name: the metric as Prometheus has it, with its unit; unit: what the BPF side counts in, "" or "ns" or "bytes";
 * help: one sentence; type:
 *
 *     counter     u64, only grows; its name ends in _total
 *     gauge       u64 taken as signed: what was added and taken off, summed up
 *     histogram   struct rstat_histogram (histogram.h): rstat_observe(), rstat_observe_ns()
 *     max         struct rstat_max (max.h): rstat_max(), the largest in the last read windows
 *     top         struct rstat_top (top.h): rstat_top_add(), a counter split by another cgroup; RSTAT_KEY names the label
 */
#define RSTAT_METRIC(name, type, unit, help)                                                                                   \
	__attribute__((btf_decl_tag("rstat:name=" name), btf_decl_tag("rstat:type=" type),                                     \
		       btf_decl_tag("rstat:unit=" unit), btf_decl_tag("rstat:help=" help)))

/* Fields of the same name, type, unit and help, with different values of the same labels, are one family of metrics. */
#define RSTAT_LABEL(name, value) __attribute__((btf_decl_tag("rstat:label=" name "=" value)))

/* The label that has the path of the other cgroup, for a top. */
#define RSTAT_KEY(label) __attribute__((btf_decl_tag("rstat:key=" label)))

/* Left alone by rstat_combine(): the collector's own flush function takes care of this field. */
#define RSTAT_OWN_FLUSH __attribute__((btf_decl_tag("rstat:flush=own")))

/* Words in the collector's struct. Aggregation sees arrays of u64 and needs to know nothing of the fields. */
#define RSTAT_WORDS(type) (sizeof(struct type) / sizeof(u64))

#define RSTAT_COLLECTOR(type, description) RSTAT_COLLECTOR_FLUSH(type, description, rstat_no_own_flush)

static __always_inline void rstat_no_own_flush(void *into, const void *now, const void *flushed) {}

/*
 * A collector with a flush function of its own, for fields marked RSTAT_OWN_FLUSH:
 *
 *     static __always_inline void own_flush(struct type *into, const struct type *now, const struct type *flushed);
 *
 * It gives `into` what `now` has that `flushed` had not: see combine.h. It is called with what a CPU counted and with what children
 * handed up, for the cgroup and for its parent, with interrupts off: it loops little, and reads and writes no more than its arguments.
 */
#define RSTAT_COLLECTOR_FLUSH(type, description, own_flush)                                                                    \
	_Static_assert(sizeof(struct type) % sizeof(u64) == 0, "a collector's struct is made of 64-bit words");                \
	RSTAT_STORES(type, description)                                                                                        \
	const volatile struct rstat_key rstat_keys[RSTAT_WORDS(type)] = {};                                                    \
                                                                                                                               \
	static __always_inline struct type *rstat_begin(struct cgroup *cgrp)                                                   \
	{                                                                                                                      \
		struct rstat_cell *cell;                                                                                       \
                                                                                                                               \
		rstat_preempt_disable();                                                                                       \
		cell = rstat_cell(cgrp);                                                                                       \
		if (cell)                                                                                                      \
			return &cell->now;                                                                                     \
		rstat_lost_event();                                                                                            \
		rstat_preempt_enable();                                                                                        \
		return NULL;                                                                                                   \
	}                                                                                                                      \
	static __always_inline void rstat_end(struct cgroup *cgrp, struct type *now, const bool held)                          \
	{                                                                                                                      \
		__sync_fetch_and_add(&((struct rstat_cell *)now)->updates, 1);                                                 \
		rstat_updated(cgrp, held);                                                                                     \
		rstat_preempt_enable();                                                                                        \
	}                                                                                                                      \
	RSTAT_FLUSH_PROGRAMS(type, own_flush)                                                                                  \
	RSTAT_FILE_PROGRAMS(type)                                                                                              \
	char LICENSE[] SEC("license") = "Dual BSD/GPL"

/*
 * Runs the statement that follows with `value` pointing at this CPU's struct of `cgrp`, then marks the cgroup updated. Where
 * there is no room anywhere the statement is skipped and the event counted as lost. Leave it by its end only: no return, break
 * or goto.
 */
#define rstat_update(cgrp, value) RSTAT_UPDATE(cgrp, value, false)

/* The cgroup is asked for once: the task may be moved to another meanwhile. */
#define RSTAT_UPDATE(cgrp, value, held)                                                                                        \
	for (struct cgroup *rstat_at = (cgrp), **rstat_once = &rstat_at; rstat_once; rstat_once = NULL)                        \
		for (typeof(rstat_begin(NULL)) value = rstat_begin(rstat_at); value;                                           \
		     rstat_end(rstat_at, value, held), value = NULL)

/* The same for a cgroup found by walking the kernel's structures, such as the owner of a bio or of a socket. */
#define rstat_update_walked(cgrp, value)                                                                                       \
	for (struct cgroup *rstat_held = rstat_hold(cgrp); rstat_held; rstat_unhold(rstat_held), rstat_held = NULL)             \
		RSTAT_UPDATE(rstat_held, value, true)

#endif
