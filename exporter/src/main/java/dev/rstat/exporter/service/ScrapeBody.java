// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import io.netty.buffer.ByteBuf;
import org.reactivestreams.Publisher;

/**
 * The answer to a scrape.
 *
 * @param chunks made as they are asked for, and then the subscriber's to release
 */
public record ScrapeBody(Publisher<ByteBuf> chunks) {}
