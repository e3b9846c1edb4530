// SPDX-License-Identifier: Apache-2.0
/** The binding to libbpf and libc through jnr-ffi. Nothing outside {@code collectors} uses it. */
@NullMarked
package dev.rstat.collectors.libbpf;

import org.jspecify.annotations.NullMarked;
