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

typedef struct {
	s64 counter;
} local_t;

typedef struct {
	local_t a;
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
	const void *stats;
};

static long add_cpu(u32 cpu, void *context)
{
	struct sums *sums = context;
	u32 zero = 0;
	struct bpf_prog_stats *stats;
	void *here = bpf_map_lookup_percpu_elem(&ruler, &zero, cpu);
	void *base = BPF_CORE_READ((struct bpf_array *)&ruler, pptrs[0]);

	if (!here || !base)
		return 1;
	stats = (void *)sums->stats + (here - base);
	sums->runs += BPF_CORE_READ(stats, cnt.a.counter);
	sums->nanoseconds += BPF_CORE_READ(stats, nsecs.a.counter);
	sums->misses += BPF_CORE_READ(stats, misses.a.counter);
	return 0;
}

SEC("iter/bpf_prog")
int rstat_programs(struct bpf_iter__bpf_prog *ctx)
{
	struct bpf_prog *prog = ctx->prog;
	struct program_name *name;
	struct sums sums = {};
	u32 id;

	if (!prog)
		return 0;
	id = BPF_CORE_READ(prog, aux, id);
	name = bpf_map_lookup_elem(&names, &id);
	if (!name)
		return 0;
	sums.stats = BPF_CORE_READ(prog, stats);
	bpf_loop(rstat_nr_cpus, add_cpu, &sums, 0);
	BPF_SEQ_PRINTF(ctx->meta->seq, "%s %s %llu %llu %llu\n", name->collector, name->program, sums.runs, sums.nanoseconds,
		       sums.misses);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
