/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How per-CPU values become totals of subtrees.
 *
 * rstat_flush_cpu() is the one step: what CPU c added to a cgroup since it was last looked at, plus what the cgroup's children
 * have handed up (`pending`), goes into the cgroup's total and into its parent's pending. Applied to every changed (cgroup, CPU)
 * with children before parents it makes every total the sum of its subtree, and a total never falls: a child's counts are in its
 * parent before the child can go.
 *
 * Two modes run that step, and nothing above them can tell which:
 *   rstat   the kernel calls bpf_rstat_flush() for each changed (cgroup, CPU), children first, under the rstat lock; a fentry
 *           program there is the step. cgroup_mutex is not needed and idle cgroups cost nothing.
 *   walk    where the kernel refuses fentry, an iterator visits the cgroups in post order under cgroup_mutex and takes the step
 *           for every CPU. Dead cgroups are not visited, so theirs is taken when they are removed and when they are released,
 *           which happens under cgroup_mutex too.
 */
#ifndef RSTAT_FLUSH_H
#define RSTAT_FLUSH_H

#include "update.h"

/* Levels searched for an ancestor with a total where a full map has none for the parent. */
#define RSTAT_MAX_DEPTH 64

/* The nearest ancestor's total; the parent's unless the map was full. The loader made the root's, so there is one. */
static __always_inline u64 *rstat_ancestor_total(void *totals, const void *no_total, struct cgroup *cgrp, struct rstat_state *s)
{
	for (int level = 0; level < RSTAT_MAX_DEPTH; level++) {
		u64 id;
		u64 *total;

		cgrp = cgroup_parent(cgrp);
		if (!cgrp)
			return NULL;
		id = cgroup_id(cgrp);
		total = rstat_lookup_or_create(totals, &id, no_total);
		if (total)
			return total;
		s->missing_totals++;
	}
	return NULL;
}

/*
 * The layouts, in words (rstat.h): a per-CPU value is now[words] updates flushed[words] seen; a total is total[words]
 * pending[words] has_pending. Counters wrap, so differences are right across a wrap.
 */
static __always_inline void rstat_flush_cpu(void *percpu, void *totals, const void *no_total, const u32 words,
					    struct cgroup *cgrp, u32 cpu)
{
	struct rstat_state *s = rstat_state();
	u64 id = cgroup_id(cgrp);
	u64 *value = bpf_map_lookup_percpu_elem(percpu, &id, cpu);
	u64 *total = bpf_map_lookup_elem(totals, &id);
	u64 updates = 0;
	bool changed = false;
	u64 *above;

	if (!s)
		return;
	if (value) {
		updates = __sync_fetch_and_add(&value[words], 0);
		changed = updates != value[2 * words + 1];
	}
	if (!changed && (!total || !total[2 * words]))
		return;

	__sync_fetch_and_add(&s->sequence, 1);
	if (!total) {
		total = rstat_lookup_or_create(totals, &id, no_total);
		if (!total)
			s->missing_totals++;
	}
	above = rstat_ancestor_total(totals, no_total, cgrp, s);
	for (u32 i = 0; i < words; i++) {
		u64 delta = 0;

		if (changed && value) {
			u64 now = value[i];

			delta = now - value[words + 1 + i];
			value[words + 1 + i] = now;
		}
		if (total) {
			delta += total[words + i];
			total[words + i] = 0;
			total[i] += delta;
		}
		if (above)
			above[words + i] += delta;
	}
	if (changed && value)
		value[2 * words + 1] = updates;
	if (total && total[2 * words]) {
		total[2 * words] = 0;
		s->unpropagated--;
	}
	if (above && !above[2 * words]) {
		above[2 * words] = 1;
		s->unpropagated++;
	}
	__sync_fetch_and_add(&s->sequence, 1);
}

/* Flushes a subtree through the kernel: children first, each changed (cgroup, CPU) to the fentry program. May sleep. */
static __always_inline void rstat_kernel_flush(struct cgroup *cgrp)
{
	if (has_css_rstat_flush)
		css_rstat_flush(&cgrp->self);
	else
		cgroup_rstat_flush(cgrp);
}

/*
 * Stats files are readable by anyone, and a flush takes a lock that all others need: readers of files together may spend a tenth
 * of the time on it, and flush at most once a millisecond. What they print is at most that old.
 */
#define RSTAT_FILE_FLUSH_MIN_NS 1000000
#define RSTAT_FILE_FLUSH_PAUSE 9

static __always_inline void rstat_flush_began(struct rstat_state *s)
{
	s->started = bpf_ktime_get_ns();
}

static __always_inline void rstat_flush_done(struct rstat_state *s)
{
	u64 now = bpf_ktime_get_ns();
	u64 took = now - s->started;
	u64 pause = took * RSTAT_FILE_FLUSH_PAUSE;

	s->flushes++;
	s->flush_ns += took;
	s->file_flush_due = now + (pause > RSTAT_FILE_FLUSH_MIN_NS ? pause : RSTAT_FILE_FLUSH_MIN_NS);
}

