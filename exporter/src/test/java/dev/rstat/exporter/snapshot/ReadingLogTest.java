// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.rstat.collectors.SnapshotFixture;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ReadingLogTest {
    private final Logger logger = (Logger) LoggerFactory.getLogger(ReadingLog.class);
    private final ListAppender<ILoggingEvent> events = new ListAppender<>();
    private final ReadingLog log = new ReadingLog();

    @BeforeEach
    void listen() {
        events.start();
        logger.addAppender(events);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(events);
    }

    @Test
    void failuresAreLoggedWhenTheyBeginAndWhenTheyEnd() {
        log.accept(taken());
        log.accept(failing("runqueue", "no such file"));
        log.accept(failing("runqueue", "no such file"));
        log.accept(taken());
        log.accept(new Reading.Failed("nothing is loaded"));
        log.accept(new Reading.Failed("nothing is loaded"));
        log.accept(taken());
        assertThat(events.list)
                .extracting(event -> event.getLevel() + " " + event.getFormattedMessage())
                .containsExactly(
                        "ERROR collector runqueue fails: no such file",
                        "INFO collector runqueue works again",
                        "ERROR no snapshot: nothing is loaded",
                        "INFO snapshots work again");
    }

    private static Reading taken() {
        return new Reading.Taken(new SnapshotFixture().build(), List.of());
    }

    private static Reading failing(String collector, String reason) {
        return new Reading.Taken(
                new SnapshotFixture().failure(collector, reason).build(), List.of());
    }
}
