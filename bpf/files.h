/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Stats files: pinned iterators that flush, then print one cgroup as flat keyed text, like memory.stat:
 *
 *     format 1                  of this text: raised when a line changes its meaning
 *     cgroup_id 4711
 *     switches 12034
 *     wait_sum_ns 88120034
 *     wait_le_59ns 0            cumulative, as Prometheus' le
 *     ...
 *     wait_count 12034
 *     wait_p50_ns 7629          half of the values were at or below this, which is the bound of a bucket
 *     wait_p90_ns 30517
 *     wait_p99_ns 122070
 *
 * A cgroup's file is attached to that cgroup: alone in rstat mode, where the kernel's flush covers the subtree; to its descendants
 * in post order in walk mode, where the last one visited is the cgroup itself. `self` prints the cgroup of whoever reads it,
 * `ancestors` a line for that and for each one above; both are attached to the root, and walk from there in walk mode.
 *
 * Everything here runs in the reader's context under cgroup_mutex, so the fields of rstat_state that it uses have one owner.
 */
#ifndef RSTAT_FILES_H
#define RSTAT_FILES_H

#include "flush.h"
#include "visible.h"

#define RSTAT_FILE_FORMAT 1

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

/* What printing a reader's ancestors needs. */
struct rstat_lines {
	struct seq_file *seq;
	u64 window;
	int level; /* of the reader's cgroup */
};

