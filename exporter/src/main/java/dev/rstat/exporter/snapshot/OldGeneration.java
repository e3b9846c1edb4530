// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.snapshot;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryUsage;
import java.util.Optional;

/**
 * Keeps the heap in proportion to what lives in it. A snapshot of many cgroups is tens of megabytes that live until the next one: long
 * enough to be moved to the old generation, which the serial collector lets grow to the largest heap allowed before it looks for
 * garbage there. With 10,000 cgroups that was a gigabyte after sixty scrapes.
 */
public final class OldGeneration {
    /** Garbage that is not worth a collection. */
    private static final long SLACK_BYTES = 8L << 20;

    private final Optional<MemoryPoolMXBean> pool;

    public OldGeneration() {
        pool = ManagementFactory.getMemoryPoolMXBeans().stream()
                .filter(each -> each.getName().equals("Tenured Gen"))
                .findFirst();
    }

    /** Collects once there may be half as much garbage as there is of what lives. To be called after each snapshot. */
    public void snapshotTaken() {
        pool.ifPresent(old -> {
            MemoryUsage lived = old.getCollectionUsage();
            long least = lived == null ? 0 : lived.getUsed();
            if (old.getUsage().getUsed() > least + Math.max(least / 2, SLACK_BYTES)) {
                System.gc();
            }
        });
    }
}
