/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Log2 histograms whose bounds are powers of two *in the exposed unit*.
 *
 * A native histogram of schema 0 and an exponential histogram of scale 0 put their bounds at powers of two of the base unit,
 * seconds for a latency. A power of two of nanoseconds is none of those, so buckets made with log2(ns) cannot be converted
 * without error. Here bucket i counts values v with bound(i - 1) < v <= bound(i) (Prometheus' `le`: a value on a bound falls
 * in the lower bucket) and bound(i) is
 *
 *     2^i                    for plain numbers and bytes, i = 0 .. 30: 1 .. 2^30
 *     2^(i - 24) seconds     for nanoseconds,             i = 0 .. 30: 60 ns .. 64 s
 *
 * The last bucket is +Inf. 2^(i - 24) s is 5^9 * 2^(i - 15) ns; an integer number of nanoseconds is at or below it exactly
 * when it is at or below its floor, so integer arithmetic decides without error.
 */
#ifndef RSTAT_HISTOGRAM_H
#define RSTAT_HISTOGRAM_H

#include "kernel.h"

#define RSTAT_BUCKETS 32

struct rstat_histogram {
	u64 sum; /* of the values, in the unit they were observed in; wraps like any counter */
	u64 buckets[RSTAT_BUCKETS];
};

/* 1 unless value, which is below 2^63, is 0. The barrier keeps the compiler from making a branch of it. */
static __always_inline u64 rstat_nonzero(u64 value)
{
	u64 negative = -value;

	barrier_var(negative);
	return negative >> 63;
}

/*
 * The smallest k with value <= 2^k; 0 for 0 and 1. Without branches: the verifier would follow each of their combinations, once more for
 * every histogram of a program.
 */
static __always_inline u32 rstat_log2_ceil(u64 value)
{
	u64 low = value - (rstat_nonzero(value >> 1) | (value & 1)), k = 0;

	for (u32 bits = 32; bits; bits >>= 1) {
		u64 shift = rstat_nonzero(low >> bits) * bits;

		low >>= shift;
		k += shift;
	}
	return k + low;
}

static __always_inline void rstat_count(struct rstat_histogram *histogram, u32 bucket, u64 value)
{
	/* Or the compiler tests what the bucket was made of, which tells the verifier nothing of the bucket. */
	barrier_var(bucket);
	if (bucket >= RSTAT_BUCKETS)
		bucket = RSTAT_BUCKETS - 1;
	histogram->buckets[bucket]++;
	histogram->sum += value;
}

/* Observes a plain number or a number of bytes. */
static __always_inline void rstat_observe(struct rstat_histogram *histogram, u64 value)
{
	rstat_count(histogram, rstat_log2_ceil(value), value);
}

/* The floor, in nanoseconds, of 2^(bucket - 24) seconds; for bucket <= 30. */
static __always_inline u64 rstat_bound_ns(u32 bucket)
{
	return (1953125ULL << bucket) >> 15;
}

/* Observes a duration in nanoseconds. */
static __always_inline void rstat_observe_ns(struct rstat_histogram *histogram, u64 ns)
{
	/* 2^(k - 1) < ns <= 2^k puts ns at or above bound(k - 7) = 0.93 * 2^(k - 1), so it is bucket k - 6 or the next. */
	u32 k = rstat_log2_ceil(ns);
	u32 bucket = k > 6 ? k - 6 : 0;

	if (bucket > RSTAT_BUCKETS - 1)
		bucket = RSTAT_BUCKETS - 1;
	if (bucket < RSTAT_BUCKETS - 1 && ns > rstat_bound_ns(bucket))
		bucket++;
	rstat_count(histogram, bucket, ns);
}

#endif
