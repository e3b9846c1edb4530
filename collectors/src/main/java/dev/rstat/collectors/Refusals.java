// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.Pin;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Why collectors that were to be loaded are off, left by the loader for whoever reads: bpffs holds no text, but maps. */
final class Refusals {
    private static final int MAX_LENGTH = 8192;

    private Refusals() {}

    /** Replaces what an earlier load left. */
    static void write(PinRoot root, Map<String, String> refused, int group) {
        PinRoot.deleteAll(root.refused());
        if (refused.isEmpty()) {
            return;
        }
        PinRoot.directory(root.refused());
        refused.forEach((name, reason) -> {
            byte[] text = reason.getBytes(StandardCharsets.UTF_8);
            int length = Math.clamp(text.length, 1, MAX_LENGTH);
            ByteBuffer value = BpfMap.buffer(length)
                    .put(text, 0, Math.min(text.length, length))
                    .rewind();
            Path pin = root.refused().resolve(name);
            try (BpfMap map = BpfMap.createArray("rstat_refusal", length)) {
                map.put(BpfMap.buffer(Integer.BYTES), value);
                Pin.pin(map.fd(), pin);
            }
            PinRoot.permit(pin, "r--r-----", group);
        });
    }

    /** By the collectors' names. */
    static SortedMap<String, String> read(PinRoot root) {
        SortedMap<String, String> refused = new TreeMap<>();
        for (Path pin : PinRoot.children(root.refused())) {
            String name = pin.getFileName().toString();
            try (BpfMap map = new BpfMap(Pin.getReadOnly(pin))) {
                refused.put(
                        name,
                        StandardCharsets.UTF_8.decode(map.element(0)).toString().strip());
            } catch (RstatException unreadable) {
                refused.put(name, "off, for a reason that cannot be read: " + unreadable.getMessage());
            }
        }
        return refused;
    }
}
