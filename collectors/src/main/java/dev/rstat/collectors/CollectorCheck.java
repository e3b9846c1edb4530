// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.KernelBtf;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.LoadFailure;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * What there is to say of a collector before it is loaded.
 *
 * @param schema empty where the object has none that can be read
 * @param hooks what its own programs are attached to, such as {@code tp_btf/sched_switch}
 * @param mistakes in words that name the cure; where there is one, the kernel was not asked
 * @param verdict of the kernel
 * @param refusal the kernel's reason in a line; empty unless it refused
 * @param log what its verifier said; empty unless it refused
 */
public record CollectorCheck(
        Optional<CollectorSchema> schema,
        List<String> hooks,
        List<String> mistakes,
        Verdict verdict,
        String refusal,
        List<String> log) {
    /** What the kernel of this host thinks of it. */
    public enum Verdict {
        VERIFIED,
        REFUSED,
        /** There are mistakes, or this user may not ask. */
        NOT_ASKED
    }

    public CollectorCheck {
        hooks = List.copyOf(hooks);
        mistakes = List.copyOf(mistakes);
        log = List.copyOf(log);
    }

    /**
     * Looks at a collector and, as root, has the kernel verify it. Nothing is attached or pinned.
     *
     * @param file an object, or a source, which is compiled
     * @param compiler receives what the compiler says
     * @throws RstatException if the file cannot be read or compiled
     */
    public static CollectorCheck of(Path file, Consumer<String> compiler) {
        byte[] bytes = bytes(file, compiler);
        String name = CollectorsDirectory.name(file);
        List<String> hooks = new ArrayList<>();
        List<String> mistakes = new ArrayList<>();
        CollectorSchema schema = null;
        try {
            CollectorObject object = CollectorObject.parse(bytes);
            schema = object.schema();
            mistakes.addAll(CollectorRules.broken(object.btf(), schema));
            beside(schema, name);
            hooks.addAll(hooks(name, bytes));
        } catch (RstatException wrong) {
            mistakes.add(String.valueOf(wrong.getMessage()));
        }
        CollectorCheck unasked =
                new CollectorCheck(Optional.ofNullable(schema), hooks, mistakes, Verdict.NOT_ASKED, "", List.of());
        return mistakes.isEmpty() && ProcessPrivileges.isRoot()
                ? unasked.verified(new CollectorSource(name, file.toString(), bytes))
                : unasked;
    }

    /**
     * What a collector counts, whatever else is wrong with it.
     *
     * @param file an object, or a source, which is compiled
     * @param compiler receives what the compiler says
     * @throws RstatException if the file cannot be read or compiled, or is no collector
     */
    public static CollectorSchema schema(Path file, Consumer<String> compiler) {
        return CollectorObject.parse(bytes(file, compiler)).schema();
    }

    private static byte[] bytes(Path file, Consumer<String> compiler) {
        if (!CollectorsDirectory.isCollector(file)) {
            throw new RstatException(
                    "%s is no collector: a source is called NAME.bpf.c, an object NAME.bpf.o".formatted(file));
        }
        return CollectorsDirectory.bytes(file, compiler);
    }

    private static List<String> hooks(String name, byte[] bytes) {
        try (BpfObject object = BpfObject.open(name, bytes)) {
            return object.programs().stream()
                    .filter(program -> !program.name().startsWith("rstat_"))
                    .map(program -> program.section() + (program.autoload() ? "" : " (where the kernel has it)"))
                    .toList();
        } catch (LoadFailure refused) {
            throw new RstatException("libbpf cannot open it: " + refused.summary(), refused);
        }
    }

    /**
     * @throws RstatException if it cannot be loaded beside the built-in collectors
     */
    private static void beside(CollectorSchema schema, String name) {
        if (!schema.name().equals(name)) {
            throw new RstatException(
                    "the file is called %s and its struct %s; give both one name".formatted(name, schema.name()));
        }
        if (BuiltIn.collectors().contains(name)) {
            throw new RstatException(
                    "a built-in collector is called %s; give file and struct another name".formatted(name));
        }
        Exposed exposed = new Exposed();
        for (String builtIn : BuiltIn.collectors()) {
            exposed.add(CollectorObject.parse(BuiltIn.object(builtIn)).schema());
        }
        exposed.refuseCollision(schema);
    }

    private CollectorCheck verified(CollectorSource source) {
        Optional<String> refusal = Probe.RSTAT.refusal();
        CollectorLoad.Target target = new CollectorLoad.Target(
                // Nothing is pinned there, so it is verified as if nothing were loaded.
                new PinRoot(Path.of("/proc/rstat")),
                CgroupMount.find(),
                KernelBtf.read(),
                refusal,
                refusal.isEmpty() ? FlushMode.RSTAT : FlushMode.WALK,
                Loader.chooseStore(Optional.empty()),
                1,
                Duration.ofMinutes(1),
                new ServiceUser("root", 0, 0),
                OptionalInt.empty());
        try {
            Objects.requireNonNull(CollectorLoad.verify(target, source, _ -> {}))
                    .close();
            return new CollectorCheck(schema, hooks, mistakes, Verdict.VERIFIED, "", List.of());
        } catch (RstatException refused) {
            return refused.getCause() instanceof LoadFailure failure
                    ? refused(
                            failure.summary(),
                            String.valueOf(failure.getMessage()).lines().toList())
                    : refused(String.valueOf(refused.getMessage()), List.of());
        }
    }

    private CollectorCheck refused(String reason, List<String> words) {
        return new CollectorCheck(schema, hooks, mistakes, Verdict.REFUSED, reason, words);
    }

    /** Whether there is nothing known against loading it. */
    public boolean isGood() {
        return mistakes.isEmpty() && verdict != Verdict.REFUSED;
    }
}
