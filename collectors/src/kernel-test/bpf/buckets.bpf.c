// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tells in which bucket a value falls; run by the test for each value it asks about. */
#include "histogram.h"

struct question {
	u64 value;
	u64 nanoseconds; /* whether it is that */
};

SEC("syscall")
int bucket(struct question *question)
{
	struct rstat_histogram histogram = {};

	if (question->nanoseconds)
		rstat_observe_ns(&histogram, question->value);
	else
		rstat_observe(&histogram, question->value);
	if (histogram.sum != question->value)
		return -1;
	for (u32 i = 0; i < RSTAT_BUCKETS; i++)
		if (histogram.buckets[i])
			return i;
	return -2;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