#define RSTAT_FILE_PROGRAMS(type)											       \
	/*														       \
	 * The value that so many thousandths of a histogram's values are at or below; `first` is its first bucket. The last one has no\
	 * bound: what is known is that of the one before. A function of its own, which the verifier looks at once.	       \
	 */														       \
	__noinline u64 rstat_quantile(struct type *total, u32 first, u32 thousandths)					       \
	{														       \
		u64 count = 0, sum = 0, bound = 0;									       \
															       \
		if (!total || RSTAT_WORDS(type) < RSTAT_BUCKETS || first > RSTAT_WORDS(type) - RSTAT_BUCKETS)		       \
			return 0;											       \
		for (u32 i = 0; i < RSTAT_BUCKETS; i++)									       \
			count += ((u64 *)total)[first + i];								       \
		count = (count * thousandths + 999) / 1000;								       \
		for (u32 i = 0; i < RSTAT_BUCKETS - 1 && (!i || sum < count); i++) {					       \
			sum += ((u64 *)total)[first + i];								       \
			bound = rstat_keys[first + i].bound;								       \
		}													       \
		return bound;												       \
	}														       \
															       \
	static __always_inline void rstat_print_quantiles(struct seq_file *seq, struct type *values, u32 last, const char *name,\
							  u64 flags)							       \
	{														       \
		u32 first = last + 1 - RSTAT_BUCKETS;									       \
		const char *unit = flags & RSTAT_KEY_NS ? "_ns" : flags & RSTAT_KEY_BYTES ? "_bytes" : "";		       \
															       \
		BPF_SEQ_PRINTF(seq, "%s_p50%s %llu\n", name, unit, rstat_quantile(values, first, 500));			       \
		BPF_SEQ_PRINTF(seq, "%s_p90%s %llu\n", name, unit, rstat_quantile(values, first, 900));			       \
		BPF_SEQ_PRINTF(seq, "%s_p99%s %llu\n", name, unit, rstat_quantile(values, first, 990));			       \
	}														       \
															       \
	static __always_inline void rstat_print_total(struct seq_file *seq, struct rstat_total *found, u64 window)	       \
	{														       \
		const u64 *total = found ? (const u64 *)&found->total : (const u64 *)&rstat_no_total.total;		       \
		u64 sum = 0;												       \
															       \
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
			if (flags & RSTAT_KEY_ENDS) {									       \
				BPF_SEQ_PRINTF(seq, "%s_count %llu\n", name, sum);					       \
				rstat_print_quantiles(seq, found ? &found->total : NULL, i, name, flags);		       \
			} else if (flags & RSTAT_KEY_SIGNED) {								       \
				BPF_SEQ_PRINTF(seq, "%s %lld\n", name, value);						       \
			} else {											       \
				BPF_SEQ_PRINTF(seq, "%s %llu\n", name, flags & RSTAT_KEY_CUMULATIVE ? sum : value);	       \
			}												       \
		}													       \
	}														       \
															       \
	/* The same on one line, and of a histogram its sum and count alone. */						       \
	static __always_inline void rstat_print_line(struct seq_file *seq, struct rstat_total *found, u64 window)	       \
	{														       \
		const u64 *total = found ? (const u64 *)&found->total : (const u64 *)&rstat_no_total.total;		       \
		u64 sum = 0;												       \
															       \
		for (u32 i = 0; i < RSTAT_WORDS(type); i++) {								       \
			u64 flags = rstat_keys[i].flags;								       \
			const char *name = (const char *)rstat_keys[i].name;						       \
			u64 value = total[i];										       \
															       \
			sum = flags & RSTAT_KEY_STARTS ? value : sum + value;						       \
			if (flags & (RSTAT_KEY_PART | RSTAT_KEY_TOP))							       \
				continue;										       \
			if (flags & RSTAT_KEY_ENDS)									       \
				BPF_SEQ_PRINTF(seq, " %s_count=%llu", name, sum);					       \
			else if (flags & RSTAT_KEY_MAX)									       \
				BPF_SEQ_PRINTF(seq, " %s=%llu", name,							       \
					       rstat_max_value((const struct rstat_max *)&total[i], window));		       \
			else if (flags & RSTAT_KEY_SIGNED)								       \
				BPF_SEQ_PRINTF(seq, " %s=%lld", name, value);						       \
			else if (!(flags & RSTAT_KEY_CUMULATIVE))							       \
				BPF_SEQ_PRINTF(seq, " %s=%llu", name, value);						       \
		}													       \
	}														       \
															       \
	/* Of a cgroup by its id; `line`: as one of several. */								       \
	static __always_inline void rstat_print(struct seq_file *seq, u64 id, u64 window, const bool line)		       \
	{														       \
		struct rstat_total *total = NULL;									       \
		struct cgroup *cgrp = NULL;										       \
															       \
		if (rstat_store == RSTAT_STORE_HASH) {									       \
			total = bpf_map_lookup_elem(&totals, &id);							       \
		} else {												       \
			cgrp = bpf_cgroup_from_id(id);									       \
			if (!cgrp)											       \
				return;											       \
			total = rstat_total(cgrp);									       \
		}													       \
		if (line)												       \
			rstat_print_line(seq, total, window);								       \
		else													       \
			rstat_print_total(seq, total, window);								       \
		if (cgrp)												       \
			bpf_cgroup_release(cgrp);									       \
	}														       \
															       \
	static __always_inline void rstat_print_file(struct seq_file *seq, struct rstat_state *s, u64 id)		       \
	{														       \
		BPF_SEQ_PRINTF(seq, "format %d\ncgroup_id %llu\n", RSTAT_FILE_FORMAT, id);				       \
		rstat_print(seq, id, s->window, false);									       \
	}														       \
															       \
	static long rstat_print_ancestor(u32 above, void *context)							       \
	{														       \
		struct rstat_lines *lines = context;									       \
		struct seq_file *seq = lines->seq;									       \
		u64 id = bpf_get_current_ancestor_cgroup_id(lines->level - (int)above);					       \
															       \
		BPF_SEQ_PRINTF(seq, "cgroup_id=%llu", id);								       \
		rstat_print(seq, id, lines->window, true);								       \
		BPF_SEQ_PRINTF(seq, "\n");										       \
		return 0;												       \
	}														       \
															       \
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
			s->file_hidden = !rstat_visible(ctx->meta->seq, cgrp);						       \
			if (s->file_flushes && !(s->file_hidden && !rstat_walk))					       \
				rstat_visit(cgrp);									       \
		} else if (s->session == session) {									       \
			if (s->file_flushes)										       \
				rstat_flush_done(s);									       \
			if (s->file_hidden)										       \
				BPF_SEQ_PRINTF(ctx->meta->seq, "format %d\ndenied 1\n", RSTAT_FILE_FORMAT);		       \
			else												       \
				rstat_print_file(ctx->meta->seq, s, s->file_cgroup);					       \
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
		rstat_print_file(ctx->meta->seq, s, bpf_get_current_cgroup_id());					       \
		return 0;												       \
	}														       \
															       \
	/* From the reader's cgroup up to the root of its cgroup namespace. */						       \
	SEC("iter.s/cgroup")												       \
	int rstat_ancestors(struct bpf_iter__cgroup *ctx)								       \
	{														       \
		struct rstat_state *s = rstat_state();									       \
		struct cgroup *cgrp = ctx->cgroup;									       \
		struct rstat_lines lines = {};										       \
															       \
		if (!s)													       \
			return 0;											       \
		if (cgrp) {												       \
			rstat_file_begin(s, ctx->meta->session_id);							       \
			if (!s->file_flushes)										       \
				return 1;										       \
			rstat_visit(cgrp);										       \
			return 0;											       \
		}													       \
		if (s->file_flushes)											       \
			rstat_flush_done(s);										       \
		lines.seq = ctx->meta->seq;										       \
		lines.window = s->window;										       \
		lines.level = task_cgroup(bpf_get_current_task_btf())->level;						       \
		bpf_loop(lines.level + 1 - rstat_reader_top(), rstat_print_ancestor, &lines, 0);			       \
		return 0;												       \
	}

#endif
