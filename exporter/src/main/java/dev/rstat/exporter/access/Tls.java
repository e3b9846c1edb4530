// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import dev.rstat.RstatException;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;

/** TLS of a server, as one reading of its files had it. The JDK's: nothing native. */
final class Tls {
    private final SslContext context;
    private final Parameters parameters;

    /**
     * @param cipherSuites of TLS 1.2, by their names; empty for the JDK's
     * @param curves by the JDK's names; empty for the JDK's
     */
    record Parameters(List<String> protocols, List<String> cipherSuites, boolean ownOrder, List<String> curves) {}

    private Tls(SslContext context, Parameters parameters) {
        this.context = context;
        this.parameters = parameters;
    }

    static Tls of(PrivateKey key, List<X509Certificate> chain, Parameters parameters, ClientCertificates clients) {
        SslContextBuilder builder = SslContextBuilder.forServer(key, chain)
                .sslProvider(SslProvider.JDK)
                .protocols(parameters.protocols())
                .clientAuth(clients.auth());
        if (clients.auth() != ClientAuth.NONE) {
            builder.trustManager(clients);
        }
        if (!parameters.cipherSuites().isEmpty()) {
            // As the toolkit has it: those of TLS 1.3 are not to be chosen.
            Set<String> suites = new LinkedHashSet<>(parameters.cipherSuites());
            offered().stream().filter(suite -> !suite.contains("_WITH_")).forEach(suites::add);
            builder.ciphers(suites, IdentityCipherSuiteFilter.INSTANCE);
        }
        try {
            return new Tls(builder.build(), parameters);
        } catch (SSLException e) {
            throw new RstatException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    /** Cipher suites that this JDK offers when nobody chooses. */
    static List<String> offered() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            // Not the host's authorities, which take time to load.
            context.init(new KeyManager[0], new TrustManager[0], null);
            return new ArrayList<>(List.of(context.getDefaultSSLParameters().getCipherSuites()));
        } catch (GeneralSecurityException e) {
            throw new RstatException("this Java has no TLS: " + e.getMessage(), e);
        }
    }

    SslHandler handler(ByteBufAllocator allocator) {
        SslHandler handler = context.newHandler(allocator);
        SSLParameters engine = handler.engine().getSSLParameters();
        engine.setUseCipherSuitesOrder(parameters.ownOrder());
        if (!parameters.curves().isEmpty()) {
            engine.setNamedGroups(parameters.curves().toArray(String[]::new));
        }
        handler.engine().setSSLParameters(engine);
        // The bound on a request has it in it.
        handler.setHandshakeTimeoutMillis(0);
        return handler;
    }

    SslContext context() {
        return context;
    }
}
