// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.exposition;

/** What text format 0.0.4 wants escaped. */
final class Escapes {
    private Escapes() {}

    /** Backslash, double quote and line feed. */
    static String labelValue(String value) {
        return help(value).replace("\"", "\\\"");
    }

    /** Backslash and line feed. */
    static String help(String help) {
        return help.replace("\\", "\\\\").replace("\n", "\\n");
    }
}
