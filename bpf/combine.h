/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How values are put together, over CPUs and over the hierarchy: by the type of each field.
 *
 *   sum   u64, struct rstat_histogram   adds what is new since it was flushed
 *   max   struct rstat_max              the larger
 *   top   struct rstat_top              by key, as many as there is room for
 *   own   whatever the collector says: RSTAT_COLLECTOR_FLUSH
 *
 * All are applied in the same way: combine(into, now, flushed) gives `into` what `now` has that `flushed` had not. So each must be
 * indifferent to the order in which CPUs and children are combined, and a value with nothing in it must change nothing.
 */
#ifndef RSTAT_COMBINE_H
#define RSTAT_COMBINE_H

#include "max.h"
#include "top.h"

/* What a word of the struct is; written by the loader from the schema. */
#define RSTAT_SUM 0
#define RSTAT_MAX 1 /* the first of a struct rstat_max */
#define RSTAT_TOP_K 2 /* the first of a struct rstat_top */
#define RSTAT_PART 3 /* any but the first of those */
#define RSTAT_OWN 4

/* `words` and `kinds` are known to the verifier, so it follows one path. */
static __always_inline void rstat_combine(u64 *into, const u64 *now, const u64 *flushed, const volatile u8 *kinds, const u32 words)
{
	for (u32 i = 0; i < words; i++) {
		u8 kind = kinds[i];

		if (kind == RSTAT_SUM)
			into[i] += now[i] - flushed[i];
		else if (kind == RSTAT_MAX)
			rstat_max_combine((struct rstat_max *)&into[i], (const struct rstat_max *)&now[i]);
		else if (kind == RSTAT_TOP_K)
			rstat_top_combine((struct rstat_top *)&into[i], (const struct rstat_top *)&now[i],
					  (const struct rstat_top *)&flushed[i]);
	}
}

#endif
