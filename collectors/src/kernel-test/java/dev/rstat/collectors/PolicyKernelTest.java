// SPDX-License-Identifier: Apache-2.0
package dev.rstat.collectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rstat.RstatException;
import dev.rstat.collectors.libbpf.BpfMap;
import dev.rstat.collectors.libbpf.BpfObject;
import dev.rstat.collectors.libbpf.Native;
import dev.rstat.collectors.libbpf.Pin;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is granted may be done and what is revoked may not, at once; and nobody else's BPF is touched. */
@Tag("guest")
class PolicyKernelTest {
    private static final Path ROOT = LoadedCollectors.PIN_ROOT;
    private static final int USER = 1000;
    private static final int QUOTA = 10;
    private static final Path OWN = ROOT.resolve("users/1000");
    private static final Path PROGRAM = ROOT.resolve("delegated/rstat/attach");
    private static final Subject GROUP = Subject.of("group:tester");

    private final List<String> said = new ArrayList<>();

    /** Where the one process that does what is tried in all tests is between them. */
    @SuppressWarnings("NullAway.Init")
    private static TestCgroup start;

    @SuppressWarnings("NullAway.Init")
    private static Attacker user;

    @BeforeAll
    static void begin() {
        start = TestCgroup.create();
        user = Attacker.of(USER, start);
    }

    @AfterAll
    static void end() {
        user.close();
        start.close();
    }

    private void load() {
        Loader.load(
                LoadedCollectors.options(4096)
                        .withCollectors(Loader.builtIn(List.of("attach")))
                        .withFilesGroup("tester")
                        .withFilesQuota(QUOTA),
                said::add);
    }

    @BeforeEach
    void loadAnew() {
        Loader.unload(ROOT, said::add);
        load();
    }

    @AfterEach
    void unload() {
        Loader.unload(ROOT, said::add);
    }

    private static Policy policy() {
        return new Policy(ROOT);
    }

    private static Grant of(Subject subject, Operation first, Operation... others) {
        return Grant.ofFiles(subject, Optional.of("attach"), EnumSet.of(first, others));
    }

    /** A file of a cgroup, made by that user. */
    private static Path make(TestCgroup cgroup, String name) {
        user.does("mkdir", OWN);
        int program = user.can("get", PROGRAM);
        int link = user.can("attach", program, cgroup.directory());
        user.can("pin", link, OWN.resolve(name));
        user.can("close", link);
        user.can("close", program);
        return OWN.resolve(name);
    }

    private static TestCgroup owned() throws IOException {
        TestCgroup cgroup = TestCgroup.create();
        Files.setAttribute(cgroup.directory(), "unix:uid", USER);
        return cgroup;
    }

    @Test
    void theGroupThatFilesAreDelegatedToIsGrantedAllAndKeepsNoMoreThanIsLeft() {
        Grant all = Grant.ofFiles(GROUP, Optional.empty(), Operation.ofFiles());
        assertThat(policy().grants()).containsExactly(all);
        assertThat(policy().isEnforced()).isTrue();
        assertThat(all).hasToString("group:tester all obj_get,link_create,obj_pin,iter_create");

        policy().revoke(Grant.ofFiles(GROUP, Optional.empty(), EnumSet.of(Operation.OBJ_PIN)));
        load();
        assertThat(policy().grants())
                .as("a load gives nothing back that was revoked")
                .extracting(Grant::labels)
                .containsExactly("obj_get,link_create,iter_create");
        assertThatThrownBy(() -> policy().revoke(of(GROUP, Operation.OBJ_GET)))
                .isInstanceOf(RstatException.class)
                .hasMessageContaining("there is no such grant");
        assertThatThrownBy(() -> policy().grant(Grant.ofFiles(GROUP, Optional.of("nothing"), Operation.ofFiles())))
                .hasMessageContaining("no collector `nothing` is loaded");

        Loader.unload(ROOT, said::add);
        load();
        assertThat(policy().grants()).as("unload ends them").containsExactly(all);
    }

