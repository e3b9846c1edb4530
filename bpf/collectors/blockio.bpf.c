// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What cgroups ask of block devices, how long it waits in the queue, and how long the device takes.
 *
 * Two kinds of things are counted, both of which the kernel counts too:
 *   bios      operations and bytes, when they are submitted, as in a cgroup's io.stat (blk_cgroup_bio_start()): the bytes once, an
 *             operation more for each split. io.stat calls flushes writes. Where devices are stacked (device mapper, RAID, loop)
 *             each device counts, as each has its line there.
 *   requests  times and errors, when they complete, as in /proc/diskstats and so in the root's io.stat: what a device's queue made of
 *             bios by merging and splitting. Only bios of one owner are merged (blk_cgroup_mergeable()). Devices that have no queue
 *             (zram, brd, most of device mapper) have no requests.
 *
 * The owner is the bio's, not the task's that runs: what is written back is charged to who made it dirty. It is the nearest cgroup
 * that has the io controller; that is the kernel's decision, and io.stat's.
 */
#include "rstat.h"

/* In the order of the fields below. */
enum operation { READ, WRITE, DISCARD, FLUSH };

#define OPERATIONS(operation)                                                                                                  \
	RSTAT_METRIC("cgroup_blockio_operations_total", "counter", "", "Block I/O operations submitted.")                      \
	RSTAT_LABEL("operation", operation)
#define BYTES(operation)                                                                                                       \
	RSTAT_METRIC("cgroup_blockio_bytes_total", "counter", "bytes", "Bytes of block I/O operations submitted.")             \
	RSTAT_LABEL("operation", operation)
#define ERRORS(operation)                                                                                                      \
	RSTAT_METRIC("cgroup_blockio_errors_total", "counter", "", "Requests to block devices that failed.")                   \
	RSTAT_LABEL("operation", operation)
#define QUEUE(operation)                                                                                                       \
	RSTAT_METRIC("cgroup_blockio_queue_seconds", "histogram", "ns",                                                        \
		     "Time requests to block devices waited before they were given to the device.")                            \
	RSTAT_LABEL("operation", operation)
#define DEVICE(operation)                                                                                                      \
	RSTAT_METRIC("cgroup_blockio_device_seconds", "histogram", "ns",                                                       \
		     "Time from giving a request to a block device to its completion; of flushes, from their submission.")     \
	RSTAT_LABEL("operation", operation)

struct blockio {
	u64 reads OPERATIONS("read");
	u64 writes OPERATIONS("write");
	u64 discards OPERATIONS("discard");
	u64 flushes OPERATIONS("flush");
	u64 read_bytes BYTES("read");
	u64 write_bytes BYTES("write");
	u64 discard_bytes BYTES("discard");
	u64 read_errors ERRORS("read");
	u64 write_errors ERRORS("write");
	u64 discard_errors ERRORS("discard");
	u64 flush_errors ERRORS("flush");
	struct rstat_histogram read_queue QUEUE("read");
	struct rstat_histogram write_queue QUEUE("write");
	struct rstat_histogram read_device DEVICE("read");
	struct rstat_histogram write_device DEVICE("write");
	struct rstat_histogram discard_device DEVICE("discard");
	struct rstat_histogram flush_device DEVICE("flush");
};
RSTAT_COLLECTOR(blockio, "Block I/O: operations, bytes, errors, time in the queue and in the device");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct blkcg {
	struct cgroup_subsys_state css;
};

struct blkcg_gq {
	struct blkcg *blkcg;
};

struct bvec_iter {
	u32 bi_size;
};

struct bio {
	u32 bi_opf;
	struct bvec_iter bi_iter;
	struct blkcg_gq *bi_blkg;
	void *bi_io_vec;
};

struct request {
	u32 __data_len;
	struct bio *bio;
	u64 start_time_ns;
};

struct cgroup_root___blockio {
	struct cgroup cgrp;
};

enum req_flag_bits {
	__REQ_PREFLUSH = 1, /* the running kernel's is used */
};

