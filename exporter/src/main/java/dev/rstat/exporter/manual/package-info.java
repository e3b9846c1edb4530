/** Manual pages, made of the same descriptions as {@code --help}. */
@NullMarked
package dev.rstat.exporter.manual;

import org.jspecify.annotations.NullMarked;
