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

#include "combine.h"
#include "store.h"

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
	rstat_window(s, s->started);
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

#define RSTAT_FLUSH_PROGRAMS(counts, own_flush)										       \
	/* 0: a cell as it was when the flush under way looked at it: flushes come one after the other. 1: nothing. */	       \
	struct {													       \
		__uint(type, BPF_MAP_TYPE_ARRAY);									       \
		__uint(max_entries, 2);											       \
		__type(key, u32);											       \
		__type(value, struct counts);										       \
	} taken SEC(".maps");												       \
	const volatile u8 rstat_kinds[RSTAT_WORDS(counts)] = {};							       \
															       \
	/* Global functions are verified by themselves, once: inlined these would be more than a verifier reads. */	       \
	__noinline int rstat_give(struct counts *into, struct counts *now, struct counts *flushed)			       \
	{														       \
		if (!into || !now || !flushed)										       \
			return 0;											       \
		rstat_combine((u64 *)into, (const u64 *)now, (const u64 *)flushed, rstat_kinds, RSTAT_WORDS(counts));	       \
		own_flush(into, now, flushed);										       \
		return 0;												       \
	}														       \
	__noinline int rstat_copy(struct counts *to, struct counts *from)						       \
	{														       \
		if (!to || !from)											       \
			return 0;											       \
		for (u32 i = 0; i < RSTAT_WORDS(counts); i++)								       \
			((volatile u64 *)to)[i] = ((volatile u64 *)from)[i];						       \
		return 0;												       \
	}														       \
															       \
	/* Events go on meanwhile: what comes after `updates` was read is counted at the next flush at the latest. */	       \
	__noinline int rstat_take(struct rstat_cell *cell, struct rstat_total *total, struct rstat_pending *above)	       \
	{														       \
		u32 zero = 0;												       \
		struct counts *now = bpf_map_lookup_elem(&taken, &zero);						       \
		u64 updates;												       \
															       \
		if (!cell || !now)											       \
			return 0;											       \
		updates = __sync_fetch_and_add(&cell->updates, 0);							       \
		if (updates == cell->seen)										       \
			return 0;											       \
		rstat_copy(now, &cell->now);										       \
		if (total)												       \
			rstat_give(&total->total, now, &cell->flushed);							       \
		if (above)												       \
			rstat_give(&above->counts, now, &cell->flushed);						       \
		rstat_copy(&cell->flushed, now);									       \
		cell->seen = updates;											       \
		return 0;												       \
	}														       \
															       \
	/* What children have handed up. */										       \
	__noinline int rstat_take_pending(struct rstat_total *total, struct rstat_pending *pending,			       \
				  struct rstat_pending *above)								       \
	{														       \
		u32 one = 1;												       \
		struct counts *nothing = bpf_map_lookup_elem(&taken, &one);						       \
															       \
		if (!total || !pending || !nothing)									       \
			return 0;											       \
		rstat_give(&total->total, &pending->counts, nothing);							       \
		if (above)												       \
			rstat_give(&above->counts, &pending->counts, nothing);						       \
		rstat_copy(&pending->counts, nothing);									       \
		return 0;												       \
	}														       \
															       \
	/*														       \
	 * What follows does not keep what it looked up from part to part but looks it up again: what lies before a part then  \
	 * leaves no trace, and the verifier looks at the part once and not once for each way that leads to it.		       \
	 */														       \
	static __always_inline bool rstat_cell_changed(struct rstat_cell *cell)						       \
	{														       \
		return cell && __sync_fetch_and_add(&cell->updates, 0) != cell->seen;					       \
	}														       \
	static __noinline bool rstat_changed(struct cgroup *cgrp, u64 id, u32 cpu, struct rstat_state *s)		       \
	{														       \
		struct rstat_pending *pending;										       \
															       \
		if (rstat_local && rstat_cell_changed(rstat_local_cell(cgrp, cpu, 0)))					       \
			return true;											       \
		if ((!rstat_local || s->spilled_events) && rstat_cell_changed(bpf_map_lookup_percpu_elem(&percpu, &id, cpu)))  \
			return true;											       \
		pending = rstat_pending(cgrp, rstat_total(cgrp));							       \
		return pending && pending->there;									       \
	}														       \
	__noinline int rstat_step(struct rstat_cell *local, struct rstat_cell *hashed, struct rstat_total *total,	       \
				  struct rstat_pending *pending, struct rstat_pending *above)				       \
	{														       \
		struct rstat_state *s = rstat_state();									       \
															       \
		if (!s)													       \
			return 0;											       \
		rstat_take(local, total, above);									       \
		rstat_take(hashed, total, above);									       \
		if (pending && pending->there) {									       \
			rstat_take_pending(total, pending, above);							       \
			pending->there = 0;										       \
			s->unpropagated--;										       \
		}													       \
		if (above && !above->there) {										       \
			above->there = 1;										       \
			s->unpropagated++;										       \
		}													       \
		return 0;												       \
	}														       \
															       \
	/* parent: NULL where the hash map is the store, which does without, and for the root. */			       \
	static __always_inline void rstat_flush_cpu(struct cgroup *cgrp, struct cgroup *parent, u32 cpu)		       \
	{														       \
		struct cgroup *walked = cgroup_parent(cgrp);								       \
		u64 id = cgroup_id(cgrp);										       \
		struct rstat_state *s = rstat_state();									       \
		struct rstat_cell *local = NULL, *hashed = NULL;							       \
		struct rstat_pending *above = NULL;									       \
		struct rstat_total *total;										       \
															       \
		if (!s || !rstat_changed(cgrp, id, cpu, s))								       \
			return;												       \
															       \
		__sync_fetch_and_add(&s->sequence, 1);									       \
		total = rstat_total(cgrp);										       \
		if (!total) {												       \
			if (rstat_store != RSTAT_STORE_ARRAY)								       \
				rstat_make_total(cgrp, id, s);								       \
			total = rstat_total(cgrp);									       \
			if (!total)											       \
				s->missing_totals++;									       \
		}													       \
		if (walked)												       \
			above = rstat_pending_above(parent, walked, s);							       \
		if (rstat_local)											       \
			local = rstat_local_cell(cgrp, cpu, 0);								       \
		if (!rstat_local || s->spilled_events)									       \
			hashed = bpf_map_lookup_percpu_elem(&percpu, &id, cpu);						       \
		rstat_step(local, hashed, total, rstat_pending(cgrp, total), above);					       \
		__sync_fetch_and_add(&s->sequence, 1);									       \
	}														       \
															       \
	static long rstat_walk_cpu(u32 cpu, void *context)								       \
	{														       \
		struct cgroup *cgrp = *(struct cgroup **)context;							       \
		struct cgroup *parent = NULL;										       \
															       \
		/* The other stores are of kernels that have the function, and that take no parent found by walking. */	       \
		if (rstat_store != RSTAT_STORE_HASH && cgrp->level) {							       \
			parent = bpf_cgroup_ancestor(cgrp, cgrp->level - 1);						       \
			if (!parent)											       \
				return 0;										       \
		}													       \
		rstat_flush_cpu(cgrp, parent, cpu);									       \
		if (parent)												       \
			bpf_cgroup_release(parent);									       \
		return 0;												       \
	}														       \
															       \
	/* The walk's visit. A cgroup without events of its own needs one step, for what its children have handed up. */       \
	static __always_inline void rstat_walk_cgroup(struct cgroup *cgrp)						       \
	{														       \
		u64 id = cgroup_id(cgrp);										       \
		bool events = bpf_map_lookup_elem(&percpu, &id) || (rstat_local && rstat_local_cell(cgrp, 0, 0));	       \
															       \
		bpf_loop(events ? rstat_nr_cpus : 1, rstat_walk_cpu, &cgrp, 0);						       \
	}														       \
	static __always_inline void rstat_visit(struct cgroup *cgrp)							       \
	{														       \
		if (rstat_walk)												       \
			rstat_walk_cgroup(cgrp);									       \
		else													       \
			rstat_kernel_flush(cgrp);									       \
	}														       \
															       \
	SEC("fentry/bpf_rstat_flush")											       \
	int BPF_PROG(rstat_flusher, struct cgroup *cgrp, struct cgroup *parent, int cpu)				       \
	{														       \
		if (cgroup_on_default_hierarchy(cgrp))									       \
			rstat_flush_cpu(cgrp, parent, cpu);								       \
		return 0;												       \
	}														       \
															       \
	/* The service's flush file: attached to the root alone in rstat mode, to every cgroup in post order in walk mode. */  \
	SEC("iter.s/cgroup")												       \
	int rstat_flush(struct bpf_iter__cgroup *ctx)									       \
	{														       \
		struct rstat_state *s = rstat_state();									       \
		struct cgroup *cgrp = ctx->cgroup;									       \
															       \
		if (!s)													       \
			return 0;											       \
		if (s->session != ctx->meta->session_id) {								       \
			s->session = ctx->meta->session_id;								       \
			rstat_flush_began(s);										       \
		}													       \
		if (cgrp)												       \
			rstat_visit(cgrp);										       \
		else													       \
			rstat_flush_done(s);										       \
		return 0;												       \
	}														       \
															       \
	/*														       \
	 * A new cgroup's total is made here and not where it is first needed: a flush runs with interrupts off, where the     \
	 * kernel has one or two elements in store and cannot get more, while a branch of a tree may need several at once.     \
	 * rstat_make makes those of the cgroups that are there already.						       \
	 */														       \
	SEC("tp_btf/cgroup_mkdir")											       \
	int BPF_PROG(rstat_mkdir, struct cgroup *cgrp, const char *path)						       \
	{														       \
		struct rstat_state *s = rstat_state();									       \
															       \
		if (s && cgroup_on_default_hierarchy(cgrp))								       \
			rstat_make_total(cgrp, cgroup_id(cgrp), s);							       \
		return 0;												       \
	}														       \
															       \
	/*														       \
	 * Read by the loader, over all cgroups, parents first: the root's values take what finds no room elsewhere. Prints    \
	 * a byte for each cgroup that got no total: the kernel gives memory to programs out of a small store, which it fills  \
	 * up in an interrupt.												       \
	 */														       \
	SEC("iter.s/cgroup")												       \
	int rstat_make(struct bpf_iter__cgroup *ctx)									       \
	{														       \
		struct rstat_state *s = rstat_state();									       \
		struct cgroup *cgrp = ctx->cgroup;									       \
		u64 id;													       \
															       \
		if (!cgrp || !s)											       \
			return 0;											       \
		if (!s->window)												       \
			rstat_window(s, bpf_ktime_get_ns());								       \
		/* No program counts yet, unless the totals are those of an older object, which has set it. */		       \
		if (!s->began)												       \
			s->began = bpf_ktime_get_boot_ns();								       \
		id = cgroup_id(cgrp);											       \
		rstat_make_total(cgrp, id, s);										       \
		if (!rstat_total(cgrp))											       \
			bpf_seq_write(ctx->meta->seq, ".", 1);								       \
		if (!cgrp->level)											       \
			rstat_lookup_or_create(&percpu, &id, &rstat_no_cell);						       \
		return 0;												       \
	}														       \
	/* Walk mode only. */												       \
	SEC("tp_btf/cgroup_rmdir")											       \
	int BPF_PROG(rstat_rmdir, struct cgroup *cgrp, const char *path)						       \
	{														       \
		if (cgroup_on_default_hierarchy(cgrp))									       \
			rstat_walk_cgroup(cgrp);									       \
		return 0;												       \
	}														       \
															       \
	/*														       \
	 * Released: no reference is left, so no event can follow. In rstat mode the kernel flushes the cgroup right *after*   \
	 * this tracepoint and releases one cgroup at a time (under cgroup_mutex), so what may be forgotten now is the one     \
	 * released before. While a loader replaces a collector two of these programs run; the second changes nothing.	       \
	 */														       \
	SEC("tp_btf/cgroup_release")											       \
	int BPF_PROG(rstat_release, struct cgroup *cgrp, const char *path)						       \
	{														       \
		struct rstat_state *s = rstat_state();									       \
		u64 id = cgroup_id(cgrp);										       \
		u64 slot = 0;												       \
															       \
		if (!s || !cgroup_on_default_hierarchy(cgrp))								       \
			return 0;											       \
		if (rstat_store == RSTAT_STORE_ARRAY)									       \
			slot = rstat_slot(cgrp);									       \
		if (rstat_walk) {											       \
			rstat_walk_cgroup(cgrp);									       \
			rstat_forget(id, slot);										       \
		} else if (s->released != id) {										       \
			rstat_forget(s->released, s->released_slot);							       \
			s->released = id;										       \
			s->released_slot = slot;									       \
		}													       \
		return 0;												       \
	}

#endif
