// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import dev.rstat.RstatException;
import dev.rstat.collectors.btf.KernelBtf;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.BpfProgram;
import dev.rstat.collectors.libbpf.LoadFailure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What there is to say of a collector before it is loaded.
 *
 * @param schema empty where the object has none that can be read
 * @param hooks what its own programs are attached to, such as {@code tp_btf/sched_switch}
 * @param mistakes in words that name the cure; where there is one, the kernel was not asked
 * @param verdict of the kernel
 * @param log what the kernel's verifier said; empty unless it refused
 */
public record CollectorCheck(
        Optional<CollectorSchema> schema,
        List<String> hooks,
        List<String> mistakes,
        Verdict verdict,
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
        if (!CollectorsDirectory.isCollector(file)) {
            throw new RstatException(
                    "%s is no collector: a source is called NAME.bpf.c, an object NAME.bpf.o".formatted(file));
        }
        byte[] bytes = CollectorsDirectory.bytes(file, compiler);
        String name = CollectorsDirectory.name(file);
        List<String> hooks = new ArrayList<>();
        List<String> mistakes = new ArrayList<>();
        CollectorSchema schema = null;
        try (BpfObject object = BpfObject.open(name, bytes)) {
            for (BpfProgram program : object.programs()) {
                if (!program.name().startsWith("rstat_")) {
                    hooks.add(program.section());
                }
            }
            schema = CollectorSchema.of(object.btf());
            mistakes.addAll(CollectorRules.broken(
                    object.btf(),
                    schema,
                    object.programs().stream().map(BpfProgram::name).toList()));
            beside(schema, name).ifPresent(mistakes::add);
        } catch (LoadFailure refused) {
            mistakes.add("libbpf cannot open it: " + refused.summary());
        } catch (RstatException wrong) {
            mistakes.add(String.valueOf(wrong.getMessage()));
        }
        Verdict verdict = Verdict.NOT_ASKED;
        List<String> log = List.of();
        if (mistakes.isEmpty() && ProcessPrivileges.isRoot()) {
            log = refusal(new CollectorSource(name, file.toString(), bytes));
            verdict = log.isEmpty() ? Verdict.VERIFIED : Verdict.REFUSED;
        }
        return new CollectorCheck(Optional.ofNullable(schema), hooks, mistakes, verdict, log);
    }

    /** What would keep it from being loaded beside the built-in collectors. */
    private static Optional<String> beside(CollectorSchema schema, String name) {
        if (!schema.name().equals(name)) {
            return Optional.of(
                    "the file is called %s and its struct %s; give both one name".formatted(name, schema.name()));
        }
        Map<String, String> exposed = new HashMap<>();
        for (String builtIn : BuiltIn.collectors()) {
            if (builtIn.equals(name)) {
                return Optional.of(
                        "a built-in collector is called %s; give file and struct another name".formatted(name));
            }
            try (BpfObject object = BpfObject.open(builtIn, BuiltIn.object(builtIn))) {
                CollectorRules.expose(CollectorSchema.of(object.btf()), exposed);
            }
        }
        return CollectorRules.collision(schema, exposed);
    }

    /** The verifier's words; none if it lets the collector pass. */
    private static List<String> refusal(CollectorSource source) {
        FlushMode mode = Probe.RSTAT.refusal().isEmpty() ? FlushMode.RSTAT : FlushMode.WALK;
        // Nothing is pinned there, so it is verified as if nothing were loaded.
        PinRoot nothing = new PinRoot(Path.of("/proc/rstat"));
        CollectorLoad.Target target =
                new CollectorLoad.Target(nothing, CgroupMount.find(), KernelBtf.read(), mode, 1, 0);
        try {
            Objects.requireNonNull(CollectorLoad.verify(target, source.name(), source.object(), _ -> {}))
                    .close();
            return List.of();
        } catch (RstatException refused) {
            String words = refused.getCause() instanceof LoadFailure log ? log.getMessage() : refused.getMessage();
            return String.valueOf(words).lines().toList();
        }
    }

    /** Whether there is nothing known against loading it. */
    public boolean isGood() {
        return mistakes.isEmpty() && verdict != Verdict.REFUSED;
    }
}
