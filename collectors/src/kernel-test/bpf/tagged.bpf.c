// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A collector with a mistake in each field. */
#include "rstat.h"

struct tagged {
	u64 unknown RSTAT_METRIC("cgroup_tagged_total", "counter", "", "A tag that nobody reads.")
		__attribute__((btf_decl_tag("rstat:foo")));
	u64 twice RSTAT_METRIC("cgroup_twice_total", "counter", "", "Described twice.")
		__attribute__((btf_decl_tag("rstat:help=Again.")));
	u64 nanoseconds RSTAT_METRIC("cgroup_waits_total", "counter", "ns", "Not named for its unit.");
	u64 silent RSTAT_METRIC("cgroup_silent_total", "counter", "", "");
	u64 sum RSTAT_METRIC("cgroup_same_sum", "gauge", "", "What a histogram has.");
	struct rstat_histogram histogram RSTAT_METRIC("cgroup_same", "histogram", "", "A histogram.");
	struct rstat_histogram a_name_too_long_for_the_lines_of_a_stats_file
		RSTAT_METRIC("cgroup_long_bytes", "histogram", "bytes", "Bytes.");
};
RSTAT_COLLECTOR(tagged, "Nothing but mistakes");

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(count, struct cgroup *cgrp)
{
	if (cgroup_on_default_hierarchy(cgrp))
		rstat_update(cgrp, value)
			value->unknown++;
	return 0;
}
