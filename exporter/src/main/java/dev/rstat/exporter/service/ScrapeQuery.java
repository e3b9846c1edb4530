// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.service;

import dev.rstat.exporter.exposition.Format;
import dev.rstat.exporter.selection.CgroupQuery;
import io.micronaut.http.HttpParameters;
import io.micronaut.http.HttpRequest;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a scrape asks for.
 *
 * @param collectors whose metrics to show, by their names; empty for all
 * @param cgroups which to show
 */
record ScrapeQuery(Format format, Set<String> collectors, CgroupQuery cgroups) {
    private static final String COLLECT = "collect[]";
    private static final String MATCH = "match";

    ScrapeQuery {
        collectors = Set.copyOf(collectors);
    }

    /**
     * @throws IllegalArgumentException if a pattern of cgroups could match none; says how
     */
    static ScrapeQuery of(HttpRequest<?> request) {
        HttpParameters parameters = request.getParameters();
        return new ScrapeQuery(
                Negotiation.format(request.getHeaders().accept()),
                new TreeSet<>(parameters.getAll(COLLECT)),
                new CgroupQuery(parameters.getAll(MATCH)));
    }

    boolean wants(String collector) {
        return collectors.isEmpty() || collectors.contains(collector);
    }
}
