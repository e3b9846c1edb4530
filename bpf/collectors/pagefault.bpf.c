// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Page faults and how long they took, from the first attempt to the last: a fault that has to wait for a disk, or for a lock, may
 * give way and be tried again.
 *
 * What is one fault, and whose it is, is what memory.stat's pgfault and pgmajfault say, so that they can be compared: a fault is
 * counted when it is done, with or without success, and major when any attempt was. It belongs to the cgroup of the process that
 * owns the address space, not of the thread or the debugger that touched it. Kernels before 6.4 ("mm: do not increment pgfault
 * stats when page fault handler retries") count each attempt in pgfault.
 */
#include "rstat.h"

struct pagefault {
	struct rstat_histogram minor RSTAT_METRIC("cgroup_page_fault_latency_seconds", "histogram", "ns", "Time page faults took.")
		RSTAT_LABEL("kind", "minor");
	struct rstat_histogram major RSTAT_METRIC("cgroup_page_fault_latency_seconds", "histogram", "ns", "Time page faults took.")
		RSTAT_LABEL("kind", "major");
};
RSTAT_COLLECTOR(pagefault, "Page faults");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct mm_struct {
	struct task_struct *owner;
};

struct vm_area_struct {
	struct mm_struct *vm_mm;
};

struct task_struct___mm {
	struct mm_struct *mm;
};

#pragma clang attribute pop

/* enum vm_fault_reason of linux/mm_types.h and enum fault_flag beside it. */
#define VM_FAULT_MAJOR 0x4
#define VM_FAULT_RETRY 0x400
#define VM_FAULT_COMPLETED 0x4000
#define FAULT_FLAG_RETRY_NOWAIT 0x8

/* The fault that a task is in, or will try again. */
struct fault {
	u64 start; /* of the first attempt, in ktime nanoseconds; 0: none */
	u64 address;
	bool again; /* the last attempt gave way */
	bool major;
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct fault);
} faults SEC(".maps");

SEC("fentry/handle_mm_fault")
int BPF_PROG(fault_begin, struct vm_area_struct *vma, unsigned long address)
{
	struct fault *fault = bpf_task_storage_get(&faults, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!fault) {
		rstat_lost_event();
		return 0;
	}
	if (!fault->again || fault->address != address) {
		fault->address = address;
		fault->major = false;
		fault->start = bpf_ktime_get_ns();
	}
	fault->again = false;
	return 0;
}

/* The owner's cgroup where that is not the current task's; NULL where it is, or nobody owns the address space. */
static __always_inline struct cgroup *other_owner(struct task_struct *task, struct mm_struct *mm)
{
	struct task_struct *owner;

	if (!bpf_core_field_exists(mm->owner))
		return NULL; /* a kernel without memory cgroups */
	owner = mm ? mm->owner : NULL;
	return owner && owner->cgroups != task->cgroups ? owner->cgroups->dfl_cgrp : NULL;
}

static __always_inline void observe(struct pagefault *value, bool major, u64 ns)
{
	rstat_observe_ns(major ? &value->major : &value->minor, ns);
}

SEC("fexit/handle_mm_fault")
int BPF_PROG(fault_end, struct vm_area_struct *vma, unsigned long address, unsigned int flags, struct pt_regs *regs, unsigned int result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fault *fault = bpf_task_storage_get(&faults, task, NULL, 0);
	struct cgroup *owner;
	bool major;
	u64 ns;

	if (!fault || !fault->start)
		return 0;
	major = fault->major || result & VM_FAULT_MAJOR;
	if (result & VM_FAULT_RETRY) {
		/* Who does not wait does not try again. */
		fault->again = !(flags & FAULT_FLAG_RETRY_NOWAIT);
		fault->major = major;
		return 0;
	}
	ns = bpf_ktime_get_ns() - fault->start;
	fault->start = 0;
	/* What completed has given up the lock that keeps the mapping. That is the task's own, but
	 * for a debugger's write to a file that is mapped shared. */
	owner = other_owner(task, result & VM_FAULT_COMPLETED ? ((struct task_struct___mm *)task)->mm : vma->vm_mm);
	if (!owner) {
		rstat_update(task_cgroup(task), value)
			observe(value, major, ns);
	} else if (cgroup_on_default_hierarchy(owner)) {
		rstat_update_walked(owner, value)
			observe(value, major, ns);
	}
	return 0;
}
