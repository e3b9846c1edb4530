// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Out-of-memory kills: whose process was killed, and whose demand for memory it was killed for. memory.events counts the former;
 * that a neighbour below the same limit caused it, or the whole host ran short, can be seen from the latter only.
 *
 * A victim is marked once. One that is exiting already is marked, too, to be let through to the memory it needs for that; it is
 * counted here and not in memory.events, but nobody else can see the difference.
 */
#include "rstat.h"

struct oom {
	u64 kills RSTAT_METRIC("cgroup_oom_kills_total", "counter", "", "Processes of the cgroup that the OOM killer chose.");
	u64 caused RSTAT_METRIC("cgroup_oom_kills_caused_total", "counter", "",
				"Processes, of any cgroup, that the OOM killer chose because a task of this cgroup asked for memory.");
};
RSTAT_COLLECTOR(oom, "Out-of-memory kills");

/*
 * The victim is an argument from 6.8 on (72ba14deb40a, "mm: update mark_victim tracepoints fields") and in the stable kernels that
 * took that over, all of today's among them. Older ones pass a number, and the verifier refuses this program there.
 */
SEC("tp_btf/mark_victim")
int BPF_PROG(killed, struct task_struct *victim)
{
	rstat_update(task_cgroup(victim), value)
		value->kills++;
	rstat_update(task_cgroup(bpf_get_current_task_btf()), value)
		value->caused++;
	return 0;
}
