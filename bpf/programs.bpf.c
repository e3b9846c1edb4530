// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Run statistics of this project's programs, as a file. bpf_prog_info would tell them too, but only to those who hold a program's
 * descriptor, and who holds one can attach the program a second time and so falsify what it counts.
 *
 *     runqueue run 81223 12218301 0        collector program runs nanoseconds misses
 */
#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct bpf_prog_aux {
	u32 id;
};

/* Wraps one number of 64 bits, differently on different machines. */
typedef struct {
	u64 v;
} u64_stats_t;

struct bpf_prog_stats {
	u64_stats_t cnt;
	u64_stats_t nsecs;
	u64_stats_t misses;
};

struct bpf_prog {
	struct bpf_prog_stats *stats; /* per CPU */
	struct bpf_prog_aux *aux;
};

struct bpf_iter__bpf_prog {
	struct bpf_iter_meta *meta;
	struct bpf_prog *prog;
};

struct bpf_array {
	void *pptrs[1]; /* per CPU */
};

#pragma clang attribute pop

const volatile u32 rstat_nr_cpus = 1;

struct program_name {
	char collector[32];
	char program[32];
};

/* Which programs are this project's, by id; written by the loader. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u32);
	__type(value, struct program_name);
} names SEC(".maps");

/*
 * Per-CPU memory is at a base plus an offset that is the same for all of it. Kernels do not all let BPF look up the offsets, so they
 * are taken from memory whose base and addresses are both known: this map's.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} ruler SEC(".maps");

struct sums {
	u64 runs;
	u64 nanoseconds;
	u64 misses;
	u64 stats;   /* the base of the program's statistics */
	u64 ruler;   /* the base of the ruler's memory */
	u64 *scratch;
};

/* An address as a plain number. The verifier allows no arithmetic on the addresses it gives out, and forgets that they are some once
 * they have been in a map. */
static __always_inline u64 number(u64 *scratch, const void *address)
{
	*(volatile u64 *)scratch = (u64)address;
	return *(volatile u64 *)scratch;
}

static __always_inline u64 count(const u64_stats_t *statistic)
{
	u64 value = 0;

	bpf_probe_read_kernel(&value, sizeof(value), statistic);
	return value;
}

static long add_cpu(u32 cpu, void *context)
{
	struct sums *sums = context;
	const struct bpf_prog_stats *stats;
	u32 zero = 0;
	void *here = bpf_map_lookup_percpu_elem(&ruler, &zero, cpu);

	if (!here)
		return 1;
	stats = (void *)(sums->stats + number(sums->scratch, here) - sums->ruler);
	sums->runs += count(&stats->cnt);
	sums->nanoseconds += count(&stats->nsecs);
	sums->misses += count(&stats->misses);
	return 0;
}

SEC("iter/bpf_prog")
int rstat_programs(struct bpf_iter__bpf_prog *ctx)
{
	struct bpf_prog *prog = ctx->prog;
	struct program_name *name;
	const struct bpf_array *array;
	struct sums sums = {};
	u32 id, zero = 0;

	sums.scratch = bpf_map_lookup_elem(&ruler, &zero);
	if (!prog || !sums.scratch)
		return 0;
	id = BPF_CORE_READ(prog, aux, id);
	name = bpf_map_lookup_elem(&names, &id);
	if (!name)
		return 0;
	array = (const void *)number(sums.scratch, &ruler);
	sums.ruler = (u64)BPF_CORE_READ(array, pptrs[0]);
	sums.stats = (u64)BPF_CORE_READ(prog, stats);
	bpf_loop(rstat_nr_cpus, add_cpu, &sums, 0);
	BPF_SEQ_PRINTF(ctx->meta->seq, "%s %s %llu %llu %llu\n", name->collector, name->program, sums.runs, sums.nanoseconds,
		       sums.misses);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
