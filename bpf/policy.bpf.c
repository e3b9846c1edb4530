// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Enforces the grants of policy.h where the kernel has BPF LSM: on the system calls that take this project's programs, attach, pin and
 * start them; and bounds how many files somebody makes in our bpffs, for each holds memory of the kernel's. Whatever is not ours is
 * let through at once.
 *
 * Taking a program is decided with the program in hand. For the other calls the object is found through the caller's descriptor before
 * the kernel finds it: another thread can put a different one in its place in between. Such a race wins a link or a pin and nothing
 * else, since what a file shows is decided when it is read (visible.h), where nothing can be swapped.
 *
 * Kernels differ in how many arguments a hook has (`bpf` has a fourth since 6.15): programs take those they need from ctx.
 */
#include <linux/errno.h>

#include "policy.h"

#define RSTAT_BPF_FS_MAGIC 0xcafe4a11
#define RSTAT_ANON_INODE_FS_MAGIC 0x09041934
#define RSTAT_CAP_SYS_ADMIN 21
#define RSTAT_CAP_BPF 39

/* Set by the loader: the device number of our bpffs, and how many files there one user may have. */
const volatile u32 rstat_device = 0;
const volatile u64 rstat_quota = 0;

/* By a program's id: whose it is. */
struct governed {
	u64 program[RSTAT_PROGRAM_LENGTH / sizeof(u64)];
	u64 delegated; /* 0: it can be granted to nobody */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, struct governed);
} governed SEC(".maps");

/* Files and directories by the user who made them. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 65536);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, u32);
	__type(value, u64);
} files SEC(".maps");

/* Which of them are counted, and for whom: the uid plus 1. */
struct {
	__uint(type, BPF_MAP_TYPE_INODE_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} counted SEC(".maps");

/* Tasks that pin something of ours just now. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, u64);
} pinning SEC(".maps");

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct super_block {
	u32 s_dev;
	unsigned long s_magic;
};

struct inode {
	struct super_block *i_sb;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
	struct super_block *d_sb;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct bpf_prog_aux {
	u32 id;
};

struct bpf_prog {
	struct bpf_prog_aux *aux;
};

struct bpf_link {
	struct bpf_prog *prog;
};

struct user_namespace {
	struct user_namespace *parent;
	kuid_t___policy owner;
};

/* A number in some kernels, two in others; eight bytes in all. */
struct capabilities {};

struct cred___caller {
	kuid_t___policy fsuid;
	struct user_namespace *user_ns;
	struct capabilities cap_effective;
};

struct task_struct___caller {
	const struct cred___caller *cred;
	struct files_struct *files;
};

#pragma clang attribute pop

static __always_inline const struct cred___caller *caller(void)
{
	struct task_struct___caller *task = (void *)bpf_get_current_task_btf();

	return BPF_CORE_READ(task, cred);
}

/* Root, whoever may administer BPF, and the service. */
static __always_inline bool is_exempt(const struct cred___caller *cred)
{
	u64 capabilities = 0;

	if (BPF_CORE_READ(cred, user_ns, parent))
		return false;
	bpf_probe_read_kernel(&capabilities, sizeof(capabilities), __builtin_preserve_access_index(&cred->cap_effective));
	if (capabilities & (1ULL << RSTAT_CAP_SYS_ADMIN | 1ULL << RSTAT_CAP_BPF))
		return true;
	return BPF_CORE_READ(cred, fsuid.val) == 0 || BPF_CORE_READ(cred, fsuid.val) == rstat_service_uid;
}

/* Whom what the caller makes is counted for. Users of a user namespace are as many as its owner likes: it is the owner. */
#define MAX_USER_NAMESPACES 33 /* one in the other */

static __always_inline u32 charged(const struct cred___caller *cred)
{
	struct user_namespace *namespace = BPF_CORE_READ(cred, user_ns);
	u32 uid = BPF_CORE_READ(cred, fsuid.val);

	for (int i = 0; i < MAX_USER_NAMESPACES; i++) {
		struct user_namespace *parent = BPF_CORE_READ(namespace, parent);

		if (!parent)
			break;
		uid = BPF_CORE_READ(namespace, owner.val);
		namespace = parent;
	}
	return uid;
}

/* The error for an operation with a program; 0 if it is none of ours or may be done. */
static __always_inline int decide(u32 id, u64 operation)
{
	struct governed *program = bpf_map_lookup_elem(&governed, &id);
	const struct cred___caller *cred;

	if (!program)
		return 0;
	cred = caller();
	if (is_exempt(cred))
		return 0;
	if (!program->delegated)
		return -EPERM;
	return rstat_granted((const void *)cred, program->program, NULL) & operation ? 0 : -EPERM;
}

static __always_inline u32 id_of(struct bpf_prog *program)
{
	return program ? BPF_CORE_READ(program, aux, id) : 0;
}

/*
 * The id of the program behind one of the caller's descriptors, of a program or of a link; 0 if it is none. Their files are known by
 * the names that the kernel gives them in a file system that nobody else makes files in.
 */
static __always_inline u32 program_behind(int fd)
{
	struct task_struct___caller *task = (void *)bpf_get_current_task_btf();
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files = BPF_CORE_READ(table, fd), *file = NULL;
	static const char program_name[] = "bpf-prog", link_name[] = "bpf_link";
	char name[sizeof(program_name)] = {};

	if (fd < 0 || fd >= BPF_CORE_READ(table, max_fds))
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), files + fd);
	if (!file || BPF_CORE_READ(file, f_path.dentry, d_sb, s_magic) != RSTAT_ANON_INODE_FS_MAGIC)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, f_path.dentry, d_name.name));
	if (!bpf_strncmp(name, sizeof(name), program_name))
		return id_of(BPF_CORE_READ(file, private_data));
	if (!bpf_strncmp(name, sizeof(name), link_name)) {
		struct bpf_link *link = BPF_CORE_READ(file, private_data);

		return id_of(BPF_CORE_READ(link, prog));
	}
	return 0;
}

