// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.collectors.btf.Btf;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.LoadFailure;
import dev.rstat.collectors.libbpf.Pin;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Pins the file of run statistics (bpf/programs.bpf.c) and tells it which programs are ours. */
final class ProgramNames {
    private static final int NAME_SIZE = 32;

    private ProgramNames() {}

    /** Makes the file anew for what is loaded now. A kernel that refuses it costs the statistics and no more. */
    static void pin(CollectorLoad.Target target, Consumer<String> progress) {
        PinRoot root = target.root();
        PinRoot.deleteAll(root.programs());
        try (BpfObject object = BpfObject.open("programs", BuiltIn.object("programs"))) {
            for (Btf.Variable constant : object.constants()) {
                if (constant.name().equals("rstat_nr_cpus")) {
                    object.setConstant(constant, Constants.possibleCpus());
                }
            }
            object.load();
            try (BpfMap names = new BpfMap(new FileDescriptor(object.mapFd("names"), false))) {
                for (String collector : root.loaded()) {
                    name(names, root, collector);
                }
            }
            BpfProgram program = object.program("rstat_programs").orElseThrow();
            try (BpfLink link = BpfLink.iterator(program.fd())) {
                Pin.pin(link.fd(), root.programs());
            }
            PinRoot.permit(root.programs(), "r--r-----", target.group());
        } catch (LoadFailure refused) {
            progress.accept("no run statistics of programs: %s".formatted(refused.summary()));
        }
    }

    private static void name(BpfMap names, PinRoot root, String collector) {
        for (Path pin : PinRoot.children(root.collector(collector).resolve("links"))) {
            try (FileDescriptor link = Pin.get(pin)) {
                ByteBuffer key = BpfMap.buffer(Integer.BYTES).putInt(0, BpfLink.programOf(link));
                ByteBuffer value = BpfMap.buffer(2 * NAME_SIZE);
                put(value, 0, collector);
                put(value, NAME_SIZE, pin.getFileName().toString());
                names.put(key, value);
            }
        }
    }

    private static void put(ByteBuffer value, int at, String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        value.put(at, text, 0, Math.min(text.length, NAME_SIZE - 1));
    }
}
