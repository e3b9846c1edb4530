// SPDX-License-Identifier: Apache-2.0
/** The HTTP service. */
@NullMarked
package dev.rstat.exporter.service;

import org.jspecify.annotations.NullMarked;