/* A descriptor of a program is handed out. */
SEC("lsm/bpf_prog")
int policy_get(unsigned long long *ctx)
{
	return decide(id_of((struct bpf_prog *)ctx[0]), RSTAT_GET);
}

/* What a task pins is told to the hook that knows where. */
static __always_inline void pins(bool ours)
{
	struct task_struct *task = bpf_get_current_task_btf();
	u64 *flag = bpf_task_storage_get(&pinning, task, NULL, ours ? BPF_LOCAL_STORAGE_GET_F_CREATE : 0);

	if (flag)
		*flag = ours;
}

/* bpf(2): the arguments are the kernel's copy. Their places in it never change. */
SEC("lsm/bpf")
int policy_use(unsigned long long *ctx)
{
	const union bpf_attr *attr = (const void *)ctx[1];
	const void *descriptor;
	u64 operation;
	int fd = -1;
	u32 id;

	switch ((u32)ctx[0]) {
	case BPF_LINK_CREATE:
		descriptor = &attr->link_create.prog_fd;
		operation = RSTAT_ATTACH;
		break;
	case BPF_LINK_UPDATE:
		descriptor = &attr->link_update.new_prog_fd;
		operation = RSTAT_ATTACH;
		break;
	case BPF_ITER_CREATE:
		descriptor = &attr->iter_create.link_fd;
		operation = RSTAT_ITERATE;
		break;
	case BPF_OBJ_PIN:
		descriptor = &attr->bpf_fd;
		operation = RSTAT_PIN;
		break;
	case BPF_PROG_BIND_MAP:
		descriptor = &attr->prog_bind_map.prog_fd;
		operation = 0; /* for nobody */
		break;
	default:
		return 0;
	}
	bpf_probe_read_kernel(&fd, sizeof(fd), descriptor);
	id = program_behind(fd);
	if (operation == RSTAT_PIN)
		pins(bpf_map_lookup_elem(&governed, &id) && !is_exempt(caller()));
	return decide(id, operation);
}

static __always_inline bool is_ours(struct inode *inode)
{
	return BPF_CORE_READ(inode, i_sb, s_magic) == RSTAT_BPF_FS_MAGIC && BPF_CORE_READ(inode, i_sb, s_dev) == rstat_device;
}

/* Whether the caller may have one more in a directory. */
static __always_inline int make(struct inode *directory)
{
	const struct cred___caller *cred;
	u64 none = 0, *count;
	u32 uid;

	if (!is_ours(directory))
		return 0;
	cred = caller();
	if (is_exempt(cred))
		return 0;
	uid = charged(cred);
	count = bpf_map_lookup_elem(&files, &uid);
	if (!count) {
		bpf_map_update_elem(&files, &uid, &none, BPF_NOEXIST);
		count = bpf_map_lookup_elem(&files, &uid);
	}
	return count && *count < rstat_quota ? 0 : -EDQUOT;
}

/* Pins pass here. What is ours goes to our bpffs: a mount of somebody's own would not be counted. */
SEC("lsm/inode_create")
int policy_create(unsigned long long *ctx)
{
	struct inode *directory = (struct inode *)ctx[0];

	if (BPF_CORE_READ(directory, i_sb, s_magic) != RSTAT_BPF_FS_MAGIC)
		return 0;
	if (!is_ours(directory)) {
		u64 *flag = bpf_task_storage_get(&pinning, bpf_get_current_task_btf(), NULL, 0);

		return flag && *flag ? -EPERM : 0;
	}
	return make(directory);
}

SEC("lsm/inode_mkdir")
int policy_mkdir(unsigned long long *ctx)
{
	return make((struct inode *)ctx[0]);
}

SEC("lsm/inode_symlink")
int policy_symlink(unsigned long long *ctx)
{
	return make((struct inode *)ctx[0]);
}

/* Another name for a file would be counted nowhere, and nobody needs one. */
SEC("lsm/inode_link")
int policy_link(unsigned long long *ctx)
{
	return is_ours((struct inode *)ctx[1]) && !is_exempt(caller()) ? -EPERM : 0;
}

/* It was made: what failed never comes here. */
SEC("lsm/d_instantiate")
int policy_made(unsigned long long *ctx)
{
	struct inode *inode = (struct inode *)ctx[1];
	const struct cred___caller *cred;
	u64 *mark, *count;
	u32 uid;

	if (!inode || !is_ours(inode))
		return 0;
	cred = caller();
	if (is_exempt(cred))
		return 0;
	uid = charged(cred);
	mark = bpf_inode_storage_get(&counted, inode, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	count = bpf_map_lookup_elem(&files, &uid);
	if (mark && count && !*mark) {
		*mark = uid + 1ULL;
		__sync_fetch_and_add(count, 1);
	}
	return 0;
}

/* Its last name and its last user are gone. */
SEC("lsm/inode_free_security")
int policy_freed(unsigned long long *ctx)
{
	struct inode *inode = (struct inode *)ctx[0];
	u64 *mark, *count;
	u32 uid;

	if (!is_ours(inode))
		return 0;
	mark = bpf_inode_storage_get(&counted, inode, NULL, 0);
	if (!mark || !*mark)
		return 0;
	uid = *mark - 1;
	*mark = 0;
	count = bpf_map_lookup_elem(&files, &uid);
	if (count)
		__sync_fetch_and_add(count, -1);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
