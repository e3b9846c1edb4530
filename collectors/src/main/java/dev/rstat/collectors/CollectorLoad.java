// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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
    static final String MAKE = "rstat_make";
    private static final String FLUSH = "rstat_flush";
    private static final String FILE = "rstat_file";
    private static final String SELF = "rstat_self";
    private static final String ANCESTORS = "rstat_ancestors";

    /** Iterators, which no link keeps attached. */
    private static final Set<String> ITERATORS = Set.of(MAKE, FLUSH, FILE, SELF, ANCESTORS);

    /** All of them. */
    static final Set<String> FRAMEWORK = Set.of(FLUSHER, MKDIR, RMDIR, RELEASE, MAKE, FLUSH, FILE, SELF, ANCESTORS);

    /** What else must be there of a collector that is in place. */
    private static final List<String> PINS = List.of("flush", "file");

    private final Target target;
    private final CollectorSchema schema;
    private final BpfObject object;
    private final String hash;
    private final boolean local;
    private final LastingMaps maps;

    /** Whether it goes on with maps that were there. */
    private boolean reused;

    /** Programs that a kernel may lack the place for: their sections' names begin with a question mark. */
    private final Set<String> optional;

    /**
     * Where to, and how.
     *
     * @param trampolines empty where the kernel allows fentry and fexit, else why not
     * @param filesGroup the group whose members may make stats files of their own
     */
    record Target(
            PinRoot root,
            CgroupMount cgroups,
            KernelBtf kernel,
            Optional<String> trampolines,
            FlushMode mode,
            ResultStore store,
            int maxCgroups,
            Duration window,
            ServiceUser user,
            OptionalInt filesGroup) {
        int group() {
            return user.gid();
        }
    }

    private CollectorLoad(Target target, CollectorSource source, CollectorObject file) {
        this.target = target;
        this.schema = file.schema();
        this.hash = CollectorRecord.hash(source.object());
        int cpus = Native.bpf().libbpf_num_possible_cpus();
        this.local = target.store() != ResultStore.HASH && file.fitsLocalStorage(cpus);
        this.maps = new LastingMaps(
                target.root().collector(schema.name()), schema, target.store(), local, target.maxCgroups());
        this.object = BpfObject.open(schema.name(), file.forCpus(cpus));
        this.optional = object.programs().stream()
                .filter(program -> !program.autoload())
                .map(BpfProgram::name)
                .collect(Collectors.toSet());
    }

    /**
     * Has the kernel verify a collector.
     *
     * @return null if this very object is in place already
     * @throws RstatException if it is refused, with the verifier's words
     */
    static @Nullable CollectorLoad verify(Target target, CollectorSource source, Consumer<String> progress) {
        CollectorLoad load = null;
        try {
            CollectorObject file = CollectorObject.parse(source.object());
            if (!file.schema().name().equals(source.name())) {
                throw new RstatException("its struct is called %s: a collector's file and its struct have the same name"
                        .formatted(file.schema().name()));
            }
            List<String> broken = CollectorRules.broken(file.btf(), file.schema());
            if (!broken.isEmpty()) {
                throw new RstatException(String.join("; ", broken));
            }
            load = new CollectorLoad(target, source, file);
            if (load.prepare(progress)) {
                return load;
            }
            load.close();
            return null;
        } catch (LoadFailure refused) {
            close(load);
            throw new RstatException(refused.summary() + "; --debug shows the whole log", refused);
        } catch (RstatException wrong) {
            close(load);
            throw wrong;
        }
    }

    /** False if it is in place already. */
    private boolean prepare(Consumer<String> progress) {
        selectPrograms();
        maps.sayIfRoomDiffers(progress);
        if (isInPlace()) {
            progress.accept("collector %s: in place already".formatted(schema.name()));
            return false;
        }
        LastingMaps.Outcome outcome = maps.give(object);
        reused = outcome.reused();
        progress.accept("collector %s: %s".formatted(schema.name(), outcome.said()));
        new Constants(
                        target.kernel(),
                        schema,
                        target.mode(),
                        target.store(),
                        local,
                        target.window(),
                        target.user().uid())
                .set(object);
        PolicyLoad.share(target.root(), object);
        object.load();
        return true;
    }

    CollectorSchema schema() {
        return schema;
    }

    private static void close(@Nullable CollectorLoad load) {
        if (load != null) {
            load.close();
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
                    && maps.areThoseOf(record)
                    && Files.exists(target.root().self().resolve(schema.name()))
                    && Files.exists(target.root().ancestors().resolve(schema.name()))
                    && isDelegatedAsAsked()
                    && Stream.concat(PINS.stream(), maps.names().stream()).allMatch(pin -> Files.exists(place(pin)))
                    && target.root().isReadableBy(place("state"), target.group())
                    && attached().stream()
                            .allMatch(program -> Files.exists(place("links").resolve(program.name())));
        } catch (RstatException notThere) {
            return false;
        }
    }

    private void selectPrograms() {
        List<String> missing = new ArrayList<>();
        boolean any = false;
        for (BpfProgram program : object.programs()) {
            switch (program.name()) {
                case FLUSHER -> program.setAutoload(target.mode() == FlushMode.RSTAT);
                case RMDIR -> program.setAutoload(target.mode() == FlushMode.WALK);
                case MKDIR, RELEASE, MAKE, FLUSH, FILE, SELF, ANCESTORS -> {}
                default -> {
                    Optional<String> lacking = lacking(target.kernel(), target.trampolines(), program);
                    lacking.ifPresent(missing::add);
                    if (lacking.isPresent() && !optional.contains(program.name())) {
                        throw new RstatException(lacking.get());
                    }
                    program.setAutoload(lacking.isEmpty());
                    any |= lacking.isEmpty();
                }
            }
        }
        if (!any) {
            throw new RstatException(
                    missing.isEmpty() ? "it has no program that counts anything" : String.join("; ", missing));
        }
    }

    /** What a program needs of the kernel that is not there. */
    static Optional<String> lacking(KernelBtf kernel, Optional<String> trampolines, BpfProgram program) {
        String section = program.section();
        int slash = section.indexOf('/');
        String kind = slash < 0 ? section : section.substring(0, slash);
        String place = slash < 0 ? "" : section.substring(slash + 1);
        return switch (kind) {
            case "tp_btf" ->
                kernel.tracepointArguments(place).isPresent()
                        ? Optional.empty()
                        : Optional.of("this kernel has no tracepoint " + place);
            case "fentry", "fexit", "fmod_ret", "fentry.s", "fexit.s", "fmod_ret.s" -> {
                if (!kernel.hasFunction(place)) {
                    yield Optional.of("this kernel has no function %s to attach to".formatted(place));
                }
                yield trampolines.map(reason -> "it needs %s on %s, and this kernel refuses fentry and fexit: %s"
                        .formatted(kind, place, reason));
            }
            default -> Optional.empty();
        };
    }

    /** Programs that links keep attached; the others are iterators. */
    private List<BpfProgram> attached() {
        return object.programs().stream()
                .filter(program -> program.autoload() && !ITERATORS.contains(program.name()))
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
            EmptyTotals.make(program(MAKE), target.cgroups());
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
            pinForReaders();
        } catch (IOException failure) {
            PinRoot.deleteAll(staging);
            throw new RstatException("cannot pin collector %s: %s".formatted(schema.name(), failure), failure);
        } catch (RuntimeException failure) {
            PinRoot.deleteAll(staging);
            throw failure;
        }
    }

    private void pinMaps(Path staging) {
        for (String map : maps.names()) {
            Pin.pin(object.mapFd(map), staging.resolve(map));
            PinRoot.permit(staging.resolve(map), "r--------", 0);
        }
        Path totals = staging.resolve(target.store().maps().getFirst());
        if (target.store() == ResultStore.MMAP_ARRAY) {
            // The kernel lets only those map it who opened it for writing as well (a mapping of a file that was opened
            // to be read is
            // not a shared one), which a frozen map takes the danger from.
            if (!reused) {
                object.freeze("totals_array");
            }
            PinRoot.permit(totals, "rw-rw----", target.group());
        } else {
            readable(totals);
        }
        readable(staging.resolve("state"));
        try (BpfMap record = new CollectorRecord(
                        CollectorRecord.FORMAT,
                        target.mode(),
                        target.store(),
                        local,
                        Native.bpf().libbpf_num_possible_cpus(),
                        hash,
                        object.btfBytes())
                .toMap()) {
            Pin.pin(record.fd(), staging.resolve("record"));
        }
        readable(staging.resolve("record"));
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
        // What the files agent makes files with: whoever has it can attach it to cgroups, and no more.
        Pin.pin(program(FILE).fd(), staging.resolve("file"));
        readable(staging.resolve("file"));
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

    /** The files that need no cgroup of their own. */
    private void pinForReaders() {
        pinForReaders(SELF, target.root().self());
        pinForReaders(ANCESTORS, target.root().ancestors());
        if (target.filesGroup().isPresent()) {
            int group = target.filesGroup().getAsInt();
            Path directory = target.root().delegated().resolve(target.mode().label());
            PinRoot.directory(directory, "rwxr-x---");
            PinRoot.permit(directory, "rwxr-x---", group);
            Pin.pin(program(FILE).fd(), delegated());
            PinRoot.permit(delegated(), "r--r-----", group);
        }
    }

    private void pinForReaders(String program, Path directory) {
        Path pin = directory.resolve(schema.name());
        PinRoot.directory(directory);
        try (Directory rootCgroup = Directory.open(target.cgroups().path());
                BpfLink link = BpfLink.cgroupIterator(
                        program(program).fd(), rootCgroup.fd(), StatsFiles.order(target.mode()))) {
            Pin.pin(link.fd(), pin);
        }
        PinRoot.permit(pin, "r--r--r--", 0);
    }

    private Path delegated() {
        return target.root().delegated().resolve(target.mode().label()).resolve(schema.name());
    }

    private boolean isDelegatedAsAsked() {
        return target.filesGroup().isPresent()
                ? target.root().isReadableBy(delegated(), target.filesGroup().getAsInt())
                : !Files.exists(delegated());
    }

    @Override
    public void close() {
        object.close();
    }
}
