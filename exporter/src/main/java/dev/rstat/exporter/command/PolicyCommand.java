// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.command;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.rstat.collectors.Asker;
import dev.rstat.collectors.Grant;
import dev.rstat.collectors.Operation;
import dev.rstat.collectors.Policy;
import dev.rstat.collectors.Subject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rstat policy}: who may make stats files themselves, and who may see what in them. */
@Command(
        name = "policy",
        header = "Say who may make stats files themselves, and what they may see.",
        description = {
            "",
            "`rstat load --files-group GROUP` grants its members what it takes to make and read files of their own cgroups."
                    + " Grants hold for files that exist as well, outlive loading again, and end with `rstat unload`.",
            "",
            "SUBJECT is user:NAME, group:NAME or cgroup:PATH, which is whoever runs in that cgroup or below it.",
            "OPERATION is one of obj_get (take the program), link_create (attach it to a cgroup), obj_pin (make that a file),"
                    + " iter_create (read it).",
            ""
        },
        commandListHeading = "%nCommands:%n",
        subcommands = {
            PolicyCommand.Give.class,
            PolicyCommand.Revoke.class,
            PolicyCommand.Listing.class,
            PolicyCommand.Explain.class
        },
        footer = {
            "",
            "Example: let a monitoring user see all machines, and ask whether it may",
            "  sudo rstat policy grant user:watch",
            "  sudo rstat policy grant user:watch --see /machine.slice",
            "  rstat policy explain user:watch runqueue see --see /machine.slice/a.scope"
        })
public final class PolicyCommand {
    private PolicyCommand() {}

    static final class SubjectConverter implements ITypeConverter<Subject> {
        @Override
        public Subject convert(String text) {
            return Subject.of(text);
        }
    }

    static final class OperationConverter implements ITypeConverter<Operation> {
        @Override
        public Operation convert(String text) {
            return Operation.of(text);
        }
    }

    /** What grants and revocations are about. */
    static final class Rights {
        @Spec(Spec.Target.MIXEE)
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Option(
                names = "--program",
                paramLabel = "COLLECTOR",
                description = "The collector whose program it is. Default: all.")
        private @Nullable String program;

        @Option(
                names = "--operations",
                paramLabel = "OPERATION",
                split = ",",
                converter = OperationConverter.class,
                description = "Which of the four. Default: all.")
        private @Nullable Set<Operation> operations;

        @Option(
                names = "--see",
                paramLabel = "CGROUP",
                description = "Instead: files may show this cgroup and those below it, whoever owns them.")
        private @Nullable String see;

        boolean areGiven() {
            return program != null || operations != null || see != null;
        }

        Grant grant(Subject subject) {
            Optional<String> about = Optional.ofNullable(program);
            if (see != null) {
                if (operations != null) {
                    throw new ParameterException(
                            spec.commandLine(), "--see is a right of its own: no --operations with it");
                }
                Subject seen = Subject.of("cgroup:" + (see.startsWith("/") ? CgroupArgument.path(see, spec) : see));
                return Grant.ofSeeing(subject, about, seen.id());
            }
            if (operations != null && operations.contains(Operation.SEE)) {
                throw new ParameterException(spec.commandLine(), "what may be seen is to be named: --see CGROUP");
            }
            return Grant.ofFiles(subject, about, operations == null ? Operation.ofFiles() : EnumSet.copyOf(operations));
        }
    }

    @Command(
            name = "grant",
            header = "Grant somebody operations, or a look at a cgroup. Needs root.",
            footer = {
                "",
                "Example: only these, and a look at a subtree",
                "  sudo rstat policy grant user:watch --program runqueue --operations obj_get,link_create,obj_pin,iter_create",
                "  sudo rstat policy grant user:watch --see /machine.slice"
            })
    static final class Give implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final PinRootOption pinRoot = new PinRootOption();

        @Parameters(index = "0", paramLabel = "SUBJECT", converter = SubjectConverter.class, description = "Whom.")
        @SuppressWarnings("NullAway.Init")
        private Subject subject;

        @Mixin
        private final Rights rights = new Rights();

