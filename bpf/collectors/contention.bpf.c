// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * How long the kernel's own locks made tasks wait. Costs nothing where no lock is contended.
 *
 * A wait is its own time alone: one that is within another, such as that for the lock inside a lock or that of an interrupt, is
 * taken out of the outer one, so that waits add up. Interrupts' waits are the interrupted task's, as their CPU time is.
 */
#include "rstat.h"

#define WAIT_NAME "cgroup_kernel_lock_wait_seconds"
#define WAIT_HELP "Time tasks waited for contended locks of the kernel, by kind: spin has spinlocks and rwlocks, rwsem the per-CPU ones too."

struct contention {
	struct rstat_histogram spin RSTAT_METRIC(WAIT_NAME, "histogram", "ns", WAIT_HELP) RSTAT_LABEL("kind", "spin");
	struct rstat_histogram mutex RSTAT_METRIC(WAIT_NAME, "histogram", "ns", WAIT_HELP) RSTAT_LABEL("kind", "mutex");
	struct rstat_histogram rwsem RSTAT_METRIC(WAIT_NAME, "histogram", "ns", WAIT_HELP) RSTAT_LABEL("kind", "rwsem");
};
RSTAT_COLLECTOR(contention, "Waits for the kernel's locks");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

typedef struct {
	int counter;
} atomic_t;

struct qspinlock {
	atomic_t val;
};

struct raw_spinlock {
	struct qspinlock raw_lock;
};

struct llist_node {
	struct llist_node *next;
};

struct css_rstat_cpu {
	struct llist_node lnode;
};

#pragma clang attribute pop

/* include/trace/events/lock.h */
#define LCB_F_SPIN (1 << 0)
#define LCB_F_RT (1 << 3)
#define LCB_F_MUTEX (1 << 5)

enum kind { SPIN, MUTEX, RWSEM };

/*
 * Waits within waits, the innermost last. An end that is missed (the kernel runs no tracing program within itself) leaves an entry
 * behind, which the end of an outer wait takes away, or the stack's being full.
 */
#define MAX_WAITS 4

struct wait {
	u64 lock;
	u64 since;  /* ktime nanoseconds */
	u64 within; /* nanoseconds of waits within this one */
	u64 kind;
};

struct waits {
	u64 depth;
	struct wait stack[MAX_WAITS];
};

/* Spinning keeps the task on its CPU, and interrupts come between. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct waits);
} spinning SEC(".maps");

/* The other waits sleep, or may come to. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct waits);
} sleeping SEC(".maps");

static __always_inline struct waits *spinning_here(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&spinning, &zero);
}

/*
 * The end of a wait for a spinlock finds the lock held. Counting there must not take that lock: up to 6.16 ("cgroup: make
 * css_rstat_updated nmi safe" is of 6.17) the updated kfunc takes this CPU's rstat lock, so where that is held, by this CPU for all we
 * know, the wait is not counted but lost. 6.16 itself has several such locks: no spinning is counted there.
 */
extern const struct raw_spinlock cgroup_rstat_cpu_lock __ksym __weak;

static __always_inline bool spin_can_be_counted(void)
{
	const struct raw_spinlock *lock;

	if (rstat_walk || bpf_core_field_exists(((struct css_rstat_cpu *)0)->lnode))
		return true;
	if (!&cgroup_rstat_cpu_lock)
		return false;
	lock = bpf_this_cpu_ptr(&cgroup_rstat_cpu_lock);
	/* Not a load: before 6.2 the verifier takes the typedef in the variable's type for no struct. */
	return !BPF_CORE_READ(lock, raw_lock.val.counter);
}

/* A mutex begins several times, each time that it goes from spinning to sleeping or back. */
static __always_inline void begin(struct waits *waits, u64 lock, u32 flags)
{
	u64 depth = waits->depth;
	struct wait *wait;

	if (depth && depth <= MAX_WAITS && waits->stack[depth - 1].lock == lock) {
		if (flags & LCB_F_MUTEX)
			return;
		depth--;
	}
	if (depth >= MAX_WAITS)
		depth = 0;
	/* The place is taken before it is filled: an interrupt in between takes the next one. */
	*(volatile u64 *)&waits->depth = depth + 1;
	wait = &waits->stack[depth];
	wait->lock = lock;
	wait->within = 0;
	wait->kind = flags & (LCB_F_MUTEX | LCB_F_RT) ? MUTEX : flags & LCB_F_SPIN ? SPIN : RWSEM;
	wait->since = bpf_ktime_get_ns();
}

/* Takes away the wait for the lock. Returns false where its begin was missed, else its kind and own time. */
static __always_inline bool end(struct waits *waits, u64 lock, u64 *kind, u64 *own)
{
	for (int i = MAX_WAITS - 1; i >= 0; i--) {
		struct wait *wait = &waits->stack[i];
		u64 waited;

		if (i >= waits->depth || wait->lock != lock)
			continue;
		waited = bpf_ktime_get_ns() - wait->since;
		*kind = wait->kind;
		*own = waited - wait->within;
		if (i > 0)
			waits->stack[i - 1].within += waited;
		*(volatile u64 *)&waits->depth = i;
		return true;
	}
	return false;
}

SEC("tp_btf/contention_begin")
int BPF_PROG(began, void *lock, unsigned int flags)
{
	bool spins = (flags & (LCB_F_SPIN | LCB_F_MUTEX)) == LCB_F_SPIN;
	struct waits *waits;

	if (spins)
		waits = spinning_here();
	else
		waits = bpf_task_storage_get(&sleeping, bpf_get_current_task_btf(), NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (waits)
		begin(waits, (u64)lock, flags);
	else
		rstat_lost_event();
	return 0;
}

SEC("tp_btf/contention_end")
int BPF_PROG(ended, void *lock, int result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct waits *waits = spinning_here();
	u64 kind, waited;

	if (!waits || !end(waits, (u64)lock, &kind, &waited)) {
		waits = bpf_task_storage_get(&sleeping, task, NULL, 0);
		if (!waits || !end(waits, (u64)lock, &kind, &waited))
			return 0;
	}
	if (kind == SPIN && !spin_can_be_counted()) {
		rstat_lost_event();
		return 0;
	}
	rstat_update(task_cgroup(task), value) {
		if (kind == SPIN)
			rstat_observe_ns(&value->spin, waited);
		else if (kind == MUTEX)
			rstat_observe_ns(&value->mutex, waited);
		else
			rstat_observe_ns(&value->rwsem, waited);
	}
	return 0;
}
