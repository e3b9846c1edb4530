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

#ifdef __TARGET_ARCH_arm64
#define SYSCALL_PREFIX "__arm64_sys_"
#else
#define SYSCALL_PREFIX "__x64_sys_"
#endif

#define EBADF 9
#define ECRYPTFS_SUPER_MAGIC 0xf15f
#define OVERLAYFS_SUPER_MAGIC 0x794c7630

/*
 * A wait may pass through several of these functions, from the first down to the last, and which of them a compiler has put into
 * another, where it cannot be seen, differs between kernels: fsync(2) calls no vfs_fsync_range() on Debian's. So all are looked at, and the
 * outermost counts.
 */
enum level { SYSCALL, VFS_FSYNC, VFS_FSYNC_RANGE };

/* The wait that is under way in a task. */
struct wait {
	u64 since; /* ktime, in nanoseconds; 0 when there is none */
	u64 level; /* of the function that will end it */
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct wait);
} waits SEC(".maps");

/* No function calls itself. Where one begins a wait that it seems to be in already, the end was missed, and it is a new one. */
static __always_inline int begin(enum level level)
{
	struct wait *wait = bpf_task_storage_get(&waits, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!wait) {
		rstat_lost_event();
		return 0;
	}
	if (wait->since && wait->level < level)
		return 0;
	wait->since = bpf_ktime_get_ns();
	wait->level = level;
	return 0;
}

static __always_inline int end(enum level level, s64 error)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct wait *wait = bpf_task_storage_get(&waits, task, NULL, 0);
	u64 ns;

	if (!wait || !wait->since || wait->level != level)
		return 0;
	ns = bpf_ktime_get_ns() - wait->since;
	wait->since = 0;
	/* Not a file at all. */
	if (error == -EBADF)
		return 0;
	rstat_update(task_cgroup(task), value) {
		rstat_observe_ns(&value->duration, ns);
		if (error)
			value->errors++;
	}
	return 0;
}

/* The exception to that: these call vfs_fsync_range() again, for the file below, which then is the one that counts. */
static __always_inline bool stacked(struct file *file)
{
	unsigned long magic = file->f_inode->i_sb->s_magic;

	return magic == OVERLAYFS_SUPER_MAGIC || magic == ECRYPTFS_SUPER_MAGIC;
}

SEC("fentry/" SYSCALL_PREFIX "fsync")
int BPF_PROG(begin_fsync)
{
	return begin(SYSCALL);
}

SEC("fexit/" SYSCALL_PREFIX "fsync")
int BPF_PROG(end_fsync, const void *registers, long result)
{
	return end(SYSCALL, result);
}

SEC("fentry/" SYSCALL_PREFIX "fdatasync")
int BPF_PROG(begin_fdatasync)
{
	return begin(SYSCALL);
}

SEC("fexit/" SYSCALL_PREFIX "fdatasync")
int BPF_PROG(end_fdatasync, const void *registers, long result)
{
	return end(SYSCALL, result);
}

SEC("fentry/vfs_fsync")
int BPF_PROG(begin_vfs_fsync)
{
	return begin(VFS_FSYNC);
}

SEC("fexit/vfs_fsync")
int BPF_PROG(end_vfs_fsync, struct file *file, int datasync, int error)
{
	return end(VFS_FSYNC, error);
}

SEC("fentry/vfs_fsync_range")
int BPF_PROG(begin_vfs_fsync_range, struct file *file)
{
	return stacked(file) ? 0 : begin(VFS_FSYNC_RANGE);
}

SEC("fexit/vfs_fsync_range")
int BPF_PROG(end_vfs_fsync_range, struct file *file, s64 first, s64 last, int datasync, int error)
{
	return stacked(file) ? 0 : end(VFS_FSYNC_RANGE, error);
}
