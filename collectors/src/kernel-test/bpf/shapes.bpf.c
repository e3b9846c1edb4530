// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A collector with a field of every type. Its events are attaches, which a test can count, and the pids attached, which it knows. */
#include "rstat.h"

struct shapes {
	u64 events RSTAT_METRIC("cgroup_shapes_events_total", "counter", "", "Attaches.");
	u64 balance RSTAT_METRIC("cgroup_shapes_balance", "gauge", "", "Attaches of odd pids less three times those of even ones.");
	struct rstat_histogram pids RSTAT_METRIC("cgroup_shapes_pids", "histogram", "", "Pids attached.");
	struct rstat_max largest RSTAT_METRIC("cgroup_shapes_largest_pid", "max", "", "The largest pid attached of late.");
	struct rstat_top by_cgroup RSTAT_METRIC("cgroup_shapes_by_cgroup_total", "top", "", "Attaches by the cgroup attached to.")
		RSTAT_KEY("target");
	u64 ever RSTAT_METRIC("cgroup_shapes_largest_pid_ever", "gauge", "", "The largest pid ever attached.") RSTAT_OWN_FLUSH;
};

static __always_inline void shapes_flush(struct shapes *into, const struct shapes *now, const struct shapes *flushed)
{
	if (now->ever > into->ever)
		into->ever = now->ever;
}

RSTAT_COLLECTOR_FLUSH(shapes, "Fields of every type", shapes_flush);

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(attached, struct cgroup *cgrp, const char *path, struct task_struct *task, bool threadgroup)
{
	u64 pid = task->pid;
	u64 id = cgroup_id(cgrp);

	if (!cgroup_on_default_hierarchy(cgrp))
		return 0;
	rstat_update(cgrp, value) {
		value->events++;
		value->balance += pid & 1 ? 1 : -3;
		rstat_observe(&value->pids, pid);
		rstat_max(&value->largest, pid);
		rstat_top_add(&value->by_cgroup, id, 1);
		if (pid > value->ever)
			value->ever = pid;
	}
	return 0;
}

/* No kernel has this place: the program is left out, and the collector runs. */
SEC("?tp_btf/rstat_no_such_tracepoint")
int BPF_PROG(nowhere)
{
	return 0;
}