#define RSTAT_FLUSH_PROGRAMS(words)                                                                                            \
	static long rstat_walk_cpu(u32 cpu, void *cgrp)                                                                        \
	{                                                                                                                      \
		rstat_flush_cpu(&percpu, &totals, &rstat_no_total, words, *(struct cgroup **)cgrp, cpu);                       \
		return 0;                                                                                                      \
	}                                                                                                                      \
                                                                                                                               \
	/* The walk's visit. A cgroup without events of its own needs one step, for what its children have handed up. */       \
	static __always_inline void rstat_walk_cgroup(struct cgroup *cgrp)                                                     \
	{                                                                                                                      \
		u64 id = cgroup_id(cgrp);                                                                                      \
                                                                                                                               \
		bpf_loop(bpf_map_lookup_elem(&percpu, &id) ? rstat_nr_cpus : 1, rstat_walk_cpu, &cgrp, 0);                     \
	}                                                                                                                      \
                                                                                                                               \
	static __always_inline void rstat_visit(struct cgroup *cgrp)                                                           \
	{                                                                                                                      \
		if (rstat_walk)                                                                                                \
			rstat_walk_cgroup(cgrp);                                                                               \
		else                                                                                                           \
			rstat_kernel_flush(cgrp);                                                                              \
	}                                                                                                                      \
                                                                                                                               \
	static __always_inline void rstat_forget(u64 id)                                                                       \
	{                                                                                                                      \
		bpf_map_delete_elem(&percpu, &id);                                                                             \
		bpf_map_delete_elem(&totals, &id);                                                                             \
	}                                                                                                                      \
                                                                                                                               \
	SEC("fentry/bpf_rstat_flush")                                                                                          \
	int BPF_PROG(rstat_flusher, struct cgroup *cgrp, struct cgroup *parent, int cpu)                                       \
	{                                                                                                                      \
		if (cgroup_on_default_hierarchy(cgrp))                                                                         \
			rstat_flush_cpu(&percpu, &totals, &rstat_no_total, words, cgrp, cpu);                                  \
		return 0;                                                                                                      \
	}                                                                                                                      \
                                                                                                                               \
	/* The service's flush file: attached to the root alone in rstat mode, to every cgroup in post order in walk mode. */  \
	SEC("iter.s/cgroup")                                                                                                   \
	int rstat_flush(struct bpf_iter__cgroup *ctx)                                                                          \
	{                                                                                                                      \
		struct rstat_state *s = rstat_state();                                                                         \
		struct cgroup *cgrp = ctx->cgroup;                                                                             \
                                                                                                                               \
		if (!s)                                                                                                        \
			return 0;                                                                                              \
		if (s->session != ctx->meta->session_id) {                                                                     \
			s->session = ctx->meta->session_id;                                                                    \
			rstat_flush_began(s);                                                                                  \
		}                                                                                                              \
		if (cgrp)                                                                                                      \
			rstat_visit(cgrp);                                                                                     \
		else                                                                                                           \
			rstat_flush_done(s);                                                                                   \
		return 0;                                                                                                      \
	}                                                                                                                      \
                                                                                                                               \
	/*                                                                                                                     \
	 * A new cgroup's total is made here and not where it is first needed: a flush runs with interrupts off, where the     \
	 * kernel has one or two elements in store and cannot get more, while a branch of a tree may need several at once.     \
	 * The loader makes those of the cgroups that are there already.                                                       \
	 */                                                                                                                    \
	SEC("tp_btf/cgroup_mkdir")                                                                                             \
	int BPF_PROG(rstat_mkdir, struct cgroup *cgrp, const char *path)                                                       \
	{                                                                                                                      \
		u64 id = cgroup_id(cgrp);                                                                                      \
                                                                                                                               \
		if (cgroup_on_default_hierarchy(cgrp))                                                                         \
			rstat_lookup_or_create(&totals, &id, &rstat_no_total);                                                 \
		return 0;                                                                                                      \
	}                                                                                                                      \
                                                                                                                               \
	/* Walk mode only. */                                                                                                  \
	SEC("tp_btf/cgroup_rmdir")                                                                                             \
	int BPF_PROG(rstat_rmdir, struct cgroup *cgrp, const char *path)                                                       \
	{                                                                                                                      \
		if (cgroup_on_default_hierarchy(cgrp))                                                                         \
			rstat_walk_cgroup(cgrp);                                                                               \
		return 0;                                                                                                      \
	}                                                                                                                      \
                                                                                                                               \
	/*                                                                                                                     \
	 * Released: no reference is left, so no event can follow. In rstat mode the kernel flushes the cgroup right *after*    \
	 * this tracepoint and releases one cgroup at a time (under cgroup_mutex), so what may be forgotten now is the one     \
	 * released before. While a loader replaces a collector two of these programs run; the second changes nothing.         \
	 */                                                                                                                    \
	SEC("tp_btf/cgroup_release")                                                                                           \
	int BPF_PROG(rstat_release, struct cgroup *cgrp, const char *path)                                                     \
	{                                                                                                                      \
		struct rstat_state *s = rstat_state();                                                                         \
		u64 id = cgroup_id(cgrp);                                                                                      \
                                                                                                                               \
		if (!s || !cgroup_on_default_hierarchy(cgrp))                                                                  \
			return 0;                                                                                              \
		if (rstat_walk) {                                                                                              \
			rstat_walk_cgroup(cgrp);                                                                               \
			rstat_forget(id);                                                                                      \
		} else if (s->released != id) {                                                                                \
			rstat_forget(s->released);                                                                             \
			s->released = id;                                                                                      \
		}                                                                                                              \
		return 0;                                                                                                      \
	}

#endif
