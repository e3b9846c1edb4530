/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a collector's programs share with its loader (constants) and with its readers (state). */
#ifndef RSTAT_STATE_H
#define RSTAT_STATE_H

#include "kernel.h"

/* The layout of maps and keys below. Raised when it changes; a service refuses pins of another format. */
#define RSTAT_FORMAT "5"

/* Set by the loader before the object is verified. */
const volatile bool rstat_walk = false; /* true where the kernel refuses fentry: see flush.h */
const volatile u32 rstat_nr_cpus = 1;	/* possible CPUs */
const volatile u32 rstat_store = 0;	/* where totals are: store.h */
const volatile bool rstat_local = false; /* whether per-CPU values are in cgroup local storage: store.h */
const volatile u64 rstat_window_ns = 0;	/* least length of a read window: max.h */

/* Levels searched for an ancestor with room. */
#define RSTAT_MAX_DEPTH 64

/* What a reader must know to trust the totals; one per collector. All but the counts of events belong to the flushing side. */
struct rstat_state {
	/* Odd while a flush changes totals: a reader that sees one even value before and after has read one moment. */
	u64 sequence;
	/* How many entries hold counts that their parents have not been given yet; 0 means every level adds up. */
	u64 unpropagated;
	u64 flushes;	   /* through the flush file */
	u64 flush_ns;	   /* time those took */
	u64 lost_events;   /* could not be counted anywhere */
	u64 misplaced_events; /* no room or no memory for a cgroup's values: counted at an ancestor */
	u64 spilled_events;   /* found local storage busy or refused, and went to the hash map */
	u64 missing_totals; /* times a cgroup's total found no room: those counts are in its ancestors' totals only */
	u64 released;	    /* the last cgroup released, whose entries go when the next one is */
	u64 released_slot;  /* and its slot, plus 1 */
	u64 slots;	    /* slots that have been used */
	u64 window;	    /* number of the read window, from 1 */
	u64 window_started; /* ktime */
	u64 started;	    /* ktime at which the flush under way began */
	u64 session;	    /* the reading under way, of the flush file or a stats file */
	u64 file_cgroup;    /* the cgroup that reading has visited last */
	u64 file_flushes;   /* whether that reading flushes */
	u64 file_hidden;    /* whether it may not see that cgroup */
	u64 file_flush_due; /* ktime before which stats files print without flushing */
	u64 began;	    /* boottime at which all totals were 0 */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct rstat_state);
} state SEC(".maps");

static __always_inline struct rstat_state *rstat_state(void)
{
	u32 zero = 0;

	return bpf_map_lookup_elem(&state, &zero);
}

/* How a stats file names each word of the struct; written by the loader from the schema. */
#define RSTAT_KEY_LENGTH 56
#define RSTAT_KEY_STARTS 1     /* the first bucket of a histogram */
#define RSTAT_KEY_CUMULATIVE 2 /* a bucket: printed with the buckets before it, as Prometheus' le has it */
#define RSTAT_KEY_SIGNED 4     /* may be below zero */
#define RSTAT_KEY_MAX 8	       /* the first word of a struct rstat_max */
#define RSTAT_KEY_TOP 16       /* the first word of a struct rstat_top */
#define RSTAT_KEY_PART 32      /* printed with a word before it */
#define RSTAT_KEY_ENDS 64      /* the last bucket of a histogram; its name is the histogram's */
#define RSTAT_KEY_NS 128       /* and this its unit */
#define RSTAT_KEY_BYTES 256    /* or this */

struct rstat_key {
	char name[RSTAT_KEY_LENGTH];
	u64 flags;
	u64 bound; /* of a bucket: the largest value in it */
};

#endif
