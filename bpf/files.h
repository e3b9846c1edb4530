/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stats files: pinned iterators that flush, then print one cgroup as flat keyed text, like memory.stat:
 *
 *     cgroup_id 4711
 *     switches 12034
 *     wait_sum_ns 88120034
 *     wait_le_59ns 0            cumulative, as Prometheus' le
 *     ...
 *     wait_count 12034
 *
 * A cgroup's file is attached to that cgroup: alone in rstat mode, where the kernel's flush covers the subtree; to its descendants
 * in post order in walk mode, where the last one visited is the cgroup itself. `self` prints the cgroup of whoever reads it; it is
 * attached to the root, and walks from there in walk mode.
 *
 * Everything here runs in the reader's context under cgroup_mutex, so the fields of rstat_state that it uses have one owner.
 */
#ifndef RSTAT_FILES_H
#define RSTAT_FILES_H

#include "flush.h"

/* The cgroup of whoever reads, flushed. */
static __always_inline void rstat_flush_reader(void)
{
	if (has_bpf_cgroup_from_id) {
		struct cgroup *cgrp = bpf_cgroup_from_id(bpf_get_current_cgroup_id());

		if (!cgrp)
			return;
		rstat_kernel_flush(cgrp);
		bpf_cgroup_release(cgrp);
	} else {
		/* Nobody leaves a cgroup while cgroup_mutex is held, so the pointer is good. */
		rstat_kernel_flush(task_cgroup(bpf_get_current_task_btf()));
	}
}

/* The first visit of a reading decides whether it flushes. */
static __always_inline void rstat_file_begin(struct rstat_state *s, u64 session)
{
	if (s->session == session)
		return;
	s->session = session;
	s->file_cgroup = 0;
	s->file_flushes = bpf_ktime_get_ns() >= s->file_flush_due;
	if (s->file_flushes)
		rstat_flush_began(s);
}

static __always_inline void rstat_print_top(struct seq_file *seq, const char *name, const struct rstat_top *top)
{
	for (u32 i = 0; i < RSTAT_TOP; i++)
		if (top->entries[i].key)
			BPF_SEQ_PRINTF(seq, "%s_%llu %llu\n", name, top->entries[i].key, top->entries[i].value);
	BPF_SEQ_PRINTF(seq, "%s_other %llu\n", name, top->other);
}

#define RSTAT_FILE_PROGRAMS(type)											       \
	static __always_inline void rstat_print_total(struct seq_file *seq, const u64 *total, u64 window)		       \
	{														       \
		u64 sum = 0;												       \
															       \
		if (!total)												       \
			total = (const u64 *)&rstat_no_total;								       \
		for (u32 i = 0; i < RSTAT_WORDS(type); i++) {								       \
			u64 flags = rstat_keys[i].flags;								       \
			const char *name = (const char *)rstat_keys[i].name;						       \
			u64 value = total[i];										       \
															       \
			if (flags & RSTAT_KEY_PART)									       \
				continue;										       \
			if (flags & RSTAT_KEY_TOP) {									       \
				rstat_print_top(seq, name, (const struct rstat_top *)&total[i]);			       \
				continue;										       \
			}												       \
			if (flags & RSTAT_KEY_MAX)									       \
				value = rstat_max_value((const struct rstat_max *)&total[i], window);			       \
			sum = flags & RSTAT_KEY_STARTS ? value : sum + value;						       \
			if (flags & RSTAT_KEY_SIGNED)									       \
				BPF_SEQ_PRINTF(seq, "%s %lld\n", name, value);						       \
			else												       \
				BPF_SEQ_PRINTF(seq, "%s %llu\n", name, flags & RSTAT_KEY_CUMULATIVE ? sum : value);	       \
		}													       \
	}														       \
															       \
	static __always_inline void rstat_print(struct seq_file *seq, u64 id)						       \
	{														       \
		struct rstat_state *s = rstat_state();									       \
		u64 window = s ? s->window : 0;										       \
		struct cgroup *cgrp;											       \
															       \
		BPF_SEQ_PRINTF(seq, "cgroup_id %llu\n", id);								       \
		if (rstat_store == RSTAT_STORE_HASH) {									       \
			rstat_print_total(seq, bpf_map_lookup_elem(&totals, &id), window);				       \
			return;												       \
		}													       \
		cgrp = bpf_cgroup_from_id(id);										       \
		if (!cgrp)												       \
			return;												       \
		rstat_print_total(seq, (const u64 *)rstat_total(cgrp), window);						       \
		bpf_cgroup_release(cgrp);										       \
	}														       \
	SEC("iter.s/cgroup")												       \
	int rstat_file(struct bpf_iter__cgroup *ctx)									       \
	{														       \
		struct rstat_state *s = rstat_state();									       \
		struct cgroup *cgrp = ctx->cgroup;									       \
		u64 session = ctx->meta->session_id;									       \
															       \
		if (!s)													       \
			return 0;											       \
		if (cgrp) {												       \
			rstat_file_begin(s, session);									       \
			s->file_cgroup = cgroup_id(cgrp);								       \
			if (s->file_flushes)										       \
				rstat_visit(cgrp);									       \
		} else if (s->session == session) {									       \
			if (s->file_flushes)										       \
				rstat_flush_done(s);									       \
			rstat_print(ctx->meta->seq, s->file_cgroup);							       \
		}													       \
		return 0;												       \
	}														       \
															       \
	SEC("iter.s/cgroup")												       \
	int rstat_self(struct bpf_iter__cgroup *ctx)									       \
	{														       \
		struct rstat_state *s = rstat_state();									       \
		struct cgroup *cgrp = ctx->cgroup;									       \
															       \
		if (!s)													       \
			return 0;											       \
		if (cgrp) {												       \
			rstat_file_begin(s, ctx->meta->session_id);							       \
			if (!s->file_flushes)										       \
				return 1; /* ends the iteration: fresh enough */					       \
			if (rstat_walk)											       \
				rstat_visit(cgrp);									       \
			return 0;											       \
		}													       \
		if (s->file_flushes) {											       \
			if (!rstat_walk)										       \
				rstat_flush_reader();									       \
			rstat_flush_done(s);										       \
		}													       \
		rstat_print(ctx->meta->seq, bpf_get_current_cgroup_id());						       \
		return 0;												       \
	}

#endif
