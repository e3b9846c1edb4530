// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A collector with more values than the kernel has room for: 64 histograms. */
#include "rstat.h"

#define HISTOGRAM(n)                                                                                                           \
	struct rstat_histogram h##n RSTAT_METRIC("cgroup_large_" #n, "histogram", "", "One of many.");
#define FOUR(n) HISTOGRAM(n##0) HISTOGRAM(n##1) HISTOGRAM(n##2) HISTOGRAM(n##3)
#define SIXTEEN(n) FOUR(n##0) FOUR(n##1) FOUR(n##2) FOUR(n##3)

struct large {
	SIXTEEN(0) SIXTEEN(1) SIXTEEN(2) SIXTEEN(3)
};
RSTAT_COLLECTOR(large, "Too large");

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(count, struct cgroup *cgrp)
{
	if (cgroup_on_default_hierarchy(cgrp))
		rstat_update(cgrp, value)
			rstat_observe(&value->h000, 1);
	return 0;
}
