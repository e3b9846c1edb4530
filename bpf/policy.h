/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who may do what with the programs that stats files are made from: grants, in one map that root writes and that everybody who decides
 * reads: policy.bpf.c when a program is taken and used, visible.h when a file is read. A grant that is taken back is gone for both at
 * once.
 *
 * A grant is for a user, for the members of a group, or for the processes in a cgroup and below; for one collector's program or for all.
 */
#ifndef RSTAT_POLICY_H
#define RSTAT_POLICY_H

#include "kernel.h"

#define RSTAT_MAX_GRANTS 1024
#define RSTAT_PROGRAM_LENGTH 32

/* Whom a grant is for. */
#define RSTAT_USER 1
#define RSTAT_GROUP 2
#define RSTAT_CGROUP 3

/* Operations. */
#define RSTAT_GET 1    /* BPF_OBJ_GET of the pinned program */
#define RSTAT_ATTACH 2 /* BPF_LINK_CREATE and BPF_LINK_UPDATE */
#define RSTAT_PIN 4    /* BPF_OBJ_PIN of a link, or of the program */
#define RSTAT_ITERATE 8 /* BPF_ITER_CREATE, and reading a file */
#define RSTAT_SEE 16   /* reading about the cgroup `seen` and those below, which somebody else owns */

struct rstat_grant {
	u64 subject; /* the uid, the gid or the cgroup's id */
	u64 seen;    /* of RSTAT_SEE alone: that cgroup's id */
	u64 kind;
	u64 program[RSTAT_PROGRAM_LENGTH / sizeof(u64)]; /* the collector's name; empty: of all */
};

struct rstat_granted {
	u32 operations;
	u32 level;	/* of the subject, if it is a cgroup */
	u32 seen_level; /* of `seen` */
	u32 unused;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, RSTAT_MAX_GRANTS);
	__type(key, struct rstat_grant);
	__type(value, struct rstat_granted);
} grants SEC(".maps");

/* Whom the service runs as, which may do all of it; written by the loader. */
const volatile u32 rstat_service_uid = 0;

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Of flavours of their own: collectors may know other fields of them. */
typedef struct {
	u32 val;
} kuid_t___policy;

typedef struct {
	u32 val;
} kgid_t___policy;

struct group_info___policy {
	int ngroups;
	kgid_t___policy gid[];
};

struct cred___policy {
	kuid_t___policy fsuid;
	kgid_t___policy fsgid;
	struct group_info___policy *group_info;
};

struct cgroup___policy {
	int level;
	struct kernfs_node *kn;
	struct cgroup___policy *ancestors[];
};

#pragma clang attribute pop

/* The kernel allows no more. */
#define RSTAT_MAX_GROUPS 65536

struct rstat_group_search {
	const char *gids;
	u32 gid;
	u32 found;
};

static long rstat_ask_group(u32 i, void *context)
{
	struct rstat_group_search *search = context;
	u32 gid = 0;

	search->found = !bpf_probe_read_kernel(&gid, sizeof(gid), search->gids + i * sizeof(gid)) && gid == search->gid;
	return search->found;
}

static __always_inline bool rstat_in_group(const struct cred___policy *cred, u32 gid)
{
	struct group_info___policy *groups = BPF_CORE_READ(cred, group_info);
	struct rstat_group_search search = { .gids = (const char *)__builtin_preserve_access_index(&groups->gid), .gid = gid };
	u32 number = BPF_CORE_READ(groups, ngroups);

	if (BPF_CORE_READ(cred, fsgid.val) == gid)
		return true;
	bpf_loop(number < RSTAT_MAX_GROUPS ? number : RSTAT_MAX_GROUPS, rstat_ask_group, &search, 0);
	return search.found;
}

/* Whether a cgroup is the one of an id and a level, or below it. */
static __always_inline bool rstat_is_below(struct cgroup *cgrp, u64 id, u32 level)
{
	struct cgroup___policy *below = (void *)cgrp, *above = NULL;

	if (BPF_CORE_READ(below, level) < level)
		return false;
	bpf_probe_read_kernel(&above, sizeof(above),
			      (const char *)__builtin_preserve_access_index(&below->ancestors) + level * sizeof(above));
	return BPF_CORE_READ(above, kn, id) == id;
}

struct rstat_question {
	const struct cred___policy *cred; /* who asks; of a cgroup's processes this one is asked about */
	const volatile u64 *program;
	struct cgroup *seen; /* what it is about, or NULL */
	u64 answer;
};

static long rstat_ask_grant(void *map, const struct rstat_grant *grant, struct rstat_granted *granted, void *context)
{
	struct rstat_question *question = context;
	const struct cred___policy *cred = question->cred;

	if (grant->program[0])
		for (u32 i = 0; i < RSTAT_PROGRAM_LENGTH / sizeof(u64); i++)
			if (grant->program[i] != question->program[i])
				return 0;
	switch (grant->kind) {
	case RSTAT_USER:
		if (BPF_CORE_READ(cred, fsuid.val) != grant->subject)
			return 0;
		break;
	case RSTAT_GROUP:
		if (!rstat_in_group(cred, grant->subject))
			return 0;
		break;
	case RSTAT_CGROUP:
		if (bpf_get_current_ancestor_cgroup_id(granted->level) != grant->subject)
			return 0;
		break;
	default:
		return 0;
	}
	if (grant->seen && !(question->seen && rstat_is_below(question->seen, grant->seen, granted->seen_level)))
		return 0;
	question->answer |= granted->operations;
	return 0;
}

/* The operations that somebody may do with a program; RSTAT_SEE among them if all of this cgroup may be seen. */
static __always_inline u64 rstat_granted(const struct cred___policy *cred, const volatile u64 *program, struct cgroup *seen)
{
	struct rstat_question question = { .cred = cred, .program = program, .seen = seen };

	bpf_for_each_map_elem(&grants, rstat_ask_grant, &question, 0);
	return question.answer;
}

#endif
