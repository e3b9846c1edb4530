/** The {@code rstat} command and its service: shows what the collectors counted. */
@NullMarked
package dev.rstat.exporter;

import org.jspecify.annotations.NullMarked;
