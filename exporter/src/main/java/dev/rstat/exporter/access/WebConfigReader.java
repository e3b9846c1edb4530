// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import dev.rstat.RstatException;
import io.netty.handler.ssl.ClientAuth;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the file of {@code --web.config.file}, which is the Prometheus exporter toolkit's. What the toolkit knows and the service cannot do
 * is an error: nothing that somebody relies on is passed over.
 */
final class WebConfigReader {
    private static final SequencedSet<String> KEYS =
            ordered("tls_server_config", "http_server_config", "basic_auth_users", "rate_limit");
    private static final SequencedSet<String> TLS_KEYS = ordered(
            "cert_file",
            "key_file",
            "cert",
            "key",
            "client_auth_type",
            "client_ca_file",
            "client_ca",
            "client_allowed_sans",
            "min_version",
            "max_version",
            "cipher_suites",
            "prefer_server_cipher_suites",
            "curve_preferences");
    private static final SequencedSet<String> HTTP_KEYS = ordered("http2", "headers");
    private static final SequencedSet<String> RATE_KEYS = ordered("interval", "burst");

    /** With the values there may be; empty for any. */
    private static final SequencedMap<String, List<String>> HEADERS = new LinkedHashMap<>();

    static {
        HEADERS.put("Content-Security-Policy", List.of());
        HEADERS.put("X-Frame-Options", List.of("deny", "sameorigin"));
        HEADERS.put("X-Content-Type-Options", List.of("nosniff"));
        HEADERS.put("X-XSS-Protection", List.of());
        HEADERS.put("Strict-Transport-Security", List.of());
    }

    private static final List<String> VERSIONS = List.of("TLS12", "TLS13");

    /** The toolkit's names of curves, and the JDK's. */
    private static final Map<String, String> CURVES =
            Map.of("X25519", "x25519", "CurveP256", "secp256r1", "CurveP384", "secp384r1", "CurveP521", "secp521r1");

    private static final Pattern HASH = Pattern.compile("\\$2[aby]\\$(\\d\\d)\\$[./A-Za-z0-9]{53}");
    private static final int LEAST_COST = 4;

    /** Each more doubles the time: this one takes some five seconds, and scrapes time out after ten. */
    private static final int MOST_COST = 16;

    private static final Pattern PRINTABLE = Pattern.compile("[ -~]*");

    private final Path file;
    private final SeenFiles files;

    private WebConfigReader(Path file, SeenFiles files) {
        this.file = file;
        this.files = files;
    }

    /**
     * @param files is told of each file that is read
     * @throws RstatException that says what is wrong with it and where, and shows no secret
     */
    static WebConfig read(Path file, SeenFiles files) {
        return new WebConfigReader(file, files).read();
    }

    private WebConfig read() {
        YamlPart all = YamlPart.of(file, files.read(file));
        Map<String, YamlPart> parts = all.parts(KEYS);
        YamlPart rate = parts.get("rate_limit");
        if (rate != null) {
            YamlPart interval = rate.parts(RATE_KEYS).get("interval");
            if (interval != null && !List.of("0", "0s").contains(interval.text())) {
                throw interval.failure(
                        "requests are not limited in their rate; leave rate_limit out: connections are limited by --web.max-connections");
            }
        }
        YamlPart tls = parts.get("tls_server_config");
        YamlPart http = parts.get("http_server_config");
        YamlPart users = parts.get("basic_auth_users");
        return new WebConfig(
                tls == null || tls.isEmpty() ? Optional.empty() : Optional.of(tls(tls)),
                http == null ? Map.of() : headers(http),
                users == null ? Map.of() : users(users));
    }

