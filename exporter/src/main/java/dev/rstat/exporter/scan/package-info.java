// SPDX-License-Identifier: Apache-2.0
/** What the kernel says of the running service and of what is loaded: what they may do, and what they show to whom. */
@NullMarked
package dev.rstat.exporter.scan;

import org.jspecify.annotations.NullMarked;
