// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.rstat.RstatException;
import dev.rstat.collectors.UserFiles;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rstat files make}, {@code remove} and {@code hook}: stats files that a user makes itself, whether or not there is a service. */
final class OwnFilesCommand {
    private OwnFilesCommand() {}

    @Command(
            name = "make",
            header = "Make stats files of a cgroup of your own, without the service.",
            description = {
                "",
                "For members of the group that `rstat load --files-group` names. The files show cgroups whose directory you own,"
                        + " and yours; they last until `rstat files remove`, or until the collectors are unloaded.",
                ""
            },
            footer = {
                "",
                "Example: files for the cgroup of a process, called web",
                "  rstat files make --pid 4711 --name web",
                "  cat /run/rstat/users/$(id -u)/web/runqueue"
            })
    static final class Make implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final PinRootOption pinRoot = new PinRootOption();

        @ArgGroup(multiplicity = "1")
        @SuppressWarnings("NullAway.Init")
        private Which which;

        @Option(
                names = "--name",
                paramLabel = "NAME",
                description = "The directory's name, without dots. Default: the cgroup's id.")
        private @Nullable String name;

        /** One of two. */
        static final class Which {
            @Parameters(
                    index = "0",
                    paramLabel = "CGROUP",
                    description = "The cgroup: as in /proc/PID/cgroup, or as a directory under the cgroup2 mount.")
            private @Nullable String cgroup;

            @Option(names = "--pid", paramLabel = "PID", description = "The cgroup that this process is in.")
            private @Nullable Long pid;
        }

        @Override
        public void run() {
            String cgroup =
                    which.cgroup != null ? CgroupArgument.path(which.cgroup, spec) : CgroupArgument.of(pidOf(which));
            spec.commandLine().getOut().println(UserFiles.make(pinRoot.path, cgroup, name));
        }

        private static long pidOf(Which which) {
            return which.pid == null ? 0 : which.pid;
        }
    }

    @Command(
            name = "remove",
            header = "Remove files that you made.",
            footer = {"", "Example:", "  rstat files remove web"})
    static final class Remove implements Runnable {
        @Mixin
        private final PinRootOption pinRoot = new PinRootOption();

        @Parameters(index = "0", paramLabel = "NAME", description = "The directory's name.")
        @SuppressWarnings("NullAway.Init")
        private String name;

        @Override
        public void run() {
            if (!UserFiles.remove(pinRoot.path, name)) {
                throw new RstatException("you have no files called `%s` at %s".formatted(name, pinRoot.path));
            }
        }
    }

    /** A container's state as the OCI runtime specification has it, as far as it matters here. */
    private record Container(String id, String status, long pid) {
        static Container read(InputStream json) {
            Map<String, String> fields = new HashMap<>();
            try (JsonParser parser = new JsonFactory().createParser(json)) {
                if (parser.nextToken() != JsonToken.START_OBJECT) {
                    throw new RstatException("standard input is no container's state: no JSON object");
                }
                while (parser.nextToken() == JsonToken.FIELD_NAME) {
                    String field = parser.currentName();
                    if (parser.nextToken().isStructStart()) {
                        parser.skipChildren();
                    } else {
                        fields.put(field, parser.getText());
                    }
                }
            } catch (IOException broken) {
                throw new RstatException("standard input is no container's state: " + broken.getMessage(), broken);
            }
            String id = fields.get("id");
            String status = fields.get("status");
            if (id == null || status == null) {
                throw new RstatException("standard input is no container's state: it has no id or no status");
            }
            try {
                return new Container(id, status, Long.parseLong(fields.getOrDefault("pid", "0")));
            } catch (NumberFormatException noNumber) {
                throw new RstatException("standard input is no container's state: its pid is no number", noNumber);
            }
        }
    }

    @Command(
            name = "hook",
            header = "Make or remove the files of a container, as a hook of an OCI runtime.",
            description = {
                "",
                "Reads the container's state from standard input: makes files while it has a process, removes them once it is stopped."
                        + " They are called by the container's id.",
                ""
            },
            footer = {"", "Example: as podman calls it, see deploy/oci", "  podman --hooks-dir deploy/oci run ..."})
    static final class Hook implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final PinRootOption pinRoot = new PinRootOption();

        @Override
        public void run() {
            Container container = Container.read(System.in);
            Path root = pinRoot.path;
            if (container.status().equals("stopped")) {
                UserFiles.remove(root, container.id());
            } else {
                spec.commandLine()
                        .getOut()
                        .println(UserFiles.make(root, CgroupArgument.of(container.pid()), container.id()));
            }
        }
    }
}
