// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.page;

import io.micronaut.http.sse.Event;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;

/**
 * Those who want to be told of each new frame. They are told its number and then ask for what they show, so one who is slow misses numbers
 * and nothing piles up for it.
 */
final class Viewers {
    static final int MOST = 32;

    private final Sinks.Many<Long> frames = Sinks.many().multicast().directBestEffort();
    private final AtomicInteger count = new AtomicInteger();

    int count() {
        return count.get();
    }

    void tell(long frame) {
        // Without anybody there is nobody to tell.
        frames.tryEmitNext(frame);
    }

    /** Events until the client goes away or the service ends; empty if there are too many already. */
    Optional<Flux<Event<String>>> admit() {
        // Counted when they listen: a client that is gone before that, or wants no more than headers, takes no place.
        return count.get() < MOST ? Optional.of(Flux.defer(this::events)) : Optional.empty();
    }

    private Flux<Event<String>> events() {
        if (count.incrementAndGet() > MOST) {
            count.decrementAndGet();
            return Flux.empty();
        }
        return Flux.concat(Flux.just(0L), frames.asFlux().onBackpressureLatest())
                .map(frame -> Event.of(Long.toString(frame)).name("frame"))
                .doFinally(_ -> count.decrementAndGet());
    }

    void close() {
        frames.tryEmitComplete();
    }
}