    private Tls tls(YamlPart tls) {
        Map<String, YamlPart> parts = tls.parts(TLS_KEYS);
        Pem certificate = pem(tls, parts, "cert")
                .orElseThrow(() -> tls.failure("tls_server_config needs cert_file, the server's certificate"));
        Pem keyText = pem(tls, parts, "key")
                .orElseThrow(() -> tls.failure("tls_server_config needs key_file, the certificate's private key"));
        List<X509Certificate> chain = certificate.certificates();
        PrivateKey key = keyText.key();
        if (!Pem.belong(key, chain.getFirst())) {
            throw new RstatException(
                    "%s is not the key of the first certificate in %s; the server's own comes first, then who signed it"
                            .formatted(keyText.origin(), certificate.origin()));
        }
        List<String> protocols = protocols(tls, parts);
        return Tls.of(
                key,
                chain,
                new Tls.Parameters(
                        protocols,
                        cipherSuites(parts.get("cipher_suites")),
                        flag(parts.get("prefer_server_cipher_suites"), true),
                        curves(parts.get("curve_preferences"))),
                clients(tls, parts));
    }

    /** What is in the file that KEY_file names, or in KEY itself. */
    private Optional<Pem> pem(YamlPart tls, Map<String, YamlPart> parts, String key) {
        YamlPart inline = parts.get(key);
        YamlPart named = parts.get(key + "_file");
        if (inline != null && named != null) {
            throw tls.failure("%s and %s_file: give one of them".formatted(key, key));
        }
        if (inline != null) {
            return Optional.of(new Pem("%s: %s".formatted(file, inline.name()), inline.text()));
        }
        if (named == null) {
            return Optional.empty();
        }
        Path path = file.toAbsolutePath().resolveSibling(named.text());
        return Optional.of(new Pem("%s %s".formatted(named.name(), path), files.read(path)));
    }

    private static List<String> protocols(YamlPart tls, Map<String, YamlPart> parts) {
        int least = version(parts.get("min_version"), "TLS12");
        int most = version(parts.get("max_version"), "TLS13");
        if (least > most) {
            throw tls.failure("min_version is above max_version");
        }
        return VERSIONS.subList(least, most + 1).stream()
                .map(version -> "TLSv1." + version.charAt(version.length() - 1))
                .toList()
                .reversed();
    }

    private static int version(@Nullable YamlPart part, String other) {
        String version = part == null ? other : part.text();
        int index = VERSIONS.indexOf(version);
        if (index < 0) {
            throw Objects.requireNonNull(part)
                    .failure(
                            version.equals("TLS10") || version.equals("TLS11")
                                    ? "%s: TLS 1.0 and 1.1 are broken and not offered; TLS12 or TLS13"
                                            .formatted(part.name())
                                    : "%s is TLS12 or TLS13".formatted(part.name()));
        }
        return index;
    }

    private static List<String> cipherSuites(@Nullable YamlPart part) {
        List<String> suites = part == null ? List.of() : part.texts();
        if (part != null && !suites.isEmpty()) {
            List<String> offered = Tls.offered();
            for (String suite : suites) {
                if (!offered.contains(suite)) {
                    throw part.failure("%s: `%s` is not offered here; there are: %s"
                            .formatted(part.name(), suite, String.join(", ", offered)));
                }
            }
        }
        return suites;
    }

    private static List<String> curves(@Nullable YamlPart part) {
        List<String> curves = new ArrayList<>();
        if (part != null) {
            for (String name : part.texts()) {
                String curve = CURVES.get(name);
                if (curve == null) {
                    throw part.failure("%s: `%s` is not offered here; there are: %s"
                            .formatted(part.name(), name, sorted(CURVES.keySet())));
                }
                curves.add(curve);
            }
        }
        return curves;
    }

