// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.Btf;
import dev.rstat.collectors.btf.KernelBtf;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.Directory;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.LoadFailure;
import dev.rstat.collectors.libbpf.Native;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One collector on its way into the kernel: first verified, which changes nothing that others see, then put in its place.
 *
 * <p>The place may be taken. Then the new programs use the old maps, so that totals go on; and the hand-over is ordered such that no event
 * is counted twice and no update is stranded: the new flusher is attached beside the old one (the second of two finds nothing to do), the
 * old event programs are detached, the new ones attached, the old flusher goes. Events of the microseconds between are not counted.
 */
final class CollectorLoad implements AutoCloseable {
    /** Programs of the framework (bpf/flush.h, bpf/files.h) and what becomes of them. The others are the collector's own. */
    private static final String FLUSHER = "rstat_flusher";

    private static final String MKDIR = "rstat_mkdir";
    private static final String RMDIR = "rstat_rmdir";
    private static final String RELEASE = "rstat_release";
    private static final String FLUSH = "rstat_flush";
    private static final String FILE = "rstat_file";
    private static final String SELF = "rstat_self";

    /** Maps that outlive a load of a newer object. */
    private static final List<String> LASTING = List.of("percpu", "totals", "state");

    /** What else must be there of a collector that is in place. */
    private static final List<String> PINS = List.of("percpu", "totals", "state", "flush", "file", "self");

    private static final int KEY_LENGTH = 56;
    private static final long KEY_STARTS = 1;
    private static final long KEY_CUMULATIVE = 2;

    private final Target target;
    private final BpfObject object;
    private final CollectorSchema schema;
    private final String hash;

    /** Where to, and how. */
    record Target(PinRoot root, CgroupMount cgroups, KernelBtf kernel, FlushMode mode, int maxCgroups, int group) {}

    private CollectorLoad(Target target, BpfObject object, CollectorSchema schema, String hash) {
        this.target = target;
        this.object = object;
        this.schema = schema;
        this.hash = hash;
    }

    /**
     * Has the kernel verify a collector.
     *
     * @return null if this very object is in place already
     * @throws RstatException if it is refused, with the verifier's words
     */
    static @Nullable CollectorLoad verify(Target target, String name, byte[] bytes, Consumer<String> progress) {
        String hash = CollectorRecord.hash(bytes);
        BpfObject object = null;
        try {
            object = BpfObject.open(name, bytes);
            CollectorSchema schema = CollectorSchema.of(object.btf());
            if (!schema.name().equals(name)) {
                throw new RstatException("the struct of %s.bpf.c is called %s".formatted(name, schema.name()));
            }
            CollectorLoad load = new CollectorLoad(target, object, schema, hash);
            load.sayIfRoomDiffers(progress);
            if (load.isInPlace()) {
                progress.accept("collector %s: in place already".formatted(name));
                object.close();
                return null;
            }
            progress.accept("collector %s: %s".formatted(name, load.reuseMaps()));
            load.setConstants();
            load.selectPrograms();
            object.load();
            return load;
        } catch (LoadFailure refused) {
            close(object);
            throw new RstatException(
                    "collector %s does not load: %s; leave it out with --no-collector.%s, or see the whole log with --debug"
                            .formatted(name, refused.summary(), name),
                    refused);
        } catch (RstatException wrong) {
            close(object);
            throw new RstatException("collector %s: %s".formatted(name, wrong.getMessage()), wrong);
        }
    }

    private static void close(@Nullable BpfObject object) {
        if (object != null) {
            object.close();
        }
    }

    private Path place(String pin) {
        return target.root().collector(schema.name()).resolve(pin);
    }

    private boolean isInPlace() {
        try (BpfMap map = new BpfMap(Pin.get(place("record")))) {
            CollectorRecord record = CollectorRecord.of(map);
            return record.mode() == target.mode()
                    && record.object().equals(hash)
                    && Files.exists(target.root().self().resolve(schema.name()))
                    && PINS.stream().allMatch(pin -> Files.exists(place(pin)))
                    && target.root().isReadableBy(place("totals"), target.group())
                    && attached().stream()
                            .allMatch(program -> Files.exists(place("links").resolve(program.name())));
        } catch (RstatException notThere) {
            return false;
        }
    }

    /** Continues with the maps that are there, if they hold the same struct. Says what it did. */
    private String reuseMaps() {
        String fresh = "loading";
        if (Files.exists(place("record"))) {
            try {
                if (reuseLasting()) {
                    return "loading a newer object, its totals go on";
                }
                fresh = "loading; its struct has changed, so its totals start at 0";
            } catch (RstatException unreadable) {
                fresh = "loading; its totals start at 0, for what was there cannot be used: " + unreadable.getMessage();
            }
        }
        object.setMaxEntries("percpu", target.maxCgroups());
        object.setMaxEntries("totals", target.maxCgroups());
        return fresh;
    }

