// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One empty program for each thing a kernel may refuse. The loader tries them one at a time: what loads and attaches is there. */
#include "kernel.h"

SEC("fentry/bpf_rstat_flush")
int BPF_PROG(probe_rstat, struct cgroup *cgrp, struct cgroup *parent, int cpu)
{
	return 0;
}

SEC("iter.s/cgroup")
int probe_iterator(struct bpf_iter__cgroup *ctx)
{
	return 0;
}

SEC("tp_btf/cgroup_release")
int BPF_PROG(probe_tracepoint, struct cgroup *cgrp, const char *path)
{
	return 0;
}

SEC("lsm/file_open")
int BPF_PROG(probe_lsm, void *file)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
