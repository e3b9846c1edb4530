// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Tells the files agent of cgroups that come and go, and remembers since when those are there that came.
 *
 * A BPF program cannot make the files itself. It can create a link (bpf_sys_bpf from a syscall program), but on no kernel pin it:
 * BPF_OBJ_PIN resolves a path and takes the locks of its directories, which a program that runs under cgroup_mutex must not, and the
 * kernel refuses it there (EINVAL). What it would take is a kfunc that pins into a directory held open beforehand, from a work queue;
 * the tree would then be made where these events are sent, and the agent would be left with the scan at its start.
 *
 * cgroup2 knows no rename (kernfs has none for it; the tracepoint is cgroup v1's), so a cgroup has one path for its life.
 */
#include "kernel.h"

#define RSTAT_MADE 1	 /* a cgroup was made */
#define RSTAT_REMOVED 2	 /* its directory went: its file must go, since that keeps the cgroup from being freed */
#define RSTAT_RELEASED 3 /* nothing refers to it any more */

/* TRACE_CGROUP_PATH_LEN of the kernel: a longer path comes truncated to this, its final zero included. */
#define RSTAT_PATH_LENGTH 1024

struct rstat_cgroup_event {
	u64 id;
	u32 kind;
	u32 length; /* of the path, with its final zero */
	char path[RSTAT_PATH_LENGTH];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} events SEC(".maps");

/*
 * When each cgroup was made, in nanoseconds of CLOCK_BOOTTIME, which unlike CLOCK_MONOTONIC keeps its distance from the time of day when
 * the machine sleeps. Of those that are there: what is removed may stay in the kernel for hours. One that was made before this was
 * loaded, or finds no room, has none.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536); /* the loader sets another */
	__type(key, u64);
	__type(value, u64);
} created SEC(".maps");

struct rstat_lifecycle {
	u64 dropped; /* events that found the ring full: who reads it must look at all cgroups */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct rstat_lifecycle);
} lifecycle SEC(".maps");

/* All these tracepoints are passed under cgroup_mutex: one is enough. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct rstat_cgroup_event);
} scratch SEC(".maps");

static __always_inline int tell(u32 kind, struct cgroup *cgrp, const char *path)
{
	u32 zero = 0;
	struct rstat_cgroup_event *event = bpf_map_lookup_elem(&scratch, &zero);
	struct rstat_lifecycle *state = bpf_map_lookup_elem(&lifecycle, &zero);
	long length = 0;

	if (!event || !state || !cgroup_on_default_hierarchy(cgrp))
		return 0;
	if (kind != RSTAT_RELEASED)
		length = bpf_probe_read_kernel_str(event->path, sizeof(event->path), path);
	if (length < 0 || length > RSTAT_PATH_LENGTH)
		length = 0;
	event->id = cgroup_id(cgrp);
	event->kind = kind;
	event->length = length;
	if (bpf_ringbuf_output(&events, event, __builtin_offsetof(struct rstat_cgroup_event, path) + length, 0))
		__sync_fetch_and_add(&state->dropped, 1);
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(made, struct cgroup *cgrp, const char *path)
{
	u64 id = cgroup_id(cgrp), now = bpf_ktime_get_boot_ns();

	/* While a loader replaces this program there are two. */
	if (cgroup_on_default_hierarchy(cgrp))
		bpf_map_update_elem(&created, &id, &now, BPF_NOEXIST);
	return tell(RSTAT_MADE, cgrp, path);
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(removed, struct cgroup *cgrp, const char *path)
{
	u64 id = cgroup_id(cgrp);

	if (cgroup_on_default_hierarchy(cgrp))
		bpf_map_delete_elem(&created, &id);
	return tell(RSTAT_REMOVED, cgrp, path);
}

SEC("tp_btf/cgroup_release")
int BPF_PROG(released, struct cgroup *cgrp, const char *path)
{
	return tell(RSTAT_RELEASED, cgrp, path);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
