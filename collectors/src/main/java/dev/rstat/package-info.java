// SPDX-License-Identifier: Apache-2.0
/** What every package here may use: the one way to fail that a user is told of. */
@NullMarked
package dev.rstat;

import org.jspecify.annotations.NullMarked;