    private ClientCertificates clients(YamlPart tls, Map<String, YamlPart> parts) {
        YamlPart typePart = parts.get("client_auth_type");
        String type = typePart == null ? "NoClientCert" : typePart.text();
        ClientAuth auth = switch (type) {
            case "NoClientCert" -> ClientAuth.NONE;
            case "RequestClientCert", "VerifyClientCertIfGiven" -> ClientAuth.OPTIONAL;
            case "RequireAnyClientCert", "RequireAndVerifyClientCert" -> ClientAuth.REQUIRE;
            default ->
                throw Objects.requireNonNull(typePart)
                        .failure(
                                "client_auth_type is NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven or RequireAndVerifyClientCert");
        };
        boolean verified = type.contains("Verify");
        Optional<Pem> authorities = pem(tls, parts, "client_ca");
        if (auth == ClientAuth.NONE && authorities.isPresent()) {
            throw tls.failure(
                    "client_ca_file alone asks no client for a certificate: client_auth_type is RequireAndVerifyClientCert then");
        }
        if (verified && authorities.isEmpty()) {
            throw tls.failure("%s needs client_ca_file: whose certificates are taken".formatted(type));
        }
        YamlPart names = parts.get("client_allowed_sans");
        if (names != null && auth != ClientAuth.REQUIRE) {
            throw names.failure(
                    "client_allowed_sans needs client_auth_type RequireAndVerifyClientCert: a client without a certificate has no names");
        }
        List<String> allowed = names == null ? List.of() : names.texts();
        if (names != null && allowed.isEmpty()) {
            throw names.failure("client_allowed_sans is empty: nobody would be let in; name somebody or leave it out");
        }
        return new ClientCertificates(auth, authorities.map(Pem::certificates).orElse(List.of()), verified, allowed);
    }

    private static Map<String, String> headers(YamlPart http) {
        Map<String, YamlPart> parts = http.parts(HTTP_KEYS);
        YamlPart http2 = parts.get("http2");
        if (http2 != null && http2.flag()) {
            throw http2.failure("HTTP/2 is not spoken here, and no scraper needs it: `http2: false`, or leave it out");
        }
        Map<String, String> headers = new LinkedHashMap<>();
        YamlPart part = parts.get("headers");
        if (part == null) {
            return headers;
        }
        for (Map.Entry<String, YamlPart> header :
                part.parts(new LinkedHashSet<>(HEADERS.keySet())).entrySet()) {
            if (header.getValue().isEmpty()) {
                continue;
            }
            String value = header.getValue().text();
            List<String> values = Objects.requireNonNull(HEADERS.get(header.getKey()));
            if (!values.isEmpty() && !value.isBlank() && !values.contains(value.toLowerCase(Locale.ROOT))) {
                throw header.getValue()
                        .failure("%s is %s".formatted(header.getValue().name(), String.join(" or ", values)));
            }
            if (!PRINTABLE.matcher(value).matches()) {
                throw header.getValue()
                        .failure("%s is one line of ASCII"
                                .formatted(header.getValue().name()));
            }
            if (!value.isBlank()) {
                headers.put(header.getKey(), value);
            }
        }
        return headers;
    }

    private static Map<String, String> users(YamlPart part) {
        Map<String, String> users = new LinkedHashMap<>();
        for (Map.Entry<String, YamlPart> user : part.parts().entrySet()) {
            YamlPart hashPart = user.getValue();
            if (user.getKey().isEmpty() || user.getKey().contains(":")) {
                throw hashPart.failure("a user's name is not empty and has no colon");
            }
            Matcher hash = HASH.matcher(hashPart.isEmpty() ? "" : hashPart.text());
            if (!hash.matches()) {
                throw hashPart.failure(
                        "what is given for a user of basic_auth_users is no bcrypt hash ($2a$, $2b$ or $2y$); make one: htpasswd -nBC 10 NAME");
            }
            int cost = Integer.parseInt(hash.group(1));
            if (cost < LEAST_COST || cost > MOST_COST) {
                throw hashPart.failure(
                        "a hash's cost is %d to %d, not %d: with more a scrape times out before it is checked"
                                .formatted(LEAST_COST, MOST_COST, cost));
            }
            users.put(user.getKey(), hash.group());
        }
        return users;
    }

    private static boolean flag(@Nullable YamlPart part, boolean other) {
        return part == null ? other : part.flag();
    }

    private static SequencedSet<String> ordered(String... keys) {
        return new LinkedHashSet<>(List.of(keys));
    }

    private static String sorted(Collection<String> words) {
        return String.join(", ", words.stream().sorted().toList());
    }
}
