// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.Native;
import dev.rstat.collectors.libbpf.Pin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The maps of one collector that outlive a load of a newer object: its values. They go on if the struct means the same.
 *
 * @param place where the collector is pinned
 * @param local whether per-CPU values are in cgroup local storage
 */
record LastingMaps(Path place, CollectorSchema schema, ResultStore store, boolean local, int maxCgroups) {
    /** Maps of bpf/store.h that not every store has. */
    static final Set<String> OPTIONAL =
            Set.of("cells", "totals", "totals_local", "totals_array", "pending_array", "slots", "free_slots");

    List<String> names() {
        List<String> maps = new ArrayList<>(List.of("percpu", "state"));
        maps.addAll(store.maps());
        if (local) {
            maps.add("cells");
        }
        return maps;
    }

    /** Whether a collector that was loaded has the same maps. */
    boolean areThoseOf(CollectorRecord record) {
        return record.store() == store
                && record.local() == local
                && record.cpus() == Native.bpf().libbpf_num_possible_cpus();
    }

    /**
     * What became of them.
     *
     * @param reused whether those that are there go on
     * @param said for people
     */
    record Outcome(boolean reused, String said) {}

    /** Gives an object the maps that are there, if they hold the same struct, or else room. Leaves out those its store does without. */
    Outcome give(BpfObject object) {
        OPTIONAL.stream().filter(map -> !names().contains(map)).forEach(object::leaveOut);
        String fresh = "loading";
        if (Files.exists(place.resolve("record"))) {
            try {
                if (reuse(object)) {
                    return new Outcome(true, "loading a newer object, its totals go on");
                }
                fresh = "loading; its struct or its store has changed, so its totals start at 0";
            } catch (RstatException unreadable) {
                fresh = "loading; its totals start at 0, for what was there cannot be used: " + unreadable.getMessage();
            }
        }
        object.setMaxEntries("percpu", maxCgroups);
        for (String sized : List.of("totals", "totals_array", "pending_array", "free_slots")) {
            if (names().contains(sized)) {
                object.setMaxEntries(sized, maxCgroups);
            }
        }
        return new Outcome(false, fresh);
    }

    /** All of them or none: per-CPU values belong to the totals they were added to. */
    private boolean reuse(BpfObject object) {
        List<FileDescriptor> maps = new ArrayList<>();
        try (BpfMap map = new BpfMap(Pin.get(place.resolve("record")))) {
            CollectorRecord record = CollectorRecord.of(map);
            CollectorSchema old = record.schema();
            if (!areThoseOf(record)
                    || old.words() != schema.words()
                    || !layout(old).equals(layout(schema))) {
                return false;
            }
            for (String lasting : names()) {
                maps.add(Pin.get(place.resolve(lasting)));
            }
            for (int i = 0; i < maps.size(); i++) {
                object.reuse(names().get(i), maps.get(i).number());
            }
            return true;
        } finally {
            maps.forEach(FileDescriptor::close);
        }
    }

    /** What makes the values of two versions mean the same; a better help text changes nothing. */
    private static List<?> layout(CollectorSchema schema) {
        return schema.metrics().stream()
                .map(metric -> List.of(
                        metric.field(),
                        metric.name(),
                        metric.type(),
                        metric.unit(),
                        metric.firstWord(),
                        metric.labels()))
                .toList();
    }

    /** A map's size is for its life: another needs new maps, and so totals from 0, which nobody gets without asking for it. */
    void sayIfRoomDiffers(Consumer<String> progress) {
        if (store == ResultStore.CGROUP_STORAGE) {
            return;
        }
        try (BpfMap totals = new BpfMap(Pin.get(place.resolve(store.maps().getFirst())))) {
            if (totals.maxEntries() != maxCgroups) {
                progress.accept(
                        "collector %s: keeps its room for %d cgroups; for another, rstat unload first: totals then start at 0"
                                .formatted(schema.name(), totals.maxEntries()));
            }
        } catch (RstatException notThere) {
            return; // a new map will have the room that was asked for
        }
    }
}
