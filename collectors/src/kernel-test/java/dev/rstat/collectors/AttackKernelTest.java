// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rstat.collectors.libbpf.Native;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What people without privileges try with what is loaded, each with real system calls of a process of theirs: an outsider, to whom nothing
 * is delegated; a user to whom files are, on cgroups and programs that are not its own. All is denied, or bounded.
 */
@Tag("guest")
class AttackKernelTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;
    private static final int QUOTA = 20;
    private static final int OUTSIDER = 65534;
    private static final int DELEGATED = 1000;

    private static final Subject GROUP = Subject.of("group:tester");
    private final List<String> said = new ArrayList<>();
    private final List<Attempt> attempts = new ArrayList<>();

    /** A row of the table. */
    private record Attempt(String who, String what, String expected, String seen) {
        @Override
        public String toString() {
            return "%-10s | %-66s | %-8s | %s".formatted(who, what, expected, seen);
        }
    }

    @BeforeEach
    void load() {
        Loader.unload(ROOT, said::add);
        Loader.load(
                LoadedCollectors.options(4096)
                        .withCollectors(Loader.builtIn(List.of("attach", "process", "runqueue")))
                        .withFilesGroup("tester")
                        .withFilesQuota(QUOTA),
                said::add);
        assertThat(said).contains("policy: enforced by BPF LSM");
        // All of one program, a part of another, nothing of the third.
        Policy policy = new Policy(ROOT);
        policy.revokeAll(GROUP);
        policy.grant(Grant.ofFiles(GROUP, Optional.of("attach"), Operation.ofFiles()));
        policy.grant(Grant.ofFiles(GROUP, Optional.of("runqueue"), EnumSet.of(Operation.OBJ_GET)));
    }

    @AfterEach
    void unload() {
        Loader.unload(ROOT, said::add);
    }

    private String attempt(Attacker who, String name, String what, String expected, Object... order) {
        String seen = who.does(order);
        attempts.add(new Attempt(name, what, expected, seen.startsWith("ok ") ? "ok" : seen));
        return seen;
    }

    private static Path delegated(String collector) {
        return ROOT.resolve("delegated/rstat").resolve(collector);
    }

    private static int programOf(Path link) {
        try (var pinned = dev.rstat.collectors.libbpf.Pin.get(link)) {
            return dev.rstat.collectors.libbpf.BpfLink.programOf(pinned);
        }
    }

    @Test
    void everyAttackIsDeniedOrBounded() throws IOException {
        try (TestCgroup home = TestCgroup.create();
                TestCgroup mine = TestCgroup.create();
                TestCgroup others = TestCgroup.create();
                Attacker user = Attacker.of(DELEGATED, home);
                Attacker outsider = Attacker.of(OUTSIDER, home)) {
            Files.setAttribute(mine.directory(), "unix:uid", DELEGATED);
            Path own = ROOT.resolve("users").resolve(Integer.toString(DELEGATED));
            outside(outsider, programOf(ROOT.resolve("collectors/attach/links/attached")));
            int program = inside(user, own, mine, others);
            foreign(user, own, mine, program);
            // What the one made, the other reads: for itself, and where it was let in.
            attempt(outsider, "outsider", "open another's file", "EACCES", "open", own.resolve("mine"));
            user.can("chmod", own.resolve("mine"), "444");
            int opened = outsider.can("open", own.resolve("mine"));
            attempt(outsider, "outsider", "read another's file that its owner made public", "denied", "read", opened);
            exhaust(user, own, mine, program);
            elsewhere(home, mine);
        }
        attempts.forEach(System.out::println);
        assertThat(attempts).hasSizeGreaterThanOrEqualTo(20);
        assertThat(attempts).allSatisfy(attempt -> assertThat(attempt.seen()).isEqualTo(attempt.expected()));
        // Nothing of it changed what is loaded.
        assertThat(Loader.loaded(ROOT)).containsExactly("attach", "process", "runqueue");
        StatsFiles.sync(ROOT, said::add);
        assertThat(ROOT.resolve("users/65534"))
                .as("a directory in another's name")
                .doesNotExist();
    }

    private void outside(Attacker outsider, int eventProgram) {
        String who = "outsider";
        attempt(outsider, who, "get a delegated program", "EACCES", "get", delegated("attach"));
        attempt(outsider, who, "get the service's program", "EACCES", "get", ROOT.resolve("collectors/attach/file"));
        attempt(
                outsider,
                who,
                "get the link of a collector's program",
                "EACCES",
                "get-for-writing",
                ROOT.resolve("collectors/attach/links/attached"));
        attempt(outsider, who, "get a collector's program by its id", "EPERM", "program", eventProgram);
        attempt(outsider, who, "list programs", "EPERM", "next");
        attempt(outsider, who, "get a map by its id", "EPERM", "map", 1);
        attempt(outsider, who, "get the totals", "EACCES", "get", ROOT.resolve("collectors/attach/state"));
        attempt(
                outsider,
                who,
                "open the service's flush file",
                "EACCES",
                "open",
                ROOT.resolve("collectors/attach/flush"));
        attempt(outsider, who, "load a program", "EPERM", "load");
        attempt(outsider, who, "create a map", "EPERM", "create");
        attempt(
                outsider,
                who,
                "get the grants for writing",
                "EACCES",
                "get-for-writing",
                ROOT.resolve("policy/grants"));
        int grants = outsider.can("get", ROOT.resolve("policy/grants"));
        attempt(outsider, who, "write a grant through what is for reading", "EPERM", "update", grants);
        attempt(outsider, who, "delete a grant", "EPERM", "delete", grants);
        attempt(outsider, who, "freeze the grants", "EPERM", "freeze", grants);
        attempt(
                outsider,
                who,
                "get what enforces the policy",
                "EACCES",
                "get-for-writing",
                ROOT.resolve("policy/links/policy_use"));
        attempt(outsider, who, "get the link of `self`", "EACCES", "get-for-writing", ROOT.resolve("self/attach"));
        attempt(outsider, who, "remove `self`", "EACCES", "unlink", ROOT.resolve("self/attach"));
        attempt(outsider, who, "make a directory for files", "EACCES", "mkdir", ROOT.resolve("users/65534"));
        attempt(outsider, who, "take the mount away", "EPERM", "umount", ROOT);
    }

    /** Returns the descriptor of the program that it may do everything with. */
    private int inside(Attacker user, Path own, TestCgroup mine, TestCgroup others) {
        String who = "delegated";
        int program = user.can("get", delegated("attach"));
        user.can("mkdir", own);
        int link = user.can("attach", program, mine.directory());
        attempt(user, who, "pin a file of its own cgroup", "ok", "pin", link, own.resolve("mine"));
        int opened = user.can("open", own.resolve("mine"));
        attempt(user, who, "read it", "shown", "read", opened);

        int other = user.can("attach", program, others.directory());
        user.can("pin", other, own.resolve("other"));
        int otherFile = user.can("open", own.resolve("other"));
        attempt(user, who, "read a file it made of another's cgroup", "denied", "read", otherFile);
        int iteration = user.can("iterate", other);
        attempt(user, who, "read that without a file", "denied", "read", iteration);
        int root = user.can("attach", program, CgroupMount.find().path());
        int rootIteration = user.can("iterate", root);
        attempt(user, who, "read about the root cgroup", "denied", "read", rootIteration);
        attempt(user, who, "pin among the service's files", "EACCES", "pin", other, ROOT.resolve("cgroups/x"));
        attempt(user, who, "pin a file as `self`", "EACCES", "pin", other, ROOT.resolve("self/x"));
        attempt(user, who, "make a file public of the service's", "EPERM", "chmod", ROOT.resolve("self/attach"), "666");
        attempt(
                user,
                who,
                "move a file of the service's",
                "EACCES",
                "rename",
                ROOT.resolve("self/attach"),
                own.resolve("x"));
        attempt(user, who, "give a file another name", "EPERM", "hardlink", own.resolve("mine"), own.resolve("again"));
        attempt(
                user,
                who,
                "take a directory in another's name (until the next sync)",
                "ok",
                "mkdir",
                ROOT.resolve("users/65534"));
        return program;
    }

    private void foreign(Attacker user, Path own, TestCgroup mine, int program) {
        String who = "delegated";
        attempt(user, who, "get a program that is not granted", "EPERM", "get", delegated("process"));
        attempt(user, who, "get the service's program", "EACCES", "get", ROOT.resolve("collectors/attach/file"));
        attempt(
                user,
                who,
                "get the link of a collector's program",
                "EACCES",
                "get-for-writing",
                ROOT.resolve("collectors/runqueue/links/rstat_release"));
        int gotten = user.can("get", delegated("runqueue"));
        attempt(
                user,
                who,
                "attach a program that it was granted to get alone",
                "EPERM",
                "attach",
                gotten,
                mine.directory());
        attempt(user, who, "pin it", "EPERM", "pin", gotten, own.resolve("program"));
        int link = user.can("attach", program, mine.directory());
        attempt(user, who, "put it into a link of another program", "EPERM", "swap", link, gotten);
        attempt(user, who, "attach it as a tracepoint", "EINVAL", "tracepoint", gotten);
        attempt(user, who, "attach what is granted as a tracepoint", "EINVAL", "tracepoint", program);
        attempt(user, who, "detach", "EOPNOTSUPP", "detach", link);
        int grants = user.can("get", ROOT.resolve("policy/grants"));
        attempt(user, who, "bind a map to a program", "EPERM", "bind", program, grants);
        attempt(user, who, "write a grant for itself", "EPERM", "update", grants);
        attempt(user, who, "get the totals", "EACCES", "get", ROOT.resolve("collectors/runqueue/state"));
        attempt(user, who, "open the service's flush file", "EACCES", "open", ROOT.resolve("collectors/attach/flush"));
    }

    private void exhaust(Attacker user, Path own, TestCgroup mine, int program) {
        String who = "delegated";
        int link = user.can("attach", program, mine.directory());
        Set<String> answers = new java.util.TreeSet<>();
        int made = 0;
        for (int i = 0; i < 3 * QUOTA; i++) {
            String answer = user.does("pin", link, own.resolve("many" + i));
            made += answer.startsWith("ok ") ? 1 : 0;
            answers.add(answer);
        }
        assertThat(answers).containsExactly("EDQUOT", "ok 0");
        assertThat(made).isLessThan(QUOTA);
        attempt(
                user,
                who,
                "pin files without end (%d of %d)".formatted(made, 3 * QUOTA),
                "EDQUOT",
                "pin",
                link,
                own.resolve("more"));
        attempt(user, who, "make directories instead", "EDQUOT", "mkdir", own.resolve("more"));
        attempt(user, who, "make symbolic links instead", "EDQUOT", "symlink", "x", own.resolve("more"));
    }

    /** Where it may write, and as root of a user namespace. */
    private void elsewhere(TestCgroup home, TestCgroup mine) throws IOException {
        Path place = Files.createTempDirectory("foreign");
        String who = "namespace";
        assertThat(Native.c().mount("foreign", place.toString(), "bpf", 0, "mode=0777"))
                .isZero();
        try (Attacker user = Attacker.inNamespaces(DELEGATED, home)) {
            int program = user.can("get", delegated("attach"));
            int link = user.can("attach", program, mine.directory());
            attempt(user, who, "pin a file in another bpffs", "EPERM", "pin", link, place.resolve("file"));
            attempt(user, who, "pin the program there", "EPERM", "pin", program, place.resolve("program"));
            attempt(user, who, "get a program that is not granted", "EPERM", "get", delegated("process"));
            attempt(
                    user,
                    who,
                    "pin files without end",
                    "EDQUOT",
                    "pin",
                    link,
                    ROOT.resolve("users/%d/as-root".formatted(DELEGATED)));
        } finally {
            Native.c().umount2(place.toString(), 0);
            Files.delete(place);
        }
    }
}
