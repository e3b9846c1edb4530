// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HashMap;
import java.util.Map;

/** What cgroups' files say without any kernel. Lives here because only the library makes a {@link CgroupfsSnapshot}. */
public final class CgroupfsFixture {
    private final Map<String, Map<CgroupFile, String>> files = new HashMap<>();

    /**
     * @param file its name
     * @param text what is in it
     */
    public CgroupfsFixture file(String cgroup, String file, String text) {
        for (CgroupFile known : CgroupFile.values()) {
            if (known.toString().equals(file)) {
                files.computeIfAbsent(cgroup, _ -> new HashMap<>()).put(known, text);
                return this;
            }
        }
        throw new IllegalArgumentException(file);
    }

    /** The snapshot with these files' numbers in it. */
    public Snapshot in(Snapshot snapshot) {
        CgroupfsSnapshot.Builder values =
                new CgroupfsSnapshot.Builder(snapshot.cgroups().size());
        CgroupFileText text = new CgroupFileText();
        for (Cgroup cgroup : snapshot.cgroups()) {
            values.next();
            files.getOrDefault(cgroup.path(), Map.of()).forEach((file, content) -> {
                byte[] bytes = content.getBytes(UTF_8);
                text.reset(bytes, bytes.length);
                CgroupFileParser.of(file, CgroupfsTable.TABLE).parse(text, values);
                values.fileRead();
            });
        }
        return new Snapshot(
                snapshot.time(),
                snapshot.cgroups(),
                snapshot.index(),
                snapshot.collectors(),
                snapshot.failures(),
                values.build(SnapshotFixture.started(snapshot.cgroups().size()), 0, 125_000));
    }
}
