// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory reclaim that tasks had to do themselves before they got memory: how long it took, what it brought, and from whom.
 *
 * Two cgroups have a part in it. The one whose task reclaims loses time: latency and pages reclaimed are charged there. The one that
 * is reclaimed from loses pages; only memcg reclaim has one, direct reclaim takes from all. Usually the two are related, as a task
 * that hits a limit reclaims below it, but whoever writes to memory.reclaim may be anywhere.
 */
#include "rstat.h"

struct reclaim {
	struct rstat_histogram memcg RSTAT_METRIC("cgroup_reclaim_latency_seconds", "histogram", "ns",
						  "Time that tasks of the cgroup reclaimed memory: to stay below a memory cgroup's limit "
						  "or on request (memcg), or because the host ran short (direct).")
		RSTAT_LABEL("kind", "memcg");
	struct rstat_histogram direct RSTAT_METRIC("cgroup_reclaim_latency_seconds", "histogram", "ns",
						   "Time that tasks of the cgroup reclaimed memory: to stay below a memory cgroup's limit "
						   "or on request (memcg), or because the host ran short (direct).")
		RSTAT_LABEL("kind", "direct");
	u64 memcg_pages RSTAT_METRIC("cgroup_reclaim_pages_total", "counter", "", "Pages that tasks of the cgroup reclaimed, wherever those were.")
		RSTAT_LABEL("kind", "memcg");
	u64 direct_pages RSTAT_METRIC("cgroup_reclaim_pages_total", "counter", "", "Pages that tasks of the cgroup reclaimed, wherever those were.")
		RSTAT_LABEL("kind", "direct");
	u64 lost_pages RSTAT_METRIC("cgroup_reclaim_lost_pages_total", "counter", "",
				    "Pages that memcg reclaim took from the cgroup and those below it, whoever did it.");
	struct rstat_top reclaimers RSTAT_METRIC("cgroup_reclaim_lost_pages_by_total", "top", "",
					     "Pages that memcg reclaim took from the cgroup and those below it, by who did it.")
		RSTAT_KEY("reclaimer");
};
RSTAT_COLLECTOR(reclaim, "Memory reclaim");

RSTAT_ARGS(mm_vmscan_memcg_reclaim_end);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mem_cgroup {
	struct cgroup_subsys_state css;
};

#pragma clang attribute pop

/* When a task began to reclaim, in ktime nanoseconds; 0 while it does not. Reclaim does not nest: PF_MEMALLOC forbids it. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} reclaiming_since SEC(".maps");

static __always_inline int begin(void)
{
	u64 *since = bpf_task_storage_get(&reclaiming_since, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (since)
		*since = bpf_ktime_get_ns();
	else
		rstat_lost_event();
	return 0;
}

/* Nanoseconds since the current task began; 0 if that was before this program was there, or went uncounted. */
static __always_inline u64 end(struct task_struct *task)
{
	u64 *since = bpf_task_storage_get(&reclaiming_since, task, NULL, 0);
	u64 start = since ? *since : 0;

	if (!start)
		return 0;
	*since = 0;
	return bpf_ktime_get_ns() - start;
}

static __always_inline int lost(struct mem_cgroup *memcg, u64 pages)
{
	struct cgroup *cgrp = memcg->css.cgroup;

	/* Of a memory controller of v1 there is no cgroup here to charge. */
	if (pages && cgroup_on_default_hierarchy(cgrp)) {
		rstat_update_walked(cgrp, value) {
			value->lost_pages += pages;
			rstat_top_add(&value->reclaimers, bpf_get_current_cgroup_id(), pages);
		}
	}
	return 0;
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_begin")
int memcg_begin(u64 *ctx)
{
	return begin();
}

SEC("tp_btf/mm_vmscan_memcg_reclaim_end")
int memcg_end(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 pages = ctx[0];
	u64 ns = end(task);

	if (ns) {
		rstat_update(task_cgroup(task), value) {
			rstat_observe_ns(&value->memcg, ns);
			value->memcg_pages += pages;
		}
	}
	if (args_mm_vmscan_memcg_reclaim_end >= 2)
		lost((struct mem_cgroup *)ctx[1], pages);
	return 0;
}

/* The tracepoint tells whom it is about from 7.x on. Before, the function around it does, where the kernel allows fexit. */
SEC("?fexit/try_to_free_mem_cgroup_pages")
int BPF_PROG(memcg_freed, struct mem_cgroup *memcg)
{
	u64 pages = 0;

	if (args_mm_vmscan_memcg_reclaim_end >= 2)
		return 0;
	bpf_get_func_ret(ctx, &pages);
	return lost(memcg, pages);
}

SEC("tp_btf/mm_vmscan_direct_reclaim_begin")
int direct_begin(u64 *ctx)
{
	return begin();
}

SEC("tp_btf/mm_vmscan_direct_reclaim_end")
int direct_end(u64 *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 pages = ctx[0];
	u64 ns = end(task);

	if (ns) {
		rstat_update(task_cgroup(task), value) {
			rstat_observe_ns(&value->direct, ns);
			value->direct_pages += pages;
		}
	}
	return 0;
}
