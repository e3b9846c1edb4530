// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Loads the built-in collectors under a pin root of the tests' own and takes them away afterwards. */
public final class LoadedCollectors implements BeforeAllCallback, AfterAllCallback {
    /** Which mode this kernel must offer: the tests are run once where it is rstat and once where it is walk. */
    public static final FlushMode EXPECTED_MODE =
            FlushMode.valueOf(System.getProperty("rstat.expect.mode", "walk").toUpperCase(java.util.Locale.ROOT));

    public static final Path PIN_ROOT = Path.of("/run/rstat-test");

    private final List<String> said = new ArrayList<>();
    private final List<String> names;
    private Optional<PinnedCollectors> pinned = Optional.empty();
    /** Collectors that this kernel cannot run. */
    private Set<String> refused = Set.of();

    public LoadedCollectors() {
        this(Loader.builtIn().toArray(String[]::new));
    }

    /** Those alone: in a guest the verifier takes its time. */
    public LoadedCollectors(String... names) {
        this.names = List.of(names);
    }

    public static LoadOptions options(int maxCgroups) {
        return LoadOptions.of(PIN_ROOT).withMaxCgroups(maxCgroups);
    }

    /** Only `attach` of the built-in collectors, and those of a directory. */
    public static LoadOptions options(Path directory) {
        return options(4096).withCollectors(Loader.builtIn(List.of("attach"))).withDirectory(directory);
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        Loader.unload(PIN_ROOT, said::add);
        LoadReport report = Loader.load(options(4096).withCollectors(Loader.builtIn(names)), said::add);
        assertThat(report.mode()).as(report.modeReason()).isEqualTo(EXPECTED_MODE);
        refused = report.refused().keySet();
        // What refuses rstat mode, fentry, refuses some collectors; where it is there, all run.
        if (EXPECTED_MODE == FlushMode.RSTAT) {
            assertThat(report.refused()).isEmpty();
        }
        pinned = Optional.of(PinnedCollectors.open(PIN_ROOT));
    }

    @Override
    public void afterAll(ExtensionContext context) {
        pinned.ifPresent(PinnedCollectors::close);
        Loader.unload(PIN_ROOT, said::add);
        assertThat(PIN_ROOT).doesNotExist();
    }

    /** All totals now; at one moment, or the test fails. */
    public Snapshot snapshot() {
        Snapshot snapshot = pinned.orElseThrow().snapshot();
        assertThat(snapshot.failures().keySet()).isEqualTo(refused);
        assertThat(snapshot.collectors()).allMatch(CollectorSnapshot::consistent);
        return snapshot;
    }

    public List<ProgramStats> programs() {
        return pinned.orElseThrow().programs();
    }
}
