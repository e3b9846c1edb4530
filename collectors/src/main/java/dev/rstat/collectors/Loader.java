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
import java.util.function.Consumer;

/**
 * Puts collectors into the kernel and pins them, and takes them out again. Needs root; leaves no process behind.
 *
 * <p>Every collector is verified before the first takes its place. Loading again keeps the totals of collectors whose
 * struct is the same, and touches nothing of those whose object is the same.
 */
public final class Loader {
    private Loader() {}

    /** The names of the collectors that come with this program. */
    public static List<String> builtIn() {
        return BuiltIn.collectors();
    }

    /**
     * @param progress receives a line for each step worth telling
     * @throws RstatException with cause and cure; then nothing is loaded that was not, and until the first collector takes its place
     *     nothing has changed
     */
    public static LoadReport load(LoadOptions options, Consumer<String> progress) {
        requireRoot("loading BPF programs", "rstat load");
        for (String name : options.collectors()) {
            if (!builtIn().contains(name)) {
                throw new RstatException(
                        "there is no collector `%s`; there are: %s".formatted(name, String.join(", ", builtIn())));
            }
        }
        Native.bpf();
        KernelBtf kernel = KernelBtf.read();
        CgroupMount cgroups = CgroupMount.find();
        ServiceUser user = ServiceUser.of(options.user());
        Optional<String> refusal = Probe.RSTAT.refusal();
        FlushMode mode = chooseMode(options.mode(), refusal);
        String reason = refusal.map("the kernel refuses fentry on bpf_rstat_flush: "::concat)
                .orElse(mode == FlushMode.RSTAT ? "the kernel allows fentry on bpf_rstat_flush" : "as asked");
        progress.accept("flush mode %s: %s".formatted(mode.label(), reason));

        PinRoot root = new PinRoot(options.pinRoot());
        boolean wasMounted = root.isMounted();
        root.mount();
        try {
            CollectorLoad.Target target =
                    new CollectorLoad.Target(root, cgroups, kernel, mode, options.maxCgroups(), user.gid());
            return new LoadReport(mode, reason, options.collectors(), loadLocked(options, target, progress));
        } catch (RuntimeException failure) {
            if (!wasMounted) {
                root.unmount();
            }
            throw failure;
        }
    }

    private static int loadLocked(LoadOptions options, CollectorLoad.Target target, Consumer<String> progress) {
        PinRoot root = target.root();
        try (FileDescriptor lock = root.lock()) {
            lock.number();
            PinRoot.children(root.path()).stream().filter(PinRoot::isStaging).forEach(PinRoot::deleteAll);
            boolean wasEmpty = root.loaded().isEmpty();
            try {
                place(options, progress, target);
                ProgramNames.pin(target, progress);
                return options.files() ? StatsFiles.sync(root, target.cgroups(), progress) : 0;
            } catch (RuntimeException failure) {
                if (wasEmpty) {
                    root.clear();
                }
                throw failure;
            }
        }
    }

    private static FlushMode chooseMode(Optional<FlushMode> asked, Optional<String> refusal) {
        if (asked.equals(Optional.of(FlushMode.RSTAT)) && refusal.isPresent()) {
            throw new RstatException(
                    "flush mode rstat is not to be had here: %s; use --flush-mode walk".formatted(refusal.get()));
        }
        return asked.orElse(refusal.isPresent() ? FlushMode.WALK : FlushMode.RSTAT);
    }

    private static void place(LoadOptions options, Consumer<String> progress, CollectorLoad.Target target) {
        List<CollectorLoad> loads = new ArrayList<>();
        try {
            for (String name : options.collectors()) {
                CollectorLoad load = CollectorLoad.verify(target, name, BuiltIn.object(name), progress);
                if (load != null) {
                    loads.add(load);
                }
            }
            for (CollectorLoad load : loads) {
                load.place();
            }
        } finally {
            loads.forEach(CollectorLoad::close);
        }
        for (String name : target.root().loaded()) {
            if (!options.collectors().contains(name)) {
                StatsFiles.remove(target.root(), name);
                PinRoot.deleteAll(target.root().collector(name));
                progress.accept("collector %s: removed".formatted(name));
            }
        }
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
