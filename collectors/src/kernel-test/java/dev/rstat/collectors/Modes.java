// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.libbpf.Native;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Every way of flushing and keeping totals that this kernel has. */
final class Modes {
    private static final int CGROUP_STORAGE_MAP = 32;

    private Modes() {}

    /**
     * Pairs of {@link FlushMode} and {@link ResultStore}. Walking is possible everywhere: it is with every store where there is nothing
     * else, and with one in guests, where loading all programs takes half a minute.
     */
    static Stream<Arguments> all() {
        if (LoadedCollectors.EXPECTED_MODE == FlushMode.WALK) {
            return stores().map(store -> Arguments.of(FlushMode.WALK, store));
        }
        return Stream.concat(
                Stream.of(Arguments.of(FlushMode.WALK, ResultStore.HASH)),
                stores().map(store -> Arguments.of(FlushMode.RSTAT, store)));
    }

    static Stream<ResultStore> stores() {
        boolean local = Native.bpf().libbpf_probe_bpf_map_type(CGROUP_STORAGE_MAP, null) == 1;
        return Arrays.stream(ResultStore.values()).filter(store -> local || store == ResultStore.HASH);
    }
}
