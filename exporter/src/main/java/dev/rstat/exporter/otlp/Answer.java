// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.otlp;

/** What became of a request. */
sealed interface Answer {
    /**
     * The receiver took it, but for some points.
     *
     * @param rejected points that it did not take: a partial success
     * @param message why, in its words; empty if there are none
     */
    record Accepted(long rejected, String message) implements Answer {}

    /**
     * It did not arrive, or the receiver took nothing of it.
     *
     * @param reason one line
     * @param ofThisRequest the next one may fare better: the receiver found fault with this one's content or size
     */
    record Failed(String reason, boolean ofThisRequest) implements Answer {}
}
