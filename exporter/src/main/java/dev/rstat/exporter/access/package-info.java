/** Who may connect, ask and be answered: TLS, passwords, names of the host, bounds on connections. */
@NullMarked
package dev.rstat.exporter.access;

import org.jspecify.annotations.NullMarked;
