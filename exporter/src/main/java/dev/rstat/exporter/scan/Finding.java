// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.scan;

/**
 * One thing that was looked at.
 *
 * @param of the process or the place
 * @param what was looked at
 * @param seen what is so
 * @param asPromised whether SECURITY.md says so
 */
public record Finding(String of, String what, String seen, boolean asPromised) {}
