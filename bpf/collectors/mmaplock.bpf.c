// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Time that tasks waited for an address space's lock, mmap_lock: mmap, munmap, mprotect, fork and, before 6.4 or where the lock of
 * one mapping does not do, page faults take it, so one thread's munmap of a large mapping stops all others.
 *
 * The lock is taken far more often than anything waits for it, so a task that finds it free leaves as soon as it has looked: no
 * clock is read and nothing is stored or counted. What is counted are those that found it taken. Somebody may come first in the
 * some nanoseconds between the look and the attempt; that wait goes uncounted.
 *
 * Waits are charged to the cgroup of the task that waits, also for another process's lock (reading its /proc/PID/maps, say).
 */
#include "rstat.h"

struct mmaplock {
	struct rstat_histogram read RSTAT_METRIC("cgroup_mmap_lock_wait_seconds", "histogram", "ns",
						 "Time tasks waited for an address space's lock that was taken.")
		RSTAT_LABEL("mode", "read");
	struct rstat_histogram write RSTAT_METRIC("cgroup_mmap_lock_wait_seconds", "histogram", "ns",
						  "Time tasks waited for an address space's lock that was taken.")
		RSTAT_LABEL("mode", "write");
};
RSTAT_COLLECTOR(mmaplock, "Waiting for address spaces' locks");

/* Before "mm: mmap_lock: optimize mmap_lock tracepoints" the path of the memory cgroup comes between address space and mode. */
RSTAT_ARGS(mmap_lock_start_locking);
RSTAT_ARGS(mmap_lock_acquire_returned);

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	s64 counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

struct rw_semaphore {
	atomic_long_t count;
};

struct mm_struct {
	struct rw_semaphore mmap_lock;
};

#pragma clang attribute pop

/* kernel/locking/rwsem.c: readers are counted from bit 8 up; below are a writer, and flags that keep readers out. */
#define RWSEM_READERS_KEPT_OUT 0xff

/* When a task began to wait, in ktime nanoseconds; 0 while it does not. Only those that ever waited have one. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} waiting_since SEC(".maps");

/*
 * How many tasks wait. A task's storage takes 50 ns to look up, and hardly ever has it waited: while nobody does, it need not look.
 * Its own wait is always among them.
 */
static u64 waiting;

/* An argument of the tracepoint. clang would add a choice between two to `ctx`, which the verifier wants left as it is. */
#define argument(ctx, index)                                                                                                   \
	({                                                                                                                     \
		u64 value_;                                                                                                    \
		asm volatile("%0 = *(u64 *)(%1 + %2)" : "=r"(value_) : "r"(ctx), "i"((index) * 8));                            \
		value_;                                                                                                        \
	})

/* A real-time kernel's semaphore is another one, whose state is not looked at: all who want it are timed. */
static __always_inline bool held(struct mm_struct *mm, bool write)
{
	if (!bpf_core_field_exists(mm->mmap_lock.count))
		return true;
	return write ? mm->mmap_lock.count.counter : mm->mmap_lock.count.counter & RWSEM_READERS_KEPT_OUT;
}

SEC("tp_btf/mmap_lock_start_locking")
int locking(u64 *ctx)
{
	bool write = args_mmap_lock_start_locking == 3 ? argument(ctx, 2) : argument(ctx, 1);
	u64 *since;

	if (!held((struct mm_struct *)ctx[0], write))
		return 0;
	since = bpf_task_storage_get(&waiting_since, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!since) {
		rstat_lost_event();
		return 0;
	}
	if (!*since)
		__sync_fetch_and_add(&waiting, 1);
	*since = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/mmap_lock_acquire_returned")
int locked(u64 *ctx)
{
	bool write = args_mmap_lock_acquire_returned == 4 ? argument(ctx, 2) : argument(ctx, 1);
	bool success = args_mmap_lock_acquire_returned == 4 ? argument(ctx, 3) : argument(ctx, 2);
	struct task_struct *task;
	u64 *since, start;

	if (!*(volatile u64 *)&waiting)
		return 0;
	task = bpf_get_current_task_btf();
	since = bpf_task_storage_get(&waiting_since, task, NULL, 0);
	start = since ? *since : 0;
	if (!start)
		return 0;
	*since = 0;
	__sync_fetch_and_sub(&waiting, 1);
	/* Who only tried, or was killed meanwhile, did not get it. */
	if (success) {
		u64 ns = bpf_ktime_get_ns() - start;

		rstat_update(task_cgroup(task), value)
			rstat_observe_ns(write ? &value->write : &value->read, ns);
	}
	return 0;
}
