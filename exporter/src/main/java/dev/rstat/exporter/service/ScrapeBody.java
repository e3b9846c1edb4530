// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import org.reactivestreams.Publisher;

/**
 * The answer to a scrape.
 *
 * @param chunks made as they are asked for
 */
public record ScrapeBody(Publisher<byte[]> chunks) {}
