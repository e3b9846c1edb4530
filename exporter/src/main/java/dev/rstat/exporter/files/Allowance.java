// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.files;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Objects;

/** How often each user may ask: so many times at once, and so many a second after that. */
final class Allowance {
    private static final double NANOSECONDS = 1e9;
    private static final int MAX_USERS = 10_000;

    private final double perSecond;
    private final double burst;
    private final Ticker ticker;
    private final Cache<UserPrincipal, Bucket> buckets;

    private record Bucket(double left, long filled) {}

    Allowance(double perSecond, double burst, Ticker ticker) {
        this.perSecond = perSecond;
        this.burst = burst;
        this.ticker = ticker;
        // Who has not asked for longer than that has all of it again.
        this.buckets = Caffeine.newBuilder()
                .maximumSize(MAX_USERS)
                .expireAfterWrite(Duration.ofSeconds((long) Math.ceil(burst / perSecond) + 1))
                .ticker(ticker)
                .build();
    }

    /** Takes one if there is one. */
    boolean take(UserPrincipal user) {
        boolean[] taken = {false};
        buckets.asMap().compute(user, (_, bucket) -> {
            long now = ticker.read();
            double left = bucket == null
                    ? burst
                    : Math.min(burst, bucket.left() + (now - bucket.filled()) / NANOSECONDS * perSecond);
            taken[0] = left >= 1;
            return new Bucket(taken[0] ? left - 1 : left, now);
        });
        return taken[0];
    }

    /** Whole seconds after which there is one again. */
    long secondsToWait(UserPrincipal user) {
        Bucket bucket = buckets.getIfPresent(user);
        double missing = bucket == null
                ? 0
                : Math.max(0, 1 - Objects.requireNonNull(bucket).left());
        return Math.max(1, (long) Math.ceil(missing / perSecond));
    }
}
