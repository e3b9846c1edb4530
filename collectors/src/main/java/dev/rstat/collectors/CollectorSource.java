// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/**
 * A compiled collector.
 *
 * @param name the collector's name, which its struct must have
 * @param origin where it comes from, for people: a path, or "built in"
 * @param object the ELF file
 */
@SuppressWarnings("ArrayRecordComponent") // compared by nobody
public record CollectorSource(String name, String origin, byte[] object) {
    /** One that comes with this library. */
    static CollectorSource builtIn(String name) {
        return new CollectorSource(name, "built in", BuiltIn.object(name));
    }
}
