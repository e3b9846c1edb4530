// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.top;

import dev.rstat.RstatException;
import dev.rstat.exporter.live.Frame;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.jline.utils.Display;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jline.utils.Signals;
import org.jspecify.annotations.Nullable;

/**
 * The terminal: draws the state after whatever happens, and gives the terminal back as it was, however this ends. One thread waits for
 * keys, one takes snapshots, which takes its time; all that happens goes through a queue to a third, which alone has the state.
 */
final class Interactive {
    /** Something that changes what is to be seen. */
    private sealed interface Event {
        record Pressed(Key key) implements Event {}

        record Measured(Frame frame) implements Event {}

        record Failed(String reason) implements Event {}

        record Resized() implements Event {}

        /** Ctrl-C, or nobody is there any more. */
        record Ended() implements Event {}

        /** A fault of ours in another thread. */
        record Broken(RuntimeException cause) implements Event {}
    }

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Tty tty;
    private final Terminal terminal;
    private final Display display;
    private final TopState state;
    private boolean restored;

    private Interactive(Tty tty, Terminal terminal, TopState state) {
        this.tty = tty;
        this.terminal = terminal;
        this.state = state;
        display = new Display(terminal, true);
    }

    /**
     * Returns when somebody quits.
     *
     * @param noColor whether colour is not wanted, whatever the terminal can do
     * @throws RstatException if there is no terminal that can be drawn on
     */
    static void run(Sampler sampler, Duration interval, TopSettings settings, boolean noColor) {
        Tty tty = Tty.find();
        try (Terminal terminal = terminal(Objects.requireNonNullElse(System.getenv("TERM"), "dumb"))) {
            if (terminal.getStringCapability(Capability.cursor_address) == null) {
                throw new RstatException(
                        "a terminal of type `%s` cannot be drawn on; set TERM to what it is, or take one look: rstat top --once"
                                .formatted(Cells.printable(terminal.getType())));
            }
            Integer colors = terminal.getNumericCapability(Capability.max_colors);
            Styles styles = new Styles(!noColor && colors != null && colors >= 8);
            new Interactive(tty, terminal, settings.state(styles)).run(sampler, interval);
        } catch (IOException failure) {
            throw new RstatException("cannot use the terminal: " + failure.getMessage(), failure);
        }
    }

    /** JLine's dumb terminal is one that leaves the settings to others; what it can draw depends on its type. */
    private static Terminal terminal(String type) throws IOException {
        return new DumbTerminal(
                "rstat top",
                type,
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                System.out.charset());
    }

    private void run(Sampler sampler, Duration interval) {
        Runtime.getRuntime().addShutdownHook(new Thread(this::restore, "restore"));
        try {
            take();
            start("keys", this::readKeys);
            start("snapshots", () -> takeSnapshots(sampler, interval));
            draw();
            loop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            restore();
        }
    }

    private synchronized void take() {
        Signals.register("WINCH", () -> events.add(new Event.Resized()));
        Signals.register("INT", () -> events.add(new Event.Ended()));
        tty.takeKeys();
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.keypad_xmit);
        terminal.puts(Capability.cursor_invisible);
        resize();
    }

    private synchronized void restore() {
        if (restored) {
            return;
        }
        restored = true;
        terminal.puts(Capability.cursor_normal);
        terminal.puts(Capability.keypad_local);
        terminal.puts(Capability.exit_ca_mode);
        terminal.flush();
        tty.restore();
    }

    private void loop() throws InterruptedException {
        List<Event> batch = new ArrayList<>();
        while (!state.isFinished()) {
            batch.add(events.take());
            // Whoever holds a key down is drawn once for all that came meanwhile.
            events.drainTo(batch);
            for (Event event : batch) {
                if (!happen(event)) {
                    return;
                }
            }
            batch.clear();
            draw();
        }
    }

    /** False if it is over. */
    private boolean happen(Event event) {
        switch (event) {
            case Event.Pressed(Key key) -> {
                if (key.kind() == Key.Kind.REDRAW) {
                    clear();
                }
                state.press(key);
            }
            case Event.Measured(Frame frame) -> state.show(frame);
            case Event.Failed(String reason) -> state.fail(reason);
            case Event.Resized() -> resize();
            case Event.Broken(RuntimeException cause) -> throw cause;
            case Event.Ended() -> {
                return false;
            }
        }
        return true;
    }

    private void resize() {
        Size size = Tty.size();
        terminal.setSize(size);
        display.resize(size.getRows(), size.getColumns());
        clear();
        state.resize(size.getColumns(), size.getRows());
    }

    private void clear() {
        display.clear();
        display.reset();
    }

    private synchronized void draw() {
        if (!restored) {
            // Which it keeps, and fills up.
            display.update(new ArrayList<>(Screen.lines(state, ZoneId.systemDefault())), -1);
        }
    }

    private void start(String name, Runnable loop) {
        Thread thread = new Thread(
                () -> {
                    try {
                        loop.run();
                    } catch (RuntimeException failure) {
                        events.add(new Event.Broken(failure));
                    }
                },
                name);
        thread.setDaemon(true);
        thread.start();
    }

    private void readKeys() {
        NonBlockingReader input = terminal.reader();
        KeyReader keys = new KeyReader(milliseconds -> milliseconds == 0 ? input.read() : input.read(milliseconds));
        try {
            for (@Nullable Key key = keys.read(); key != null; key = keys.read()) {
                events.add(new Event.Pressed(key));
            }
        } catch (IOException gone) {
            // As at the end of the input: nobody is there any more.
        }
        events.add(new Event.Ended());
    }

    private void takeSnapshots(Sampler sampler, Duration interval) {
        long next = System.nanoTime();
        while (true) {
            // Where a snapshot takes longer than an interval, each begins when the last is there.
            next = Math.max(next + interval.toNanos(), System.nanoTime());
            for (long left = next - System.nanoTime(); left > 0; left = next - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            switch (sampler.next()) {
                case Sampler.Outcome.Failed(String reason) -> events.add(new Event.Failed(reason));
                case Sampler.Outcome.Taken taken ->
                    taken.frame().ifPresent(frame -> events.add(new Event.Measured(frame)));
            }
        }
    }
}
