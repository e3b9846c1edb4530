// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

/**
 * Adds what a source on this host knows of a cgroup to what its path tells: names above all. Thread-safe. Scrapes wait for it, so it
 * answers from what it has at hand or can read in microseconds, and remembers what it read.
 *
 * <p>Besides those that are built in, every implementation that a jar in {@code lib} names in
 * {@code META-INF/services/dev.rstat.exporter.identity.NameResolver} is asked, and asked first.
 */
@FunctionalInterface
public interface NameResolver {
    /**
     * @param path as in /proc/PID/cgroup
     * @param identity what is known so far
     * @return the same, completed where this source knows more; what is known already stays
     */
    CgroupIdentity resolve(String path, CgroupIdentity identity);
}
