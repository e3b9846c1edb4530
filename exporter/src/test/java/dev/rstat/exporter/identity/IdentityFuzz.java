// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.rstat.fuzz.FuzzTarget;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** Paths that a container gives its cgroups: whatever they look like, what they are taken for is in them. */
public final class IdentityFuzz implements FuzzTarget {
    private static final Pattern ID = Pattern.compile("[0-9a-f]{64}");
    private static final Set<String> QOS_CLASSES = Set.of("Guaranteed", "Burstable", "BestEffort");

    @Override
    public String name() {
        return "identity";
    }

    @Override
    public List<byte[]> seeds() {
        return RecordedPath.all().stream()
                .map(recorded -> recorded.path().getBytes(UTF_8))
                .toList();
    }

    @Override
    public void run(byte[] input) {
        String path = new String(input, UTF_8);
        CgroupIdentity identity = IdentityParser.parse(path);
        FuzzTarget.require(path.contains(identity.unit()), "another unit: " + identity);
        FuzzTarget.require(path.contains(identity.slice()), "another slice: " + identity);
        FuzzTarget.require(
                identity.containerId().isEmpty()
                        || identity.containerId().equals(identity.containerName())
                        || (ID.matcher(identity.containerId()).matches() && path.contains(identity.containerId())),
                "another container: " + identity);
        FuzzTarget.require(
                identity.podUid().isEmpty() || QOS_CLASSES.contains(identity.qosClass()),
                "a pod of no class: " + identity);
        FuzzTarget.require(
                IdentityParser.parse(path + "/").equals(identity), "it is another with a slash: " + identity);
        FuzzTarget.require(UnitName.unescape(path).length() <= path.length(), "longer without its escapes: " + path);
    }
}