#pragma clang attribute pop

#define REQ_OP_MASK 255
#define REQ_OP_DISCARD 3

/*
 * When requests were issued, by their address, in ktime nanoseconds; 0 when they have completed. The kernel notes it in the request only
 * if something it does itself needs it. Requests are allocated with their queue and used again and again, those used last first, so an
 * entry that is there already is the rule, and deleting it would only cost time. LRU, because queues go without a word.
 */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 16384);
	__type(key, u64);
	__type(value, u64);
} issued SEC(".maps");

/* As io.stat classifies, but for flushes: an empty write, which has no pages even to point at. */
static __always_inline enum operation operation(struct bio *bio)
{
	u32 flags = bio->bi_opf;

	if ((flags & REQ_OP_MASK) == REQ_OP_DISCARD)
		return DISCARD;
	if (!bio->bi_io_vec && flags & 1 << bpf_core_enum_value(enum req_flag_bits, __REQ_PREFLUSH))
		return FLUSH;
	return flags & 1 ? WRITE : READ;
}

/*
 * Where the io controller is on a cgroup v1 hierarchy the owner has no place in cgroup2's: it is charged to the root, whose totals are
 * those of the machine.
 */
static __always_inline struct cgroup *owner(struct bio *bio)
{
	struct cgroup *cgrp = bio->bi_blkg->blkcg->css.cgroup;

	if (cgroup_on_default_hierarchy(cgrp))
		return cgrp;
	return &((struct cgroup_root___blockio *)task_cgroup(bpf_get_current_task_btf())->root)->cgrp;
}

static __always_inline int submitted(struct bio *bio, u64 bytes)
{
	enum operation op = operation(bio);

	rstat_update_walked(owner(bio), value) {
		(&value->reads)[op]++;
		if (op != FLUSH)
			(&value->read_bytes)[op] += bytes;
	}
	return 0;
}

SEC("tp_btf/block_bio_queue")
int BPF_PROG(queue, struct bio *bio)
{
	return submitted(bio, bio->bi_iter.bi_size);
}

/* What is left of the bio is submitted again, which block_bio_queue does not tell. */
SEC("tp_btf/block_split")
int BPF_PROG(split, struct bio *bio)
{
	return submitted(bio, 0);
}

SEC("tp_btf/block_rq_issue")
int BPF_PROG(issue, struct request *rq)
{
	u64 key = (u64)rq;
	u64 now = bpf_ktime_get_ns();
	u64 *at = bpf_map_lookup_elem(&issued, &key);

	if (at)
		*at = now;
	else if (bpf_map_update_elem(&issued, &key, &now, BPF_ANY))
		rstat_lost_event();
	return 0;
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(complete, struct request *rq, int error, unsigned int bytes)
{
	struct bio *bio = rq->bio;
	u64 now = bpf_ktime_get_ns();
	u64 key = (u64)rq;
	u64 start = rq->start_time_ns; /* 0 if queue/iostats is off */
	enum operation op;
	u64 *at, at_ns, from;
	bool last;

	/* Requests that are no I/O: commands to the drive, and the flush that a queue makes of many. */
	if (!bio || !bio->bi_blkg)
		return 0;
	/* A write that needs a flush after it ends a second time, with nothing. */
	if (!bytes && bio->bi_io_vec)
		return 0;
	/* Less than all of it: the rest is still to come. */
	last = bytes >= rq->__data_len;
	if (!last && !error)
		return 0;
	op = operation(bio);
	at = bpf_map_lookup_elem(&issued, &key);
	at_ns = at ? *at : 0;
	if (at && last)
		*at = 0;
	from = op == FLUSH ? start : at_ns;
	rstat_update_walked(owner(bio), value) {
		if (error)
			(&value->read_errors)[op]++;
		if (last && from) {
			rstat_observe_ns(&(&value->read_device)[op], now - from);
			if (op < DISCARD && start)
				rstat_observe_ns(&(&value->read_queue)[op], at_ns - start);
		}
	}
	return 0;
}
