// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import dev.rstat.exporter.access.Passwords.Verdict;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class PasswordsTest {
    /** Of others' programs: OpenBSD's test vectors, and one of htpasswd with its y. */
    private static final Map<String, String> KNOWN = Map.of(
            "a", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
            "b", "$2b$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
            "y", "$2y$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i");

    private final Passwords passwords = new Passwords(Duration.ofSeconds(10));

    @Test
    void hashesOfAllThreeVersionsAreKnown() {
        for (String user : KNOWN.keySet()) {
            assertThat(check(KNOWN, user, "abcdefghijklmnopqrstuvwxyz"))
                    .as(user)
                    .isEqualTo(Verdict.WRONG);
            assertThat(check(KNOWN, user, "abc")).as(user).isEqualTo(Verdict.RIGHT);
        }
    }

    @Test
    void aRightPasswordIsCheckedOnceAndAWrongOneEachTime() {
        for (int i = 0; i < 5; i++) {
            assertThat(check(KNOWN, "y", "abc")).isEqualTo(Verdict.RIGHT);
        }
        assertThat(passwords.checks()).isEqualTo(1);
        for (int i = 0; i < 5; i++) {
            assertThat(check(KNOWN, "y", "abd")).isEqualTo(Verdict.WRONG);
        }
        assertThat(passwords.checks()).isEqualTo(6);
    }

    @Test
    void whatIsRememberedEndsWithTheUserAndWithTheHash() {
        assertThat(check(KNOWN, "y", "abc")).isEqualTo(Verdict.RIGHT);
        assertThat(check(Map.of("other", hash("abc")), "y", "abc")).isEqualTo(Verdict.WRONG);
        assertThat(check(Map.of("y", hash("new")), "y", "abc")).isEqualTo(Verdict.WRONG);
        assertThat(check(Map.of("y", hash("new")), "y", "new")).isEqualTo(Verdict.RIGHT);
    }

    @Test
    void anUnknownUserCostsAsMuchAsAKnownOne() {
        Map<String, String> users = Map.of("known", BCrypt.withDefaults().hashToString(10, "right".toCharArray()));
        check(users, "known", "warm");
        check(users, "unknown", "warm");
        List<Long> known = new ArrayList<>();
        List<Long> unknown = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            known.add(time(users, "known", "wrong" + i));
            unknown.add(time(users, "unknown", "wrong" + i));
        }
        assertThat(passwords.checks()).isEqualTo(16);
        // The least of each is what no other process disturbed.
        double ratio = (double) unknown.stream().min(Long::compare).orElseThrow()
                / known.stream().min(Long::compare).orElseThrow();
        assertThat(ratio).isBetween(0.5, 2.0);
    }

    private long time(Map<String, String> users, String user, String password) {
        long start = System.nanoTime();
        assertThat(check(users, user, password)).isEqualTo(Verdict.WRONG);
        return System.nanoTime() - start;
    }

    @Test
    void bcryptLooksAtSeventyTwoBytesAndMoreIsAnotherPassword() {
        String longest = "ä".repeat(36);
        Map<String, String> users = Map.of("u", hash(longest));
        assertThat(check(users, "u", longest)).isEqualTo(Verdict.RIGHT);
        assertThat(check(users, "u", longest + "x")).isEqualTo(Verdict.WRONG);
        assertThat(check(users, "u", "")).isEqualTo(Verdict.WRONG);
    }

    @Test
    void whoGuessesMuchIsToldToWaitAndWhoIsKnownIsNot() throws Exception {
        Passwords hasty = new Passwords(Duration.ofMillis(1));
        Map<String, String> users = Map.of("known", BCrypt.withDefaults().hashToString(10, "right".toCharArray()));
        assertThat(hasty.check(users, "known", "right".getBytes(UTF_8))).isEqualTo(Verdict.RIGHT);
        try (ExecutorService guessers = Executors.newFixedThreadPool(8)) {
            List<Future<Verdict>> guesses = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                byte[] guess = {(byte) i};
                guesses.add(guessers.submit(() -> hasty.check(users, "known", guess)));
            }
            assertThat(hasty.check(users, "known", "right".getBytes(UTF_8))).isEqualTo(Verdict.RIGHT);
            List<Verdict> verdicts = new ArrayList<>();
            for (Future<Verdict> guess : guesses) {
                verdicts.add(guess.get());
            }
            assertThat(verdicts).contains(Verdict.WRONG, Verdict.BUSY).doesNotContain(Verdict.RIGHT);
        }
    }

    private Verdict check(Map<String, String> users, String user, String password) {
        return passwords.check(users, user, password.getBytes(UTF_8));
    }

    private static String hash(String password) {
        return new String(
                BCrypt.with(BCrypt.Version.VERSION_2B, LongPasswordStrategies.none())
                        .hash(4, password.getBytes(UTF_8)),
                UTF_8);
    }
}
