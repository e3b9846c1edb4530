// SPDX-License-Identifier: Apache-2.0
/** What {@code rstat} can be told to do: one class for each subcommand. */
@NullMarked
package dev.rstat.exporter.command;

import org.jspecify.annotations.NullMarked;
