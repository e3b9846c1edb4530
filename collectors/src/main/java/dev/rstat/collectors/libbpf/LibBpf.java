// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors.libbpf;

import java.nio.ByteBuffer;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.annotations.In;
import jnr.ffi.annotations.Out;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.NumberByReference;
import jnr.ffi.types.size_t;
import jnr.ffi.types.u_int32_t;
import jnr.ffi.types.u_int64_t;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libbpf 1.1 that this project calls, with the names, types and errors of {@code bpf/libbpf.h}, {@code bpf/bpf.h} and
 * {@code bpf/btf.h}: int results below zero are -errno, a NULL pointer leaves its reason in errno.
 */
public interface LibBpf {
    int libbpf_major_version();

    int libbpf_minor_version();

    String libbpf_version_string();

    int libbpf_num_possible_cpus();

    /** What libbpf calls for each line it has to say; {@code arguments} is a va_list. */
    interface Print {
        @Delegate
        int print(int level, Pointer format, Pointer arguments);
    }

    @Nullable Pointer libbpf_set_print(Print print);

    @Nullable Pointer bpf_object__open_mem(@In byte[] object, @size_t long size, @Nullable Pointer options);

    @Nullable Pointer bpf_object__btf(Pointer object);

    @Nullable Pointer btf__raw_data(Pointer btf, IntByReference size);

    int bpf_object__load(Pointer object);

    void bpf_object__close(Pointer object);

    @Nullable Pointer bpf_object__find_map_by_name(Pointer object, String name);

    @Nullable Pointer bpf_object__next_map(Pointer object, @Nullable Pointer previous);

    @Nullable Pointer bpf_object__next_program(Pointer object, @Nullable Pointer previous);

    String bpf_map__name(Pointer map);

    int bpf_map__fd(Pointer map);

    boolean bpf_map__is_internal(Pointer map);

    @Nullable Pointer bpf_map__initial_value(Pointer map, NumberByReference size);

    int bpf_map__set_max_entries(Pointer map, @u_int32_t int entries);

    @u_int32_t
    int bpf_map__max_entries(Pointer map);

    int bpf_map__set_autocreate(Pointer map, boolean autocreate);

    int bpf_map__reuse_fd(Pointer map, int fd);

    String bpf_program__name(Pointer program);

    String bpf_program__section_name(Pointer program);

    int bpf_program__set_autoload(Pointer program, boolean autoload);

    boolean bpf_program__autoload(Pointer program);

    int bpf_program__fd(Pointer program);

    /** {@code targetProgram}: 0 for a tracepoint or function of the kernel. */
    int bpf_program__set_attach_target(Pointer program, int targetProgram, String target);

    @Nullable Pointer bpf_program__insns(Pointer program);

    @size_t
    long bpf_program__insn_cnt(Pointer program);

    @Nullable Pointer bpf_program__attach(Pointer program);

    int bpf_link__fd(Pointer link);

    int bpf_link__destroy(Pointer link);

    int bpf_link_create(int program, int target, int attachType, @Nullable Pointer options);

    int bpf_iter_create(int link);

    int bpf_obj_pin(int fd, String path);

    int bpf_obj_get_opts(String path, @Nullable Pointer options);

    int bpf_obj_get_info_by_fd(int fd, Pointer information, IntByReference length);

    /** A descriptor: run statistics are counted until it is closed. */
    int bpf_enable_stats(int type);

    /** What libbpf calls for each record of a ring buffer; below zero ends the reading. */
    interface Sample {
        @Delegate
        int sample(@Nullable Pointer context, Pointer data, @size_t long size);
    }

    @Nullable Pointer ring_buffer__new(int map, Sample sample, @Nullable Pointer context, @Nullable Pointer options);

    /** How many records were handed over. */
    int ring_buffer__poll(Pointer ring, int milliseconds);

    void ring_buffer__free(Pointer ring);

    int libbpf_probe_bpf_map_type(int type, @Nullable Pointer options);

    int bpf_map_create(
            int type,
            String name,
            @u_int32_t int keySize,
            @u_int32_t int valueSize,
            @u_int32_t int maxEntries,
            @Nullable Pointer options);

    int bpf_map_freeze(int map);

    int bpf_map_update_elem(int map, @In ByteBuffer key, @In ByteBuffer value, @u_int64_t long flags);

    int bpf_map_delete_elem(int map, @In ByteBuffer key);

    /** {@code key}: null for the first. */
    int bpf_map_get_next_key(int map, @In @Nullable ByteBuffer key, @Out ByteBuffer next);

    int bpf_map_lookup_elem(int map, @In ByteBuffer key, @Out ByteBuffer value);

    int bpf_map_lookup_batch(
            int map,
            @Nullable ByteBuffer from,
            ByteBuffer next,
            @Out ByteBuffer keys,
            @Out ByteBuffer values,
            IntByReference count,
            @Nullable Pointer options);
}
