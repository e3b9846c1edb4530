/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The largest value since the last read window.
 *
 * A largest value must be forgotten some day, and no reader may make another's forgotten. So time is cut into windows: reading the
 * flush file begins a new one when the one under way is rstat_window_ns old. What is shown is the largest of the window under way
 * and the one before: whoever reads at least once per window sees every peak, however many others read.
 */
#ifndef RSTAT_MAX_H
#define RSTAT_MAX_H

#include "state.h"

struct rstat_max {
	u64 window; /* in which `largest` was seen; 0 where nothing was */
	u64 largest;
	u64 before; /* the largest of the window before */
};

static __always_inline void rstat_max_turn(struct rstat_max *max, u64 window)
{
	if (max->window >= window)
		return;
	max->before = max->window + 1 == window ? max->largest : 0;
	max->largest = 0;
	max->window = window;
}

static __always_inline void rstat_max(struct rstat_max *max, u64 value)
{
	struct rstat_state *s = rstat_state();

	if (!s)
		return;
	rstat_max_turn(max, s->window);
	if (value > max->largest)
		max->largest = value;
}

/* Seeing the same value twice changes nothing, so what was flushed before need not be known. */
static __always_inline void rstat_max_combine(struct rstat_max *into, const struct rstat_max *from)
{
	u64 window = from->window;
	u64 largest = from->largest;
	u64 before = from->before;

	if (!window)
		return;
	rstat_max_turn(into, window);
	if (into->window == window) {
		if (largest > into->largest)
			into->largest = largest;
		if (before > into->before)
			into->before = before;
	} else if (into->window == window + 1 && largest > into->before) {
		into->before = largest;
	}
}

/* What a reader is shown. */
static __always_inline u64 rstat_max_value(const struct rstat_max *max, u64 window)
{
	if (max->window == window)
		return max->largest > max->before ? max->largest : max->before;
	return max->window + 1 == window ? max->largest : 0;
}

/* A reading begins: a new window if this one is old enough. */
static __always_inline void rstat_window(struct rstat_state *s, u64 now)
{
	if (s->window && now - s->window_started < rstat_window_ns)
		return;
	s->window++;
	s->window_started = now;
}

#endif
