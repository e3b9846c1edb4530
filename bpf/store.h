/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where values are kept.
 *
 * Per-CPU values ("cells"), written by events:
 *   percpu   hash map by cgroup id. Everywhere.
 *   cells    cgroup local storage, one array over the CPUs: found from the cgroup by one pointer, and freed with it. Kernels since 6.2.
 *            (The loader writes the number of CPUs into the type; a local storage has no per-CPU variant.) Where it has no answer
 *            the event spills to `percpu`: before 7.0 it refuses whoever interrupts it on the same CPU.
 *
 * Totals, written by flushes and read by user space, one of the result stores:
 *   hash            totals        read in batches
 *   cgroup-storage  totals_local  read by a cgroup's descriptor, one by one; never full, freed with the cgroup
 *   mmap-array      totals_array  read with no system call; each cgroup has a slot, whose number is in its local storage
 *                   pending_array beside it what is no total yet
 *
 * The loader chooses, and makes only the maps of the choice; the verifier drops the branches to the others.
 */
#ifndef RSTAT_STORE_H
#define RSTAT_STORE_H

#include "update.h"

#define RSTAT_STORE_HASH 0
#define RSTAT_STORE_LOCAL 1
#define RSTAT_STORE_ARRAY 2

/* An upper bound of live cgroups with events; the loader sets another on demand (--max-cgroups). */
#define RSTAT_MAX_CGROUPS 65536

/*
 * A cgroup's slot in totals_array, plus 1. A cgroup that was made when there was none left has its parent's, marked as shared: what
 * its children hand up goes there.
 */
struct {
	__uint(type, RSTAT_MAP_TYPE_CGRP_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} slots SEC(".maps");

/* Slots of dead cgroups. */
struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__uint(max_entries, RSTAT_MAX_CGROUPS);
	__uint(key_size, 0);
	__uint(value_size, sizeof(u32));
} free_slots SEC(".maps");

/*
 * NULL when the map is full or the kernel has no memory to give just now. Another CPU may create the same element at once.
 */
static __always_inline void *rstat_lookup_or_create(void *map, const u64 *id, const void *initial)
{
	void *value = bpf_map_lookup_elem(map, id);

	if (value)
		return value;
	bpf_map_update_elem(map, id, initial, BPF_NOEXIST);
	return bpf_map_lookup_elem(map, id);
}

#define RSTAT_SLOT_SHARED (1ULL << 63)

/* The root's: the loader makes it first. */
#define RSTAT_SLOT_ROOT 1

static __always_inline u64 rstat_slot(struct cgroup *cgrp)
{
	u64 *slot = bpf_cgrp_storage_get(&slots, cgrp, NULL, 0);

	return slot && *slot ? *slot : RSTAT_SLOT_ROOT | RSTAT_SLOT_SHARED;
}

static __always_inline void *rstat_slot_element(void *array, u64 slot)
{
	u32 index = (u32)slot - 1;

	return bpf_map_lookup_elem(array, &index);
}

