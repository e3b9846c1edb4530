// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Another collector of a user's own, with nothing wrong. */
#include "rstat.h"

struct other {
	u64 moves RSTAT_METRIC("cgroup_other_total", "counter", "", "Tasks moved into the cgroup.");
};
RSTAT_COLLECTOR(other, "Another good one");

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(count, struct cgroup *cgrp)
{
	if (cgroup_on_default_hierarchy(cgrp))
		rstat_update(cgrp, value)
			value->moves++;
	return 0;
}
