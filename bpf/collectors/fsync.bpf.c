// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How long tasks waited for files to be on the disk: fsync, fdatasync, msync, and writes to files opened with O_SYNC or O_DSYNC. */
#include "rstat.h"

struct fsync {
	struct rstat_histogram duration RSTAT_METRIC("cgroup_fsync_seconds", "histogram", "ns",
						     "Time that fsync, fdatasync, msync and synchronous writes took.");
	u64 errors RSTAT_METRIC("cgroup_fsync_errors_total", "counter", "", "Those that failed.");
};
RSTAT_COLLECTOR(fsync, "fsync latency and errors");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct super_block {
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
};

struct file {
	struct inode *f_inode;
};

#pragma clang attribute pop

#define ECRYPTFS_SUPER_MAGIC 0xf15f
#define OVERLAYFS_SUPER_MAGIC 0x794c7630

/* When the task's fsync began, in ktime nanoseconds; 0 when none is under way. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} began SEC(".maps");

/*
 * These call vfs_fsync_range() again, for the file below. That one is counted; so calls that are counted do not nest, and a start
 * without an end (a program that was attached in between) is forgotten with the next start.
 */
static __always_inline bool stacked(struct file *file)
{
	unsigned long magic = file->f_inode->i_sb->s_magic;

	return magic == OVERLAYFS_SUPER_MAGIC || magic == ECRYPTFS_SUPER_MAGIC;
}

SEC("fentry/vfs_fsync_range")
int BPF_PROG(begin, struct file *file)
{
	u64 *at;

	if (stacked(file))
		return 0;
	at = bpf_task_storage_get(&began, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (at)
		*at = bpf_ktime_get_ns();
	else
		rstat_lost_event();
	return 0;
}

SEC("fexit/vfs_fsync_range")
int BPF_PROG(end, struct file *file, s64 first, s64 last, int datasync, int error)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 now = bpf_ktime_get_ns();
	u64 *at, start;

	if (stacked(file))
		return 0;
	at = bpf_task_storage_get(&began, task, NULL, 0);
	start = at ? *at : 0;
	if (!start)
		return 0;
	*at = 0;
	rstat_update(task_cgroup(task), value) {
		rstat_observe_ns(&value->duration, now - start);
		if (error)
			value->errors++;
	}
	return 0;
}
