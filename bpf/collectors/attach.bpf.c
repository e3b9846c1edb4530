// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is moved into cgroups. The stat of the kernel's own selftest for hierarchical stats, and the simplest collector. */
#include "rstat.h"

struct attach {
	u64 attaches RSTAT_METRIC("cgroup_attaches_total", "counter", "",
				  "Processes and threads moved into the cgroup, each write to cgroup.procs or cgroup.threads once.");
};
RSTAT_COLLECTOR(attach, "Tasks attached");

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(attached, struct cgroup *cgrp, const char *path, struct task_struct *task, bool threadgroup)
{
	if (cgroup_on_default_hierarchy(cgrp))
		rstat_update(cgrp, value)
			value->attaches++;
	return 0;
}