    /** All of them or none: per-CPU values belong to the totals they were added to. */
    private boolean reuseLasting() {
        List<FileDescriptor> maps = new ArrayList<>();
        try (BpfMap map = new BpfMap(Pin.get(place("record")))) {
            CollectorSchema old = CollectorRecord.of(map).schema();
            if (old.words() != schema.words() || !layout(old).equals(layout(schema))) {
                return false;
            }
            for (String lasting : LASTING) {
                maps.add(Pin.get(place(lasting)));
            }
            for (int i = 0; i < maps.size(); i++) {
                object.reuse(LASTING.get(i), maps.get(i).number());
            }
            return true;
        } finally {
            maps.forEach(FileDescriptor::close);
        }
    }

    /** A map's size is for its life: another needs new maps, and so totals from 0, which nobody gets without asking for it. */
    private void sayIfRoomDiffers(Consumer<String> progress) {
        try (BpfMap totals = new BpfMap(Pin.get(place("totals")))) {
            if (totals.maxEntries() != target.maxCgroups()) {
                progress.accept(
                        "collector %s: keeps its room for %d cgroups; for another, rstat unload first: totals then start at 0"
                                .formatted(schema.name(), totals.maxEntries()));
            }
        } catch (RstatException notThere) {
            return; // a new map will have the room that was asked for
        }
    }

    /** What makes the values of two versions mean the same; a better help text changes nothing. */
    private static List<?> layout(CollectorSchema schema) {
        return schema.metrics().stream()
                .map(metric -> List.of(metric.field(), metric.name(), metric.type(), metric.unit(), metric.firstWord()))
                .toList();
    }

    private void setConstants() {
        List<Btf.Variable> constants = object.constants();
        Set<String> wanted = constants.stream()
                .map(Btf.Variable::name)
                .filter(name -> name.startsWith("has_"))
                .map(name -> name.substring("has_".length()))
                .collect(Collectors.toSet());
        Set<String> present = target.kernel().functionsAmong(wanted);
        for (Btf.Variable constant : constants) {
            String name = constant.name();
            if (name.startsWith("has_")) {
                boolean has = present.contains(name.substring("has_".length()));
                object.setConstant(constant, new byte[] {(byte) (has ? 1 : 0)});
            } else if (name.equals("rstat_walk")) {
                object.setConstant(constant, new byte[] {(byte) (target.mode() == FlushMode.WALK ? 1 : 0)});
            } else if (name.equals("rstat_nr_cpus")) {
                object.setConstant(constant, possibleCpus());
            } else if (name.equals("rstat_keys")) {
                object.setConstant(constant, keys(constant.size()));
            }
        }
    }

    static byte[] possibleCpus() {
        ByteBuffer value = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
        return value.putInt(Native.bpf().libbpf_num_possible_cpus()).array();
    }

    /** How stats files name each word of the struct. */
    private byte[] keys(int size) {
        ByteBuffer keys = ByteBuffer.allocate(size).order(ByteOrder.nativeOrder());
        for (Metric metric : schema.metrics()) {
            switch (metric.type()) {
                case COUNTER -> key(keys, metric.firstWord(), metric.field(), 0);
                case HISTOGRAM -> {
                    String unit = metric.unit().suffix();
                    key(keys, metric.firstWord(), metric.field() + "_sum" + (unit.isEmpty() ? "" : "_" + unit), 0);
                    for (int bucket = 0; bucket < Metric.BUCKETS; bucket++) {
                        boolean last = bucket == Metric.BUCKETS - 1;
                        key(
                                keys,
                                metric.firstWord() + 1 + bucket,
                                // Cumulative, so what is at or below +Inf is the count.
                                metric.field() + (last ? "_count" : "_le_" + metric.upperBoundFloor(bucket) + unit),
                                KEY_CUMULATIVE | (bucket == 0 ? KEY_STARTS : 0));
                    }
                }
            }
        }
        return keys.array();
    }

