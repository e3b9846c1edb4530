// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import dev.rstat.RstatException;
import dev.rstat.collectors.ProcessPrivileges;
import dev.rstat.collectors.bench.Progress;
import dev.rstat.collectors.bench.Result;
import dev.rstat.exporter.bench.ResultJson;
import dev.rstat.exporter.bench.ResultPlot;
import dev.rstat.exporter.bench.ResultTable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every benchmark can be told, and how each is run. */
final class BenchOptions {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Option(names = "--quick", description = "Fewer repetitions and sizes: to see that it works.")
    boolean quick;

    @Option(names = "--json", paramLabel = "FILE", description = "Write all numbers to a file.")
    @Nullable Path json;

    @Option(names = "--svg", paramLabel = "FILE", description = "Draw them.")
    @Nullable Path svg;

    /** Ends early, and cleans up, when this process is told to end. */
    void run(String command, Function<Progress, Result> benchmark) {
        if (!ProcessPrivileges.isRoot()) {
            throw new RstatException(
                    command + " loads BPF programs and makes cgroups, which needs root; put sudo before the command");
        }
        PrintWriter err = spec.commandLine().getErr();
        PrintWriter out = spec.commandLine().getOut();
        Interruption interruption = new Interruption(err);
        Runtime.getRuntime().addShutdownHook(interruption.hook());
        Result result;
        try {
            result = benchmark.apply(interruption);
        } catch (RuntimeException failure) {
            if (interruption.isInterrupted()) {
                return; // what fails then, fails because of it; the JVM is ending
            }
            throw failure;
        } finally {
            interruption.done();
        }
        out.print(ResultTable.of(result));
        out.flush();
        write(json, ResultJson.of(result));
        write(svg, ResultPlot.of(result));
    }

    private static void write(@Nullable Path file, String text) {
        if (file == null) {
            return;
        }
        try {
            Files.writeString(file, text);
        } catch (IOException failure) {
            throw new RstatException("cannot write %s: %s".formatted(file, failure), failure);
        }
    }

    /** Ctrl-C and SIGTERM: the JVM ends when the hook returns, so that waits for what the benchmark has to take away. */
    private static final class Interruption implements Progress {
        private final PrintWriter err;
        private final CountDownLatch interrupted = new CountDownLatch(1);
        private final CountDownLatch done = new CountDownLatch(1);

        Interruption(PrintWriter err) {
            this.err = err;
        }

        Thread hook() {
            return new Thread(
                    () -> {
                        interrupted.countDown();
                        try {
                            done.await();
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    },
                    "interruption");
        }

        boolean isInterrupted() {
            return interrupted.getCount() == 0;
        }

        void done() {
            done.countDown();
        }

        /** To stderr: stdout is the table's. */
        @Override
        public void say(String line) {
            err.println("rstat: " + line);
            err.flush();
        }

        @Override
        public void check() {
            if (isInterrupted()) {
                throw new CancellationException("interrupted");
            }
        }
    }
}
