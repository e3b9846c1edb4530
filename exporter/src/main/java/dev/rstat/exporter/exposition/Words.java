// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

/** From what BPF counts to what is exposed. */
final class Words {
    private static final double[] POWERS_OF_TEN = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

    private Words() {}

    /**
     * @param word unsigned
     * @param scale 0 to 9
     * @return the double nearest to {@code word}, over {@code 10^scale}
     */
    static double toDouble(long word, int scale) {
        // The halved word keeps the lowest bit, so that it is rounded as the whole would be.
        double whole = word >= 0 ? word : ((word >>> 1) | (word & 1)) * 2.0;
        return whole / POWERS_OF_TEN[scale];
    }

    /**
     * @param scale 0 to 9
     * @return the double nearest to {@code value}, over {@code 10^scale}
     */
    static double toSignedDouble(long value, int scale) {
        return value / POWERS_OF_TEN[scale];
    }
}
