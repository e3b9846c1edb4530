/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel types and functions this project touches, and no more of each than it touches.
 *
 * Every access to a field below is a CO-RE relocation: libbpf rewrites its offset from the running kernel's BTF, so this
 * header stands for every kernel and the build needs no BTF of its own machine. Order and omissions mean nothing here.
 */
#ifndef RSTAT_KERNEL_H
#define RSTAT_KERNEL_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;

/* BPF_MAP_TYPE_CGRP_STORAGE of 6.2: newer than the headers of some who compile this. */
#define RSTAT_MAP_TYPE_CGRP_STORAGE 32

#ifndef NULL
#define NULL ((void *)0)
#endif

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
	u64 id;
};

struct cgroup;

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup_root {
	int hierarchy_id;
};

struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
	struct cgroup_root *root;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct task_struct {
	int pid;
	struct css_set *cgroups;
};

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
	u64 session_id;
	u64 seq_num;
};

struct bpf_iter__cgroup {
	struct bpf_iter_meta *meta;
	struct cgroup *cgroup;
};

#pragma clang attribute pop

/*
 * Functions that kernels name differently or do not have. Each is weak; the loader sets `has_<function>` from the running
 * kernel's BTF before the verifier looks, and the verifier drops the branch that would call a missing one. That is detection
 * of what is there, never of a version number, and works with every libbpf since 1.0.
 */
#define RSTAT_HAS(function) const volatile bool has_##function = false

/*
 * How many arguments a tracepoint has, 0 if the kernel has no such tracepoint; set in the same way. Of a tracepoint whose arguments
 * have moved, a program takes `unsigned long long *ctx` and chooses ctx[i] by this.
 */
#define RSTAT_ARGS(tracepoint) const volatile u32 args_##tracepoint = 0

/* 6.1 to 6.15: rstat is per cgroup. */
extern void cgroup_rstat_updated(struct cgroup *cgrp, int cpu) __ksym __weak;
extern void cgroup_rstat_flush(struct cgroup *cgrp) __ksym __weak;
/* 6.16 (a97915559f5c, "cgroup: change rstat function signatures from cgroup-based to css-based"): rstat is per css. */
extern void css_rstat_updated(struct cgroup_subsys_state *css, int cpu) __ksym __weak;
extern void css_rstat_flush(struct cgroup_subsys_state *css) __ksym __weak;
/* 6.2 (fda01efc6160, "bpf: Enable cgroups to be used as kptrs" and following). */
extern struct cgroup *bpf_cgroup_from_id(u64 id) __ksym __weak;
extern struct cgroup *bpf_cgroup_acquire(struct cgroup *cgrp) __ksym __weak;
extern struct cgroup *bpf_cgroup_ancestor(struct cgroup *cgrp, int level) __ksym __weak;
extern void bpf_cgroup_release(struct cgroup *cgrp) __ksym __weak;
/* 6.2 (a35b9af4ec2c, "bpf: Add a kfunc for generic type cast"). */
extern void *bpf_rdonly_cast(const void *obj, u32 btf_id) __ksym __weak;
/* 6.10 (fc7566ad0a82, "bpf: Introduce bpf_preempt_[disable,enable] kfuncs"). */
extern void bpf_preempt_disable(void) __ksym __weak;
extern void bpf_preempt_enable(void) __ksym __weak;

RSTAT_HAS(css_rstat_updated);
RSTAT_HAS(css_rstat_flush);
RSTAT_HAS(bpf_cgroup_from_id);
RSTAT_HAS(bpf_preempt_disable);
RSTAT_HAS(bpf_rdonly_cast);

static __always_inline u64 cgroup_id(struct cgroup *cgrp)
{
	/*
	 * A cast, for which nothing is executed. The step from a pointer that the verifier trusts to the next takes it up to a
	 * millisecond, each time it comes by: it searches all names of the kernel's BTF for what it would trust as well.
	 */
	if (has_bpf_rdonly_cast)
		cgrp = bpf_rdonly_cast(cgrp, bpf_core_type_id_kernel(struct cgroup));
	return cgrp->kn->id;
}

/* The parent cgroup, NULL for the root. */
static __always_inline struct cgroup *cgroup_parent(struct cgroup *cgrp)
{
	struct cgroup_subsys_state *parent = cgrp->self.parent;

	return parent ? parent->cgroup : NULL;
}

/* Cgroup v1 hierarchies fire the same tracepoints, and their ids are not unique beside cgroup2's. cgroup2 is hierarchy 0. */
static __always_inline bool cgroup_on_default_hierarchy(struct cgroup *cgrp)
{
	return cgrp->root->hierarchy_id == 0;
}

/* The cgroup2 cgroup of a task. Valid while the program runs: css_sets and cgroups are freed after a grace period. */
static __always_inline struct cgroup *task_cgroup(struct task_struct *task)
{
	return task->cgroups->dfl_cgrp;
}

#endif
