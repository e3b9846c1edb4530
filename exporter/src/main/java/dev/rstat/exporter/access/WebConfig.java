// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import java.util.Map;
import java.util.Optional;

/** What a web configuration file says, with the files that it names read. */
final class WebConfig {
    static final WebConfig NONE = new WebConfig(Optional.empty(), Map.of(), Map.of());

    private final Optional<Tls> tls;
    private final Map<String, String> headers;
    private final Map<String, String> users;

    /**
     * @param headers of all answers, over the exporter's own
     * @param users with their bcrypt hashes; none for whoever can connect
     */
    WebConfig(Optional<Tls> tls, Map<String, String> headers, Map<String, String> users) {
        this.tls = tls;
        this.headers = Map.copyOf(headers);
        this.users = Map.copyOf(users);
    }

    Optional<Tls> tls() {
        return tls;
    }

    Map<String, String> headers() {
        return headers;
    }

    Map<String, String> users() {
        return users;
    }
}
