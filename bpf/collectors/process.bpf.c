// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Processes and threads made, programs started, and how processes ended.
 *
 * A new task is counted where it begins, which is its parent's cgroup but for clone3() with CLONE_INTO_CGROUP. task_newtask is where
 * the kernel has just counted it for the `processes` line of /proc/stat; sched_process_fork does not see io_uring's threads. A
 * process that ends is counted where its last thread is.
 */
#include "rstat.h"

#define SIGNALS_HELP "Processes that a signal ended, a part of cgroup_process_exits_total."

struct process {
	u64 forks RSTAT_METRIC("cgroup_process_forks_total", "counter", "", "Processes made.");
	u64 threads RSTAT_METRIC("cgroup_thread_starts_total", "counter", "", "Threads made in processes that were there.");
	u64 execs RSTAT_METRIC("cgroup_process_execs_total", "counter", "", "Programs started by exec in a process.");
	u64 exits RSTAT_METRIC("cgroup_process_exits_total", "counter", "", "Processes that ended, with their last thread.");
	u64 aborted RSTAT_METRIC("cgroup_process_signal_exits_total", "counter", "", SIGNALS_HELP) RSTAT_LABEL("signal", "abrt");
	u64 bus_error RSTAT_METRIC("cgroup_process_signal_exits_total", "counter", "", SIGNALS_HELP) RSTAT_LABEL("signal", "bus");
	u64 killed RSTAT_METRIC("cgroup_process_signal_exits_total", "counter", "", SIGNALS_HELP) RSTAT_LABEL("signal", "kill");
	u64 faulted RSTAT_METRIC("cgroup_process_signal_exits_total", "counter", "", SIGNALS_HELP) RSTAT_LABEL("signal", "segv");
	u64 forbidden RSTAT_METRIC("cgroup_process_signal_exits_total", "counter", "", SIGNALS_HELP) RSTAT_LABEL("signal", "sys");
	u64 terminated RSTAT_METRIC("cgroup_process_signal_exits_total", "counter", "", SIGNALS_HELP) RSTAT_LABEL("signal", "term");
	u64 other_signal RSTAT_METRIC("cgroup_process_signal_exits_total", "counter", "", SIGNALS_HELP)
		RSTAT_LABEL("signal", "other");
};
RSTAT_COLLECTOR(process, "Forks, execs and exits of processes");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct signal_struct {
	atomic_t live;
	int group_exit_code;
	unsigned int flags;
};

struct task_struct___process {
	int tgid;
	int exit_code;
	struct task_struct *group_leader;
	struct signal_struct *signal;
};

#pragma clang attribute pop

/* signal_struct.flags: all threads end with group_exit_code. */
#define SIGNAL_GROUP_EXIT 4

/* The same numbers on every machine that runs BPF but for SIGBUS and SIGSYS on MIPS. */
#define SIGABRT 6
#define SIGBUS 7
#define SIGKILL 9
#define SIGSEGV 11
#define SIGTERM 15
#define SIGSYS 31

/* 6.16 (4f6fc7821283, "exit: move and extend sched_process_exit() tracepoint") says which thread is the last. */
RSTAT_ARGS(sched_process_exit);

/* Before that: whether a process' end has been counted, kept with its first thread. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} counted SEC(".maps");

SEC("tp_btf/task_newtask")
int BPF_PROG(made, struct task_struct *task)
{
	bool thread = task->pid != ((struct task_struct___process *)task)->tgid;

	rstat_update(task_cgroup(task), value) {
		if (thread)
			value->threads++;
		else
			value->forks++;
	}
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(executed, struct task_struct *task)
{
	rstat_update(task_cgroup(task), value)
		value->execs++;
	return 0;
}

/*
 * `live` has been lowered by every thread that comes here, and each does so before it comes: it is 0 for the last thread, but also
 * for one that lowered it earlier and comes late. One of those is the first to take the mark.
 */
static __always_inline bool first_to_see_the_end(struct task_struct___process *task)
{
	u64 *mark;

	if (task->signal->live.counter)
		return false;
	mark = bpf_task_storage_get(&counted, task->group_leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (mark)
		return !__sync_fetch_and_add(mark, 1);
	rstat_lost_event();
	return false;
}

/* What wait() will tell of the process. */
static __always_inline int ended_by_signal(struct task_struct___process *task)
{
	int code = task->signal->flags & SIGNAL_GROUP_EXIT ? task->signal->group_exit_code :
							     ((struct task_struct___process *)task->group_leader)->exit_code;

	return code & 0x7f;
}

SEC("tp_btf/sched_process_exit")
int exited(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct task_struct___process *process = (void *)task;
	bool last = args_sched_process_exit > 1 ? ctx[1] & 1 : first_to_see_the_end(process);
	int signal;

	if (!last)
		return 0;
	signal = ended_by_signal(process);
	rstat_update(task_cgroup(task), value) {
		value->exits++;
		if (signal == SIGABRT)
			value->aborted++;
		else if (signal == SIGBUS)
			value->bus_error++;
		else if (signal == SIGKILL)
			value->killed++;
		else if (signal == SIGSEGV)
			value->faulted++;
		else if (signal == SIGSYS)
			value->forbidden++;
		else if (signal == SIGTERM)
			value->terminated++;
		else if (signal)
			value->other_signal++;
	}
	return 0;
}
