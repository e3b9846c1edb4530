// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/**
 * One thing this product needs or profits from, and whether this host has it.
 *
 * @param name what
 * @param required whether nothing works without it
 * @param detail what was seen
 * @param cost what is lost where it is missing
 * @param cure how to get it
 */
public record Check(String name, boolean required, Status status, String detail, String cost, String cure) {
    /** UNKNOWN: this user may not ask. */
    public enum Status {
        FOUND,
        MISSING,
        UNKNOWN
    }
}