    @Test
    void whatIsRevokedIsSoAtOnceForWhatExists() throws IOException {
        try (TestCgroup home = TestCgroup.create();
                TestCgroup mine = owned();
                Attacker.Visit _ = user.visit(home, start)) {
            Path file = make(mine, "file");
            int opened = user.can("open", file);
            assertThat(user.sees(file)).isEqualTo("shown");
            int program = user.can("get", PROGRAM);
            int link = user.can("attach", program, mine.directory());

            policy().revokeAll(GROUP);
            assertThat(user.does("read", opened))
                    .as("opened before, read after")
                    .isEqualTo("denied");
            assertThat(user.sees(file)).isEqualTo("denied");
            assertThat(user.does("get", PROGRAM)).isEqualTo("EPERM");
            assertThat(user.does("attach", program, mine.directory())).isEqualTo("EPERM");
            assertThat(user.does("pin", link, OWN.resolve("x"))).isEqualTo("EPERM");
            assertThat(user.does("iterate", link)).isEqualTo("EPERM");

            for (Operation operation : Operation.ofFiles()) {
                Subject subject = Subject.of("user:tester");
                assertThat(explain("user:tester", operation).allowed())
                        .as("%s", operation)
                        .isFalse();
                policy().grant(of(subject, operation));
                Policy.Answer answer = explain("user:tester", operation);
                assertThat(answer.allowed()).as("%s", answer).isTrue();
                assertThat(answer.reason()).contains("user:tester attach", operation.label());
            }
            assertThat(user.sees(file)).isEqualTo("shown");
            user.can("get", PROGRAM);
            user.can("attach", program, mine.directory());
            user.can("pin", link, OWN.resolve("x"));
            user.can("iterate", link);
        }
    }

    private static Policy.Answer explain(String subject, Operation operation) {
        return policy().explain(Asker.of(Subject.of(subject), Optional.empty()), "attach", operation, Optional.empty());
    }

    @Test
    void aLookAtASubtreeIsGrantedToAUserAndToWhoeverIsInACgroup() {
        try (TestCgroup top = TestCgroup.create();
                TestCgroup home = TestCgroup.create();
                Attacker.Visit _ = user.visit(home, start)) {
            TestCgroup below = top.child("below").child("more");
            Path above = make(top, "top");
            Path file = make(below, "below");
            assertThat(user.sees(file)).isEqualTo("denied");

            for (Subject subject : List.of(Subject.of("user:tester"), Subject.of("cgroup:" + home.path()))) {
                Grant look = Grant.ofSeeing(subject, Optional.empty(), top.id());
                policy().grant(look);
                assertThat(user.sees(file)).isEqualTo("shown");
                assertThat(user.sees(above)).isEqualTo("shown");
                assertThat(look).hasToString("%s all see %s".formatted(subject, top.path()));
                Asker asker = Asker.of(Subject.of("user:tester"), Optional.of(home.path()));
                assertThat(policy().explain(asker, "attach", Operation.SEE, Optional.of(below.path()))
                                .allowed())
                        .isTrue();
                assertThat(policy().explain(asker, "attach", Operation.SEE, Optional.of(home.path()))
                                .allowed())
                        .isFalse();
                policy().revoke(look);
                assertThat(user.sees(file)).isEqualTo("denied");
            }
            // Not above what was granted.
            policy().grant(Grant.ofSeeing(GROUP, Optional.of("attach"), below.id()));
            assertThat(user.sees(file)).isEqualTo("shown");
            assertThat(user.sees(above)).isEqualTo("denied");
        }
    }

    @Test
    void aFileOfADeadCgroupShowsNothingAndGoesWithTheNextSync() throws IOException {
        try (TestCgroup home = TestCgroup.create();
                Attacker.Visit _ = user.visit(home, start)) {
            TestCgroup mine = owned();
            Path file = make(mine, "file");
            mine.remove();
            assertThat(user.sees(file)).isEqualTo("nothing");
            StatsFiles.sync(ROOT, said::add);
            assertThat(file).doesNotExist();
        }
    }

