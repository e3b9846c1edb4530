package dev.rstat.exporter;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The line between the two Java modules: one collects and knows nothing of who reads, the other reads and exports. */
class LayeringTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.rstat");

    @Test
    void bothModulesAreSeen() {
        assertThat(CLASSES.stream().map(type -> type.getPackageName()))
                .contains("dev.rstat.collectors", "dev.rstat.exporter");
    }

    @Test
    void collectorsKnowNothingOfTheExporterNorOfHowItExports() {
        noClasses()
                .that()
                .resideInAPackage("dev.rstat.collectors..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "dev.rstat.exporter..",
                        "com.sun.net.httpserver..",
                        "io.micronaut..",
                        "io.netty..",
                        "io.opentelemetry..",
                        "io.prometheus..",
                        "java.net.http..",
                        "picocli..",
                        "reactor..")
                .check(CLASSES);
    }

    @Test
    void theExporterKnowsNothingOfLibbpf() {
        noClasses()
                .that()
                .resideInAPackage("dev.rstat.exporter..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.rstat.collectors.libbpf..", "jnr..", "com.kenai.jffi..", "java.lang.foreign..")
                .check(CLASSES);
    }

    /** Each package is a slice, so a package and one below it may not depend on each other both ways either. */
    @Test
    void packagesFormNoCycle() {
        slices().matching("dev.rstat.(**)")
                .should()
                .beFreeOfCycles()
                .allowEmptyShould(false)
                .check(CLASSES);
    }
}