    private static void key(ByteBuffer keys, int word, String name, long flags) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        int at = word * (KEY_LENGTH + Long.BYTES);
        keys.put(at, text, 0, Math.min(text.length, KEY_LENGTH - 1));
        keys.putLong(at + KEY_LENGTH, flags);
    }

    private void selectPrograms() {
        for (BpfProgram program : object.programs()) {
            switch (program.name()) {
                case FLUSHER -> program.setAutoload(target.mode() == FlushMode.RSTAT);
                case RMDIR -> program.setAutoload(target.mode() == FlushMode.WALK);
                default -> {}
            }
        }
    }

    /** Programs that links keep attached; the others are iterators. */
    private List<BpfProgram> attached() {
        selectPrograms();
        return object.programs().stream()
                .filter(program ->
                        program.autoload() && !Set.of(FLUSH, FILE, SELF).contains(program.name()))
                .toList();
    }

    private BpfProgram program(String name) {
        return object.program(name)
                .orElseThrow(() -> new RstatException("collector %s has no program %s".formatted(schema.name(), name)));
    }

    /**
     * Pins and attaches. A failure before the hand-over changes nothing; one within it, when a verified program cannot be attached, leaves
     * the old collector's totals without its programs, and the next load takes it from there.
     */
    void place() {
        PinRoot root = target.root();
        Path staging = root.staging(schema.name());
        try {
            PinRoot.directory(root.collectors());
            PinRoot.directory(staging, "rwxr-x---");
            PinRoot.permit(staging, "rwxr-x---", target.group());
            pinMaps(staging);
            pinIterators(staging);
            PinRoot.directory(staging.resolve("links"), "rwx------");
            attach(staging, List.of(FLUSHER, MKDIR, RMDIR, RELEASE));
            makeTotals();
            detachOld();
            attach(staging, List.of());
            Path place = root.collector(schema.name());
            Path old = root.staging("old-" + schema.name());
            if (Files.exists(place)) {
                Files.move(place, old);
            }
            Files.move(staging, place);
            PinRoot.deleteAll(old);
            StatsFiles.remove(root, schema.name());
            pinSelf();
        } catch (IOException failure) {
            PinRoot.deleteAll(staging);
            throw new RstatException("cannot pin collector %s: %s".formatted(schema.name(), failure), failure);
        } catch (RuntimeException failure) {
            PinRoot.deleteAll(staging);
            throw failure;
        }
    }

    private void pinMaps(Path staging) {
        for (String map : LASTING) {
            Pin.pin(object.mapFd(map), staging.resolve(map));
        }
        PinRoot.permit(staging.resolve("percpu"), "r--------", 0);
        readable(staging.resolve("totals"));
        readable(staging.resolve("state"));
        try (BpfMap record =
                new CollectorRecord(CollectorRecord.FORMAT, target.mode(), hash, object.btfBytes()).toMap()) {
            Pin.pin(record.fd(), staging.resolve("record"));
        }
        readable(staging.resolve("record"));
    }

    /**
     * Makes an empty total for every cgroup there is; {@code rstat_mkdir} makes those of cgroups to come. The root's must exist: it takes
     * what finds no room elsewhere, so it comes first.
     */
    private void makeTotals() {
        try (BpfMap totals = new BpfMap(new FileDescriptor(object.mapFd("totals"), false))) {
            ByteBuffer empty = BpfMap.buffer(totals.valueSize());
            for (Cgroup cgroup : CgroupTree.read(target.cgroups())) {
                if (!totals.putIfAbsent(BpfMap.buffer(Long.BYTES).putLong(0, cgroup.id()), empty)) {
                    return; // full: the BPF side counts what that costs
                }
            }
        }
    }

    private void readable(Path pin) {
        PinRoot.permit(pin, "r--r-----", target.group());
    }

    private void pinIterators(Path staging) {
        try (Directory rootCgroup = Directory.open(target.cgroups().path());
                BpfLink flush =
                        BpfLink.cgroupIterator(program(FLUSH).fd(), rootCgroup.fd(), StatsFiles.order(target.mode()))) {
            Pin.pin(flush.fd(), staging.resolve("flush"));
        }
        readable(staging.resolve("flush"));
        for (Map.Entry<String, String> program :
                Map.of("file", FILE, "self", SELF).entrySet()) {
            Pin.pin(program(program.getValue()).fd(), staging.resolve(program.getKey()));
            PinRoot.permit(staging.resolve(program.getKey()), "r--------", 0);
        }
    }

    /**
     * @param names of the programs to attach; empty: all that are not attached yet
     */
    private void attach(Path staging, List<String> names) {
        for (BpfProgram program : attached()) {
            Path pin = staging.resolve("links").resolve(program.name());
            if ((names.isEmpty() || names.contains(program.name())) && !Files.exists(pin)) {
                try (BpfLink link = program.attach()) {
                    Pin.pin(link.fd(), pin);
                }
                PinRoot.permit(pin, "r--------", 0);
            }
        }
    }

    /** Returns when no program of the old collector counts any more. */
    private void detachOld() {
        List<FileDescriptor> links = new ArrayList<>();
        for (Path link : PinRoot.children(place("links"))) {
            // The last descriptor's close detaches at once; the last pin's removal would some time later.
            links.add(Pin.get(link));
            PinRoot.deleteAll(link);
        }
        links.forEach(FileDescriptor::close);
    }

    private void pinSelf() {
        Path pin = target.root().self().resolve(schema.name());
        PinRoot.directory(target.root().self());
        try (Directory rootCgroup = Directory.open(target.cgroups().path());
                BpfLink self =
                        BpfLink.cgroupIterator(program(SELF).fd(), rootCgroup.fd(), StatsFiles.order(target.mode()))) {
            Pin.pin(self.fd(), pin);
        }
        PinRoot.permit(pin, "r--r--r--", 0);
    }

    @Override
    public void close() {
        object.close();
    }
}