/* Under cgroup_mutex, before the first event of the cgroup. */
static __always_inline void rstat_make_slot(void *array, struct cgroup *cgrp, struct rstat_state *s)
{
	u64 *slot = bpf_cgrp_storage_get(&slots, cgrp, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct cgroup *parent;
	u32 index;

	if (!slot || *slot)
		return;
	if (!bpf_map_pop_elem(&free_slots, &index)) {
		*slot = (u64)index + 1;
	} else if (rstat_slot_element(array, s->slots + 1)) {
		s->slots++;
		*slot = s->slots;
	} else {
		parent = bpf_cgroup_ancestor(cgrp, cgrp->level - 1);
		if (parent) {
			*slot = rstat_slot(parent) | RSTAT_SLOT_SHARED;
			bpf_cgroup_release(parent);
		}
	}
}

#define RSTAT_HASH_MAP(name, map_type, value_type)									       \
	struct {													       \
		__uint(type, map_type);											       \
		__uint(map_flags, BPF_F_NO_PREALLOC);									       \
		__uint(max_entries, RSTAT_MAX_CGROUPS);									       \
		__type(key, u64);											       \
		__type(value, value_type);										       \
	} name SEC(".maps")

#define RSTAT_LOCAL_MAP(name, value_type)										       \
	struct {													       \
		__uint(type, RSTAT_MAP_TYPE_CGRP_STORAGE);								       \
		__uint(map_flags, BPF_F_NO_PREALLOC);									       \
		__type(key, int);											       \
		__type(value, value_type);										       \
	} name SEC(".maps")

/*
 * A cell is a multiple of a cache line, so that CPUs do not write to each other's.
 *
 * A cgroup's total is made when the cgroup is, since a flush has interrupts off and cannot get memory for sure; its cells when it has
 * its first event: making them for every cgroup there might be would cost gigabytes on large hosts.
 */
#define RSTAT_STORES(counts, description)										       \
	struct rstat_cell {												       \
		struct counts now;     /* first: rstat_end() is given its address */					       \
		u64 updates;	     /* raised after `now`, with a full barrier */					       \
		struct counts flushed; /* what of `now` is in the totals */						       \
		u64 seen;	     /* the value of `updates` that `flushed` belongs to */				       \
	} __attribute__((aligned(64)));											       \
	struct rstat_total {												       \
		struct counts total; /* of the subtree */								       \
		u64 id; /* of the cgroup; 0 where there is none */							       \
	} __attribute__((btf_decl_tag("rstat:description=" description), btf_decl_tag("rstat:format=" RSTAT_FORMAT)));	       \
	struct rstat_pending {												       \
		struct counts counts; /* given by children, not yet in the total nor in what is pending for the parent */      \
		u64 there;												       \
	};														       \
	/* Both, where one look-up finds them. What is mapped has the totals alone: the less there is, the faster it is read. */\
	struct rstat_entry {												       \
		struct rstat_total total;										       \
		struct rstat_pending pending;										       \
	};														       \
	RSTAT_HASH_MAP(percpu, BPF_MAP_TYPE_PERCPU_HASH, struct rstat_cell);						       \
	RSTAT_LOCAL_MAP(cells, struct rstat_cell[1]);									       \
	RSTAT_HASH_MAP(totals, BPF_MAP_TYPE_HASH, struct rstat_entry);							       \
	RSTAT_LOCAL_MAP(totals_local, struct rstat_entry);								       \
	struct {													       \
		__uint(type, BPF_MAP_TYPE_ARRAY);									       \
		__uint(map_flags, BPF_F_MMAPABLE);									       \
		__uint(max_entries, RSTAT_MAX_CGROUPS);									       \
		__type(key, u32);											       \
		__type(value, struct rstat_total);									       \
	} totals_array SEC(".maps");											       \
	struct {													       \
		__uint(type, BPF_MAP_TYPE_ARRAY);									       \
		__uint(max_entries, RSTAT_MAX_CGROUPS);									       \
		__type(key, u32);											       \
		__type(value, struct rstat_pending);									       \
	} pending_array SEC(".maps");											       \
	static const struct rstat_cell rstat_no_cell = {};								       \
	static const struct rstat_total rstat_no_total = {};								       \
	static const struct rstat_entry rstat_no_entry = {};								       \
															       \
	/* The total of a cgroup; NULL if it has none. */								       \
	static __always_inline struct rstat_total *rstat_total(struct cgroup *cgrp)					       \
	{														       \
		u64 id, slot;												       \
															       \
		if (rstat_store == RSTAT_STORE_LOCAL)									       \
			return bpf_cgrp_storage_get(&totals_local, cgrp, NULL, 0);					       \
		if (rstat_store == RSTAT_STORE_ARRAY) {									       \
			slot = rstat_slot(cgrp);									       \
			return slot & RSTAT_SLOT_SHARED ? NULL : rstat_slot_element(&totals_array, slot);		       \
		}													       \
		id = cgroup_id(cgrp);											       \
		return bpf_map_lookup_elem(&totals, &id);								       \
	}														       \
															       \
	/* What is pending for a cgroup, whose total is given. */							       \
	static __always_inline struct rstat_pending *rstat_pending(struct cgroup *cgrp, struct rstat_total *total)	       \
	{														       \
		if (!total)												       \
			return NULL;											       \
		if (rstat_store == RSTAT_STORE_ARRAY)									       \
			return rstat_slot_element(&pending_array, rstat_slot(cgrp));					       \
		return &((struct rstat_entry *)total)->pending;								       \
	}														       \
															       \
	/* Under cgroup_mutex. */											       \
	static __always_inline void rstat_make_total(struct cgroup *cgrp, u64 id, struct rstat_state *s)		       \
	{														       \
		struct rstat_total *total;										       \
															       \
		if (rstat_store == RSTAT_STORE_LOCAL)									       \
			bpf_cgrp_storage_get(&totals_local, cgrp, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);		       \
		else if (rstat_store == RSTAT_STORE_ARRAY)								       \
			rstat_make_slot(&totals_array, cgrp, s);							       \
		else													       \
			rstat_lookup_or_create(&totals, &id, &rstat_no_entry);						       \
		total = rstat_total(cgrp);										       \
		if (total)												       \
			total->id = id;											       \
	}														       \
															       \
	/*														       \
	 * The way up to the nearest ancestor that has a total. A step is a callback, here and below: of a loop the verifier   \
	 * would follow each turn to the end of the program.								       \
	 */														       \
	struct rstat_total_search {											       \
		struct cgroup *cgrp;											       \
		struct rstat_state *s;											       \
		struct rstat_entry *found;										       \
	};														       \
	static long rstat_total_step(u32 level, struct rstat_total_search *search)					       \
	{														       \
		u64 id = cgroup_id(search->cgrp);									       \
		struct cgroup *cgrp;											       \
															       \
		if (rstat_store == RSTAT_STORE_LOCAL) {									       \
			cgrp = bpf_cgroup_from_id(id);									       \
			if (cgrp) {											       \
				search->found = bpf_cgrp_storage_get(&totals_local, cgrp, NULL, 0);			       \
				bpf_cgroup_release(cgrp);								       \
				if (!search->found)									       \
					search->s->missing_totals++;							       \
			}												       \
		} else {												       \
			search->found = rstat_lookup_or_create(&totals, &id, &rstat_no_entry);				       \
			if (!search->found)										       \
				search->s->missing_totals++;								       \
		}													       \
		cgrp = cgroup_parent(search->cgrp);									       \
		if (search->found || !cgrp)										       \
			return 1;											       \
		search->cgrp = cgrp;											       \
		return 0;												       \
	}														       \
															       \
	/* What is pending for the parent, or where there was no room for that, for the nearest ancestor that has a total. */  \
	static __always_inline struct rstat_pending *rstat_pending_above(struct cgroup *parent, struct cgroup *walked,	       \
								     struct rstat_state *s)				       \
	{														       \
		struct rstat_total_search search = { .cgrp = walked, .s = s };						       \
															       \
		if (rstat_store == RSTAT_STORE_ARRAY)									       \
			return rstat_slot_element(&pending_array, rstat_slot(parent));					       \
		if (rstat_store == RSTAT_STORE_LOCAL)									       \
			search.found = bpf_cgrp_storage_get(&totals_local, parent, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);      \
		if (!search.found)											       \
			bpf_loop(RSTAT_MAX_DEPTH, rstat_total_step, &search, 0);					       \
		return search.found ? &search.found->pending : NULL;							       \
	}														       \
	/* After a cgroup's last flush. What is in its local storage goes with it. */					       \
	static __always_inline void rstat_forget(u64 id, u64 slot)							       \
	{														       \
		bpf_map_delete_elem(&percpu, &id);									       \
		if (rstat_store == RSTAT_STORE_HASH)									       \
			bpf_map_delete_elem(&totals, &id);								       \
		/* 0: none was released before. */									       \
		if (rstat_store == RSTAT_STORE_ARRAY && slot && !(slot & RSTAT_SLOT_SHARED)) {				       \
			u32 index = (u32)slot - 1;									       \
															       \
			if (!bpf_map_update_elem(&totals_array, &index, &rstat_no_total, BPF_EXIST) &&			       \
			    !bpf_map_update_elem(&pending_array, &index, &rstat_no_entry.pending, BPF_EXIST))		       \
				bpf_map_push_elem(&free_slots, &index, 0);						       \
		}													       \
	}														       \
															       \
	/* This CPU's cell in local storage. */										       \
	static __always_inline struct rstat_cell *rstat_local_cell(struct cgroup *cgrp, u32 cpu, u64 flags)		       \
	{														       \
		struct rstat_cell *cell = bpf_cgrp_storage_get(&cells, cgrp, NULL, flags);				       \
		u64 index = cpu;											       \
															       \
		/* Or what is compared is another register than what is added. */					       \
		barrier_var(index);											       \
		return cell && index < rstat_nr_cpus ? cell + index : NULL;						       \
	}														       \
															       \
	/* In the hash map only cgroups that have a total get a cell, so that there is room for each of those. */	       \
	struct rstat_cell_search {											       \
		struct cgroup *cgrp;											       \
		struct rstat_state *s;											       \
		struct rstat_cell *found;										       \
	};														       \
	static long rstat_cell_step(u32 level, struct rstat_cell_search *search)					       \
	{														       \
		u64 id = cgroup_id(search->cgrp);									       \
		struct cgroup *parent;											       \
															       \
		if (rstat_store != RSTAT_STORE_HASH || bpf_map_lookup_elem(&totals, &id))				       \
			search->found = rstat_lookup_or_create(&percpu, &id, &rstat_no_cell);				       \
		if (search->found) {											       \
			if (level)											       \
				__sync_fetch_and_add(&search->s->misplaced_events, 1);					       \
			return 1;											       \
		}													       \
		parent = cgroup_parent(search->cgrp);									       \
		if (!parent)												       \
			return 1;											       \
		search->cgrp = parent;											       \
		return 0;												       \
	}														       \
	static __noinline struct rstat_cell *rstat_cell_elsewhere(struct cgroup *cgrp)					       \
	{														       \
		struct rstat_cell_search search = { .cgrp = cgrp, .s = rstat_state() };					       \
															       \
		if (!search.s || !cgrp)											       \
			return NULL;											       \
		if (rstat_local)											       \
			__sync_fetch_and_add(&search.s->spilled_events, 1);						       \
		bpf_loop(RSTAT_MAX_DEPTH, rstat_cell_step, &search, 0);							       \
		return search.found;											       \
	}														       \
															       \
	/*														       \
	 * This CPU's cell of a cgroup. Where there is no room for one, that of the nearest ancestor that has: the ancestors'  \
	 * totals stay right, and telling the kernel that the cgroup was updated tells it so of its ancestors. The loader made \
	 * the root's.													       \
	 */														       \
	static __always_inline struct rstat_cell *rstat_cell(struct cgroup *cgrp)					       \
	{														       \
		struct rstat_cell *cell = NULL;										       \
		u64 id;													       \
															       \
		if (rstat_local) {											       \
			cell = rstat_local_cell(cgrp, bpf_get_smp_processor_id(), BPF_LOCAL_STORAGE_GET_F_CREATE);	       \
		} else {												       \
			id = cgroup_id(cgrp);										       \
			cell = bpf_map_lookup_elem(&percpu, &id);							       \
		}													       \
		return cell ? cell : rstat_cell_elsewhere(cgrp);							       \
	}

#endif
