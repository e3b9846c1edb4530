// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.collectors.Snapshot;
import dev.rstat.exporter.exposition.CgroupCollector;
import dev.rstat.exporter.exposition.ClassicBuckets;
import dev.rstat.exporter.identity.Identities;
import io.prometheus.client.Collector.MetricFamilySamples;
import io.prometheus.client.exporter.common.TextFormat;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot as simpleclient writes it: a collector makes families and samples of it, {@link TextFormat} writes them to memory, and that is
 * sent, as simpleclient's own HTTP server does. Or with families that were made before, so that nothing but the writer is measured.
 */
final class SimpleclientText implements Baseline {
    /** Names of the bodies. */
    static final String COLLECT = "collect";

    static final String WRITE = "write";

    private final Identities names = Identities.ofHost();
    private final Snapshot snapshot;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream(1 << 20);
    private @Nullable List<MetricFamilySamples> families;

    SimpleclientText(Snapshot snapshot) {
        this.snapshot = snapshot;
    }

    @Override
    public synchronized Body body(String name) {
        text.reset();
        try (Writer writer = new BufferedWriter(new OutputStreamWriter(text, UTF_8))) {
            TextFormat.write004(writer, Collections.enumeration(name.equals(WRITE) ? madeBefore() : families()));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return Body.of(false, text.toByteArray());
    }

    private List<MetricFamilySamples> madeBefore() {
        if (families == null) {
            families = families();
        }
        return families;
    }

    private List<MetricFamilySamples> families() {
        return new CgroupCollector(() -> snapshot, names, ClassicBuckets.DEFAULT).collect();
    }
}
