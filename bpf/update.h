/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What an event does to the values of its cgroup, under the covers of rstat_update(). */
#ifndef RSTAT_UPDATE_H
#define RSTAT_UPDATE_H

#include "state.h"

/*
 * The updated kfunc asserts from 6.17 on that it cannot be preempted (36df6e3dbd7e, "cgroup: make css_rstat_updated nmi safe"),
 * and this CPU's value must be this CPU's until the event is done. Older kernels run tracing programs with preemption off;
 * newer ones have the kfuncs that turn it off.
 */
static __always_inline void rstat_preempt_disable(void)
{
	if (has_bpf_preempt_disable)
		bpf_preempt_disable();
}

static __always_inline void rstat_preempt_enable(void)
{
	if (has_bpf_preempt_disable)
		bpf_preempt_enable();
}

static __always_inline void rstat_lost_event(void)
{
	struct rstat_state *s = rstat_state();

	if (s)
		__sync_fetch_and_add(&s->lost_events, 1);
}

/*
 * Tells the kernel that this CPU's values of the cgroup changed. In walk mode every cgroup is visited anyway.
 *
 * 7.x takes only pointers whose object the program holds, not those that RCU keeps (kfunc arguments are "trusted" by default), and a
 * task's cgroup is of the latter kind: hence the acquire. It is never the last reference that is released, since the css_set of the
 * task, or the caller of the tracepoint, has one.
 */
static __always_inline void rstat_updated(struct cgroup *cgrp, const bool held)
{
	if (rstat_walk)
		return;
	if (!has_css_rstat_updated) {
		cgroup_rstat_updated(cgrp, bpf_get_smp_processor_id());
	} else if (held) {
		css_rstat_updated(&cgrp->self, bpf_get_smp_processor_id());
	} else {
		cgrp = bpf_cgroup_acquire(cgrp);
		if (!cgrp) {
			rstat_lost_event();
			return;
		}
		css_rstat_updated(&cgrp->self, bpf_get_smp_processor_id());
		bpf_cgroup_release(cgrp);
	}
}

/*
 * A cgroup that was found by walking the kernel's structures is no pointer that the verifier trusts, where it asks for one. Mostly it is
 * that of the task that runs, or one above, which costs little to see. Else it is looked up again, by its id. A cgroup that was removed is
 * not found, though bios and sockets outlive it: what happens to them is counted at the nearest ancestor that is there, and so in every
 * total that can still be read.
 */
static __always_inline struct cgroup *rstat_hold(struct cgroup *cgrp)
{
	struct cgroup *here, *held;

	if (!has_css_rstat_updated)
		return cgrp;
	here = task_cgroup(bpf_get_current_task_btf());
	if (cgrp && cgrp->level <= here->level) {
		held = bpf_cgroup_ancestor(here, cgrp->level);
		if (held) {
			if (cgroup_id(held) == cgroup_id(cgrp))
				return held;
			bpf_cgroup_release(held);
		}
	}
	for (int level = 0; cgrp && level < RSTAT_MAX_DEPTH; level++) {
		held = bpf_cgroup_from_id(cgroup_id(cgrp));
		if (held)
			return held;
		cgrp = cgroup_parent(cgrp);
	}
	rstat_lost_event();
	return NULL;
}

static __always_inline void rstat_unhold(struct cgroup *held)
{
	if (has_css_rstat_updated)
		bpf_cgroup_release(held);
}

#endif
