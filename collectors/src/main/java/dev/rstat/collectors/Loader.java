// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.KernelBtf;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.Native;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Puts collectors into the kernel and pins them, and takes them out again. Needs root; leaves no process behind.
 *
 * <p>A collector that this kernel cannot run is off, with its reason; the others run. Every collector is verified before the first takes
 * its place. Loading again keeps the totals of collectors whose struct is the same, and touches nothing of those whose object is the
 * same.
 */
public final class Loader {
    private static final int CGROUP_STORAGE_MAP = 32;
    private static final int HASH_ROOM = 65_536;
    private static final int ARRAY_ROOM = 4096;

    /** Offset in {@code struct group}. */
    private static final int GR_GID = 16;

    private Loader() {}

    /** The names of the collectors that come with this program. */
    public static List<String> builtIn() {
        return BuiltIn.collectors();
    }

    /**
     * Collectors that come with this program.
     *
     * @throws RstatException if there is none of a name
     */
    public static List<CollectorSource> builtIn(List<String> names) {
        for (String name : names) {
            if (!builtIn().contains(name)) {
                throw new RstatException(
                        "there is no collector `%s`; there are: %s".formatted(name, String.join(", ", builtIn())));
            }
        }
        return names.stream().map(CollectorSource::builtIn).toList();
    }

    /** What the collectors that come with rstat count, in the order of {@link #builtIn()}. */
    public static List<CollectorSchema> builtInSchemas() {
        return builtIn().stream()
                .map(name -> CollectorObject.parse(BuiltIn.object(name)).schema())
                .toList();
    }

    /**
     * @param progress receives a line for each step worth telling
     * @throws RstatException with cause and cure, if no collector can run; then nothing is loaded that was not, and until the first
     *     collector takes its place nothing has changed
     */
    public static LoadReport load(LoadOptions options, Consumer<String> progress) {
        requireRoot("loading BPF programs", "rstat load");
        Native.bpf();
        CollectorsDirectory own = options.directory()
                .map(directory -> CollectorsDirectory.read(directory, builtIn()))
                .orElse(CollectorsDirectory.EMPTY);
        List<CollectorSource> sources = Stream.concat(options.collectors().stream(), own.sources().stream())
                .toList();
        KernelBtf kernel = KernelBtf.read();
        CgroupMount cgroups = CgroupMount.find();
        ServiceUser user = ServiceUser.of(options.user());
        Optional<String> refusal = Probe.RSTAT.refusal();
        FlushMode mode = chooseMode(options.mode(), refusal);
        String reason = refusal.map("the kernel refuses fentry on bpf_rstat_flush: "::concat)
                .orElse(mode == FlushMode.RSTAT ? "the kernel allows fentry on bpf_rstat_flush" : "as asked");
        progress.accept("flush mode %s: %s".formatted(mode.label(), reason));
        ResultStore store = chooseStore(options.store());

        PinRoot root = new PinRoot(options.pinRoot());
        boolean wasMounted = root.isMounted();
        root.mount();
        try {
            CollectorLoad.Target target = new CollectorLoad.Target(
                    root,
                    cgroups,
                    kernel,
                    refusal,
                    mode,
                    store,
                    options.maxCgroups().orElseGet(() -> room(store, cgroups)),
                    options.window(),
                    user,
                    options.filesGroup().map(Loader::gid).map(OptionalInt::of).orElseGet(OptionalInt::empty));
            return loadLocked(options.withCollectors(sources), own.refused(), target, reason, progress);
        } catch (RuntimeException failure) {
            if (!wasMounted) {
                root.unmount();
            }
            throw failure;
        }
    }

