// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.identity;

import com.github.benmanes.caffeine.cache.Ticker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * The containers that are registered with systemd-machined, from {@code /run/systemd/machines}, which everybody may read: those in a
 * unit of another name than systemd-nspawn's own, as {@code container@NAME.service} of NixOS, and which {@code machine-NAME.scope} are
 * virtual machines.
 *
 * <p>The files call themselves private, yet their form has been the same since there are any. What cannot be understood is left out, and
 * what the path tells stays.
 *
 * @see <a href="https://github.com/systemd/systemd/blob/main/src/machine/machine.c">machine_save()</a>
 */
final class RegisteredMachines implements NameResolver {
    /** What else is in the directory: links from units to machines. */
    private static final String LINK = "unit:";

    private record Machine(String name, String service, String machineClass) {}

    private final HostSource<Map<String, Machine>> machines;

    RegisteredMachines(Path root, Ticker ticker) {
        machines = new HostSource<>(root.resolve("run/systemd/machines"), RegisteredMachines::read, Map.of(), ticker);
    }

    @Override
    public CgroupIdentity resolve(String path, CgroupIdentity identity) {
        Map<String, Machine> known = machines.get();
        Machine machine = known.isEmpty() ? null : known.get(unit(path));
        if (machine == null) {
            return identity;
        }
        boolean container = machine.machineClass().equals("container");
        if (container && identity.containerId().isEmpty()) {
            return identity.withContainer(machine.service(), machine.name(), machine.name());
        }
        if (!container && identity.containerId().equals(machine.name())) {
            return identity.withContainer("", "", "");
        }
        return identity;
    }

    /** The unit of the host's systemd; below it there may be units of another. */
    private static String unit(String path) {
        for (String directory : path.split("/", -1)) {
            UnitName name = UnitName.ofDirectory(directory);
            if (name != null && name.type() != UnitName.Type.SLICE) {
                return name.toString();
            }
        }
        return "";
    }

    /** By unit. */
    private static Map<String, Machine> read(Path directory) throws IOException {
        Map<String, Machine> machines = new HashMap<>();
        for (String file : HostSource.list(directory)) {
            if (file.startsWith(LINK) || file.startsWith(".")) {
                continue;
            }
            Map<String, String> variables = variables(directory.resolve(file));
            // Called so since machines could have scopes only.
            String unit = variables.getOrDefault("SCOPE", variables.getOrDefault("UNIT", ""));
            machines.put(
                    unit,
                    new Machine(
                            variables.getOrDefault("NAME", file),
                            variables.getOrDefault("SERVICE", ""),
                            variables.getOrDefault("CLASS", "")));
        }
        machines.remove("");
        return machines;
    }

    /** {@code NAME=value} a line; in values a backslash is written twice. Nothing if the machine is gone meanwhile. */
    private static Map<String, String> variables(Path file) {
        Map<String, String> variables = new HashMap<>();
        try {
            for (String line : Files.readAllLines(file)) {
                int equals = line.indexOf('=');
                if (equals > 0) {
                    variables.put(
                            line.substring(0, equals),
                            line.substring(equals + 1).replace("\\\\", "\\"));
                }
            }
        } catch (IOException _) {
            return Map.of();
        }
        return variables;
    }
}
