// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfLink;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.FileDescriptor;
import dev.rstat.collectors.libbpf.Pin;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/** Puts bpf/lifecycle.bpf.c into the kernel: what tells the files agent of cgroups that come and go, and readers since when they are there. */
final class Lifecycle {
    static final String EVENTS = "events";
    static final String STATE = "lifecycle";
    static final String CREATED = "created";
    static final String OPTIONS = "options";
    private static final String LINKS = "links";

    private Lifecycle() {}

    /**
     * Loads it anew. The maps stay where there are some: an agent that reads the ring goes on, and what is known of cgroups remains so.
     *
     * @param all whether the agent makes files for all cgroups, or for those only for which somebody asks
     */
    static void load(CollectorLoad.Target target, boolean all) {
        Path place = target.root().lifecycle();
        Path links = place.resolve(LINKS);
        try (BpfObject object = BpfObject.open("lifecycle", BuiltIn.object("lifecycle"))) {
            boolean there = reuse(object, place);
            boolean known = reuseCreated(object, place, target.maxCgroups());
            object.load();
            PinRoot.directory(place);
            PinRoot.permit(place, "rwxr-x---", target.group());
            if (!there) {
                pin(object, place, EVENTS);
                pin(object, place, STATE);
            }
            if (!known) {
                pin(object, place, CREATED);
            }
            // Its reader writes down how far it has read, in memory that it must be allowed to write.
            PinRoot.permit(place.resolve(EVENTS), "rw-rw----", target.group());
            PinRoot.permit(place.resolve(STATE), "r--r-----", target.group());
            PinRoot.permit(place.resolve(CREATED), "r--r-----", target.group());
            pinOptions(place.resolve(OPTIONS), all, target.group());
            PinRoot.directory(links, "rwx------");
            for (BpfProgram program : object.programs()) {
                Path pin = links.resolve(program.name());
                // The new one first: what is told twice is done once.
                try (BpfLink link = program.attach()) {
                    PinRoot.deleteAll(pin);
                    Pin.pin(link.fd(), pin);
                }
            }
        }
    }

    private static boolean reuse(BpfObject object, Path place) {
        if (!Files.exists(place.resolve(EVENTS)) || !Files.exists(place.resolve(STATE))) {
            PinRoot.deleteAll(place);
            return false;
        }
        try (FileDescriptor events = Pin.get(place.resolve(EVENTS));
                FileDescriptor state = Pin.get(place.resolve(STATE))) {
            object.reuse(EVENTS, events.number());
            object.reuse(STATE, state.number());
            return true;
        } catch (RstatException ofAnotherVersion) {
            PinRoot.deleteAll(place);
            return false;
        }
    }

    private static boolean reuseCreated(BpfObject object, Path place, int maxCgroups) {
        if (Files.exists(place.resolve(CREATED))) {
            try (FileDescriptor created = Pin.get(place.resolve(CREATED))) {
                object.reuse(CREATED, created.number());
                return true;
            }
        }
        object.setMaxEntries(CREATED, maxCgroups);
        return false;
    }

    private static void pin(BpfObject object, Path place, String map) {
        PinRoot.deleteAll(place.resolve(map));
        Pin.pin(object.mapFd(map), place.resolve(map));
    }

    private static void pinOptions(Path pin, boolean all, int group) {
        PinRoot.deleteAll(pin);
        try (BpfMap options = BpfMap.createArray(OPTIONS, Long.BYTES)) {
            ByteBuffer key = BpfMap.buffer(Integer.BYTES);
            options.put(key, BpfMap.buffer(Long.BYTES).putLong(0, all ? 1 : 0));
            Pin.pin(options.fd(), pin);
        }
        PinRoot.permit(pin, "r--r-----", group);
    }

    /** Whether the agent makes files for all cgroups. */
    static boolean all(Path place) {
        try (BpfMap options = new BpfMap(Pin.getReadOnly(place.resolve(OPTIONS)))) {
            return options.element(0).getLong(0) != 0;
        }
    }
}
