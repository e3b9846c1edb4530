/* Counts the programs started in each cgroup. Change it into what you want to know. */
#include "rstat.h"

/*
 * What is counted. File, struct and collector have one name. Each field is a metric:
 *   RSTAT_METRIC(name as Prometheus has it, "counter" or "histogram", unit "" or "bytes" or "ns", help)
 * A counter is a u64, a histogram a struct rstat_histogram, filled with rstat_observe() or rstat_observe_ns().
 */
struct @NAME@ {
	u64 started RSTAT_METRIC("cgroup_@NAME@_total", "counter", "", "Programs started.");
};
RSTAT_COLLECTOR(@NAME@, "Programs started");

/* When to count. A tracepoint's arguments are those of its TP_PROTO in the kernel's include/trace/events. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(exec, struct task_struct *task)
{
	/* Counts in the task's cgroup. The totals of its ancestors follow by themselves. */
	rstat_update(task_cgroup(task), value)
		value->started++;
	return 0;
}
