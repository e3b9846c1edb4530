// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.rstat.RstatException;
import dev.rstat.collectors.Cgroup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What cgroups stand for: told from their paths, named by {@link NameResolver}s, and remembered. One for all who ask: a scrape and a
 * push then say the same. Thread-safe.
 */
public final class Identities {
    private static final Logger LOG = LoggerFactory.getLogger(Identities.class);

    /** Containers can be renamed, though few are. */
    private static final Duration NAMED_MAX_AGE = Duration.ofMinutes(1);

    /** The cgroup may be there before the name. */
    private static final Duration NAMELESS_MAX_AGE = HostSource.MAX_AGE;

    /** Whoever asks for names asks again well before that. */
    private static final Duration PARSED_MAX_IDLE = NAMED_MAX_AGE.multipliedBy(2);

    /** Some 30 MB. Cgroups that are gone leave by their age. */
    private static final int MAX_CGROUPS = 100_000;

    private final List<NameResolver> resolvers;
    private final Ticker ticker;

    /** Without names: a path never tells anything else. */
    private final LoadingCache<String, CgroupIdentity> parsed;

    private final LoadingCache<String, CgroupIdentity> named;
    private volatile Answer last;
    private volatile boolean faultSaid;

    private record Answer(List<Cgroup> cgroups, List<CgroupIdentity> identities, long nanoseconds) {}

    /**
     * @param resolvers asked in this order
     */
    Identities(List<NameResolver> resolvers, Ticker ticker) {
        this.resolvers = List.copyOf(resolvers);
        this.ticker = ticker;
        this.last = new Answer(List.of(), List.of(), ticker.read());
        this.parsed = Caffeine.newBuilder()
                .maximumSize(MAX_CGROUPS)
                .expireAfterAccess(PARSED_MAX_IDLE)
                .ticker(ticker)
                .executor(Runnable::run)
                .build(IdentityParser::parse);
        this.named = Caffeine.newBuilder()
                .maximumSize(MAX_CGROUPS)
                .expireAfter(Expiry.<String, CgroupIdentity>creating(
                        (_, identity) -> identity.isNamed() ? NAMED_MAX_AGE : NAMELESS_MAX_AGE))
                .ticker(ticker)
                .executor(Runnable::run)
                .build(this::resolve);
    }

    /**
     * With the names that this host has for them.
     *
     * @throws RstatException if a {@link NameResolver} on the class path cannot be loaded
     */
    public static Identities ofHost() {
        List<NameResolver> resolvers = new ArrayList<>();
        try {
            ServiceLoader.load(NameResolver.class).forEach(resolvers::add);
        } catch (ServiceConfigurationError e) {
            throw new RstatException(
                    "a name resolver cannot be loaded: %s; mend or remove its jar in lib".formatted(e.getMessage()), e);
        }
        resolvers.addAll(builtIn(Path.of("/"), Ticker.systemTicker()));
        return new Identities(resolvers, Ticker.systemTicker());
    }

    /** By the path alone, without any names that it does not tell. */
    public static Identities ofPaths() {
        return new Identities(List.of(), Ticker.systemTicker());
    }

    /** What everybody may read comes before what few may. */
    static List<NameResolver> builtIn(Path root, Ticker ticker) {
        return List.of(
                new RegisteredMachines(root, ticker),
                new KubeletLogs(root, ticker),
                new PodmanContainers(root, ticker),
                new DockerContainers(root, ticker));
    }

    public CgroupIdentity of(Cgroup cgroup) {
        return named.get(cgroup.path());
    }

    /**
     * Of each cgroup of a tree, in its order. The very same list as the last time if the tree is the same and no name has changed: what is
     * made of it can be kept as long.
     */
    public List<CgroupIdentity> of(List<Cgroup> cgroups) {
        Answer answer = last;
        return isFresh(answer, cgroups) ? answer.identities : refresh(cgroups);
    }

    private synchronized List<CgroupIdentity> refresh(List<Cgroup> cgroups) {
        Answer answer = last;
        if (!isFresh(answer, cgroups)) {
            List<CgroupIdentity> identities = cgroups.stream().map(this::of).toList();
            if (answer.identities.equals(identities)) {
                identities = answer.identities;
            }
            answer = new Answer(cgroups, identities, ticker.read());
            last = answer;
        }
        return answer.identities;
    }

    // Comparing the trees would cost more than naming one.
    @SuppressWarnings("ReferenceEquality")
    private boolean isFresh(Answer answer, List<Cgroup> cgroups) {
        return answer.cgroups == cgroups && ticker.read() - answer.nanoseconds < NAMELESS_MAX_AGE.toNanos();
    }

    private CgroupIdentity resolve(String path) {
        CgroupIdentity identity = parsed.get(path);
        for (NameResolver resolver : resolvers) {
            try {
                identity = resolver.resolve(path, identity);
            } catch (RuntimeException e) {
                // Of somebody else, perhaps: a name is not worth a scrape.
                if (!faultSaid) {
                    faultSaid = true;
                    LOG.warn(
                            "{} fails, as about {}; cgroups keep what the others know",
                            resolver.getClass().getName(),
                            path,
                            e);
                }
            }
        }
        return identity;
    }
}