        @Override
        public void run() {
            Grant grant = rights.grant(subject);
            new Policy(pinRoot.path).grant(grant);
            spec.commandLine().getOut().println("granted: " + grant);
        }
    }

    @Command(
            name = "revoke",
            header = "Take back what was granted, at once, also for files that exist. Needs root.",
            footer = {"", "Example: take everything from a group", "  sudo rstat policy revoke group:engines"})
    static final class Revoke implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final PinRootOption pinRoot = new PinRootOption();

        @Parameters(
                index = "0",
                paramLabel = "SUBJECT",
                converter = SubjectConverter.class,
                description = "Whose. With no option: all that it was granted.")
        @SuppressWarnings("NullAway.Init")
        private Subject subject;

        @Mixin
        private final Rights rights = new Rights();

        @Override
        public void run() {
            Policy policy = new Policy(pinRoot.path);
            PrintWriter out = spec.commandLine().getOut();
            if (rights.areGiven()) {
                Grant grant = rights.grant(subject);
                policy.revoke(grant);
                out.println("revoked: " + grant);
            } else {
                out.println("revoked %d grants of %s".formatted(policy.revokeAll(subject), subject));
            }
        }
    }

    @Command(
            name = "list",
            header = "Print what is granted.",
            footer = {"", "Example:", "  rstat policy list --json | jq '.grants[].subject'"})
    static final class Listing implements Runnable {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final PinRootOption pinRoot = new PinRootOption();

        @Option(names = "--json", description = "Print JSON.")
        private boolean json;

        @Override
        public void run() {
            Policy policy = new Policy(pinRoot.path);
            List<Grant> grants = policy.grants();
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(json(policy, grants));
                return;
            }
            grants.forEach(out::println);
            out.println(
                    policy.isEnforced()
                            ? "enforced by BPF LSM, and when files are read"
                            : "enforced when files are read; BPF LSM does not enforce the rest: see rstat doctor");
        }

        private static String json(Policy policy, List<Grant> grants) {
            StringWriter text = new StringWriter();
            try (JsonGenerator json = new JsonFactory().createGenerator(text).useDefaultPrettyPrinter()) {
                json.writeStartObject();
                json.writeBooleanField("lsm", policy.isEnforced());
                json.writeArrayFieldStart("grants");
                for (Grant grant : grants) {
                    json.writeStartObject();
                    json.writeStringField("subject", grant.subject().toString());
                    json.writeStringField("program", grant.program().orElse(""));
                    json.writeArrayFieldStart("operations");
                    for (Operation operation : EnumSet.copyOf(grant.operations())) {
                        json.writeString(operation.label());
                    }
                    json.writeEndArray();
                    json.writeStringField("see", grant.seenPath().orElse(""));
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeEndObject();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return text.toString();
        }
    }

    @Command(
            name = "explain",
            header = "Say whether somebody may do something, and why. Exit status 1 if not.",
            footer = {
                "",
                "Example:",
                "  rstat policy explain user:alice runqueue link_create",
                "  rstat policy explain user:watch runqueue see --see /machine.slice/a.scope"
            })
    static final class Explain implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init")
        private CommandSpec spec;

        @Mixin
        private final PinRootOption pinRoot = new PinRootOption();

        @Parameters(
                index = "0",
                paramLabel = "SUBJECT",
                converter = SubjectConverter.class,
                description = "Who: a user, with its groups; or anybody in a group or in a cgroup.")
        @SuppressWarnings("NullAway.Init")
        private Subject subject;

        @Parameters(index = "1", paramLabel = "COLLECTOR", description = "The collector whose program it is.")
        @SuppressWarnings("NullAway.Init")
        private String program;

        @Parameters(
                index = "2",
                paramLabel = "OPERATION",
                converter = OperationConverter.class,
                description = "obj_get, link_create, obj_pin, iter_create, or see.")
        @SuppressWarnings("NullAway.Init")
        private Operation operation;

        @Option(
                names = "--in",
                paramLabel = "CGROUP",
                description = "The cgroup that it runs in. Default: none in particular.")
        private @Nullable String in;

        @Option(
                names = "--see",
                paramLabel = "CGROUP",
                description = "With see: the cgroup to be seen, which is somebody else's.")
        private @Nullable String see;

        @Override
        public Integer call() {
            if ((operation == Operation.SEE) != (see != null)) {
                throw new ParameterException(spec.commandLine(), "`see` and --see CGROUP go together");
            }
            Policy.Answer answer = new Policy(pinRoot.path)
                    .explain(Asker.of(subject, Optional.ofNullable(in)), program, operation, Optional.ofNullable(see));
            PrintWriter out = spec.commandLine().getOut();
            out.println((answer.allowed() ? "allowed: " : "denied: ") + answer.reason());
            answer.weaker().ifPresent(weaker -> out.println("but " + weaker));
            return answer.allowed() ? 0 : 1;
        }
    }
}
