// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

/** Writes points of one snapshot into a buffer, of which complete pieces are taken. */
abstract class FamilyWriter<T> extends Points<T> {
    abstract ChunkBuffer buffer();

    /**
     * Writes what comes before a family's points.
     *
     * @param cgroups those whose points will come, in this order
     */
    abstract void begin(CgroupFamily family, int[] cgroups);
}