    private static LoadReport loadLocked(
            LoadOptions options,
            SortedMap<String, String> unusable,
            CollectorLoad.Target target,
            String reason,
            Consumer<String> progress) {
        PinRoot root = target.root();
        try (FileDescriptor lock = root.lock()) {
            lock.number();
            PinRoot.children(root.path()).stream().filter(PinRoot::isStaging).forEach(PinRoot::deleteAll);
            boolean wasEmpty = root.loaded().isEmpty();
            try {
                directories(target);
                SortedMap<String, String> refused = place(options, unusable, progress, target);
                Refusals.write(root, refused, target.group());
                ProgramNames.pin(target, progress);
                Lifecycle.load(target, options.files());
                PolicyLoad.load(target, options.filesQuota(), progress);
                UserFiles.prune(root, progress);
                int files = StatsFiles.sync(root, target.cgroups(), options.files(), progress);
                List<String> running = options.collectors().stream()
                        .map(CollectorSource::name)
                        .filter(name -> !refused.containsKey(name))
                        .toList();
                return new LoadReport(target.mode(), reason, target.store(), running, refused, files);
            } catch (RuntimeException failure) {
                if (wasEmpty) {
                    root.clear();
                }
                throw failure;
            }
        }
    }

    /** Where others than root make files. */
    private static void directories(CollectorLoad.Target target) {
        PinRoot root = target.root();
        PolicyLoad.delegate(target);
        SharedDirectories shared = new SharedDirectories(root);
        shared.giveToService(target.user());
        if (target.filesGroup().isEmpty()) {
            PinRoot.deleteAll(root.delegated());
            shared.removeUsers();
            return;
        }
        int group = target.filesGroup().getAsInt();
        PinRoot.directory(root.delegated(), "rwxr-x---");
        PinRoot.permit(root.delegated(), "rwxr-x---", group);
        shared.giveUsersTo(group);
    }

    private static int gid(String group) {
        Pointer entry = Native.c().getgrnam(group);
        if (entry == null) {
            throw new RstatException(
                    "there is no group `%s`; make it (groupadd --system %s) or name another with --files-group"
                            .formatted(group, group));
        }
        return entry.getInt(GR_GID);
    }

    static ResultStore chooseStore(Optional<ResultStore> asked) {
        boolean local = hasCgroupStorage();
        if (!local && asked.isPresent() && asked.get() != ResultStore.HASH) {
            throw new RstatException(
                    "result store %s needs cgroup local storage, which this kernel lacks (Linux 6.2 has it); use --result-store hash"
                            .formatted(asked.get().label()));
        }
        return asked.orElse(local ? ResultStore.MMAP_ARRAY : ResultStore.HASH);
    }

    /** Whether this kernel has cgroup local storage, and so all result stores. */
    public static boolean hasCgroupStorage() {
        return Native.bpf().libbpf_probe_bpf_map_type(CGROUP_STORAGE_MAP, null) == 1;
    }

    /** Whether this kernel allows rstat mode. */
    public static boolean hasRstatMode() {
        return Probe.RSTAT.refusal().isEmpty();
    }

    /** A hash map takes memory as it fills, an array all of it at once. */
    private static int room(ResultStore store, CgroupMount cgroups) {
        if (store != ResultStore.MMAP_ARRAY) {
            return HASH_ROOM;
        }
        int wanted = Math.max(ARRAY_ROOM, 4 * CgroupTree.read(cgroups).size());
        return Math.max(wanted, 2 * Integer.highestOneBit(wanted - 1));
    }

    private static FlushMode chooseMode(Optional<FlushMode> asked, Optional<String> refusal) {
        if (asked.equals(Optional.of(FlushMode.RSTAT)) && refusal.isPresent()) {
            throw new RstatException(
                    "flush mode rstat is not to be had here: %s; use --flush-mode walk".formatted(refusal.get()));
        }
        return asked.orElse(refusal.isPresent() ? FlushMode.WALK : FlushMode.RSTAT);
    }

