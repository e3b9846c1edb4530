// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

/** As a jar in {@code lib} could bring one. Knows one container, which no test but its own has. */
public final class ResolverOfTests implements NameResolver {
    static final String ID = "feed".repeat(16);

    @Override
    public CgroupIdentity resolve(String path, CgroupIdentity identity) {
        return identity.containerId().equals(ID) ? identity.withContainer(identity.runtime(), ID, "known") : identity;
    }
}
