// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the collectors' programs are measured against: programs that do nothing, or only read the clock. The benchmark gives each the
 * place that it attaches to, so that program and baseline run at the same events, equally often.
 */
#include "kernel.h"

#define BASELINE(kind)                                                                                                         \
	SEC("?" #kind)                                                                                                         \
	int kind##_empty(void *ctx)                                                                                            \
	{                                                                                                                      \
		return 0;                                                                                                      \
	}                                                                                                                      \
	SEC("?" #kind)                                                                                                         \
	int kind##_one_clock(void *ctx)                                                                                        \
	{                                                                                                                      \
		bpf_ktime_get_ns();                                                                                            \
		return 0;                                                                                                      \
	}                                                                                                                      \
	SEC("?" #kind)                                                                                                         \
	int kind##_two_clocks(void *ctx)                                                                                       \
	{                                                                                                                      \
		bpf_ktime_get_ns();                                                                                            \
		bpf_ktime_get_ns();                                                                                            \
		return 0;                                                                                                      \
	}

BASELINE(tp_btf)
BASELINE(fentry)
BASELINE(fexit)

char LICENSE[] SEC("license") = "Dual BSD/GPL";
