// SPDX-License-Identifier: Apache-2.0
package dev.rstat.fuzz;

import java.util.List;
import java.util.ServiceLoader;

/**
 * Code that reads what others wrote, and what must be so whatever they wrote. Those there are, are in {@code META-INF/services}.
 *
 * <p>{@code ./rstat test fuzz} has Jazzer run each with a million inputs and more; {@code FuzzTest} does so with the seeds and what is
 * near them, at each build.
 */
public interface FuzzTarget {
    /** As {@code ./rstat test fuzz NAME} has it. */
    String name();

    /** Good inputs, and bad ones that were bad for the code once. */
    List<byte[]> seeds();

    /** The longest input worth a try. */
    default int longest() {
        return 1024;
    }

    /**
     * Throws if something is not as it must be. What the code documents that it throws is caught, and nothing else.
     *
     * @param input not to be changed
     */
    void run(byte[] input);

    /** All that are on the class path. */
    static List<FuzzTarget> all() {
        return ServiceLoader.load(FuzzTarget.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /** Fails with this sentence. */
    static void require(boolean held, String sentence) {
        if (!held) {
            throw new AssertionError(sentence);
        }
    }
}
