// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.demo;

import dev.rstat.RstatException;
import dev.rstat.collectors.Host;
import dev.rstat.collectors.LoadOptions;
import dev.rstat.collectors.Loader;
import dev.rstat.collectors.PinnedCollectors;
import dev.rstat.collectors.ProcessPrivileges;
import dev.rstat.collectors.Snapshot;
import dev.rstat.collectors.StatsFiles;
import dev.rstat.exporter.live.Frame;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Runs the workloads and shows their numbers until its time is over or it is interrupted. */
public final class Demo {
    private static final Duration INTERVAL = Duration.ofSeconds(1);

    private final Path pinRoot;
    private final String user;
    private final PrintWriter out;
    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final CountDownLatch cleanedUp = new CountDownLatch(1);

    /**
     * @param user whose group may read what is loaded, where the demo has to load
     */
    public Demo(Path pinRoot, String user, PrintWriter out) {
        this.pinRoot = pinRoot;
        this.user = user;
        this.out = out;
    }

    /**
     * @param length empty: until interrupted
     */
    public void run(Optional<Duration> length) {
        if (!ProcessPrivileges.isRoot()) {
            throw new RstatException("the demo makes cgroups, which needs root; put sudo before the command");
        }
        Thread interruption = new Thread(this::awaitCleanUp, "interruption");
        Runtime.getRuntime().addShutdownHook(interruption);
        boolean loaded = loadUnlessLoaded();
        try {
            show(length);
        } finally {
            if (loaded) {
                Loader.unload(pinRoot, this::say);
            }
            cleanedUp.countDown();
        }
    }

    /** Ctrl-C and SIGTERM: the JVM ends when this returns, so it waits for what the main thread has to take away. */
    private void awaitCleanUp() {
        interrupted.countDown();
        try {
            cleanedUp.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether it had to load. */
    private boolean loadUnlessLoaded() {
        List<String> loaded = Loader.loaded(pinRoot);
        if (loaded.contains(DemoTable.COLLECTOR)) {
            return false;
        }
        if (!loaded.isEmpty()) {
            throw new RstatException("the demo shows collector %s, which is not loaded at %s; load it: sudo rstat load"
                    .formatted(DemoTable.COLLECTOR, pinRoot));
        }
        say("nothing is loaded at %s: loading, and unloading again in the end".formatted(pinRoot));
        Loader.load(
                LoadOptions.of(pinRoot)
                        .withCollectors(Loader.builtIn(List.of(DemoTable.COLLECTOR)))
                        .withUser(user),
                this::say);
        return true;
    }

    private void show(Optional<Duration> length) {
        int cpu = AllowedCpus.last();
        try (PinnedCollectors collectors = PinnedCollectors.open(pinRoot)) {
            Path root = Host.cgroupRoot();
            try (DemoTree tree = DemoTree.start(root, cpu)) {
                StatsFiles.sync(pinRoot, _ -> {});
                introduce(root, cpu, length);
                watch(collectors, length);
                say("removing %s".formatted(tree.top()));
            } finally {
                // A file keeps its cgroup from being freed.
                StatsFiles.sync(pinRoot, _ -> {});
            }
        }
    }

    private void introduce(Path root, int cpu, Optional<Duration> length) {
        say("");
        for (Workload workload : Workload.ALL) {
            say("%-26s %d x %s"
                    .formatted("/" + Workload.TOP + "/" + workload.cgroup(), workload.processes(), workload.script()));
        }
        say("");
        say("all on CPU %d, so they wait for each other; a line's numbers include those below it".formatted(cpu));
        say("cgroups: %s".formatted(root.resolve(Workload.TOP)));
        say("a file anybody may read: cat %s"
                .formatted(StatsFiles.path(pinRoot, "/" + Workload.TOP, DemoTable.COLLECTOR)));
        say(length.map(time -> "ends after %d s".formatted(time.toSeconds())).orElse("Ctrl-C ends it"));
        say("");
    }

    private void watch(PinnedCollectors collectors, Optional<Duration> length) {
        Screen screen = Screen.of(out);
        long end = System.nanoTime() + length.map(Duration::toNanos).orElse(Long.MAX_VALUE / 2);
        Snapshot earlier = collectors.snapshot();
        while (!pause() && System.nanoTime() < end + INTERVAL.toNanos() / 2) {
            Snapshot later = collectors.snapshot();
            screen.show(DemoTable.lines(Frame.between(earlier, later)));
            earlier = later;
        }
    }

    /** Whether it was interrupted. */
    private boolean pause() {
        try {
            return interrupted.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private void say(String line) {
        out.println(line);
        out.flush();
    }
}
