// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.Directory;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.Pin;
import dev.rstat.collectors.libbpf.RingBuffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the stats files beside the cgroups, as these come and go: told by the kernel (bpf/lifecycle.bpf.c), and from a look at all cgroups
 * when it starts, when the kernel had no room to tell, and when collectors were loaded or removed. Needs no privilege but to be the user
 * that the loader gave {@code cgroups/} to.
 */
public final class FilesAgent implements AutoCloseable {
    private static final int MADE = 1;
    private static final int REMOVED = 2;

    /** {@code struct rstat_cgroup_event}. */
    private static final int EVENT_KIND = 8;

    private static final int EVENT_LENGTH = 12;
    private static final int EVENT_PATH = 16;
    private static final int PATH_LENGTH = 1024;

    /** Events between two looks at what else there is to do: who asks for files waits for a tenth of a second then, at most. */
    private static final int BATCH = 1024;

    /** How long a wait for an event is at most, which is how soon a new loader is noticed. */
    private static final int WAIT_MILLISECONDS = 1000;

    /**
     * The kernel tells of a cgroup before it can be found: a moment, unless who makes it has to wait for a CPU or a lock in between. The
     * first look for it comes after this, each later one after twice the time.
     */
    private static final long UNFOUND_WAIT_NANOSECONDS = 1_000_000;

    /** What cannot be found for so long is not to be found from here: it is outside of this process's cgroup namespace, for instance. */
    private static final long UNFOUND_NANOSECONDS = 60_000_000_000L;

    /** After a look at all cgroups because the kernel had no room to tell, until another: the first may have come too early as well. */
    private static final long LOOK_AGAIN_NANOSECONDS = 1_000_000_000;

    /** How long who asks for files waits for it. */
    private static final int BUSY_MILLISECONDS = 500;

    /** Removed cgroups that are remembered until the kernel has freed them. */
    private static final int MAX_DYING = 100_000;

    private final PinRoot root;
    private final CgroupMount mount;
    private final Consumer<String> log;
    private final AtomicReference<FilesAgentState> state = new AtomicReference<>(FilesAgentState.START);
    private final Thread thread;
    private volatile boolean stopped;

    /** Held by who uses the watch: its own thread while it does something, or who asks for files. */
    private final ReentrantLock lock = new ReentrantLock();

    private @Nullable Watch watch;

    private record Event(int kind, StatsTree.Named cgroup) {}

    /**
     * A cgroup that was made.
     *
     * @param since when that was told, as all times here in {@link System#nanoTime}
     * @param again when it is to be looked for
     */
    private record Made(StatsTree.Named cgroup, long since, long again) {
        Made later(long now) {
            return new Made(cgroup, since, now + Math.max(UNFOUND_WAIT_NANOSECONDS, now - since));
        }
    }

    private FilesAgent(PinRoot root, Consumer<String> log) {
        this.root = root;
        this.mount = CgroupMount.find();
        this.log = log;
        this.thread = Thread.ofPlatform().name("files-agent").daemon().unstarted(this::run);
    }

    /**
     * Starts one in a thread of its own, which goes on until it is closed.
     *
     * @param log receives a line for what an administrator should know
     */
    public static FilesAgent start(Path pinRoot, Consumer<String> log) {
        FilesAgent agent = new FilesAgent(new PinRoot(pinRoot), log);
        agent.thread.start();
        return agent;
    }

    /**
     * What became of a request for files.
     *
     * @param files that are there now
     */
    public record Request(Outcome outcome, List<Path> files) {
        /** Why there are none, or that there are. */
        public enum Outcome {
            MADE,
            NO_CGROUP,
            /** A name in the cgroup's path is too long once escaped, or not UTF-8. */
            NO_NAME,
            /** It looks at all cgroups just now, or cannot work. */
            BUSY
        }
    }

