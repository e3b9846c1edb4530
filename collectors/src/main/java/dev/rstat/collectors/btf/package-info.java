// SPDX-License-Identifier: Apache-2.0
/** Reads BTF, the kernel's type format: the schema of a collector, and what a kernel has. */
@NullMarked
package dev.rstat.collectors.btf;

import org.jspecify.annotations.NullMarked;
