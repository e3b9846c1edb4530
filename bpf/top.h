/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The largest shares of a sum, by key, and an explicit rest: entries and `other` add up to everything, exactly.
 *
 * Which keys have an entry is decided as Misra and Gries do it: an amount of a key without one is taken off the weight of all
 * entries, and an entry without weight gives its place up, and its value to `other`. So every key with more than a ninth of all
 * there was since it came has an entry, however many other keys there are. An entry's value counts from when it got the place.
 */
#ifndef RSTAT_TOP_H
#define RSTAT_TOP_H

#include "kernel.h"

#define RSTAT_TOP 8

struct rstat_top {
	struct {
		u64 key; /* 0: free */
		u64 value;
		u64 weight;
	} entries[RSTAT_TOP];
	u64 other;
};

static __always_inline void rstat_top_add(struct rstat_top *top, u64 key, u64 amount)
{
	u64 least = ~0ULL >> 1;
	u32 place = 0;

	for (u32 i = 0; i < RSTAT_TOP; i++) {
		if (!top->entries[i].key)
			top->entries[i].key = key;
		if (top->entries[i].key == key) {
			top->entries[i].value += amount;
			top->entries[i].weight += amount;
			return;
		}
	}
	/* Without branches, each of which would double what the verifier has to look at. Weights are below 2^63. */
	for (u32 i = 0; i < RSTAT_TOP; i++) {
		s64 less = (s64)(top->entries[i].weight - least) >> 63;

		least += (top->entries[i].weight - least) & less;
		place += (i - place) & (u32)less;
	}
	if (least > amount)
		least = amount;
	for (u32 i = 0; i < RSTAT_TOP; i++)
		top->entries[i].weight -= least;
	if (least == amount) {
		top->other += amount;
		return;
	}
	place &= RSTAT_TOP - 1;
	top->other += top->entries[place].value;
	top->entries[place].key = key;
	top->entries[place].value = amount;
	top->entries[place].weight = amount - least;
}

/* The same for flushes: verified by itself, once. Events run with preemption off, where some kernels allow no call of such a function. */
__noinline int rstat_top_give(struct rstat_top *top, u64 key, u64 amount)
{
	if (top)
		rstat_top_add(top, key, amount);
	return 0;
}

/*
 * A place that changed hands since it was flushed has given its value to `other`, with what of it was flushed under its old key:
 * that is in the total already.
 */
static __always_inline void rstat_top_combine(struct rstat_top *into, const struct rstat_top *now, const struct rstat_top *flushed)
{
	u64 other = now->other - flushed->other;

	for (u32 i = 0; i < RSTAT_TOP; i++) {
		u64 key = now->entries[i].key;
		u64 value = now->entries[i].value;

		if (key == flushed->entries[i].key && value >= flushed->entries[i].value)
			value -= flushed->entries[i].value;
		else
			other -= flushed->entries[i].value;
		if (key && value)
			rstat_top_give(into, key, value);
	}
	into->other += other;
}

#endif