    /**
     * Makes the files of one cgroup, unless they are there: at once, or not at all.
     *
     * @param cgroup that has been found at its path
     */
    public Request request(Cgroup cgroup) {
        try {
            if (lock.tryLock(BUSY_MILLISECONDS, TimeUnit.MILLISECONDS)) {
                try {
                    if (watch != null) {
                        return watch.request(cgroup);
                    }
                } finally {
                    lock.unlock();
                }
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        return new Request(Request.Outcome.BUSY, List.of());
    }

    /** What it has done so far. */
    public FilesAgentState state() {
        return state.get();
    }

    private void run() {
        String said = "";
        while (!stopped) {
            try (ActingAs _ = ActingAs.serviceOf(root);
                    Watch watch = new Watch()) {
                watch.begin();
                said = "";
                watch.follow();
            } catch (RuntimeException failure) {
                // Whatever it is: without this thread nobody would keep the files, and nobody be told.
                if (stopped) {
                    return;
                }
                state.updateAndGet(FilesAgentState::failed);
                String message = String.valueOf(failure instanceof RstatException ? failure.getMessage() : failure);
                if (!message.equals(said)) {
                    log.accept("stats files are not kept: %s".formatted(message));
                    said = message;
                }
                pause();
            }
        }
    }

    private void pause() {
        try {
            Thread.sleep(WAIT_MILLISECONDS);
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    /** From when a loader has made the ring to when another makes a new one. */
    private final class Watch implements AutoCloseable {
        private final FileDescriptor alone;
        private final StatsTree tree;
        private final boolean all;
        private final RingBuffer ring;
        private final long pin;
        private final BpfMap lifecycle;
        private final List<Event> events = new ArrayList<>();

        /** Consecutive events of one kind, done together; one of the two lists is empty. */
        private final List<Made> toMake = new ArrayList<>();

        private final List<StatsTree.Named> toRemove = new ArrayList<>();

        private final List<Made> unfound = new ArrayList<>();
        private final Set<Long> dying = new HashSet<>();
        private long droppedBefore;
        private boolean lookAgain;
        private long looked;

        Watch() {
            Path place = root.lifecycle();
            alone = alone(place);
            tree = new StatsTree(root);
            all = Lifecycle.all(place);
            pin = ringPin();
            ring = new RingBuffer(Pin.get(place.resolve(Lifecycle.EVENTS)), this::take);
            lifecycle = new BpfMap(Pin.getReadOnly(place.resolve(Lifecycle.STATE)));
        }

        void begin() {
            lock.lock();
            try {
                droppedBefore = dropped();
                rescan();
                FilesAgent.this.watch = this;
            } finally {
                lock.unlock();
            }
        }

        void follow() {
            while (!stopped && ringPin() == pin) {
                ring.poll(untilNextLook());
                lock.lock();
                try {
                    catchUp();
                } finally {
                    lock.unlock();
                }
            }
        }

        /** In milliseconds, until a cgroup that was not found is to be looked for. */
        private int untilNextLook() {
            long now = System.nanoTime();
            return (int) unfound.stream()
                    .mapToLong(made -> Math.ceilDiv(made.again() - now, 1_000_000))
                    .map(left -> Math.clamp(left, 0, WAIT_MILLISECONDS))
                    .min()
                    .orElse(WAIT_MILLISECONDS);
        }

        private void catchUp() {
            long drops = dropped();
            if (tree.refresh() || drops != droppedBefore) {
                lookAgain |= drops != droppedBefore;
                state.updateAndGet(before -> before.dropped(drops - droppedBefore));
                droppedBefore = drops;
                rescan();
            } else if (lookAgain && System.nanoTime() - looked > LOOK_AGAIN_NANOSECONDS) {
                lookAgain = false;
                rescan();
            }
            long now = System.nanoTime();
            unfound.removeIf(made -> made.again() - now <= 0 && toMake.add(made));
            events.forEach(this::apply);
            events.clear();
            settle();
            state.updateAndGet(before -> before.dying(dying.size()));
        }

        Request request(Cgroup cgroup) {
            tree.refresh();
            return switch (tree.make(cgroup.id(), cgroup.path())) {
                case MADE -> new Request(Request.Outcome.MADE, tree.files(cgroup.path()));
                case NO_CGROUP -> new Request(Request.Outcome.NO_CGROUP, List.of());
                case NO_NAME -> new Request(Request.Outcome.NO_NAME, List.of());
            };
        }

        /** False once there are enough to do something about. */
        private boolean take(Pointer record) {
            int length = record.getInt(EVENT_LENGTH);
            byte[] path = new byte[Math.max(0, length - 1)];
            record.get(EVENT_PATH, path, 0, path.length);
            events.add(
                    new Event(record.getInt(EVENT_KIND), new StatsTree.Named(record.getLong(0), Directory.text(path))));
            return events.size() < BATCH;
        }

        private void apply(Event event) {
            switch (event.kind()) {
                case MADE -> made(event.cgroup());
                case REMOVED -> removed(event.cgroup());
                default -> dying.remove(event.cgroup().id());
            }
            state.updateAndGet(FilesAgentState::event);
        }

        private void made(StatsTree.Named cgroup) {
            if (!toRemove.isEmpty()) {
                settle(); // its path may be that of one that is gone
            }
            // The ring may tell what a look at all cgroups has seen by then.
            if (!all || tree.has(cgroup.id(), cgroup.path())) {
                return;
            }
            if (isTruncated(cgroup)) {
                rescan();
            } else {
                long now = System.nanoTime();
                toMake.add(new Made(cgroup, now, now));
            }
        }

        private void removed(StatsTree.Named cgroup) {
            if (!toMake.isEmpty()) {
                settle();
            }
            unfound.removeIf(waiting -> waiting.cgroup().id() == cgroup.id());
            if (isTruncated(cgroup)) {
                rescan();
            } else {
                toRemove.add(cgroup);
            }
            if (dying.size() < MAX_DYING) {
                dying.add(cgroup.id());
            }
        }

        private static boolean isTruncated(StatsTree.Named cgroup) {
            return cgroup.path().length() >= PATH_LENGTH - 1;
        }

        private void settle() {
            tree.remove(toRemove);
            toRemove.clear();
            List<StatsTree.Outcome> outcomes =
                    tree.make(toMake.stream().map(Made::cgroup).toList());
            for (int i = 0; i < toMake.size(); i++) {
                switch (outcomes.get(i)) {
                    case MADE -> state.updateAndGet(before -> before.made(tree.collectors()));
                    case NO_CGROUP -> notFound(toMake.get(i));
                    case NO_NAME -> state.updateAndGet(FilesAgentState::withUnnamed);
                }
            }
            toMake.clear();
        }

        private void notFound(Made made) {
            long now = System.nanoTime();
            if (now - made.since() < UNFOUND_NANOSECONDS) {
                unfound.add(made.later(now));
            } else {
                state.updateAndGet(FilesAgentState::withUnfound);
            }
        }

        private void rescan() {
            int files = tree.sync(mount, all, log);
            looked = System.nanoTime();
            state.updateAndGet(before -> before.rescanned(files));
        }

        private long dropped() {
            return lifecycle.element(0).getLong(0);
        }

        @Override
        public void close() {
            lock.lock();
            try {
                FilesAgent.this.watch = null;
            } finally {
                lock.unlock();
            }
            tree.close();
            ring.close();
            alone.close();
            lifecycle.close();
        }
    }

    /** Two readers would take each other's events from the ring. */
    private static FileDescriptor alone(Path lifecycle) {
        FileDescriptor lock = PinRoot.tryLock(lifecycle);
        if (lock == null) {
            throw new RstatException("another service keeps them; this one will when that has ended");
        }
        return lock;
    }

    /** Of the ring's pin: a loader that cannot go on with the ring that is there makes another. */
    private long ringPin() {
        try {
            return (long) Files.getAttribute(root.lifecycle().resolve(Lifecycle.EVENTS), "unix:ino");
        } catch (IOException gone) {
            throw new RstatException(
                    "nothing is loaded at %s; load the collectors first: sudo rstat load".formatted(root.path()));
        }
    }

    @Override
    public void close() {
        stopped = true;
        thread.interrupt();
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
