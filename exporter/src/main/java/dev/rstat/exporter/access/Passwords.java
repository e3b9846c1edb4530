// SPDX-License-Identifier: Apache-2.0
package dev.rstat.exporter.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Checks passwords against bcrypt hashes. One that was right once is known again without: by a keyed digest, under a key of this process
 * alone. One check runs at a time, so that guessing takes one processor at most.
 */
final class Passwords {
    /** What became of a password. */
    enum Verdict {
        RIGHT,
        WRONG,
        /** Too many are being checked. */
        BUSY
    }

    private static final String DIGEST = "HmacSHA256";
    private static final int MOST_REMEMBERED = 1000;

    /** bcrypt looks at no more. */
    private static final int LONGEST = 72;

    /** Of a password that nobody knows: for users that there are not. */
    private static final String NOBODY = "......................" + "...............................";

    private final BCrypt.Verifyer bcrypt = BCrypt.verifyer(BCrypt.Version.VERSION_2B, LongPasswordStrategies.none());
    private final Cache<ByteBuffer, Boolean> right =
            Caffeine.newBuilder().maximumSize(MOST_REMEMBERED).build();
    private final SecretKeySpec key;
    private final Semaphore turn = new Semaphore(1, true);
    private final Duration patience;
    private final AtomicLong checks = new AtomicLong();

    /**
     * @param patience how long to wait for other passwords to be checked
     */
    Passwords(Duration patience) {
        this.patience = patience;
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        this.key = new SecretKeySpec(random, DIGEST);
    }

    /**
     * Takes as long for a user that is not known as for one that is.
     *
     * @param users with their hashes
     */
    Verdict check(Map<String, String> users, String user, byte[] password) {
        String known = users.get(user);
        String hash = known == null ? nobody(users) : known;
        ByteBuffer digest = digest(user, hash, password);
        if (right.getIfPresent(digest) != null) {
            return Verdict.RIGHT;
        }
        try {
            if (!turn.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS)) {
                return Verdict.BUSY;
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return Verdict.BUSY;
        }
        try {
            // Another request of the same client may have been before.
            if (right.getIfPresent(digest) != null) {
                return Verdict.RIGHT;
            }
            checks.incrementAndGet();
            byte[] looked = Arrays.copyOf(password, Math.min(password.length, LONGEST));
            // Versions a, b and y differ in bugs of old programs that this one never had.
            boolean matches = bcrypt.verify(looked, hash.getBytes(UTF_8)).verified;
            if (!matches || known == null || password.length > LONGEST) {
                return Verdict.WRONG;
            }
            right.put(digest, true);
            return Verdict.RIGHT;
        } finally {
            turn.release();
        }
    }

    /** How many took a bcrypt. */
    long checks() {
        return checks.get();
    }

    /** Of the cost that the users' have, the highest. */
    private static String nobody(Map<String, String> users) {
        int cost = users.values().stream()
                .mapToInt(hash -> Integer.parseInt(hash.substring(4, 6)))
                .max()
                .orElse(10);
        return "$2b$%02d$%s".formatted(cost, NOBODY);
    }

    private ByteBuffer digest(String user, String hash, byte[] password) {
        try {
            Mac mac = Mac.getInstance(DIGEST);
            mac.init(key);
            // A hash has a fixed length, and a user's name no colon.
            mac.update((hash + user + ":").getBytes(UTF_8));
            return ByteBuffer.wrap(mac.doFinal(password));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
