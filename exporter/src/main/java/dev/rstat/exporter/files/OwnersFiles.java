// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.files;

import dev.rstat.collectors.Cgroup;
import dev.rstat.collectors.CgroupMount;
import dev.rstat.collectors.CgroupTree;
import dev.rstat.collectors.FilesAgent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Has the files agent make files for those who own the cgroup, of so many cgroups each. For one thread. */
public final class OwnersFiles implements FilesRequest.Files {
    private static final Path ROOTS = Path.of("/");

    private final CgroupMount mount = CgroupMount.find();
    private final FilesAgent agent;
    private final int quota;

    /** Cgroups by id, as their paths are used again. */
    private final Map<UserPrincipal, Set<Long>> requested = new HashMap<>();

    /**
     * @param quota for how many cgroups that are there a user may have files by asking
     */
    public OwnersFiles(FilesAgent agent, int quota) {
        this.agent = agent;
        this.quota = quota;
    }

    @Override
    public FilesRequest.Answer make(String path, UserPrincipal user) {
        if (!path.startsWith("/") || path.indexOf('\0') >= 0) {
            return refused(400, "`%s` is no cgroup's path: it starts with /".formatted(path));
        }
        for (String name : path.substring(1).split("/", -1)) {
            if (name.equals("..") || name.equals(".") || (name.isEmpty() && path.length() > 1)) {
                return refused(400, "`%s` is no cgroup's path: write it as in /proc/PID/cgroup".formatted(path));
            }
        }
        Cgroup cgroup = CgroupTree.find(mount, path);
        if (cgroup == null) {
            return refused(404, "there is no cgroup %s".formatted(path));
        }
        if (!owns(user, path)) {
            return refused(
                    403, "%s is not %s's: its directory belongs to another user".formatted(path, user.getName()));
        }
        Set<Long> mine = requested.computeIfAbsent(user, _ -> new HashSet<>());
        if (!mine.contains(cgroup.id()) && mine.size() >= quota) {
            Set<Long> there = new HashSet<>();
            CgroupTree.read(mount).forEach(other -> there.add(other.id()));
            mine.retainAll(there);
            if (mine.size() >= quota) {
                return refused(429, "files of %d cgroups are as many as a user may ask for".formatted(quota));
            }
        }
        FilesAgent.Request request = agent.request(cgroup);
        return switch (request.outcome()) {
            case MADE -> {
                mine.add(cgroup.id());
                yield new FilesRequest.Answer.Made(request.files());
            }
            case NO_CGROUP -> refused(404, "there is no cgroup %s any more".formatted(path));
            case NO_NAME ->
                refused(
                        400,
                        "%s can have no files: a name in it is too long once escaped, or not UTF-8".formatted(path));
            case BUSY -> refused(503, "the files agent is busy, or cannot work: see the service's log");
        };
    }

    private boolean owns(UserPrincipal user, String path) {
        try {
            return user.equals(Files.getOwner(mount.path().resolve("." + path))) || user.equals(Files.getOwner(ROOTS));
        } catch (IOException gone) {
            return false;
        }
    }

    private static FilesRequest.Answer refused(int status, String why) {
        return new FilesRequest.Answer.Refused(status, why);
    }
}
