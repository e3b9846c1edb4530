// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class AllowanceTest {
    private static final UserPrincipal ONE = () -> "one";
    private static final UserPrincipal OTHER = () -> "other";

    private final AtomicLong now = new AtomicLong();
    private final Allowance allowance = new Allowance(2, 3, now::get);

    private int takeAll(UserPrincipal user) {
        int taken = 0;
        while (allowance.take(user)) {
            taken++;
        }
        return taken;
    }

    @Test
    void thereIsABurstAndThenSoManyASecondForEachUser() {
        assertThat(takeAll(ONE)).isEqualTo(3);
        assertThat(takeAll(OTHER)).isEqualTo(3);
        now.addAndGet(Duration.ofMillis(400).toNanos());
        assertThat(takeAll(ONE)).isZero();
        now.addAndGet(Duration.ofMillis(100).toNanos());
        assertThat(takeAll(ONE)).isEqualTo(1);
        now.addAndGet(Duration.ofDays(1).toNanos());
        assertThat(takeAll(ONE)).isEqualTo(3);
    }

    @Test
    void whoIsRefusedIsToldHowLongToWait() {
        Allowance slow = new Allowance(0.1, 1, now::get);
        assertThat(slow.take(ONE)).isTrue();
        assertThat(slow.take(ONE)).isFalse();
        assertThat(slow.secondsToWait(ONE)).isEqualTo(10);
        now.addAndGet(Duration.ofSeconds(10).toNanos());
        assertThat(slow.take(ONE)).isTrue();
    }
}
