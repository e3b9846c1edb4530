// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A collector that no verifier lets pass. */
#include "rstat.h"

struct refused {
	u64 events RSTAT_METRIC("cgroup_refused_total", "counter", "", "Never counted.");
};
RSTAT_COLLECTOR(refused, "Refused by the verifier");

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(broken, struct cgroup *cgrp, const char *path, struct task_struct *task, bool threadgroup)
{
	rstat_update(cgrp, value)
		value->events += *(volatile u64 *)(long)cgroup_id(cgrp);
	return 0;
}
