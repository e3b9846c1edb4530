/** Loads the BPF collectors and reads what they counted. */
@NullMarked
package dev.rstat.collectors;

import org.jspecify.annotations.NullMarked;
