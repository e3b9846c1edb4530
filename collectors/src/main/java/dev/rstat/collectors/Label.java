// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

/** A Prometheus label that every sample of a metric has. */
public record Label(String name, String value) {}