    @Test
    void theQuotaCountsWhatIsThereAndNothingElse() throws IOException {
        try (TestCgroup home = TestCgroup.create();
                TestCgroup mine = owned();
                Attacker.Visit _ = user.visit(home, start)) {
            Path file = make(mine, "file");
            int program = user.can("get", PROGRAM);
            int link = user.can("attach", program, mine.directory());
            for (int i = 0; i < 3 * QUOTA; i++) {
                assertThat(user.does("pin", link, file)).isEqualTo("EEXIST");
                user.can("pin", link, OWN.resolve("again"));
                user.can("unlink", OWN.resolve("again"));
                user.can("mkdir", OWN.resolve("directory"));
                user.can("rmdir", OWN.resolve("directory"));
            }
            // The directory and one file are there.
            for (int i = 2; i < QUOTA; i++) {
                user.can("pin", link, OWN.resolve("more" + i));
            }
            assertThat(user.does("pin", link, OWN.resolve("last"))).isEqualTo("EDQUOT");
            load();
            assertThat(user.does("pin", link, OWN.resolve("last")))
                    .as("after another load")
                    .isEqualTo("EDQUOT");
            StatsFiles.sync(ROOT, said::add);
            user.can("unlink", OWN.resolve("more2"));
            user.can("pin", link, OWN.resolve("last"));
        }
    }

    @Test
    void othersUseBpfAsIfThePolicyWereNotThere() throws IOException {
        Path place = Path.of("/run/rstat-foreign");
        Files.createDirectories(place);
        assertThat(Native.c().mount("foreign", place.toString(), "bpf", 0, "mode=0777"))
                .isZero();
        try (TestCgroup home = TestCgroup.create();
                Attacker.Visit _ = user.visit(home, start);
                BpfObject object = BpfObject.open("probe", BuiltIn.object("probe"))) {
            object.programs()
                    .forEach(program -> program.setAutoload(program.name().equals("probe_iterator")));
            object.load();
            Pin.pin(object.program("probe_iterator").orElseThrow().fd(), place.resolve("program"));
            Pin.permit(place.resolve("program"), 0444);
            try (BpfMap map = BpfMap.createArray("foreign", Long.BYTES)) {
                Pin.pin(map.fd(), place.resolve("map"));
            }
            Pin.permit(place.resolve("map"), 0444);

            List<String> with = use(place, home);
            Loader.unload(ROOT, said::add);
            assertThat(with).isEqualTo(use(place, home)).startsWith("ok", "ok", "ok", "ok", "nothing");
        } finally {
            Native.c().umount2(place.toString(), 0);
            Files.delete(place);
        }
    }

    /** Everything that the policy looks at, on what is not ours. */
    private static List<String> use(Path place, TestCgroup cgroup) {
        List<String> answers = new ArrayList<>();
        int program = user.can("get", place.resolve("program"));
        int link = user.can("attach", program, cgroup.directory());
        answers.add(user.does("pin", link, place.resolve("file")));
        answers.add(user.does("mkdir", place.resolve("directory")));
        answers.add(user.does("hardlink", place.resolve("file"), place.resolve("again")));
        answers.add(user.does("symlink", "file", place.resolve("symbolic")));
        int iteration = user.can("iterate", link);
        answers.add(user.does("read", iteration));
        answers.add(user.does("swap", link, program));
        answers.add(user.does("get-for-writing", place.resolve("map")));
        int map = user.can("get", place.resolve("map"));
        answers.add(user.does("update", map));
        answers.add(user.does("bind", program, map));
        for (String made : List.of("file", "again", "symbolic")) {
            user.can("unlink", place.resolve(made));
        }
        user.can("rmdir", place.resolve("directory"));
        for (int fd : List.of(program, link, iteration, map)) {
            user.can("close", fd);
        }
        return answers.stream()
                .map(answer -> answer.startsWith("ok ") ? "ok" : answer)
                .toList();
    }
}