    /** Returns what was refused, and why; what could not be used from the start is among it. */
    private static SortedMap<String, String> place(
            LoadOptions options,
            SortedMap<String, String> unusable,
            Consumer<String> progress,
            CollectorLoad.Target target) {
        SortedMap<String, String> refused = new TreeMap<>();
        unusable.forEach((name, reason) -> refuse(name, new RstatException(reason), refused, progress));
        Exposed exposed = new Exposed();
        List<CollectorLoad> loads = new ArrayList<>();
        try {
            for (Verified verified : verify(options.collectors(), target)) {
                verified.said().forEach(progress);
                if (verified.load() != null) {
                    loads.add(verified.load());
                }
                try {
                    if (verified.refusal() != null) {
                        throw verified.refusal();
                    }
                    CollectorSchema schema =
                            CollectorObject.parse(verified.source().object()).schema();
                    exposed.refuseCollision(schema);
                    exposed.add(schema);
                } catch (RstatException reason) {
                    if (verified.load() != null) {
                        loads.remove(verified.load());
                        verified.load().close();
                    }
                    refuse(verified.source().name(), reason, refused, progress);
                }
            }
            if (options.collectors().stream().allMatch(source -> refused.containsKey(source.name()))) {
                throw new RstatException("no collector can run here: "
                        + refused.entrySet().stream()
                                .map(entry -> entry.getKey() + ": " + entry.getValue())
                                .collect(Collectors.joining("; ")));
            }
            for (CollectorLoad load : loads) {
                try {
                    load.place();
                } catch (RstatException reason) {
                    refuse(load.schema().name(), reason, refused, progress);
                }
            }
        } finally {
            loads.forEach(CollectorLoad::close);
        }
        for (String name : target.root().loaded()) {
            // What is in place of a collector whose newer object is refused counts on.
            if (!refused.containsKey(name)
                    && options.collectors().stream()
                            .noneMatch(source -> source.name().equals(name))) {
                StatsFiles.remove(target.root(), name);
                PinRoot.deleteAll(target.root().collector(name));
                progress.accept("collector %s: removed".formatted(name));
            }
        }
        return refused;
    }

    /**
     * What the kernel says to one collector.
     *
     * @param said for people, meanwhile
     * @param load null if it was refused, or is in place already
     */
    private record Verified(
            CollectorSource source,
            List<String> said,
            @Nullable CollectorLoad load,
            @Nullable RstatException refusal) {}

    /** As many at once as there are processors: the verifier takes most of the time that loading takes, and each has its own. */
    private static List<Verified> verify(List<CollectorSource> sources, CollectorLoad.Target target) {
        return sources.parallelStream()
                .map(source -> {
                    List<String> said = new ArrayList<>();
                    try {
                        return new Verified(source, said, CollectorLoad.verify(target, source, said::add), null);
                    } catch (RstatException refusal) {
                        return new Verified(source, said, null, refusal);
                    }
                })
                .toList();
    }

    private static void refuse(
            String name, RstatException reason, SortedMap<String, String> refused, Consumer<String> progress) {
        refused.put(name, String.valueOf(reason.getMessage()));
        progress.accept("collector %s is off: %s".formatted(name, reason.getMessage()));
    }

    /** Takes all collectors, files and the mount away. Nothing happens where nothing is loaded. */
    public static void unload(Path pinRoot, Consumer<String> progress) {
        requireRoot("unloading", "rstat unload");
        PinRoot root = new PinRoot(pinRoot);
        if (!root.isMounted()) {
            progress.accept("nothing is loaded at %s".formatted(pinRoot));
            return;
        }
        try (FileDescriptor lock = root.lock()) {
            lock.number();
            List<String> loaded = root.loaded();
            root.clear();
            progress.accept(loaded.isEmpty() ? "nothing was loaded" : "unloaded " + String.join(", ", loaded));
        }
        if (!root.unmount()) {
            progress.accept("left the empty mount at %s: somebody still looks at it".formatted(pinRoot));
        }
    }

    /** The collectors that are loaded, sorted. */
    public static List<String> loaded(Path pinRoot) {
        return new PinRoot(pinRoot).loaded();
    }

    static void requireRoot(String action, String command) {
        if (!ProcessPrivileges.isRoot()) {
            throw new RstatException("%s needs root; run: sudo %s".formatted(action, command));
        }
    }
}
