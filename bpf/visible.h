/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a reader of a stats file may see. Decided while the file is read, from who reads and which cgroup it is about: unlike a check
 * of the system calls that made the file, there is nothing here that somebody could change in between.
 *
 * The program behind the files is there for others to make files with (delegated/), and what they attach it to cannot be told when
 * they do: the cgroup is behind a pointer into their memory. So of a file that the service did not make the reader sees what is
 * delegated to it: its own cgroup, those whose directory it owns, and those it was granted (policy.h); and nothing once the program is
 * granted to it no more. What the service made shows its cgroup to whoever may open it.
 *
 * The reader is who opened the file: a program with more rights that is handed an open file, as its standard input say, shows no more.
 */
#ifndef RSTAT_VISIBLE_H
#define RSTAT_VISIBLE_H

#include "policy.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* Of a flavour of their own: collectors may know other fields of them. */
typedef struct {
	u32 val;
} kuid_t___visible;

struct super_block___visible {
	unsigned long s_magic;
};

struct inode___visible {
	kuid_t___visible i_uid;
	struct super_block___visible *i_sb;
};

struct file___visible {
	struct inode___visible *f_inode;
	const struct cred___policy *f_cred;
};

struct seq_file___visible {
	const struct file___visible *file;
};

struct kernfs_iattrs {
	kuid_t___visible ia_uid;
};

struct kernfs_node___visible {
	struct kernfs_iattrs *iattr;
};

struct cgroup_namespace {
	struct css_set *root_cset;
};

struct nsproxy {
	struct cgroup_namespace *cgroup_ns;
};

struct task_struct___visible {
	struct nsproxy *nsproxy;
};

#pragma clang attribute pop

#define RSTAT_BPF_FS_MAGIC 0xcafe4a11

/* The collector's name; written by the loader. */
const volatile u64 rstat_program[RSTAT_PROGRAM_LENGTH / sizeof(u64)] = {};

/* Who owns a cgroup's directory: root, unless it was given to somebody. */
static __always_inline u32 rstat_owner(struct cgroup *cgrp)
{
	struct kernfs_node___visible *node = (void *)cgrp->kn;
	struct kernfs_iattrs *attributes = BPF_CORE_READ(node, iattr);

	return attributes ? BPF_CORE_READ(attributes, ia_uid.val) : 0;
}

/* Whether root or the service made the file. Only they can have files of theirs in a bpffs. */
static __always_inline bool rstat_file_is_ours(struct seq_file *seq)
{
	struct seq_file___visible *opened = (void *)seq;
	u32 uid = BPF_CORE_READ(opened, file, f_inode, i_uid.val);

	if (BPF_CORE_READ(opened, file, f_inode, i_sb, s_magic) != RSTAT_BPF_FS_MAGIC)
		return false;
	return !uid || uid == rstat_service_uid;
}

/* A global function, which the verifier looks at by itself, once: of numbers, which stand for a struct cred and a struct cgroup. */
__noinline int rstat_reader_may(u64 reader, u64 cgrp)
{
	return rstat_granted((const void *)reader, rstat_program, (void *)cgrp);
}

static __always_inline bool rstat_visible(struct seq_file *seq, struct cgroup *cgrp)
{
	struct seq_file___visible *opened = (void *)seq;
	const struct cred___policy *reader = BPF_CORE_READ(opened, file, f_cred);
	u32 uid = BPF_CORE_READ(reader, fsuid.val);
	int granted;

	if (rstat_file_is_ours(seq) || !uid)
		return true;
	granted = rstat_reader_may((u64)reader, (u64)BPF_CORE_READ(cgrp, self.cgroup));
	if (!(granted & RSTAT_ITERATE))
		return false;
	return granted & RSTAT_SEE || uid == rstat_owner(cgrp) || cgroup_id(cgrp) == bpf_get_current_cgroup_id();
}

/* How deep the root of the reader's cgroup namespace is: a reader in a container sees what is above it nowhere else either. */
static __always_inline int rstat_reader_top(void)
{
	struct task_struct___visible *task = (void *)bpf_get_current_task_btf();

	return BPF_CORE_READ(task, nsproxy, cgroup_ns, root_cset, dfl_cgrp, level);
}

#endif
