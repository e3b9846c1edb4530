// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A collector whose metric is a built-in one's. */
#include "rstat.h"

struct colliding {
	u64 attaches RSTAT_METRIC("cgroup_attaches_total", "counter", "", "Tasks moved into the cgroup.");
};
RSTAT_COLLECTOR(colliding, "The name of another's metric");

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(count, struct cgroup *cgrp)
{
	if (cgroup_on_default_hierarchy(cgrp))
		rstat_update(cgrp, value)
			value->attaches++;
	return 0;
}
