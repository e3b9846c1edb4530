// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * One line to stderr for each event. Written here rather than in logback.xml, because reading XML is a tenth of a second of the
 * service's start. Found as a service of logback's.
 */
public final class LogFormat extends ContextAwareBase implements Configurator {
    /** Set by {@code --debug}: more events, and stack traces. */
    public static final String DEBUG_PROPERTY = "rstat.debug";

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        boolean debug = Boolean.getBoolean(DEBUG_PROPERTY);
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{\"yyyy-MM-dd'T'HH:mm:ss.SSSXXX\"} %-5level %msg%n" + (debug ? "%ex" : "%nopex"));
        encoder.start();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder);
        console.start();
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.addAppender(console);
        root.setLevel(Level.WARN);
        context.getLogger("dev.rstat").setLevel(debug ? Level.DEBUG : Level.INFO);
        // A port that is taken: the command says it, with the cure.
        context.getLogger("io.micronaut.http.server.netty.NettyHttpServer").setLevel(Level.OFF);
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }
}
