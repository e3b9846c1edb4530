// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/** A file that the page is made of, from the jar. */
final class Asset {
    static final String INDEX = "index.html";

    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";
    private static final String TEXT = "text/plain; charset=utf-8";

    /** Nothing else of the class path is served. */
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry(INDEX, "text/html; charset=utf-8"),
            Map.entry("icon.svg", "image/svg+xml"),
            Map.entry("page.css", STYLE),
            Map.entry("app.js", SCRIPT),
            Map.entry("colour.js", SCRIPT),
            Map.entry("detail.js", SCRIPT),
            Map.entry("feed.js", SCRIPT),
            Map.entry("heatmap.js", SCRIPT),
            Map.entry("hurts.js", SCRIPT),
            Map.entry("map.js", SCRIPT),
            Map.entry("table.js", SCRIPT),
            Map.entry("tree.js", SCRIPT),
            Map.entry("unit.js", SCRIPT),
            Map.entry("view.js", SCRIPT),
            Map.entry("words.js", SCRIPT),
            Map.entry("lib/d3-hierarchy/d3-hierarchy.min.js", SCRIPT),
            Map.entry("lib/d3-hierarchy/LICENSE", TEXT),
            Map.entry("lib/uplot/uPlot.esm.js", SCRIPT),
            Map.entry("lib/uplot/uPlot.min.css", STYLE),
            Map.entry("lib/uplot/LICENSE", TEXT));

    private final String contentType;
    private final byte[] bytes;

    private Asset(String contentType, byte[] bytes) {
        this.contentType = contentType;
        this.bytes = bytes;
    }

    static Collection<String> names() {
        return TYPES.keySet();
    }

    /** Empty if the page has no such file. */
    static Optional<Asset> of(String name) {
        String type = TYPES.get(name);
        if (type == null) {
            return Optional.empty();
        }
        try (InputStream in = Asset.class.getResourceAsStream(name)) {
            if (in == null) {
                return Optional.empty();
            }
            return Optional.of(new Asset(type, in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String contentType() {
        return contentType;
    }

    byte[] bytes() {
        return bytes;
    }

    /** Another when the bytes are others. */
    String tag() {
        CRC32 sum = new CRC32();
        sum.update(bytes);
        return "\"%x-%x\"".formatted(bytes.length, sum.getValue());
    }
}
