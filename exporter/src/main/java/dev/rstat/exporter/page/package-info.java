// SPDX-License-Identifier: Apache-2.0
/** The live page: what happens now and happened of late, for people with a browser. */
@NullMarked
package dev.rstat.exporter.page;

import org.jspecify.annotations.NullMarked;
