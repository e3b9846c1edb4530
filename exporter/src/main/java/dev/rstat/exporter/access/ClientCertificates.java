// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import dev.rstat.RstatException;
import io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Which certificates of clients are taken. */
final class ClientCertificates extends X509ExtendedTrustManager {
    private final ClientAuth auth;
    private final List<X509Certificate> authorities;
    private final @Nullable X509ExtendedTrustManager verifier;
    private final Set<String> allowedNames;

    /**
     * @param authorities whose certificates are taken
     * @param verified whether anybody's are not
     * @param allowedNames subject alternative names of which a certificate has one; empty for any
     */
    ClientCertificates(
            ClientAuth auth, List<X509Certificate> authorities, boolean verified, Collection<String> allowedNames) {
        this.auth = auth;
        this.authorities = authorities;
        this.verifier = verified ? verifier(authorities) : null;
        this.allowedNames =
                allowedNames.stream().map(ClientCertificates::asInCertificates).collect(Collectors.toUnmodifiableSet());
    }

    /** Addresses as the JDK writes them. */
    private static String asInCertificates(String name) {
        try {
            return InetAddress.ofLiteral(name).getHostAddress();
        } catch (IllegalArgumentException _) {
            return name;
        }
    }

    ClientAuth auth() {
        return auth;
    }

    private static X509ExtendedTrustManager verifier(List<X509Certificate> authorities) {
        try {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            for (X509Certificate authority : authorities) {
                store.setCertificateEntry(Integer.toString(store.size()), authority);
            }
            TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
            factory.init(store);
            for (TrustManager trustManager : factory.getTrustManagers()) {
                if (trustManager instanceof X509ExtendedTrustManager extended) {
                    return extended;
                }
            }
            throw new RstatException("this Java verifies no certificates");
        } catch (GeneralSecurityException | IOException e) {
            throw new RstatException("the clients' authorities cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        if (verifier != null) {
            verifier.checkClientTrusted(chain, authType, engine);
        }
        checkName(chain[0]);
    }

    private void checkName(X509Certificate certificate) throws CertificateException {
        if (allowedNames.isEmpty()) {
            return;
        }
        // Each is its type and its value: a text, or bytes for types that nobody writes into a file.
        Collection<List<?>> names = certificate.getSubjectAlternativeNames();
        Set<Object> given = names == null
                ? Set.of()
                : names.stream().map(name -> (Object) name.get(1)).collect(Collectors.toSet());
        if (allowedNames.stream().noneMatch(given::contains)) {
            throw new CertificateException("none of its names is among client_allowed_sans");
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
        throw new UnsupportedOperationException("Netty has engines");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
        throw new UnsupportedOperationException("Netty has engines");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw noClient();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw noClient();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw noClient();
    }

    private static CertificateException noClient() {
        return new CertificateException("this is a server");
    }

    /** Told to clients, which choose by it. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return authorities.toArray(X509Certificate[]::new);
    }
}
