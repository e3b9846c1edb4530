// SPDX-License-Identifier: Apache-2.0

/** What the running service does about stats files: tells how the files agent fares, and answers those who ask for files. */
@NullMarked
package dev.rstat.exporter.files;

import org.jspecify.annotations.NullMarked;
