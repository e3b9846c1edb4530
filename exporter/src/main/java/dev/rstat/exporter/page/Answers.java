// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.rstat.exporter.live.Pair;
import dev.rstat.exporter.live.Split;
import io.micronaut.context.annotation.Requires;
import jakarta.inject.Singleton;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/** Answers to pages, as JSON: what several pages ask of one frame is made once. */
@Singleton
@Requires(property = Live.PROPERTY, value = "true")
final class Answers {
    /** Of many cgroups one is half a megabyte. */
    private static final int KEPT = 8;

    private static final Duration KEPT_FOR = Duration.ofSeconds(10);

    private record Question(long frame, List<String> stats, boolean tree) {}

    private record Hurts(long frame, String split) {}

    private final JsonFactory factory = new JsonFactory();
    private final About about;
    private final History history;
    private final Cache<Question, byte[]> frames = Caffeine.newBuilder()
            .maximumSize(KEPT)
            .expireAfterWrite(KEPT_FOR)
            .executor(Runnable::run)
            .build();

    /** Of the whole host, which takes a look at all cgroups. */
    private final Cache<Hurts, List<Pair>> pairs = Caffeine.newBuilder()
            .maximumSize(KEPT)
            .expireAfterWrite(KEPT_FOR)
            .executor(Runnable::run)
            .build();

    Answers(About about, Live live) {
        this.about = about;
        this.history = live.history();
    }

    /** Writes one value. */
    private interface Writing {
        void to(JsonGenerator json) throws IOException;
    }

    byte[] frame(Present.Shown present, List<String> stats, long knownTree) {
        boolean tree = present.tree() != knownTree;
        return frames.get(
                new Question(present.number(), stats, tree),
                _ -> bytes(json -> FrameJson.write(json, present, stats, tree, about, history, pairs(present))));
    }

    byte[] cgroup(Present.Shown present, long id, List<String> stats, String histogram) {
        return bytes(json -> CgroupJson.write(json, present.frame(), id, stats, histogram, history, pairs(present)));
    }

    private Function<Split, List<Pair>> pairs(Present.Shown present) {
        return split -> pairs.get(
                new Hurts(present.number(), split.key()), _ -> present.frame().pairs(split));
    }

    private byte[] bytes(Writing writing) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 14);
        try (JsonGenerator json = factory.createGenerator(out)) {
            writing.to(json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
