// SPDX-License-Identifier: Apache-2.0
package dev.rstat;

/** What went wrong, in one line that names the cause and the cure. Shown to the user as it is, without a stack trace. */
public final class RstatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public RstatException(String causeAndCure) {
        super(causeAndCure);
    }

    public RstatException(String causeAndCure, Throwable cause) {
        super(causeAndCure, cause);
    }
}
